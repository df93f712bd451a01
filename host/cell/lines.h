/* Lines out of a stream that nobody can trust: cut when too long, limited in number, the last
 * of them remembered for the report of a crash. */
#ifndef CELL_LINES_H
#define CELL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

#define LINES_BYTES_MAX 1024         /* of one line; the rest of it is dropped */
#define LINES_PER_SECOND 40          /* after that the reader pauses until the second is over */
#define LINES_BYTES_PER_SECOND 16384 /* the reader takes 4 KB at a time */

struct lines {
    char line[LINES_BYTES_MAX];
    size_t len;
    bool is_cut;         /* dropping the rest of a long line */
    char last[160];      /* last line that was not empty, shortened, terminated */
    unsigned lines_left; /* of this second */
    size_t bytes_left;
};

/* A new second begins. [loop] */
void lines_refill(struct lines *lines);

/* Takes the next whole line out of *input, which moves on. False when input is used up; a begun
 * line is kept. Beyond the second's allowance lines are dropped (the last one still counts as
 * the last). The line is valid until the next call. */
bool lines_next(struct lines *lines, struct span *input, struct span *ret_line);

/* True when the second's allowance is spent. */
bool lines_is_spent(const struct lines *lines);

/* The begun last line, at the end of the stream; empty when there is none. */
struct span lines_rest(struct lines *lines);

#endif
