/* Fetches jobs: one at a time, a slot first; waits on the marker when there is nothing to do. */
#include "queue/queue-private.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "queue/marker.h"

static void claim_fetch(struct queue *queue);

struct span queue_next_token(struct queue *queue, char *buffer)
{
    int len = snprintf(buffer, QUEUE_TOKEN_BYTES, "%s.%" PRIu64 ":%" PRIu64, queue->host_id,
                       queue->epoch, queue->tokens++);
    return (struct span){buffer, (size_t)len};
}

static void claim_wait(struct queue *queue, int64_t ms)
{
    queue->fetch = FETCH_WAITING;
    queue->is_limited = false;
    ev_timer_stop(queue->loop->ev, &queue->fetch_timer);
    queue_timer_start(queue, &queue->fetch_timer, ms);
}

void queue_claim_on_timer(struct queue *queue)
{
    if (queue->fetch == FETCH_WAITING) {
        queue->fetch = FETCH_IDLE;
        queue->is_drained = false; /* due jobs may have come, or the marker's news was missed */
        queue_pump(queue);
    }
}

/* --- taking a job --------------------------------------------------------------------------- */

/* A job we are still working on has come to us again: its lock had been lost. */
static bool claim_adopt(struct queue_entry *old, const struct queue_entry *fresh)
{
    bool is_same = span_equals(old->key.tail, fresh->key.tail) && old->job.run == fresh->job.run;
    if (old->job.is_ending && queue_ops_are_unsure(old)) {
        return false; /* it has ended, most likely, and this is what came of it */
    }
    if (!is_same || fresh->condemned != NULL || old->condemned != NULL) {
        return false;
    }
    memcpy(old->token, fresh->token, fresh->token_len);
    old->token_len = fresh->token_len;
    old->serial = fresh->serial;
    old->renewed_mono_ms = fresh->renewed_mono_ms;
    old->job.processed_ms = fresh->job.processed_ms;
    old->job.attempts_made = fresh->job.attempts_made;
    old->job.attempts_started = fresh->job.attempts_started;
    old->job.is_disowned = false;
    old->is_cancel_told = false; /* a cancel told while it was being let go has been forgotten */
    struct log_job job = queue_entry_log(old);
    log_info("queue", &job, "claimed again while it still runs here, going on");
    return true;
}

static void claim_take(struct queue *queue, const redisReply *hash, struct span id,
                       struct span token)
{
    struct queue_entry *entry = queue_entry_create(queue, hash, id, token);
    if (entry == NULL) {
        log_error("queue", NULL, "queue '%s': a job's id is %zu bytes long, leaving it alone",
                  queue->name, id.len);
        return;
    }
    metrics_inc(queue->metrics.claimed);
    struct queue_entry *old = queue_table_find(queue, entry->key.id);
    if (old != NULL && claim_adopt(old, entry)) {
        queue_entry_destroy(&entry);
        return;
    }
    if (old != NULL) {
        queue_disown(old, "claimed anew");
    }
    queue_table_add(queue, entry);
    queue_timer_start(queue, &queue->renew_timer, queue->worker.lock_ms / 4);
    if (entry->job.parked_since_ms != 0) {
        queue_parked_forget(entry);
    }
    queue_advance(entry);
    if (entry->condemned != NULL) {
        queue_condemn(entry);
    } else {
        queue->handlers.on_job(&entry->job, queue->handlers.ctx);
    }
}

/* [hash or 0, id, limit's rest in ms, next due time] */
void queue_claim_tuple(struct queue *queue, const redisReply *reply, struct span token)
{
    queue->limit_until_mono_ms = 0;
    queue->block_until_ms = 0;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 4) {
        queue->is_drained = true;
        return;
    }
    int64_t limit_ms = queue_reply_ms(reply->element[2]);
    if (limit_ms > 0) {
        queue->limit_until_mono_ms = clock_mono_ms() + limit_ms;
    }
    queue->block_until_ms = queue_reply_ms(reply->element[3]);
    const redisReply *hash = reply->element[0], *id = reply->element[1];
    if (hash->type == REDIS_REPLY_ARRAY && id->type == REDIS_REPLY_STRING) {
        queue->is_drained = false;
        claim_take(queue, hash, (struct span){id->str, id->len}, token);
    } else {
        queue->is_drained = true;
    }
}

/* --- asking for one ------------------------------------------------------------------------- */

static void claim_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    if (queue->fetch != FETCH_CLAIMING) {
        return;
    }
    queue->fetch = FETCH_IDLE;
    if (reply == NULL) {
        return; /* pumped when the connection is open again */
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        queue_set_trouble(queue, "cannot claim: %.200s", reply->str);
        claim_wait(queue, strstr(reply->str, "OOM") != NULL ? 1000 : QUEUE_RETRY_MS);
        return;
    }
    queue_set_trouble(queue, "%s", "");
    queue_claim_tuple(queue, reply, span_of(queue->claim_token));
    queue_pump(queue);
}

