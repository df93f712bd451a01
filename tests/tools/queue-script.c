/* A worker whose jobs say themselves what becomes of them: the queue folder without agents.
 *
 * usage: queue-script --state DIR (--socket PATH | --port N) [--queue NAME] [--OPTION VALUE]...
 *
 * The job's data is {"steps": [{"do": "log", "row": "hello"}, {"do": "complete", "value": 1}]}.
 * Without steps the data itself is the return value. Each line on standard output is a JSON
 * object about what happened; each line on standard input is a command: see commands below. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "core/signals.h"
#include "core/state.h"
#include "core/thread.h"
#include "queue/queue.h"
#include "redis/redis.h"

#define SCRIPT_LINE_BYTES_MAX (1u << 20)

static struct script {
    struct loop loop;
    struct thread *files;
    struct state_dir state;
    struct queue *queue;
    struct sbuf input;
    ev_io stdin_io;
    ev_timer drain_timer;
    bool is_draining;
    bool is_bench;
    bool is_holding; /* do not claim before "start" */
} script;

/* What one job is doing. */
struct play {
    struct play *prev, *next; /* plays */
    struct queue_job *job;
    struct json_object *root;
    struct json_object *steps;
    size_t at;
    ev_timer timer;
};

static struct play *plays; /* of the jobs that have not ended */

static void play_next(struct play *play);

/* --- telling -------------------------------------------------------------------------------- */

static void say(const char *event, const struct queue_job *job, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

static void say(const char *event, const struct queue_job *job, const char *fmt, ...)
{
    if (script.is_bench) {
        return;
    }
    printf("{\"event\":\"%s\",\"at\":%" PRId64, event, clock_wall_ms());
    if (job != NULL) {
        struct sbuf key;
        sbuf_init(&key, 4096);
        sbuf_json_string(&key, span_of(job->job_key));
        printf(",\"job\":%s,\"id\":\"%s\",\"run\":%" PRIu32 ",\"started\":%" PRIu32
               ",\"made\":%" PRIu32 ",\"progress\":%d",
               key.data, job->id, job->run, job->attempts_started, job->attempts_made,
               job->progress);
        sbuf_fini(&key);
    }
    va_list args;
    va_start(args, fmt);
    char *text = NULL;
    if (vasprintf(&text, fmt, args) > 0) {
        printf(",%s", text);
    }
    va_end(args);
    free(text);
    printf("}\n");
    fflush(stdout);
}

static const char *end_name(enum queue_end end)
{
    static const char *const names[] = {
        [QUEUE_COMPLETED] = "completed", [QUEUE_FAILED] = "failed",
        [QUEUE_RETRYING] = "retrying",   [QUEUE_PARKED] = "parked",
        [QUEUE_RETURNED] = "returned",   [QUEUE_LOST] = "lost",
    };
    return names[end];
}

/* --- a job's steps -------------------------------------------------------------------------- */

static struct span step_text(struct json_object *step, const char *key, const char *otherwise)
{
    struct span text = span_of(otherwise);
    (void)json_get_text(step, key, &text); /* absent: the default stays */
    return text;
}

static int64_t step_int(struct json_object *step, const char *key, int64_t otherwise)
{
    int64_t value = otherwise;
    (void)json_get_int(step, key, &value);
    return value;
}

static enum queue_park_reason step_reason(struct span name)
{
    for (int i = 0; i < PARK_REASONS_COUNT; i++) {
        if (span_is(name, queue_park_reason_name((enum queue_park_reason)i))) {
            return (enum queue_park_reason)i;
        }
    }
    return PARK_MEMORY;
}

static void play_complete(struct play *play, struct json_object *value)
{
    struct sbuf out;
    sbuf_init(&out, SCRIPT_LINE_BYTES_MAX);
    json_render(&out, value);
    queue_complete(play->job, sbuf_as_span(&out));
    sbuf_fini(&out);
}

static void play_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    play_next(timer->data);
}

