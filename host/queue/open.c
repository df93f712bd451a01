/* What happens on every new connection before anything else: who we are, whose store it is, and
 * which claims of ours nobody is working on. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "queue/queue-private.h"

#define OPEN_AGAIN_MS 5000 /* between looks when another host or store stands in the way */
#define OPEN_FIXED_ARGS 8

static void open_finish(struct queue *queue)
{
    if (redis_state(queue->commands) != REDIS_READY || queue->standing == STANDING_CLOSED) {
        return; /* lost while the spool was replayed: the next connection begins anew */
    }
    queue->is_open = true;
    if (!queue->was_ready && queue->standing == STANDING_OK) {
        queue->was_ready = true;
        if (queue->handlers.on_ready != NULL) {
            queue->handlers.on_ready(queue, queue->handlers.ctx);
        }
        queue_stalled_check(queue);
    }
    queue_ops_flush(queue);
    queue_parked_count(queue);
    queue_pause_look(queue);
    queue_pump(queue);
}

static void open_judge(struct queue *queue, const char *word, const char *other)
{
    enum queue_standing before = queue->standing;
    if (strcmp(word, "copied") == 0) {
        queue->standing = STANDING_COPIED;
        queue_set_trouble(queue,
                          "another running process uses this host-id: was the state directory "
                          "copied? Then remove the file host-id in %.120s",
                          queue->state_path);
    } else if (strcmp(word, "store") == 0) {
        queue->standing = STANDING_STORE;
        queue_set_trouble(queue,
                          "another store serves this queue (%.40s, ours is %.40s); after a restore "
                          "run: agenthost store adopt %.40s",
                          other, queue->store_uuid, queue->name);
    } else {
        queue->standing = STANDING_OK;
        queue->is_first_opening = false;
        queue_set_trouble(queue, "%s", "");
    }
    if (queue->standing != STANDING_OK && queue->standing != before) {
        log_error("queue", NULL, "queue '%s' is not served: %s", queue->name, queue->trouble);
    }
}

static void open_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    if (reply == NULL) {
        return; /* begun anew on the next connection */
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_STRING) {
        const char *text = reply->type == REDIS_REPLY_ERROR ? reply->str : "unexpected reply";
        queue_set_trouble(queue, "cannot open the queue: %.200s", text);
        queue_timer_start(queue, &queue->open_timer, QUEUE_RETRY_MS * 4);
        return;
    }
    queue_clock_compare(queue, reply->element[3]);
    open_judge(queue, reply->element[0]->str, reply->element[1]->str);
    long long given_back = reply->element[2]->integer;
    if (given_back > 0) {
        metrics_add(queue->metrics.given_back, (double)given_back);
        log_info("queue", NULL, "queue '%s': gave back %lld unfinished claims of an earlier start",
                 queue->name, given_back);
    }
    if (queue->standing != STANDING_OK) {
        queue_timer_start(queue, &queue->open_timer, OPEN_AGAIN_MS);
    }
    queue_spool_replay(queue, open_finish);
}

/* id and token of everything we work on and still believe to own. */
static size_t open_add_working(struct queue *queue, struct span *args)
{
    size_t count = 0;
    for (struct queue_entry *entry = queue->entries_first; entry != NULL; entry = entry->next) {
        if (!entry->job.is_disowned && queue_table_find(queue, entry->key.id) == entry) {
            args[count++] = entry->key.id;
            args[count++] = queue_entry_token(entry);
        }
    }
    return count;
}

static const struct span open_shared_nonce = SPAN_LITERAL("16");

void queue_open_begin(struct queue *queue)
{
    ev_timer_stop(queue->loop->ev, &queue->open_timer);
    if (queue->store_uuid[0] == '\0') {
        queue_set_trouble(queue, "waiting for the store, to learn which one it is");
        return; /* queue_set_store comes back here */
    }
    char lock_ms[QUEUE_NUMBER_BYTES], nonce_ms[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_ACTIVE),      queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_PRIORITIZED), queue_key(queue, QUEUE_KEY_STALLED),
        queue_key(queue, QUEUE_KEY_EVENTS),      queue_key(queue, QUEUE_KEY_META),
        queue_key(queue, QUEUE_KEY_MARKER),      queue_key(queue, QUEUE_KEY_STORE),
        queue_key(queue, QUEUE_KEY_NONCE),
    };
    struct span *args =
        mem_array(OPEN_FIXED_ARGS + 2 * (size_t)queue->entries_count, sizeof(*args));
    args[0] = queue->keys.base;
    args[1] = span_of(queue->host_id);
    args[2] = queue->worker.name;
    args[3] = span_of(queue->store_uuid);
    args[4] = span_of(queue->nonce);
    args[5] = queue_number_text(nonce_ms, QUEUE_NONCE_MS);
    args[6] = queue->is_first_opening ? open_shared_nonce : SPAN_LITERAL("0");
    args[7] = queue_number_text(lock_ms, queue->worker.lock_ms);
    queue->clock_asked_mono_ms = clock_mono_ms();
    size_t count = OPEN_FIXED_ARGS + open_add_working(queue, args + OPEN_FIXED_ARGS);
    if (!redis_eval(queue->commands, queue->scripts.giveback, open_on_reply, queue, ARRAY_LEN(keys),
                    keys, count, args)) {
        queue_timer_start(queue, &queue->open_timer, QUEUE_RETRY_MS);
    }
    free(args);
}

void queue_set_store(struct queue *queue, const char *store_uuid)
{
    if (strcmp(queue->store_uuid, store_uuid) == 0) {
        return;
    }
    assert(queue->store_uuid[0] == '\0');
    free(queue->store_uuid);
    queue->store_uuid = mem_strdup(store_uuid);
    if (redis_state(queue->commands) == REDIS_READY) {
        queue_open_begin(queue);
    }
}

struct adopt_request {
    struct queue *queue;
    void (*done)(const struct err *err, void *ctx);
    void *ctx;
};

static void adopt_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct adopt_request *request = ctx;
    struct queue *queue = request->queue;
    struct err err;
    bool is_written = reply != NULL && reply->type == REDIS_REPLY_STATUS;
    if (!is_written) {
        (void)err_set(&err, ERR_AGAIN, "redis did not take it: %.300s",
                      reply != NULL ? reply->str : "the connection is gone");
    }
    request->done(is_written ? NULL : &err, request->ctx);
    free(request);
    if (is_written && queue->standing == STANDING_STORE) {
        queue_open_begin(queue);
    }
}

void queue_store_adopt(struct queue *queue, void (*done)(const struct err *err, void *ctx),
                       void *ctx)
{
    const struct span argv[] = {
        SPAN_LITERAL("SET"),
        queue_key(queue, QUEUE_KEY_STORE),
        span_of(queue->store_uuid),
    };
    struct err err;
    if (queue->store_uuid[0] == '\0') {
        (void)err_set(&err, ERR_AGAIN, "%.300s", queue_trouble(queue));
        done(&err, ctx);
        return;
    }
    struct adopt_request *request = mem_alloc(sizeof(*request));
    *request = (struct adopt_request){.queue = queue, .done = done, .ctx = ctx};
    if (!redis_command(queue->commands, adopt_on_reply, request, ARRAY_LEN(argv), argv)) {
        (void)queue_err_unsent(queue, &err);
        done(&err, ctx);
        free(request);
    }
}

void queue_open_lost(struct queue *queue)
{
    queue->is_open = false;
    queue->standing = STANDING_CLOSED;
    ev_timer_stop(queue->loop->ev, &queue->open_timer);
    queue_claim_lost(queue);
}
