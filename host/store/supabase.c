/* The supabase driver's life: opening, closing, finding out whether the store is up, and what
 * it tells about itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/options.h"
#include "store/supabase-private.h"

#define PROBE_MS_MIN 1000
#define PROBE_MS_MAX 10000
#define PROBE_ASKED_MS_MAX 60000 /* longest Retry-After that is honoured */
#define CLOSE_MS 5000            /* for what is still to be written at the end */

static const struct supabase_store *upcast(const struct store *store)
{
    return (const struct supabase_store *)store; /* base is the first member */
}

static void probe_later(struct supabase_store *store, int64_t wait_ms)
{
    ev_now_update(store->loop->ev);
    ev_timer_stop(store->loop->ev, &store->probe);
    ev_timer_set(&store->probe, (double)wait_ms / 1000., 0.);
    ev_timer_start(store->loop->ev, &store->probe);
}

static void on_probe(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct supabase_store *store = timer->data;
    if (!store->is_probing) {
        store->is_probing = true;
        supabase_request_submit(supabase_request_create(store, SUPABASE_OPEN, NULL));
    }
}

static void note_up(struct supabase_store *store)
{
    store->probe_ms = PROBE_MS_MIN;
    store->last_error[0] = '\0';
    if (store->is_up) {
        return;
    }
    store->is_up = true;
    metrics_set(store->up_gauge, 1);
    ev_timer_stop(store->loop->ev, &store->probe);
    if (store->was_up || store->down_since_ms > 0) {
        log_info("store", NULL, "%s is back after %lld ms", store->description,
                 (long long)(clock_mono_ms() - store->down_since_ms));
    }
    store->was_up = true;
}

void supabase_note(struct supabase_store *store, const struct err *err, int64_t retry_after_ms)
{
    if (err == NULL) {
        note_up(store);
        return;
    }
    bool is_news =
        store->is_up || store->down_since_ms == 0 || strcmp(store->last_error, err->text) != 0;
    if (store->is_up || store->down_since_ms == 0) {
        store->down_since_ms = clock_mono_ms();
    }
    memcpy(store->last_error, err->text, sizeof(store->last_error));
    if (is_news) {
        log_warning("store", NULL, "%s cannot be used now, jobs wait for it: %s",
                    store->description, err->text);
    }
    bool was_up = store->is_up;
    store->is_up = false;
    metrics_set(store->up_gauge, 0);
    if (was_up || !ev_is_active(&store->probe)) {
        int64_t asked_ms =
            retry_after_ms < PROBE_ASKED_MS_MAX ? retry_after_ms : PROBE_ASKED_MS_MAX;
        probe_later(store, asked_ms > store->probe_ms ? asked_ms : store->probe_ms);
        store->probe_ms = store->probe_ms < PROBE_MS_MAX / 2 ? 2 * store->probe_ms : PROBE_MS_MAX;
    }
    supabase_drop(store, false);
}

void supabase_probed(struct supabase_store *store, struct supabase_request *request)
{
    struct json_object *json = NULL;
    struct err *err = &request->err;
    struct span uuid;
    int64_t schema = 0;
    store->is_probing = false;
    if (err->kind == ERR_NONE && json_parse(sbuf_as_span(&request->answer), &json, err)) {
        if (!json_get_text(json, "uuid", &uuid) || uuid.len != HASH_UUID_BYTES - 1 ||
            !json_get_int(json, "schema", &schema) || schema < SUPABASE_SCHEMA_VERSION) {
            (void)err_set(err, ERR_AGAIN, "the migrations are not all applied");
        } else if (store->uuid[0] == '\0') {
            memcpy(store->uuid, uuid.data, uuid.len);
        } else if (!span_is(uuid, store->uuid)) {
            (void)err_set(err, ERR_AGAIN,
                          "another store answers there now; put back the old one or restart");
        }
        json_object_put(json);
    }
    if (err->kind != ERR_NONE) {
        err->kind = ERR_AGAIN; /* whatever keeps it from answering may be mended */
    }
}

/* --- opening and closing -------------------------------------------------------------------- */

static void add_header(struct supabase_store *store, const char *text)
{
    struct curl_slist *headers = curl_slist_append(store->headers, text);
    if (headers == NULL) {
        abort(); /* as mem_alloc */
    }
    store->headers = headers;
}

/* A secret key is no token and must not stand where one belongs; the older keys are tokens, and
 * stand in both places. */
static void add_key(struct supabase_store *store, const char *key)
{
    struct sbuf line;
    sbuf_init(&line, 64 * 1024 + 64);
    sbuf_printf(&line, "apikey: %s", key);
    add_header(store, line.data);
    if (strncmp(key, "eyJ", 3) == 0) {
        explicit_bzero(line.data, line.len);
        sbuf_clear(&line);
        sbuf_printf(&line, "Authorization: Bearer %s", key);
        add_header(store, line.data);
    }
    explicit_bzero(line.data, line.len);
    sbuf_fini(&line);
}

static void drop_headers(struct supabase_store *store)
{
    for (struct curl_slist *at = store->headers; at != NULL; at = at->next) {
        explicit_bzero(at->data, strlen(at->data));
    }
    curl_slist_free_all(store->headers);
    store->headers = NULL;
}

