/* Patterns of a manifest's `inputs`: anchored, without alternatives, matched in linear time. */
#ifndef AGENT_PATTERN_H
#define AGENT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/span.h"

#define PATTERN_BYTES_MAX 256
#define PATTERN_REPEAT_MAX 256

/* Some characters, and how often one of them comes in a row. */
struct pattern_atom {
    uint64_t ascii[2];    /* bit c: takes the character c */
    uint32_t other;       /* a character beyond ASCII, or 0 */
    bool takes_others;    /* all beyond ASCII */
    uint16_t least, most; /* at most PATTERN_REPEAT_MAX */
};

struct pattern {
    size_t count;
    struct pattern_atom atoms[PATTERN_BYTES_MAX];
};

/* Reads ^…$ made of literals, [classes] and \d, each with {m}, {m,n} up to 256 or ?. Else
 * *ret_reason says what is not allowed and *ret_at where, and *ret_pattern is undefined. [any] */
bool pattern_read(struct span text, struct pattern *ret_pattern, size_t *ret_at,
                  const char **ret_reason) ATTR_MUST_CHECK;

/* True when the whole text, well-formed UTF-8, matches. Takes at most some hundred steps a
 * character, and stops at the first that cannot be. [any] */
bool pattern_matches(const struct pattern *pattern, struct span text);

/* The character at text[at], and how many bytes it has; text is well-formed UTF-8. [any] */
size_t pattern_decode(struct span text, size_t at, uint32_t *ret_char);

#endif
