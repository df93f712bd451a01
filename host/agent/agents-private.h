/* What the files of this folder share: the registry, its units and their calls. */
#ifndef AGENT_AGENTS_PRIVATE_H
#define AGENT_AGENTS_PRIVATE_H

#include <ev.h>

#include "agent/agents.h"
#include "agent/generation.h"
#include "agent/image.h"
#include "agent/manifest.h"
#include "agent/settings.h"
#include "cell/cell.h"
#include "core/loop.h"
#include "core/sbuf.h"
#include "core/thread.h"

struct log_job;
struct metric;
struct order;
struct reload;
struct unit_load;

#define UNIT_CALLS_MAX 10000 /* waiting for one unit; the job layer's concurrency is far below */
#define UNIT_LIVE_MAX 3      /* processes of one agent */
#define UNIT_IDLE_MS 30000
#define UNIT_DOWN_MS 5000

struct agents {
    struct loop *loop;
    struct thread *files;
    struct cell_program *program;
    struct agents_handlers handlers;
    struct images images;
    struct settings *settings; /* of the last reload that began */
    struct generation *generation;
    struct unit *units; /* all that exist, serving or retired */
    struct reload *reload;
    struct order *order; /* the one that waits for a cell to start */
    int64_t idle_ms;     /* after which a retired unit's cell is stopped */
    int64_t down_ms;     /* until the next try to start what does not; doubled */
    bool is_settled;
};

enum unit_state {
    UNIT_STOPPED,  /* no process; the next call starts one */
    UNIT_LOADING,  /* the files thread reads the image */
    UNIT_STARTING, /* the cell is not ready yet */
    UNIT_READY,    /* takes calls, one at a time */
    UNIT_ENDING,   /* the cell died over a call, its end is not yet told */
    UNIT_WAITING,  /* backing off; the timer runs */
    UNIT_DOWN,     /* cannot be started; the timer runs towards another try */
    UNIT_SHUT,     /* quarantined: never again */
};

enum call_function { CALL_CHECK, CALL_BUILD, CALL_PROCESS, CALL_FUNCTIONS };

/* Told once when the cell of a unit is ready, or is not going to be. */
typedef void (*unit_started_fn)(struct unit *unit, bool is_ok, const char *text, void *ctx);

/* Owned by agents->units; destroyed at the end of the turn in which neither a pin, a holder nor
 * a call is left. */
struct unit {
    struct agents *agents;
    struct unit *next;
    struct image *image; /* counted in image->refs */
    char *config_json;
    char config_hash[HASH_SHA256_HEX_BYTES];
    int64_t call_ms, memory_bytes;
    bool is_current; /* of the generation: never idle-stopped */
    unsigned pins;
    unsigned holds; /* by generation and reload */

    enum unit_state state;
    struct sbuf setup; /* the cell's first frame; kept when small */
    struct unit_load *load;
    struct cell *cell;
    unsigned crashes; /* without an answer in between */
    unsigned start_failures;
    int64_t used_ms; /* last call's end, monotonic */
    char last_error[400];
    ev_timer timer;
    struct loop_deferred later; /* quarantine and destruction, not in callbacks */
    bool is_quarantine_due;
    unit_started_fn started;
    void *started_ctx;

    struct agent_call *first, *last; /* CALL_QUEUED */
    unsigned calls_count;            /* all calls that exist */
    struct agent_call *running;      /* CALL_RUNNING */
    struct metric *seconds[CALL_FUNCTIONS];
    struct metric *queued;
};

/* unit.c */

/* A unit without holders; takes config_json over. */
struct unit *unit_create(struct agents *agents, struct image *image, char *config_json,
                         const char *config_hash);
struct unit *unit_find(const struct agents *agents, const struct image *image,
                       const char *config_hash);
