/* Where a text begins to be another than was expected. */
#include "difference.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool difference_is_inside_char(struct span text, size_t at)
{
    return at < text.len && ((unsigned char)text.data[at] & 0xc0) == 0x80;
}

/* The line from "from" on, or what of it can be shown. */
static void difference_quote(struct span text, size_t from, bool is_inside_line,
                             char ret_text[DIFFERENCE_TEXT_BYTES])
{
    if (from >= text.len) {
        (void)snprintf(ret_text, DIFFERENCE_TEXT_BYTES, "no more");
        return;
    }
    const char *start = text.data + from;
    const char *end = memchr(start, '\n', text.len - from);
    size_t line_len = end != NULL ? (size_t)(end - start) : text.len - from;
    size_t len = line_len < DIFFERENCE_BYTES_MAX ? line_len : DIFFERENCE_BYTES_MAX;
    while (len > 0 && len < line_len && difference_is_inside_char(text, from + len)) {
        len--;
    }
    (void)snprintf(ret_text, DIFFERENCE_TEXT_BYTES, "'%s%.*s%s'", is_inside_line ? "…" : "",
                   (int)len, start, len < line_len ? "…" : "");
    for (char *c = ret_text; *c != '\0'; c++) {
        *c = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c; /* nothing a terminal obeys */
    }
}

void difference_find(struct span expected, struct span got, struct difference *ret_difference)
{
    assert(!span_equals(expected, got));
    size_t line_start = 0, at = 0;
    ret_difference->line = 1;
    for (; at < expected.len && at < got.len && expected.data[at] == got.data[at]; at++) {
        if (expected.data[at] == '\n') {
            ret_difference->line++;
            line_start = at + 1;
        }
    }
    /* The line is the same, and one text ends with it. */
    bool is_end =
        at == expected.len ? got.data[at] == '\n' : at == got.len && expected.data[at] == '\n';
    if (is_end) {
        ret_difference->line++;
        line_start = ++at;
    }
    size_t from = line_start;
    if (at - line_start > DIFFERENCE_BEFORE_BYTES_MAX) {
        from = at - DIFFERENCE_BEFORE_BYTES_MAX;
        while (from < at && difference_is_inside_char(expected, from)) {
            from++;
        }
    }
    difference_quote(expected, from, from > line_start, ret_difference->expected);
    difference_quote(got, from, from > line_start, ret_difference->got);
    if (is_end && at == expected.len) {
        (void)snprintf(ret_difference->expected, DIFFERENCE_TEXT_BYTES, "an end of line");
    } else if (is_end && at == got.len) {
        (void)snprintf(ret_difference->got, DIFFERENCE_TEXT_BYTES, "an end of line");
    }
}
