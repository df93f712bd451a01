/* The keys `inputs`, `config` and `text.schema` of a manifest: fields described in a subset of
 * JSON Schema, from which forms, flags, OpenAPI and the texts of refusals are made. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/manifest-private.h"
#include "agent/pattern.h"
#include "core/json.h"

#define SCHEMA_DEPTH_MAX 4
#define SCHEMA_LENGTH_MAX 65536
#define SCHEMA_ITEMS_MAX 1024

/* Options of [agent.ID] that are the host's own. */
static const char *const schema_host_owned[] = {"model",       "provider",   "fallback",
                                                "temperature", "max_tokens", "call_timeout",
                                                "memory_max",  "reask_max",  "canary"};

static enum json_type schema_json_type(const char *type)
{
    static const struct {
        const char *name;
        enum json_type type;
    } types[] = {{"string", json_type_string}, {"integer", json_type_int},
                 {"number", json_type_double}, {"boolean", json_type_boolean},
                 {"object", json_type_object}, {"array", json_type_array}};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (strcmp(types[i].name, type) == 0) {
            return types[i].type;
        }
    }
    return json_type_null;
}

static const char *schema_type_of(struct json_object *field)
{
    struct span type = {0};
    return json_get_text(field, "type", &type) ? type.data : "";
}

static bool schema_read_type(struct manifest_reader *reader, struct json_object *value)
{
    const char *type = NULL;
    if (!manifest_read_text(reader, value, MANIFEST_TEXT_BYTES_MAX, &type)) {
        return false;
    }
    if (schema_json_type(type) == json_type_null) {
        return manifest_fail(
            reader, "'%.40s' is not one of string, integer, number, boolean, object, array", type);
    }
    return true;
}

static bool schema_read_length(struct manifest_reader *reader, struct json_object *value)
{
    int64_t ignored = 0;
    return manifest_read_int(reader, value, 0, SCHEMA_LENGTH_MAX, &ignored);
}

static bool schema_read_items_count(struct manifest_reader *reader, struct json_object *value)
{
    int64_t ignored = 0;
    return manifest_read_int(reader, value, 0, SCHEMA_ITEMS_MAX, &ignored);
}

static bool schema_read_bound(struct manifest_reader *reader, struct json_object *value)
{
    double ignored = 0;
    return manifest_read_number(reader, value, -1e15, 1e15, &ignored);
}

static bool schema_read_pattern(struct manifest_reader *reader, struct json_object *value)
{
    const char *text = NULL, *reason = NULL;
    size_t at = 0;
    struct pattern ignored;
    if (!manifest_read_text(reader, value, MANIFEST_TEXT_BYTES_MAX, &text)) {
        return false;
    }
    if (!pattern_read(span_of(text), &ignored, &at, &reason)) {
        return manifest_fail(reader, "'%.80s' at %zu: %s", text, at + 1, reason);
    }
    return true;
}

/* Judged against the field's type by schema_check_values, when all keys are known. */
static bool schema_read_any(struct manifest_reader *reader, struct json_object *value)
{
    (void)reader;
    (void)value;
    return true;
}

static bool schema_read_name(struct manifest_reader *reader, struct json_object *value)
{
    const char *ignored = NULL;
    return manifest_read_text(reader, value, 64, &ignored);
}

static bool schema_read_required(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_list(reader, value, MANIFEST_LIST_MAX, schema_read_name);
}

static const struct manifest_key schema_keys[] = {
    {"type", true, schema_read_type},
    {"title", false, manifest_read_localized},
    {"description", false, manifest_read_text_or_localized},
    {"enum", false, schema_read_any},
    {"minLength", false, schema_read_length},
    {"maxLength", false, schema_read_length},
    {"pattern", false, schema_read_pattern},
    {"minimum", false, schema_read_bound},
    {"maximum", false, schema_read_bound},
    {"minItems", false, schema_read_items_count},
    {"maxItems", false, schema_read_items_count},
    {"default", false, schema_read_any},
    {"example", false, schema_read_any},
    {"properties", false, schema_read_any},
    {"required", false, schema_read_required},
    {"items", false, schema_read_any},
};

/* Keys that say something about one type only. */
static const struct {
    const char *key;
    const char *type;
    const char *other_type;
} schema_only_for[] = {
    {"minLength", "string", NULL},    {"maxLength", "string", NULL},
    {"pattern", "string", NULL},      {"minimum", "integer", "number"},
    {"maximum", "integer", "number"}, {"minItems", "array", NULL},
    {"maxItems", "array", NULL},      {"items", "array", NULL},
    {"properties", "object", NULL},   {"required", "object", NULL},
};

