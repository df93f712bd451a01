/* Commands on their way out: encoded into the write buffer, noted in the ring of pending calls. */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "redis/redis-private.h"
#include "redis/script.h"

/* "$18446744073709551615\r\n" and the "\r\n" behind the bytes. */
#define COMMAND_ARG_OVERHEAD 25
#define COMMAND_ARGS_MAX 4096
#define COMMAND_PENDING_INITIAL 64

/* --- encoding --------------------------------------------------------------------------------- */

/* Writes "<mark><number>\r\n". */
static void command_header(struct sbuf *out, char mark, size_t number)
{
    char text[COMMAND_ARG_OVERHEAD];
    size_t at = sizeof(text);
    text[--at] = '\n';
    text[--at] = '\r';
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text[--at] = mark;
    sbuf_append(out, text + at, sizeof(text) - at);
}

static void command_arg(struct sbuf *out, struct span arg)
{
    command_header(out, '$', arg.len);
    sbuf_span(out, arg);
    sbuf_append(out, "\r\n", 2);
}

static void command_number(struct sbuf *out, size_t number)
{
    char text[24];
    size_t at = sizeof(text);
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    command_arg(out, (struct span){text + at, sizeof(text) - at});
}

static size_t command_bytes(size_t argc, const struct span *argv)
{
    size_t bytes = COMMAND_ARG_OVERHEAD;
    for (size_t i = 0; i < argc; i++) {
        bytes += argv[i].len + COMMAND_ARG_OVERHEAD;
    }
    return bytes;
}

/* --- the ring --------------------------------------------------------------------------------- */

static void redis_ring_grow(struct redis_ring *ring)
{
    size_t capacity = ring->capacity > 0 ? ring->capacity * 2 : COMMAND_PENDING_INITIAL;
    struct redis_call *items = mem_array(capacity, sizeof(*items));
    for (size_t i = 0; i < ring->count; i++) {
        items[i] = ring->items[(ring->first + i) % ring->capacity];
    }
    free(ring->items);
    *ring = (struct redis_ring){.items = items, .count = ring->count, .capacity = capacity};
}

static void redis_push(struct redis *redis, redis_reply_fn fn, void *ctx, int64_t wait_ms,
                       struct redis_resend *resend)
{
    struct redis_ring *ring = &redis->pending;
    if (ring->count == ring->capacity) {
        redis_ring_grow(ring);
    }
    ring->items[(ring->first + ring->count) % ring->capacity] = (struct redis_call){
        .fn = fn, .ctx = ctx, .sent_ms = clock_mono_ms(), .wait_ms = wait_ms, .resend = resend};
    ring->count++;
    redis_arm_watchdog(redis);
    loop_defer(redis->loop, &redis->flush);
}

bool redis_pop(struct redis *redis, struct redis_call *ret_call)
{
    struct redis_ring *ring = &redis->pending;
    if (ring->count == 0) {
        return false;
    }
    *ret_call = ring->items[ring->first];
    ring->first = (ring->first + 1) % ring->capacity;
    ring->count--;
    return true;
}

void redis_free_resend(struct redis *redis, struct redis_resend *resend)
{
    if (resend != NULL) {
        redis->held_bytes -= sizeof(*resend) + resend->tail_len;
        free(resend);
    }
}

/* --- sending ---------------------------------------------------------------------------------- */

size_t redis_pending(const struct redis *redis)
{
    return redis->pending.count;
}

size_t redis_unwritten(const struct redis *redis)
{
    return redis->out.len - redis->out_at;
}

static bool redis_has_room(const struct redis *redis, size_t bytes)
{
    size_t used = redis_unwritten(redis) + redis->held_bytes;
    return redis->phase == PHASE_READY && !redis->is_destroyed &&
           redis->pending.count < REDIS_PENDING_MAX && used < redis->settings.write_bytes_max &&
           bytes <= redis->settings.write_bytes_max - used;
}

static void redis_write_argv(struct redis *redis, size_t argc, const struct span *argv)
{
    command_header(&redis->out, '*', argc);
    for (size_t i = 0; i < argc; i++) {
        command_arg(&redis->out, argv[i]);
    }
}

void redis_enqueue(struct redis *redis, redis_reply_fn fn, void *ctx, size_t argc,
                   const struct span *argv)
{
    redis_write_argv(redis, argc, argv);
    redis_push(redis, fn, ctx, 0, NULL);
}

bool redis_command(struct redis *redis, redis_reply_fn fn, void *ctx, size_t argc,
                   const struct span *argv)
{
    return redis_command_blocking(redis, 0, fn, ctx, argc, argv);
}

