/* A rig for tests of real cells. */
#include "rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/attr.h"

#define RIG_WAIT_S 20.0

static void rig_on_ready(struct cell *cell, void *ctx)
{
    struct rig *rig = ctx;
    (void)cell;
    rig->is_ready = true;
    loop_stop(&rig->loop);
}

static void rig_on_log(struct cell *cell, int level, struct span line, void *ctx)
{
    struct rig *rig = ctx;
    (void)cell;
    rig->log_lines++;
    sbuf_printf(&rig->log, "%d %.*s\n", level, (int)line.len, line.data);
}

static void rig_on_end(struct cell *cell, const struct cell_report *report, void *ctx)
{
    struct rig *rig = ctx;
    (void)cell;
    rig->is_ended = true;
    rig->report = *report;
    loop_stop(&rig->loop);
}

static void rig_on_done(struct cell *cell, struct span reply, const struct cell_report *report,
                        void *ctx)
{
    struct rig *rig = ctx;
    (void)cell;
    rig->is_answered = true;
    if (report != NULL) {
        rig->call_report = *report;
    } else {
        struct err err;
        char *copy = arena_strndup(rig->arena, reply.data, reply.len);
        ck_assert_ptr_nonnull(copy);
        ck_assert_msg(
            wire_read_reply((struct span){copy, reply.len}, rig->arena, &rig->reply, &err), "%s",
            err.text);
    }
    loop_stop(&rig->loop);
}

void rig_open(struct rig *rig)
{
    *rig = (struct rig){.deadline_ms = 5000, .reply_bytes_max = WIRE_REPLY_BYTES_MAX};
    loop_init(&rig->loop);
    struct err err;
    rig->program = cell_program_open(CELL_PROGRAM, &err);
    ck_assert_msg(rig->program != NULL, "%s", err.text);
    rig->arena = arena_create(64u * 1024 * 1024);
    sbuf_init(&rig->log, 1024 * 1024);
    (void)snprintf(rig->directory, sizeof(rig->directory), "cell-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(rig->directory));
    rig->spec = (struct cell_spec){.name = "test",
                                   .memory_bytes_max = 128u * 1024 * 1024,
                                   .start_ms = 10000,
                                   .landlock_required = false};
    rig->setup = (struct wire_setup){.id = SPAN_LITERAL("test"),
                                     .version = SPAN_LITERAL("1.2.3"),
                                     .manifest = SPAN_LITERAL("{}"),
                                     .config = SPAN_LITERAL("{}")};
}

void rig_close(struct rig *rig)
{
    cell_destroy(&rig->cell);
    cell_program_close(&rig->program);
    loop_fini(&rig->loop);
    arena_destroy(&rig->arena);
    sbuf_fini(&rig->log);
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", rig->directory);
    ck_assert_int_eq(system(command), 0);
}

const char *rig_agent_path(const char *agent)
{
    static char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s.so", AGENTS_DIR, agent);
    return path;
}

void rig_copy(const char *from, const char *to, size_t bytes)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_msg(in >= 0 && out >= 0, "%s → %s", from, to);
    char block[512];
    ssize_t len;
    while (bytes > 0 &&
           (len = read(in, block, bytes < sizeof(block) ? bytes : sizeof(block))) > 0) {
        ck_assert_int_eq(write(out, block, (size_t)len), len);
        bytes -= (size_t)len;
    }
    ck_assert_int_eq(close(in), 0);
    ck_assert_int_eq(close(out), 0);
}

void rig_spawn(struct rig *rig, const char *agent)
{
    char path[128], file[160];
    (void)snprintf(path, sizeof(path), "%s/%d", rig->directory, rig->images++);
    (void)snprintf(file, sizeof(file), "%s/agent.so", path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    rig_copy(rig_agent_path(agent), file, SIZE_MAX);
    struct sbuf setup;
    sbuf_init(&setup, WIRE_FRAME_BYTES_MAX);
    wire_write_setup(&setup, &rig->setup);
    struct cell_spec spec = rig->spec;
    spec.image_path = path;
    spec.setup = sbuf_as_span(&setup);
    struct cell_handlers handlers = {
        .on_ready = rig_on_ready, .on_log = rig_on_log, .on_end = rig_on_end, .ctx = rig};
    struct err err;
    rig->is_ready = rig->is_ended = rig->is_late = false;
    ck_assert_msg(cell_start(&rig->loop, rig->program, &spec, &handlers, &rig->cell, &err), "%s",
                  err.text);
    sbuf_fini(&setup);
}

static void rig_on_late(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)revents;
    *(bool *)timer->data = true;
    ev_break(ev, EVBREAK_ALL);
}

static void rig_run(struct rig *rig, const bool *flag, double seconds)
{
    ev_timer late;
    rig->is_late = false;
    ev_now_update(rig->loop.ev);
    ev_timer_init(&late, rig_on_late, seconds, 0);
    late.data = &rig->is_late;
    ev_timer_start(rig->loop.ev, &late);
    while (!rig->is_late && (flag == NULL || !*flag)) {
        loop_run(&rig->loop);
    }
    ev_timer_stop(rig->loop.ev, &late);
}

void rig_wait(struct rig *rig, const bool *flag)
{
    rig_run(rig, flag, RIG_WAIT_S);
    ck_assert_msg(*flag, "nothing came in %g s; log:\n%s", RIG_WAIT_S, rig->log.data);
}

void rig_run_ms(struct rig *rig, int64_t ms)
{
    rig_run(rig, NULL, (double)ms / 1000);
}

void rig_start(struct rig *rig, const char *agent)
{
    rig_spawn(rig, agent);
    while (!rig->is_ready && !rig->is_ended && !rig->is_late) {
        rig_run(rig, &rig->is_ready, RIG_WAIT_S);
        ck_assert_msg(!rig->is_ended, "%s: %s", agent, rig->report.text);
    }
    ck_assert(rig->is_ready);
}

void rig_start_refused(struct rig *rig, const char *agent)
{
    rig_spawn(rig, agent);
    rig_wait(rig, &rig->is_ended);
    ck_assert(!rig->is_ready);
    cell_destroy(&rig->cell);
}

void rig_send(struct rig *rig, enum wire_kind kind, const struct wire_job *job,
              const struct wire_answer *answer)
{
    struct sbuf frame;
    sbuf_init(&frame, WIRE_FRAME_BYTES_MAX);
    wire_write_call(&frame, kind, job, answer);
    rig->is_answered = false;
    rig->call_report = (struct cell_report){0};
    cell_call(rig->cell, sbuf_as_span(&frame), rig->deadline_ms, rig->reply_bytes_max,
              kind == WIRE_CHECK   ? "check_input"
              : kind == WIRE_BUILD ? "build_prompt"
                                   : "post_process",
              rig_on_done, rig);
    sbuf_fini(&frame);
}

void rig_call(struct rig *rig, enum wire_kind kind, const char *data)
{
    struct wire_job job = {.data = span_of(data), .locale = SPAN_LITERAL("de")};
    struct wire_answer answer = {.text = span_of(data), .finish_reason = SPAN_LITERAL("stop")};
    rig_send(rig, kind, &job, &answer);
    rig_wait(rig, &rig->is_answered);
}

bool rig_is_unsandboxed(void)
{
#ifdef AGENTHOST_SANDBOX
    return false;
#else
    (void)printf("cells have no sandbox in this build: some tests of it are left out\n");
    return true;
#endif
}