static bool schema_check_keys_fit(struct manifest_reader *reader, struct json_object *field)
{
    const char *type = schema_type_of(field);
    for (size_t i = 0; i < ARRAY_LEN(schema_only_for); i++) {
        const char *other = schema_only_for[i].other_type;
        if (json_object_object_get_ex(field, schema_only_for[i].key, NULL) &&
            strcmp(type, schema_only_for[i].type) != 0 &&
            (other == NULL || strcmp(type, other) != 0)) {
            (void)manifest_enter(reader, schema_only_for[i].key);
            return manifest_fail(reader, "has no meaning for the type %s", type);
        }
    }
    return true;
}

static bool schema_check_order(struct manifest_reader *reader, struct json_object *field,
                               const char *least, const char *most)
{
    struct json_object *min = json_get(field, least), *max = json_get(field, most);
    if (min != NULL && max != NULL && json_object_get_double(min) > json_object_get_double(max)) {
        (void)manifest_enter(reader, least);
        return manifest_fail(reader, "is larger than %s", most);
    }
    return true;
}

static bool schema_value_in_enum(struct json_object *field, struct json_object *value)
{
    struct json_object *list = json_get(field, "enum");
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        if (json_object_equal(json_object_array_get_idx(list, i), value)) {
            return true;
        }
    }
    return list == NULL;
}

static bool schema_check_value(struct manifest_reader *reader, struct json_object *field,
                               struct json_object *value)
{
    if (!manifest_expect(reader, value, schema_json_type(schema_type_of(field)))) {
        return false;
    }
    if (!schema_value_in_enum(field, value)) {
        return manifest_fail(reader, "is none of the field's enum");
    }
    double size = json_object_is_type(value, json_type_string)
                      ? (double)json_object_get_string_len(value)
                      : json_object_get_double(value);
    bool is_text = json_object_is_type(value, json_type_string);
    struct json_object *min = json_get(field, is_text ? "minLength" : "minimum");
    struct json_object *max = json_get(field, is_text ? "maxLength" : "maximum");
    /* Lengths count characters: a text of fewer bytes than minLength is surely too short. */
    if (min != NULL && size < json_object_get_double(min)) {
        return manifest_fail(reader, "is below the field's own minimum");
    }
    if (max != NULL && size > json_object_get_double(max) * (is_text ? 4 : 1)) {
        return manifest_fail(reader, "is above the field's own maximum");
    }
    return true;
}

/* enum, default and example must themselves be values of the field. */
static bool schema_check_values(struct manifest_reader *reader, struct json_object *field)
{
    struct json_object *list = NULL;
    if (json_object_object_get_ex(field, "enum", &list)) {
        size_t mark = manifest_enter(reader, "enum");
        if (!manifest_read_list(reader, list, MANIFEST_LIST_MAX, schema_read_any)) {
            return false;
        }
        for (size_t i = 0; i < json_object_array_length(list); i++) {
            size_t item_mark = manifest_enter_index(reader, i);
            if (!schema_check_value(reader, field, json_object_array_get_idx(list, i))) {
                return false;
            }
            manifest_leave(reader, item_mark);
        }
        manifest_leave(reader, mark);
    }
    static const char *const keys[] = {"default", "example"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct json_object *value = NULL;
        if (json_object_object_get_ex(field, keys[i], &value)) {
            size_t mark = manifest_enter(reader, keys[i]);
            if (!schema_check_value(reader, field, value)) {
                return false;
            }
            manifest_leave(reader, mark);
        }
    }
    return true;
}

static bool schema_name_is_legal(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return len > 0 && len <= 64 && name[len] == '\0' && !(name[0] >= '0' && name[0] <= '9');
}

static bool schema_read_field(struct manifest_reader *reader, struct json_object *field,
                              unsigned depth);

