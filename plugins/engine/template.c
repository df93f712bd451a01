/* Reads templates: finds their places and parts them from the text between. */
#include "engine/template.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/json.h"
#include "engine/template-private.h"

#define SHOWN_BYTES_MAX 60 /* of a place that an error quotes */

static unsigned line_of(const struct template_parser *parser, size_t at)
{
    unsigned line = 1;
    for (size_t i = 0; i < at; i++) {
        line += parser->text.data[i] == '\n';
    }
    return line;
}

bool template_fail(struct template_parser *parser, size_t at, const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return err_set(parser->err, ERR_INVALID, "%s:%u: %s", parser->name, line_of(parser, at), text);
}

int template_shown(struct span inner)
{
    struct span cut = {inner.data, inner.len < SHOWN_BYTES_MAX ? inner.len : SHOWN_BYTES_MAX};
    return (int)span_utf8_len(cut);
}

/* --- finding places ---------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Only blanks between a place and both ends of its line. */
static bool stands_alone(struct span text, size_t start, size_t end)
{
    while (start > 0 && is_blank(text.data[start - 1])) {
        start--;
    }
    while (end < text.len && is_blank(text.data[end])) {
        end++;
    }
    return (start == 0 || text.data[start - 1] == '\n') &&
           (end == text.len || text.data[end] == '\n');
}

