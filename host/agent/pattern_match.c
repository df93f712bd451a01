/* Matches a text against a pattern: all ways to stand in it are followed side by side, so there
 * is no going back. */
#include <string.h>

#include "agent/pattern.h"

#define COUNTS_WORDS (PATTERN_REPEAT_MAX / 64 + 1)

/* How often an atom may have been taken so far: bit n says n times. All zero: not reached. */
struct counts {
    uint64_t words[COUNTS_WORDS];
};

/* Reached atoms are some of first … last; the one after the last atom stands for the end. */
struct match {
    const struct pattern *pattern;
    struct counts counts[PATTERN_BYTES_MAX + 1];
    size_t first, last;
};

size_t pattern_decode(struct span text, size_t at, uint32_t *ret_char)
{
    unsigned char lead = (unsigned char)text.data[at];
    size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t c = len == 1 ? lead : lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        c = c << 6 | ((unsigned char)text.data[at + i] & 0x3f);
    }
    *ret_char = c;
    return len;
}

static bool atom_takes(const struct pattern_atom *atom, uint32_t c)
{
    if (c < 0x80) {
        return (atom->ascii[c / 64] >> (c % 64) & 1) != 0;
    }
    return atom->takes_others || atom->other == c;
}

/* Every count one higher; what would be over most falls out. */
static void counts_raise(struct counts *counts, unsigned most)
{
    for (size_t i = COUNTS_WORDS; i-- > 0;) {
        uint64_t carry = i > 0 ? counts->words[i - 1] >> 63 : 0;
        counts->words[i] = counts->words[i] << 1 | carry;
    }
    if ((most + 1) / 64 < COUNTS_WORDS) {
        counts->words[(most + 1) / 64] &= ~(UINT64_C(1) << ((most + 1) % 64));
    }
}

static bool counts_reach(const struct counts *counts, unsigned least)
{
    uint64_t found = counts->words[least / 64] >> (least % 64);
    for (size_t i = least / 64 + 1; i < COUNTS_WORDS; i++) {
        found |= counts->words[i];
    }
    return found != 0;
}

/* From every atom taken often enough, the next one may begin. */
static void match_advance(struct match *match)
{
    for (size_t i = match->first; i <= match->last && i < match->pattern->count; i++) {
        if (counts_reach(&match->counts[i], match->pattern->atoms[i].least)) {
            match->counts[i + 1].words[0] |= 1;
            match->last = i + 1 > match->last ? i + 1 : match->last;
        }
    }
}

/* False when nothing is reached any more. */
static bool match_take(struct match *match, uint32_t c)
{
    for (size_t i = match->first; i <= match->last; i++) {
        bool is_end = i == match->pattern->count;
        if (!is_end && atom_takes(&match->pattern->atoms[i], c)) {
            counts_raise(&match->counts[i], match->pattern->atoms[i].most);
        } else {
            match->counts[i] = (struct counts){{0}};
        }
    }
    while (match->first <= match->last && !counts_reach(&match->counts[match->first], 0)) {
        match->first++;
    }
    return match->first <= match->last;
}

bool pattern_matches(const struct pattern *pattern, struct span text)
{
    struct match match = {.pattern = pattern};
    match.counts[0].words[0] = 1;
    match_advance(&match);
    for (size_t at = 0; at < text.len;) {
        uint32_t c = 0;
        at += pattern_decode(text, at, &c);
        if (!match_take(&match, c)) {
            return false;
        }
        match_advance(&match);
    }
    return counts_reach(&match.counts[pattern->count], 0);
}
