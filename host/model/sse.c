/* An incremental parser of server-sent events, for any portioning and any line ends. */
#include "model/sse.h"

#include <string.h>

#define SSE_BOM "\xef\xbb\xbf"

void sse_init(struct sse *sse, size_t bytes_max)
{
    *sse = (struct sse){.is_line_first = true};
    sbuf_init(&sse->line, bytes_max);
    sbuf_init(&sse->data, bytes_max);
}

void sse_fini(struct sse *sse)
{
    sbuf_fini(&sse->line);
    sbuf_fini(&sse->data);
}

static bool sse_dispatch(struct sse *sse, sse_event_fn on_event, void *ctx)
{
    if (!sse->has_data) {
        return true;
    }
    bool goes_on = on_event(sbuf_as_span(&sse->data), ctx);
    sbuf_clear(&sse->data);
    sse->has_data = false;
    return goes_on;
}

/* Is it a data line, and what is its value? Other fields carry nothing we need. */
static bool sse_is_data(struct span line, struct span *ret_value)
{
    if (line.len < 4 || memcmp(line.data, "data", 4) != 0 ||
        (line.len > 4 && line.data[4] != ':')) {
        return false;
    }
    size_t skip = line.len > 5 && line.data[5] == ' ' ? 6 : line.len > 4 ? 5 : 4;
    *ret_value = (struct span){line.data + skip, line.len - skip};
    return true;
}

static bool sse_field(struct sse *sse, struct span line)
{
    struct span value;
    if (!sse_is_data(line, &value)) {
        return true;
    }
    if (sse->has_data) {
        sbuf_putc(&sse->data, '\n');
    }
    sse->has_data = true;
    sbuf_span(&sse->data, value);
    return !sse->data.is_failed;
}

static bool sse_line(struct sse *sse, struct span line, sse_event_fn on_event, void *ctx)
{
    if (sse->is_line_first) {
        sse->is_line_first = false;
        if (line.len >= 3 && memcmp(line.data, SSE_BOM, 3) == 0) {
            line = (struct span){line.data + 3, line.len - 3};
        }
    }
    return line.len == 0 ? sse_dispatch(sse, on_event, ctx) : sse_field(sse, line);
}

/* A line ended: taken from the bytes themselves, or behind what had arrived of it before. */
static bool sse_line_end(struct sse *sse, struct span rest, sse_event_fn on_event, void *ctx)
{
    if (sse->line.len == 0) {
        return rest.len <= sse->line.bytes_max && sse_line(sse, rest, on_event, ctx);
    }
    sbuf_span(&sse->line, rest);
    if (sse->line.is_failed) {
        return false;
    }
    bool goes_on = sse_line(sse, sbuf_as_span(&sse->line), on_event, ctx);
    sbuf_clear(&sse->line);
    return goes_on;
}

/* Offset of the first CR or LF, or bytes.len. */
static size_t sse_find_end(struct span bytes)
{
    const char *lf = memchr(bytes.data, '\n', bytes.len);
    size_t end = lf != NULL ? (size_t)(lf - bytes.data) : bytes.len;
    const char *cr = memchr(bytes.data, '\r', end);
    return cr != NULL ? (size_t)(cr - bytes.data) : end;
}

/* The usual event is one data line and a blank one, both whole in the same bytes: it is given
 * as it lies there. Returns its length, 0 when it is not of that shape. */
static size_t sse_plain_event(const struct sse *sse, struct span bytes, struct span *ret_data)
{
    if (sse->has_data || sse->line.len > 0 || sse->is_line_first) {
        return 0;
    }
    const char *lf = memchr(bytes.data, '\n', bytes.len);
    size_t end = lf != NULL ? (size_t)(lf - bytes.data) : bytes.len;
    bool is_plain = end + 1 < bytes.len && bytes.data[end + 1] == '\n' &&
                    end <= sse->line.bytes_max && memchr(bytes.data, '\r', end) == NULL;
    return is_plain && sse_is_data((struct span){bytes.data, end}, ret_data) ? end + 2 : 0;
}

bool sse_feed(struct sse *sse, struct span bytes, sse_event_fn on_event, void *ctx)
{
    while (bytes.len > 0) {
        if (sse->is_after_cr) {
            sse->is_after_cr = false;
            if (bytes.data[0] == '\n') {
                bytes = (struct span){bytes.data + 1, bytes.len - 1};
                continue;
            }
        }
        struct span data;
        size_t plain = sse_plain_event(sse, bytes, &data);
        if (plain > 0) {
            if (!on_event(data, ctx)) {
                return false;
            }
            bytes = (struct span){bytes.data + plain, bytes.len - plain};
            continue;
        }
        size_t end = sse_find_end(bytes);
        if (end == bytes.len) {
            sbuf_span(&sse->line, bytes);
            return !sse->line.is_failed;
        }
        sse->is_after_cr = bytes.data[end] == '\r';
        if (!sse_line_end(sse, (struct span){bytes.data, end}, on_event, ctx)) {
            return false;
        }
        bytes = (struct span){bytes.data + end + 1, bytes.len - end - 1};
    }
    return true;
}
