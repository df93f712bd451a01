/* Judges a job's data by a manifest's `inputs`, and a JSON answer by its schema, and says of every
 * wrong field what it may be. The schemas were checked when the manifest was read, so they are not
 * doubted here. */
#include "agent/manifest_inputs.h"

#include <stdio.h>
#include <string.h>

#include "agent/manifest-private.h"
#include "agent/pattern.h"
#include "core/json.h"
#include "core/options.h"
#include "core/problems.h"

#define INPUTS_ALLOWED_BYTES_MAX 256 /* of a sentence about what a field may be */
#define INPUTS_ENUM_BYTES_MAX 200    /* of the values in it; further ones become … */
#define INPUTS_SHOWN_BYTES_MAX 40    /* of a value that was sent */

/* Where in the data the check stands, and what it fills. */
struct inputs_check {
    struct problems *problems;
    char path[PROBLEM_FIELD_BYTES_MAX];
};

static void inputs_check_field(struct inputs_check *check, struct json_object *schema,
                               struct json_object *value);

/* --- where ---------------------------------------------------------------------------------- */

/* Steps into a member or an element; the result goes to inputs_leave. A path that is too long is
 * cut. */
static size_t inputs_enter(struct inputs_check *check, const char *name)
{
    size_t mark = strlen(check->path);
    (void)snprintf(check->path + mark, sizeof(check->path) - mark, "%s%s", mark > 0 ? "." : "",
                   name);
    return mark;
}

static size_t inputs_enter_index(struct inputs_check *check, size_t index)
{
    size_t mark = strlen(check->path);
    (void)snprintf(check->path + mark, sizeof(check->path) - mark, "[%zu]", index);
    return mark;
}

static void inputs_leave(struct inputs_check *check, size_t mark)
{
    check->path[mark] = '\0';
}

/* --- what is allowed ------------------------------------------------------------------------ */

static const char *inputs_type(struct json_object *schema)
{
    return json_object_get_string(json_get(schema, "type"));
}

static void inputs_value(struct sbuf *out, struct json_object *value)
{
    if (json_object_is_type(value, json_type_string)) {
        sbuf_puts(out, json_object_get_string(value));
    } else {
        json_render(out, value);
    }
}

static void inputs_say_enum(struct json_object *list, struct sbuf *out)
{
    size_t start = out->len, count = json_object_array_length(list);
    sbuf_puts(out, count > 1 ? "one of " : "");
    for (size_t i = 0; i < count; i++) {
        struct json_object *value = json_object_array_get_idx(list, i);
        struct sbuf text;
        sbuf_init(&text, MANIFEST_BYTES_MAX);
        inputs_value(&text, value);
        bool fits = out->len - start + text.len <= INPUTS_ENUM_BYTES_MAX;
        sbuf_puts(out, i > 0 ? ", " : "");
        sbuf_puts(out, fits ? text.data : "…");
        sbuf_fini(&text);
        if (!fits) {
            return;
        }
    }
}

/* " of 1 to 20 characters", " from 1 to 9", " of at most 5 elements". */
static void inputs_say_range(struct json_object *schema, const char *least, const char *most,
                             const char *before, const char *after, struct sbuf *out)
{
    struct json_object *min = json_get(schema, least), *max = json_get(schema, most);
    if (min == NULL && max == NULL) {
        return;
    }
    if (min == NULL) {
        sbuf_puts(out, " of at most ");
    } else if (max == NULL) {
        sbuf_puts(out, " of at least ");
    } else {
        sbuf_puts(out, before);
    }
    if (min != NULL) {
        inputs_value(out, min);
    }
    sbuf_puts(out, min != NULL && max != NULL ? " to " : "");
    if (max != NULL) {
        inputs_value(out, max);
    }
    sbuf_puts(out, after);
}

static void inputs_say_pattern(struct json_object *schema, struct sbuf *out)
{
    struct json_object *pattern = json_get(schema, "pattern"),
                       *example = json_get(schema, "example");
    if (example != NULL && pattern != NULL) {
        sbuf_printf(out, " like '%.80s'", json_object_get_string(example));
    } else if (pattern != NULL) {
        sbuf_printf(out, " matching %.80s", json_object_get_string(pattern));
    }
}

