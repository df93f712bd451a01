/* Carries verbs to PostgREST: so many at a time, each with a deadline; every verb may be sent
 * twice, so what failed on the way is tried again before the store counts as down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "store/supabase-private.h"

#define REQUESTS_MAX 4096                     /* waiting */
#define REQUEST_BYTES_MAX (64u * 1024 * 1024) /* of all together */
#define TRIES_MAX 3
#define PAUSE_MS 200           /* before the second try, doubled before the third */
#define PAUSE_HELD_MS_MAX 3000 /* a longer Retry-After is left to the probe */
#define READ_BUFFER_BYTES 16384L

static void list_append(struct supabase_list *list, struct supabase_request *request)
{
    request->list = list;
    request->next = NULL;
    request->prev = list->last;
    *(list->last != NULL ? &list->last->next : &list->first) = request;
    list->last = request;
}

static void list_remove(struct supabase_request *request)
{
    struct supabase_list *list = request->list;
    *(request->prev != NULL ? &request->prev->next : &list->first) = request->next;
    *(request->next != NULL ? &request->next->prev : &list->last) = request->prev;
    request->list = NULL;
}

static void drop_transfer(struct supabase_request *request)
{
    if (request->transfer.easy != NULL) {
        curl_transfer_stop(&request->transfer);
        curl_easy_cleanup(request->transfer.easy);
        request->transfer.easy = NULL;
    }
}

static void request_pump(struct supabase_store *store);

/* Out of its list, answered, freed; its place is given to the next one. */
static void request_end(struct supabase_request *request)
{
    struct supabase_store *store = request->store;
    store->waiting_count -= request->list == &store->waiting;
    store->busy_count -= request->list == &store->busy;
    list_remove(request);
    ev_timer_stop(store->loop->ev, &request->pause);
    drop_transfer(request);
    store->bytes_pending -= request->bytes;
    metrics_set(store->pending_gauge, store->waiting_count + store->busy_count);
    supabase_call_back(request);
    sbuf_fini(&request->body);
    sbuf_fini(&request->answer);
    free(request->job_key);
    free(request);
    request_pump(store);
}

static size_t on_bytes(char *data, size_t size, size_t count, void *ctx)
{
    struct supabase_request *request = ctx;
    sbuf_append(&request->answer, data, size * count);
    return request->answer.is_failed ? 0 : size * count;
}

static void on_turn(struct curl_transfer *transfer)
{
    (void)transfer; /* nothing is marked: an answer is read when it is whole */
}

static bool request_back_off(struct supabase_request *request,
                             const struct supabase_outcome *outcome)
{
    struct supabase_store *store = request->store;
    if (!outcome->is_retryable || request->tries >= TRIES_MAX || request->verb == SUPABASE_OPEN ||
        outcome->retry_after_ms > PAUSE_HELD_MS_MAX) {
        return false;
    }
    double pause_ms = PAUSE_MS * (double)(1u << (request->tries - 1));
    pause_ms *= 0.75 + 0.5 * clock_random_unit();
    if (outcome->retry_after_ms > 0) {
        pause_ms = (double)outcome->retry_after_ms;
    }
    store->retries++;
    metrics_inc(store->retries_counter);
    ev_now_update(store->loop->ev);
    ev_timer_set(&request->pause, pause_ms / 1000., 0.);
    ev_timer_start(store->loop->ev, &request->pause);
    return true;
}

static void request_tried(struct supabase_request *request, CURLcode code)
{
    struct supabase_store *store = request->store;
    struct supabase_outcome outcome;
    supabase_judge(request, code, &outcome);
    drop_transfer(request);
    if (request_back_off(request, &outcome)) {
        return;
    }
    request->err = outcome.err;
    if (request->verb == SUPABASE_OPEN) {
        supabase_probed(store, request); /* may find more to complain about */
    }
    if (request->err.kind == ERR_AGAIN) {
        supabase_note(store, &request->err, outcome.retry_after_ms);
    } else if (request->verb == SUPABASE_OPEN) {
        supabase_note(store, NULL, 0);
    }
    request_end(request);
}

static void on_done(struct curl_transfer *transfer, CURLcode code)
{
    request_tried(CONTAINER_OF(transfer, struct supabase_request, transfer), code);
}

