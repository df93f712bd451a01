/* Waiting for a reading's end on a caller's behalf. */
#include "http/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ev.h>

#include "core/hash.h"
#include "core/loop.h"
#include "core/mem.h"
#include "http/request.h"
#include "job/follow.h"
#include "job/look.h"

struct wait {
    const struct http_host *host;
    struct loop *loop;
    struct http_ticket *ticket;
    struct follow *follow;
    ev_timer timer;
    http_wait_fn done;
    void *ctx;
    const char *status; /* a constant; NULL = not known yet */
    char reading_id[HASH_UUID_BYTES];
};

static const char *wait_find_preference(const char *header, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = header; at != NULL && *at != '\0';) {
        at += strspn(at, " \t,");
        if (strncasecmp(at, name, len) == 0 && strchr("= \t,;", at[len]) != NULL) {
            return at + len; /* also when nothing follows: strchr finds the end, too */
        }
        at = strchr(at, ',');
    }
    return NULL;
}

bool http_wait_read(struct http_request *request, unsigned *ret_seconds)
{
    const char *header = http_request_header(request, "Prefer");
    const char *value = wait_find_preference(header, "wait");
    *ret_seconds = 0;
    if (value == NULL) {
        return true;
    }
    value += strspn(value, " \t");
    if (*value == '=') {
        value += 1 + strspn(value + 1, " \t");
        size_t digits = strspn(value, "0123456789");
        size_t blanks = strspn(value + digits, " \t");
        if (digits > 0 && strchr(",;", value[digits + blanks]) != NULL) {
            unsigned long seconds = digits < 9 ? strtoul(value, NULL, 10) : HTTP_WAIT_SECONDS_MAX;
            *ret_seconds =
                seconds < HTTP_WAIT_SECONDS_MAX ? (unsigned)seconds : HTTP_WAIT_SECONDS_MAX;
            return true;
        }
    }
    http_answer_error(request, 400, "VALIDATION_ERROR", "Prefer", "send wait=N, N in seconds",
                      "Prefer: '%.60s' does not say how long to wait", header);
    return false;
}

/* The last step: everything but the caller's request is freed. */
static void wait_end(struct wait *wait, struct span reading)
{
    struct http_request *request = http_ticket_redeem(wait->ticket);
    wait->done(request, wait->status, reading, wait->ctx);
    free(wait);
}

static void wait_got_reading(struct span json, const struct err *err, void *ctx)
{
    wait_end(ctx, err == NULL ? json : (struct span){0});
}

static void wait_over(struct wait *wait, bool has_ended)
{
    wait->ticket->on_gone = NULL;
    ev_timer_stop(wait->loop->ev, &wait->timer);
    wait->host->unfollow(&wait->follow);
    if (has_ended) {
        wait->host->reading(wait->host->ctx, wait->reading_id, wait_got_reading, wait);
    } else {
        wait_end(wait, (struct span){0});
    }
}

static void wait_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    wait_over(timer->data, false);
}

static void wait_on_event(const struct watch_event *event, void *ctx)
{
    struct wait *wait = ctx;
    switch (event->kind) {
    case WATCH_STATUS:
        wait->status = event->status.status;
        return;
    case WATCH_DONE:
    case WATCH_FAILED:
        wait->follow = NULL;
        wait->status = event->kind == WATCH_DONE ? "completed" : "failed";
        wait_over(wait, true);
        return;
    default:
        return;
    }
}

/* Only while it is followed: a store that is asking will answer. */
static void wait_on_gone(void *ctx)
{
    wait_over(ctx, false);
}

static void wait_looked(const struct look *look, const struct err *err, void *ctx)
{
    struct wait *wait = ctx;
    struct err full;
    if (err != NULL || wait->ticket->request == NULL) {
        wait_end(wait, (struct span){0});
        return;
    }
    wait->status = look->status.status;
    if (look->is_over) {
        wait_over(wait, true);
        return;
    }
    ev_timer_start(wait->loop->ev, &wait->timer);
    wait->ticket->on_gone = wait_on_gone;
    wait->ticket->ctx = wait;
    if (!wait->host->follow(wait->host->ctx, look, 0, wait_on_event, wait, &wait->follow, &full)) {
        wait_over(wait, false); /* too many are being followed: this one polls */
    }
}

void http_wait(struct http_request *request, const char *reading_id, unsigned seconds,
               http_wait_fn done, void *ctx)
{
    struct wait *wait = mem_alloc(sizeof(*wait));
    wait->host = request->host;
    wait->loop = http_request_loop(request);
    wait->ticket = http_ticket_take(request);
    wait->done = done;
    wait->ctx = ctx;
    (void)snprintf(wait->reading_id, sizeof(wait->reading_id), "%s", reading_id);
    ev_timer_init(&wait->timer, wait_on_timer, (double)seconds, 0.);
    wait->timer.data = wait;
    wait->host->look(wait->host->ctx, wait->reading_id, wait_looked, wait);
}
