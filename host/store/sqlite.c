/* The sqlite driver's life: opening, closing, and what it tells about itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/options.h"
#include "core/state.h"
#include "store/sqlite-private.h"

#define TASKS_MAX 4096
#define PROBE_SECONDS 1.0 /* how often a store that is down is tried */

static const struct sqlite_store *upcast(const struct store *store)
{
    return (const struct sqlite_store *)store; /* base is the first member */
}

static void probed(bool is_applied, const struct err *err, void *ctx)
{
    (void)is_applied; /* the task itself has noted whether the store is back */
    (void)err;
    (void)ctx;
}

static void on_probe(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct sqlite_store *store = timer->data;
    struct sqlite_task *task = sqlite_task_create(store, &SQLITE_VERB_PROBE, 0, NULL);
    task->done.write = probed;
    sqlite_task_submit(task);
}

static void name_store(struct sqlite_store *store, const struct options *options,
                       const struct state_dir *state)
{
    char text[4200];
    if (options->store.path != NULL) {
        store->path = mem_strdup(options->store.path);
    } else {
        (void)snprintf(text, sizeof(text), "%s/readings.db", state->path);
        store->path = mem_strdup(text);
    }
    (void)snprintf(text, sizeof(text), "sqlite %s", store->path);
    store->description = mem_strdup(text);
}

static void free_store(struct sqlite_store *store)
{
    free(store->path);
    free(store->description);
    free(store);
}

static bool open_sqlite(struct loop *loop, const struct options *options,
                        const struct state_dir *state, struct store **ret_store, struct err *err)
{
    struct sqlite_store *store = mem_alloc(sizeof(*store));
    store->base.driver = &STORE_SQLITE;
    store->loop = loop;
    name_store(store, options, state);
    store->db.path = store->path;
    store->db.busy_ms = (int)options->store.busy_ms;
    struct err open_err = {.kind = ERR_NONE};
    bool is_open = sqlite_db_open(&store->db, &open_err);
    if (!is_open && open_err.kind != ERR_AGAIN) {
        *err = open_err;
        free_store(store);
        return false;
    }
    store->up_gauge = metrics_gauge("agenthost_store_up", "1 while the store can be used.", NULL);
    store->pending_gauge =
        metrics_gauge("agenthost_store_pending", "Verbs waiting for the store.", NULL);
    ev_timer_init(&store->probe, on_probe, 0, PROBE_SECONDS);
    store->probe.data = store;
    store->thread = thread_create(loop, "store", TASKS_MAX);
    thread_set_batch(store->thread, sqlite_batch_begin, sqlite_batch_end, store);
    store->is_up = true;
    metrics_set(store->up_gauge, 1);
    if (!is_open) {
        sqlite_note_up(store, false, &open_err);
    }
    *ret_store = &store->base;
    return true;
}

static void close_sqlite(struct store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    ev_timer_stop(store->loop->ev, &store->probe);
    thread_destroy(&store->thread);
    sqlite_task_answer_refused(store);
    ev_timer_stop(store->loop->ev, &store->probe); /* the last answers may have started it */
    sqlite_db_close(&store->db);
    free_store(store);
}

static const char *uuid(const struct store *base)
{
    const struct sqlite_store *store = upcast(base);
    return atomic_load(&store->db.is_uuid_known) ? store->db.uuid : "";
}

static const char *describe(const struct store *base)
{
    return upcast(base)->description;
}

static bool is_up(const struct store *base)
{
    return upcast(base)->is_up;
}

static const char *trouble(const struct store *base)
{
    return upcast(base)->last_error;
}

static void render(const struct store *base, struct sbuf *out)
{
    const struct sqlite_store *store = upcast(base);
    sbuf_puts(out, "{\"driver\":\"sqlite\",\"path\":");
    sbuf_json_string(out, span_of(store->path));
    sbuf_printf(out, ",\"uuid\":\"%s\",\"up\":%s,\"queued\":%zu,\"queuedBytes\":%zu", uuid(base),
                store->is_up ? "true" : "false",
                store->thread != NULL ? thread_pending(store->thread) : 0, store->bytes_pending);
    sbuf_puts(out, ",\"lastError\":");
    if (store->last_error[0] != '\0') {
        sbuf_json_string(out, span_of(store->last_error));
    } else {
        sbuf_puts(out, "null");
    }
    sbuf_printf(out, ",\"verbs\":%llu,\"failures\":%llu}", (unsigned long long)store->verbs,
                (unsigned long long)store->failures);
}

const struct store_driver STORE_SQLITE = {
    .name = "sqlite",
    .open = open_sqlite,
    .close = close_sqlite,
    .uuid = uuid,
    .describe = describe,
    .is_up = is_up,
    .trouble = trouble,
    .render = render,
    .create = sqlite_create,
    .enqueued = sqlite_enqueued,
    .unqueued_rows = sqlite_unqueued_rows,
    .begin = sqlite_begin,
    .processing = sqlite_processing,
    .complete = sqlite_complete,
    .fail = sqlite_fail,
    .usage = sqlite_usage,
    .put_chart = sqlite_put_chart,
    .get_chart = sqlite_get_chart,
    .get_reading = sqlite_get_reading,
    .get_row = sqlite_get_row,
    .open_rows = sqlite_open_rows,
};
