/* What the files of this folder share: the queue, a claimed job's entry, a request in the air.
 *
 *   claim.c ──▶ entry ──▶ on_job … ending verb ──▶ op (outcome) ──▶ settle ──▶ on_ended
 *
 * An entry stands in queue->entries and in the table by id from the claim until it is settled.
 * Everything that must reach Redis is an op, which is sent again until it is answered. */
#ifndef QUEUE_QUEUE_PRIVATE_H
#define QUEUE_QUEUE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ev.h>

#include "core/log.h"
#include "core/loop.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "queue/keys.h"
#include "queue/opts.h"
#include "queue/pack.h"
#include "queue/queue.h"
#include "redis/redis.h"
#include "redis/script.h"

#define QUEUE_TOKEN_BYTES 80 /* <host-id>.<epoch>:<n> and NUL */
#define QUEUE_BUCKETS 1024   /* of the table by id; a power of two */
#define QUEUE_JOB_BYTES_MAX (16u << 20)
#define QUEUE_DATA_BYTES_MAX (4u << 20)      /* more is refused before it is copied */
#define QUEUE_CHILDREN_BYTES_MAX (1u << 20)  /* of what a flow's children came to */
#define QUEUE_ID_BYTES_MAX 1024              /* of a job's id */
#define QUEUE_RETRY_MS 250                   /* at most 4 tries a second */
#define QUEUE_ANSWER_LATE_MS 5               /* an answer unanswered for so long is copied */
#define QUEUE_RENEW_CHUNK 500                /* locks in one command */
#define QUEUE_LIMIT_WAIT_MS 30000            /* longest wait before due jobs are promoted */
#define QUEUE_HOUSEKEEPING_MS 10000          /* nonce, parked counts */
#define QUEUE_NONCE_MS 30000                 /* life of the nonce */
#define QUEUE_RUN_MS (14 * 86400000LL)       /* life of a run record */
#define QUEUE_RUN_FAILED_MS (7 * 86400000LL) /* and after a final failure */

struct metric;
struct queue_entry;
struct queue_op;
struct queue_spool;
struct queue_unpark;
struct queue_opening;

/* --- a request that must reach Redis ------------------------------------------------------ */

enum queue_op_verdict {
    QUEUE_OP_DONE,
    QUEUE_OP_AGAIN, /* send again at once */
    QUEUE_OP_LATER, /* send again at the next try */
};

struct queue_op_kind {
    const char *name;
    bool is_beside_the_job; /* changes nothing of it, and does not wait for its scheduler */
    /* Sends by queue_op_eval or queue_op_command; false when it cannot be sent now. */
    bool (*send)(struct queue_op *op);
    /* Judges an answer that is no error. The op stands in no list while this runs. */
    enum queue_op_verdict (*on_reply)(struct queue_op *op, const redisReply *reply);
    /* Redis says an error again and again that will not pass. The op is freed afterwards. */
    void (*on_refused)(struct queue_op *op, const char *text);
    /* An error reply that says "not now"; NULL = only wait. True: the op has found another
     * way and is freed. */
    bool (*on_postponed)(struct queue_op *op);
};

struct queue_op {
    const struct queue_op_kind *kind;
    struct queue *queue;
    struct queue_entry *entry;    /* NULL once the job has ended */
    struct queue_op *prev, *next; /* queue->ops, oldest first */
    bool is_sent;
    bool is_ambiguous; /* sent before without an answer: it may have had its effect */
    unsigned refusals;
};

/* Links the op (heap memory; from then on the queue's) and sends it when that is possible. */
void queue_op_start(struct queue_op *op, struct queue_entry *entry,
                    const struct queue_op_kind *kind);
/* For use in kind->send. */
bool queue_op_eval(struct queue_op *op, const struct redis_script *script, size_t keys_count,
                   const struct span *keys, size_t args_count, const struct span *args);
bool queue_op_command(struct queue_op *op, size_t argc, const struct span *argv);
/* kind->send gave the op to somebody else than Redis, and that one is done: on to the next step,
 * or to nothing. The op must have an entry for the former. */
void queue_op_resume(struct queue_op *op);
void queue_op_end(struct queue_op *op);
/* Sends everything unsent, oldest first. */
void queue_ops_flush(struct queue *queue);
/* Forgets the entry's ops: unsent ones are freed, the others when their answer comes. */
void queue_ops_release(struct queue_entry *entry);
/* True when a request of the entry may have had its effect without our hearing of it. */
bool queue_ops_are_unsure(const struct queue_entry *entry);
/* Frees all ops; their connection is gone. */
void queue_ops_abandon(struct queue *queue);
/* An error reply that will pass by itself: full memory, a script running, no writes yet. */
bool queue_reply_is_passing(const redisReply *reply);