static void open_metrics(struct supabase_store *store)
{
    store->up_gauge = metrics_gauge("agenthost_store_up", "1 while the store can be used.", NULL);
    store->pending_gauge =
        metrics_gauge("agenthost_store_pending", "Verbs waiting for the store.", NULL);
    store->retries_counter = metrics_counter("agenthost_store_retries_total",
                                             "Verbs sent to the store once more.", NULL);
    metrics_set(store->up_gauge, 0);
}

static bool open_supabase(struct loop *loop, const struct options *options,
                          const struct state_dir *state, struct store **ret_store, struct err *err)
{
    (void)state;
    (void)err; /* what is missing or down now may be there later */
    struct supabase_store *store = mem_alloc(sizeof(*store));
    store->base.driver = &STORE_SUPABASE;
    store->loop = loop;
    store->url = mem_strdup(options->store.url);
    store->concurrency = options->store.concurrency;
    store->timeout_ms = options->store.timeout_ms;
    store->probe_ms = PROBE_MS_MIN;
    char text[2200];
    (void)snprintf(text, sizeof(text), "supabase %s", store->url != NULL ? store->url : "(no url)");
    store->description = mem_strdup(text);
    open_metrics(store);
    ev_timer_init(&store->probe, on_probe, 0., 0.);
    store->probe.data = store;
    store->pool = curl_loop_create(loop);
    *ret_store = &store->base;
    if (store->url == NULL || options->store.key == NULL) {
        (void)snprintf(store->last_error, sizeof(store->last_error), "%s",
                       store->url == NULL ? "set SUPABASE_URL, or url in [store]"
                                          : "set SUPABASE_SERVICE_ROLE_KEY, or key in [store]");
        log_warning("store", NULL, "jobs wait for a store: %s, and restart", store->last_error);
        return true;
    }
    add_key(store, options->store.key);
    add_header(store, "Content-Type: application/json");
    add_header(store, "Accept: application/json");
    add_header(store, "Expect:");
    on_probe(loop->ev, &store->probe, 0);
    return true;
}

static void on_close_timeout(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)revents;
    *(bool *)timer->data = true;
    ev_break(ev, EVBREAK_ONE);
}

/* What the ended jobs still had to write is on its way: gives it a little time. */
static void close_wait(struct supabase_store *store)
{
    bool is_late = false;
    ev_timer timer;
    ev_timer_init(&timer, on_close_timeout, CLOSE_MS / 1000., 0.);
    timer.data = &is_late;
    ev_now_update(store->loop->ev);
    ev_timer_start(store->loop->ev, &timer);
    while (store->is_up && !is_late && store->waiting_count + store->busy_count > 0) {
        ev_run(store->loop->ev, EVRUN_ONCE);
    }
    ev_timer_stop(store->loop->ev, &timer);
}

static void close_supabase(struct store *base)
{
    struct supabase_store *store = (struct supabase_store *)base;
    close_wait(store);
    store->is_closing = true;
    supabase_drop(store, true);
    ev_timer_stop(store->loop->ev, &store->probe);
    curl_loop_destroy(&store->pool);
    drop_headers(store);
    free(store->url);
    free(store->description);
    free(store);
}

/* --- what it tells -------------------------------------------------------------------------- */

static const char *uuid(const struct store *base)
{
    return upcast(base)->uuid;
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
    const char *text = upcast(base)->last_error;
    return text[0] != '\0' ? text : "it has not answered yet";
}

static void render(const struct store *base, struct sbuf *out)
{
    const struct supabase_store *store = upcast(base);
    sbuf_puts(out, "{\"driver\":\"supabase\",\"url\":");
    if (store->url != NULL) {
        sbuf_json_string(out, span_of(store->url));
    } else {
        sbuf_puts(out, "null");
    }
    sbuf_printf(out, ",\"uuid\":\"%s\",\"up\":%s,\"queued\":%u,\"queuedBytes\":%zu,\"lastError\":",
                store->uuid, store->is_up ? "true" : "false",
                store->waiting_count + store->busy_count, store->bytes_pending);
    if (store->last_error[0] != '\0') {
        sbuf_json_string(out, span_of(store->last_error));
    } else {
        sbuf_puts(out, "null");
    }
    sbuf_printf(out, ",\"verbs\":%llu,\"failures\":%llu,\"retries\":%llu}",
                (unsigned long long)store->verbs, (unsigned long long)store->failures,
                (unsigned long long)store->retries);
}

const struct store_driver STORE_SUPABASE = {
    .name = "supabase",
    .open = open_supabase,
    .close = close_supabase,
    .uuid = uuid,
    .describe = describe,
    .is_up = is_up,
    .trouble = trouble,
    .render = render,
    .create = supabase_create,
    .enqueued = supabase_enqueued,
    .unqueued_rows = supabase_unqueued_rows,
    .begin = supabase_begin,
    .processing = supabase_processing,
    .complete = supabase_complete,
    .fail = supabase_fail,
    .usage = supabase_usage,
    .put_chart = supabase_put_chart,
    .get_chart = supabase_get_chart,
    .get_reading = supabase_get_reading,
    .get_row = supabase_get_row,
    .open_rows = supabase_open_rows,
};
