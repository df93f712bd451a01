/* A rig for tests of the registry with real cells. */
#include "rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"

#define RIG_WAIT_S 20.0

static void rig_on_log(void *job, int level, struct span line, void *ctx)
{
    struct rig *rig = ctx;
    sbuf_printf(&rig->log, "%s %d %.*s\n", (const char *)job, level, (int)line.len, line.data);
}

static void rig_on_available(const char *agent_id, void *ctx)
{
    struct rig *rig = ctx;
    sbuf_printf(&rig->available, "%s ", agent_id);
}

static void rig_start(struct rig *rig)
{
    struct err err;
    struct agents_handlers handlers = {rig_on_log, rig_on_available, rig};
    rig->files = thread_create(&rig->loop, "files", 100);
    rig->program = cell_program_open(CELL_PROGRAM, &err);
    ck_assert_msg(rig->program != NULL, "%s", err.text);
    rig->agents =
        agents_create(&rig->loop, rig->files, rig->program, &rig->state, &rig->options, &handlers);
}

void rig_stop(struct rig *rig)
{
    agents_destroy(&rig->agents);
    thread_destroy(&rig->files);
    rig_run_ms(rig, 1); /* what was put off to the end of the turn */
    cell_program_close(&rig->program);
}

void rig_restart(struct rig *rig)
{
    rig_stop(rig);
    rig_start(rig);
}

void rig_open(struct rig *rig)
{
    *rig = (struct rig){0};
    log_configure(LOG_FORMAT_TEXT, getenv("RIG_LOG") != NULL ? LOG_DEBUG : LOG_ERROR + 1);
    metrics_reset();
    loop_init(&rig->loop);
    (void)snprintf(rig->directory, sizeof(rig->directory), "agent-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(rig->directory));
    (void)snprintf(rig->bundles, sizeof(rig->bundles), "%s/bundles", rig->directory);
    (void)snprintf(rig->later_bundles, sizeof(rig->later_bundles), "%s/later", rig->directory);
    (void)snprintf(rig->state_path, sizeof(rig->state_path), "%s/state", rig->directory);
    ck_assert_int_eq(mkdir(rig->bundles, 0700), 0);
    ck_assert_int_eq(mkdir(rig->state_path, 0700), 0);
    rig->dirs[0] = rig->bundles;
    rig->dirs[1] = rig->later_bundles;
    rig->state.path = rig->state_path;
    rig->options.agents.dirs.items = rig->dirs;
    rig->options.agents.dirs.count = 2;
    rig->options.agents.call_ms = 1000;
    rig->options.agents.start_ms = 5000;
    rig->options.agents.memory_bytes_max = INT64_C(512) * 1024 * 1024;
    rig->options.agents.sandbox = SANDBOX_PREFER;
    rig->options.agents.still_ms = 0;
    rig->options.agents.still_ms_max = 500;
    rig->arena = arena_create(64u * 1024 * 1024);
    sbuf_init(&rig->report, 1024 * 1024);
    sbuf_init(&rig->log, 1024 * 1024);
    sbuf_init(&rig->available, 1024 * 1024);
    rig_start(rig);
}

void rig_close(struct rig *rig)
{
    rig_stop(rig);
    loop_fini(&rig->loop);
    arena_destroy(&rig->arena);
    sbuf_fini(&rig->report);
    sbuf_fini(&rig->log);
    sbuf_fini(&rig->available);
    rig_run("chmod -R u+w '%s' && rm -rf '%s'", rig->directory, rig->directory);
}

static void rig_on_late(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)revents;
    *(bool *)timer->data = true;
    ev_break(ev, EVBREAK_ALL);
}

void rig_wait(struct rig *rig, bool (*check)(struct rig *rig))
{
    bool is_late = false;
    ev_timer late;
    ev_timer_init(&late, rig_on_late, RIG_WAIT_S, 0);
    late.data = &is_late;
    ev_now_update(rig->loop.ev);
    ev_timer_start(rig->loop.ev, &late);
    while (!check(rig) && !is_late) {
        ev_run(rig->loop.ev, EVRUN_ONCE);
    }
    ev_timer_stop(rig->loop.ev, &late);
    ck_assert_msg(!is_late, "nothing came of it");
}

