/* Reads templates and holds every place against what there can be. */
#include "engine/template.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/json.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "engine/template-private.h"

#define NAMES_MAX 64        /* of fields that an error may be near to */
#define NAMES_BYTES_MAX 200 /* of fields that an error lists */
#define SHOWN_BYTES_MAX 60  /* of a place that an error quotes */

struct parser {
    const char *name;
    struct span text;
    const struct template_root *roots;
    size_t roots_count;
    struct template_part *parts;
    size_t count, parts_max;
    size_t at; /* everything before is in parts */
    struct template_part *each;
    size_t each_at;                  /* where its place begins */
    struct json_object *each_schema; /* of one element */
    struct err *err;
};

/* One {{…}}. */
struct place {
    size_t start, end; /* in the text, braces included */
    struct span inner; /* trimmed */
    bool is_alone;
};

static unsigned line_of(const struct parser *parser, size_t at)
{
    unsigned line = 1;
    for (size_t i = 0; i < at; i++) {
        line += parser->text.data[i] == '\n';
    }
    return line;
}

static bool fail(struct parser *parser, size_t at, const char *fmt, ...) ATTR_PRINTF(3, 4);

/* Fails with "name:line: text"; always false. */
static bool fail(struct parser *parser, size_t at, const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return err_set(parser->err, ERR_INVALID, "%s:%u: %s", parser->name, line_of(parser, at), text);
}

/* As much of a place's inside as an error shows. */
static int shown(struct span inner)
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
static int find_place(struct parser *parser, struct place *ret_place)
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
        (void)fail(parser, start, "'{{' is not closed by '}}' on its line");
        return -1;
    }
    *ret_place = (struct place){
        .start = start,
        .end = end + 2,
        .inner = trim((struct span){parser->text.data + inner, end - inner}),
        .is_alone = stands_alone(parser->text, start, end + 2),
    };
    return 1;
}

/* --- what a path can be ------------------------------------------------------- */

bool template_next_name(struct span *path, struct span *ret_name)
{
    if (path->len == 0) {
        return false;
    }
    const char *dot = memchr(path->data, '.', path->len);
    size_t len = dot != NULL ? (size_t)(dot - path->data) : path->len;
    size_t used = dot != NULL ? len + 1 : len;
    *ret_name = (struct span){path->data, len};
    *path = (struct span){path->data + used, path->len - used};
    return true;
}

static bool is_of_type(struct json_object *schema, const char *type)
{
    struct span own = {0};
    return json_get_text(schema, "type", &own) && span_is(own, type);
}

/* The field of that name, or NULL. */
static struct json_object *schema_field(struct json_object *schema, struct span name)
{
    char key[TEMPLATE_PATH_BYTES_MAX + 1];
    (void)snprintf(key, sizeof(key), "%.*s", (int)name.len, name.data);
    return json_get(json_get(schema, "properties"), key);
}

/* "'tpye'; perhaps 'type'", or what there is instead. */
static bool fail_unknown(struct parser *parser, const struct place *place, const char *lacks,
                         struct json_object *schema, struct span name)
{
    char word[TEMPLATE_PATH_BYTES_MAX + 1];
    const char *names[NAMES_MAX];
    size_t count = 0;
    struct sbuf list;
    struct json_object *fields = json_get(schema, "properties");
    (void)snprintf(word, sizeof(word), "%.*s", (int)name.len, name.data);
    sbuf_init(&list, NAMES_BYTES_MAX);
    if (fields != NULL) {
        json_object_object_foreach(fields, field, ignored)
        {
            (void)ignored;
            sbuf_printf(&list, "%s%s", count > 0 ? ", " : "", field);
            if (count < NAMES_MAX) {
                names[count++] = field;
            }
        }
    }
    const char *nearest = options_nearest(word, names, count);
    bool is_listed = !list.is_failed && count > 0;
    (void)fail(parser, place->start, "{{%.*s}}: %s '%s'%s%s%s", shown(place->inner),
               place->inner.data, lacks, word,
               nearest != NULL ? "; perhaps '"
               : is_listed     ? "; it has "
                               : "",
               nearest != NULL ? nearest
               : is_listed     ? list.data
                               : "",
               nearest != NULL ? "'" : "");
    sbuf_fini(&list);
    return false;
}