static void claim_fetch(struct queue *queue)
{
    struct span token = queue_next_token(queue, queue->claim_token);
    char now[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_WAIT),        queue_key(queue, QUEUE_KEY_ACTIVE),
        queue_key(queue, QUEUE_KEY_PRIORITIZED), queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_STALLED),     queue_key(queue, QUEUE_KEY_LIMITER),
        queue_key(queue, QUEUE_KEY_DELAYED),     queue_key(queue, QUEUE_KEY_PAUSED),
        queue_key(queue, QUEUE_KEY_META),        queue_key(queue, QUEUE_KEY_PC),
        queue_key(queue, QUEUE_KEY_MARKER),
    };
    const struct span args[] = {
        queue->keys.base,
        queue_number_text(now, clock_wall_ms()),
        queue_pack_claim(&queue->pack, &queue->worker, token),
    };
    if (redis_eval(queue->commands, queue->scripts.move_to_active, claim_on_reply, queue,
                   ARRAY_LEN(keys), keys, ARRAY_LEN(args), args)) {
        queue->fetch = FETCH_CLAIMING;
    } else {
        claim_wait(queue, QUEUE_RETRY_MS);
    }
}

/* --- waiting -------------------------------------------------------------------------------- */

static void claim_on_marker(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    if (queue->fetch != FETCH_BLOCKED) {
        return;
    }
    queue->fetch = FETCH_IDLE;
    if (reply == NULL) {
        if (queue->is_claiming) {
            claim_wait(queue, queue->drain_delay_ms); /* cut short by the next connection */
        }
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        claim_wait(queue, QUEUE_RETRY_MS);
        return;
    }
    int64_t due = queue_marker_due_ms(reply, queue->blocked_for_ms);
    queue->block_until_ms = due;
    if (due <= 0 || due - clock_wall_ms() < 1) {
        queue->is_drained = false;
    }
    queue_pump(queue);
}

static void claim_block(struct queue *queue)
{
    int64_t wait_ms = queue_marker_wait_ms(queue->block_until_ms, clock_wall_ms(),
                                           queue->drain_delay_ms, redis_version(queue->commands));
    if (wait_ms == 0) {
        claim_fetch(queue);
        return;
    }
    char seconds[32];
    int len = snprintf(seconds, sizeof(seconds), "%" PRId64 ".%03d", wait_ms / 1000,
                       (int)(wait_ms % 1000));
    const struct span argv[] = {
        SPAN_LITERAL("BZPOPMIN"),
        queue_key(queue, QUEUE_KEY_MARKER),
        {seconds, (size_t)len},
    };
    queue->blocked_for_ms = queue->block_until_ms;
    if (redis_command_blocking(queue->blocking, wait_ms, claim_on_marker, queue, ARRAY_LEN(argv),
                               argv)) {
        queue->fetch = FETCH_BLOCKED;
        queue->limit_until_mono_ms = 0;
        queue->block_until_ms = 0;
    } else {
        claim_wait(queue, wait_ms);
    }
}

void queue_pump(struct queue *queue)
{
    if (queue->fetch != FETCH_IDLE || !queue->is_claiming || !queue->is_open ||
        queue->standing != STANDING_OK || queue->entries_count >= queue->concurrency) {
        return;
    }
    int64_t limit_ms = queue->limit_until_mono_ms - clock_mono_ms();
    if (queue->limit_until_mono_ms != 0 && limit_ms > 0) {
        /* Due jobs are promoted by asking, also while the limit lasts. */
        claim_wait(queue, limit_ms < QUEUE_LIMIT_WAIT_MS ? limit_ms : QUEUE_LIMIT_WAIT_MS);
        queue->is_limited = true;
        queue->limit_until_mono_ms = 0;
    } else if (queue->is_drained) {
        claim_block(queue);
    } else {
        claim_fetch(queue);
    }
}

void queue_claim_lost(struct queue *queue)
{
    /* Nothing learnt on the old connection holds: ask first on the new one. */
    queue->is_drained = false;
    queue->limit_until_mono_ms = 0;
    queue->block_until_ms = 0;
}

void queue_claim_unlimited(struct queue *queue)
{
    queue->limit_until_mono_ms = 0;
    if (queue->is_limited && queue->fetch == FETCH_WAITING) {
        ev_timer_stop(queue->loop->ev, &queue->fetch_timer);
        queue->fetch = FETCH_IDLE;
    }
}

void queue_claim_start(struct queue *queue)
{
    queue->is_claiming = true;
    if (queue->fetch == FETCH_WAITING) {
        ev_timer_stop(queue->loop->ev, &queue->fetch_timer);
        queue->fetch = FETCH_IDLE;
    }
    queue->is_drained = false;
    queue_pump(queue);
}

void queue_claim_stop(struct queue *queue)
{
    queue->is_claiming = false;
    if (queue->fetch == FETCH_WAITING) {
        ev_timer_stop(queue->loop->ev, &queue->fetch_timer);
        queue->fetch = FETCH_IDLE;
    } else if (queue->fetch == FETCH_BLOCKED) {
        redis_reconnect(queue->blocking);
    }
}