void rig_run_ms(struct rig *rig, int64_t ms)
{
    bool is_late = false;
    ev_timer late;
    ev_timer_init(&late, rig_on_late, (double)ms / 1000, 0);
    late.data = &is_late;
    ev_now_update(rig->loop.ev);
    ev_timer_start(rig->loop.ev, &late);
    while (!is_late) {
        ev_run(rig->loop.ev, EVRUN_ONCE);
    }
}

static void rig_on_reloaded(bool is_ok, struct span report, void *ctx)
{
    struct rig *rig = ctx;
    rig->is_reloaded = true;
    rig->is_ok = is_ok;
    sbuf_clear(&rig->report);
    sbuf_span(&rig->report, report);
}

bool rig_is_reloaded(struct rig *rig)
{
    return rig->is_reloaded;
}

void rig_expect_reload(struct rig *rig, bool is_ok, const char *part)
{
    rig_reload(rig);
    ck_assert_msg(rig->is_ok == is_ok, "%s", rig->report.data);
    rig_assert_has(rig->report.data, part);
}

void rig_ask_reload(struct rig *rig)
{
    rig->is_reloaded = false;
    agents_reload(rig->agents, &rig->options, rig_on_reloaded, rig);
}

void rig_reload(struct rig *rig)
{
    rig_ask_reload(rig);
    rig_wait(rig, rig_is_reloaded);
}

static bool rig_is_settled(struct rig *rig)
{
    return thread_pending(rig->files) == 0;
}

void rig_settle(struct rig *rig)
{
    rig_wait(rig, rig_is_settled);
}

