/* One BullMQ queue being served: claims jobs, keeps their locks, ends them, parks them.
 *
 * A claimed job belongs to the queue; the pipeline borrows it from on_job until on_ended. It
 * calls exactly one ending verb — queue_complete, queue_fail, queue_park, queue_return,
 * queue_drop — and the queue keeps the outcome in memory, repeating it while Redis is away,
 * until it is settled; then on_ended is called and the job freed. */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct arena;
struct loop;
struct options_queue;
struct queue;
struct redis_settings;
struct state_dir;
struct thread;

/* Why a job is parked; the names are what the job's log, metrics and status show. */
enum queue_park_reason {
    PARK_UNKNOWN_AGENT,
    PARK_AGENT_UNAVAILABLE,
    PARK_NO_MODEL,
    PARK_PROVIDER,
    PARK_RATE_LIMIT,
    PARK_BUDGET,
    PARK_STORE,
    PARK_READING_BUSY,
    PARK_LEASE,
    PARK_MEMORY,
    PARK_REASONS_COUNT,
};
const char *queue_park_reason_name(enum queue_park_reason reason); /* "unknown_agent" */

struct queue_job {
    struct queue *queue;
    struct arena *arena; /* job-lived memory; freed after on_ended */
    const char *job_key; /* <prefix>:<queue>:<id>:<timestamp> */
    const char *id;
    const char *name;
    struct span data;     /* the producer's JSON text; may be anything */
    struct span opts;     /* JSON text */
    int64_t timestamp_ms; /* when the producer added it */
    int64_t processed_ms; /* when it was claimed */
    uint32_t priority;
    uint32_t attempts_max;     /* opts.attempts, at least 1 */
    uint32_t attempts_made;    /* atm: ended attempts before this one */
    uint32_t attempts_started; /* ats, this one included */
    uint32_t run;              /* 1 + the number of the last ended run of this job */
    int64_t parked_since_ms;   /* first park of this run, 0 = never parked */
    int progress;              /* last whole number seen or sent, -1 = none */
    bool is_disowned;          /* the lock is no longer ours */
    bool is_ending;            /* an ending verb has been called */
    void *owner;               /* the pipeline's own */
};

enum queue_end {
    QUEUE_COMPLETED,
    QUEUE_FAILED,   /* final: no retry will come */
    QUEUE_RETRYING, /* back to wait or delayed by the job's backoff */
    QUEUE_PARKED,
    QUEUE_RETURNED, /* given back without an attempt */
    QUEUE_LOST,     /* somebody else owns or removed the job; nothing was written */
};

/* What run_open found. Valid during the callback; texts are in the job's arena. */
struct queue_answer {
    uint32_t pass, round, try_;
    struct span json; /* as queue_run_answer was given */
};
/* A child of a flow's parent. */
struct queue_child {
    struct span key;   /* <prefix>:<queue>:<id> */
    struct span value; /* its return value, JSON; {"failedReason": text} of an ignored failure */
};
struct queue_run {
    bool is_new;
    uint32_t run;      /* the record's run; differs from job->run after a retried final failure */
    const char *image; /* SHA-256 that built the prompts, or NULL */
    const char *chart_id;
    uint64_t seed;
    int64_t now_ms;
    const char *cancel_reason;          /* not NULL: somebody cancelled this job */
    int64_t foreign_lease_ms;           /* > 0: another live host still runs a model call for it */
    const struct queue_answer *answers; /* by pass, round, try */
    size_t answers_count;
    const struct queue_answer *verdicts; /* x:<pass>:<round>; try_ unused */
    size_t verdicts_count;
    const struct queue_child *children; /* by key */
    size_t children_count;
    int64_t children_bytes; /* over 1 MB there are none in children */
};

struct queue_handlers {
    void (*on_job)(struct queue_job *job, void *ctx);
    /* The lock is lost; the rules for disowned jobs apply, queue_drop must follow. */
    void (*on_disowned)(struct queue_job *job, void *ctx);
    /* A cancel key was seen at a renewal or by nudge; or, of a disowned job, the lease of its
     * running call was lost: the call is of no use any more. */
    void (*on_cancel)(struct queue_job *job, const char *reason, void *ctx);
    /* Settled; the job is freed when this returns. */
    void (*on_ended)(struct queue_job *job, enum queue_end end, void *ctx);
    /* After each start's give-back, before the first claim: may be NULL. */
    void (*on_ready)(struct queue *queue, void *ctx);
    /* The queue failed a job by itself, without on_job: it stalled too often, a child of it
     * failed, its record is broken. The job is valid during the call; may be NULL. */
    void (*on_condemned)(struct queue_job *job, struct span reason, void *ctx);
    void *ctx;
};

/* Opens a queue with its own connections (commands, blocking, subscriber); it claims nothing
 * before queue_start_claiming. store_uuid names the store (…:agenthost:store); while it is "" the
 * queue waits for queue_set_store. [loop] */
