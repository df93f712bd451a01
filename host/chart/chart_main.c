/* agenthost-chart: computes charts inside the sandbox, one call at a time, until the host hangs
 * up. What it needs of the disk comes with the call. */
#include <unistd.h>

#include "cell/child.h"
#include "cell/sandbox.h"
#include "chart/cell_wire.h"
#include "chart/compute.h"

#define MAIN_EXIT_NONSENSE 71 /* the host sent what it never sends */

static void main_answer(struct span payload, struct sbuf *chart, struct sbuf *frame)
{
    struct span request, zone_file;
    struct chart_fault fault;
    if (!chart_wire_read_call(payload, &request, &zone_file)) {
        _exit(MAIN_EXIT_NONSENSE);
    }
    sbuf_clear(chart);
    if (compute_chart(request, zone_file, chart, &fault)) {
        chart_wire_write_chart(frame, sbuf_as_span(chart));
    } else {
        chart_wire_write_fault(frame, &fault);
    }
    child_send(frame);
}

int main(int argc, char **argv)
{
    struct child child;
    struct span payload;
    struct err err;
    struct sbuf chart, frame;
    child_start(&child, "agenthost-chart", argc, argv);
    if (!child_next_frame(&child, &payload)) { /* the setup: there is nothing to set up */
        _exit(0);
    }
    if (!sandbox_close(&err)) {
        child_refuse("sandbox", span_of(err.text));
    }
    sbuf_init(&chart, COMPUTE_CHART_BYTES_MAX);
    sbuf_init(&frame, CHART_WIRE_REPLY_BYTES_MAX);
    chart_wire_write_ready(&frame);
    child_send(&frame);
    while (child_next_frame(&child, &payload)) {
        main_answer(payload, &chart, &frame);
    }
    _exit(0);
}