/* A unit of a stored image with today's configuration, found or made. */
struct unit *unit_of_image(struct agents *agents, struct image *image);
void unit_hold(struct unit *unit);
void unit_release(struct unit **unit);
/* Whether calls can be expected to be answered. */
bool unit_is_usable(const struct unit *unit);
/* Takes over limits from the settings. */
void unit_apply(struct unit *unit);
void unit_set_current(struct unit *unit, bool is_current);
/* Counts what a call's ending says about the image. True: this job is poison to it. */
bool unit_strike(struct unit *unit, const char *job_key, const struct agent_reply *reply);
/* Something the unit's end depended on is gone. */
void unit_reconsider(struct unit *unit);
void unit_destroy(struct unit **unit);

/* unit_process.c */

/* Starts the cell if there is none and none is on its way. */
void unit_want_cell(struct unit *unit);
/* The same, telling how it went; one caller at a time. */
void unit_start(struct unit *unit, unit_started_fn started, void *ctx);
/* Stops the cell for good; waiting calls get AGENT_UNAVAILABLE. */
void unit_shut(struct unit *unit);
/* The cell died over a call: the restart follows when its end is told. */
void unit_note_death(struct unit *unit);
/* A call was taken back: its cell goes with it, another starts. */
void unit_restart(struct unit *unit);
/* The image is read, or is not; the start goes on or has failed. */
void unit_spawn(struct unit *unit);
void unit_start_failed(struct unit *unit, const char *text);
void unit_set_timer(struct unit *unit, int64_t wait_ms);
void unit_on_timer(struct ev_loop *ev, ev_timer *timer, int revents);
const char *unit_state_name(enum unit_state state);

/* unit_load.c */

/* Reads the image on the files thread, then unit_spawn or unit_start_failed. */
void unit_load_image(struct unit *unit);
/* What is being read is of no use any more. */
void unit_load_cancel(struct unit *unit);

/* calls.c */

/* Sends the next call when the cell can take one. */
void calls_dispatch(struct unit *unit);
/* Answers all waiting calls with AGENT_UNAVAILABLE and this reason; at the end of the turn. */
void calls_fail_queued(struct unit *unit, const char *reason);
/* The same for the call whose cell was taken away. */
void calls_fail_running(struct unit *unit, const char *reason);
/* What the caller of the running call named as its job. */
void *calls_running_job(const struct unit *unit);
const char *calls_function_name(enum call_function function);

/* reply.c */

/* Reads and judges what an agent gave; everything ends up in arena. *ret_json_count texts to be
 * parsed are put into ret_json (at most two): only when all are strict JSON is the reply good. */
void reply_read(enum call_function function, struct span payload, struct arena *arena,
                size_t prompt_bytes_max, size_t result_bytes_max, struct agent_reply *ret_reply,
                struct span ret_json[2], unsigned *ret_json_count);
/* Strict JSON, an object. [any] */
bool reply_check_json(struct span text, struct err *err);
/* Makes the reply one that says: the agent gave something unusable. */
void reply_spoil(struct agent_reply *reply, enum agent_outcome outcome, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

/* reply_fault.c */

/* What is missing or out of range beside the outcome; NULL when nothing is. [any] */
const char *reply_fault(enum call_function function, const struct agent_reply *reply);

/* order.c */

/* Refuses the order that waits, if there is one. */
void order_drop(struct order **order);

/* agents.c, unit.c */

/* Makes generation the serving one; a NULL unit in it is an agent that cannot run. */
void agents_swap(struct agents *agents, struct generation *generation);
/* The same generation with other units for one agent. */
void agents_replace(struct agents *agents, const char *agent_id, struct unit *unit,
                    struct unit *canary, const char *refusal);
/* The image failed too many jobs: the last good one takes over. */
void agents_quarantine(struct agents *agents, struct unit *unit);
/* "no agent 'x'", with the nearest name. */
void agents_refuse_unknown(const struct agents *agents, const char *agent_id, struct err *err);
void agents_log_job(const struct unit *unit, struct log_job *ret_job);

#endif
