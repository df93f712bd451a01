/* What a test may tell the scripted worker: one JSON object a line. */
#include "queue_script.h"

#include <string.h>
#include <unistd.h>

#include "core/metrics.h"

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

static void on_looked(const struct queue_job_view *view, const struct err *err, void *ctx)
{
    (void)ctx;
    if (view == NULL) {
        say("looked", NULL, "\"error\":\"%s\",\"kind\":\"%s\"", err->text,
            err_kind_name(err->kind));
        return;
    }
    struct sbuf reason;
    sbuf_init(&reason, SCRIPT_LINE_BYTES_MAX);
    sbuf_json_string(&reason, span_of(view->failed_reason != NULL ? view->failed_reason : ""));
    say("looked", NULL,
        "\"state\":\"%s\",\"progress\":%d,\"attempts\":%u,\"reason\":%s,\"parked\":\"%s\","
        "\"since\":%lld",
        view->state, view->progress, view->attempts_made, reason.data,
        view->parked_reason != NULL ? view->parked_reason : "", (long long)view->parked_since_ms);
    sbuf_fini(&reason);
}

static void on_counted(const struct queue_counts *counts, const struct err *err, void *ctx)
{
    (void)ctx;
    if (counts == NULL) {
        say("counted", NULL, "\"error\":\"%s\",\"kind\":\"%s\"", err->text,
            err_kind_name(err->kind));
        return;
    }
    say("counted", NULL,
        "\"counts\":{\"waiting\":%lld,\"prioritized\":%lld,\"paused\":%lld,\"active\":%lld,"
        "\"delayed\":%lld,\"parked\":%lld,\"completed\":%lld,\"failed\":%lld,"
        "\"waiting-children\":%lld}",
        (long long)counts->waiting, (long long)counts->prioritized, (long long)counts->paused,
        (long long)counts->active, (long long)counts->delayed, (long long)counts->parked,
        (long long)counts->completed, (long long)counts->failed,
        (long long)counts->waiting_children);
}

static void on_retried(bool was_retried, const struct err *err, void *ctx)
{
    (void)ctx;
    say("retried", NULL, "\"was\":%s,\"error\":\"%s\"", was_retried ? "true" : "false",
        err != NULL ? err->text : "");
}

static void on_emptied(int64_t removed, const struct err *err, void *ctx)
{
    (void)ctx;
    say("emptied", NULL, "\"removed\":%lld,\"error\":\"%s\"", (long long)removed,
        err != NULL ? err->text : "");
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
        .timestamp_ms = step_int(command, "timestamp", 0),
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

/* What is asked of a queue from outside its jobs. True when it was such a command. */
static bool command_ask(struct json_object *command, struct span what)
{
    const char *job_key = json_object_get_string(json_get(command, "job"));
    if (span_is(what, "look")) {
        queue_look(script.queue, job_key, on_looked, NULL);
    } else if (span_is(what, "counts")) {
        queue_counts(script.queue, on_counted, NULL);
    } else if (span_is(what, "retry")) {
        queue_retry(script.queue, job_key, on_retried, NULL);
    } else if (span_is(what, "empty")) {
        queue_empty(script.queue, on_emptied, NULL);
    } else if (span_is(what, "state")) {
        queue_job_state(script.queue, job_key, on_state, NULL);
    } else if (span_is(what, "cancel")) {
        queue_cancel(script.queue, job_key, "not wanted");
    } else if (span_is(what, "enqueue")) {
        command_enqueue(command);
    } else if (span_is(what, "adopt")) {
        queue_store_adopt(script.queue, on_adopted, NULL);
    } else {
        return false;
    }
    return true;
}

static void command_run(struct json_object *command)
{
    struct span what = step_text(command, "do", "");
    if (command_ask(command, what)) {
        return;
    }
    if (span_is(what, "start")) {
        queue_start_claiming(script.queue);
    } else if (span_is(what, "stop")) {
        queue_stop_claiming(script.queue);
    } else if (span_is(what, "drain")) {
        script_drain();
    } else if (span_is(what, "concurrency")) {
        queue_set_concurrency(script.queue, (uint32_t)step_int(command, "value", 1));
    } else if (span_is(what, "unpark")) {
        queue_unpark(script.queue, step_reason(step_text(command, "reason", "")));
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

void commands_start(void)
{
    sbuf_init(&script.input, SCRIPT_LINE_BYTES_MAX);
    ev_io_init(&script.stdin_io, on_stdin, STDIN_FILENO, EV_READ);
    ev_io_start(script.loop.ev, &script.stdin_io);
}

void commands_stop(void)
{
    ev_io_stop(script.loop.ev, &script.stdin_io);
    sbuf_fini(&script.input);
}
