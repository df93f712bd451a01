/* The life of a cell: spawned, ready, busy with one call, ended; timed in each state. */
#include "cell/cell.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cell/cell-private.h"
#include "cell/wire.h"
#include "core/attr.h"
#include "core/log.h"
#include "core/mem.h"

#define CELL_GONE_MS 100 /* from a closed socket to the end of the process */

static const char *const cell_state_names[] = {"starting", "ready", "busy", "ending", "ended"};

void cell_set_state(struct cell *cell, enum cell_state state)
{
    static const unsigned char legal[] = {
        [CELL_STARTING] = 1 << CELL_READY | 1 << CELL_ENDING,
        [CELL_READY] = 1 << CELL_BUSY | 1 << CELL_ENDING,
        [CELL_BUSY] = 1 << CELL_READY | 1 << CELL_ENDING,
        [CELL_ENDING] = 1 << CELL_ENDED,
        [CELL_ENDED] = 0,
    };
    assert((legal[cell->state] & 1 << state) != 0);
    log_debug("cell", NULL, "%s (pid %ld): %s → %s", cell->name, (long)cell->spawn.pid,
              cell_state_names[cell->state], cell_state_names[state]);
    cell->state = state;
    if (state == CELL_READY) {
        cell->was_ready = true;
        ev_timer_stop(cell->loop->ev, &cell->ticks);
        (void)snprintf(cell->report.phase, sizeof(cell->report.phase), "idle");
    }
}

/* No more talking; what is left is to see the process go. */
static void cell_stop_talking(struct cell *cell)
{
    cell_io_stop_talking(cell);
    ev_timer_stop(cell->loop->ev, &cell->ticks);
    cell_set_state(cell, CELL_ENDING);
}

void cell_kill(struct cell *cell, enum cell_end end, const char *fmt, ...)
{
    char text[sizeof(cell->report.text)];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    cell_report_reason(cell, end, "%s", text);
    spawn_kill(&cell->spawn);
    if (cell->state < CELL_ENDING) {
        cell_stop_talking(cell);
    }
}

void cell_on_closed(struct cell *cell)
{
    cell_stop_talking(cell);
    ev_timer_set(&cell->ticks, CELL_GONE_MS / 1000.0, 0);
    ev_timer_start(cell->loop->ev, &cell->ticks);
}

static void cell_start_ticks(struct cell *cell, int64_t wait_ms)
{
    cell_deadline_start(&cell->deadline, cell->spawn.pid, wait_ms);
    ev_now_update(cell->loop->ev); /* timers count from there */
    ev_timer_set(&cell->ticks, cell_deadline_next_s(&cell->deadline), 0);
    ev_timer_start(cell->loop->ev, &cell->ticks);
}

static void cell_on_deadline(struct cell *cell)
{
    struct cell_deadline *deadline = &cell->deadline;
    cell->report.was_spinning = cell_deadline_was_spinning(deadline, cell->spawn.pid);
    cell_kill(cell, CELL_DEADLINE, "no answer within %" PRId64 " ms in %s (it was %s)",
              deadline->due_ms - deadline->started_ms, cell->report.phase,
              cell->report.was_spinning ? "spinning" : "waiting");
}

static void cell_on_tick(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)revents;
    struct cell *cell = timer->data;
    if (cell->state == CELL_ENDING) {
        cell_kill(cell, CELL_BROKE_WIRE, "closed its socket in %s", cell->report.phase);
        return;
    }
    if (cell_deadline_is_over(&cell->deadline)) {
        cell_read(cell); /* the answer may lie there, unread because the host was late itself */
        if (!cell->is_destroyed && (cell->state == CELL_STARTING || cell->state == CELL_BUSY) &&
            !ev_is_active(&cell->ticks)) {
            cell_on_deadline(cell);
        }
        return;
    }
    ev_timer_set(&cell->ticks, cell_deadline_next_s(&cell->deadline), 0);
    ev_timer_start(ev, &cell->ticks);
}

static void cell_stop_watching(struct cell *cell)
{
    cell_io_stop_talking(cell);
    cell_io_stop_stderr(cell);
    ev_io_stop(cell->loop->ev, &cell->io_exit);
    ev_timer_stop(cell->loop->ev, &cell->ticks);
}

static void cell_on_exit(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    (void)revents;
    struct cell *cell = io->data;
    if (cell->state < CELL_ENDING) {
        cell_read(cell); /* what it said before it went */
    }
    struct spawn_status status;
    if (cell->is_destroyed || spawn_reap(&cell->spawn, false, &status) == 0) {
        return;
    }
    if (cell->state < CELL_ENDING) {
        cell_stop_talking(cell);
    }
    cell_drain_stderr(cell);
    if (cell->is_destroyed) {
        return;
    }
    cell_stop_watching(cell);
    cell_report_finish(cell, &status);
    cell_set_state(cell, CELL_ENDED);
    spawn_close(&cell->spawn);
    cell_done_fn done = cell->done;
    cell->done = NULL;
    if (done != NULL) {
        done(cell, (struct span){NULL, 0}, &cell->report, cell->done_ctx);
    }
    if (!cell->is_destroyed && cell->handlers.on_end != NULL) {
        cell->handlers.on_end(cell, &cell->report, cell->handlers.ctx);
    }
}

