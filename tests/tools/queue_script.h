/* The scripted worker's parts: the program, the jobs' steps, the commands of the test. */
#ifndef TESTS_TOOLS_QUEUE_SCRIPT_H
#define TESTS_TOOLS_QUEUE_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/json.h"
#include "core/loop.h"
#include "core/sbuf.h"
#include "core/state.h"
#include "queue/queue.h"

#define SCRIPT_LINE_BYTES_MAX (1u << 20)

struct script {
    struct loop loop;
    struct thread *files;
    struct state_dir state;
    struct queue *queue;
    struct sbuf input;
    ev_io stdin_io;
    ev_timer drain_timer;
    bool is_draining;
    bool is_bench;   /* completes every job at once and tells nothing */
    bool is_holding; /* does not claim before "start" */
};
extern struct script script;

/* One JSON line on standard output: event, time, the job's numbers, and more members. */
void say(const char *event, const struct queue_job *job, const char *fmt, ...) ATTR_PRINTF(3, 4);

/* Members of a step or command, with a default. */
struct span step_text(struct json_object *step, const char *key, const char *otherwise);
int64_t step_int(struct json_object *step, const char *key, int64_t otherwise);
enum queue_park_reason step_reason(struct span name);

/* The queue's callbacks, which play a job's steps. */
struct queue_handlers plays_handlers(void);
/* Frees what is left of jobs that did not end. */
void plays_fini(void);

/* Reads a command from each line of standard input. */
void commands_start(void);
void commands_stop(void);
/* Stops claiming and ends the program when nothing runs any more. */
void script_drain(void);

#endif
