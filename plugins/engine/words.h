/* The engine's own texts, in German and English; every other language gets the English ones. */
#ifndef ENGINE_WORDS_H
#define ENGINE_WORDS_H

#include <stddef.h>

#include "core/span.h"

struct word {
    const char *key, *text;
};

/* Each ends with a NULL key. */
extern const struct word WORDS_DE[], WORDS_EN[];

/* The table for a language: "de", "de-AT", "en". Never NULL. [any] */
const struct word *words_of(struct span language);

/* The text of group.key: words_get(words, "type", "Projector"); the key itself when there is none:
 * a chart's word may be the customary one. [any] */
struct span words_get(const struct word *words, const char *group, const char *key);

#endif
