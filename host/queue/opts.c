/* Reads job options. cjson re-encodes what producers send: keys in any order, '/' escaped,
 * empty arrays as {}, large numbers as 1e+20. */
#include "queue/opts.h"

#include <math.h>

#include "core/json.h"

static bool opts_number(struct json_object *object, const char *key, double *ret_value)
{
    struct json_object *value = json_get(object, key);
    if (!json_object_is_type(value, json_type_int) &&
        !json_object_is_type(value, json_type_double)) {
        return false;
    }
    double number = json_object_get_double(value);
    if (!isfinite(number)) {
        return false;
    }
    *ret_value = number;
    return true;
}

static int64_t opts_limit(struct json_object *object, const char *key)
{
    double number;
    if (!opts_number(object, key, &number) || number < 0) {
        return -1;
    }
    return number < 1e9 ? (int64_t)number : (int64_t)1e9;
}

static struct queue_keep opts_keep(struct json_object *opts, const char *key)
{
    struct queue_keep keep = {.has_count = true, .count = -1}; /* keep all */
    struct json_object *value = json_get(opts, key);
    keep.is_given = value != NULL;
    if (json_object_is_type(value, json_type_boolean)) {
        keep.count = json_object_get_boolean(value) ? 0 : -1;
    } else if (json_object_is_type(value, json_type_object)) {
        keep.has_count = opts_number(value, "count", &keep.count);
        keep.has_age = opts_number(value, "age", &keep.age_s);
        keep.has_limit = opts_number(value, "limit", &keep.limit);
    } else {
        (void)opts_number(opts, key, &keep.count); /* absent: the default stays */
    }
    return keep;
}

static struct queue_backoff opts_backoff(struct json_object *opts)
{
    struct queue_backoff backoff = {.kind = BACKOFF_NONE};
    struct json_object *value = json_get(opts, "backoff");
    if (opts_number(opts, "backoff", &backoff.delay_ms)) {
        backoff.kind = BACKOFF_FIXED;
        return backoff;
    }
    if (!json_object_is_type(value, json_type_object)) {
        return backoff;
    }
    struct span type = {0};
    (void)json_get_text(value, "type", &type); /* absent: unknown, with an empty name */
    if (span_is(type, "fixed")) {
        backoff.kind = BACKOFF_FIXED;
    } else if (span_is(type, "exponential")) {
        backoff.kind = BACKOFF_EXPONENTIAL;
    } else {
        backoff.kind = BACKOFF_UNKNOWN;
        size_t len = type.len < sizeof(backoff.name) ? type.len : sizeof(backoff.name) - 1;
        if (len > 0) {
            memcpy(backoff.name, type.data, len);
        }
    }
    (void)opts_number(value, "delay", &backoff.delay_ms); /* absent: 0 */
    if (!opts_number(value, "jitter", &backoff.jitter) || backoff.jitter < 0) {
        backoff.jitter = 0;
    } else if (backoff.jitter > 1) {
        backoff.jitter = 1;
    }
    return backoff;
}

bool queue_opts_parse(struct span text, struct queue_opts *ret_opts, struct err *err)
{
    if (text.len > QUEUE_OPTS_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "job options of %zu bytes are over %d", text.len,
                       QUEUE_OPTS_BYTES_MAX);
    }
    struct json_object *root = NULL;
    struct err why;
    if (!json_parse(text, &root, &why)) {
        return err_set(err, ERR_INVALID, "job options are not valid JSON: %s", why.text);
    }
    if (!json_object_is_type(root, json_type_object)) {
        (void)err_set(err, ERR_INVALID, "job options are %s, not an object", json_type_text(root));
        json_object_put(root);
        return false;
    }
    struct queue_opts opts = {
        .backoff = opts_backoff(root),
        .keep_completed = opts_keep(root, "removeOnComplete"),
        .keep_failed = opts_keep(root, "removeOnFail"),
        .keep_logs = opts_limit(root, "kl"),
        .stack_trace_limit = opts_limit(root, "stackTraceLimit"),
    };
    if (!opts_number(root, "attempts", &opts.attempts) || opts.attempts < 0) {
        opts.attempts = 0;
    }
    (void)json_get_bool(root, "lifo", &opts.is_lifo); /* absent: false */
    json_object_put(root);
    *ret_opts = opts;
    return true;
}