struct queue *queue_create(struct loop *loop, struct thread *files,
                           const struct redis_settings *redis, const struct options_queue *options,
                           const struct state_dir *state, const char *store_uuid,
                           const struct queue_handlers *handlers);

/* Names the store of a queue that was created without; does nothing for one that knows it. [loop]
 */
void queue_set_store(struct queue *queue, const char *store_uuid);

/* Closes. Every job must have ended, or is_abandoning: outcomes not settled are dropped (they
 * are redelivered). [loop] */
void queue_destroy(struct queue **queue);

void queue_start_claiming(struct queue *queue);
/* Interrupts the wait; running jobs go on. [loop] */
void queue_stop_claiming(struct queue *queue);
void queue_set_concurrency(struct queue *queue, uint32_t concurrency);
void queue_set_limiter(struct queue *queue, uint32_t max, int64_t duration_ms);
/* Takes what the options say of jobs that end: which are kept, how long others wait. [loop] */
void queue_set_endings(struct queue *queue, const struct options_queue *options);

const char *queue_name(const struct queue *queue);
bool queue_is_connected(const struct queue *queue);
/* Why it does not claim, for people ("" when it does): "redis: connection refused", "another
 * store serves this queue". [loop] */
const char *queue_trouble(const struct queue *queue);
uint32_t queue_jobs_count(const struct queue *queue);
/* No job is here and no claim is under way that could bring one. [loop] */
bool queue_is_idle(const struct queue *queue);
/* Unacknowledged outcomes. */
uint32_t queue_ending_count(const struct queue *queue);

/* --- ending verbs: each consumes the caller's turn with the job ------------------------- */

/* returnvalue must be valid JSON. Writes the run's number in the same script, drops the run
 * record, releases the lease, fetches the next job in the same round trip. [loop] */
void queue_complete(struct queue_job *job, struct span returnvalue);

/* Fails this attempt: retried by the job's attempts and backoff (fixed, exponential, jitter),
 * or, when is_final or attempts are used up, failed for good with the run's number. reason
 * and trace are text (trace: one entry of the stacktrace). [loop] */
void queue_fail(struct queue_job *job, struct span reason, struct span trace, bool is_final);

/* Sets the job aside without using an attempt. It comes back when queue_unpark names its
 * reason, or after wait_ms. When it has been parked longer than park_max it is failed instead
 * with PARKED_TOO_LONG and detail. detail goes to the job's log the first time. [loop] */
void queue_park(struct queue_job *job, enum queue_park_reason reason, int64_t wait_ms,
                struct span detail);

/* How long ago the job was first set aside in this run, by Redis' clock; 0 when it was not. [loop]
 */
int64_t queue_waited_ms(const struct queue_job *job);

/* Gives the job back to the front of wait without using an attempt. [loop] */
void queue_return(struct queue_job *job);

/* Lets a disowned job go; nothing is written. [loop] */
void queue_drop(struct queue_job *job);

/* True when a failure now would be final: attempts, or starts, used up. [any] */
bool queue_is_last_attempt(const struct queue_job *job);

/* Brings jobs parked for that reason back in their first-claim order. [loop] */
void queue_unpark(struct queue *queue, enum queue_park_reason reason);

/* --- while a job runs -------------------------------------------------------------------- */

/* Sent unawaited; a value below the last one is not sent. [loop] */
void queue_progress(struct queue_job *job, int percent);
/* A row in the job's BullMQ log (keepLogs honoured), unawaited. [loop] */
void queue_log(struct queue_job *job, struct span row);

/* One round trip: cancel key, foreign lease, run record — created with seed and now_ms when
 * absent, its life renewed. run is NULL when the job was disowned or Redis went away and the
 * job was redelivered meanwhile: then on_disowned has been or will be called. [loop] */
void queue_run_open(struct queue_job *job,
                    void (*done)(struct queue_job *job, const struct queue_run *run, void *ctx),
                    void *ctx);

/* Notes which image builds the prompts, and the chart; unawaited, retried. [loop] */
void queue_run_bind(struct queue_job *job, const char *image, const char *chart_id);

/* Puts an answer into the run record, first wins, also for a disowned job (then it also frees
 * the lease and publishes the wake). While Redis refuses writes it goes to the spool in the
 * state directory. done when it is in one of both. [loop] */
void queue_run_answer(struct queue_job *job, uint32_t pass, uint32_t round, uint32_t try_,
                      struct span json, void (*done)(struct queue_job *job, void *ctx), void *ctx);

/* Notes the verdict on an answer ("accept", "next", "reask: …"); unawaited. [loop] */
void queue_run_verdict(struct queue_job *job, uint32_t pass, uint32_t round, struct span verdict);

/* Takes the lease before a model call, renewed with the locks. done(is_taken). [loop] */
void queue_lease_take(struct queue_job *job, const char *call_id,
                      void (*done)(struct queue_job *job, bool is_taken, void *ctx), void *ctx);
void queue_lease_release(struct queue_job *job);

/* --- for others --------------------------------------------------------------------------- */

