/* Reads facts and headings out of a prompt and writes them down again. Knows nothing else. */
#include "practice/practice_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/sbuf.h"
#include "practice/practice_words.h"

#define PRACTICE_CONTEXT_BYTES 160
#define PRACTICE_HEADINGS_MAX 32
#define PRACTICE_FACT_BYTES_MAX 16384

struct practice_facts {
    const struct practice_language *language; /* NULL: the prompt holds none */
    struct sbuf values[PRACTICE_FACTS];
    struct sbuf focus, context;
};

/* Cuts the text up to sep off rest; false when nothing is left. */
static bool practice_cut(struct span *rest, const char *sep, struct span *ret_piece)
{
    if (rest->len == 0) {
        return false;
    }
    const char *end = memmem(rest->data, rest->len, sep, strlen(sep));
    size_t len = end != NULL ? (size_t)(end - rest->data) : rest->len;
    size_t used = end != NULL ? len + strlen(sep) : len;
    *ret_piece = (struct span){rest->data, len};
    *rest = (struct span){rest->data + used, rest->len - used};
    return true;
}

static bool practice_begins(struct span text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && memcmp(text.data, word, len) == 0;
}

/* "Projektor (Projector)" reads as "Projektor": in brackets stands the customary English word. */
static void practice_put_plain(struct sbuf *out, struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        size_t end = i + 2;
        if (value.len - i > 3 && memcmp(value.data + i, " (", 2) == 0 &&
            isupper((unsigned char)value.data[end])) {
            while (end < value.len && (isalpha((unsigned char)value.data[end]) ||
                                       value.data[end] == ' ' || value.data[end] == '-')) {
                end++;
            }
            if (end < value.len && value.data[end] == ')') {
                i = end;
                continue;
            }
        }
        sbuf_putc(out, value.data[i]);
    }
}

/* "Label: value" */
static bool practice_is_pair(struct span line, struct span *ret_label, struct span *ret_value)
{
    for (size_t i = 0; i + 2 < line.len; i++) {
        if (line.data[i] == '|' || line.data[i] == '#') {
            return false;
        }
        if (line.data[i] == ':') {
            *ret_label = (struct span){line.data, i};
            *ret_value = (struct span){line.data + i + 2, line.len - i - 2};
            return i > 0 && line.data[i + 1] == ' ';
        }
    }
    return false;
}

static void practice_take_facts(struct practice_facts *facts, struct span block)
{
    struct span line, label, value;
    while (practice_cut(&block, "\n", &line)) {
        for (size_t i = 0; i < PRACTICE_FACTS && practice_is_pair(line, &label, &value); i++) {
            if (span_is(label, facts->language->labels[i])) {
                sbuf_clear(&facts->values[i]);
                practice_put_plain(&facts->values[i], value);
            }
        }
    }
}

/* The first block of more than one pair after the facts: what the agent wants looked at. */
static void practice_take_focus(struct practice_facts *facts, struct span block)
{
    struct sbuf focus;
    struct span line, label, value;
    size_t count = 0;
    sbuf_init(&focus, PRACTICE_FACT_BYTES_MAX);
    while (practice_cut(&block, "\n", &line)) {
        if (practice_is_pair(line, &label, &value)) {
            struct sbuf plain;
            sbuf_init(&plain, PRACTICE_FACT_BYTES_MAX);
            practice_put_plain(&plain, value);
            char name[200];
            (void)snprintf(name, sizeof(name), "%.*s", (int)label.len, label.data);
            sbuf_puts(&focus, count++ > 0 ? " " : "");
            const char *form = facts->language->focus, *first = strstr(form, "%s");
            const char *second = strstr(first + 2, "%s");
            sbuf_append(&focus, form, (size_t)(first - form));
            sbuf_puts(&focus, name);
            sbuf_append(&focus, first + 2, (size_t)(second - first) - 2);
            sbuf_puts(&focus, plain.data);
            sbuf_puts(&focus, second + 2);
            sbuf_fini(&plain);
        }
    }
    if (count > 1 && facts->focus.len == 0) {
        sbuf_span(&facts->focus, sbuf_as_span(&focus));
    }
    sbuf_fini(&focus);
}

static void practice_take_context(struct practice_facts *facts, struct span block)
{
    struct span line;
    while (practice_cut(&block, "\n", &line)) {
        size_t skip = practice_begins(line, "| ") ? 2 : practice_begins(line, "|") ? 1 : 0;
        sbuf_puts(&facts->context, facts->context.len > 0 ? " " : "");
        sbuf_append(&facts->context, line.data + skip, line.len - skip);
    }
    if (facts->context.len > PRACTICE_CONTEXT_BYTES) {
        struct span all = {facts->context.data, PRACTICE_CONTEXT_BYTES};
        struct sbuf cut;
        sbuf_init(&cut, PRACTICE_FACT_BYTES_MAX);
        sbuf_append(&cut, all.data, span_utf8_len(all));
        sbuf_puts(&cut, " …");
        sbuf_fini(&facts->context);
        facts->context = cut;
    }
}

