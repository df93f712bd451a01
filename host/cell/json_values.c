/* Reads JSON for agents. A value is a json_object of json-c, which the agent cannot name. */
#include "cell/json_values.h"

#include "core/json.h"

#define JSON_NAME_BYTES_MAX 1024

static struct {
    struct json_object *roots[JSON_VALUES_TEXTS_MAX];
    size_t count;
    struct err err; /* of the last text */
} json_values;      /* a cell works on one call at a time */

void json_values_begin_call(void)
{
    while (json_values.count > 0) {
        json_object_put(json_values.roots[--json_values.count]);
    }
}

/* An agent gives back what it got, or harms itself alone. */
static struct json_object *json_object_of(const struct agenthost_json_value *value)
{
    return (struct json_object *)(uintptr_t)value;
}

static const struct agenthost_json_value *json_value_of(struct json_object *object)
{
    return (const struct agenthost_json_value *)object;
}

static struct json_object *json_values_read(struct agenthost_text text, struct err *err)
{
    struct json_object *root = NULL;
    if (text.len > JSON_VALUES_BYTES_MAX) {
        (void)err_set(err, ERR_LIMIT, "the text has %zu bytes, over %u", text.len,
                      JSON_VALUES_BYTES_MAX);
        return NULL;
    }
    if (json_values.count == JSON_VALUES_TEXTS_MAX) {
        (void)err_set(err, ERR_LIMIT, "over %d texts in one call", JSON_VALUES_TEXTS_MAX);
        return NULL;
    }
    if (json_parse((struct span){text.data, text.len}, &root, err) && root == NULL) {
        (void)err_set(err, ERR_INVALID, "the text is null");
    }
    return root;
}

static const struct agenthost_json_value *json_values_parse(const struct agenthost_host *host,
                                                            struct agenthost_text text,
                                                            struct agenthost_text *ret_error)
{
    (void)host;
    json_values.err = (struct err){0};
    struct json_object *root = json_values_read(text, &json_values.err);
    if (root != NULL) {
        json_values.roots[json_values.count++] = root;
    }
    if (ret_error != NULL) {
        struct span error = span_of(json_values.err.text);
        *ret_error = (struct agenthost_text){error.data, root == NULL ? error.len : 0};
    }
    return json_value_of(root);
}

/* json-c has one type for all whole numbers; those beyond int64_t are no integers here. */
static bool json_is_integer(struct json_object *object)
{
    return json_object_is_type(object, json_type_int) &&
           json_object_get_uint64(object) <= (uint64_t)INT64_MAX;
}

static enum agenthost_json_type json_values_type(const struct agenthost_host *host,
                                                 const struct agenthost_json_value *value)
{
    (void)host;
    struct json_object *object = json_object_of(value);
    switch (json_object_get_type(object)) {
    case json_type_boolean:
        return AGENTHOST_JSON_BOOLEAN;
    case json_type_int:
        return json_is_integer(object) ? AGENTHOST_JSON_INTEGER : AGENTHOST_JSON_NUMBER;
    case json_type_double:
        return AGENTHOST_JSON_NUMBER;
    case json_type_string:
        return AGENTHOST_JSON_STRING;
    case json_type_array:
        return AGENTHOST_JSON_ARRAY;
    case json_type_object:
        return AGENTHOST_JSON_OBJECT;
    default:
        return AGENTHOST_JSON_ABSENT;
    }
}

static const struct agenthost_json_value *json_values_member(
    const struct agenthost_host *host, const struct agenthost_json_value *value,
    struct agenthost_text name)
{
    (void)host;
    char key[JSON_NAME_BYTES_MAX];
    if (name.len >= sizeof(key) || (name.len > 0 && memchr(name.data, '\0', name.len) != NULL)) {
        return NULL; /* no text that was read has a name with a NUL */
    }
    if (name.len > 0) {
        memcpy(key, name.data, name.len);
    }
    key[name.len] = '\0';
    return json_value_of(json_get(json_object_of(value), key));
}

static size_t json_values_count(const struct agenthost_host *host,
                                const struct agenthost_json_value *value)
{
    (void)host;
    struct json_object *object = json_object_of(value);
    if (json_object_is_type(object, json_type_array)) {
        return json_object_array_length(object);
    }
    return json_object_is_type(object, json_type_object) ? (size_t)json_object_object_length(object)
                                                         : 0;
}

static const struct agenthost_json_value *json_values_at(const struct agenthost_host *host,
                                                         const struct agenthost_json_value *value,
                                                         size_t index,
                                                         struct agenthost_text *ret_name)
{
    struct json_object *object = json_object_of(value);
    struct agenthost_text name = {NULL, 0};
    struct json_object *found = NULL;
    if (index < json_values_count(host, value) && json_object_is_type(object, json_type_array)) {
        found = json_object_array_get_idx(object, index);
    } else if (index < json_values_count(host, value)) {
        struct lh_entry *entry = lh_table_head(json_object_get_object(object));
        for (; index > 0; index--) {
            entry = lh_entry_next(entry);
        }
        found = lh_entry_v(entry);
        name = (struct agenthost_text){lh_entry_k(entry), strlen(lh_entry_k(entry))};
    }
    if (ret_name != NULL) {
        *ret_name = name;
    }
    return json_value_of(found);
}

static struct agenthost_text json_values_string(const struct agenthost_host *host,
                                                const struct agenthost_json_value *value)
{
    (void)host;
    struct json_object *object = json_object_of(value);
    if (!json_object_is_type(object, json_type_string)) {
        return (struct agenthost_text){NULL, 0};
    }
    return (struct agenthost_text){json_object_get_string(object),
                                   (size_t)json_object_get_string_len(object)};
}

static int64_t json_values_integer(const struct agenthost_host *host,
                                   const struct agenthost_json_value *value, int64_t otherwise)
{
    (void)host;
    struct json_object *object = json_object_of(value);
    return json_is_integer(object) ? json_object_get_int64(object) : otherwise;
}

static double json_values_number(const struct agenthost_host *host,
                                 const struct agenthost_json_value *value, double otherwise)
{
    (void)host;
    struct json_object *object = json_object_of(value);
    bool is_number =
        json_object_is_type(object, json_type_double) || json_object_is_type(object, json_type_int);
    return is_number ? json_object_get_double(object) : otherwise;
}

static bool json_values_boolean(const struct agenthost_host *host,
                                const struct agenthost_json_value *value, bool otherwise)
{
    (void)host;
    struct json_object *object = json_object_of(value);
    return json_object_is_type(object, json_type_boolean) ? json_object_get_boolean(object)
                                                          : otherwise;
}

const struct agenthost_json JSON_VALUES_EXTENSION = {.size = sizeof(struct agenthost_json),
                                                     .parse = json_values_parse,
                                                     .type = json_values_type,
                                                     .member = json_values_member,
                                                     .count = json_values_count,
                                                     .at = json_values_at,
                                                     .string = json_values_string,
                                                     .integer = json_values_integer,
                                                     .number = json_values_number,
                                                     .boolean = json_values_boolean};
