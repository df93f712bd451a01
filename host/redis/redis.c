/* The life of a connection: looking its host up, connecting, being ready, being lost, again. */
#include "redis/redis.h"

#include <assert.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "redis/redis-private.h"
#include "redis/replies.h"

/* A connection that lasted this long has proved itself: the next pause is short again. */
#define REDIS_PROVED_MS 5000

void redis_set_phase(struct redis *redis, enum redis_phase phase)
{
    static const char *const names[] = {"down", "resolving", "connecting",
                                        "tls",  "greeting",  "ready"};
    /* Downwards always; upwards a phase may be left out, but connecting never. */
    assert(phase == PHASE_DOWN || phase > redis->phase || phase == PHASE_CONNECTING);
    assert(phase < PHASE_TLS || redis->phase >= PHASE_CONNECTING);
    log_debug("redis", NULL, "%s: %s", redis->peer, names[phase]);
    redis->phase = phase;
}

/* --- losing it -------------------------------------------------------------------------------- */

static void redis_log_trouble(struct redis *redis, const struct err *why)
{
    unsigned bit = 1u << why->kind;
    if (redis->settings.is_quiet || (redis->logged & bit) != 0) {
        log_debug("redis", NULL, "%s: %s", redis->peer, why->text);
    } else {
        log_warning("redis", NULL, "%s: %s, trying again", redis->peer, why->text);
    }
    redis->logged |= bit;
}

/* Takes the socket and everything that belongs to it away. */
static void redis_cut(struct redis *redis)
{
    redis->serial++;
    redis_resolve_cancel(&redis->resolve);
    redis_watch(redis, 0);
    ev_clear_pending(redis->loop->ev, &redis->io);
    ev_timer_stop(redis->loop->ev, &redis->timer);
    ev_timer_stop(redis->loop->ev, &redis->watchdog);
    loop_cancel(redis->loop, &redis->flush);
    stream_close(&redis->stream);
    replies_destroy(&redis->replies);
    sbuf_fini(&redis->out);
    redis->out_at = 0;
    redis->is_subscriber = false;
    redis->loaded_count = 0;
    redis_set_phase(redis, PHASE_DOWN);
}

/* Every pending callback hears NULL. New calls are refused meanwhile, so this ends. */
static void redis_disappoint(struct redis *redis)
{
    struct redis_call call;
    while (redis_pop(redis, &call)) {
        redis_free_resend(redis, call.resend);
        if (call.fn != NULL) {
            call.fn(redis, NULL, call.ctx);
        }
    }
}

static void redis_plan(struct redis *redis, int64_t pause_ms)
{
    ev_timer_set(&redis->timer, pause_ms > 0 ? (double)pause_ms / 1000.0 : 0., 0.);
    ev_timer_start(redis->loop->ev, &redis->timer);
}

void redis_down(struct redis *redis, const struct err *why)
{
    struct err kept = *why; /* the caller's may be the old trouble itself */
    int64_t now_ms = clock_mono_ms();
    if (redis->phase == PHASE_READY) {
        redis->down_ms = now_ms;
        if (now_ms - redis->ready_ms >= REDIS_PROVED_MS) {
            redis_retry_reset(&redis->retry);
        }
    }
    redis_cut(redis);
    redis->trouble = kept;
    redis_log_trouble(redis, &kept);
    bool is_slow = kept.kind == ERR_INVALID || kept.kind == ERR_DENIED;
    redis_plan(redis, redis_retry_pause_ms(&redis->retry, now_ms, is_slow, clock_random_unit()));
    redis_disappoint(redis);
    if (!redis->is_destroyed && redis->handlers.on_down != NULL) {
        redis->handlers.on_down(redis, &kept, redis->handlers.ctx);
    }
}

/* --- getting it ------------------------------------------------------------------------------- */

void redis_ready(struct redis *redis)
{
    redis_set_phase(redis, PHASE_READY);
    ev_timer_stop(redis->loop->ev, &redis->timer);
    redis->ready_ms = clock_mono_ms();
    redis->trouble = (struct err){0};
    if (redis->logged != 0 && !redis->settings.is_quiet) {
        log_info("redis", NULL, "%s: connected again after %.1f s", redis->peer,
                 (double)(redis->ready_ms - redis->down_ms) / 1000.0);
    }
    redis->logged = 0;
    if (redis->handlers.on_ready != NULL) {
        redis->handlers.on_ready(redis, redis->handlers.ctx);
    }
}

/* Tries addresses until one begins to connect. */
static bool redis_connect_next(struct redis *redis, struct err *err)
{
    while (redis->address_next < redis->addresses.count) {
        const struct redis_address *address = &redis->addresses.items[redis->address_next++];
        if (!stream_open(&redis->stream, address, err)) {
            continue;
        }
        redis_set_phase(redis, PHASE_CONNECTING);
        redis->replies = replies_create();
        redis_watch(redis, EV_WRITE);
        ev_timer_set(&redis->timer, (double)redis->settings.connect_ms / 1000.0, 0.);
        ev_timer_start(redis->loop->ev, &redis->timer);
        return true;
    }
    return false;
}

static void redis_connect(struct redis *redis, const struct redis_addresses *addresses)
{
    struct err err = {0};
    redis->addresses = *addresses;
    redis->address_next = 0;
    if (!redis_connect_next(redis, &err)) {
        redis_down(redis, &err);
    }
}

