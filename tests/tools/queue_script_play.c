/* Plays the steps a job's data lists, and tells what happens to the job. */
#include "queue_script.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"

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

void say(const char *event, const struct queue_job *job, const char *fmt, ...)
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

struct span step_text(struct json_object *step, const char *key, const char *otherwise)
{
    struct span text = span_of(otherwise);
    (void)json_get_text(step, key, &text); /* absent: the default stays */
    return text;
}

int64_t step_int(struct json_object *step, const char *key, int64_t otherwise)
{
    int64_t value = otherwise;
    (void)json_get_int(step, key, &value);
    return value;
}

enum queue_park_reason step_reason(struct span name)
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

struct queue_handlers plays_handlers(void)
{
    return (struct queue_handlers){
        .on_job = on_job,
        .on_disowned = on_disowned,
        .on_cancel = on_cancel,
        .on_ended = on_ended,
        .on_ready = on_ready,
        .on_condemned = on_condemned,
    };
}

void plays_fini(void)
{
    while (plays != NULL) {
        play_destroy(plays);
    }
}
