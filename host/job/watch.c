/* The hub of what happens to readings. */
#include "job/watch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/sbuf.h"

#define WATCH_BUCKETS 1024

/* What somebody had seen when an event was told: so much of the text of that writing. */
struct watch_mark {
    uint64_t id;
    size_t text_bytes;
    uint32_t writing;
};

struct watcher {
    struct watch_reading *reading;
    struct watcher *next;
    watch_event_fn on_event; /* NULL = removed while events were told */
    void *ctx;
    bool is_deaf; /* came too late for a text that was not kept: nothing of it is told */
};

struct watch_reading {
    struct watch *watch;
    struct watch_reading *next; /* of its bucket */
    char *id;
    unsigned holds;
    unsigned telling; /* watchers may not be freed */
    struct watcher *watchers;
    unsigned watchers_count;
    struct watch_status status; /* status.status NULL = none told yet */
    struct sbuf text;           /* since the last reset */
    size_t text_bytes;          /* of it, kept or not */
    bool is_text_lost;          /* it passed a limit and is not kept */
    uint32_t writing;           /* counts resets */
    struct watch_mark *marks;   /* a ring, made with the first watcher */
    size_t marks_count;         /* ever made */
};

struct watch {
    struct watch_reading *buckets[WATCH_BUCKETS];
    uint64_t next_id;
    size_t texts_bytes;
    unsigned watchers_count;
};

struct watch *watch_create(void)
{
    struct watch *watch = mem_alloc(sizeof(*watch));
    watch->next_id = (uint64_t)clock_wall_ms() * 1000; /* exact in JavaScript, too */
    return watch;
}

unsigned watch_count(const struct watch *watch)
{
    return watch->watchers_count;
}

size_t watch_texts_bytes(const struct watch *watch)
{
    return watch->texts_bytes;
}

/* --- readings -------------------------------------------------------------------------------- */

static struct watch_reading **watch_bucket(struct watch *watch, const char *reading_id)
{
    return &watch->buckets[hash_fnv64(span_of(reading_id)) % WATCH_BUCKETS];
}

static struct watch_reading *watch_find(struct watch *watch, const char *reading_id)
{
    struct watch_reading *reading = *watch_bucket(watch, reading_id);
    while (reading != NULL && strcmp(reading->id, reading_id) != 0) {
        reading = reading->next;
    }
    return reading;
}

static struct watch_reading *watch_get(struct watch *watch, const char *reading_id)
{
    struct watch_reading *reading = watch_find(watch, reading_id);
    if (reading == NULL) {
        struct watch_reading **bucket = watch_bucket(watch, reading_id);
        reading = mem_alloc(sizeof(*reading));
        reading->watch = watch;
        reading->id = mem_strdup(reading_id);
        sbuf_init(&reading->text, WATCH_TEXT_BYTES_MAX);
        reading->next = *bucket;
        *bucket = reading;
    }
    return reading;
}

static void watch_drop_text(struct watch_reading *reading)
{
    reading->watch->texts_bytes -= reading->text.len;
    sbuf_fini(&reading->text);
    sbuf_init(&reading->text, WATCH_TEXT_BYTES_MAX);
}

static void watch_free_first(struct watch_reading **at)
{
    struct watch_reading *reading = *at;
    *at = reading->next;
    watch_drop_text(reading);
    free(reading->marks);
    free(reading->id);
    free(reading);
}

/* Frees watchers that were removed while events were told, and what nobody needs any more. */
static void watch_tidy(struct watch_reading *reading)
{
    if (reading->telling > 0) {
        return;
    }
    for (struct watcher **at = &reading->watchers; *at != NULL;) {
        struct watcher *watcher = *at;
        if (watcher->on_event == NULL) {
            *at = watcher->next;
            free(watcher);
        } else {
            at = &watcher->next;
        }
    }
    if (reading->holds > 0 || reading->watchers != NULL) {
        return;
    }
    struct watch_reading **at = watch_bucket(reading->watch, reading->id);
    while (*at != reading) {
        at = &(*at)->next;
    }
    watch_free_first(at);
}

