/* A cell that starts well and dies over every call. */
#include <stdlib.h>
#include <unistd.h>

#include "cell/child.h"
#include "chart/cell_wire.h"

int main(int argc, char **argv)
{
    struct child child;
    struct span payload;
    struct sbuf frame;
    child_start(&child, "dying-cell", argc, argv);
    if (!child_next_frame(&child, &payload)) {
        _exit(0);
    }
    sbuf_init(&frame, CHART_WIRE_REPLY_BYTES_MAX);
    chart_wire_write_ready(&frame);
    child_send(&frame);
    if (child_next_frame(&child, &payload)) {
        abort();
    }
    _exit(0);
}
