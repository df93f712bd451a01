/* The words charts use: the customary ones, and the variants that chart engines write for the
 * same thing. */
#ifndef CHART_WORDS_H
#define CHART_WORDS_H

#include <stdint.h>

#include "chart/mechanics.h"
#include "core/span.h"

/* The customary word: "Manifesting Generator", "Ego Projected", "Split". Never NULL. [any] */
const char *chart_type_word(enum chart_type type);
const char *chart_authority_word(enum chart_authority authority);
const char *chart_definition_word(enum chart_definition definition);
const char *chart_strategy_word(enum chart_type type);
const char *chart_signature_word(enum chart_type type);
const char *chart_not_self_word(enum chart_type type);

/* What a text may mean: a bit per enum value, 0 for an unknown word. Letter case, spaces and
 * punctuation do not matter. Some words mean several values ("Ego" is both Ego Manifested and
 * Ego Projected; "Respond" is the strategy of two types). [any] */
uint32_t chart_type_parse(struct span text);
uint32_t chart_authority_parse(struct span text);
uint32_t chart_definition_parse(struct span text);
/* Bits are of enum chart_type: whose strategy it is. */
uint32_t chart_strategy_parse(struct span text);

#endif
