/* Counts a queue's jobs by state, in BullMQ's words and with its own script. */
#include <stdlib.h>

#include "core/mem.h"
#include "queue/queue-private.h"

struct counts_request {
    struct queue *queue;
    int64_t parked;
    void (*done)(const struct queue_counts *counts, const struct err *err, void *ctx);
    void *ctx;
};

static void counts_end(struct counts_request *request, const struct queue_counts *counts,
                       const struct err *err)
{
    request->done(counts, err, request->ctx);
    free(request);
}

/* In the order of the numbers in the answer. */
static const struct span counts_states[] = {
    SPAN_LITERAL("wait"),   SPAN_LITERAL("prioritized"),      SPAN_LITERAL("paused"),
    SPAN_LITERAL("active"), SPAN_LITERAL("delayed"),          SPAN_LITERAL("completed"),
    SPAN_LITERAL("failed"), SPAN_LITERAL("waiting-children"),
};

static void counts_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct counts_request *request = ctx;
    struct err err;
    long long of[ARRAY_LEN(counts_states)] = {0};
    if (!queue_reply_check(reply, REDIS_REPLY_ARRAY, "counted the jobs", &err)) {
        counts_end(request, NULL, &err);
        return;
    }
    for (size_t i = 0; i < reply->elements && i < ARRAY_LEN(of); i++) {
        of[i] = reply->element[i]->integer;
    }
    /* Every parked job is a delayed one; what is noted of it may outlive it by moments. */
    int64_t parked = request->parked < of[4] ? request->parked : of[4];
    const struct queue_counts counts = {
        .waiting = of[0],
        .prioritized = of[1],
        .paused = of[2],
        .active = of[3],
        .delayed = of[4] - parked,
        .parked = parked,
        .completed = of[5],
        .failed = of[6],
        .waiting_children = of[7],
    };
    counts_end(request, &counts, NULL);
}

static void counts_on_parked(struct redis *redis, const redisReply *reply, void *ctx)
{
    struct counts_request *request = ctx;
    struct queue *queue = request->queue;
    struct err err;
    if (!queue_reply_check(reply, REDIS_REPLY_INTEGER, "counted the parked jobs", &err)) {
        counts_end(request, NULL, &err);
        return;
    }
    request->parked = reply->integer;
    if (!redis_eval(redis, queue->scripts.get_counts, counts_on_reply, request, 1,
                    &queue->keys.base, ARRAY_LEN(counts_states), counts_states)) {
        (void)queue_err_unsent(queue, &err);
        counts_end(request, NULL, &err);
    }
}

void queue_counts(struct queue *queue,
                  void (*done)(const struct queue_counts *counts, const struct err *err, void *ctx),
                  void *ctx)
{
    const struct span argv[] = {SPAN_LITERAL("HLEN"), queue_key(queue, QUEUE_KEY_PARKED)};
    struct counts_request *request = mem_alloc(sizeof(*request));
    *request = (struct counts_request){.queue = queue, .done = done, .ctx = ctx};
    if (!redis_command(queue->commands, counts_on_parked, request, ARRAY_LEN(argv), argv)) {
        struct err err;
        (void)queue_err_unsent(queue, &err);
        counts_end(request, NULL, &err);
    }
}
