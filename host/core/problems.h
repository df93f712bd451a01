/* Fields that are wrong, collected so that one answer names them all. */
#ifndef CORE_PROBLEMS_H
#define CORE_PROBLEMS_H

#include "core/attr.h"
#include "core/sbuf.h"

#define PROBLEMS_MAX 16 /* kept; more are counted */
#define PROBLEM_FIELD_BYTES_MAX 128
#define PROBLEM_REMEDY_BYTES_MAX 400

struct problems {
    struct sbuf fields;                  /* a JSON array without its end: {field, remedy}, … */
    char field[PROBLEM_FIELD_BYTES_MAX]; /* the first */
    char remedy[PROBLEM_REMEDY_BYTES_MAX];
    unsigned count;
};

/* Pair with problems_fini. [any] */
void problems_init(struct problems *problems);
void problems_fini(struct problems *problems);

/* Adds one: the field's name, what is wrong with it and what to send instead. Longer texts are
 * cut. [any] */
void problems_add(struct problems *problems, const char *field, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

#endif
