/* Reads how a scheduler's job repeats. The rules stand in BullMQ's JobScheduler: the script that
 * adds the next job knows none of them. */
#include "queue/repeat.h"

#include <math.h>

#include "core/json.h"

#define MS_MAX 8640000000000000.0 /* the last moment of JavaScript */

/* --- keys ----------------------------------------------------------------------------------- */

static bool is_digits(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return true;
}

/* Cuts what stands before the next colon off; false when there is none. */
static bool take_part(struct span *rest, struct span *ret_part)
{
    const char *colon = rest->len > 0 ? memchr(rest->data, ':', rest->len) : NULL;
    if (colon == NULL) {
        return false;
    }
    *ret_part = (struct span){rest->data, (size_t)(colon - rest->data)};
    *rest = (struct span){colon + 1, rest->len - ret_part->len - 1};
    return true;
}

bool queue_repeat_is_legacy(struct span key)
{
    struct span name, id, end, zone;
    if (!take_part(&key, &name) || !take_part(&key, &id) || !take_part(&key, &end) ||
        !take_part(&key, &zone) || key.len == 0 || !is_digits(end)) {
        return false;
    }
    return memchr(key.data, ' ', key.len) != NULL || is_digits(key);
}

/* --- reading -------------------------------------------------------------------------------- */

/* Absent: the value stays. */
static bool read_number(struct json_object *object, const char *key, double *value, struct err *err)
{
    struct json_object *member = json_get(object, key);
    if (member == NULL) {
        return true;
    }
    double number = NAN;
    if (json_object_is_type(member, json_type_int) ||
        json_object_is_type(member, json_type_double)) {
        number = json_object_get_double(member);
    }
    if (!(number >= 0 && number <= MS_MAX)) {
        return err_set(err, ERR_INVALID, "its option %s is %s, not a number from 0 up", key,
                       json_type_text(member));
    }
    *value = number;
    return true;
}

/* 0 counts as absent, as everywhere in JavaScript. */
static bool read_ms(struct json_object *object, const char *key, int64_t otherwise_ms,
                    int64_t *ret_ms, struct err *err)
{
    double number = 0;
    if (!read_number(object, key, &number, err)) {
        return false;
    }
    *ret_ms = number > 0 ? (int64_t)number : otherwise_ms;
    return true;
}

static bool read_text(struct json_object *object, const char *key, struct span *ret_text,
                      struct err *err)
{
    struct json_object *member = json_get(object, key);
    *ret_text = (struct span){0};
    return member == NULL || json_get_text(object, key, ret_text) ||
           err_set(err, ERR_INVALID, "its option %s is %s, not a string", key,
                   json_type_text(member));
}

bool queue_repeat_read(struct json_object *opts, struct queue_repeat *ret_repeat, struct err *err)
{
    struct json_object *from = json_get(opts, "repeat");
    struct queue_repeat repeat = {.limit = INFINITY};
    if (!json_object_is_type(from, json_type_object)) {
        return err_set(err, ERR_INVALID, "its job has no options of repetition");
    }
    if (!read_text(from, "pattern", &repeat.pattern, err) ||
        !read_text(from, "tz", &repeat.zone, err) ||
        !read_number(from, "every", &repeat.every_ms, err) ||
        !read_number(from, "offset", &repeat.offset_ms, err) ||
        !read_number(from, "count", &repeat.count, err) ||
        !read_number(from, "limit", &repeat.limit, err) ||
        !read_ms(from, "startDate", 0, &repeat.start_ms, err) ||
        !read_ms(from, "endDate", INT64_MAX, &repeat.end_ms, err) ||
        !read_ms(opts, "prevMillis", 0, &repeat.prev_ms, err)) {
        return false;
    }
    bool has_pattern = repeat.pattern.len > 0, has_every = repeat.every_ms > 0;
    if (has_pattern == has_every) {
        return err_set(err, ERR_INVALID,
                       has_every ? "its job has both pattern and every, where one must be"
                                 : "its job has neither pattern nor every, where one must be");
    }
    *ret_repeat = repeat;
    return true;
}

bool queue_repeat_goes_on(const struct queue_repeat *repeat, int64_t now_ms, int64_t *ret_after_ms)
{
    if (repeat->count + 1 > repeat->limit || now_ms > repeat->end_ms) {
        return false;
    }
    int64_t after_ms = now_ms > repeat->prev_ms ? now_ms : repeat->prev_ms;
    *ret_after_ms = after_ms > repeat->start_ms ? after_ms : repeat->start_ms;
    return true;
}
