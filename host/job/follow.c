/* Following a reading to its end. */
#include "job/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ev.h>

#include "core/hash.h"
#include "core/loop.h"
#include "core/mem.h"
#include "job/look.h"
#include "job/pipeline.h"

#define FOLLOW_LOOK_S 1.

struct follow {
    struct pipeline *pipeline;
    struct watcher *watcher; /* NULL = it is over */
    watch_event_fn on_event;
    void *ctx;
    ev_timer timer;
    char reading_id[HASH_UUID_BYTES];
    bool was_open;   /* when it was looked at first */
    bool is_looking; /* the look frees what is over */
};

static void follow_end(struct follow *follow)
{
    watch_remove(&follow->watcher);
    ev_timer_stop(follow->pipeline->loop->ev, &follow->timer);
    if (!follow->is_looking) {
        free(follow);
    }
}

void follow_stop(struct follow **follow)
{
    if (*follow == NULL) {
        return;
    }
    struct follow *over = *follow;
    *follow = NULL;
    follow_end(over);
}

/* What was seen goes to everybody who follows this reading. */
static void follow_tell(struct follow *follow, const struct look *look)
{
    struct watch_reading *reading = watcher_reading(follow->watcher);
    if (watch_is_held(reading)) {
        return; /* work on it began meanwhile, and is told better */
    }
    /* A run that was followed may have failed while an older version stays. */
    bool has_failed = strcmp(look->status.status, "failed") == 0 ||
                      (follow->was_open && look->error_code != NULL);
    if (!look->is_over) {
        watch_tell_status(reading, &look->status);
    } else if (has_failed) {
        watch_tell_failed(reading, look->error_code != NULL ? look->error_code : "",
                          look->error_code != NULL ? look->error_message : "");
    } else {
        watch_tell_done(reading, look->version);
    }
}

static void follow_looked(const struct look *look, const struct err *err, void *ctx)
{
    struct follow *follow = ctx;
    follow->is_looking = false;
    if (follow->watcher == NULL) {
        free(follow);
    } else if (err == NULL) { /* else the next look may do better */
        follow_tell(follow, look);
    }
}

static void follow_look(struct follow *follow)
{
    if (!follow->is_looking && !watch_is_held(watcher_reading(follow->watcher))) {
        follow->is_looking = true;
        look_at(follow->pipeline, follow->reading_id, follow_looked, follow);
    }
}

static void follow_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    follow_look(timer->data);
}

static void follow_on_event(const struct watch_event *event, void *ctx)
{
    struct follow *follow = ctx;
    if (event->kind == WATCH_LEFT) {
        follow_look(follow);
        return;
    }
    watch_event_fn on_event = follow->on_event;
    void *on_event_ctx = follow->ctx;
    if (event->kind == WATCH_DONE || event->kind == WATCH_FAILED) {
        follow_end(follow);
    }
    on_event(event, on_event_ctx);
}

bool follow_start(struct pipeline *pipeline, const struct look *look, uint64_t last_id,
                  watch_event_fn on_event, void *ctx, struct follow **ret_follow, struct err *err)
{
    struct follow *follow = mem_alloc(sizeof(*follow));
    follow->pipeline = pipeline;
    follow->on_event = on_event;
    follow->ctx = ctx;
    follow->was_open = !look->is_over;
    (void)snprintf(follow->reading_id, sizeof(follow->reading_id), "%s", look->reading_id);
    ev_timer_init(&follow->timer, follow_on_timer, FOLLOW_LOOK_S, FOLLOW_LOOK_S);
    follow->timer.data = follow;
    ev_timer_start(pipeline->loop->ev, &follow->timer);
    *ret_follow = follow;
    if (!watch_add(pipeline->watch, look->reading_id, last_id, &look->status, follow_on_event,
                   follow, &follow->watcher, err)) {
        follow_stop(ret_follow);
        return false;
    }
    if (look->is_over && *ret_follow != NULL) {
        follow_tell(follow, look);
    }
    return true;
}