static bool schema_read_properties(struct manifest_reader *reader, struct json_object *field,
                                   unsigned depth)
{
    struct json_object *properties = NULL, *required = json_get(field, "required");
    size_t mark = manifest_enter(reader, "properties");
    if (!json_object_object_get_ex(field, "properties", &properties)) {
        return manifest_fail(reader, "is missing");
    }
    if (!manifest_expect(reader, properties, json_type_object)) {
        return false;
    }
    if (json_object_object_length(properties) > MANIFEST_LIST_MAX) {
        return manifest_fail(reader, "has more than %d fields", MANIFEST_LIST_MAX);
    }
    json_object_object_foreach(properties, name, property)
    {
        size_t name_mark = manifest_enter(reader, name);
        if (!schema_name_is_legal(name)) {
            return manifest_fail(reader, "a field's name must match [A-Za-z_][A-Za-z0-9_]{0,63}");
        }
        if (!schema_read_field(reader, property, depth + 1)) {
            return false;
        }
        manifest_leave(reader, name_mark);
    }
    manifest_leave(reader, mark);
    for (size_t i = 0; required != NULL && i < json_object_array_length(required); i++) {
        const char *wanted = json_object_get_string(json_object_array_get_idx(required, i));
        if (!json_object_object_get_ex(properties, wanted, NULL)) {
            (void)manifest_enter(reader, "required");
            (void)manifest_enter_index(reader, i);
            return manifest_fail(reader, "'%.64s' is not among the properties", wanted);
        }
    }
    return true;
}

static bool schema_read_items(struct manifest_reader *reader, struct json_object *field,
                              unsigned depth)
{
    struct json_object *items = NULL;
    size_t mark = manifest_enter(reader, "items");
    if (!json_object_object_get_ex(field, "items", &items)) {
        return manifest_fail(reader, "is missing");
    }
    if (!schema_read_field(reader, items, depth + 1)) {
        return false;
    }
    manifest_leave(reader, mark);
    return true;
}

/* A field with all that hangs below it; the depth is bounded, so the recursion is too. */
static bool schema_read_field(struct manifest_reader *reader, struct json_object *field,
                              unsigned depth)
{
    if (depth > SCHEMA_DEPTH_MAX) {
        return manifest_fail(reader, "is nested deeper than %d", SCHEMA_DEPTH_MAX);
    }
    if (!manifest_read_object(reader, field, schema_keys, ARRAY_LEN(schema_keys)) ||
        !schema_check_keys_fit(reader, field) ||
        !schema_check_order(reader, field, "minLength", "maxLength") ||
        !schema_check_order(reader, field, "minimum", "maximum") ||
        !schema_check_order(reader, field, "minItems", "maxItems")) {
        return false;
    }
    const char *type = schema_type_of(field);
    if (strcmp(type, "object") == 0 && !schema_read_properties(reader, field, depth)) {
        return false;
    }
    if (strcmp(type, "array") == 0 && !schema_read_items(reader, field, depth)) {
        return false;
    }
    return schema_check_values(reader, field);
}

/* The schema of a whole, which what names in an error. */
static bool schema_read_whole(struct manifest_reader *reader, struct json_object *value,
                              const char *what)
{
    if (!schema_read_field(reader, value, 0)) {
        return false;
    }
    if (strcmp(schema_type_of(value), "object") != 0) {
        (void)manifest_enter(reader, "type");
        return manifest_fail(reader, "must be object, as %s is one", what);
    }
    return true;
}

bool manifest_read_inputs(struct manifest_reader *reader, struct json_object *value)
{
    return schema_read_whole(reader, value, "a job's data");
}

bool manifest_read_answer(struct manifest_reader *reader, struct json_object *value)
{
    return schema_read_whole(reader, value, "the answer");
}

static bool schema_read_option(struct manifest_reader *reader, const char *name,
                               struct json_object *value)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (len == 0 || len > 48 || name[len] != '\0' || name[0] < 'a') {
        return manifest_fail(reader, "an option's name must match [a-z][a-z0-9_]{0,47}");
    }
    for (size_t i = 0; i < ARRAY_LEN(schema_host_owned); i++) {
        if (strcmp(schema_host_owned[i], name) == 0) {
            return manifest_fail(reader, "is an option of the host's own");
        }
    }
    if (!schema_read_field(reader, value, 0)) {
        return false;
    }
    const char *type = schema_type_of(value);
    if (strcmp(type, "object") == 0 || strcmp(type, "array") == 0) {
        (void)manifest_enter(reader, "type");
        return manifest_fail(reader, "an option is a string, integer, number or boolean");
    }
    return true;
}

bool manifest_read_config(struct manifest_reader *reader, struct json_object *value)
{
    if (!manifest_expect(reader, value, json_type_object)) {
        return false;
    }
    if (json_object_object_length(value) > MANIFEST_LIST_MAX) {
        return manifest_fail(reader, "has more than %d options", MANIFEST_LIST_MAX);
    }
    json_object_object_foreach(value, name, option)
    {
        size_t mark = manifest_enter(reader, name);
        if (!schema_read_option(reader, name, option)) {
            return false;
        }
        manifest_leave(reader, mark);
    }
    return true;
}
