/* Growing texts with a maximum and a sticky error. */
#include "core/sbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char sbuf_empty[1] = "";

void sbuf_init(struct sbuf *sbuf, size_t bytes_max)
{
    *sbuf = (struct sbuf){.data = sbuf_empty, .bytes_max = bytes_max};
}

void sbuf_fini(struct sbuf *sbuf)
{
    if (sbuf->capacity > 0) {
        free(sbuf->data);
    }
    sbuf_init(sbuf, sbuf->bytes_max);
}

void sbuf_clear(struct sbuf *sbuf)
{
    sbuf->len = 0;
    sbuf->is_failed = false;
    if (sbuf->capacity > 0) {
        sbuf->data[0] = '\0';
    }
}

/* Makes room for len more bytes and the NUL. */
static bool sbuf_reserve(struct sbuf *sbuf, size_t len)
{
    if (sbuf->is_failed) {
        return false;
    }
    if (len > sbuf->bytes_max - sbuf->len) {
        sbuf->is_failed = true;
        return false;
    }
    size_t need = sbuf->len + len + 1;
    if (need <= sbuf->capacity) {
        return true;
    }
    size_t capacity = sbuf->capacity > 0 ? sbuf->capacity : 128;
    while (capacity < need) {
        capacity *= 2;
    }
    char *data = realloc(sbuf->capacity > 0 ? sbuf->data : NULL, capacity);
    if (data == NULL) {
        sbuf->is_failed = true;
        return false;
    }
    data[sbuf->len] = '\0';
    sbuf->data = data;
    sbuf->capacity = capacity;
    return true;
}

void sbuf_append(struct sbuf *sbuf, const char *data, size_t len)
{
    if (!sbuf_reserve(sbuf, len)) {
        return;
    }
    if (len > 0) {
        memcpy(sbuf->data + sbuf->len, data, len);
    }
    sbuf->len += len;
    sbuf->data[sbuf->len] = '\0';
}

void sbuf_puts(struct sbuf *sbuf, const char *text)
{
    sbuf_append(sbuf, text, strlen(text));
}

void sbuf_putc(struct sbuf *sbuf, char c)
{
    sbuf_append(sbuf, &c, 1);
}

void sbuf_span(struct sbuf *sbuf, struct span text)
{
    sbuf_append(sbuf, text.data, text.len);
}

void sbuf_printf(struct sbuf *sbuf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        sbuf->is_failed = true;
        return;
    }
    if (!sbuf_reserve(sbuf, (size_t)len)) {
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(sbuf->data + sbuf->len, (size_t)len + 1, fmt, args);
    va_end(args);
    sbuf->len += (size_t)len;
}

static void sbuf_json_escape(struct sbuf *sbuf, unsigned char c)
{
    switch (c) {
    case '"':
        sbuf_append(sbuf, "\\\"", 2);
        break;
    case '\\':
        sbuf_append(sbuf, "\\\\", 2);
        break;
    case '\n':
        sbuf_append(sbuf, "\\n", 2);
        break;
    case '\r':
        sbuf_append(sbuf, "\\r", 2);
        break;
    case '\t':
        sbuf_append(sbuf, "\\t", 2);
        break;
    default:
        sbuf_printf(sbuf, "\\u%04x", c);
    }
}

static void sbuf_json_valid(struct sbuf *sbuf, struct span text)
{
    size_t plain = 0; /* start of the run that needs no escape */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c == '"' || c == '\\') {
            sbuf_append(sbuf, text.data + plain, i - plain);
            sbuf_json_escape(sbuf, c);
            plain = i + 1;
        }
    }
    sbuf_append(sbuf, text.data + plain, text.len - plain);
}

void sbuf_json_string(struct sbuf *sbuf, struct span text)
{
    sbuf_putc(sbuf, '"');
    while (text.len > 0) {
        size_t valid = span_utf8_len(text);
        if (valid > 0) {
            sbuf_json_valid(sbuf, (struct span){text.data, valid});
        }
        if (valid < text.len) {
            sbuf_puts(sbuf, "\xef\xbf\xbd");
            valid++;
        }
        text.data += valid;
        text.len -= valid;
    }
    sbuf_putc(sbuf, '"');
}

void sbuf_consume(struct sbuf *sbuf, size_t len)
{
    if (len == 0) {
        return;
    }
    sbuf->len -= len;
    memmove(sbuf->data, sbuf->data + len, sbuf->len + 1);
}

char *sbuf_steal(struct sbuf *sbuf)
{
    if (sbuf->is_failed || !sbuf_reserve(sbuf, 0)) {
        return NULL;
    }
    char *data = sbuf->data;
    sbuf_init(sbuf, sbuf->bytes_max);
    return data;
}
