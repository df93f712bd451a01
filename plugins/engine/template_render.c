/* Fills templates. Texts from outside become quotations: what someone wrote into a job can end
 * neither its line nor its quotation, and passes for no part of the task. */
#include <stdio.h>

#include "core/json.h"
#include "core/sbuf.h"
#include "engine/template-private.h"
#include "engine/text.h"

#define KEY_BYTES (TEMPLATE_PATH_BYTES_MAX + 1)

struct filler {
    struct sbuf *out;
    const struct template_words *words;
    struct json_object *values[TEMPLATE_ROOTS_MAX + 1]; /* the last: the element */
};

static bool is_line_end(uint32_t code)
{
    return code == '\n' || code == '\r' || code == '\v' || code == '\f' || code == 0x85 ||
           code == 0x2028 || code == 0x2029;
}

static bool is_control(uint32_t code)
{
    return (code < ' ' && code != '\t') || (code >= 0x7f && code < 0xa0);
}

/* Every line begins with "| ", whatever characters end lines; control characters are gone. */
static void quote_lines(struct sbuf *out, struct span text)
{
    uint32_t last = 0;
    sbuf_puts(out, "| ");
    for (text = text_trim(text); text.len > 0;) {
        const char *start = text.data;
        uint32_t code = span_next_char(&text);
        if (is_line_end(code) && !(last == '\r' && code == '\n')) {
            sbuf_puts(out, "\n| ");
        } else if (!is_line_end(code) && !is_control(code)) {
            sbuf_append(out, start, (size_t)(text.data - start));
        }
        last = code;
    }
}

/* One line between quotation marks, in which there is none. */
static void quote_inline(struct sbuf *out, struct span text)
{
    sbuf_putc(out, '"');
    for (text = text_trim(text); text.len > 0;) {
        const char *start = text.data;
        uint32_t code = span_next_char(&text);
        if (is_line_end(code)) {
            sbuf_putc(out, ' ');
        } else if (code == '"') {
            sbuf_putc(out, '\'');
        } else if (!is_control(code)) {
            sbuf_append(out, start, (size_t)(text.data - start));
        }
    }
    sbuf_putc(out, '"');
}

static void put_scalar(struct filler *filler, const struct template_part *part, bool is_alone,
                       struct json_object *value)
{
    struct span text;
    switch (json_object_get_type(value)) {
    case json_type_string:
        text =
            (struct span){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
        if (!part->is_foreign) {
            sbuf_span(filler->out, text);
        } else if (is_alone) {
            quote_lines(filler->out, text);
        } else {
            quote_inline(filler->out, text);
        }
        return;
    case json_type_boolean:
        sbuf_span(filler->out,
                  json_object_get_boolean(value) ? filler->words->yes : filler->words->no);
        return;
    case json_type_int:
    case json_type_double:
        json_render(filler->out, value);
        return;
    default:
        sbuf_span(filler->out, filler->words->absent);
    }
}

/* The elements with commas between them. */
static void put_list(struct filler *filler, const struct template_part *part,
                     struct json_object *list)
{
    size_t count = json_object_array_length(list);
    if (count == 0) {
        sbuf_span(filler->out, filler->words->none);
    }
    for (size_t i = 0; i < count && !filler->out->is_failed; i++) {
        sbuf_puts(filler->out, i > 0 ? ", " : "");
        put_scalar(filler, part, false, json_object_array_get_idx(list, i));
    }
}

/* The value at a part's path, or NULL. */
static struct json_object *find_value(const struct filler *filler, const struct template_part *part)
{
    struct json_object *value = filler->values[part->root];
    struct span path = part->text, name;
    while (value != NULL && template_next_name(&path, &name)) {
        char key[KEY_BYTES];
        (void)snprintf(key, sizeof(key), "%.*s", (int)name.len, name.data);
        value = json_get(value, key);
    }
    return value;
}

static void put_value(struct filler *filler, const struct template_part *part)
{
    struct json_object *value = find_value(filler, part);
    if (json_object_is_type(value, json_type_array)) {
        put_list(filler, part, value);
    } else {
        put_scalar(filler, part, part->is_alone, value);
    }
}

static void put_part(struct filler *filler, const struct template_part *part)
{
    if (part->kind == TEMPLATE_TEXT) {
        sbuf_span(filler->out, part->text);
    } else {
        put_value(filler, part);
    }
}

/* The body holds no EACH of its own. */
static void put_each(struct filler *filler, const struct template_part *each)
{
    struct json_object *list = find_value(filler, each);
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count && !filler->out->is_failed; i++) {
        filler->values[TEMPLATE_ELEMENT] = json_object_array_get_idx(list, i);
        for (size_t k = 1; k <= each->body_count; k++) {
            put_part(filler, &each[k]);
        }
    }
}

void template_render(struct sbuf *out, const struct template_parts *template,
                     struct json_object *const values[TEMPLATE_ROOTS_MAX],
                     const struct template_words *words)
{
    struct filler filler = {.out = out, .words = words};
    memcpy(filler.values, values, TEMPLATE_ROOTS_MAX * sizeof(struct json_object *));
    for (size_t i = 0; i < template->count; i++) {
        const struct template_part *part = &template->parts[i];
        if (part->kind == TEMPLATE_EACH) {
            put_each(&filler, part);
            i += part->body_count;
        } else {
            put_part(&filler, part);
        }
    }
}