static void practice_read_message(struct practice_facts *facts, struct span text)
{
    struct span block;
    while (practice_cut(&text, "\n\n", &block)) {
        for (size_t i = 0; facts->language == NULL && i < PRACTICE_LANGUAGES; i++) {
            size_t len = strlen(practice_languages[i].labels[0]);
            if (practice_begins(block, practice_languages[i].labels[0]) && block.len > len + 1 &&
                block.data[len] == ':') {
                facts->language = &practice_languages[i];
                practice_take_facts(facts, block);
                block = (struct span){0};
            }
        }
        if (facts->language != NULL && practice_begins(block, "|")) {
            practice_take_context(facts, block);
        } else if (facts->language != NULL) {
            practice_take_focus(facts, block);
        }
    }
}

/* What {name} stands for; NULL when for nothing. */
static const struct sbuf *practice_value(const struct practice_facts *facts, struct span name)
{
    for (size_t i = 0; i < PRACTICE_FACTS; i++) {
        if (span_is(name, practice_fact_names[i])) {
            return &facts->values[i];
        }
    }
    return span_is(name, "focus")     ? &facts->focus
           : span_is(name, "context") ? &facts->context
                                      : NULL;
}

static void practice_fill(const struct practice_facts *facts, const char *part, struct sbuf *out)
{
    struct span rest = span_of(part), piece, name;
    while (practice_cut(&rest, "{", &piece)) {
        sbuf_span(out, piece);
        const struct sbuf *value =
            practice_cut(&rest, "}", &name) ? practice_value(facts, name) : NULL;
        if (value != NULL) {
            sbuf_puts(out, value->len > 0 ? value->data : "–");
        }
    }
}

struct practice_headings {
    struct span items[PRACTICE_HEADINGS_MAX];
    size_t count;
};

static void practice_read_headings(struct practice_headings *headings, struct span text,
                                   bool is_numbered)
{
    struct span line;
    while (practice_cut(&text, "\n", &line) && headings->count < PRACTICE_HEADINGS_MAX) {
        bool is_part = line.len > 5 && practice_begins(line, "## ") &&
                       isdigit((unsigned char)line.data[3]) && line.data[4] == '.';
        if (is_numbered ? is_part : line.len > 2 && line.data[0] == '#') {
            headings->items[headings->count++] = line;
        }
    }
}

static void practice_write_parts(const struct practice_facts *facts,
                                 const struct practice_headings *headings, struct sbuf *out)
{
    for (size_t i = 0; i < PRACTICE_PARTS; i++) {
        sbuf_puts(out, i > 0 ? "\n\n" : "");
        if (i < headings->count) {
            sbuf_span(out, headings->items[i]);
            sbuf_puts(out, "\n\n");
        }
        practice_fill(facts, facts->language->parts[i], out);
    }
}

static void practice_write_plain(bool is_german, const struct practice_headings *headings,
                                 struct sbuf *out)
{
    const char *plain = practice_languages[is_german ? 0 : 1].plain;
    for (size_t i = 0; i < headings->count; i++) {
        sbuf_puts(out, i > 0 ? "\n\n" : "");
        sbuf_span(out, headings->items[i]);
        sbuf_puts(out, "\n\n");
        sbuf_puts(out, plain);
    }
    if (headings->count == 0) {
        sbuf_puts(out, plain);
    }
}

void practice_write(struct json_object *messages, struct sbuf *out)
{
    struct practice_facts facts = {0};
    struct practice_headings parts = {0}, any = {0};
    bool is_german = false;
    for (size_t i = 0; i < PRACTICE_FACTS; i++) {
        sbuf_init(&facts.values[i], PRACTICE_FACT_BYTES_MAX);
    }
    sbuf_init(&facts.focus, PRACTICE_FACT_BYTES_MAX);
    sbuf_init(&facts.context, PRACTICE_FACT_BYTES_MAX);
    size_t count =
        json_object_is_type(messages, json_type_array) ? json_object_array_length(messages) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *message = json_object_array_get_idx(messages, i);
        struct span role, text;
        if (!json_get_text(message, "role", &role) || !json_get_text(message, "content", &text)) {
            continue;
        }
        if (span_is(role, "system")) {
            practice_read_headings(&parts, text, true);
            is_german = is_german || memmem(text.data, text.len, " und ", 5) != NULL ||
                        memmem(text.data, text.len, " die ", 5) != NULL;
        } else if (span_is(role, "user") && facts.language == NULL) {
            practice_read_message(&facts, text);
        }
        if (!span_is(role, "assistant")) {
            practice_read_headings(&any, text, false);
        }
    }
    if (facts.language != NULL) {
        practice_write_parts(&facts, &parts, out);
    } else {
        practice_write_plain(is_german, &any, out);
    }
    for (size_t i = 0; i < PRACTICE_FACTS; i++) {
        sbuf_fini(&facts.values[i]);
    }
    sbuf_fini(&facts.focus);
    sbuf_fini(&facts.context);
}
