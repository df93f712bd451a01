/* Holds a place's path against what there can be. */
#include <stdio.h>

#include "core/json.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "engine/template-private.h"

#define NAMES_MAX 64        /* of fields that an error may be near to */
#define NAMES_BYTES_MAX 200 /* of fields that an error lists */

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

bool template_is_of_type(struct json_object *schema, const char *type)
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
static bool fail_unknown(struct template_parser *parser, const struct template_place *place,
                         const char *lacks, struct json_object *schema, struct span name)
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
    (void)template_fail(parser, place->start, "{{%.*s}}: %s '%s'%s%s%s",
                        template_shown(place->inner), place->inner.data, lacks, word,
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
static struct json_object *follow(struct template_parser *parser,
                                  const struct template_place *place, const char *lacks,
                                  struct json_object *schema, struct span path)
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
static struct json_object *find_root(struct template_parser *parser,
                                     const struct template_place *place, struct span path,
                                     struct template_part *part, const char **ret_lacks)
{
    struct span first = {NULL, 0};
    part->text = path;
    (void)template_next_name(&part->text, &first);
    if (span_is(first, "this")) {
        if (parser->each == NULL) {
            (void)template_fail(parser, place->start, "{{%.*s}} stands outside of {{#each …}}",
                                template_shown(place->inner), place->inner.data);
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
            (void)template_fail(parser, place->start, "{{%.*s}}: %s", template_shown(place->inner),
                                place->inner.data, root->why_none);
            return NULL;
        }
        part->root = i;
        part->is_foreign = root->is_foreign;
        *ret_lacks = root->lacks;
        return root->schema;
    }
    (void)template_fail(parser, place->start,
                        "{{%.*s}} stands for nothing here; places begin with %s%s%s%s",
                        template_shown(place->inner), place->inner.data, parser->roots[0].name,
                        parser->roots_count > 1 ? ", " : "",
                        parser->roots_count > 1 ? parser->roots[1].name : "", ", #each or this");
    return NULL;
}

struct json_object *template_resolve(struct template_parser *parser,
                                     const struct template_place *place, struct span path,
                                     struct template_part *part)
{
    if (!is_path(path)) {
        (void)template_fail(
            parser, place->start,
            "{{%.*s}} is no place; there are {{chart.…}}, {{job.…}}, {{#each …}}, {{this}} "
            "and {{/each}}",
            template_shown(place->inner), place->inner.data);
        return NULL;
    }
    const char *lacks = NULL;
    struct json_object *schema = find_root(parser, place, path, part, &lacks);
    return schema != NULL ? follow(parser, place, lacks, schema, part->text) : NULL;
}
