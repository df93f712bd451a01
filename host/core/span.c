/* UTF-8 validation. */
#include "core/span.h"

#include <stdint.h>

static size_t span_utf8_sequence(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0];
    size_t need;
    uint32_t code, least;
    if (lead < 0x80) {
        return 1;
    } else if ((lead & 0xe0) == 0xc0) {
        need = 2, code = lead & 0x1f, least = 0x80;
    } else if ((lead & 0xf0) == 0xe0) {
        need = 3, code = lead & 0x0f, least = 0x800;
    } else if ((lead & 0xf8) == 0xf0) {
        need = 4, code = lead & 0x07, least = 0x10000;
    } else {
        return 0;
    }
    if (need > left) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (at[i] & 0x3f);
    }
    bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    return code >= least && code <= 0x10ffff && !is_surrogate ? need : 0;
}

size_t span_utf8_len(struct span text)
{
    const unsigned char *data = (const unsigned char *)text.data;
    size_t at = 0;
    while (at < text.len) {
        size_t len = span_utf8_sequence(data + at, text.len - at);
        if (len == 0) {
            break;
        }
        at += len;
    }
    return at;
}

bool span_is_utf8(struct span text)
{
    return span_utf8_len(text) == text.len;
}

uint32_t span_next_char(struct span *rest)
{
    unsigned char lead = (unsigned char)rest->data[0];
    size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t code = len == 1 ? lead : lead & (0x7fu >> len);
    for (size_t i = 1; i < len && i < rest->len; i++) {
        code = code << 6 | ((unsigned char)rest->data[i] & 0x3f);
    }
    len = len < rest->len ? len : rest->len;
    rest->data += len;
    rest->len -= len;
    return code;
}
