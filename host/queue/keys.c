/* Builds and takes apart the names that BullMQ and agenthost use in Redis. */
#include "queue/keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/mem.h"

static const char *const key_suffixes[QUEUE_KEYS_COUNT] = {
    [QUEUE_KEY_WAIT] = "wait",
    [QUEUE_KEY_ACTIVE] = "active",
    [QUEUE_KEY_PRIORITIZED] = "prioritized",
    [QUEUE_KEY_EVENTS] = "events",
    [QUEUE_KEY_STALLED] = "stalled",
    [QUEUE_KEY_LIMITER] = "limiter",
    [QUEUE_KEY_DELAYED] = "delayed",
    [QUEUE_KEY_PAUSED] = "paused",
    [QUEUE_KEY_META] = "meta",
    [QUEUE_KEY_PC] = "pc",
    [QUEUE_KEY_MARKER] = "marker",
    [QUEUE_KEY_COMPLETED] = "completed",
    [QUEUE_KEY_FAILED] = "failed",
    [QUEUE_KEY_METRICS_COMPLETED] = "metrics:completed",
    [QUEUE_KEY_METRICS_FAILED] = "metrics:failed",
    [QUEUE_KEY_STALLED_CHECK] = "stalled-check",
    [QUEUE_KEY_REPEAT] = "repeat",
    [QUEUE_KEY_ID] = "id",
    [QUEUE_KEY_WAITING_CHILDREN] = "waiting-children",
    [QUEUE_KEY_STORE] = "agenthost:store",
    [QUEUE_KEY_PARKED] = "agenthost:parked",
    [QUEUE_KEY_WAKE] = "agenthost:wake",
    [QUEUE_KEY_NONCE] = "", /* made with the host-id */
};

void queue_keys_init(struct queue_keys *keys, const char *prefix, const char *name,
                     const char *host_id)
{
    size_t base_len = strlen(prefix) + 1 + strlen(name) + 1;
    size_t each = base_len + strlen(host_id) + 32; /* the longest suffix and its NUL fit */
    keys->memory = mem_array(QUEUE_KEYS_COUNT + 1, each);
    char *at = keys->memory;
    keys->base = (struct span){at, (size_t)snprintf(at, each, "%s:%s:", prefix, name)};
    for (int i = 0; i < QUEUE_KEYS_COUNT; i++) {
        at += each;
        size_t len = (size_t)snprintf(at, each, "%s", keys->base.data);
        if (i == QUEUE_KEY_NONCE) {
            len += (size_t)snprintf(at + len, each - len, "agenthost:host:%s:nonce", host_id);
        } else {
            len += (size_t)snprintf(at + len, each - len, "%s", key_suffixes[i]);
        }
        keys->of[i] = (struct span){at, len};
    }
}

void queue_keys_fini(struct queue_keys *keys)
{
    free(keys->memory);
    *keys = (struct queue_keys){0};
}

char *queue_keys_own(const struct queue_keys *keys, struct arena *arena, const char *word,
                     struct span tail)
{
    return arena_printf(arena, "%sagenthost:%s:%.*s", keys->base.data, word, (int)tail.len,
                        tail.data);
}

bool queue_keys_parse(const struct queue_keys *keys, struct span job_key,
                      struct queue_job_key *ret_parts)
{
    struct span base = keys->base;
    if (job_key.len <= base.len || memcmp(job_key.data, base.data, base.len) != 0) {
        return false;
    }
    struct span tail = {job_key.data + base.len, job_key.len - base.len};
    size_t digits = 0;
    while (digits < tail.len && tail.data[tail.len - 1 - digits] >= '0' &&
           tail.data[tail.len - 1 - digits] <= '9') {
        digits++;
    }
    if (digits == 0 || digits + 2 > tail.len || tail.data[tail.len - 1 - digits] != ':') {
        return false;
    }
    size_t id_len = tail.len - 1 - digits;
    *ret_parts = (struct queue_job_key){
        .hash = {job_key.data, base.len + id_len},
        .id = {tail.data, id_len},
        .timestamp = {tail.data + id_len + 1, digits},
        .tail = tail,
    };
    return true;
}

/* Standard alphabet with padding: what JavaScript's Buffer gives and getWorkers() compares. */
static char *keys_base64(struct span text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = mem_alloc((text.len + 2) / 3 * 4 + 1);
    char *at = out;
    for (size_t i = 0; i < text.len; i += 3) {
        size_t left = text.len - i;
        unsigned bits = (unsigned)(unsigned char)text.data[i] << 16;
        bits |= left > 1 ? (unsigned)(unsigned char)text.data[i + 1] << 8 : 0;
        bits |= left > 2 ? (unsigned)(unsigned char)text.data[i + 2] : 0;
        *at++ = alphabet[bits >> 18];
        *at++ = alphabet[bits >> 12 & 63];
        *at++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *at++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    return out;
}

char *queue_client_name(const char *prefix, const char *name, const char *worker)
{
    char *encoded = keys_base64(span_of(name));
    size_t bytes = strlen(prefix) + strlen(encoded) + strlen(worker) + 5; /* ":" ":w:" NUL */
    char *out = mem_alloc(bytes);
    (void)snprintf(out, bytes, "%s:%s:w:%s", prefix, encoded, worker);
    free(encoded);
    return out;
}

char *queue_worker_name(const char *hostname, const char *host_id)
{
    size_t bytes = strlen(hostname) + 10;
    char *out = mem_alloc(bytes);
    (void)snprintf(out, bytes, "%s-%.8s", hostname, host_id);
    for (char *at = out; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~') {
            *at = '-'; /* Redis refuses such client names */
        }
    }
    return out;
}

struct span queue_number_text(char buffer[QUEUE_NUMBER_BYTES], int64_t number)
{
    int len = snprintf(buffer, QUEUE_NUMBER_BYTES, "%" PRId64, number);
    return (struct span){buffer, (size_t)len};
}

bool queue_job_id_check(const char *id, struct err *err)
{
    size_t colons = 0;
    bool is_digits = true;
    for (const char *at = id; *at != '\0'; at++) {
        colons += *at == ':';
        is_digits = is_digits && *at >= '0' && *at <= '9';
    }
    if (*id == '\0') {
        return err_set(err, ERR_INVALID, "a job id cannot be empty");
    }
    if (is_digits) {
        return err_set(err, ERR_INVALID, "job id '%s' cannot be a whole number", id);
    }
    if (strncmp(id, "0:", 2) == 0) {
        return err_set(err, ERR_INVALID, "job id '%s' cannot begin with 0:", id);
    }
    if (colons != 0 && colons != 2) {
        return err_set(err, ERR_INVALID, "job id '%s' cannot contain ':' but in three segments",
                       id);
    }
    return true;
}
