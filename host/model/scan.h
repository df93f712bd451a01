/* Strict JSON tokens, read one after the other without building a tree. Everything here fails
 * at the first doubt, and once failed reads nothing more. */
#ifndef MODEL_SCAN_H
#define MODEL_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sbuf.h"
#include "core/span.h"

struct scan {
    const char *at, *end;
    bool is_failed; /* sticky */
};

struct scan_string {
    struct span inside;
    bool has_escapes; /* inside is still escaped: scan_unescape */
};

static inline void scan_fail(struct scan *scan)
{
    scan->is_failed = true;
}

/* The next byte that is not white space, not taken; NUL at the end or when failed. [any] */
static inline char scan_peek(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r')) {
        scan->at++;
    }
    return scan->at < scan->end && !scan->is_failed ? *scan->at : '\0';
}

/* Takes one byte, white space before it skipped; fails when it is another. [any] */
static inline void scan_take(struct scan *scan, char wanted)
{
    if (scan_peek(scan) == wanted) {
        scan->at++;
    } else {
        scan_fail(scan);
    }
}

/* A string: well-formed UTF-8, no raw control bytes, no \u0000, no half surrogate pairs. [any] */
struct scan_string scan_text(struct scan *scan);

/* A string without escapes, or null, which leaves *ret_text alone. [any] */
void scan_plain(struct scan *scan, struct span *ret_text);

/* A whole number that is not negative. [any] */
void scan_count(struct scan *scan, int64_t *ret_count);

/* Takes a null, if that is what comes. [any] */
bool scan_null(struct scan *scan);

/* Steps over any value of limited depth, checking it. [any] */
void scan_skip(struct scan *scan);

/* Goes to the next member of an object whose '{' is taken: *ret_key is its key, its value is
 * next. False after the last one, or when failed. A key with escapes fails: a known name could
 * hide in them. [any] */
bool scan_member(struct scan *scan, bool *is_first, struct span *ret_key);

/* Appends the text of a string that scan_text has accepted. [any] */
void scan_unescape(struct span escaped, struct sbuf *out);

#endif