/* --- a claimed job -------------------------------------------------------------------------- */

struct queue_entry {
    struct queue_job job;             /* first member: the pipeline's pointer */
    struct queue_entry *bucket_next;  /* of the table by id, newest first */
    struct queue_entry *prev, *next;  /* queue->entries, oldest claim first */
    struct queue_entry *settled_next; /* queue->settled */
    struct queue_job_key key;         /* points into job.job_key */
    struct queue_opts opts;
    struct span stacktrace; /* JSON text of the attempts before */
    struct span scheduler;  /* the id of the job scheduler that made it; empty = none */
    char token[QUEUE_TOKEN_BYTES];
    size_t token_len;
    uint64_t serial;         /* of the claim; another one after an adoption */
    uint64_t first_serial;   /* of the first claim: the entry's own name */
    uint64_t order;          /* of the first claim of this run; survives parking */
    int64_t renewed_mono_ms; /* the lock's last setting */
    const char *condemned;   /* failed by the queue itself, never handed out: why */
    const char *run_key;     /* made on first use, as the next two */
    const char *lease_key;
    const char *cancel_key;
    const char *lease;    /* its value while we hold it, or NULL */
    bool is_lease_ending; /* given up with the answer on its way: not renewed */
    bool has_run;         /* a run record exists */
    bool is_cancel_told;
    bool is_advancing; /* the scheduler's next job is not safe yet */
    unsigned ops;      /* of it in queue->ops */
    enum queue_end end;
};

static inline struct queue_entry *queue_entry_of(struct queue_job *job)
{
    return (struct queue_entry *)job;
}

static inline struct span queue_entry_token(const struct queue_entry *entry)
{
    return (struct span){entry->token, entry->token_len};
}

/* Makes an entry from the hash a claim gave. Faults in it do not make it fail: then
 * entry->condemned says why the job must be failed. NULL only when the id itself is absurdly
 * long. */
struct queue_entry *queue_entry_create(struct queue *queue, const redisReply *hash, struct span id,
                                       struct span token);
void queue_entry_destroy(struct queue_entry **entry);
/* The table by id. */
void queue_table_add(struct queue *queue, struct queue_entry *entry);
void queue_table_remove(struct queue *queue, struct queue_entry *entry);
struct queue_entry *queue_table_find(struct queue *queue, struct span id);
/* The entry of that "<id>:<timestamp>" that is still ours, or NULL. */
struct queue_entry *queue_table_find_tail(struct queue *queue, struct span tail);
/* What a log line about it carries. */
struct log_job queue_entry_log(const struct queue_entry *entry);

/* --- the queue ------------------------------------------------------------------------------ */

enum queue_fetch {
    FETCH_IDLE,
    FETCH_CLAIMING, /* moveToActive in the air */
    FETCH_BLOCKED,  /* BZPOPMIN in the air */
    FETCH_WAITING,  /* fetch_timer runs: rate limit, backoff, no blocking connection */
};

/* What the opening script found: who may claim. */
enum queue_standing {
    STANDING_CLOSED, /* not asked yet on this connection */
    STANDING_OK,
    STANDING_COPIED, /* another live process uses our host-id */
    STANDING_STORE,  /* another store serves this queue */
};

struct queue_scripts {
    const struct redis_script *move_to_active, *move_to_finished, *move_to_delayed, *retry_job,
        *move_to_wait, *extend_locks, *move_stalled, *update_progress, *add_log, *add_standard,
        *add_prioritized, *get_counts, *get_state, *reprocess, *clean, *update_scheduler, *pause;
    const struct redis_script *giveback, *nonce, *relock, *park, *parked, *parked_counts,
        *parked_sweep, *unpark, *woken, *look, *run_open, *run_note, *ended, *answer, *lease,
        *lease_renew, *lease_release, *cancelled, *state;
};

struct queue_metrics {
    struct metric *claimed, *completed, *failed, *retried, *parked, *returned, *lost;
    struct metric *renewals, *renewals_failed, *stalled, *given_back, *spooled;
    struct metric *active, *clock_off;
    struct metric *parked_now[PARK_REASONS_COUNT];
};

/* Runs that ended in this turn, for one command: the base, then four texts of each. */
#define QUEUE_ENDED_ARGS 4
#define QUEUE_ENDED_MAX 64

