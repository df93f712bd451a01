/* Server-sent events: bytes in any portions, whole events out. */
#ifndef MODEL_SSE_H
#define MODEL_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/sbuf.h"
#include "core/span.h"

struct sse {
    struct sbuf line;   /* a line whose end has not arrived */
    struct sbuf data;   /* the data lines of the event being collected */
    bool has_data;      /* a data line was seen, maybe an empty one */
    bool is_line_first; /* of the stream: a byte order mark may stand before it */
    bool is_after_cr;   /* a line feed that comes now belongs to the line already ended */
};

/* The data of one event, lines joined by a line feed; borrowed during the call. False stops
 * the parser: sse_feed returns false at once. */
typedef bool (*sse_event_fn)(struct span data, void *ctx);

/* An empty parser on the caller's memory; a line or an event may have bytes_max. Pair with
 * sse_fini. [any] */
void sse_init(struct sse *sse, size_t bytes_max);
void sse_fini(struct sse *sse);

/* Reads on and calls on_event for each event that became complete. Fields other than data,
 * and comments, are skipped; an event without its final blank line is never given. False: a
 * line or an event was over bytes_max, or on_event said stop; do not feed again. [any] */
bool sse_feed(struct sse *sse, struct span bytes, sse_event_fn on_event, void *ctx) ATTR_MUST_CHECK;

#endif
