/* Small steps on counted UTF-8 text: trim, lines, characters. */
#include "engine/text.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

struct span text_trim(struct span text)
{
    while (text.len > 0 && is_space(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_space(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

bool text_next_line(struct span *rest, struct span *ret_line)
{
    if (rest->len == 0) {
        return false;
    }
    const char *end = memchr(rest->data, '\n', rest->len);
    size_t len = end != NULL ? (size_t)(end - rest->data) : rest->len;
    size_t used = end != NULL ? len + 1 : len;
    if (len > 0 && rest->data[len - 1] == '\r') {
        len--;
    }
    *ret_line = (struct span){rest->data, len};
    rest->data += used;
    rest->len -= used;
    return true;
}

size_t text_chars(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    }
    return count;
}
