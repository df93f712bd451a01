/* Bytes in and out: flushing once a turn, reading replies, noticing a dead connection. */
#include <assert.h>
#include <string.h>

#include "core/clock.h"
#include "redis/redis-private.h"
#include "redis/replies.h"

#define IO_READ_BYTES (16 * 1024)
/* Reads of one event, so that one busy connection leaves time to the others. */
#define IO_READS_MAX 4
/* A written-out buffer that grew beyond this is given back. */
#define IO_KEEP_BYTES (1024 * 1024)

void redis_watch(struct redis *redis, int events)
{
    if (ev_is_active(&redis->io) && redis->io.events == events) {
        return;
    }
    ev_io_stop(redis->loop->ev, &redis->io);
    if (events != 0) {
        ev_io_set(&redis->io, redis->stream.fd, events);
        ev_io_start(redis->loop->ev, &redis->io);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

static void redis_written(struct redis *redis, size_t len)
{
    redis->out_at += len;
    if (redis->out_at == redis->out.len) {
        redis->out_at = 0;
        sbuf_clear(&redis->out);
        if (redis->out.capacity > IO_KEEP_BYTES) {
            sbuf_fini(&redis->out);
        }
    } else if (redis->out_at > redis->out.len / 2) {
        sbuf_consume(&redis->out, redis->out_at); /* moves less than was written */
        redis->out_at = 0;
    }
}

static void redis_write(struct redis *redis)
{
    struct err err = {0};
    if (redis->out.is_failed) {
        (void)err_set(&err, ERR_LIMIT, "no memory for the commands to write");
        redis_down(redis, &err);
        return;
    }
    while (redis_unwritten(redis) > 0) {
        size_t len;
        enum stream_status status = stream_write(&redis->stream, redis->out.data + redis->out_at,
                                                 redis_unwritten(redis), &len, &err);
        switch (status) {
        case STREAM_DONE:
            redis_written(redis, len);
            break;
        case STREAM_WANT_WRITE:
            redis_watch(redis, EV_READ | EV_WRITE);
            return;
        case STREAM_WANT_READ: /* TLS; reading goes on, and after it writing */
            return;
        case STREAM_FAILED:
            redis_down(redis, &err);
            return;
        }
    }
    redis_watch(redis, EV_READ);
}

void redis_on_flush(struct loop_deferred *deferred)
{
    struct redis *redis = CONTAINER_OF(deferred, struct redis, flush);
    if (redis->phase >= PHASE_GREETING && !redis->is_destroyed) {
        redis_write(redis);
    }
}

/* --- replies ---------------------------------------------------------------------------------- */

static bool reply_begins(const redisReply *reply, const char *word)
{
    size_t len = strlen(word);
    return reply->len >= len && memcmp(reply->str, word, len) == 0;
}

/* The server is not one to write to at present: the connection is useless, and where the name
 * points to may have changed. */
static bool reply_ends_connection(const redisReply *reply)
{
    static const char *const words[] = {"READONLY ", "LOADING ", "MASTERDOWN ", "UNBLOCKED "};
    if (reply->type != REDIS_REPLY_ERROR) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (reply_begins(reply, words[i])) {
            return true;
        }
    }
    /* Redis 6 wraps what a script met. */
    return reply_begins(reply, "ERR Error running script") && strstr(reply->str, "-READONLY ");
}

/* Subscribed, messages come unasked: ["message", channel, payload]. */
static bool redis_take_message(struct redis *redis, const redisReply *reply)
{
    if (!redis->is_subscriber || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        return false;
    }
    struct span parts[3];
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (reply->element[i]->type != REDIS_REPLY_STRING) {
            return false;
        }
        parts[i] = (struct span){reply->element[i]->str, reply->element[i]->len};
    }
    if (!span_is(parts[0], "message")) {
        return false;
    }
    if (redis->handlers.on_message != NULL) {
        redis->handlers.on_message(redis, parts[1], parts[2], redis->handlers.ctx);
    }
    return true;
}

static void redis_handle(struct redis *redis, const redisReply *reply)
{
    if (redis_take_message(redis, reply)) {
        return;
    }
    struct err err;
    if (reply_ends_connection(reply)) {
        (void)err_set(&err, ERR_AGAIN, "the server says '%.200s'", reply->str);
        redis_down(redis, &err);
        return;
    }
    struct redis_call call;
    if (!redis_pop(redis, &call)) {
        (void)err_set(&err, ERR_PROTOCOL, "the server sent a reply that nobody asked for");
        redis_down(redis, &err);
        return;
    }
    bool is_unknown_script =
        call.resend != NULL && reply->type == REDIS_REPLY_ERROR && reply_begins(reply, "NOSCRIPT");
    if (is_unknown_script) {
        redis_enqueue_eval(redis, &call);
    }
    redis_free_resend(redis, call.resend);
    if (!is_unknown_script && call.fn != NULL) {
        call.fn(redis, reply, call.ctx);
    }
}