/* What a field may be: "a text of 1 to 4000 characters". */
static void inputs_say(struct json_object *schema, struct sbuf *out)
{
    const char *type = inputs_type(schema);
    struct json_object *list = json_get(schema, "enum");
    if (list != NULL) {
        inputs_say_enum(list, out);
    } else if (strcmp(type, "string") == 0) {
        sbuf_puts(out, "a text");
        inputs_say_pattern(schema, out);
        inputs_say_range(schema, "minLength", "maxLength", " of ", " characters", out);
    } else if (strcmp(type, "array") == 0) {
        sbuf_puts(out, "a list");
        inputs_say_range(schema, "minItems", "maxItems", " of ", " elements", out);
    } else if (strcmp(type, "boolean") == 0) {
        sbuf_puts(out, "true or false");
    } else if (strcmp(type, "object") == 0) {
        sbuf_puts(out, "an object");
    } else {
        sbuf_puts(out, strcmp(type, "integer") == 0 ? "a whole number" : "a number");
        inputs_say_range(schema, "minimum", "maximum", " from ", "", out);
    }
}

/* One problem: before, what the field may be, after. */
static void inputs_add(struct inputs_check *check, struct json_object *schema, const char *before,
                       const char *after)
{
    struct sbuf allowed;
    sbuf_init(&allowed, 2 * MANIFEST_BYTES_MAX);
    inputs_say(schema, &allowed);
    problems_add(check->problems, check->path, "%s%.*s%s", before, INPUTS_ALLOWED_BYTES_MAX,
                 allowed.data, after);
    sbuf_fini(&allowed);
}

/* --- one value ------------------------------------------------------------------------------ */

static bool inputs_type_fits(const char *type, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_string:
        return strcmp(type, "string") == 0;
    case json_type_boolean:
        return strcmp(type, "boolean") == 0;
    case json_type_int:
        return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
    case json_type_double:
        return strcmp(type, "number") == 0;
    case json_type_array:
        return strcmp(type, "array") == 0;
    case json_type_object:
        return strcmp(type, "object") == 0;
    default:
        return false;
    }
}

static void inputs_refuse_type(struct inputs_check *check, struct json_object *schema,
                               struct json_object *value)
{
    char found[48];
    (void)snprintf(found, sizeof(found), " (found %s)", json_type_text(value));
    inputs_add(check, schema, "must be ", found);
}

static const char *inputs_nearest(struct json_object *list, struct json_object *value)
{
    const char *words[MANIFEST_LIST_MAX];
    size_t count = 0;
    if (!json_object_is_type(value, json_type_string)) {
        return NULL;
    }
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        words[count++] = json_object_get_string(json_object_array_get_idx(list, i));
    }
    return options_nearest(json_object_get_string(value), words, count);
}

static bool inputs_check_enum(struct inputs_check *check, struct json_object *schema,
                              struct json_object *value)
{
    struct json_object *list = json_get(schema, "enum");
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        if (json_object_equal(json_object_array_get_idx(list, i), value)) {
            return true;
        }
    }
    if (list == NULL) {
        return true;
    }
    struct sbuf sent;
    char after[INPUTS_SHOWN_BYTES_MAX + 128];
    sbuf_init(&sent, SIZE_MAX / 2);
    inputs_value(&sent, value);
    const char *nearest = inputs_nearest(list, value);
    (void)snprintf(after, sizeof(after),
                   nearest != NULL ? "; '%.*s' is perhaps '%.64s'" : "; '%.*s' is none",
                   INPUTS_SHOWN_BYTES_MAX, sent.data, nearest);
    sbuf_fini(&sent);
    inputs_add(check, schema, "must be ", after);
    return false;
}