static struct span trim(struct span text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* The next place: 1, 0 when there is none, −1 after an error. */
static int find_place(struct template_parser *parser, struct template_place *ret_place)
{
    struct span rest = {parser->text.data + parser->at, parser->text.len - parser->at};
    const char *open = rest.len > 0 ? memmem(rest.data, rest.len, "{{", 2) : NULL;
    if (open == NULL) {
        return 0;
    }
    size_t start = (size_t)(open - parser->text.data);
    size_t inner = start + 2, end = inner;
    while (end < parser->text.len && parser->text.data[end] != '\n' &&
           parser->text.data[end] != '}') {
        end++;
    }
    bool is_closed = end + 1 < parser->text.len && memcmp(parser->text.data + end, "}}", 2) == 0;
    if (!is_closed) {
        (void)template_fail(parser, start, "'{{' is not closed by '}}' on its line");
        return -1;
    }
    *ret_place = (struct template_place){
        .start = start,
        .end = end + 2,
        .inner = trim((struct span){parser->text.data + inner, end - inner}),
        .is_alone = stands_alone(parser->text, start, end + 2),
    };
    return 1;
}

/* --- parts ------------------------------------------------------------------- */

static bool add_part(struct template_parser *parser, struct template_part part)
{
    if (parser->count == parser->parts_max) {
        return template_fail(parser, parser->at, "more than %d places in one text",
                             TEMPLATE_PLACES_MAX);
    }
    parser->parts[parser->count++] = part;
    return true;
}

/* The text up to a place; the line on which {{#each}} or {{/each}} stands alone goes with it. */
static bool add_text(struct template_parser *parser, size_t end, bool takes_line)
{
    size_t start = parser->at;
    while (takes_line && end > start && is_blank(parser->text.data[end - 1])) {
        end--;
    }
    if (end == start) {
        return true;
    }
    return add_part(parser, (struct template_part){
                                .kind = TEMPLATE_TEXT,
                                .text = {parser->text.data + start, end - start},
                            });
}

static void step_over(struct template_parser *parser, const struct template_place *place,
                      bool takes_line)
{
    parser->at = place->end;
    while (takes_line && parser->at < parser->text.len && is_blank(parser->text.data[parser->at])) {
        parser->at++;
    }
    if (takes_line && parser->at < parser->text.len) {
        parser->at++; /* its end */
    }
}

static bool add_value(struct template_parser *parser, const struct template_place *place)
{
    struct template_part part = {.kind = TEMPLATE_VALUE, .is_alone = place->is_alone};
    struct json_object *schema = template_resolve(parser, place, place->inner, &part);
    if (schema == NULL) {
        return false;
    }
    struct json_object *items = json_get(schema, "items");
    const char *path = place->inner.data;
    int len = (int)place->inner.len;
    if (template_is_of_type(schema, "object")) {
        return template_fail(
            parser, place->start, "{{%.*s}} has fields: name one of them, {{%.*s.…}}",
            template_shown(place->inner), path, template_shown(place->inner), path);
    }
    if (items != NULL &&
        (template_is_of_type(items, "object") || template_is_of_type(items, "array"))) {
        return template_fail(
            parser, place->start,
            "{{%.*s}} is a list of what has fields: put {{#each %.*s}} around {{this.…}}",
            template_shown(place->inner), path, len < SHOWN_BYTES_MAX ? len : SHOWN_BYTES_MAX,
            path);
    }
    return add_text(parser, place->start, false) && add_part(parser, part);
}

static bool open_each(struct template_parser *parser, const struct template_place *place)
{
    static const char word[] = "#each";
    struct span path = {place->inner.data + sizeof(word) - 1, place->inner.len - sizeof(word) + 1};
    struct template_part part = {.kind = TEMPLATE_EACH};
    if (parser->each != NULL) {
        return template_fail(parser, place->start,
                             "{{#each}} inside of another, which begins in line %u",
                             line_of(parser, parser->each_at));
    }
    struct json_object *schema = template_resolve(parser, place, trim(path), &part);
    if (schema == NULL) {
        return false;
    }
    parser->each_schema = json_get(schema, "items");
    if (parser->each_schema == NULL) {
        return template_fail(parser, place->start, "{{%.*s}}: is no list",
                             template_shown(place->inner), place->inner.data);
    }
    if (!add_text(parser, place->start, place->is_alone) || !add_part(parser, part)) {
        return false;
    }
    parser->each = &parser->parts[parser->count - 1];
    parser->each_at = place->start;
    return true;
}

static bool close_each(struct template_parser *parser, const struct template_place *place)
{
    if (parser->each == NULL) {
        return template_fail(parser, place->start, "{{/each}} without {{#each …}} before it");
    }
    if (!add_text(parser, place->start, place->is_alone)) {
        return false;
    }
    size_t opened = (size_t)(parser->each - parser->parts);
    parser->each->body_count = parser->count - opened - 1;
    parser->each = NULL;
    return true;
}

static bool take_place(struct template_parser *parser, const struct template_place *place)
{
    struct span inner = place->inner;
    bool is_each = inner.len > 5 && memcmp(inner.data, "#each", 5) == 0 && is_blank(inner.data[5]);
    bool is_end = span_is(inner, "/each");
    bool is_taken = is_each  ? open_each(parser, place)
                    : is_end ? close_each(parser, place)
                             : add_value(parser, place);
    step_over(parser, place, (is_each || is_end) && place->is_alone);
    return is_taken;
}

static bool parse(struct template_parser *parser)
{
    struct template_place place;
    int found;
    while ((found = find_place(parser, &place)) > 0) {
        if (!take_place(parser, &place)) {
            return false;
        }
    }
    if (found == 0 && parser->each != NULL) {
        return template_fail(parser, parser->each_at, "{{#each …}} is not closed by {{/each}}");
    }
    return found == 0 && add_text(parser, parser->text.len, false);
}

/* A place brings at most the text before it and itself. */
static size_t count_parts_max(struct span text)
{
    size_t places = 0;
    for (size_t i = 0; i + 1 < text.len; i++) {
        places += text.data[i] == '{' && text.data[i + 1] == '{';
    }
    return 2 * (places < TEMPLATE_PLACES_MAX ? places : TEMPLATE_PLACES_MAX) + 1;
}

bool template_parse(struct arena *arena, const char *name, struct span text,
                    const struct template_root *roots, size_t roots_count,
                    struct template_parts *ret_template, struct err *err)
{
    if (text.len > TEMPLATE_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "%s: %zu bytes are over %u", name, text.len,
                       TEMPLATE_BYTES_MAX);
    }
    struct template_parser parser = {
        .name = name,
        .text = text,
        .roots = roots,
        .roots_count = roots_count,
        .parts_max = count_parts_max(text),
        .err = err,
    };
    parser.parts = arena_alloc(arena, parser.parts_max * sizeof(*parser.parts));
    if (parser.parts == NULL) {
        return err_set(err, ERR_LIMIT, "%s: out of memory", name);
    }
    if (!parse(&parser)) {
        return false;
    }
    *ret_template = (struct template_parts){parser.parts, parser.count};
    return true;
}
