/* What reload's files share: the reload, and one bundle on its way into the next generation. */
#ifndef AGENT_RELOAD_PRIVATE_H
#define AGENT_RELOAD_PRIVATE_H

#include <ev.h>

#include "agent/reload.h"
#include "agent/scan.h"
#include "agent/stage.h"
#include "core/thread.h"

struct agents;
struct image;
struct reload_scan;
struct sbuf;
struct unit;
struct work_task;

enum work_state {
    WORK_STAGING,  /* on the files thread */
    WORK_MOVING,   /* being changed; the timer runs towards the next look */
    WORK_QUEUED,   /* waits for its turn to start a cell */
    WORK_STARTING, /* its cell starts */
    WORK_SETTLED,
};

enum work_result { WORK_UNCHANGED, WORK_LOADED, WORK_CANARY, WORK_REFUSED, WORK_REMOVED };

struct work {
    struct reload *reload;
    char id[AGENT_ID_BYTES];
    char *path; /* NULL: not installed, only remembered */
    bool is_link;
    enum work_state state;
    enum work_result result;
    bool is_fallback;    /* what starts is not what is installed */
    bool is_canary;      /* what starts gets a share of the jobs only */
    struct unit *unit;   /* held; NULL with UNCHANGED and REFUSED: what serves now goes on */
    struct unit *canary; /* held; NULL: there is none */
    struct image *tried; /* fallback that did not start */
    char refusal[ERR_TEXT_BYTES_MAX];
    struct work_task *task; /* under way on the files thread */
    ev_timer timer;
    uint64_t seen_fingerprint;
    int64_t seen_ms;   /* when it was seen so first, monotonic */
    int64_t moving_ms; /* when it was found moving first; 0 = not */
};

#define RELOAD_WAITERS_MAX 64

/* Who wants to know how a reload went. */
struct reload_waiter {
    reload_done_fn done;
    void *ctx;
};

struct reload_waiters {
    struct reload_waiter items[RELOAD_WAITERS_MAX];
    size_t count;
};

struct reload {
    struct agents *agents;
    bool is_running;
    struct reload_waiters waiters;
    struct settings *next_settings; /* of the one asked for meanwhile; NULL = none */
    struct reload_waiters next_waiters;

    struct reload_scan *scan; /* under way */
    struct scan_refusal *strangers;
    size_t strangers_count;
    char scan_error[ERR_TEXT_BYTES_MAX];
    struct work *works; /* sorted by id */
    size_t works_count;
    bool is_going_on; /* in reload_go_on */
    long starts_max;
    int64_t still_us; /* from here the swap time counts */
};

/* reload_work.c */

/* Begins with a look at the bundle, or with the refusal already known. */
void work_begin(struct work *work);
void work_refuse(struct work *work, const char *text);
/* Starts the cell of a WORK_QUEUED one. */
void work_start(struct work *work);
void work_fini(struct work *work);
/* The unit's cell is to be started; takes a hold on it. */
void work_queue(struct work *work, struct unit *unit);
void work_settle(struct work *work, enum work_result result);

const char *work_result_name(enum work_result result);

/* reload_keep.c */

/* True when what is installed was rolled back and something else goes on: the work is cared for. */
bool work_keep_rolled_back(struct work *work, const struct stage_outcome *outcome);
/* Whether the installed image is to get a share of the jobs only. */
bool work_wants_canary(const struct work *work, const struct image *image);
/* Settles the work: canary gets the share, what serves now the other jobs. */
void work_take_canary(struct work *work, struct unit *canary, enum work_result result);

/* reload.c */

/* A work changed its state; the next ones start, or the reload ends. */
void reload_go_on(struct reload *reload);
/* The work on that agent, or NULL. */
struct work *reload_find(const struct reload *reload, const char *id);
/* The unit that will serve a work's agent. */
struct unit *reload_unit_of(const struct reload *reload, const struct work *work);

/* reload_report.c */

/* Logs what became of each bundle and appends "bundles":[…]; before the swap. True when every
 * one was taken. */
bool reload_report_bundles(const struct reload *reload, struct sbuf *out);
/* The whole report, around that list. */
void reload_report(const struct reload *reload, double swap_ms, struct span list, struct sbuf *out);

#endif