bool redis_command_blocking(struct redis *redis, int64_t wait_ms, redis_reply_fn fn, void *ctx,
                            size_t argc, const struct span *argv)
{
    assert(argc > 0);
    assert(argc <= COMMAND_ARGS_MAX);
    assert(!redis->is_subscriber);
    if (!redis_has_room(redis, command_bytes(argc, argv))) {
        return false;
    }
    redis_write_argv(redis, argc, argv);
    redis_push(redis, fn, ctx, wait_ms, NULL);
    return true;
}

bool redis_send(struct redis *redis, redis_reply_fn fn, void *ctx, ...)
{
    struct span argv[16];
    size_t argc = 0;
    va_list args;
    va_start(args, ctx);
    for (const char *text; (text = va_arg(args, const char *)) != NULL;) {
        assert(argc < ARRAY_LEN(argv));
        argv[argc++] = span_of(text);
    }
    va_end(args);
    return redis_command(redis, fn, ctx, argc, argv);
}

bool redis_subscribe(struct redis *redis, struct span channel)
{
    struct span argv[] = {SPAN_LITERAL("SUBSCRIBE"), channel};
    if (!redis_has_room(redis, command_bytes(ARRAY_LEN(argv), argv))) {
        return false;
    }
    redis->is_subscriber = true;
    redis_enqueue(redis, NULL, NULL, ARRAY_LEN(argv), argv);
    return true;
}

/* --- scripts ---------------------------------------------------------------------------------- */

/* SCRIPT LOAD ahead of a script's first use on this connection: loaded so, a script is never
 * evicted, and NOSCRIPT remains for what happens after SCRIPT FLUSH. The answer does not
 * matter. */
static void redis_load(struct redis *redis, const struct redis_script *script)
{
    for (size_t i = 0; i < redis->loaded_count; i++) {
        if (redis->loaded[i] == script) {
            return;
        }
    }
    if (redis->loaded_count < ARRAY_LEN(redis->loaded)) {
        redis->loaded[redis->loaded_count++] = script;
        struct span argv[] = {
            SPAN_LITERAL("SCRIPT"), SPAN_LITERAL("LOAD"), {script->text, script->text_len}};
        redis_enqueue(redis, NULL, NULL, ARRAY_LEN(argv), argv);
    }
}

bool redis_eval(struct redis *redis, const struct redis_script *script, redis_reply_fn fn,
                void *ctx, size_t keys_count, const struct span *keys, size_t args_count,
                const struct span *args)
{
    assert(keys_count + args_count <= COMMAND_ARGS_MAX);
    assert(script->keys_count == 0 || script->keys_count == keys_count);
    assert(!redis->is_subscriber);
    /* Written once, and held once until the answer. */
    size_t bytes = 2 * (command_bytes(keys_count, keys) + command_bytes(args_count, args));
    if (!redis_has_room(redis, bytes)) {
        return false;
    }
    redis_load(redis, script);
    command_header(&redis->out, '*', 3 + keys_count + args_count);
    command_arg(&redis->out, SPAN_LITERAL("EVALSHA"));
    command_arg(&redis->out, (struct span){script->sha1, sizeof(script->sha1) - 1});
    size_t tail_at = redis->out.len;
    command_number(&redis->out, keys_count);
    for (size_t i = 0; i < keys_count; i++) {
        command_arg(&redis->out, keys[i]);
    }
    for (size_t i = 0; i < args_count; i++) {
        command_arg(&redis->out, args[i]);
    }
    size_t tail_len = redis->out.len - tail_at;
    struct redis_resend *resend = mem_alloc(sizeof(*resend) + tail_len);
    resend->script = script;
    resend->argc = 1 + keys_count + args_count;
    resend->tail_len = tail_len;
    memcpy(resend->tail, redis->out.data + tail_at, tail_len);
    redis->held_bytes += sizeof(*resend) + tail_len;
    redis_push(redis, fn, ctx, 0, resend);
    return true;
}

void redis_enqueue_eval(struct redis *redis, const struct redis_call *call)
{
    const struct redis_resend *resend = call->resend;
    command_header(&redis->out, '*', 2 + resend->argc);
    command_arg(&redis->out, SPAN_LITERAL("EVAL"));
    command_arg(&redis->out, (struct span){resend->script->text, resend->script->text_len});
    sbuf_append(&redis->out, resend->tail, resend->tail_len);
    redis_push(redis, call->fn, call->ctx, call->wait_ms, NULL);
}