static void cell_free(struct loop_deferred *deferred)
{
    struct cell *cell = CONTAINER_OF(deferred, struct cell, free_later);
    sbuf_fini(&cell->in);
    sbuf_fini(&cell->out);
    sbuf_fini(&cell->setup);
    free(cell->name);
    free(cell);
}

static void cell_watch(struct cell *cell)
{
    struct ev_loop *ev = cell->loop->ev;
    ev_io_init(&cell->io_exit, cell_on_exit, cell->spawn.pidfd, EV_READ);
    ev_timer_init(&cell->ticks, cell_on_tick, 0, 0);
    ev_set_priority(&cell->io_exit, -1); /* in one turn: what it said before that it is gone */
    cell->io_exit.data = cell->ticks.data = cell;
    ev_io_start(ev, &cell->io_exit);
    cell_io_watch(cell);
}

static bool cell_spawn(const struct cell_program *program, const struct cell_spec *spec,
                       struct spawn *ret_spawn, struct err *err)
{
    char memory[24];
    (void)snprintf(memory, sizeof(memory), "%" PRIu64, spec->memory_bytes_max);
    char *const arguments[] = {
        (char *)"agenthost-cell",
        (char *)spec->name,
        (char *)(spec->image_path != NULL ? spec->image_path : ""),
        memory,
        (char *)(spec->landlock_required ? WIRE_LANDLOCK_REQUIRED : WIRE_LANDLOCK_PREFERRED),
        NULL,
    };
    return spawn_cell(program->fd, arguments, ret_spawn, err);
}

bool cell_start(struct loop *loop, struct cell_program *program, const struct cell_spec *spec,
                const struct cell_handlers *handlers, struct cell **ret_cell, struct err *err)
{
    assert(spec->setup.len <= WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    struct spawn spawn;
    if (!cell_spawn(program, spec, &spawn, err)) {
        return false;
    }
    struct cell *cell = mem_alloc(sizeof(*cell));
    *cell = (struct cell){.loop = loop,
                          .program = program,
                          .handlers = *handlers,
                          .name = mem_strdup(spec->name),
                          .state = CELL_STARTING,
                          .free_later = {.run = cell_free},
                          .spawn = spawn};
    (void)snprintf(cell->report.phase, sizeof(cell->report.phase), "start");
    sbuf_init(&cell->in, WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX + CELL_READ_BYTES_MAX);
    sbuf_init(&cell->out, WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    sbuf_init(&cell->setup, WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    sbuf_span(&cell->setup, spec->setup);
    lines_refill(&cell->lines);
    cell_watch(cell);
    cell_start_ticks(cell, spec->start_ms);
    if (cell->setup.is_failed) {
        cell_destroy(&cell);
        return err_set(err, ERR_LIMIT, "no memory for what %s is made from", spec->name);
    }
    *ret_cell = cell;
    return true;
}

void cell_call(struct cell *cell, struct span frame, int64_t deadline_ms, size_t reply_bytes_max,
               const char *phase, cell_done_fn done, void *ctx)
{
    assert(cell->state == CELL_READY);
    assert(frame.len <= WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    assert(reply_bytes_max <= WIRE_FRAME_BYTES_MAX);
    cell->done = done;
    cell->done_ctx = ctx;
    cell->reply_bytes_max = reply_bytes_max;
    cell->small_frames = 0;
    cell_set_state(cell, CELL_BUSY);
    (void)snprintf(cell->report.phase, sizeof(cell->report.phase), "%s", phase);
    cell_start_ticks(cell, deadline_ms);
    cell_send(cell, frame);
}

bool cell_is_ready(const struct cell *cell)
{
    return cell->state == CELL_READY;
}

bool cell_is_busy(const struct cell *cell)
{
    return cell->state == CELL_BUSY;
}

long cell_pid(const struct cell *cell)
{
    return (long)cell->spawn.pid;
}

void cell_destroy(struct cell **cell_pointer)
{
    struct cell *cell = *cell_pointer;
    *cell_pointer = NULL;
    if (cell == NULL || cell->is_destroyed) {
        return;
    }
    cell_stop_watching(cell);
    if (cell->state != CELL_ENDED) {
        cell_program_bury(cell->program, cell->loop, &cell->spawn);
    }
    spawn_close(&cell->spawn);
    cell->is_destroyed = true;
    loop_defer(cell->loop, &cell->free_later);
}
