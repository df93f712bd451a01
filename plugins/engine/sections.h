/* Takes an answer apart at its numbered headings. */
#ifndef ENGINE_SECTIONS_H
#define ENGINE_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/span.h"

#define SECTIONS_MAX 64

struct sections {
    struct span preamble;            /* what stands before the first heading, trimmed */
    struct span parts[SECTIONS_MAX]; /* trimmed; borrowed from the answer */
    unsigned seen[SECTIONS_MAX];     /* how often each heading stands there */
    bool is_in_order;
    unsigned unknown; /* the number of a numbered heading that is none of ours; 0 = none */
};

/* Splits text at lines that read like "## 3. Any title", levels one to three, number bold or
 * not. count is the number of parts asked for. A heading that stands twice keeps its last
 * text. [any] */
void sections_split(struct span text, size_t count, struct sections *ret_sections);

#endif
