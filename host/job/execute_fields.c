/* Judges the body of a request for a reading or a chart. Nothing is completed or corrected: what
 * is wrong is named, with what to send instead. */
#include "job/execute_fields.h"

#include <stdio.h>
#include <string.h>

#include "agent/manifest.h"
#include "agent/manifest_inputs.h"
#include "chart/birth.h"
#include "core/attr.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/options.h"
#include "core/problems.h"

#define FIELDS_WORD_BYTES_MAX 256 /* of a name; as in a job's data */
#define FIELDS_NAMES_MAX 96       /* the host's own and a manifest's */

static void check_text(struct json_object *value, const char *field, struct problems *problems)
{
    if (!json_object_is_type(value, json_type_string)) {
        problems_add(problems, field, "must be a text (found %s)", json_type_text(value));
        return;
    }
    int len = json_object_get_string_len(value);
    if (len == 0 || len > FIELDS_WORD_BYTES_MAX) {
        problems_add(problems, field, "must have 1 to %d bytes (found %d); leave it out for none",
                     FIELDS_WORD_BYTES_MAX, len);
    }
}

static void check_uuid(struct json_object *value, const char *field, struct problems *problems)
{
    bool is_text = json_object_is_type(value, json_type_string);
    if (!is_text || !hash_is_uuid(json_object_get_string(value))) {
        problems_add(problems, field,
                     "must be a UUID like 'd8c78df3-981a-45cb-9c72-670a88847498' (found %s%.40s%s)",
                     is_text ? "'" : "",
                     is_text ? json_object_get_string(value) : json_type_text(value),
                     is_text ? "'" : "");
    }
}

static void check_object(struct json_object *value, const char *field, struct problems *problems)
{
    if (!json_object_is_type(value, json_type_object)) {
        problems_add(problems, field, "must be an object (found %s)", json_type_text(value));
    }
}

static void add_stranger(const char *field, const char *nearest, struct problems *problems)
{
    if (nearest != NULL) {
        problems_add(problems, field, "is not known; perhaps '%s'", nearest);
    } else {
        problems_add(problems, field, "is not known; leave it out");
    }
}

/* What is in it but the name is judged with the rest of the birth data. */
static void check_place(struct json_object *place, const char *field, struct problems *problems)
{
    static const char *const names[] = {"name", "latitude", "longitude", "timezone"};
    if (!json_object_is_type(place, json_type_object)) {
        problems_add(problems, field, "must be {name, latitude, longitude, timezone} (found %s)",
                     json_type_text(place));
        return;
    }
    json_object_object_foreach(place, name, value)
    {
        if (problems->count >= PROBLEMS_MAX) {
            return;
        }
        char path[PROBLEM_FIELD_BYTES_MAX];
        size_t i = 0;
        (void)snprintf(path, sizeof(path), "%s.%s", field, name);
        while (i < ARRAY_LEN(names) && strcmp(names[i], name) != 0) {
            i++;
        }
        if (i == ARRAY_LEN(names)) {
            add_stranger(path, options_nearest(name, names, ARRAY_LEN(names)), problems);
        } else if (i == 0 && value != NULL) {
            check_text(value, path, problems);
        }
    }
}

/* Judged with the others, or not by the host. */
static void check_nothing(struct json_object *value, const char *field, struct problems *problems)
{
    (void)value;
    (void)field;
    (void)problems;
}

static void refuse_callback(struct json_object *value, const char *field, struct problems *problems)
{
    (void)value;
    problems_add(problems, field,
                 "is not taken by this version, which calls nobody back; leave it out and follow "
                 "eventsUrl or pollUrl");
}

static void refuse_key(struct json_object *value, const char *field, struct problems *problems)
{
    (void)value;
    problems_add(problems, field, "belongs into the header Idempotency-Key");
}

static void refuse_regenerate(struct json_object *value, const char *field,
                              struct problems *problems)
{
    (void)value;
    problems_add(problems, field,
                 "is asked for with POST /api/orchestrator/regenerate/<readingId>");
}

struct field {
    const char *name;
    void (*check)(struct json_object *value, const char *field, struct problems *problems);
};

static const struct field birth_fields[] = {
    {"userId", check_uuid},      {"birthDate", check_nothing}, {"birthTime", check_nothing},
    {"birthPlace", check_place}, {"timezone", check_nothing},  {"fold", check_nothing},
};

/* Of a reading, besides those of a birth. */
static const struct field reading_fields[] = {
    {"agentId", check_nothing}, {"readingId", check_uuid}, {"clientName", check_text},
    {"locale", check_text},     {"chart", check_object},   {"chartId", check_uuid},
};

