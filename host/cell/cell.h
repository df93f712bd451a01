/* A cell: a sandboxed child process that serves one shared object, one call at a time, over
 * a socketpair. This folder starts it, talks to it, times it and buries it; what is said is
 * the caller's business (host/agent). */
#ifndef CELL_CELL_H
#define CELL_CELL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct cell;
struct cell_program;
struct loop;

/* Where the program of that name is that belongs to this build: beside the running program in a
 * build tree, else where it is installed. [any] */
void cell_program_find(const char *name, char ret_path[PATH_MAX]);

/* Opens the program that cells run (agenthost-cell), O_PATH: an upgrade on disk cannot swap
 * it under a running host. Also probes the sandbox once. Call before anything else. [main] */
struct cell_program *cell_program_open(const char *path, struct err *err) ATTR_MUST_CHECK;
/* Waits for killed processes to be gone. After the last cell_destroy, before loop_fini. [main] */
void cell_program_close(struct cell_program **program);

/* Layers that hold here, for the start report: "seccomp, landlock 4" or "none (built without)".
 * [any] */
const char *cell_program_sandbox(const struct cell_program *program);

/* How a cell ended. */
enum cell_end {
    CELL_ENDED_BY_HOST, /* cell_destroy */
    CELL_CRASHED,       /* a signal it did not get from us */
    CELL_EXITED,        /* it left by itself */
    CELL_DEADLINE,      /* killed for not answering in time */
    CELL_BROKE_WIRE,    /* killed for a frame that is too long or makes no sense */
    CELL_NOT_STARTED,   /* never became ready: dlopen, ABI, create, self-test, start deadline */
};
struct cell_report {
    enum cell_end end;
    int signal;            /* CELL_CRASHED */
    int exit_code;         /* CELL_EXITED */
    bool was_spinning;     /* CELL_DEADLINE: it used its CPU instead of sleeping */
    uint32_t denied_calls; /* system calls the sandbox refused, as far as known: starting
                            * threads and processes is refused uncounted */
    char phase[32];        /* "dlopen", "create", "build_prompt", "idle" */
    char text[400];        /* for people, one line */
};
const char *cell_end_name(enum cell_end end);

struct cell_spec {
    const char *name;       /* for logs: "business" */
    const char *image_path; /* the image folder; agent.so is opened below it */
    struct span setup;      /* first frame after hello, see wire.h; copied */
    uint64_t memory_bytes_max;
    int64_t start_ms; /* from spawn to ready */
    bool landlock_required;
};

struct cell_handlers {
    /* The shared object is loaded, create and self-test passed. */
    void (*on_ready)(struct cell *cell, void *ctx);
    /* A line the agent logged, or wrote to standard error (level −1). Rate-limited. */
    void (*on_log)(struct cell *cell, int level, struct span line, void *ctx);
    /* The process is gone; a call in flight has been answered with failure first. The caller
     * calls cell_destroy afterwards (allowed inside). */
    void (*on_end)(struct cell *cell, const struct cell_report *report, void *ctx);
    void *ctx;
};

/* Spawns. False only when the process cannot be made; everything later comes by on_end. [loop] */
bool cell_start(struct loop *loop, struct cell_program *program, const struct cell_spec *spec,
                const struct cell_handlers *handlers, struct cell **ret_cell,
                struct err *err) ATTR_MUST_CHECK;

/* One call. The cell must be ready (cell_is_ready: it may end at any time) and have none in
 * flight. frame is a whole frame, length included; it is copied into the socket's queue. done gets
 * the reply's payload (borrowed during the call), or an empty span with report != NULL when the
 * cell died over it: then on_end follows. The deadline counts from now, extended once by a host
 * pause (a loop turn over 200 ms). replies over reply_bytes_max break the wire. [loop] */
void cell_call(struct cell *cell, struct span frame, int64_t deadline_ms, size_t reply_bytes_max,
               const char *phase,
               void (*done)(struct cell *cell, struct span reply, const struct cell_report *report,
                            void *ctx),
               void *ctx);

bool cell_is_ready(const struct cell *cell);
bool cell_is_busy(const struct cell *cell);
long cell_pid(const struct cell *cell);

/* Kills the process when it lives, forgets its calls without answering, frees; sets *cell to
 * NULL. May be called in any of its callbacks. [loop] */
void cell_destroy(struct cell **cell);

#endif