struct queue_add {
    const char *name;   /* job name */
    const char *job_id; /* NULL = counted */
    struct span data;   /* JSON object */
    uint32_t priority;
    uint32_t attempts;
    int64_t backoff_ms;                      /* exponential; 0 = none */
    int64_t keep_completed_s, keep_failed_s; /* -1 = for ever */
    int64_t timestamp_ms;                    /* when it was added; 0 = now */
};
/* Adds a job by BullMQ's own scripts. done(job id or NULL, err); AGAIN: it may have been added.
 * Where a job of that id stands already BullMQ adds none, and tells so by a `duplicated` event;
 * for done that is no error. [loop] */
void queue_enqueue(struct queue *queue, const struct queue_add *add,
                   void (*done)(const char *job_id, const struct err *err, void *ctx), void *ctx);

/* The job_key that a job added with this id and timestamp has; caller frees. [any] */
char *queue_make_job_key(const struct queue *queue, const char *job_id,
                         int64_t timestamp_ms) ATTR_MUST_CHECK;

/* The job id in a job_key; NULL when it is no job_key of this queue; caller frees. [any] */
char *queue_id_of(const struct queue *queue, const char *job_key) ATTR_MUST_CHECK;

enum queue_job_state { QUEUE_JOB_GONE, QUEUE_JOB_ALIVE, QUEUE_JOB_COMPLETED, QUEUE_JOB_FAILED };
/* True when job_key names a job of this queue, whether there is one or not. [loop] */
bool queue_has_key(const struct queue *queue, const char *job_key);

/* State of the job that job_key names: GONE when its hash is absent or has another timestamp.
 * done(false, …) when Redis cannot say. [loop] */
void queue_job_state(struct queue *queue, const char *job_key,
                     void (*done)(bool is_known, enum queue_job_state state, void *ctx), void *ctx);

/* What a job looks like from outside. Valid during the callback. */
struct queue_job_view {
    const char *state; /* BullMQ's word: waiting, active, delayed, prioritized, completed, failed,
                          waiting-children; "unknown" when the job is gone */
    int progress;      /* -1 = none that is a number */
    uint32_t attempts_made;
    const char *failed_reason; /* of the last attempt that failed; NULL = none */
    const char *parked_reason; /* NULL = not parked; else state is "delayed" */
    int64_t parked_since_ms;
};
/* Looks at the job that job_key names; one with another timestamp counts as gone. done(view or
 * NULL, err). [loop] */
void queue_look(struct queue *queue, const char *job_key,
                void (*done)(const struct queue_job_view *view, const struct err *err, void *ctx),
                void *ctx);

struct queue_counts {
    int64_t waiting, prioritized, paused, active;
    int64_t delayed; /* the parked ones are not among them */
    int64_t parked, completed, failed, waiting_children;
};
/* Counts the jobs of the queue by state. done(counts or NULL, err). [loop] */
void queue_counts(struct queue *queue,
                  void (*done)(const struct queue_counts *counts, const struct err *err, void *ctx),
                  void *ctx);

/* Finds the job that has this id, whenever it was added. done(its job_key or NULL when there is
 * none, err); the key is valid during the callback. [loop] */
void queue_find(struct queue *queue, const char *job_id,
                void (*done)(const char *job_key, const struct err *err, void *ctx), void *ctx);

/* Puts a failed job back to wait as BullMQ's job.retry() does, its attempts counted anew.
 * was_retried is false when there is no such job or it is not failed. After AGAIN it may have
 * been retried. [loop] */
void queue_retry(struct queue *queue, const char *job_key,
                 void (*done)(bool was_retried, const struct err *err, void *ctx), void *ctx);

/* Removes every job that is not active, whether waiting, delayed, parked, completed or failed,
 * by BullMQ's own script and in pieces, so that nobody waits for long. A job that BullMQ would
 * not remove, because it is the next one of a scheduler, stays; so do jobs added meanwhile.
 * done(how many were removed, err): with an error that many nevertheless. [loop] */
void queue_empty(struct queue *queue,
                 void (*done)(int64_t removed, const struct err *err, void *ctx), void *ctx);

/* Makes this process's store the one that serves the queue, whatever served it before: after a
 * restore. Claims follow by themselves. done(NULL) when written. [loop] */
void queue_store_adopt(struct queue *queue, void (*done)(const struct err *err, void *ctx),
                       void *ctx);

/* Lets the queue start no job, on any host; or go on, whichever version of BullMQ paused it. A
 * resume is whole only when done(NULL) was called: else say it again. [loop] */
void queue_pause(struct queue *queue, bool is_pausing,
                 void (*done)(const struct err *err, void *ctx), void *ctx);

/* Requests that a job be cancelled, wherever it runs. [loop] */
void queue_cancel(struct queue *queue, const char *job_key, const char *reason);

/* Writes this queue's state as one JSON object: name, connected, trouble, concurrency, limiter,
 * active, ending, parked per reason, counters. [loop] */
struct sbuf;
void queue_render_status(const struct queue *queue, struct sbuf *out);

#endif
