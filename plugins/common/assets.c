/* Reads the bundle's files: templates and word lists. */
#include "common/assets.h"

#include <stdio.h>

#include "common/text.h"
#include "core/arena.h"
#include "core/sbuf.h"

bool asset_get(const struct agenthost_setup *setup, const char *name, struct span *ret_text,
               struct err *err)
{
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        if (!span_is(text_span(setup->assets[i].name), name)) {
            continue;
        }
        struct span text = text_trim(text_span(setup->assets[i].bytes));
        if (text.len == 0 || !span_is_utf8(text)) {
            return err_set(err, ERR_INVALID, "assets/%s is %s", name,
                           text.len == 0 ? "empty" : "not UTF-8");
        }
        *ret_text = text;
        return true;
    }
    return err_set(err, ERR_NOT_FOUND, "assets/%s is missing", name);
}

/* Finds the next {{name}}: its name without braces and what stands before and after it. */
static bool next_place(struct span rest, struct span *ret_before, struct span *ret_name,
                       struct span *ret_after)
{
    const char *open = rest.len > 0 ? memmem(rest.data, rest.len, "{{", 2) : NULL;
    if (open == NULL) {
        return false;
    }
    size_t at = (size_t)(open - rest.data) + 2;
    const char *close = memmem(rest.data + at, rest.len - at, "}}", 2);
    if (close == NULL) {
        return false;
    }
    size_t end = (size_t)(close - rest.data);
    *ret_before = (struct span){rest.data, at - 2};
    *ret_name = (struct span){rest.data + at, end - at};
    *ret_after = (struct span){rest.data + end + 2, rest.len - end - 2};
    return true;
}

static const struct template_value *value_find(const struct template_value *values, size_t count,
                                               struct span name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is(name, values[i].name)) {
            return &values[i];
        }
    }
    return NULL;
}

bool template_check(struct span template, const struct template_value *values, size_t count,
                    struct err *err)
{
    struct span before, name;
    while (next_place(template, &before, &name, &template)) {
        if (value_find(values, count, name) == NULL) {
            return err_set(err, ERR_INVALID, "{{%.*s}} stands for nothing here",
                           (int)(name.len < 40 ? name.len : 40), name.data);
        }
    }
    return true;
}

void template_render(struct sbuf *out, struct span template, const struct template_value *values,
                     size_t count)
{
    struct span before, name;
    while (next_place(template, &before, &name, &template)) {
        sbuf_span(out, before);
        const struct template_value *value = value_find(values, count, name);
        if (value != NULL) {
            sbuf_span(out, value->text);
        }
    }
    sbuf_span(out, template);
}

bool words_parse(struct arena *arena, struct span text, struct words *ret_words, struct err *err)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n';
    }
    struct words words = {.entries = arena_alloc(arena, lines * sizeof(*words.entries))};
    if (words.entries == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    struct span line;
    for (unsigned number = 1; text_next_line(&text, &line); number++) {
        line = text_trim(line);
        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }
        const char *colon = memmem(line.data, line.len, ": ", 2);
        if (colon == NULL) {
            return err_set(err, ERR_INVALID, "line %u is not \"key: text\"", number);
        }
        size_t key_len = (size_t)(colon - line.data);
        words.entries[words.count++] = (struct words_entry){
            .key = {line.data, key_len},
            .text = text_trim((struct span){colon + 2, line.len - key_len - 2}),
        };
    }
    *ret_words = words;
    return true;
}

static const struct words_entry *entry_find(const struct words *words, struct span key)
{
    for (size_t i = 0; i < words->count; i++) {
        if (span_equals(words->entries[i].key, key)) {
            return &words->entries[i];
        }
    }
    return NULL;
}

struct span words_get(const struct words *words, const char *key)
{
    const struct words_entry *entry = entry_find(words, span_of(key));
    return entry != NULL ? entry->text : span_of(key);
}

struct span words_join(const struct words *words, const char *group, const char *key)
{
    char name[80];
    int len = snprintf(name, sizeof(name), "%s.%s", group, key);
    bool is_whole = len > 0 && (size_t)len < sizeof(name);
    const struct words_entry *entry = is_whole ? entry_find(words, span_of(name)) : NULL;
    return entry != NULL ? entry->text : span_of(key);
}

bool words_has(const struct words *words, const char *key)
{
    return entry_find(words, span_of(key)) != NULL;
}
