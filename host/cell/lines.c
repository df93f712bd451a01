/* Cutting an untrusted stream into limited lines. */
#include "cell/lines.h"

#include <string.h>

void lines_refill(struct lines *lines)
{
    lines->lines_left = LINES_PER_SECOND;
    lines->bytes_left = LINES_BYTES_PER_SECOND;
}

static void lines_add(struct lines *lines, char byte)
{
    if (lines->len == sizeof(lines->line)) {
        lines->is_cut = true;
    }
    if (!lines->is_cut) {
        lines->line[lines->len++] = byte;
    }
}

static struct span lines_finish(struct lines *lines)
{
    struct span line = {lines->line, lines->len};
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }
    if (line.len > 0) {
        size_t kept = line.len < sizeof(lines->last) - 1 ? line.len : sizeof(lines->last) - 1;
        memcpy(lines->last, line.data, kept);
        lines->last[kept] = '\0';
    }
    lines->len = 0;
    lines->is_cut = false;
    return line;
}

bool lines_is_spent(const struct lines *lines)
{
    return lines->lines_left == 0 || lines->bytes_left == 0;
}

bool lines_next(struct lines *lines, struct span *input, struct span *ret_line)
{
    while (input->len > 0) {
        bool is_spent = lines_is_spent(lines);
        char byte = *input->data;
        input->data++;
        input->len--;
        lines->bytes_left -= lines->bytes_left > 0 ? 1 : 0;
        if (byte != '\n') {
            lines_add(lines, byte);
            continue;
        }
        struct span line = lines_finish(lines);
        if (line.len > 0 && !is_spent) {
            lines->lines_left--;
            *ret_line = line;
            return true;
        }
    }
    return false;
}

struct span lines_rest(struct lines *lines)
{
    return lines_finish(lines);
}