static CURL *request_easy(struct supabase_request *request)
{
    struct supabase_store *store = request->store;
    char url[2100];
    int len = snprintf(url, sizeof(url), "%s/rest/v1/rpc/%s", store->url,
                       SUPABASE_FUNCTIONS[request->verb]);
    CURL *easy =
        len < (int)sizeof(url) ? curl_loop_easy(store->pool, strncmp(url, "https:", 6) == 0) : NULL;
    if (easy == NULL) {
        return NULL;
    }
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->reason);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, store->headers);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BUFFER_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)store->timeout_ms);
    return easy;
}

static void answer_refused(struct loop_deferred *deferred)
{
    struct supabase_store *store = CONTAINER_OF(deferred, struct supabase_store, refuse);
    struct supabase_request *last = store->refused.last; /* what comes meanwhile has its own turn */
    bool is_last = last == NULL;
    while (!is_last && store->refused.first != NULL) {
        is_last = store->refused.first == last;
        request_end(store->refused.first);
    }
}

static void request_refuse(struct supabase_request *request, const char *why)
{
    struct supabase_store *store = request->store;
    if (request->list != NULL) {
        store->waiting_count -= request->list == &store->waiting;
        store->busy_count -= request->list == &store->busy;
        list_remove(request);
        ev_timer_stop(store->loop->ev, &request->pause);
        drop_transfer(request);
    }
    (void)err_set(&request->err, ERR_AGAIN, "%s", why);
    list_append(&store->refused, request);
    store->refuse.run = answer_refused;
    loop_defer(store->loop, &store->refuse);
}

static void request_try(struct supabase_request *request)
{
    request->tries++;
    request->reason[0] = '\0';
    sbuf_clear(&request->answer);
    request->transfer = (struct curl_transfer){
        .easy = request_easy(request), .on_turn = on_turn, .on_done = on_done};
    if (request->transfer.easy == NULL) {
        request_refuse(request, "memory is out");
        return;
    }
    curl_loop_start(request->store->pool, &request->transfer);
}

static void on_pause_over(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    request_try(timer->data);
}

static void request_send(struct supabase_request *request)
{
    struct supabase_store *store = request->store;
    list_append(&store->busy, request);
    store->busy_count++;
    metrics_set(store->pending_gauge, store->waiting_count + store->busy_count);
    request_try(request);
}

static void request_pump(struct supabase_store *store)
{
    while (store->waiting.first != NULL && store->busy_count < store->concurrency) {
        struct supabase_request *request = store->waiting.first;
        list_remove(request);
        store->waiting_count--;
        request_send(request);
    }
}

void supabase_drop(struct supabase_store *store, bool is_all)
{
    const char *why = is_all ? "the store is closing" : store->last_error;
    while (store->waiting.first != NULL) {
        request_refuse(store->waiting.first, why);
    }
    if (!is_all) {
        return;
    }
    while (store->busy.first != NULL) {
        request_refuse(store->busy.first, why);
    }
    loop_cancel(store->loop, &store->refuse);
    while (store->refused.first != NULL) {
        request_end(store->refused.first);
    }
}

struct supabase_request *supabase_request_create(struct supabase_store *store,
                                                 enum supabase_verb verb, void *ctx)
{
    struct supabase_request *request = mem_alloc(sizeof(*request));
    request->store = store;
    request->verb = verb;
    request->done_ctx = ctx;
    ev_timer_init(&request->pause, on_pause_over, 0., 0.);
    request->pause.data = request;
    sbuf_init(&request->body, REQUEST_BYTES_MAX);
    sbuf_init(&request->answer, SUPABASE_ANSWER_BYTES_MAX);
    sbuf_putc(&request->body, '{');
    return request;
}

void supabase_request_submit(struct supabase_request *request)
{
    struct supabase_store *store = request->store;
    sbuf_putc(&request->body, '}');
    request->bytes = sizeof(*request) + request->body.len;
    store->bytes_pending += request->bytes;
    store->verbs += request->verb != SUPABASE_OPEN;
    if (store->is_closing) {
        request_refuse(request, "the store is closing");
    } else if (request->verb != SUPABASE_OPEN && !store->is_up) {
        request_refuse(request, store->last_error);
    } else if (store->waiting_count >= REQUESTS_MAX || store->bytes_pending > REQUEST_BYTES_MAX ||
               request->body.is_failed) {
        request_refuse(request, "too much waits for the store");
    } else if (request->verb == SUPABASE_OPEN) {
        request_send(request); /* those that hang must not hold it up */
    } else {
        list_append(&store->waiting, request);
        store->waiting_count++;
        request_pump(store);
    }
}