/* Follows path from schema. NULL after an error. */
static struct json_object *follow(struct parser *parser, const struct place *place,
                                  const char *lacks, struct json_object *schema, struct span path)
{
    struct span name;
    while (template_next_name(&path, &name)) {
        struct json_object *field = schema_field(schema, name);
        if (field == NULL) {
            (void)fail_unknown(parser, place, lacks, schema, name);
            return NULL;
        }
        schema = field;
    }
    return schema;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* Names parted by single dots. */
static bool is_path(struct span path)
{
    bool is_open = true; /* a name must follow */
    for (size_t i = 0; i < path.len; i++) {
        bool is_dot = path.data[i] == '.';
        if (!is_name_char(path.data[i]) && (!is_dot || is_open)) {
            return false;
        }
        is_open = is_dot;
    }
    return !is_open && path.len <= TEMPLATE_PATH_BYTES_MAX;
}

/* Where a path begins; fills the part's root and the rest of the path. NULL after an error. */
static struct json_object *find_root(struct parser *parser, const struct place *place,
                                     struct span path, struct template_part *part,
                                     const char **ret_lacks)
{
    struct span first = {NULL, 0};
    part->text = path;
    (void)template_next_name(&part->text, &first);
    if (span_is(first, "this")) {
        if (parser->each == NULL) {
            (void)fail(parser, place->start, "{{%.*s}} stands outside of {{#each …}}",
                       shown(place->inner), place->inner.data);
            return NULL;
        }
        part->root = TEMPLATE_ELEMENT;
        part->is_foreign = parser->each->is_foreign;
        *ret_lacks = "an element has no";
        return parser->each_schema;
    }
    for (size_t i = 0; i < parser->roots_count; i++) {
        const struct template_root *root = &parser->roots[i];
        if (!span_is(first, root->name)) {
            continue;
        }
        if (root->schema == NULL) {
            (void)fail(parser, place->start, "{{%.*s}}: %s", shown(place->inner), place->inner.data,
                       root->why_none);
            return NULL;
        }
        part->root = i;
        part->is_foreign = root->is_foreign;
        *ret_lacks = root->lacks;
        return root->schema;
    }
    (void)fail(parser, place->start, "{{%.*s}} stands for nothing here; places begin with %s%s%s%s",
               shown(place->inner), place->inner.data, parser->roots[0].name,
               parser->roots_count > 1 ? ", " : "",
               parser->roots_count > 1 ? parser->roots[1].name : "", ", #each or this");
    return NULL;
}

/* The schema of a place's path. NULL after an error. */
static struct json_object *resolve(struct parser *parser, const struct place *place,
                                   struct span path, struct template_part *part)
{
    if (!is_path(path)) {
        (void)fail(parser, place->start,
                   "{{%.*s}} is no place; there are {{chart.…}}, {{job.…}}, {{#each …}}, {{this}} "
                   "and {{/each}}",
                   shown(place->inner), place->inner.data);
        return NULL;
    }
    const char *lacks = NULL;
    struct json_object *schema = find_root(parser, place, path, part, &lacks);
    return schema != NULL ? follow(parser, place, lacks, schema, part->text) : NULL;
}

/* --- parts ------------------------------------------------------------------- */

static bool add_part(struct parser *parser, struct template_part part)
{
    if (parser->count == parser->parts_max) {
        return fail(parser, parser->at, "more than %d places in one text", TEMPLATE_PLACES_MAX);
    }
    parser->parts[parser->count++] = part;
    return true;
}

/* The text up to a place; the line on which {{#each}} or {{/each}} stands alone goes with it. */
static bool add_text(struct parser *parser, size_t end, bool takes_line)
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

static void step_over(struct parser *parser, const struct place *place, bool takes_line)
{
    parser->at = place->end;
    while (takes_line && parser->at < parser->text.len && is_blank(parser->text.data[parser->at])) {
        parser->at++;
    }
    if (takes_line && parser->at < parser->text.len) {
        parser->at++; /* its end */
    }
}

static bool add_value(struct parser *parser, const struct place *place)
{
    struct template_part part = {.kind = TEMPLATE_VALUE, .is_alone = place->is_alone};
    struct json_object *schema = resolve(parser, place, place->inner, &part);
    if (schema == NULL) {
        return false;
    }
    struct json_object *items = json_get(schema, "items");
    const char *path = place->inner.data;
    int len = (int)place->inner.len;
    if (is_of_type(schema, "object")) {
        return fail(parser, place->start, "{{%.*s}} has fields: name one of them, {{%.*s.…}}",
                    shown(place->inner), path, shown(place->inner), path);
    }
    if (items != NULL && (is_of_type(items, "object") || is_of_type(items, "array"))) {
        return fail(parser, place->start,
                    "{{%.*s}} is a list of what has fields: put {{#each %.*s}} around {{this.…}}",
                    shown(place->inner), path, len < SHOWN_BYTES_MAX ? len : SHOWN_BYTES_MAX, path);
    }
    return add_text(parser, place->start, false) && add_part(parser, part);
}

static bool open_each(struct parser *parser, const struct place *place)
{
    static const char word[] = "#each";
    struct span path = {place->inner.data + sizeof(word) - 1, place->inner.len - sizeof(word) + 1};
    struct template_part part = {.kind = TEMPLATE_EACH};
    if (parser->each != NULL) {
        return fail(parser, place->start, "{{#each}} inside of another, which begins in line %u",
                    line_of(parser, parser->each_at));
    }
    struct json_object *schema = resolve(parser, place, trim(path), &part);
    if (schema == NULL) {
        return false;
    }
    parser->each_schema = json_get(schema, "items");
    if (parser->each_schema == NULL) {
        return fail(parser, place->start, "{{%.*s}}: is no list", shown(place->inner),
                    place->inner.data);
    }
    if (!add_text(parser, place->start, place->is_alone) || !add_part(parser, part)) {
        return false;
    }
    parser->each = &parser->parts[parser->count - 1];
    parser->each_at = place->start;
    return true;
}

static bool close_each(struct parser *parser, const struct place *place)
{
    if (parser->each == NULL) {
        return fail(parser, place->start, "{{/each}} without {{#each …}} before it");
    }
    if (!add_text(parser, place->start, place->is_alone)) {
        return false;
    }
    size_t opened = (size_t)(parser->each - parser->parts);
    parser->each->body_count = parser->count - opened - 1;
    parser->each = NULL;
    return true;
}

static bool take_place(struct parser *parser, const struct place *place)
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

static bool parse(struct parser *parser)
{
    struct place place;
    int found;
    while ((found = find_place(parser, &place)) > 0) {
        if (!take_place(parser, &place)) {
            return false;
        }
    }
    if (found == 0 && parser->each != NULL) {
        return fail(parser, parser->each_at, "{{#each …}} is not closed by {{/each}}");
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
    struct parser parser = {
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