static void play_on_run(struct queue_job *job, const struct queue_run *run, void *ctx)
{
    struct play *play = ctx;
    if (run == NULL) {
        say("run", job, "\"record\":null");
        queue_drop(job);
        return;
    }
    struct sbuf out;
    sbuf_init(&out, SCRIPT_LINE_BYTES_MAX);
    for (size_t i = 0; i < run->answers_count; i++) {
        const struct queue_answer *answer = &run->answers[i];
        sbuf_printf(&out, "%s[%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%.*s]", i > 0 ? "," : "",
                    answer->pass, answer->round, answer->try_, (int)answer->json.len,
                    answer->json.data);
    }
    say("run", job,
        "\"isNew\":%s,\"recordRun\":%" PRIu32 ",\"seed\":\"%" PRIu64 "\",\"nowMs\":%" PRId64
        ",\"image\":\"%s\",\"cancel\":\"%s\",\"lease\":%s,\"verdicts\":%zu,\"answers\":[%s]",
        run->is_new ? "true" : "false", run->run, run->seed, run->now_ms,
        run->image != NULL ? run->image : "", run->cancel_reason != NULL ? run->cancel_reason : "",
        run->foreign_lease_ms > 0 ? "true" : "false", run->verdicts_count, out.data);
    sbuf_fini(&out);
    if (run->cancel_reason != NULL) {
        queue_fail(job, SPAN_LITERAL("CANCELLED"), (struct span){0}, true);
        return;
    }
    play_next(play);
}

static void play_on_answer(struct queue_job *job, void *ctx)
{
    say("answered", job, "%s", "");
    if (job->is_disowned) {
        queue_drop(job);
        return;
    }
    play_next(ctx);
}

static void play_on_lease(struct queue_job *job, bool is_taken, void *ctx)
{
    say("lease", job, "\"taken\":%s", is_taken ? "true" : "false");
    play_next(ctx);
}

static void play_answer(struct play *play, struct json_object *step)
{
    struct sbuf out;
    sbuf_init(&out, SCRIPT_LINE_BYTES_MAX);
    json_render(&out, json_get(step, "json"));
    queue_run_answer(play->job, (uint32_t)step_int(step, "pass", 1),
                     (uint32_t)step_int(step, "round", 0), (uint32_t)step_int(step, "try", 0),
                     sbuf_as_span(&out), play_on_answer, play);
    sbuf_fini(&out);
}

/* Steps that end the job. */
static bool play_end(struct play *play, struct json_object *step, struct span what)
{
    struct queue_job *job = play->job;
    bool is_final = false;
    if (span_is(what, "complete")) {
        play_complete(play, json_get(step, "value"));
    } else if (span_is(what, "fail")) {
        (void)json_get_bool(step, "final", &is_final);
        queue_fail(job, step_text(step, "reason", "it failed"),
                   step_text(step, "trace", "Error: it failed\n    at a step"), is_final);
    } else if (span_is(what, "park")) {
        queue_park(job, step_reason(step_text(step, "reason", "provider")),
                   step_int(step, "ms", 60000), step_text(step, "detail", "no detail"));
    } else if (span_is(what, "return")) {
        queue_return(job);
    } else {
        return false;
    }
    return true;
}

/* True when the next step can follow at once. */
static bool play_step(struct play *play, struct json_object *step, struct span what)
{
    struct queue_job *job = play->job;
    if (span_is(what, "log")) {
        queue_log(job, step_text(step, "row", "a row"));
    } else if (span_is(what, "progress")) {
        queue_progress(job, (int)step_int(step, "percent", 50));
    } else if (span_is(what, "failTimes")) {
        if (job->attempts_made < step_int(step, "times", 1)) {
            queue_fail(job, step_text(step, "reason", "not yet"), (struct span){0}, false);
            return false;
        }
    } else if (span_is(what, "parkOnce")) {
        if (job->parked_since_ms == 0) {
            (void)play_end(play, step, SPAN_LITERAL("park"));
            return false;
        }
    } else if (span_is(what, "bind")) {
        queue_run_bind(job, json_object_get_string(json_get(step, "image")), NULL);
    } else if (span_is(what, "verdict")) {
        queue_run_verdict(job, (uint32_t)step_int(step, "pass", 1),
                          (uint32_t)step_int(step, "round", 0), step_text(step, "text", "accept"));
    } else if (span_is(what, "release")) {
        queue_lease_release(job);
    } else if (span_is(what, "wait")) {
        ev_timer_set(&play->timer, (double)step_int(step, "ms", 100) / 1000, 0);
        ev_timer_start(script.loop.ev, &play->timer);
        return false;
    } else if (span_is(what, "open")) {
        queue_run_open(job, play_on_run, play);
        return false;
    } else if (span_is(what, "answer")) {
        play_answer(play, step);
        return false;
    } else if (span_is(what, "lease")) {
        queue_lease_take(job, "call-1", play_on_lease, play);
        return false;
    } else { /* "hang": until the process ends */
        return false;
    }
    return true;
}

