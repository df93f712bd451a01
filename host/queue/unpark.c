/* Brings parked jobs back when their reason has ended: in their first order, to the front, and
 * no more a second than the host and its model can take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "queue/queue-private.h"

#define UNPARK_TICK_MS 100
#define UNPARK_LIST_MAX 1000 /* names asked for at once */
#define UNPARK_ID_BYTES 1100
#define UNPARK_BATCH_MAX 100

struct queue_unpark {
    uint32_t calls[PARK_REASONS_COUNT]; /* of queue_unpark */
    bool is_wanted[PARK_REASONS_COUNT];
    char after[PARK_REASONS_COUNT][QUEUE_NUMBER_BYTES]; /* listed up to that order; "" = none yet */
    enum queue_park_reason reason;                      /* of the list */
    char **names;                                       /* "<id>:<timestamp>", in order */
    size_t count, at;
    bool is_asking;                                  /* a request is in the air */
    uint32_t placed[PARK_REASONS_COUNT];             /* since the reason's first list */
    char pivot[PARK_REASONS_COUNT][UNPARK_ID_BYTES]; /* the last one put into wait */
    double credit;                                   /* jobs that may come back now */
    int64_t ticked_mono_ms;
};

struct queue_unpark *queue_unpark_create(void)
{
    return mem_alloc(sizeof(struct queue_unpark));
}

static void unpark_list_free(struct queue_unpark *unpark)
{
    for (size_t i = 0; i < unpark->count; i++) {
        free(unpark->names[i]);
    }
    free(unpark->names);
    unpark->names = NULL;
    unpark->count = unpark->at = 0;
}

void queue_unpark_destroy(struct queue_unpark **unpark)
{
    if (*unpark != NULL) {
        unpark_list_free(*unpark);
        free(*unpark);
        *unpark = NULL;
    }
}

static void unpark_list_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    struct queue_unpark *unpark = queue->unpark;
    unpark->is_asking = false;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements == 0 ||
        reply->element[0]->type != REDIS_REPLY_STRING) {
        unpark->is_wanted[unpark->reason] = true; /* at the next tick */
        return;
    }
    unpark_list_free(unpark); /* an empty list has no batch that would free it */
    unpark->names = mem_array(reply->elements + 1, sizeof(*unpark->names));
    for (size_t i = 1; i < reply->elements; i++) {
        if (reply->element[i]->type == REDIS_REPLY_STRING) {
            unpark->names[unpark->count++] =
                mem_strndup(reply->element[i]->str, reply->element[i]->len);
        }
    }
    /* There are more, unless a new call begins at the front anyway. Jobs that are back already and
     * were set aside again have their old order: they are not listed twice. */
    if (unpark->count == UNPARK_LIST_MAX && !unpark->is_wanted[unpark->reason]) {
        unpark->is_wanted[unpark->reason] = true;
        (void)snprintf(unpark->after[unpark->reason], QUEUE_NUMBER_BYTES, "%s",
                       reply->element[0]->str);
    }
}

static void unpark_list_ask(struct queue *queue, enum queue_park_reason reason)
{
    struct queue_unpark *unpark = queue->unpark;
    char most[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {queue_key(queue, QUEUE_KEY_PARKED)};
    const struct span args[] = {
        span_of(queue_park_reason_name(reason)),
        queue_number_text(most, UNPARK_LIST_MAX),
        span_of(unpark->after[reason]),
    };
    unpark->reason = reason;
    if (redis_eval(queue->commands, queue->scripts.parked, unpark_list_on_reply, queue,
                   ARRAY_LEN(keys), keys, ARRAY_LEN(args), args)) {
        unpark->is_asking = true;
        unpark->is_wanted[reason] = false;
    }
}

static void unpark_batch_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    struct queue_unpark *unpark = queue->unpark;
    unpark->is_asking = false;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        unpark->is_wanted[unpark->reason] = true; /* what is left is found again */
        unpark->after[unpark->reason][0] = '\0';
        unpark_list_free(unpark);
        return;
    }
    uint32_t *parked = &queue->parked_counts[unpark->reason];
    uint32_t back = (uint32_t)reply->element[0]->integer;
    *parked -= back < *parked ? back : *parked;
    metrics_set(queue->metrics.parked_now[unpark->reason], *parked);
    unpark->placed[unpark->reason] += back;
    if (reply->element[1]->type == REDIS_REPLY_STRING) {
        (void)snprintf(unpark->pivot[unpark->reason], UNPARK_ID_BYTES, "%s",
                       reply->element[1]->str);
    }
    if (unpark->at == unpark->count) {
        unpark_list_free(unpark);
    }
}

