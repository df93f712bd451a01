/* A rig for tests of real cells: a loop, the program, one cell, and what it did. */
#ifndef TESTS_UNIT_CELL_RIG_H
#define TESTS_UNIT_CELL_RIG_H

#include <check.h>

#include "cell/cell.h"
#include "cell/wire.h"
#include "core/arena.h"
#include "core/loop.h"
#include "paths.h"

struct rig {
    struct loop loop;
    struct cell_program *program;
    struct arena *arena;
    struct cell *cell;
    struct cell_spec spec; /* may be changed before rig_start */
    struct wire_setup setup;
    char directory[64]; /* holds images, one folder each */
    int images;
    bool is_ready, is_ended, is_answered, is_late;
    struct cell_report report;      /* from on_end */
    struct cell_report call_report; /* from the call; phase "" when it was answered */
    struct wire_reply reply;
    size_t reply_bytes_max;
    int64_t deadline_ms;
    struct sbuf log; /* "LEVEL line\n" */
    unsigned log_lines;
};

void rig_open(struct rig *rig);
void rig_close(struct rig *rig);

/* Makes an image of tests/agents/NAME.so and starts a cell on it; does not wait. */
void rig_spawn(struct rig *rig, const char *agent);
/* The same, and waits until it is ready. */
void rig_start(struct rig *rig, const char *agent);
/* The same, for one that must not become ready; the report is in rig->report. */
void rig_start_refused(struct rig *rig, const char *agent);

/* Sends a call whose data is text and waits until it is answered or failed. */
void rig_call(struct rig *rig, enum wire_kind kind, const char *data);
/* The same, sending only. */
void rig_send(struct rig *rig, enum wire_kind kind, const struct wire_job *job,
              const struct wire_answer *answer);

/* Runs the loop until *flag or 20 s, which fails the test. */
void rig_wait(struct rig *rig, const bool *flag);
/* Runs the loop for so long. */
void rig_run_ms(struct rig *rig, int64_t ms);

#define rig_assert_text(text, expected)                                                            \
    ck_assert_msg(span_is(text, expected), "'%.*s'", (int)(text).len, (text).data)

/* True where cells have no sandbox in this build; says so. */
bool rig_is_unsandboxed(void);

#endif
