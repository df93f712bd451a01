/* The first exchange on a connection: who we are, and whether this server can be used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "redis/redis-private.h"

/* 6.2: what the scripts need, and what the pinned BullMQ asks for itself. */
#define GREET_VERSION_MIN 60200

static struct span info_field(struct span info, const char *name)
{
    size_t name_len = strlen(name);
    const char *end = info.data + info.len;
    for (const char *line = info.data; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline != NULL ? newline : end;
        size_t len = (size_t)(line_end - line);
        if (len > 0 && line[len - 1] == '\r') {
            len--;
        }
        if (len > name_len && memcmp(line, name, name_len) == 0 && line[name_len] == ':') {
            return (struct span){line + name_len + 1, len - name_len - 1};
        }
        line = line_end + 1;
    }
    return (struct span){NULL, 0};
}

/* "7.0.15" → 70015; 0 when it is no version. */
static unsigned info_version(struct span text)
{
    unsigned parts[3] = {0, 0, 0};
    size_t part = 0;
    bool has_digit = false;
    for (size_t i = 0; i < text.len && part < 3; i++) {
        char c = text.data[i];
        if (c >= '0' && c <= '9') {
            has_digit = true;
            parts[part] = parts[part] * 10 + (unsigned)(c - '0');
            if (parts[part] > 99) {
                parts[part] = 99;
            }
        } else if (c == '.') {
            part++;
        } else {
            break;
        }
    }
    return has_digit ? parts[0] * 10000 + parts[1] * 100 + parts[2] : 0;
}

bool redis_check_info(struct span info, unsigned *ret_version, bool *ret_evicts, struct err *err)
{
    struct span version_text = info_field(info, "redis_version");
    unsigned version = info_version(version_text);
    if (span_is(info_field(info, "redis_mode"), "sentinel")) {
        return err_set(err, ERR_INVALID,
                       "this is a Sentinel, which is not supported: name the server itself");
    }
    if (version < GREET_VERSION_MIN) {
        return err_set(err, ERR_INVALID, "redis 6.2 or newer is needed, this one is '%.*s'",
                       (int)(version_text.len < 40 ? version_text.len : 40),
                       version_text.data != NULL ? version_text.data : "");
    }
    if (span_is(info_field(info, "cluster_enabled"), "1")) {
        return err_set(err, ERR_INVALID,
                       "redis runs in cluster mode, which is not supported: use a server without");
    }
    if (span_is(info_field(info, "loading"), "1")) {
        return err_set(err, ERR_AGAIN, "redis is still loading its data");
    }
    if (span_is(info_field(info, "role"), "slave")) {
        return err_set(err, ERR_AGAIN, "this redis is a read-only replica");
    }
    struct span policy = info_field(info, "maxmemory_policy");
    *ret_version = version;
    *ret_evicts = policy.len > 0 && !span_is(policy, "noeviction");
    return true;
}

/* --- replies, in the order in which the commands are sent ---------------------------------------
 */

static void greet_refuse(struct redis *redis, enum err_kind kind, const char *what,
                         const redisReply *reply)
{
    if (redis->greeting.kind == ERR_NONE) {
        (void)err_set(&redis->greeting, kind, "%s: '%.200s'", what, reply->str);
    }
}

static void greet_on_auth(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)ctx;
    if (reply == NULL || reply->type != REDIS_REPLY_ERROR) {
        return;
    }
    if (strstr(reply->str, "no password is set") != NULL ||
        strstr(reply->str, "without any password configured") != NULL) {
        /* What other clients forgive as well: a password for a server that wants none. */
        log_debug("redis", NULL, "%s: a password is set here, but the server asks for none",
                  redis->peer);
        return;
    }
    greet_refuse(redis, ERR_DENIED, "redis does not accept user or password", reply);
}

static void greet_on_select(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)ctx;
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        greet_refuse(redis, ERR_INVALID, "redis does not give that database", reply);
    }
}

static bool greet_verdict(struct redis *redis, const redisReply *info, bool *ret_evicts,
                          struct err *err)
{
    if (redis->greeting.kind != ERR_NONE) {
        *err = redis->greeting;
        return false;
    }
    if (info->type == REDIS_REPLY_ERROR) {
        return err_set(err, ERR_DENIED, "redis refuses INFO: '%.200s'", info->str);
    }
    if (info->type != REDIS_REPLY_STRING) {
        return err_set(err, ERR_PROTOCOL, "redis answers INFO with something else");
    }
    return redis_check_info((struct span){info->str, info->len}, &redis->version, ret_evicts, err);
}

static void greet_on_info(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)ctx;
    if (reply == NULL) {
        return;
    }
    bool evicts = false;
    struct err err;
    if (!greet_verdict(redis, reply, &evicts, &err)) {
        redis_down(redis, &err);
        return;
    }
    if (evicts && !redis->has_warned_eviction && !redis->settings.is_quiet) {
        redis->has_warned_eviction = true;
        log_warning("redis", NULL,
                    "%s: maxmemory-policy is not noeviction: when memory is short, redis will "
                    "throw jobs away",
                    redis->peer);
    }
    redis_ready(redis);
}

/* --- commands -----------------------------------------------------------------------------------
 */

static void greet_auth(struct redis *redis)
{
    const struct redis_settings *settings = &redis->settings;
    if (settings->password == NULL) {
        return;
    }
    struct span argv[3] = {SPAN_LITERAL("AUTH")};
    size_t argc = 1;
    if (settings->username != NULL) {
        argv[argc++] = span_of(settings->username);
    }
    argv[argc++] = span_of(settings->password);
    redis_enqueue(redis, greet_on_auth, NULL, argc, argv);
}

static void greet_select(struct redis *redis)
{
    if (redis->settings.db != 0) {
        char number[16];
        (void)snprintf(number, sizeof(number), "%u", (unsigned)redis->settings.db);
        struct span argv[] = {SPAN_LITERAL("SELECT"), span_of(number)};
        redis_enqueue(redis, greet_on_select, NULL, ARRAY_LEN(argv), argv);
    }
}

void redis_greet(struct redis *redis)
{
    redis_set_phase(redis, PHASE_GREETING);
    redis->greeting = (struct err){0};
    redis->heard_ms = clock_mono_ms();
    greet_auth(redis);
    greet_select(redis);
    if (redis->settings.client_name != NULL) {
        struct span argv[] = {SPAN_LITERAL("CLIENT"), SPAN_LITERAL("SETNAME"),
                              span_of(redis->settings.client_name)};
        redis_enqueue(redis, NULL, NULL, ARRAY_LEN(argv), argv);
    }
    struct span info[] = {SPAN_LITERAL("INFO")};
    redis_enqueue(redis, greet_on_info, NULL, ARRAY_LEN(info), info);
    redis_watch(redis, EV_READ);
}