static void unpark_batch_send(struct queue *queue)
{
    struct queue_unpark *unpark = queue->unpark;
    size_t most =
        (size_t)unpark->credit < UNPARK_BATCH_MAX ? (size_t)unpark->credit : UNPARK_BATCH_MAX;
    size_t count = unpark->count - unpark->at < most ? unpark->count - unpark->at : most;
    if (count == 0) {
        return;
    }
    char placed[QUEUE_NUMBER_BYTES];
    struct span args[3 + UNPARK_BATCH_MAX] = {
        queue->keys.base,
        span_of(unpark->pivot[unpark->reason]),
        queue_number_text(placed, unpark->placed[unpark->reason]),
    };
    for (size_t i = 0; i < count; i++) {
        args[3 + i] = span_of(unpark->names[unpark->at + i]);
    }
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_DELAYED),     queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_PRIORITIZED), queue_key(queue, QUEUE_KEY_ACTIVE),
        queue_key(queue, QUEUE_KEY_META),        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_MARKER),      queue_key(queue, QUEUE_KEY_PARKED),
    };
    if (redis_eval(queue->commands, queue->scripts.unpark, unpark_batch_on_reply, queue,
                   ARRAY_LEN(keys), keys, 3 + count, args)) {
        unpark->is_asking = true;
        unpark->at += count;
        unpark->credit -= (double)count;
    }
}

static bool unpark_is_idle(const struct queue_unpark *unpark)
{
    bool is_idle = !unpark->is_asking && unpark->at == unpark->count;
    for (int i = 0; i < PARK_REASONS_COUNT; i++) {
        is_idle = is_idle && !unpark->is_wanted[i];
    }
    return is_idle;
}

void queue_unpark_on_timer(struct queue *queue)
{
    struct queue_unpark *unpark = queue->unpark;
    int64_t now_ms = clock_mono_ms();
    unpark->credit += (double)(now_ms - unpark->ticked_mono_ms) * queue->unpark_per_second / 1000;
    double most = queue->unpark_per_second > 10 ? queue->unpark_per_second / 10.0 : 1;
    unpark->credit = unpark->credit < most ? unpark->credit : most;
    unpark->ticked_mono_ms = now_ms;
    if (queue->is_open && !unpark->is_asking) {
        if (unpark->at < unpark->count) {
            unpark_batch_send(queue);
        } else {
            for (int i = 1; i <= PARK_REASONS_COUNT && !unpark->is_asking; i++) {
                int reason = ((int)unpark->reason + i) % PARK_REASONS_COUNT; /* each in its turn */
                if (unpark->is_wanted[reason]) {
                    unpark_list_ask(queue, (enum queue_park_reason)reason);
                }
            }
        }
    }
    if (unpark_is_idle(unpark)) {
        memset(unpark->placed, 0, sizeof(unpark->placed));
        memset(unpark->pivot, 0, sizeof(unpark->pivot));
    } else {
        queue_timer_start(queue, &queue->unpark_timer, UNPARK_TICK_MS);
    }
}

static void unpark_begin(struct queue *queue, enum queue_park_reason reason)
{
    struct queue_unpark *unpark = queue->unpark;
    unpark->is_wanted[reason] = true;
    unpark->after[reason][0] = '\0';
    if (!ev_is_active(&queue->unpark_timer)) {
        unpark->ticked_mono_ms = clock_mono_ms() - UNPARK_TICK_MS; /* the first ones at once */
        queue_unpark_on_timer(queue);
    }
}

void queue_unpark(struct queue *queue, enum queue_park_reason reason)
{
    queue->unpark->calls[reason]++;
    unpark_begin(queue, reason);
}

uint32_t queue_unpark_calls(const struct queue *queue, enum queue_park_reason reason)
{
    return queue->unpark->calls[reason];
}

/* Looking again is no call: jobs that keep each other coming back would never stop. */
void queue_unpark_late(struct queue *queue, enum queue_park_reason reason, uint32_t calls_before)
{
    if (queue->unpark->calls[reason] != calls_before) {
        unpark_begin(queue, reason);
    }
}

/* --- counting ------------------------------------------------------------------------------- */

static void parked_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        return; /* counted again in a moment */
    }
    for (int reason = 0; reason < PARK_REASONS_COUNT; reason++) {
        uint32_t count = 0;
        for (size_t i = 0; i + 1 < reply->elements; i += 2) {
            const redisReply *name = reply->element[i], *number = reply->element[i + 1];
            if (name->type == REDIS_REPLY_STRING && number->type == REDIS_REPLY_INTEGER &&
                strcmp(name->str, queue_park_reason_name((enum queue_park_reason)reason)) == 0) {
                count = (uint32_t)number->integer;
            }
        }
        queue->parked_counts[reason] = count;
        metrics_set(queue->metrics.parked_now[reason], count);
    }
}

void queue_parked_count(struct queue *queue)
{
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_PARKED),
        queue_key(queue, QUEUE_KEY_DELAYED),
    };
    if (queue->is_open) {
        (void)redis_eval(queue->commands, queue->scripts.parked_counts, parked_on_reply, queue,
                         ARRAY_LEN(keys), keys, 0, NULL);
    }
}

void queue_parked_note(struct queue *queue, enum queue_park_reason reason)
{
    queue->parked_counts[reason]++;
    metrics_set(queue->metrics.parked_now[reason], queue->parked_counts[reason]);
}

void queue_parked_forget(struct queue_entry *entry)
{
    struct queue *queue = entry->job.queue;
    const struct span argv[] = {
        SPAN_LITERAL("HDEL"),
        queue_key(queue, QUEUE_KEY_PARKED),
        entry->key.tail,
    };
    /* Unsent: the next count drops it. */
    (void)redis_command(queue->commands, NULL, NULL, ARRAY_LEN(argv), argv);
}
