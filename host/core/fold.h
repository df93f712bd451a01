/* Characters as they are compared, so that a word is found however it is spelled: lower case,
 * umlauts and sharp s as two letters, accents and apostrophes gone. */
#ifndef CORE_FOLD_H
#define CORE_FOLD_H

#include <stdint.h>

#include "core/span.h"

enum fold_kind {
    FOLD_LETTER,  /* digits too */
    FOLD_DROPPED, /* apostrophes, accents on their own, what cannot be seen */
    FOLD_SPACE,   /* white space and signs between words */
    FOLD_END,     /* where a sentence or a line ends */
};

#define FOLD_DIAERESIS 0x308 /* combining: makes an umlaut of the letter before it */

struct fold_char {
    enum fold_kind kind;
    uint32_t code;   /* the character itself */
    char letters[4]; /* of a letter; never more bytes than it had */
    uint8_t len;
};

/* Cuts one character off a text that is well-formed UTF-8 and not empty. [any] */
void fold_next(struct span *rest, struct fold_char *ret_char);

#endif
