/* Where a text begins to be another than was expected. */
#ifndef CHECK_DIFFERENCE_H
#define CHECK_DIFFERENCE_H

#include "core/span.h"

/* What is shown of a line, of that before the place where the texts part. */
#define DIFFERENCE_BYTES_MAX 100
#define DIFFERENCE_BEFORE_BYTES_MAX 40
#define DIFFERENCE_TEXT_BYTES (DIFFERENCE_BYTES_MAX + sizeof("'……'"))

struct difference {
    unsigned line; /* from 1 */
    /* That line from shortly before the place on, quoted: 'I am calm'; or in words, "no more", and
     * "an end of line" where that alone is missing. */
    char expected[DIFFERENCE_TEXT_BYTES], got[DIFFERENCE_TEXT_BYTES];
};

/* The texts differ. */
void difference_find(struct span expected, struct span got, struct difference *ret_difference);

#endif