void rig_run(const char *fmt, ...)
{
    char command[2048];
    va_list args;
    va_start(args, fmt);
    ck_assert_int_lt(vsnprintf(command, sizeof(command), fmt, args), (int)sizeof(command));
    va_end(args);
    ck_assert_msg(system(command) == 0, "%s", command);
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

void rig_write(struct rig *rig, const char *path, const char *text)
{
    char full[512];
    (void)snprintf(full, sizeof(full), "%s/%s", rig->directory, path);
    FILE *file = fopen(full, "we");
    ck_assert_msg(file != NULL, "%s", full);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

void rig_write_manifest(struct rig *rig, const char *id, const char *version, const char *extra)
{
    char path[128], text[2048];
    (void)snprintf(path, sizeof(path), "bundles/%s/manifest.json", id);
    (void)snprintf(text, sizeof(text),
                   "{\"manifest\":1,\"id\":\"%s\",\"version\":\"%s\",\"name\":{\"en\":\"Test\"},"
                   "\"languages\":[\"en\"],\"chart\":\"none\"%s}",
                   id, version, extra);
    rig_write(rig, path, text);
}

void rig_install(struct rig *rig, const char *id, const char *version, const char *agent,
                 const char *prompt)
{
    char path[512], from[512];
    rig_run("mkdir -p '%s/%s/assets'", rig->bundles, id);
    rig_write_manifest(rig, id, version, "");
    (void)snprintf(path, sizeof(path), "bundles/%s/assets/prompt.txt", id);
    rig_write(rig, path, prompt);
    (void)snprintf(from, sizeof(from), "%s/%s.so", AGENTS_DIR, agent);
    (void)snprintf(path, sizeof(path), "%s/%s/agent.so", rig->bundles, id);
    rig_copy(from, path, SIZE_MAX);
}

struct unit *rig_pin(struct rig *rig, const char *id, const char *image)
{
    struct err err = {0};
    struct unit *unit = agents_pin(rig->agents, id, image, NULL, &err);
    ck_assert_msg(unit != NULL, "%s", err.text);
    return unit;
}

void rig_count_reply(const struct agent_reply *reply, void *ctx)
{
    struct rig *rig = ctx;
    rig->reply = *reply;
    rig->replies++;
    rig->outcomes[reply->outcome]++;
    ev_break(rig->loop.ev, EVBREAK_ONE); /* it may come before the loop goes to sleep */
}

bool rig_has_reply(struct rig *rig)
{
    return rig->replies > 0;
}

static struct agent_job rig_job(struct rig *rig, const char *job_key, const char *data)
{
    return (struct agent_job){.job = (void *)job_key,
                              .job_key = job_key,
                              .arena = rig->arena,
                              .data = span_of(data),
                              .locale = "en",
                              .seed = 1,
                              .now_ms = 2,
                              .prompt_bytes_max = 100 * 1024,
                              .result_bytes_max = 512 * 1024};
}

struct agent_call *rig_send_build(struct rig *rig, struct unit *unit, const char *job_key,
                                  const char *data)
{
    struct agent_job job = rig_job(rig, job_key, data);
    return unit_build_prompt(unit, &job, rig_count_reply, rig);
}

void rig_check(struct rig *rig, struct unit *unit, const char *job_key, const char *data)
{
    struct agent_job job = rig_job(rig, job_key, data);
    rig->replies = 0;
    (void)unit_check_input(unit, &job, rig_count_reply, rig);
    ck_assert_uint_eq(rig->replies, 0);
    rig_wait(rig, rig_has_reply);
}

void rig_build(struct rig *rig, struct unit *unit, const char *job_key, const char *data)
{
    rig->replies = 0;
    (void)rig_send_build(rig, unit, job_key, data);
    ck_assert_uint_eq(rig->replies, 0);
    rig_wait(rig, rig_has_reply);
}

void rig_process(struct rig *rig, struct unit *unit, const char *job_key, const char *answer)
{
    struct agent_job job = rig_job(rig, job_key, "{}");
    struct agent_answer given = {.text = span_of(answer),
                                 .finish_reason = SPAN_LITERAL("stop"),
                                 .model = SPAN_LITERAL("test"),
                                 .prompt_tokens = -1,
                                 .completion_tokens = -1};
    rig->replies = 0;
    (void)unit_post_process(unit, &job, &given, rig_count_reply, rig);
    ck_assert_uint_eq(rig->replies, 0);
    rig_wait(rig, rig_has_reply);
}

static unsigned rig_count_entries(const char *path)
{
    unsigned count = 0;
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count - 3; /* ".", ".." and the one that reads */
}

unsigned rig_count_fds(void)
{
    return rig_count_entries("/proc/self/fd");
}

/* The ids of this process's children; returns how many. */
static unsigned rig_list_children(long *pids, unsigned count_max)
{
    char path[64];
    unsigned count = 0;
    (void)snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)getpid());
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (count < count_max && fscanf(file, "%ld", &pids[count]) == 1) {
        count++;
    }
    (void)fclose(file);
    return count;
}

unsigned rig_count_children(void)
{
    long pids[100];
    return rig_list_children(pids, ARRAY_LEN(pids));
}

void rig_expect_children(struct rig *rig, unsigned count)
{
    int64_t until_ms = clock_mono_ms() + (int64_t)(RIG_WAIT_S * 1000);
    while (rig_count_children() != count && clock_mono_ms() < until_ms) {
        rig_run_ms(rig, 1);
    }
    ck_assert_uint_eq(rig_count_children(), count);
}

void rig_expect_children_at_most(struct rig *rig, unsigned count)
{
    int64_t until_ms = clock_mono_ms() + (int64_t)(RIG_WAIT_S * 1000);
    while (rig_count_children() > count && clock_mono_ms() < until_ms) {
        rig_run_ms(rig, 1); /* one that was ended is there until it has been waited for */
    }
    ck_assert_uint_le(rig_count_children(), count);
}

void rig_kill_children(void)
{
    long pids[100];
    unsigned count = rig_list_children(pids, ARRAY_LEN(pids));
    for (unsigned i = 0; i < count; i++) {
        ck_assert_int_eq(kill((pid_t)pids[i], SIGKILL), 0);
    }
}