void watch_destroy(struct watch **watch)
{
    if (*watch == NULL) {
        return;
    }
    for (size_t i = 0; i < WATCH_BUCKETS; i++) {
        while ((*watch)->buckets[i] != NULL) {
            watch_free_first(&(*watch)->buckets[i]);
        }
    }
    free(*watch);
    *watch = NULL;
}

struct watch_reading *watch_hold(struct watch *watch, const char *reading_id)
{
    struct watch_reading *reading = watch_get(watch, reading_id);
    reading->holds++;
    return reading;
}

bool watch_is_held(const struct watch_reading *reading)
{
    return reading->holds > 0;
}

const struct watch_status *watch_held_status(struct watch *watch, const char *reading_id)
{
    const struct watch_reading *reading = watch_find(watch, reading_id);
    return reading != NULL && reading->holds > 0 && reading->status.status != NULL
               ? &reading->status
               : NULL;
}

/* --- telling --------------------------------------------------------------------------------- */

static void watch_mark(struct watch_reading *reading, struct watch_event *event)
{
    event->id = reading->watch->next_id++;
    reading->marks[reading->marks_count++ % WATCH_HISTORY_MAX] =
        (struct watch_mark){event->id, reading->text_bytes, reading->writing};
}

static void watch_tell(struct watch_reading *reading, struct watch_event *event)
{
    if (reading->watchers_count == 0) {
        return;
    }
    if (event->kind != WATCH_LEFT) {
        watch_mark(reading, event);
    }
    reading->telling++;
    for (struct watcher *at = reading->watchers; at != NULL; at = at->next) {
        at->is_deaf = at->is_deaf && event->kind != WATCH_RESET;
        if (at->on_event != NULL && !(at->is_deaf && event->kind == WATCH_DELTA)) {
            at->on_event(event, at->ctx);
        }
    }
    reading->telling--;
}

void watch_let_go(struct watch_reading **reading)
{
    struct watch_reading *held = *reading;
    if (held == NULL) {
        return;
    }
    *reading = NULL;
    assert(held->holds > 0);
    if (--held->holds == 0) {
        watch_tell(held, &(struct watch_event){.kind = WATCH_LEFT});
    }
    watch_tidy(held);
}

/* Runs tell with the reading kept alive. */
static void watch_tell_and_tidy(struct watch_reading *reading, struct watch_event event)
{
    watch_tell(reading, &event);
    watch_tidy(reading);
}

void watch_tell_status(struct watch_reading *reading, const struct watch_status *status)
{
    const struct watch_status *last = &reading->status;
    if (last->status != NULL && strcmp(last->status, status->status) == 0 &&
        strcmp(last->job_status, status->job_status) == 0 && last->progress == status->progress) {
        return;
    }
    reading->status = *status;
    watch_tell_and_tidy(reading, (struct watch_event){.kind = WATCH_STATUS, .status = *status});
}

static void watch_keep_text(struct watch_reading *reading, struct span text)
{
    struct watch *watch = reading->watch;
    reading->text_bytes += text.len;
    if (!reading->is_text_lost && (reading->text_bytes > WATCH_TEXT_BYTES_MAX ||
                                   watch->texts_bytes + text.len > WATCH_TEXTS_BYTES_MAX)) {
        reading->is_text_lost = true;
        watch_drop_text(reading);
    }
    if (!reading->is_text_lost) {
        sbuf_span(&reading->text, text);
        watch->texts_bytes += text.len;
    }
}

void watch_tell_text(struct watch_reading *reading, struct span text)
{
    watch_keep_text(reading, text);
    watch_tell_and_tidy(reading, (struct watch_event){.kind = WATCH_DELTA, .text = text});
}

void watch_tell_reset(struct watch_reading *reading)
{
    if (reading->text_bytes == 0) {
        return;
    }
    watch_drop_text(reading);
    reading->text_bytes = 0;
    reading->is_text_lost = false;
    reading->writing++;
    watch_tell_and_tidy(reading, (struct watch_event){.kind = WATCH_RESET});
}

