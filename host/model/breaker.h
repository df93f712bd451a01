/* A provider's breaker: open while its server refuses us, half-open for one probe at a time. */
#ifndef MODEL_BREAKER_H
#define MODEL_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_WAIT_MS_FIRST 30000
#define BREAKER_WAIT_MS_MAX 600000

enum breaker_state {
    BREAKER_CLOSED,
    BREAKER_OPEN,      /* nothing is asked until open_until_ms */
    BREAKER_HALF_OPEN, /* one call may find out */
};

struct breaker {
    enum breaker_state state;
    bool is_probing;       /* half-open: that one call is under way */
    int64_t wait_ms;       /* of the present or last opening; 0 = was never open */
    int64_t open_until_ms; /* monotonic */
    char reason[256];      /* what the server said */
};

/* The server refused us: open, for 30 s, and for twice the last wait when that was a probe's
 * finding. Refusals of calls that were under way when it opened change nothing. [any] */
void breaker_trip(struct breaker *breaker, int64_t now_ms, const char *reason);

/* The server took a call: closed. True when it was not. [any] */
bool breaker_succeed(struct breaker *breaker);

/* The probe ended without finding out, or was given up: the next call probes. [any] */
void breaker_probe_over(struct breaker *breaker);

/* Goes half-open when its time has come; true when this call did it. [any] */
bool breaker_tick(struct breaker *breaker, int64_t now_ms);

/* May a call be started now? [any] */
bool breaker_admits(const struct breaker *breaker);

/* A call that breaker_admits let through starts; true when it is the probe. [any] */
bool breaker_enter(struct breaker *breaker);

const char *breaker_state_name(enum breaker_state state);

#endif
