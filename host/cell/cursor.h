/* A cursor over one MessagePack value that someone else wrote. Used by the wire's readers
 * only; the cell is as suspicious of the host as the host of the cell. */
#ifndef CELL_CURSOR_H
#define CELL_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

/* The first failure sticks; what is read after it is zero. */
struct cursor {
    const unsigned char *at, *end;
    const char *wrong; /* NULL while all is well */
};

/* Notes what is wrong and skips to the end. [any, child] */
void cursor_fail(struct cursor *cursor, const char *wrong);

/* True and consumed when the next value is nil. */
bool cursor_take_nil(struct cursor *cursor);

/* The next value, which must be of that type and within its bounds. */
bool cursor_bool(struct cursor *cursor);
uint64_t cursor_unsigned(struct cursor *cursor, uint64_t max);
int64_t cursor_signed(struct cursor *cursor, int64_t min, int64_t max);
double cursor_double(struct cursor *cursor);

/* Bytes, borrowed from the payload; nil gives data NULL. */
struct span cursor_bytes(struct cursor *cursor);

/* The length of a list, at most max and at most what the rest of the payload can hold. */
uint32_t cursor_count(struct cursor *cursor, uint32_t max);
/* A list of exactly this length. */
void cursor_expect_count(struct cursor *cursor, uint32_t fields);

#endif
