/* Tells wording of acute danger — suicide, self-harm, acute violence — from everything else.
 *
 * The wording is data: danger/de.txt and danger/en.txt of the bundle, both used whatever the
 * job's language. In doubt the answer is yes: an unneeded page of help lines harms nobody. */
#ifndef ENGINE_DANGER_H
#define ENGINE_DANGER_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct arena;
struct danger;

/* Reads one file of wording more into *danger (NULL at first). Everything lives in arena.
 * INVALID with name:line for a line that cannot be read. */
bool danger_read(struct arena *arena, const char *name, struct span text, struct danger **danger,
                 struct err *err) ATTR_MUST_CHECK;

/* True when the well-formed UTF-8 text words acute danger. arena is for scratch; when it runs
 * out the answer is yes. */
bool danger_is_worded(const struct danger *danger, struct arena *arena, struct span text);

#endif
