/* The keys of a manifest, one reader each, and what they must say together. */
#include <string.h>

#include "agent/manifest-private.h"
#include "core/json.h"

#define MANIFEST_MEMORY_BYTES_MIN (1024 * 1024)
#define MANIFEST_SIZE_BYTES_MAX (INT64_C(4) * 1024 * 1024 * 1024)
#define MANIFEST_SECTION_CHARS_MAX 1000000
#define MANIFEST_PRIORITY_MAX 2097151 /* BullMQ's */

static bool manifest_on_format(struct manifest_reader *reader, struct json_object *value)
{
    int64_t ignored = 0;
    return manifest_read_int(reader, value, 1, 1, &ignored);
}

static bool manifest_on_id(struct manifest_reader *reader, struct json_object *value)
{
    if (!manifest_read_word(reader, value, &reader->manifest->id)) {
        return false;
    }
    if (strcmp(reader->manifest->id, reader->folder_id) != 0) {
        return manifest_fail(reader, "'%s' is not the folder's name '%s'", reader->manifest->id,
                             reader->folder_id);
    }
    return true;
}

static bool manifest_on_version(struct manifest_reader *reader, struct json_object *value)
{
    const char *text = NULL;
    if (!manifest_read_text(reader, value, 64, &text)) {
        return false;
    }
    if (text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+_-")] !=
        '\0') {
        return manifest_fail(reader, "may hold letters, digits and .+_- only");
    }
    reader->manifest->version = text;
    return true;
}

static bool manifest_on_contact(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_text(reader, value, 200, &reader->manifest->contact);
}

static bool manifest_on_language(struct manifest_reader *reader, struct json_object *value)
{
    const char *text = NULL;
    if (!manifest_read_text(reader, value, MANIFEST_TEXT_BYTES_MAX, &text)) {
        return false;
    }
    if (!manifest_is_language(text)) {
        return manifest_fail(reader, "'%.20s' is not a language code like de or pt-BR", text);
    }
    return true;
}

static bool manifest_on_languages(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_list(reader, value, 32, manifest_on_language);
}

static bool manifest_on_word(struct manifest_reader *reader, struct json_object *value)
{
    const char *ignored = NULL;
    return manifest_read_word(reader, value, &ignored);
}

static bool manifest_on_depths(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_list(reader, value, 16, manifest_on_word);
}

static bool manifest_on_alias(struct manifest_reader *reader, struct json_object *value)
{
    const char *ignored = NULL;
    return manifest_read_text(reader, value, 64, &ignored);
}

/* The style that already owns this word, as itself or as an alias, before style stop. */
static const char *manifest_style_owner(struct json_object *styles, const char *stop,
                                        const char *word)
{
    json_object_object_foreach(styles, style, aliases)
    {
        if (strcmp(style, stop) == 0) {
            continue;
        }
        if (strcmp(style, word) == 0) {
            return style;
        }
        for (size_t i = 0; i < json_object_array_length(aliases); i++) {
            if (strcmp(json_object_get_string(json_object_array_get_idx(aliases, i)), word) == 0) {
                return style;
            }
        }
    }
    return NULL;
}

static bool manifest_check_aliases(struct manifest_reader *reader, struct json_object *styles)
{
    json_object_object_foreach(styles, style, aliases)
    {
        for (size_t i = 0; i < json_object_array_length(aliases); i++) {
            const char *alias = json_object_get_string(json_object_array_get_idx(aliases, i));
            const char *owner = manifest_style_owner(styles, style, alias);
            if (owner != NULL) {
                (void)manifest_enter(reader, style);
                (void)manifest_enter_index(reader, i);
                return manifest_fail(reader, "'%.64s' already means the style '%s'", alias, owner);
            }
        }
    }
    return true;
}

static bool manifest_on_styles(struct manifest_reader *reader, struct json_object *value)
{
    if (!manifest_expect(reader, value, json_type_object)) {
        return false;
    }
    int count = json_object_object_length(value);
    if (count == 0 || count > MANIFEST_LIST_MAX) {
        return manifest_fail(reader, "must have 1 to %d styles, not %d", MANIFEST_LIST_MAX, count);
    }
    json_object_object_foreach(value, style, aliases)
    {
        size_t mark = manifest_enter(reader, style);
        if (!manifest_is_word(style)) {
            return manifest_fail(reader, "must match [a-z][a-z0-9_-]{0,31}");
        }
        if (!manifest_expect(reader, aliases, json_type_array)) {
            return false;
        }
        if (json_object_array_length(aliases) > 0 &&
            !manifest_read_list(reader, aliases, MANIFEST_LIST_MAX, manifest_on_alias)) {
            return false;
        }
        manifest_leave(reader, mark);
    }
    return manifest_check_aliases(reader, value);
}