/* Characters, not bytes: what comes after a character's first byte begins with 10. */
static size_t inputs_characters(struct json_object *value)
{
    const char *text = json_object_get_string(value);
    size_t len = (size_t)json_object_get_string_len(value), count = 0;
    for (size_t i = 0; i < len; i++) {
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return count;
}

static bool inputs_check_range(struct inputs_check *check, struct json_object *schema,
                               const char *least, const char *most, double size)
{
    struct json_object *min = json_get(schema, least), *max = json_get(schema, most);
    if ((min == NULL || size >= json_object_get_double(min)) &&
        (max == NULL || size <= json_object_get_double(max))) {
        return true;
    }
    char found[48];
    (void)snprintf(found, sizeof(found), " (found %.15g)", size);
    inputs_add(check, schema, "must be ", found);
    return false;
}

static void inputs_check_text(struct inputs_check *check, struct json_object *schema,
                              struct json_object *value)
{
    struct span text = {json_object_get_string(value), (size_t)json_object_get_string_len(value)};
    struct json_object *given = json_get(schema, "pattern");
    struct pattern pattern;
    const char *reason = NULL;
    size_t at = 0;
    if (inputs_check_range(check, schema, "minLength", "maxLength",
                           (double)inputs_characters(value)) &&
        given != NULL &&
        pattern_read(span_of(json_object_get_string(given)), &pattern, &at, &reason) &&
        !pattern_matches(&pattern, text)) {
        char found[INPUTS_SHOWN_BYTES_MAX + 16];
        (void)snprintf(found, sizeof(found), " (found '%.*s')", INPUTS_SHOWN_BYTES_MAX, text.data);
        inputs_add(check, schema, "must be ", found);
    }
}

/* --- what holds others ---------------------------------------------------------------------- */

static bool inputs_is_required(struct json_object *schema, const char *name)
{
    return manifest_find_text(json_get(schema, "required"), name) != NULL;
}

static void inputs_check_members(struct inputs_check *check, struct json_object *schema,
                                 struct json_object *object)
{
    json_object_object_foreach(json_get(schema, "properties"), name, property)
    {
        struct json_object *value = json_get(object, name);
        size_t mark = inputs_enter(check, name);
        if (value != NULL) {
            inputs_check_field(check, property, value);
        } else if (inputs_is_required(schema, name)) {
            inputs_add(check, property, "is missing; send ", "");
        }
        inputs_leave(check, mark);
    }
}

static size_t inputs_names(struct json_object *schema, const char **ret_names, size_t count,
                           size_t count_max)
{
    struct json_object *properties = json_get(schema, "properties");
    if (properties == NULL) {
        return count;
    }
    json_object_object_foreach(properties, name, property)
    {
        (void)property;
        if (count < count_max) {
            ret_names[count++] = name;
        }
    }
    return count;
}

/* Members of an object inside the data; those of the data itself may be the host's. */
static void inputs_refuse_strangers(struct inputs_check *check, struct json_object *schema,
                                    struct json_object *object)
{
    const char *names[MANIFEST_LIST_MAX];
    size_t count = inputs_names(schema, names, 0, MANIFEST_LIST_MAX);
    json_object_object_foreach(object, name, value)
    {
        (void)value;
        if (check->problems->count >= PROBLEMS_MAX) {
            return; /* no more are told */
        }
        if (json_object_object_get_ex(json_get(schema, "properties"), name, NULL)) {
            continue;
        }
        const char *nearest = options_nearest(name, names, count);
        size_t mark = inputs_enter(check, name);
        if (nearest != NULL) {
            problems_add(check->problems, check->path, "is not known; perhaps '%s'", nearest);
        } else {
            problems_add(check->problems, check->path, "is not known; leave it out");
        }
        inputs_leave(check, mark);
    }
}

static void inputs_check_elements(struct inputs_check *check, struct json_object *schema,
                                  struct json_object *array)
{
    size_t count = json_object_array_length(array);
    if (!inputs_check_range(check, schema, "minItems", "maxItems", (double)count)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        size_t mark = inputs_enter_index(check, i);
        inputs_check_field(check, json_get(schema, "items"), json_object_array_get_idx(array, i));
        inputs_leave(check, mark);
    }
}

/* Recurs as deep as the schema is, which its reader bounded. */
static void inputs_check_field(struct inputs_check *check, struct json_object *schema,
                               struct json_object *value)
{
    if (!inputs_type_fits(inputs_type(schema), value)) {
        inputs_refuse_type(check, schema, value);
        return;
    }
    if (!inputs_check_enum(check, schema, value)) {
        return;
    }
    switch (json_object_get_type(value)) {
    case json_type_string:
        inputs_check_text(check, schema, value);
        return;
    case json_type_int:
    case json_type_double:
        (void)inputs_check_range(check, schema, "minimum", "maximum",
                                 json_object_get_double(value)); /* it added the problem */
        return;
    case json_type_array:
        inputs_check_elements(check, schema, value);
        return;
    case json_type_object:
        inputs_refuse_strangers(check, schema, value);
        inputs_check_members(check, schema, value);
        return;
    default:
        return;
    }
}

/* --- from outside --------------------------------------------------------------------------- */

void manifest_inputs_check(const struct manifest *manifest, struct json_object *data,
                           struct problems *problems)
{
    struct inputs_check check = {.problems = problems};
    struct json_object *inputs = json_get(manifest->json, "inputs");
    if (inputs != NULL) {
        inputs_check_members(&check, inputs, data);
    }
}

void manifest_answer_check(const struct manifest *manifest, struct json_object *answer,
                           struct problems *problems)
{
    struct inputs_check check = {.problems = problems};
    inputs_check_field(&check, json_get(json_get(manifest->json, "text"), "schema"), answer);
}

bool manifest_inputs_have(const struct manifest *manifest, const char *name)
{
    struct json_object *inputs = json_get(manifest->json, "inputs");
    return inputs == NULL || json_get(json_get(inputs, "properties"), name) != NULL;
}

size_t manifest_inputs_list(const struct manifest *manifest, const char **ret_names, size_t count,
                            size_t count_max)
{
    return inputs_names(json_get(manifest->json, "inputs"), ret_names, count, count_max);
}
