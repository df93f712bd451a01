/* What a cell says, frame by frame: which of them may come in which state. A frame out of
 * turn means that something writes to the socket that should not, and ends the cell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <agenthost/agent.h>

#include "cell/call_name.h"
#include "cell/cell-private.h"
#include "cell/wire.h"

struct frame_text {
    int32_t number;
    struct span text, more;
};

static void frames_break(struct cell *cell, const char *why)
{
    cell_kill(cell, CELL_BROKE_WIRE, "broke the wire in %s: %s", cell->report.phase, why);
}

static void frames_hello(struct cell *cell, const struct frame_text *frame)
{
    if (cell->is_hello_seen) {
        frames_break(cell, "a second hello");
        return;
    }
    if (frame->number != WIRE_VERSION || !span_is(frame->text, WIRE_BUILD_ID)) {
        frames_break(cell, "it is of another build than this host");
        return;
    }
    cell->is_hello_seen = true;
    cell_send(cell, sbuf_as_span(&cell->setup));
    sbuf_fini(&cell->setup);
}

static void frames_phase(struct cell *cell, const struct frame_text *frame)
{
    size_t len = frame->text.len < sizeof(cell->report.phase) - 1 ? frame->text.len
                                                                  : sizeof(cell->report.phase) - 1;
    memcpy(cell->report.phase, frame->text.data != NULL ? frame->text.data : "", len);
    cell->report.phase[len] = '\0';
}

static void frames_refused(struct cell *cell, const struct frame_text *frame)
{
    frames_phase(cell, frame);
    cell_kill(cell, CELL_NOT_STARTED, "%.*s", (int)frame->more.len,
              frame->more.data != NULL ? frame->more.data : "refused without a reason");
}

static void frames_ready(struct cell *cell)
{
    if (!cell->is_hello_seen || cell->setup.len > 0 || cell->out.len > 0) {
        frames_break(cell, "ready before it was set up");
        return;
    }
    if (strcmp(cell->report.phase, "dlopen") == 0) { /* a constructor speaks for the cell */
        frames_break(cell, "ready while it was being loaded");
        return;
    }
    cell_set_state(cell, CELL_READY);
    if (cell->handlers.on_ready != NULL) {
        cell->handlers.on_ready(cell, cell->handlers.ctx);
    }
}

static void frames_log(struct cell *cell, const struct frame_text *frame)
{
    if (frame->number < AGENTHOST_LOG_DEBUG || frame->number > AGENTHOST_LOG_ERROR ||
        frame->text.len > WIRE_LOG_BYTES_MAX) {
        frames_break(cell, "a log line out of bounds");
        return;
    }
    if (cell->handlers.on_log != NULL) {
        cell->handlers.on_log(cell, frame->number, frame->text, cell->handlers.ctx);
    }
}

static void frames_denied(struct cell *cell, const struct frame_text *frame)
{
    char digits[8] = "";
    size_t len = frame->text.len < sizeof(digits) - 1 ? frame->text.len : sizeof(digits) - 1;
    memcpy(digits, frame->text.data != NULL ? frame->text.data : "", len);
    char name[40];
    call_name((int)strtol(digits, NULL, 10), name, sizeof(name));
    uint32_t total = frame->number > 0 ? (uint32_t)frame->number : 0;
    cell_report_denied(cell, total, name);
    /* Calls that were refused in between are told in the report. */
    if (cell->handlers.on_log != NULL && (total & (total - 1)) == 0) {
        char line[128];
        (void)snprintf(line, sizeof(line), "the sandbox refused it a system call: %s (%u so far)",
                       name, total);
        cell->handlers.on_log(cell, AGENTHOST_LOG_WARNING, span_of(line), cell->handlers.ctx);
    }
}

static void frames_reply(struct cell *cell, struct span payload)
{
    cell_done_fn done = cell->done;
    cell->done = NULL;
    cell_set_state(cell, CELL_READY);
    done(cell, payload, NULL, cell->done_ctx);
}

/* Small frames: all but the reply. */
static void frames_small(struct cell *cell, enum wire_kind kind, struct span payload, bool is_last)
{
    struct frame_text frame;
    struct err err;
    if (payload.len > WIRE_SMALL_BYTES_MAX ||
        !wire_read_text(payload, &frame.number, &frame.text, &frame.more, &err)) {
        frames_break(cell, "a frame that makes no sense");
        return;
    }
    if (++cell->small_frames > WIRE_SMALL_FRAMES_MAX) {
        frames_break(cell, "a flood of frames");
        return;
    }
    bool is_starting = cell->state == CELL_STARTING;
    if (kind == WIRE_LOG) {
        frames_log(cell, &frame);
    } else if (kind == WIRE_DENIED) {
        frames_denied(cell, &frame);
    } else if (kind == WIRE_HELLO && is_starting) {
        frames_hello(cell, &frame);
    } else if (kind == WIRE_PHASE && is_starting) {
        frames_phase(cell, &frame);
    } else if (kind == WIRE_REFUSED && is_starting) {
        frames_refused(cell, &frame);
    } else if (kind == WIRE_READY && is_starting && is_last) {
        frames_ready(cell);
    } else {
        frames_break(cell, "a frame out of turn");
    }
}

static void frames_handle(struct cell *cell, struct span payload, bool is_last)
{
    enum wire_kind kind;
    if (!wire_kind_of(payload, &kind)) {
        frames_break(cell, "a frame that makes no sense");
    } else if (kind != WIRE_REPLY) {
        frames_small(cell, kind, payload, is_last);
    } else if (cell->state == CELL_BUSY && is_last && cell->out.len == 0) {
        frames_reply(cell, payload);
    } else {
        frames_break(cell, "a reply out of turn");
    }
}

void cell_take_frames(struct cell *cell)
{
    while (!cell->is_destroyed && cell->state < CELL_ENDING && cell->in.len > 0) {
        size_t bytes_max = cell->state == CELL_BUSY && cell->reply_bytes_max > WIRE_SMALL_BYTES_MAX
                               ? cell->reply_bytes_max
                               : WIRE_SMALL_BYTES_MAX;
        struct span payload;
        size_t used;
        int found = wire_next_frame(sbuf_as_span(&cell->in), bytes_max, &payload, &used);
        if (cell->state == CELL_READY) {
            frames_break(cell, "it spoke without being asked");
        } else if (found < 0) {
            frames_break(cell, "a frame longer than it may be");
        } else if (found > 0) {
            frames_handle(cell, payload, used == cell->in.len);
            sbuf_consume(&cell->in, used); /* payloads were borrowed until here */
        } else {
            break;
        }
    }
}
