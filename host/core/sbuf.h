/* A growing text with a maximum and a sticky error: append freely, check once at the end. */
#ifndef CORE_SBUF_H
#define CORE_SBUF_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/span.h"

struct sbuf {
    char *data; /* always NUL-terminated; "" before the first append */
    size_t len;
    size_t capacity;
    size_t bytes_max;
    bool is_failed; /* an append passed bytes_max or memory ran out; later appends do nothing */
};

/* Makes an empty text on the caller's memory. Pair with sbuf_fini. [any] */
void sbuf_init(struct sbuf *sbuf, size_t bytes_max);

/* Frees the memory; the sbuf can be initialised again. [any] */
void sbuf_fini(struct sbuf *sbuf);

/* Empties the text and the error, keeps the memory. [any] */
void sbuf_clear(struct sbuf *sbuf);

void sbuf_append(struct sbuf *sbuf, const char *data, size_t len);
void sbuf_puts(struct sbuf *sbuf, const char *text);
void sbuf_putc(struct sbuf *sbuf, char c);
void sbuf_span(struct sbuf *sbuf, struct span text);
void sbuf_printf(struct sbuf *sbuf, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Appends a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, so the
 * result is always valid JSON. [any] */
void sbuf_json_string(struct sbuf *sbuf, struct span text);

/* Drops the first len bytes (len ≤ sbuf->len), moving the rest to the front. [any] */
void sbuf_consume(struct sbuf *sbuf, size_t len);

/* Hands the text to the caller, who frees it with free(); the sbuf is empty afterwards.
 * NULL when an append had failed. [any] */
char *sbuf_steal(struct sbuf *sbuf) ATTR_MUST_CHECK;

static inline struct span sbuf_as_span(const struct sbuf *sbuf)
{
    return (struct span){sbuf->data, sbuf->len};
}

#endif