static void play_next(struct play *play)
{
    while (!play->job->is_ending && play->at < json_object_array_length(play->steps)) {
        struct json_object *step = json_object_array_get_idx(play->steps, play->at++);
        struct span what = step_text(step, "do", "complete");
        say("step", play->job, "\"do\":\"%.*s\"", (int)what.len, what.data);
        if (play_end(play, step, what) || !play_step(play, step, what)) {
            return;
        }
    }
    if (!play->job->is_ending) {
        queue_complete(play->job, SPAN_LITERAL("null"));
    }
}

/* --- the queue's callbacks ------------------------------------------------------------------ */

static void on_job(struct queue_job *job, void *ctx)
{
    (void)ctx;
    if (script.is_bench) {
        queue_complete(job, SPAN_LITERAL("{\"ok\":true}"));
        return;
    }
    say("job", job, "\"name\":\"%s\",\"parkedSince\":%" PRId64 ",\"lastAttempt\":%s", job->name,
        job->parked_since_ms, queue_is_last_attempt(job) ? "true" : "false");
    struct play *play = mem_alloc(sizeof(*play));
    struct err err;
    play->job = job;
    job->owner = play;
    play->next = plays;
    if (plays != NULL) {
        plays->prev = play;
    }
    plays = play;
    ev_timer_init(&play->timer, play_on_timer, 0, 0);
    play->timer.data = play;
    if (!json_parse(job->data, &play->root, &err)) {
        queue_fail(job, span_of(err.text), (struct span){0}, true);
        return;
    }
    play->steps = json_get(play->root, "steps");
    if (json_object_is_type(play->steps, json_type_array)) {
        play_next(play);
    } else {
        play_complete(play, play->root);
    }
}

static void on_disowned(struct queue_job *job, void *ctx)
{
    (void)ctx;
    struct play *play = job->owner;
    say("disowned", job, "%s", "");
    /* A job with "keepGoing" plays on, as a running model call would. */
    bool keeps_going = false;
    (void)json_get_bool(play->root, "keepGoing", &keeps_going);
    if (!keeps_going) {
        queue_drop(job);
    }
}

static void on_cancel(struct queue_job *job, const char *reason, void *ctx)
{
    (void)ctx;
    say("cancel", job, "\"reason\":\"%s\"", reason);
    queue_fail(job, SPAN_LITERAL("CANCELLED"), (struct span){0}, true);
}

static void play_destroy(struct play *play)
{
    if (play->prev != NULL) {
        play->prev->next = play->next;
    } else {
        plays = play->next;
    }
    if (play->next != NULL) {
        play->next->prev = play->prev;
    }
    ev_timer_stop(script.loop.ev, &play->timer);
    json_object_put(play->root);
    free(play);
}

static void on_ended(struct queue_job *job, enum queue_end end, void *ctx)
{
    (void)ctx;
    say("ended", job, "\"end\":\"%s\"", end_name(end));
    if (job->owner != NULL) {
        play_destroy(job->owner);
    }
}

static void on_ready(struct queue *queue, void *ctx)
{
    (void)queue;
    (void)ctx;
    say("ready", NULL, "%s", "");
}

static void on_condemned(struct queue_job *job, struct span reason, void *ctx)
{
    (void)ctx;
    say("condemned", job, "\"reason\":\"%.*s\"", (int)reason.len, reason.data);
}

/* --- commands ------------------------------------------------------------------------------- */

static void on_added(const char *job_id, const struct err *err, void *ctx)
{
    (void)ctx;
    say("added", NULL, "\"id\":\"%s\",\"error\":\"%s\"", job_id != NULL ? job_id : "",
        err != NULL ? err->text : "");
}

static void on_state(bool is_known, enum queue_job_state state, void *ctx)
{
    static const char *const names[] = {"gone", "alive", "completed", "failed"};
    (void)ctx;
    say("state", NULL, "\"state\":\"%s\"", is_known ? names[state] : "unknown");
}

static void on_adopted(const struct err *err, void *ctx)
{
    (void)ctx;
    say("adopted", NULL, "\"error\":\"%s\"", err != NULL ? err->text : "");
}

