/* Templates: texts with places that a chart and a job's data fill.
 *
 *   {{chart.type}}                      a value
 *   {{#each job.topics}}…{{/each}}      its body once for each element of a list;
 *   {{this}}, {{this.name}}             in there: the element, or a field of it
 *
 * and nothing else. A template is read once, against what there can be, so that a place that could
 * never be filled is found before any job comes. What is put in is not looked at again. */
#ifndef ENGINE_TEMPLATE_H
#define ENGINE_TEMPLATE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct arena;
struct sbuf;

#define TEMPLATE_BYTES_MAX (256u * 1024)
#define TEMPLATE_PLACES_MAX 1000 /* in one template */
#define TEMPLATE_PATH_BYTES_MAX 128
#define TEMPLATE_ROOTS_MAX 2

/* What paths can begin with. */
struct template_root {
    const char *name;           /* "chart" */
    struct json_object *schema; /* what may follow, in the words of inputs; NULL: nothing */
    const char *lacks;          /* how an error begins: "a chart has no" */
    const char *why_none;       /* with schema NULL: why there is nothing */
    bool is_foreign;            /* its texts come from outside and are put in as quotations */
};

struct template_part;

struct template_parts {
    const struct template_part *parts;
    size_t count;
};

/* Words that are put in where there is nothing to put in. */
struct template_words {
    struct span none;   /* for a list without elements */
    struct span absent; /* for a value that is not there */
    struct span yes, no;
};

/* Reads text, which is UTF-8. The template borrows from text and roots; its parts live in arena.
 * INVALID or LIMIT with "name:line: " and what to do instead. [any] */
bool template_parse(struct arena *arena, const char *name, struct span text,
                    const struct template_root *roots, size_t roots_count,
                    struct template_parts *ret_template, struct err *err) ATTR_MUST_CHECK;

/* Appends the template filled with values, one for each root in their order; NULL: all of it is
 * absent. Values that are not as the schema said count as absent. [any] */
void template_render(struct sbuf *out, const struct template_parts *template,
                     struct json_object *const values[TEMPLATE_ROOTS_MAX],
                     const struct template_words *words);

#endif