/* Hands out the complete replies; false when the connection is no longer the same. */
static bool redis_dispatch(struct redis *redis)
{
    uint64_t serial = redis->serial;
    struct replies *replies = redis->replies;
    for (;;) {
        redisReply *reply;
        if (!replies_next(replies, &reply)) {
            struct err err;
            (void)err_set(&err, ERR_PROTOCOL, "%.200s", replies_error(replies));
            redis_down(redis, &err);
            return false;
        }
        if (reply == NULL) {
            return true;
        }
        redis->replies = NULL; /* whatever the callback does, this reply stays */
        redis_handle(redis, reply);
        if (redis->serial != serial) {
            replies_destroy(&replies);
            return false;
        }
        redis->replies = replies;
        replies_recycle(replies);
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool redis_feed(struct redis *redis, const char *data, size_t len)
{
    redis->heard_ms = clock_mono_ms();
    if (!replies_feed(redis->replies, data, len)) {
        struct err err;
        (void)err_set(&err, ERR_PROTOCOL, "%.200s", replies_error(redis->replies));
        redis_down(redis, &err);
        return false;
    }
    return redis_dispatch(redis);
}

static void redis_read(struct redis *redis)
{
    char buf[IO_READ_BYTES];
    for (unsigned i = 0; i < IO_READS_MAX; i++) {
        struct err err = {0};
        size_t len;
        enum stream_status status = stream_read(&redis->stream, buf, sizeof(buf), &len, &err);
        if (status == STREAM_FAILED) {
            redis_down(redis, &err);
            return;
        }
        if (status == STREAM_WANT_WRITE) {
            redis_watch(redis, EV_READ | EV_WRITE);
        }
        if (status != STREAM_DONE || !redis_feed(redis, buf, len)) {
            return;
        }
        if (len < sizeof(buf) && !stream_has_buffered(&redis->stream)) {
            return;
        }
    }
    if (stream_has_buffered(&redis->stream)) {
        ev_feed_event(redis->loop->ev, &redis->io, EV_READ); /* no poll would tell */
    }
}

/* --- events ----------------------------------------------------------------------------------- */

static void redis_on_connected(struct redis *redis)
{
    struct err err = {0};
    if (!stream_finish_connect(&redis->stream, &err)) {
        redis_connect_failed(redis, &err);
    } else if (redis->tls == NULL) {
        redis_greet(redis);
    } else if (!stream_tls_start(&redis->stream, redis->tls, redis->settings.host, &err)) {
        redis_connect_failed(redis, &err);
    } else {
        redis_set_phase(redis, PHASE_TLS);
        redis_watch(redis, EV_WRITE); /* at once: the client speaks first */
    }
}

static void redis_on_handshake(struct redis *redis)
{
    struct err err = {0};
    switch (stream_tls_handshake(&redis->stream, &err)) {
    case STREAM_DONE:
        redis_greet(redis);
        break;
    case STREAM_WANT_READ:
        redis_watch(redis, EV_READ);
        break;
    case STREAM_WANT_WRITE:
        redis_watch(redis, EV_WRITE);
        break;
    case STREAM_FAILED:
        redis_connect_failed(redis, &err);
        break;
    }
}

void redis_on_io(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    struct redis *redis = io->data;
    switch (redis->phase) {
    case PHASE_CONNECTING:
        redis_on_connected(redis);
        return;
    case PHASE_TLS:
        redis_on_handshake(redis);
        return;
    case PHASE_GREETING:
    case PHASE_READY: {
        uint64_t serial = redis->serial;
        if ((revents & EV_READ) != 0) {
            redis_read(redis);
        }
        if (redis->serial == serial && redis_unwritten(redis) > 0) {
            loop_defer(redis->loop, &redis->flush);
        }
        return;
    }
    case PHASE_DOWN:
    case PHASE_RESOLVING:
        assert(!"no socket is watched in this phase");
    }
}

/* --- watchdog --------------------------------------------------------------------------------- */

/* When the connection counts as dead: the oldest call is overdue, and nothing has been heard for
 * as long (a server may well need its time for a long pipeline). */
static int64_t redis_due_ms(const struct redis *redis)
{
    const struct redis_call *oldest = &redis->pending.items[redis->pending.first];
    int64_t from_ms = oldest->sent_ms > redis->heard_ms ? oldest->sent_ms : redis->heard_ms;
    return from_ms + oldest->wait_ms + redis->settings.command_ms;
}

static void redis_start_watchdog(struct redis *redis)
{
    int64_t in_ms = redis_due_ms(redis) - clock_mono_ms();
    ev_timer_set(&redis->watchdog, in_ms > 1 ? (double)in_ms / 1000.0 : 0.001, 0.);
    ev_timer_start(redis->loop->ev, &redis->watchdog);
}

void redis_arm_watchdog(struct redis *redis)
{
    if (!ev_is_active(&redis->watchdog)) {
        redis_start_watchdog(redis);
    }
}

void redis_on_watchdog(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct redis *redis = timer->data;
    if (redis->pending.count == 0) {
        return;
    }
    int64_t overdue_ms = clock_mono_ms() - redis_due_ms(redis);
    if (overdue_ms < 0) {
        redis_start_watchdog(redis);
        return;
    }
    /* A pause of this whole process looks the same: the answer may wait in the socket. */
    uint64_t serial = redis->serial;
    int64_t heard_ms = redis->heard_ms;
    if (redis->phase >= PHASE_GREETING) {
        redis_read(redis);
    }
    if (redis->serial != serial) {
        return;
    }
    if (redis->heard_ms != heard_ms) {
        if (redis->pending.count > 0) {
            redis_arm_watchdog(redis);
        }
        return;
    }
    struct err err;
    (void)err_set(&err, ERR_TIMEOUT, "no answer for %lld ms",
                  (long long)(overdue_ms + redis->settings.command_ms));
    redis_down(redis, &err);
}
