/* Strict JSON on top of json-c, with the limits json-c lacks. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "core/err.h"
#include "core/sbuf.h"
#include "core/span.h"

/* Text longer than this is parsed off the loop, on the files thread. */
#define JSON_LOOP_BYTES_MAX (16 * 1024)
#define JSON_DEPTH_MAX 32

/* Parses exactly one JSON value. Refused, with line:column in the error: syntax errors,
 * trailing bytes, comments, NaN and Infinity, bytes that are not UTF-8, a raw NUL or the
 * escape \u0000 (databases refuse it), duplicate keys in an object, deeper than
 * JSON_DEPTH_MAX. The caller owns *ret_value (json_object_put). JSON null gives
 * *ret_value == NULL and true. [any] */
bool json_parse(struct span text, struct json_object **ret_value, struct err *err) ATTR_MUST_CHECK;

/* The member named key, or NULL when object is not an object, lacks it, or it is null.
 * Borrowed from object. [any] */
struct json_object *json_get(struct json_object *object, const char *key);

/* Member as text: true and *ret_text (borrowed) only when it is a string. [any] */
bool json_get_text(struct json_object *object, const char *key, struct span *ret_text);

/* Member as integer or boolean: false when absent or of another type. [any] */
bool json_get_int(struct json_object *object, const char *key, int64_t *ret_value);
bool json_get_bool(struct json_object *object, const char *key, bool *ret_value);

/* "a string", "a number", "null", …: how an error message names what was found. [any] */
const char *json_type_text(const struct json_object *value);

/* Appends the value as compact JSON, slashes not escaped. [any] */
void json_render(struct sbuf *out, struct json_object *value);

#endif