struct queue_ended {
    struct loop_deferred deferred;
    struct arena *texts; /* what args point to; NULL = nothing to send */
    struct span args[1 + QUEUE_ENDED_ARGS * QUEUE_ENDED_MAX];
    size_t args_count;
};

/* The options text parsed last. */
struct queue_opts_memo {
    char text[512];
    size_t len;
    struct queue_opts opts;
};

struct queue {
    struct loop *loop;
    struct thread *files;
    struct queue_handlers handlers;
    unsigned tasks; /* on the files thread; the queue's memory waits for them */
    bool is_destroyed;

    char *name, *prefix, *store_uuid, *host_id, *worker_name, *state_path;
    char nonce[40];
    uint64_t epoch;
    struct queue_keys keys;
    struct queue_pack_worker worker;
    uint32_t concurrency;
    int64_t stalled_ms, park_max_ms, drain_delay_ms;
    uint32_t max_stalled, max_started, unpark_per_second;
    struct queue_keep keep_completed, keep_failed; /* of jobs that do not say it */
    struct options_backoffs backoffs;

    struct redis *commands, *blocking, *subscriber;
    struct queue_scripts scripts;
    struct queue_pack pack, pack_fields;
    struct queue_opts_memo opts_memo;

    struct queue_entry *entries_first, *entries_last;
    uint32_t entries_count;
    uint32_t ending_count;
    struct queue_entry *buckets[QUEUE_BUCKETS];
    struct queue_entry *settled; /* end is told at the end of the turn */
    struct loop_deferred settle_deferred;
    struct queue_ended ended_runs;
    struct queue_op *ops_first, *ops_last;

    bool is_claiming;
    bool is_paused, has_warned_pause; /* as last seen */
    bool is_open;                     /* the opening is done: ops flow */
    bool was_ready;
    bool is_first_opening; /* the nonce of a dead predecessor may be replaced */
    enum queue_standing standing;
    enum queue_fetch fetch;
    bool is_drained;
    bool is_limited;                     /* fetch_timer runs because of the limiter */
    int64_t limit_until_mono_ms;         /* 0 = none, as the next */
    int64_t block_until_ms;              /* wall clock: of a delayed job */
    int64_t blocked_for_ms;              /* block_until_ms when the wait began */
    char claim_token[QUEUE_TOKEN_BYTES]; /* of the claim in the air */
    uint64_t serials, tokens;
    int64_t clock_off_ms, server_base_ms, clock_asked_mono_ms; /* see queue_clock_compare */
    ev_timer fetch_timer, retry_timer, open_timer, spool_timer, renew_timer, stalled_timer,
        housekeeping_timer, unpark_timer, answers_timer;

    struct queue_spool *spool;
    struct queue_unpark *unpark;
    uint32_t parked_counts[PARK_REASONS_COUNT];
    uint64_t ended[QUEUE_LOST + 1]; /* jobs, by their end */
    uint64_t stalled_seen;
    char trouble[256];    /* of standing and claims */
    char op_trouble[256]; /* of everything else */
    struct queue_metrics metrics;
};

static inline struct span queue_key(const struct queue *queue, enum queue_key key)
{
    return queue->keys.of[key];
}

/* ask.c: what is said of a request that is not repeated */
/* It could not be sent. False, as err_set. */
bool queue_err_unsent(const struct queue *queue, struct err *err);
/* True when the reply has that type; else err says that redis did not answer, or refused, or
 * answered nonsense "when it <what>". */
bool queue_reply_check(const redisReply *reply, int type, const char *what,
                       struct err *err) ATTR_MUST_CHECK;

/* open.c: what happens on every new command connection before anything else */
void queue_open_begin(struct queue *queue);
void queue_open_lost(struct queue *queue);

/* claim.c */
/* Claims or waits, as the state allows. Call whenever a slot or a reason to wait has gone. */
void queue_pump(struct queue *queue);
/* The tuple of a fetching script: hands out its job, notes limits and due times. */
void queue_claim_tuple(struct queue *queue, const redisReply *reply, struct span token);
void queue_claim_start(struct queue *queue);
void queue_claim_stop(struct queue *queue);
void queue_claim_on_timer(struct queue *queue);
/* A limiter's token is free again: a wait for the limit is over. */
void queue_claim_unlimited(struct queue *queue);
/* A fetch was interrupted by the end of its connection. */
void queue_claim_lost(struct queue *queue);
/* The next token, into a buffer of QUEUE_TOKEN_BYTES. */
struct span queue_next_token(struct queue *queue, char *buffer);