static void command_enqueue(struct json_object *command)
{
    struct sbuf data;
    sbuf_init(&data, SCRIPT_LINE_BYTES_MAX);
    json_render(&data, json_get(command, "data"));
    const struct queue_add add = {
        .name = json_object_get_string(json_get(command, "name")),
        .job_id = json_object_get_string(json_get(command, "id")),
        .data = sbuf_as_span(&data),
        .priority = (uint32_t)step_int(command, "priority", 0),
        .attempts = (uint32_t)step_int(command, "attempts", 1),
        .backoff_ms = step_int(command, "backoff", 0),
        .keep_completed_s = step_int(command, "keepCompleted", -1),
        .keep_failed_s = step_int(command, "keepFailed", -1),
    };
    queue_enqueue(script.queue, &add, on_added, NULL);
    sbuf_fini(&data);
}

static void command_status(void)
{
    struct sbuf out;
    sbuf_init(&out, 65536);
    queue_render_status(script.queue, &out);
    say("status", NULL, "\"queue\":%s", out.data);
    sbuf_clear(&out);
    metrics_render(&out);
    struct sbuf text;
    sbuf_init(&text, 262144);
    sbuf_json_string(&text, sbuf_as_span(&out));
    say("metrics", NULL, "\"text\":%s", text.data);
    sbuf_fini(&text);
    sbuf_fini(&out);
}

static void on_drain_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)timer;
    (void)revents;
    if (queue_jobs_count(script.queue) == 0) {
        loop_stop(&script.loop);
    }
}

static void on_drain(void *ctx)
{
    (void)ctx;
    if (!script.is_draining) {
        script.is_draining = true;
        queue_stop_claiming(script.queue);
        ev_timer_init(&script.drain_timer, on_drain_timer, 0.005, 0.005);
        ev_timer_start(script.loop.ev, &script.drain_timer);
    }
}

static void on_stop(void *ctx)
{
    (void)ctx;
    loop_stop(&script.loop);
}

static void on_reload(void *ctx)
{
    (void)ctx; /* nothing to reload */
}

static void command_run(struct json_object *command)
{
    struct span what = step_text(command, "do", "");
    if (span_is(what, "start")) {
        queue_start_claiming(script.queue);
    } else if (span_is(what, "stop")) {
        queue_stop_claiming(script.queue);
    } else if (span_is(what, "drain")) {
        on_drain(NULL);
    } else if (span_is(what, "concurrency")) {
        queue_set_concurrency(script.queue, (uint32_t)step_int(command, "value", 1));
    } else if (span_is(what, "unpark")) {
        queue_unpark(script.queue, step_reason(step_text(command, "reason", "")));
    } else if (span_is(what, "cancel")) {
        queue_cancel(script.queue, json_object_get_string(json_get(command, "job")), "not wanted");
    } else if (span_is(what, "state")) {
        queue_job_state(script.queue, json_object_get_string(json_get(command, "job")), on_state,
                        NULL);
    } else if (span_is(what, "enqueue")) {
        command_enqueue(command);
    } else if (span_is(what, "adopt")) {
        queue_store_adopt(script.queue, on_adopted, NULL);
    } else if (span_is(what, "status")) {
        command_status();
    } else {
        say("error", NULL, "\"text\":\"unknown command\"");
    }
}

static void on_line(struct span line)
{
    struct json_object *command = NULL;
    struct err err;
    if (json_parse(line, &command, &err)) {
        command_run(command);
    } else {
        say("error", NULL, "\"text\":\"%s\"", err.text);
    }
    json_object_put(command);
}

static void on_stdin(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)revents;
    char bytes[4096];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (got <= 0) {
        ev_io_stop(ev, io); /* the test has gone: end with it */
        loop_stop(&script.loop);
        return;
    }
    sbuf_append(&script.input, bytes, (size_t)got);
    for (;;) {
        char *end = memchr(script.input.data, '\n', script.input.len);
        if (end == NULL) {
            return;
        }
        size_t len = (size_t)(end - script.input.data);
        on_line((struct span){script.input.data, len});
        sbuf_consume(&script.input, len + 1);
    }
}

/* --- start ---------------------------------------------------------------------------------- */

static int64_t number_of(const char *text)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text) {
        fprintf(stderr, "queue-script: '%s' is no number\n", text);
        exit(2);
    }
    return number;
}

