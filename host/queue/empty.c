/* Removes all jobs but the active ones by BullMQ's cleaning script, a few at a time. */
#include <stdlib.h>

#include "core/mem.h"
#include "queue/queue-private.h"

#define EMPTY_CHUNK 200        /* jobs removed in one call: a few milliseconds of the server's */
#define EMPTY_PARKED_CHUNK 500 /* notes of parked jobs looked at in one call */
/* The script compares digits as text: later than all times of this century and the next. */
#define EMPTY_BEFORE_MS "9999999999999"

/* In this order: what waits must not be claimed while finished jobs are removed. */
static const struct empty_set {
    enum queue_key key;
    struct span name;
} empty_sets[] = {
    {QUEUE_KEY_WAIT, SPAN_LITERAL("wait")},
    {QUEUE_KEY_PAUSED, SPAN_LITERAL("paused")},
    {QUEUE_KEY_PRIORITIZED, SPAN_LITERAL("prioritized")},
    {QUEUE_KEY_DELAYED, SPAN_LITERAL("delayed")},
    {QUEUE_KEY_COMPLETED, SPAN_LITERAL("completed")},
    {QUEUE_KEY_FAILED, SPAN_LITERAL("failed")},
};

struct empty_request {
    struct queue *queue;
    int64_t left[ARRAY_LEN(empty_sets)]; /* of the jobs that were there at the start */
    size_t set;                          /* the one being emptied */
    int64_t limit;                       /* of the call in the air */
    int64_t stuck; /* jobs at the head of the set that BullMQ does not remove */
    int64_t removed;
    char cursor[QUEUE_NUMBER_BYTES];
    void (*done)(int64_t removed, const struct err *err, void *ctx);
    void *ctx;
};

static void empty_next(struct empty_request *request);

static void empty_end(struct empty_request *request, const struct err *err)
{
    if (err == NULL) {
        queue_parked_count(request->queue);
    }
    request->done(request->removed, err, request->ctx);
    free(request);
}

static void empty_on_cleaned(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct empty_request *request = ctx;
    struct err err;
    if (!queue_reply_check(reply, REDIS_REPLY_ARRAY, "removed jobs", &err)) {
        empty_end(request, &err);
        return;
    }
    int64_t removed = (int64_t)reply->elements;
    request->removed += removed;
    request->left[request->set] -= removed;
    request->stuck = request->limit - removed;
    empty_next(request);
}

static bool empty_send(struct empty_request *request)
{
    struct queue *queue = request->queue;
    const struct empty_set *set = &empty_sets[request->set];
    char limit[QUEUE_NUMBER_BYTES];
    request->limit = request->stuck + EMPTY_CHUNK;
    const struct span keys[] = {
        queue_key(queue, set->key),
        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_REPEAT),
    };
    const struct span args[] = {
        queue->keys.base,
        SPAN_LITERAL(EMPTY_BEFORE_MS),
        queue_number_text(limit, request->limit),
        set->name,
    };
    return redis_eval(queue->commands, queue->scripts.clean, empty_on_cleaned, request,
                      ARRAY_LEN(keys), keys, ARRAY_LEN(args), args);
}

/* --- what is noted of parked jobs that are no more ------------------------------------------- */

static void empty_on_swept(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct empty_request *request = ctx;
    struct err err;
    if (!queue_reply_check(reply, REDIS_REPLY_STRING, "forgot parked jobs", &err)) {
        empty_end(request, &err);
        return;
    }
    (void)snprintf(request->cursor, sizeof(request->cursor), "%s", reply->str);
    if (strcmp(request->cursor, "0") == 0) {
        empty_end(request, NULL);
    } else {
        empty_next(request);
    }
}

static bool empty_sweep(struct empty_request *request)
{
    struct queue *queue = request->queue;
    char count[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_PARKED),
        queue_key(queue, QUEUE_KEY_DELAYED),
    };
    const struct span args[] = {
        queue->keys.base,
        span_of(request->cursor),
        queue_number_text(count, EMPTY_PARKED_CHUNK),
    };
    return redis_eval(queue->commands, queue->scripts.parked_sweep, empty_on_swept, request,
                      ARRAY_LEN(keys), keys, ARRAY_LEN(args), args);
}

/* --- one call after the other ----------------------------------------------------------------- */

static void empty_next(struct empty_request *request)
{
    while (request->set < ARRAY_LEN(empty_sets) && request->left[request->set] <= request->stuck) {
        request->set++;
        request->stuck = 0;
    }
    bool is_sent =
        request->set < ARRAY_LEN(empty_sets) ? empty_send(request) : empty_sweep(request);
    if (!is_sent) {
        struct err err;
        (void)queue_err_unsent(request->queue, &err);
        empty_end(request, &err);
    }
}

static void empty_on_counted(const struct queue_counts *counts, const struct err *err, void *ctx)
{
    struct empty_request *request = ctx;
    if (counts == NULL) {
        empty_end(request, err);
        return;
    }
    const int64_t left[] = {
        counts->waiting,   counts->paused, counts->prioritized, counts->delayed + counts->parked,
        counts->completed, counts->failed,
    };
    memcpy(request->left, left, sizeof(left));
    empty_next(request);
}

void queue_empty(struct queue *queue,
                 void (*done)(int64_t removed, const struct err *err, void *ctx), void *ctx)
{
    struct empty_request *request = mem_alloc(sizeof(*request));
    *request = (struct empty_request){.queue = queue, .cursor = "0", .done = done, .ctx = ctx};
    queue_counts(queue, empty_on_counted, request);
}
