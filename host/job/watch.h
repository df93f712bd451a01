/* The hub: what happens to the readings this host works on, told to whoever watches one.
 *
 * The pipeline holds a reading from when its row is processing until the job's turn ends, and
 * tells its status, its text while the model writes it, and its end. Watchers come and go at any
 * time: one that comes late gets the text so far as one piece, one that comes back says the id of
 * the last event it saw and goes on from there. Text is kept for late comers, within limits; ids
 * and history are made only while somebody watches. */
#ifndef JOB_WATCH_H
#define JOB_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

#define WATCH_WATCHERS_MAX 256
#define WATCH_WATCHERS_PER_READING_MAX 16
#define WATCH_TEXT_BYTES_MAX (32 * 1024) /* of one reading; longer ones are not kept */
#define WATCH_TEXTS_BYTES_MAX (16 * 1024 * 1024)
#define WATCH_HISTORY_MAX 256 /* events a watcher that comes back may have missed */

struct watch;         /* the hub */
struct watch_reading; /* one reading in it: held, watched, or both */
struct watcher;

enum watch_kind {
    WATCH_STATUS,
    WATCH_DELTA,  /* more text, unchecked */
    WATCH_RESET,  /* the text so far is void */
    WATCH_DONE,   /* the last event: version can be read */
    WATCH_FAILED, /* the last event: code, message */
    WATCH_LEFT,   /* no event for people: nobody here works on the reading any more */
};

/* Words as the status endpoint says them, constants. */
struct watch_status {
    const char *status;     /* "processing" */
    const char *job_status; /* "active" */
    int progress;           /* 0 to 100 */
};

struct watch_event {
    uint64_t id; /* greater than those of all earlier events; 0 with LEFT */
    enum watch_kind kind;
    struct watch_status status;
    struct span text;
    uint32_t version;
    const char *code, *message;
};

/* The event and its texts are valid during the call, which may remove any watcher. */
typedef void (*watch_event_fn)(const struct watch_event *event, void *ctx);

/* Ids begin with the clock: those of an earlier process are all smaller. [any] */
struct watch *watch_create(void);
/* Nobody may watch any more; holds are void. [any] */
void watch_destroy(struct watch **watch);

/* For metrics: how many watch, and the bytes of text that are kept. [loop] */
unsigned watch_count(const struct watch *watch);
size_t watch_texts_bytes(const struct watch *watch);

/* --- the pipeline's side --------------------------------------------------------------------- */

/* A hold on the reading, to be given back by watch_let_go. [loop] */
struct watch_reading *watch_hold(struct watch *watch, const char *reading_id) ATTR_MUST_CHECK;
/* Gives it back; accepts NULL, sets the pointer to NULL. Whoever still watches is told LEFT when
 * it was the last. [loop] */
void watch_let_go(struct watch_reading **reading);

/* Nothing happens when it is the status that was told last. [loop] */
void watch_tell_status(struct watch_reading *reading, const struct watch_status *status);
void watch_tell_text(struct watch_reading *reading, struct span text);
/* Void is only what was told: without text there is no event. [loop] */
void watch_tell_reset(struct watch_reading *reading);
void watch_tell_done(struct watch_reading *reading, uint32_t version);
void watch_tell_failed(struct watch_reading *reading, const char *code, const char *message);

/* The last status told by whoever holds the reading; NULL when nobody does. [loop] */
const struct watch_status *watch_held_status(struct watch *watch, const char *reading_id);

/* --- the watchers' side ---------------------------------------------------------------------- */

/* Watches a reading. The first events come inside the call, *ret_watcher set before: its status
 * (the holder's, else the one given, which is told to the others, too), RESET when last_id (0 =
 * none) is not known any more or its text is void, and the text since. LIMIT when too many watch
 * already. [loop] */
bool watch_add(struct watch *watch, const char *reading_id, uint64_t last_id,
               const struct watch_status *status, watch_event_fn on_event, void *ctx,
               struct watcher **ret_watcher, struct err *err) ATTR_MUST_CHECK;
/* Accepts NULL, sets the pointer to NULL; nothing is told afterwards. [loop] */
void watch_remove(struct watcher **watcher);

/* The reading, to tell what was seen of it elsewhere. [loop] */
struct watch_reading *watcher_reading(const struct watcher *watcher);
/* Somebody here works on it, and tells. [loop] */
bool watch_is_held(const struct watch_reading *reading);

#endif