static void take_option(struct options_queue *options, struct redis_settings *redis,
                        const char **state, const char **store, const char *name, char *value)
{
    const struct {
        const char *name;
        int64_t *number;
    } numbers[] = {
        {"--lock-ms", &options->lock_ms},         {"--stalled-ms", &options->stalled_ms},
        {"--park-max-ms", &options->park_max_ms}, {"--drain-delay-ms", &options->drain_delay_ms},
        {"--command-ms", &redis->command_ms},     {"--limiter-ms", &options->limiter.duration_ms},
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            *numbers[i].number = number_of(value);
            return;
        }
    }
    if (strcmp(name, "--socket") == 0) {
        redis->unix_path = value;
    } else if (strcmp(name, "--port") == 0) {
        redis->host = (char *)"127.0.0.1";
        redis->port = (uint16_t)number_of(value);
    } else if (strcmp(name, "--state") == 0) {
        *state = value;
    } else if (strcmp(name, "--store") == 0) {
        *store = value;
    } else if (strcmp(name, "--queue") == 0) {
        options->name = value;
    } else if (strcmp(name, "--prefix") == 0) {
        options->prefix = value;
    } else if (strcmp(name, "--concurrency") == 0) {
        options->concurrency = (uint32_t)number_of(value);
    } else if (strcmp(name, "--limiter-max") == 0) {
        options->limiter.max = (uint32_t)number_of(value);
    } else if (strcmp(name, "--max-stalled") == 0) {
        options->max_stalled = (uint32_t)number_of(value);
    } else if (strcmp(name, "--unpark-per-second") == 0) {
        options->unpark_per_second = (uint32_t)number_of(value);
    } else if (strcmp(name, "--bench") == 0) {
        script.is_bench = number_of(value) != 0;
    } else if (strcmp(name, "--hold") == 0) {
        script.is_holding = number_of(value) != 0;
    } else {
        fprintf(stderr, "queue-script: unknown option %s\n", name);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct options_queue options = {
        .name = (char *)"script",
        .prefix = (char *)"bull",
        .concurrency = 1,
        .lock_ms = 30000,
        .stalled_ms = 30000,
        .max_stalled = 5,
        .park_max_ms = 86400000,
        .unpark_per_second = 100,
        .drain_delay_ms = 5000,
    };
    struct redis_settings redis = {
        .connect_ms = 5000,
        .command_ms = 10000,
        .write_bytes_max = (size_t)64 << 20,
    };
    const char *state = NULL, *store = "11111111-1111-4111-8111-111111111111";
    for (int i = 1; i + 1 < argc; i += 2) {
        take_option(&options, &redis, &state, &store, argv[i], argv[i + 1]);
    }
    if (state == NULL || (redis.unix_path == NULL && redis.port == 0)) {
        fprintf(stderr, "queue-script: --state and --socket or --port are needed\n");
        return 2;
    }
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
    struct err err;
    if (!state_open(&script.state, state, 5000, NULL, &err)) {
        fprintf(stderr, "queue-script: %s\n", err.text);
        return 1;
    }
    loop_init(&script.loop);
    script.files = thread_create(&script.loop, "files", 1024);
    const struct signals_handlers signals = {
        .on_reload = on_reload,
        .on_drain = on_drain,
        .on_stop = on_stop,
    };
    signals_start(&script.loop, &signals);
    const struct queue_handlers handlers = {
        .on_job = on_job,
        .on_disowned = on_disowned,
        .on_cancel = on_cancel,
        .on_ended = on_ended,
        .on_ready = on_ready,
        .on_condemned = on_condemned,
    };
    script.queue =
        queue_create(&script.loop, script.files, &redis, &options, &script.state, store, &handlers);
    if (!script.is_holding) {
        queue_start_claiming(script.queue);
    }
    sbuf_init(&script.input, SCRIPT_LINE_BYTES_MAX);
    ev_io_init(&script.stdin_io, on_stdin, STDIN_FILENO, EV_READ);
    ev_io_start(script.loop.ev, &script.stdin_io);
    loop_run(&script.loop);

    ev_io_stop(script.loop.ev, &script.stdin_io);
    ev_timer_stop(script.loop.ev, &script.drain_timer);
    signals_stop(&script.loop);
    queue_destroy(&script.queue);
    while (plays != NULL) {
        play_destroy(plays); /* of jobs that were left running */
    }
    thread_destroy(&script.files);
    loop_fini(&script.loop);
    sbuf_fini(&script.input);
    state_close(&script.state);
    return 0;
}