static bool manifest_on_default_language(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_text(reader, value, 16, &reader->manifest->default_language);
}

static bool manifest_on_defaults(struct manifest_reader *reader, struct json_object *value)
{
    static const struct manifest_key keys[] = {
        {"depth", false, manifest_on_word},
        {"style", false, manifest_on_word},
        {"language", false, manifest_on_default_language},
    };
    return manifest_read_object(reader, value, keys, ARRAY_LEN(keys));
}

static bool manifest_on_chart(struct manifest_reader *reader, struct json_object *value)
{
    static const char *const words[] = {
        [MANIFEST_CHART_REQUIRED] = "required",
        [MANIFEST_CHART_OPTIONAL] = "optional",
        [MANIFEST_CHART_NONE] = "none",
    };
    const char *text = NULL;
    if (!manifest_read_text(reader, value, MANIFEST_TEXT_BYTES_MAX, &text)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            reader->manifest->chart = (enum manifest_chart)i;
            return true;
        }
    }
    return manifest_fail(reader, "'%.40s' is not one of required, optional, none", text);
}

static bool manifest_on_passes_max(struct manifest_reader *reader, struct json_object *value)
{
    int64_t passes = 0;
    if (!manifest_read_int(reader, value, 1, 16, &passes)) {
        return false;
    }
    reader->manifest->passes_max = (uint32_t)passes;
    return true;
}

static bool manifest_on_call_ms(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_int(reader, value, 1, 600000, &reader->manifest->call_ms);
}

static bool manifest_on_memory_bytes(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_int(reader, value, MANIFEST_MEMORY_BYTES_MIN, MANIFEST_SIZE_BYTES_MAX,
                             &reader->manifest->memory_bytes);
}

static bool manifest_on_prompt_bytes(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_int(reader, value, 1, MANIFEST_SIZE_BYTES_MAX,
                             &reader->manifest->prompt_bytes);
}

static bool manifest_on_answer_bytes(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_int(reader, value, 1, MANIFEST_SIZE_BYTES_MAX,
                             &reader->manifest->answer_bytes);
}

static bool manifest_on_limits(struct manifest_reader *reader, struct json_object *value)
{
    static const struct manifest_key keys[] = {
        {"call_ms", false, manifest_on_call_ms},
        {"memory_bytes", false, manifest_on_memory_bytes},
        {"prompt_bytes", false, manifest_on_prompt_bytes},
        {"answer_bytes", false, manifest_on_answer_bytes},
    };
    return manifest_read_object(reader, value, keys, ARRAY_LEN(keys));
}

static bool manifest_on_model_class(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_word(reader, value, &reader->manifest->model_class);
}

static bool manifest_on_temperature(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_number(reader, value, 0, 2, &reader->manifest->model_temperature);
}

static bool manifest_on_max_tokens(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_int(reader, value, 1, 1000000, &reader->manifest->model_max_tokens);
}

static bool manifest_on_model(struct manifest_reader *reader, struct json_object *value)
{
    static const struct manifest_key keys[] = {
        {"class", false, manifest_on_model_class},
        {"temperature", false, manifest_on_temperature},
        {"max_tokens", false, manifest_on_max_tokens},
    };
    return manifest_read_object(reader, value, keys, ARRAY_LEN(keys));
}

static bool manifest_on_chars(struct manifest_reader *reader, struct json_object *value)
{
    int64_t ignored = 0;
    return manifest_read_int(reader, value, 1, MANIFEST_SECTION_CHARS_MAX, &ignored);
}

static bool manifest_on_section(struct manifest_reader *reader, struct json_object *value)
{
    static const struct manifest_key keys[] = {
        {"id", true, manifest_on_word},
        {"title", true, manifest_read_text_or_localized},
        {"chars_min", false, manifest_on_chars},
        {"chars_max", false, manifest_on_chars},
    };
    int64_t min = 0, max = MANIFEST_SECTION_CHARS_MAX;
    if (!manifest_read_object(reader, value, keys, ARRAY_LEN(keys))) {
        return false;
    }
    (void)json_get_int(value, "chars_min", &min);
    (void)json_get_int(value, "chars_max", &max);
    return min <= max || manifest_fail(reader, "chars_min is over chars_max");
}