void watch_tell_done(struct watch_reading *reading, uint32_t version)
{
    watch_tell_and_tidy(reading, (struct watch_event){.kind = WATCH_DONE, .version = version});
}

void watch_tell_failed(struct watch_reading *reading, const char *code, const char *message)
{
    watch_tell_and_tidy(
        reading, (struct watch_event){.kind = WATCH_FAILED, .code = code, .message = message});
}

/* --- watchers -------------------------------------------------------------------------------- */

static const struct watch_mark *watch_find_mark(const struct watch_reading *reading, uint64_t id)
{
    size_t count =
        reading->marks_count < WATCH_HISTORY_MAX ? reading->marks_count : WATCH_HISTORY_MAX;
    for (size_t i = 0; i < count; i++) {
        if (reading->marks[i].id == id) {
            return &reading->marks[i];
        }
    }
    return NULL;
}

static void watch_tell_one(struct watcher *watcher, struct watch_event event)
{
    if (watcher->on_event != NULL) {
        watch_mark(watcher->reading, &event);
        watcher->on_event(&event, watcher->ctx);
    }
}

/* What a new watcher has to know before it can follow. */
static void watch_tell_so_far(struct watcher *watcher, uint64_t last_id)
{
    struct watch_reading *reading = watcher->reading;
    const struct watch_mark *mark = watch_find_mark(reading, last_id);
    bool is_known = mark != NULL && mark->writing == reading->writing;
    size_t seen_bytes = is_known ? mark->text_bytes : 0;
    bool is_behind = reading->is_text_lost && seen_bytes < reading->text_bytes;
    watch_tell_one(watcher, (struct watch_event){.kind = WATCH_STATUS, .status = reading->status});
    if (last_id != 0 && (!is_known || is_behind)) {
        watch_tell_one(watcher, (struct watch_event){.kind = WATCH_RESET});
    }
    if (is_behind) {
        watcher->is_deaf = true;
    } else if (seen_bytes < reading->text_bytes) {
        struct span text = {reading->text.data + seen_bytes, reading->text.len - seen_bytes};
        watch_tell_one(watcher, (struct watch_event){.kind = WATCH_DELTA, .text = text});
    }
}

bool watch_add(struct watch *watch, const char *reading_id, uint64_t last_id,
               const struct watch_status *status, watch_event_fn on_event, void *ctx,
               struct watcher **ret_watcher, struct err *err)
{
    const struct watch_reading *known = watch_find(watch, reading_id);
    if (watch->watchers_count >= WATCH_WATCHERS_MAX) {
        return err_set(err, ERR_LIMIT, "%d readings are being watched already", WATCH_WATCHERS_MAX);
    }
    if (known != NULL && known->watchers_count >= WATCH_WATCHERS_PER_READING_MAX) {
        return err_set(err, ERR_LIMIT, "%d watch this reading already",
                       WATCH_WATCHERS_PER_READING_MAX);
    }
    struct watch_reading *reading = watch_get(watch, reading_id);
    if (reading->marks == NULL) {
        reading->marks = mem_array(WATCH_HISTORY_MAX, sizeof(*reading->marks));
    }
    reading->telling++;
    if (reading->holds == 0 || reading->status.status == NULL) {
        watch_tell_status(reading, status);
    }
    struct watcher *watcher = mem_alloc(sizeof(*watcher));
    *watcher = (struct watcher){reading, reading->watchers, on_event, ctx, false};
    reading->watchers = watcher;
    reading->watchers_count++;
    watch->watchers_count++;
    *ret_watcher = watcher;
    watch_tell_so_far(watcher, last_id);
    reading->telling--;
    watch_tidy(reading);
    return true;
}

void watch_remove(struct watcher **watcher)
{
    if (*watcher == NULL) {
        return;
    }
    struct watch_reading *reading = (*watcher)->reading;
    (*watcher)->on_event = NULL;
    *watcher = NULL;
    reading->watchers_count--;
    reading->watch->watchers_count--;
    watch_tidy(reading);
}

struct watch_reading *watcher_reading(const struct watcher *watcher)
{
    return watcher->reading;
}
