/* A borrowed run of bytes: text that is counted, not terminated. */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *data; /* may be NULL when len is 0 */
    size_t len;
};

#define SPAN_LITERAL(text) ((struct span){(text), sizeof(text) - 1})

static inline struct span span_of(const char *text)
{
    return (struct span){text, text != NULL ? strlen(text) : 0};
}

static inline bool span_equals(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
    return span_equals(a, span_of(text));
}

/* Length of the longest prefix that is well-formed UTF-8. [any] */
size_t span_utf8_len(struct span text);

/* True when the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). [any] */
bool span_is_utf8(struct span text);

/* Cuts one character off a text that is well-formed UTF-8 and not empty. [any] */
uint32_t span_next_char(struct span *rest);

#endif