/* advance.c */
/* Has the next job of the scheduler made that this one came from, if it came from one. */
void queue_advance(struct queue_entry *entry);

/* finish.c */
/* Ends the entry: takes it out of all lists, tells on_ended, frees it. */
void queue_settle(struct queue_entry *entry, enum queue_end end);
/* The same at the end of this turn, for use in a verb. */
void queue_settle_later(struct queue_entry *entry, enum queue_end end);
void queue_settle_deferred(struct loop_deferred *deferred);
/* Fails a job that was never handed out, with entry->condemned as reason. */
void queue_condemn(struct queue_entry *entry);

/* ended.c */
/* Call behind the request that ends the entry's run: what the run leaves behind is dropped, or kept
 * for a while when it failed, unless that request is refused. A run that was never opened has no
 * record, but may have been cancelled as well. */
void queue_ended_note(struct queue_entry *entry, bool is_completed);
void queue_ended_on_turn(struct loop_deferred *deferred);

/* lock.c */
void queue_locks_renew(struct queue *queue);
/* The lock is not ours any more. */
void queue_disown(struct queue_entry *entry, const char *why);

/* lease.c */
void queue_leases_renew(struct queue *queue);

/* children.c */
/* Puts what two flat lists say of a job's children into run; false when the memory is used up. */
bool queue_children_read(struct arena *arena, const redisReply *processed, const redisReply *failed,
                         struct queue_run *run);

/* run.c, spool.c, replay.c */
const char *queue_run_key(struct queue_entry *entry);
/* An answer is on its way to Redis: from now on its age is looked at. */
void queue_answers_watch(struct queue *queue);
void queue_answers_on_timer(struct queue *queue);
struct queue_spool *queue_spool_create(struct queue *queue);
void queue_spool_destroy(struct queue_spool **spool);
/* Replays what is in the spool; done(queue) when nothing is left or Redis went away. */
void queue_spool_replay(struct queue *queue, void (*done)(struct queue *queue));
size_t queue_spool_count(const struct queue *queue);

/* clock_off.c */
/* Judges the time that Redis told when asked at clock_asked_mono_ms; warns once when this host's
 * clock is off, and says so when it is not any more. */
void queue_clock_compare(struct queue *queue, const redisReply *redis_ms);
/* The time by Redis' clock, as far as it was compared: not moved by what happens to ours. */
int64_t queue_server_ms(const struct queue *queue);

/* stalled.c, pause.c, nonce.c, cancel.c, unpark.c, status.c */
void queue_stalled_check(struct queue *queue);
/* Looks whether the queue is paused; warns once when that is a danger. */
void queue_pause_look(struct queue *queue);
void queue_nonce_make(struct queue *queue, const struct state_dir *state);
void queue_nonce_renew(struct queue *queue);
void queue_cancels_check(struct queue *queue);
/* Drops what was requested of a job; the commands sent after this find nothing. */
void queue_cancel_forget(struct queue *queue, const struct queue_job_key *parts);
void queue_on_wake(struct queue *queue, struct span job_key);
struct queue_unpark *queue_unpark_create(void);
void queue_unpark_destroy(struct queue_unpark **unpark);
void queue_unpark_on_timer(struct queue *queue);
/* How often jobs of that reason were called back. A job that was decided to be parked at that count
 * and is parked only now may have been missed by a call: it is looked for again. */
uint32_t queue_unpark_calls(const struct queue *queue, enum queue_park_reason reason);
void queue_unpark_late(struct queue *queue, enum queue_park_reason reason, uint32_t calls_before);
void queue_parked_count(struct queue *queue);
/* One more is parked for that reason. */
void queue_parked_note(struct queue *queue, enum queue_park_reason reason);
/* A claimed job had been parked: its name leaves the list. */
void queue_parked_forget(struct queue_entry *entry);
void queue_metrics_init(struct queue *queue);
void queue_metrics_fini(struct queue *queue);

/* timers.c */
void queue_timers_init(struct queue *queue);
void queue_timers_stop(struct queue *queue);
/* Starts a one-shot timer in ms unless it runs. */
void queue_timer_start(struct queue *queue, ev_timer *timer, int64_t ms);
void queue_retry_soon(struct queue *queue);
void queue_spool_retry(struct queue *queue);
/* A task on the files thread has come back; frees a destroyed queue with the last one. */
void queue_task_done(struct queue *queue);
void queue_set_trouble(struct queue *queue, const char *fmt, ...) ATTR_PRINTF(2, 3);

#endif
