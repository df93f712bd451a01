/* What the files of this folder share about a cell; nobody else looks in here. */
#ifndef CELL_PRIVATE_H
#define CELL_PRIVATE_H

#include <ev.h>
#include <time.h>

#include "cell/cell.h"
#include "cell/lines.h"
#include "cell/spawn.h"
#include "core/loop.h"
#include "core/sbuf.h"

/* A process that was killed and awaits reaping after its cell was destroyed. */
struct cell_grave {
    struct cell_grave *next;
    struct cell_program *program;
    struct loop *loop;
    struct spawn spawn;
    ev_io io;
};

struct cell_program {
    int fd; /* O_PATH */
    char *sandbox;
    struct cell_grave *graves;
};

enum cell_state {
    CELL_STARTING, /* spawned, not ready; the start deadline runs */
    CELL_READY,    /* waits for a call */
    CELL_BUSY,     /* one call in flight; its deadline runs */
    CELL_ENDING,   /* killed, or its socket is closed; the process is not reaped yet */
    CELL_ENDED,    /* reaped */
};

typedef void (*cell_done_fn)(struct cell *cell, struct span reply, const struct cell_report *report,
                             void *ctx);

/* How long may still be waited, by a clock that forgives one pause of the host. */
struct cell_deadline {
    int64_t due_ms;
    int64_t tick_ms; /* last look at the clock */
    int64_t started_ms;
    int64_t cpu_started_us; /* the cell's own CPU clock */
    bool is_extended;
};

struct cell {
    struct loop *loop;
    struct cell_program *program;
    struct cell_handlers handlers;
    char *name;
    enum cell_state state;
    bool is_destroyed; /* freed at the end of the turn */
    struct loop_deferred free_later;

    struct spawn spawn;
    ev_io io_read, io_write, io_exit, io_stderr;
    ev_timer ticks;        /* of the deadline, and of waiting for a process to go */
    ev_timer stderr_pause; /* running while standard error is not read */
    struct sbuf in, out;
    size_t out_sent;   /* of out */
    struct sbuf setup; /* until hello */
    bool is_hello_seen;
    unsigned small_frames; /* since the last call began */
    struct lines lines;    /* standard error */

    struct cell_deadline deadline;
    cell_done_fn done; /* of the call in flight */
    void *done_ctx;
    size_t reply_bytes_max;
    struct cell_report report; /* grows while it runs; complete when ENDED */
    bool is_end_known;         /* report.end and text were set before the process was gone */
    bool was_ready;
    char denied_names[96]; /* system calls the sandbox refused, for the report */
};

/* report.c */

/* Notes why the cell is about to be killed. Only the first reason counts. */
void cell_report_reason(struct cell *cell, enum cell_end end, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* Completes the report from how the process ended. */
void cell_report_finish(struct cell *cell, const struct spawn_status *status);
/* Notes a refused system call and how many there were so far. */
void cell_report_denied(struct cell *cell, uint32_t total, const char *call_name);

/* deadline.c */

/* Starts waiting: pid's CPU clock tells later whether it was spinning. */
void cell_deadline_start(struct cell_deadline *deadline, pid_t pid, int64_t wait_ms);
/* Looks at the clock; forgives a pause of the host once. True when the time is over. */
bool cell_deadline_is_over(struct cell_deadline *deadline);
/* Seconds until the next look. */
double cell_deadline_next_s(const struct cell_deadline *deadline);
/* True when the process used a tenth of the time as CPU: honest work takes milliseconds, and on a
 * busy machine a spinner gets no more than its share. */
bool cell_deadline_was_spinning(const struct cell_deadline *deadline, pid_t pid);

/* program.c */

/* Kills and reaps later; takes over spawn's process descriptor. */
void cell_program_bury(struct cell_program *program, struct loop *loop, struct spawn *spawn);

/* frames.c */

/* Handles every whole frame in cell->in. May call the handlers, so the cell may be destroyed or
 * ending afterwards. */
void cell_take_frames(struct cell *cell);

/* cell.c */
void cell_set_state(struct cell *cell, enum cell_state state);
/* Kills for this reason and waits for the process to go. */
void cell_kill(struct cell *cell, enum cell_end end, const char *fmt, ...) ATTR_PRINTF(3, 4);
/* The cell closed its end: usually it is dying, and how it died is worth a short wait. */
void cell_on_closed(struct cell *cell);

/* cell_io.c */
#define CELL_READ_BYTES_MAX (64 * 1024) /* at a time */

void cell_io_watch(struct cell *cell);
void cell_io_stop_talking(struct cell *cell);
void cell_io_stop_stderr(struct cell *cell);
/* Reads what is there and handles it; the cell may be destroyed or ending afterwards. */
void cell_read(struct cell *cell);
/* Sends bytes now as far as the socket takes them, the rest later. Nothing else waits. */
void cell_send(struct cell *cell, struct span bytes);
/* The last words of a process that is gone. */
void cell_drain_stderr(struct cell *cell);

#endif
