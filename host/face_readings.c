/* The host, as the HTTP endpoints see it: what becomes of readings. */
#include "face.h"
#include "host.h"
#include "job/action.h"
#include "job/clean.h"
#include "job/follow.h"
#include "job/look.h"
#include "job/tally.h"

static struct pipeline *face_pipeline(void *ctx)
{
    struct host *host = ctx;
    return &host->pipeline;
}

static void face_look(void *ctx, const char *reading_id, look_fn done, void *done_ctx)
{
    look_at(face_pipeline(ctx), reading_id, done, done_ctx);
}

static bool face_follow(void *ctx, const struct look *look, uint64_t last_id,
                        watch_event_fn on_event, void *event_ctx, struct follow **ret_follow,
                        struct err *err)
{
    return follow_start(face_pipeline(ctx), look, last_id, on_event, event_ctx, ret_follow, err);
}

static void face_cancel(void *ctx, const char *reading_id, const char *reason, action_fn done,
                        void *done_ctx)
{
    action_cancel(face_pipeline(ctx), reading_id, reason, done, done_ctx);
}

static void face_retry(void *ctx, const char *reading_id, action_fn done, void *done_ctx)
{
    action_retry(face_pipeline(ctx), reading_id, done, done_ctx);
}

static void face_regenerate(void *ctx, const char *reading_id, action_fn done, void *done_ctx)
{
    action_regenerate(face_pipeline(ctx), reading_id, done, done_ctx);
}

static void face_tally(void *ctx, const char *queue, tally_fn done, void *done_ctx)
{
    tally_queues(face_pipeline(ctx), queue, done, done_ctx);
}

static void face_clean(void *ctx, const char *queue, clean_fn done, void *done_ctx)
{
    clean_queues(face_pipeline(ctx), queue, done, done_ctx);
}

void face_fill_readings(struct http_host *face)
{
    face->look = face_look;
    face->follow = face_follow;
    face->unfollow = follow_stop;
    face->cancel = face_cancel;
    face->retry = face_retry;
    face->regenerate = face_regenerate;
    face->tally = face_tally;
    face->clean = face_clean;
}
