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

/* Appends the value of a data line; other fields carry nothing we need. */
static bool sse_field(struct sse *sse, struct span line)
{
    if (line.len < 4 || memcmp(line.data, "data", 4) != 0) {
        return true;
    }
    struct span value = {line.data + 4, line.len - 4};
    if (value.len > 0) {
        if (value.data[0] != ':') {
            return true; /* a longer field name */
        }
        size_t skip = value.len > 1 && value.data[1] == ' ' ? 2 : 1;
        value = (struct span){value.data + skip, value.len - skip};
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
