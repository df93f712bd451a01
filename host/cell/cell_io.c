/* A cell's descriptors: frames in and out of its socket, lines out of its standard error. */
#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cell/cell-private.h"

#define IO_READS_PER_EVENT 8
#define IO_LAST_WORDS_READS 16    /* 64 KB: what a pipe holds */
#define IO_KEEP_BYTES (64 * 1024) /* a larger buffer is given back after use */

void cell_read(struct cell *cell)
{
    static char bytes[CELL_READ_BYTES_MAX]; /* one loop, one reader at a time */
    for (int i = 0; i < IO_READS_PER_EVENT && !cell->is_destroyed && cell->state < CELL_ENDING;
         i++) {
        ssize_t len = recv(cell->spawn.socket_fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (len > 0) {
            sbuf_append(&cell->in, bytes, (size_t)len);
            cell_take_frames(cell);
        } else if (len == 0 || (errno != EAGAIN && errno != EINTR)) {
            cell_on_closed(cell);
        } else {
            break;
        }
    }
    if (cell->in.len == 0 && cell->in.capacity > IO_KEEP_BYTES) {
        sbuf_fini(&cell->in);
    }
}

static void cell_on_readable(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    (void)revents;
    cell_read(io->data);
}

static void cell_on_writable(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)revents;
    struct cell *cell = io->data;
    ssize_t len = send(cell->spawn.socket_fd, cell->out.data + cell->out_sent,
                       cell->out.len - cell->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (len < 0) {
        ev_io_stop(ev, io); /* it is dying: the reading side will notice */
        return;
    }
    cell->out_sent += (size_t)len;
    if (cell->out_sent == cell->out.len) {
        ev_io_stop(ev, io);
        cell->out_sent = 0;
        sbuf_fini(&cell->out);
    }
}

void cell_send(struct cell *cell, struct span bytes)
{
    assert(cell->out.len == 0);
    ssize_t len = send(cell->spawn.socket_fd, bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    size_t sent = len > 0 ? (size_t)len : 0;
    if (sent == bytes.len || (len < 0 && errno == EPIPE)) {
        return;
    }
    sbuf_append(&cell->out, bytes.data + sent, bytes.len - sent);
    if (cell->out.is_failed) {
        cell_kill(cell, CELL_BROKE_WIRE, "the frame for %s does not fit into memory",
                  cell->report.phase);
        return;
    }
    ev_io_start(cell->loop->ev, &cell->io_write);
}

static void cell_log_stderr(struct cell *cell, struct span line)
{
    if (cell->handlers.on_log != NULL && line.len > 0) {
        cell->handlers.on_log(cell, -1, line, cell->handlers.ctx);
    }
}

static void cell_pause_stderr(struct cell *cell)
{
    ev_io_stop(cell->loop->ev, &cell->io_stderr);
    ev_timer_set(&cell->stderr_pause, 1, 0);
    ev_timer_start(cell->loop->ev, &cell->stderr_pause);
}

/* One read. False when there was nothing, or the cell was destroyed over it. */
static bool cell_read_stderr(struct cell *cell)
{
    char bytes[4096];
    ssize_t len = read(cell->spawn.stderr_fd, bytes, sizeof(bytes));
    if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR)) {
        ev_io_stop(cell->loop->ev, &cell->io_stderr);
    }
    struct span input = {bytes, len > 0 ? (size_t)len : 0};
    struct span line;
    while (!cell->is_destroyed && lines_next(&cell->lines, &input, &line)) {
        cell_log_stderr(cell, line);
    }
    return len > 0 && !cell->is_destroyed;
}

static void cell_on_stderr(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    (void)revents;
    struct cell *cell = io->data;
    if (cell_read_stderr(cell) && lines_is_spent(&cell->lines)) {
        cell_pause_stderr(cell);
    }
}

static void cell_on_stderr_pause(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)revents;
    struct cell *cell = timer->data;
    lines_refill(&cell->lines);
    ev_io_start(ev, &cell->io_stderr);
}

void cell_drain_stderr(struct cell *cell)
{
    lines_refill(&cell->lines);
    for (int i = 0; i < IO_LAST_WORDS_READS && cell_read_stderr(cell); i++) {
        /* lines beyond the allowance are dropped; the last one is kept for the report */
    }
    if (!cell->is_destroyed) {
        cell_log_stderr(cell, lines_rest(&cell->lines));
    }
}

void cell_io_watch(struct cell *cell)
{
    struct ev_loop *ev = cell->loop->ev;
    ev_io_init(&cell->io_read, cell_on_readable, cell->spawn.socket_fd, EV_READ);
    ev_io_init(&cell->io_write, cell_on_writable, cell->spawn.socket_fd, EV_WRITE);
    ev_io_init(&cell->io_stderr, cell_on_stderr, cell->spawn.stderr_fd, EV_READ);
    ev_timer_init(&cell->stderr_pause, cell_on_stderr_pause, 0, 0);
    ev_set_priority(&cell->io_read, 1); /* in one turn: frames before lines */
    cell->io_read.data = cell->io_write.data = cell->io_stderr.data = cell;
    cell->stderr_pause.data = cell;
    ev_io_start(ev, &cell->io_read);
    ev_io_start(ev, &cell->io_stderr);
}

void cell_io_stop_talking(struct cell *cell)
{
    ev_io_stop(cell->loop->ev, &cell->io_read);
    ev_io_stop(cell->loop->ev, &cell->io_write);
}

void cell_io_stop_stderr(struct cell *cell)
{
    ev_io_stop(cell->loop->ev, &cell->io_stderr);
    ev_timer_stop(cell->loop->ev, &cell->stderr_pause);
}
