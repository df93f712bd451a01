/* GET /api/orchestrator/events/ID: a reading followed to its end, as server-sent events. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <ev.h>

#include "core/hash.h"
#include "core/loop.h"
#include "core/mem.h"
#include "http/reading_id.h"
#include "http/request.h"
#include "http/router.h"
#include "http/stream.h"
#include "job/follow.h"
#include "job/look.h"

#define EVENTS_COMMENT_S 15.
#define EVENTS_UNKNOWN_ID 1 /* for what is no id of ours: nothing is known to have been seen */

/* The text so far is one write, of which escaping may make six times as much. */
_Static_assert(WATCH_TEXT_BYTES_MAX * 6 + 4096 <= HTTP_STREAM_BYTES_MAX,
               "too much to send at once");

struct events {
    const struct http_host *host;
    struct loop *loop;
    struct http_stream *stream; /* NULL while the first events are collected */
    struct follow *follow;      /* NULL = the last event has come */
    struct sbuf out;
    ev_timer comment;
    char reading_id[HASH_UUID_BYTES];
};

static void events_free(struct events *events)
{
    ev_timer_stop(events->loop->ev, &events->comment);
    events->host->unfollow(&events->follow);
    sbuf_fini(&events->out);
    free(events);
}

/* Sends what was rendered; a reader who is too slow for it is let go. */
static void events_flush(struct events *events)
{
    if (events->stream == NULL) {
        return;
    }
    bool is_sent = http_stream_write(events->stream, sbuf_as_span(&events->out));
    sbuf_clear(&events->out);
    if (!is_sent) {
        events_free(events);
    } else if (events->follow == NULL) {
        http_stream_close(events->stream);
        events_free(events);
    }
}

static void events_render(struct sbuf *out, const struct watch_event *event, const char *reading_id)
{
    static const char *const names[] = {
        [WATCH_STATUS] = "status", [WATCH_DELTA] = "delta",   [WATCH_RESET] = "reset",
        [WATCH_DONE] = "done",     [WATCH_FAILED] = "failed",
    };
    sbuf_printf(out, "id: %" PRIu64 "\nevent: %s\ndata: {", event->id, names[event->kind]);
    switch (event->kind) {
    case WATCH_STATUS:
        sbuf_printf(out, "\"status\":\"%s\",\"jobStatus\":\"%s\",\"progress\":%d",
                    event->status.status, event->status.job_status, event->status.progress);
        break;
    case WATCH_DELTA:
        sbuf_puts(out, "\"text\":");
        sbuf_json_string(out, event->text);
        break;
    case WATCH_DONE:
        sbuf_printf(out, "\"readingId\":\"%s\",\"version\":%" PRIu32, reading_id, event->version);
        break;
    case WATCH_FAILED:
        sbuf_puts(out, "\"code\":");
        sbuf_json_string(out, span_of(event->code));
        sbuf_puts(out, ",\"message\":");
        sbuf_json_string(out, span_of(event->message));
        break;
    case WATCH_RESET:
    case WATCH_LEFT:
        break;
    }
    sbuf_puts(out, "}\n\n");
}

static void events_on_event(const struct watch_event *event, void *ctx)
{
    struct events *events = ctx;
    if (event->kind == WATCH_DONE || event->kind == WATCH_FAILED) {
        events->follow = NULL;
    }
    events_render(&events->out, event, events->reading_id);
    events_flush(events);
}

static void events_on_comment(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct events *events = timer->data;
    sbuf_puts(&events->out, ":\n\n");
    events_flush(events);
}

static void events_on_gone(void *ctx)
{
    events_free(ctx);
}

static uint64_t events_last_id(const struct http_request *request)
{
    const char *text = http_request_header(request, "Last-Event-ID");
    if (text == NULL || *text == '\0') {
        return 0;
    }
    char *end;
    uint64_t id = strtoull(text, &end, 10);
    return *end == '\0' && id > 0 ? id : EVENTS_UNKNOWN_ID;
}

/* The first events are collected before the stream opens, so that a host that follows too many
 * readings already can say so by a status. */
static void events_open(struct events *events, struct http_request *request,
                        const struct look *look)
{
    struct err err;
    if (!events->host->follow(events->host->ctx, look, events_last_id(request), events_on_event,
                              events, &events->follow, &err)) {
        http_answer_err(request, &err);
        events_free(events);
        return;
    }
    http_answer_header(request, "X-Accel-Buffering", "no"); /* nginx would collect events */
    events->stream = http_stream_open(request, "text/event-stream", events_on_gone, events);
    if (events->stream == NULL) {
        events_free(events);
        return;
    }
    ev_timer_start(events->loop->ev, &events->comment);
    events_flush(events);
}

static void events_looked(const struct look *look, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    struct events *events = mem_alloc(sizeof(*events));
    events->host = request->host;
    events->loop = http_request_loop(request);
    sbuf_init(&events->out, HTTP_ANSWER_BYTES_MAX);
    ev_timer_init(&events->comment, events_on_comment, EVENTS_COMMENT_S, EVENTS_COMMENT_S);
    events->comment.data = events;
    (void)snprintf(events->reading_id, sizeof(events->reading_id), "%s", look->reading_id);
    events_open(events, request, look);
}

void http_get_events(struct http_request *request)
{
    if (http_take_reading_id(request)) {
        request->host->look(request->host->ctx, request->param, events_looked,
                            http_ticket_take(request));
    }
}
