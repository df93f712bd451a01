/* Strict JSON: our own pass first, then json-c. */
#include "core/json.h"

#include <limits.h>

#include "core/json-private.h"

/* json-c counts the value itself as a level; our own pass has checked the depth already. */
#define JSON_TOKENER_DEPTH (JSON_DEPTH_MAX + 2)

static bool json_run(struct json_tokener *tokener, struct span text, struct json_object **ret_value,
                     struct err *err)
{
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *value = json_tokener_parse_ex(tokener, text.data, (int)text.len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    if (error == json_tokener_continue) {
        /* A number at the very end could go on; a NUL tells that it does not. */
        value = json_tokener_parse_ex(tokener, "", 1);
        error = json_tokener_get_error(tokener);
        end = text.len;
    }
    if (error != json_tokener_success) {
        return json_fail_at(text, end, err, "%s",
                            end >= text.len ? "the text ends too early"
                                            : json_tokener_error_desc(error));
    }
    while (end < text.len && strchr(" \t\r\n", text.data[end]) != NULL) {
        end++;
    }
    if (end < text.len) {
        json_object_put(value);
        return json_fail_at(text, end, err, "text after the value");
    }
    *ret_value = value;
    return true;
}

bool json_parse(struct span text, struct json_object **ret_value, struct err *err)
{
    if (text.len == 0) {
        return err_set(err, ERR_INVALID, "1:1: the text is empty");
    }
    if (text.len >= INT_MAX) {
        return err_set(err, ERR_LIMIT, "the text is too long");
    }
    if (!json_scan(text, err)) {
        return false;
    }
    struct json_tokener *tokener = json_tokener_new_ex(JSON_TOKENER_DEPTH);
    if (tokener == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    bool is_ok = json_run(tokener, text, ret_value, err);
    json_tokener_free(tokener);
    return is_ok;
}

struct json_object *json_get(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    if (!json_object_is_type(object, json_type_object) ||
        !json_object_object_get_ex(object, key, &value)) {
        return NULL;
    }
    return value;
}

bool json_get_text(struct json_object *object, const char *key, struct span *ret_text)
{
    struct json_object *value = json_get(object, key);
    if (!json_object_is_type(value, json_type_string)) {
        return false;
    }
    *ret_text =
        (struct span){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
    return true;
}

bool json_get_int(struct json_object *object, const char *key, int64_t *ret_value)
{
    struct json_object *value = json_get(object, key);
    if (!json_object_is_type(value, json_type_int)) {
        return false;
    }
    *ret_value = json_object_get_int64(value);
    return true;
}

bool json_get_bool(struct json_object *object, const char *key, bool *ret_value)
{
    struct json_object *value = json_get(object, key);
    if (!json_object_is_type(value, json_type_boolean)) {
        return false;
    }
    *ret_value = json_object_get_boolean(value);
    return true;
}

const char *json_type_text(const struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_boolean:
        return "a boolean";
    case json_type_double:
    case json_type_int:
        return "a number";
    case json_type_object:
        return "an object";
    case json_type_array:
        return "an array";
    case json_type_string:
        return "a string";
    case json_type_null:
        break;
    }
    return "null";
}

void json_render(struct sbuf *out, struct json_object *value)
{
    size_t len = 0;
    const char *text = json_object_to_json_string_length(
        value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    sbuf_append(out, text, len);
}
