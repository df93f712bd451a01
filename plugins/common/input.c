/* Judges a job's data. */
#include "common/input.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/fold.h"
#include "common/text.h"
#include "core/json.h"
#include "core/sbuf.h"

#define CONTEXT_CHARS_MAX_DEFAULT 4000
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

static int64_t context_chars_max(struct json_object *manifest)
{
    int64_t chars_max = CONTEXT_CHARS_MAX_DEFAULT;
    struct json_object *fields = json_get(json_get(manifest, "inputs"), "properties");
    (void)json_get_int(json_get(fields, "context"), "maxLength", &chars_max);
    return chars_max;
}

static bool read_context(struct json_object *manifest, struct json_object *data,
                         struct input *input, struct input_complaint *complaint)
{
    struct json_object *value = json_get(data, "context");
    if (value == NULL) {
        return complain(complaint, "context",
                        "is missing; send what the reading is about as a text");
    }
    if (!json_get_text(data, "context", &input->context)) {
        return complain(complaint, "context", "is %s; send a text", json_type_text(value));
    }
    if (text_trim(input->context).len == 0) {
        return complain(complaint, "context", "is empty; send what the reading is about");
    }
    size_t chars = text_chars(input->context);
    int64_t chars_max = context_chars_max(manifest);
    if (chars > (size_t)chars_max) {
        return complain(complaint, "context", "has %zu characters; send at most %lld", chars,
                        (long long)chars_max);
    }
    return true;
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

/* The member field, one of words; the manifest's default when it is absent. */
static bool read_word(struct json_object *manifest, struct json_object *data, const char *field,
                      const char *list, struct arena *arena, const char **ret_word,
                      struct input_complaint *complaint)
{
    struct json_object *words = json_get(manifest, list);
    struct json_object *value = json_get(data, field);
    if (value == NULL) {
        value = json_get(json_get(manifest, "defaults"), field);
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

bool input_read(struct json_object *manifest, struct json_object *data, struct arena *arena,
                struct input *ret_input, struct input_complaint *ret_complaint)
{
    struct input input = {.depth = NULL};
    const char *locale = NULL;
    bool is_good =
        read_context(manifest, data, &input, ret_complaint) &&
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
