/* What reading and filling a template share: its parts. */
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

/* Cuts the first name off a path. False when the path is empty. */
bool template_next_name(struct span *path, struct span *ret_name);

#endif