void redis_connect_failed(struct redis *redis, const struct err *why)
{
    struct err kept = *why;
    if (redis->address_next < redis->addresses.count) {
        redis_cut(redis);
        if (redis_connect_next(redis, &kept)) {
            return;
        }
    }
    redis_down(redis, &kept);
}

static void redis_on_resolved(const struct redis_addresses *found, const struct err *why, void *ctx)
{
    struct redis *redis = ctx;
    redis->resolve = NULL; /* it frees itself */
    if (found->count == 0) {
        redis_down(redis, why);
    } else {
        redis_connect(redis, found);
    }
}

static bool redis_prepare_tls(struct redis *redis, struct err *err)
{
    if (redis->settings.is_tls && redis->tls == NULL) {
        redis->tls = stream_tls_context(redis->settings.tls_ca, redis->settings.tls_verify, err);
        return redis->tls != NULL;
    }
    return true;
}

static void redis_begin(struct redis *redis)
{
    const struct redis_settings *settings = &redis->settings;
    struct err err = {0};
    struct redis_addresses found = {.count = 0};
    redis_retry_began(&redis->retry, clock_mono_ms());
    if (!redis_prepare_tls(redis, &err)) {
        redis_down(redis, &err);
    } else if (settings->unix_path != NULL) {
        if (redis_address_unix(settings->unix_path, &found, &err)) {
            redis_connect(redis, &found);
        } else {
            redis_down(redis, &err);
        }
    } else if (redis_address_numeric(settings->host, settings->port, &found)) {
        redis_connect(redis, &found);
    } else {
        redis_set_phase(redis, PHASE_RESOLVING);
        redis->resolve = redis_resolve_start(redis->files, settings->host, settings->port,
                                             redis_on_resolved, redis);
        if (redis->resolve == NULL) {
            (void)err_set(&err, ERR_AGAIN, "too much to do to look up '%.200s'", settings->host);
            redis_down(redis, &err);
        }
    }
}

static void redis_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct redis *redis = timer->data;
    if (redis->phase == PHASE_DOWN) {
        redis_begin(redis);
        return;
    }
    struct err err;
    (void)err_set(&err, ERR_TIMEOUT, "no connection within %lld ms",
                  (long long)redis->settings.connect_ms);
    redis_connect_failed(redis, &err);
}

void redis_reconnect(struct redis *redis)
{
    if (redis->phase != PHASE_READY || redis->is_destroyed) {
        return;
    }
    struct err why;
    (void)err_set(&why, ERR_AGAIN, "connecting anew");
    redis->logged = 1u << ERR_AGAIN; /* meant so: no line in the log */
    redis_down(redis, &why);
    redis->logged = 0;
    if (!redis->is_destroyed && redis->phase == PHASE_DOWN) {
        ev_timer_stop(redis->loop->ev, &redis->timer);
        redis_plan(redis, 0);
    }
}

/* --- from birth to death ---------------------------------------------------------------------- */

static void redis_release(struct loop_deferred *deferred)
{
    struct redis *redis = CONTAINER_OF(deferred, struct redis, release);
    SSL_CTX_free(redis->tls);
    redis_settings_fini(&redis->settings);
    free(redis->pending.items);
    free(redis->peer);
    free(redis);
}

struct redis *redis_create(struct loop *loop, struct thread *files,
                           const struct redis_settings *settings,
                           const struct redis_handlers *handlers)
{
    assert(settings->connect_ms > 0);
    assert(settings->command_ms > 0);
    struct redis *redis = mem_alloc(sizeof(*redis));
    redis->loop = loop;
    redis->files = files;
    redis_settings_copy(&redis->settings, settings);
    redis->handlers = *handlers;
    redis->peer = redis_settings_peer(settings);
    redis->stream.fd = -1;
    redis->down_ms = clock_mono_ms();
    (void)err_set(&redis->trouble, ERR_AGAIN, "not connected yet");
    /* The parts already written and scripts sent again come on top of what the cap admits. */
    sbuf_init(&redis->out, settings->write_bytes_max * 4 + ((size_t)16 << 20));
    ev_init(&redis->io, redis_on_io);
    redis->io.data = redis;
    ev_init(&redis->timer, redis_on_timer);
    redis->timer.data = redis;
    ev_init(&redis->watchdog, redis_on_watchdog);
    redis->watchdog.data = redis;
    redis->flush.run = redis_on_flush;
    redis->release.run = redis_release;
    redis_plan(redis, 0);
    return redis;
}

void redis_destroy(struct redis **redis)
{
    struct redis *doomed = *redis;
    *redis = NULL;
    if (doomed == NULL || doomed->is_destroyed) {
        return;
    }
    doomed->is_destroyed = true;
    redis_cut(doomed);
    redis_disappoint(doomed);
    loop_defer(doomed->loop, &doomed->release);
}

enum redis_state redis_state(const struct redis *redis)
{
    switch (redis->phase) {
    case PHASE_DOWN:
        return REDIS_DOWN;
    case PHASE_READY:
        return REDIS_READY;
    default:
        return REDIS_CONNECTING;
    }
}

const char *redis_trouble(const struct redis *redis)
{
    return redis->phase == PHASE_READY ? "" : redis->trouble.text;
}

const char *redis_peer(const struct redis *redis)
{
    return redis->peer;
}

unsigned redis_version(const struct redis *redis)
{
    return redis->version;
}