/* What a job's data may have, but a request may not. */
static const struct field refused_fields[] = {
    {"callbackUrl", refuse_callback},
    {"idempotencyKey", refuse_key},
    {"regenerate", refuse_regenerate},
};

static const struct field *field_find(const struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

/* manifest: NULL for a body that is about a birth only. */
static const struct field *field_known(const char *name, const struct manifest *manifest)
{
    const struct field *field = field_find(birth_fields, ARRAY_LEN(birth_fields), name);
    if (field == NULL && manifest != NULL) {
        field = field_find(reading_fields, ARRAY_LEN(reading_fields), name);
    }
    if (field == NULL && manifest != NULL) {
        field = field_find(refused_fields, ARRAY_LEN(refused_fields), name);
    }
    return field;
}

static const char *nearest_field(const char *name, const struct manifest *manifest)
{
    const char *names[FIELDS_NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(birth_fields); i++) {
        names[count++] = birth_fields[i].name;
    }
    for (size_t i = 0; manifest != NULL && i < ARRAY_LEN(reading_fields); i++) {
        names[count++] = reading_fields[i].name;
    }
    if (manifest != NULL) {
        count = manifest_inputs_list(manifest, names, count, FIELDS_NAMES_MAX);
    }
    return options_nearest(name, names, count);
}

/* Every member by itself; null is as good as absent. */
static void check_members(struct json_object *body, const struct manifest *manifest,
                          struct problems *problems)
{
    json_object_object_foreach(body, name, value)
    {
        if (problems->count >= PROBLEMS_MAX) {
            return; /* no more are told, and looking for names near to each takes its time */
        }
        const struct field *field = field_known(name, manifest);
        if (field == NULL && (manifest == NULL || !manifest_inputs_have(manifest, name))) {
            add_stranger(name, nearest_field(name, manifest), problems);
        } else if (field != NULL && value != NULL) {
            field->check(value, name, problems);
        }
    }
}

/* Of birth data that no chart is computed from. */
static void check_birth_types(struct json_object *body, struct problems *problems)
{
    static const char *const names[] = {"birthDate", "birthTime", "timezone"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct json_object *value = json_get(body, names[i]);
        if (value != NULL) {
            check_text(value, names[i], problems);
        }
    }
}

static void check_birth(struct json_object *body, struct problems *problems)
{
    struct birth birth;
    struct chart_fault fault;
    if (!birth_read(body, &birth, &fault)) {
        problems_add(problems, fault.field, "%s", fault.remedy);
    }
}

/* Where the chart comes from. Birth data that lead to one must be whole. */
static void check_chart(struct json_object *body, const struct manifest *manifest,
                        struct problems *problems)
{
    bool has_chart = json_get(body, "chart") != NULL, has_id = json_get(body, "chartId") != NULL;
    if (has_chart && has_id) {
        problems_add(problems, "chartId", "came with a chart; send one of them");
    }
    if (has_chart || has_id || manifest->chart == MANIFEST_CHART_NONE) {
        check_birth_types(body, problems);
    } else if (birth_is_given(body)) {
        check_birth(body, problems);
    } else if (manifest->chart == MANIFEST_CHART_OPTIONAL) {
        check_birth_types(body, problems);
    } else {
        problems_add(problems, "birthDate",
                     "is missing, and agent '%s' needs a chart; send birthDate, birthTime and "
                     "birthPlace {name, latitude, longitude, timezone}, or chartId, or chart",
                     manifest->id);
    }
}

/* Where inputs say nothing of it, the languages do. */
static void check_locale(struct json_object *body, const struct manifest *manifest,
                         struct problems *problems)
{
    struct json_object *inputs = json_get(json_get(manifest->json, "inputs"), "properties");
    struct span locale;
    if (json_get(inputs, "locale") == NULL && json_get_text(body, "locale", &locale) &&
        locale.len > 0 && !manifest_has_language(manifest, locale.data)) {
        problems_add(problems, "locale", "'%.40s' is no language of agent '%s', which has %.200s",
                     locale.data, manifest->id,
                     json_object_to_json_string_ext(json_get(manifest->json, "languages"),
                                                    JSON_C_TO_STRING_PLAIN));
    }
}

void execute_check_fields(struct json_object *body, const struct manifest *manifest,
                          struct problems *problems)
{
    check_members(body, manifest, problems);
    check_locale(body, manifest, problems);
    check_chart(body, manifest, problems);
    manifest_inputs_check(manifest, body, problems);
}

void execute_check_birth(struct json_object *body, struct problems *problems)
{
    check_members(body, NULL, problems);
    check_birth(body, problems);
}
