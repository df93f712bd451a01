/* Judges a job's data by the manifest: its `inputs`, and its words for depth, style and language.
 */
#include "engine/input.h"

#include <stdarg.h>
#include <stdio.h>

#include "agent/manifest.h"
#include "agent/manifest_inputs.h"
#include "core/json.h"
#include "core/problems.h"
#include "core/sbuf.h"
#include "engine/fold.h"
#include "engine/text.h"

#define WORD_BYTES_MAX 60

static bool complain(struct input_complaint *complaint, const char *field, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

/* Returns false, so that a check ends with `return complain(...)`. */
static bool complain(struct input_complaint *complaint, const char *field, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)snprintf(complaint->field, sizeof(complaint->field), "%s", field);
    (void)vsnprintf(complaint->text, sizeof(complaint->text), fmt, args); /* a cut text helps too */
    va_end(args);
    return false;
}

/* "basic, advanced, professional" of an array, "klar, direkt" of an object's keys. */
static void put_words(struct sbuf *out, struct json_object *words)
{
    if (json_object_is_type(words, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(words); i++) {
            sbuf_printf(out, "%s%s", i > 0 ? ", " : "",
                        json_object_get_string(json_object_array_get_idx(words, i)));
        }
        return;
    }
    size_t start = out->len;
    json_object_object_foreach(words, key, aliases)
    {
        (void)aliases;
        sbuf_printf(out, "%s%s", out->len > start ? ", " : "", key);
    }
}

static bool is_alias(struct json_object *aliases, struct arena *arena, struct span text)
{
    for (size_t i = 0; i < json_object_array_length(aliases); i++) {
        struct json_object *alias = json_object_array_get_idx(aliases, i);
        if (fold_is_same(arena, span_of(json_object_get_string(alias)), text)) {
            return true;
        }
    }
    return false;
}

/* The manifest's word that text means, or NULL. */
static const char *word_find(struct json_object *words, struct arena *arena, struct span text)
{
    if (json_object_is_type(words, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(words); i++) {
            const char *word = json_object_get_string(json_object_array_get_idx(words, i));
            if (fold_is_same(arena, span_of(word), text)) {
                return word;
            }
        }
        return NULL;
    }
    json_object_object_foreach(words, word, aliases)
    {
        if (fold_is_same(arena, span_of(word), text) || is_alias(aliases, arena, text)) {
            return word;
        }
    }
    return NULL;
}

static bool complain_word(struct input_complaint *complaint, const char *field,
                          struct json_object *value, struct json_object *words)
{
    struct sbuf known;
    sbuf_init(&known, 200);
    put_words(&known, words);
    if (json_object_is_type(value, json_type_string)) {
        struct span text = {json_object_get_string(value),
                            (size_t)json_object_get_string_len(value)};
        text.len = text.len < WORD_BYTES_MAX ? text.len : WORD_BYTES_MAX;
        complain(complaint, field, "'%.*s' is not known; send one of %s", (int)span_utf8_len(text),
                 text.data, known.data);
    } else {
        complain(complaint, field, "is %s; send one of %s", json_type_text(value), known.data);
    }
    sbuf_fini(&known);
    return false;
}

/* The member field, one of the manifest's words; its default when the field is absent. NULL when
 * the manifest has no such words. */
static bool read_word(const struct manifest *manifest, struct json_object *data, const char *field,
                      const char *list, struct arena *arena, const char **ret_word,
                      struct input_complaint *complaint)
{
    struct json_object *words = json_get(manifest->json, list);
    struct json_object *value = json_get(data, field);
    if (words == NULL) {
        return true;
    }
    if (value == NULL) {
        value = json_get(json_get(manifest->json, "defaults"), field);
    }
    const char *word = NULL;
    if (json_object_is_type(value, json_type_string) &&
        json_object_get_string_len(value) <= WORD_BYTES_MAX) {
        struct span text = {json_object_get_string(value),
                            (size_t)json_object_get_string_len(value)};
        word = word_find(words, arena, text);
    }
    if (word == NULL) {
        return complain_word(complaint, field, value, words);
    }
    *ret_word = word;
    return true;
}

/* Words are found however they are spelled, so that the `inputs`' lists of them do not bind here.
 */
static bool is_word_field(const struct manifest *manifest, const char *name)
{
    return (strcmp(name, "depth") == 0 && json_get(manifest->json, "depths") != NULL) ||
           (strcmp(name, "style") == 0 && json_get(manifest->json, "styles") != NULL) ||
           strcmp(name, "locale") == 0;
}

/* Everything of data but those; the caller's. */
static struct json_object *without_words(const struct manifest *manifest, struct json_object *data)
{
    struct json_object *rest = json_object_new_object();
    json_object_object_foreach(data, name, value)
    {
        if (!is_word_field(manifest, name)) {
            json_object_object_add(rest, name, json_object_get(value));
        }
    }
    return rest;
}

/* A text that must be there is not there when it is only white space. */
static bool check_empty(const struct manifest *manifest, struct json_object *data,
                        struct input_complaint *complaint)
{
    struct json_object *required = json_get(json_get(manifest->json, "inputs"), "required");
    for (size_t i = 0; required != NULL && i < json_object_array_length(required); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(required, i));
        struct span text;
        if (json_get_text(data, name, &text) && text_trim(text).len == 0) {
            return complain(complaint, name, "is empty; send a text");
        }
    }
    return true;
}

static bool check_fields(const struct manifest *manifest, struct json_object *data,
                         struct input_complaint *complaint)
{
    struct problems problems;
    struct json_object *rest = without_words(manifest, data);
    problems_init(&problems);
    manifest_inputs_check(manifest, rest, &problems);
    bool is_good = problems.count == 0;
    if (!is_good) {
        (void)complain(complaint, problems.field, "%s", problems.remedy);
    }
    problems_fini(&problems);
    json_object_put(rest);
    return is_good && check_empty(manifest, data, complaint);
}

bool input_read(const struct manifest *manifest, struct json_object *data, struct arena *arena,
                struct input *ret_input, struct input_complaint *ret_complaint)
{
    struct input input = {.depth = NULL};
    const char *locale = NULL;
    bool is_good =
        check_fields(manifest, data, ret_complaint) &&
        read_word(manifest, data, "depth", "depths", arena, &input.depth, ret_complaint) &&
        read_word(manifest, data, "style", "styles", arena, &input.style, ret_complaint);
    /* Which language a job gets is the host's to say; a word it cannot mean is told here. */
    if (is_good && json_get(data, "locale") != NULL) {
        is_good = read_word(manifest, data, "locale", "languages", arena, &locale, ret_complaint);
    }
    if (is_good) {
        *ret_input = input;
    }
    return is_good;
}
