/* Looks into parsed JSON, and writes it out again. */
#include "core/json.h"

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
