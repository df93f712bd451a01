/* The nearest of some names to a mistyped word. */
#include <stdint.h>
#include <string.h>

#include "core/options.h"

#define NEAREST_WORD_BYTES_MAX 64

static size_t nearest_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance where swapping two neighbours is one edit; both at most
 * NEAREST_WORD_BYTES_MAX long. */
static size_t nearest_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NEAREST_WORD_BYTES_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++) {
        above[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t cost = a[i - 1] != b[j - 1];
            row[j] = nearest_least(above[j - 1] + cost, nearest_least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = nearest_least(row[j], before[j - 2] + 1);
            }
        }
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[b_len];
}

const char *options_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t word_len = strlen(word);
    if (word_len > NEAREST_WORD_BYTES_MAX) {
        return NULL;
    }
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(candidates[i]);
        if (len > NEAREST_WORD_BYTES_MAX) {
            continue;
        }
        size_t distance = nearest_distance(word, word_len, candidates[i], len);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidates[i];
        }
    }
    return best != NULL && best_distance <= (word_len > 3 ? word_len / 3 : 1) ? best : NULL;
}
