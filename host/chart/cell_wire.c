/* The chart cell's frames, all made of the wire's plain text frame. */
#include "chart/cell_wire.h"

#include "cell/wire.h"

enum { REPLY_CHART, REPLY_FAULT };

static const struct span nothing = {NULL, 0};

void chart_wire_write_setup(struct sbuf *out)
{
    wire_write_text(out, WIRE_SETUP, 0, nothing, nothing);
}

void chart_wire_write_ready(struct sbuf *out)
{
    wire_write_text(out, WIRE_READY, 0, nothing, nothing);
}

void chart_wire_write_call(struct sbuf *out, struct span request, struct span zone_file)
{
    wire_write_text(out, WIRE_CHART, 0, request, zone_file);
}

void chart_wire_write_chart(struct sbuf *out, struct span chart)
{
    wire_write_text(out, WIRE_REPLY, REPLY_CHART, chart, nothing);
}

void chart_wire_write_fault(struct sbuf *out, const struct chart_fault *fault)
{
    wire_write_text(out, WIRE_REPLY, REPLY_FAULT, span_of(fault->field), span_of(fault->remedy));
}

bool chart_wire_read_call(struct span payload, struct span *ret_request, struct span *ret_zone_file)
{
    enum wire_kind kind;
    int32_t number;
    struct err err;
    return wire_kind_of(payload, &kind) && kind == WIRE_CHART &&
           wire_read_text(payload, &number, ret_request, ret_zone_file, &err);
}

bool chart_wire_read_reply(struct span payload, struct span *ret_chart,
                           struct chart_fault *ret_fault)
{
    enum wire_kind kind;
    int32_t number;
    struct span text, more;
    struct err err;
    if (!wire_kind_of(payload, &kind) || kind != WIRE_REPLY ||
        !wire_read_text(payload, &number, &text, &more, &err)) {
        return false;
    }
    if (number == REPLY_CHART) {
        *ret_chart = text;
        return text.len > 0;
    }
    *ret_chart = nothing;
    char field[CHART_FIELD_BYTES_MAX];
    size_t len = text.len < sizeof(field) - 1 ? text.len : sizeof(field) - 1;
    memcpy(field, text.data != NULL ? text.data : "", len);
    field[len] = '\0';
    (void)chart_fault_set(ret_fault, field, "%.*s", (int)more.len,
                          more.data != NULL ? more.data : "");
    return number == REPLY_FAULT;
}
