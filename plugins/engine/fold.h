/* Text as plain words, so that a phrase is found however it is spelled: lower case, umlauts
 * and sharp s as two letters, accents and apostrophes gone. */
#ifndef ENGINE_FOLD_H
#define ENGINE_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/span.h"

struct arena;

/* Stands between two words where a sentence or a line ends. */
#define FOLD_BREAK "."

struct folded {
    const struct span *words;
    const bool *follows_comma; /* of each word */
    size_t count;
};

/* Folds a well-formed UTF-8 text; the words live in arena. False when arena is full. */
bool fold_text(struct arena *arena, struct span text, struct folded *ret_folded) ATTR_MUST_CHECK;

/* True when both texts fold to the same words: "Einfühlsam" and "einfuehlsam". */
bool fold_is_same(struct arena *arena, struct span a, struct span b);

#endif
