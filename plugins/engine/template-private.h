/* What reading a template, judging its places and filling it share. */
#ifndef ENGINE_TEMPLATE_PRIVATE_H
#define ENGINE_TEMPLATE_PRIVATE_H

#include "engine/template.h"

#define TEMPLATE_ELEMENT TEMPLATE_ROOTS_MAX /* as root: the element of {{#each}} */

enum template_kind { TEMPLATE_TEXT, TEMPLATE_VALUE, TEMPLATE_EACH };

struct template_part {
    enum template_kind kind;
    struct span text; /* as it stands; else the path without its root: "", "name", "a.b" */
    size_t root;      /* which value the path begins at */
    bool is_foreign;
    bool is_alone;     /* nothing else stands on its line */
    size_t body_count; /* of EACH: as many parts after this one are its body */
};

/* A text being read (template.c). */
struct template_parser {
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
struct template_place {
    size_t start, end; /* in the text, braces included */
    struct span inner; /* trimmed */
    bool is_alone;
};

/* Fails with "name:line: text"; always false. */
bool template_fail(struct template_parser *parser, size_t at, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* As many bytes of a place's inside as an error shows. */
int template_shown(struct span inner);

/* Fills the part's path and gives the schema of what is there; NULL after an error
 * (template_path.c). */
struct json_object *template_resolve(struct template_parser *parser,
                                     const struct template_place *place, struct span path,
                                     struct template_part *part);
bool template_is_of_type(struct json_object *schema, const char *type);

/* Cuts the first name off a path. False when the path is empty. */
bool template_next_name(struct span *path, struct span *ret_name);

#endif
