/* Phrases to look for in folded text.
 *
 * A pattern is one line of words, matched word by word:
 *   word      this word                 a|b|c     one of these
 *   word*     words that begin so       word?     this word or nothing
 *   #         a number                  ..        up to three words in between
 *   ..N       up to N words in between
 * The words in between never run over the end of a sentence, nor over a negation when the
 * caller names such words: "mich .. verletzen" is not found in "mich nicht verletzen". */
#ifndef ENGINE_PHRASE_H
#define ENGINE_PHRASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"
#include "engine/fold.h"

struct arena;

#define PHRASE_STEPS_MAX 16
#define PHRASE_GAP_MAX 12

struct phrase_step; /* one word, or the room between two */

struct phrase {
    const struct phrase_step *steps;
    size_t count;
};

/* Which words a match used: those that stand for a step, not those in between. */
struct phrase_match {
    size_t words[PHRASE_STEPS_MAX];
    size_t count;
};

/* What matches are sought in. */
struct phrase_text {
    struct folded folded;
    const bool *is_taken;          /* of each word: must not be used; NULL = none is */
    const struct phrase *negation; /* single-word pattern; NULL = no word is one */
    bool is_clause_bound;          /* a match must not run past a comma */
};

/* Reads a pattern; its memory and that of its words come from arena. INVALID on a step that
 * cannot be read, LIMIT when there are too many or arena is full. */
bool phrase_parse(struct arena *arena, struct span line, struct phrase *ret_pattern,
                  struct err *err) ATTR_MUST_CHECK;

/* Looks for pattern from word start on. True and *ret_match for the first place. */
bool phrase_find(const struct phrase *pattern, const struct phrase_text *text, size_t start,
                 struct phrase_match *ret_match);

#endif