static bool manifest_on_sections(struct manifest_reader *reader, struct json_object *value)
{
    if (!manifest_read_list(reader, value, MANIFEST_LIST_MAX, manifest_on_section)) {
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct span id = {0}, earlier = {0};
        (void)json_get_text(json_object_array_get_idx(value, i), "id", &id);
        for (size_t j = 0; j < i; j++) {
            (void)json_get_text(json_object_array_get_idx(value, j), "id", &earlier);
            if (span_equals(id, earlier)) {
                (void)manifest_enter_index(reader, i);
                (void)manifest_enter(reader, "id");
                return manifest_fail(reader, "is the same as that of section %zu", j);
            }
        }
    }
    return true;
}

static bool manifest_on_line(struct manifest_reader *reader, struct json_object *value)
{
    const char *ignored = NULL;
    return manifest_read_text(reader, value, MANIFEST_TEXT_BYTES_MAX, &ignored);
}

static bool manifest_on_lines(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_list(reader, value, MANIFEST_LIST_MAX * 4, manifest_on_line);
}

/* Texts for all languages, or {"de": […], "en": […]}. */
static bool manifest_on_lines_or_localized(struct manifest_reader *reader,
                                           struct json_object *value)
{
    if (!json_object_is_type(value, json_type_object)) {
        return manifest_on_lines(reader, value);
    }
    json_object_object_foreach(value, language, lines)
    {
        size_t mark = manifest_enter(reader, language);
        if (!manifest_is_language(language)) {
            return manifest_fail(reader, "is not a language code like de or pt-BR");
        }
        if (!manifest_on_lines(reader, lines)) {
            return false;
        }
        manifest_leave(reader, mark);
    }
    return true;
}

static bool manifest_on_stream(struct manifest_reader *reader, struct json_object *value)
{
    if (!manifest_expect(reader, value, json_type_boolean)) {
        return false;
    }
    reader->manifest->is_streamed = json_object_get_boolean(value);
    return true;
}

static bool manifest_on_priority(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_int(reader, value, 1, MANIFEST_PRIORITY_MAX, &reader->manifest->priority);
}

static bool manifest_on_engine(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_read_word(reader, value, &reader->manifest->engine);
}

static const struct manifest_key manifest_keys[] = {
    {"manifest", true, manifest_on_format},
    {"id", true, manifest_on_id},
    {"version", true, manifest_on_version},
    {"name", true, manifest_read_localized},
    {"description", false, manifest_read_text_or_localized},
    {"contact", false, manifest_on_contact},
    {"languages", true, manifest_on_languages},
    {"depths", false, manifest_on_depths},
    {"styles", false, manifest_on_styles},
    {"defaults", false, manifest_on_defaults},
    {"chart", true, manifest_on_chart},
    {"passes_max", false, manifest_on_passes_max},
    {"limits", false, manifest_on_limits},
    {"model", false, manifest_on_model},
    {"inputs", false, manifest_read_inputs},
    {"config", false, manifest_read_config},
    {"sections", false, manifest_on_sections},
    {"disclaimers", false, manifest_on_lines_or_localized},
    {"forbidden", false, manifest_on_lines_or_localized},
    {"stream", false, manifest_on_stream},
    {"priority", false, manifest_on_priority},
    {"engine", false, manifest_on_engine},
    {"text", false, manifest_read_text_engine},
};

/* Defaults name words that exist; read when all lists are known. */
static bool manifest_check_defaults(struct manifest_reader *reader)
{
    struct json_object *root = reader->manifest->json;
    struct json_object *defaults = json_get(root, "defaults");
    struct span depth = {0}, style = {0};
    (void)manifest_enter(reader, "defaults");
    if (json_get_text(defaults, "depth", &depth) &&
        manifest_find_text(json_get(root, "depths"), depth.data) == NULL) {
        (void)manifest_enter(reader, "depth");
        return manifest_fail(reader, "'%s' is not among the depths", depth.data);
    }
    if (json_get_text(defaults, "style", &style) &&
        json_get(json_get(root, "styles"), style.data) == NULL) {
        (void)manifest_enter(reader, "style");
        return manifest_fail(reader, "'%s' is not among the styles", style.data);
    }
    const char *language = reader->manifest->default_language;
    if (language != NULL && manifest_find_text(json_get(root, "languages"), language) == NULL) {
        (void)manifest_enter(reader, "language");
        return manifest_fail(reader, "'%s' is not among the languages", language);
    }
    manifest_leave(reader, 0);
    return true;
}

bool manifest_read_keys(struct manifest_reader *reader)
{
    return manifest_read_object(reader, reader->manifest->json, manifest_keys,
                                ARRAY_LEN(manifest_keys)) &&
           manifest_check_defaults(reader) && manifest_check_text_engine(reader);
}
