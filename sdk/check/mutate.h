/* Answers as no model should give them, made from one that a model gave. */
#ifndef CHECK_MUTATE_H
#define CHECK_MUTATE_H

#include <stdint.h>

#include "core/sbuf.h"

/* The same seed gives the same answers. Appends at most bytes_max. */
void mutate(uint64_t *state, struct span answer, size_t bytes_max, struct sbuf *out);

#endif
