/* Bridges between the host interface's texts and our own. */
#ifndef ENGINE_TEXT_H
#define ENGINE_TEXT_H

#include <agenthost/agent.h>

#include "core/span.h"

static inline struct span text_span(struct agenthost_text text)
{
    return (struct span){text.data, text.len};
}

static inline struct agenthost_text text_of(struct span span)
{
    return (struct agenthost_text){span.data, span.len};
}

/* Without the white space at both ends. */
struct span text_trim(struct span text);

/* Cuts the first line off *rest: true and *ret_line without its line end; false at the end. */
bool text_next_line(struct span *rest, struct span *ret_line);

/* The number of characters of a well-formed UTF-8 text. */
size_t text_chars(struct span text);

#endif
