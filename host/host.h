/* The assembled host: everything below put together, started, reloaded, drained. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ev.h>

#include "core/loop.h"
#include "core/notify.h"
#include "core/state.h"
#include "job/pipeline.h"
#include "redis/redis.h"

struct agents;
struct aside;
struct awaited;
struct cell_program;
struct charts;
struct http_server;
struct model;
struct options;
struct options_source;
struct sbuf;
struct store;
struct sweep;
struct thread;
struct watch;

/* What ending may take beyond limits.drain: jobs that are handed back, and what is left to close.
 */
#define HOST_END_EXTRA_MS 10000

typedef void (*host_reload_fn)(bool is_ok, struct span report_json, void *ctx);

/* One asked-for reload whose end somebody waits for. */
struct host_waiter {
    struct host_waiter *next;
    host_reload_fn done;
    void *ctx;
};

struct host {
    struct loop loop;
    struct notify notify;
    uint64_t announced; /* hash of the status that was said last */
    struct thread *files;
    const struct options_source *source;
    struct options *options;  /* in force */
    struct options *replaced; /* by the reload that runs; freed at its end */
    struct state_dir state;
    struct cell_program *program;
    struct charts *charts;
    struct store *store;
    struct model *model;
    struct aside *aside;
    struct awaited *awaited;
    struct watch *watch;
    struct agents *agents;
    struct pipeline pipeline;
    struct redis_settings redis;
    struct queue **queues;
    struct sweep **sweeps;    /* one a queue, NULL until it is ready */
    struct outbox **outboxes; /* the same */
    size_t queues_count;
    struct http_server *http;
    ev_timer tick;                              /* memory gate, store watch */
    ev_timer patience;                          /* drain */
    struct loop_deferred idle;                  /* the last job ended: is that all? */
    int64_t started_ms;                         /* monotonic */
    struct host_waiter *waiters, *waiters_next; /* of the running reload; of the one after it */
    bool is_reloading;
    bool is_reload_wanted;
    bool is_reported; /* the start report is out */
    bool is_draining;
    bool is_handing_back;
    bool is_abandoning; /* jobs could not be handed back in time */
    bool is_gated;      /* memory: no claims */
    bool was_store_up;
};

/* Runs the host until it is drained. options is taken over; source is kept for reloads. Gives
 * the process's exit status: 0 drained, 1 could not start or not hand back (said in the log).
 * [main] */
int host_run(struct options *options, const struct options_source *source);

/* Re-reads the configuration and the bundles; a reload asked for while one runs follows it. done
 * may be NULL. [loop] */
void host_reload(struct host *host, host_reload_fn done, void *ctx);

/* Stops claiming, lets jobs finish within limits.drain, hands back the rest, ends. [loop] */
void host_drain(struct host *host);

/* True when jobs can be worked on: agents settled, Redis and store up, not draining. Else why,
 * one reason a line. [loop] */
bool host_is_ready(struct host *host, struct sbuf *why);

/* Where Redis is, for people; never a password. [loop] */
void host_render_redis(const struct host *host, struct sbuf *out);

/* JSON object for status. [loop] */
void host_render_status(struct host *host, struct sbuf *out);

#endif
