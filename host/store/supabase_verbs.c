/* The driver's verbs: each writes its arguments as JSON and sends them to its function. */
#include <math.h>
#include <stdio.h>

#include "core/mem.h"
#include "store/supabase-private.h"

const char *const SUPABASE_FUNCTIONS[SUPABASE_VERBS] = {
    [SUPABASE_OPEN] = "agenthost_open",
    [SUPABASE_CREATE] = "agenthost_create",
    [SUPABASE_ENQUEUED] = "agenthost_enqueued",
    [SUPABASE_UNQUEUED_ROWS] = "agenthost_unqueued_rows",
    [SUPABASE_BEGIN] = "agenthost_begin",
    [SUPABASE_PROCESSING] = "agenthost_processing",
    [SUPABASE_COMPLETE] = "agenthost_complete",
    [SUPABASE_FAIL] = "agenthost_fail",
    [SUPABASE_USAGE] = "agenthost_usage",
    [SUPABASE_PUT_CHART] = "agenthost_put_chart",
    [SUPABASE_GET_CHART] = "agenthost_get_chart",
    [SUPABASE_GET_READING] = "agenthost_get_reading",
    [SUPABASE_GET_ROW] = "agenthost_get_row",
    [SUPABASE_OPEN_ROWS] = "agenthost_open_rows",
};

static struct supabase_store *downcast(struct store *store)
{
    return (struct supabase_store *)store; /* base is the first member */
}

static void put_name(struct sbuf *body, const char *name)
{
    sbuf_printf(body, "%s\"p_%s\":", body->len > 1 ? "," : "", name);
}

static void put_json(struct sbuf *body, const char *name, struct span json)
{
    put_name(body, name);
    sbuf_span(body, json.len > 0 ? json : SPAN_LITERAL("null"));
}

static void put_text(struct sbuf *body, const char *name, const char *text)
{
    put_name(body, name);
    if (text != NULL) {
        sbuf_json_string(body, span_of(text));
    } else {
        sbuf_puts(body, "null");
    }
}

static void put_bool(struct sbuf *body, const char *name, bool value)
{
    put_json(body, name, value ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
}

static void put_int(struct sbuf *body, const char *name, int64_t value)
{
    put_name(body, name);
    sbuf_printf(body, "%lld", (long long)value);
}

/* Negative is NULL. */
static void put_count(struct sbuf *body, const char *name, int64_t value)
{
    if (value >= 0) {
        put_int(body, name, value);
    } else {
        put_text(body, name, NULL);
    }
}

static struct sbuf *put_key(struct supabase_request *request, const struct store_key *key)
{
    put_text(&request->body, "reading_id", key->reading_id);
    put_text(&request->body, "job_key", key->job_key);
    put_int(&request->body, "run", key->run);
    return &request->body;
}

/* Its id the caller has computed already. */
static void put_chart(struct sbuf *body, const struct store_chart *chart)
{
    static const struct store_chart none = {.id = NULL};
    chart = chart != NULL ? chart : &none;
    struct store_chart_name name;
    if (chart->id != NULL) {
        store_name_chart(chart->chart, &name);
    }
    put_json(body, "chart", chart->chart);
    put_text(body, "chart_id", chart->id);
    put_text(body, "input_hash", chart->id != NULL ? name.hash : NULL);
    put_json(body, "birth", chart->birth);
}

void supabase_create(struct store *base, const struct store_create *create, store_create_fn done,
                     void *ctx)
{
    struct supabase_request *request =
        supabase_request_create(downcast(base), SUPABASE_CREATE, ctx);
    struct sbuf *body = put_key(request, &create->key);
    put_text(body, "agent", create->agent_id);
    put_text(body, "user_id", create->user_id);
    put_text(body, "client_name", create->client_name);
    put_text(body, "queue", create->queue);
    put_json(body, "payload", create->payload);
    put_chart(body, create->chart);
    put_text(body, "chart_user_id", create->chart != NULL ? create->chart->user_id : NULL);
    put_text(body, "caller", create->caller);
    put_text(body, "key", create->idempotency_key);
    put_text(body, "request_hash", create->request_hash);
    put_int(body, "idempotency_ms", create->idempotency_ms);
    (void)snprintf(request->id, sizeof(request->id), "%s", create->key.reading_id);
    request->job_key = mem_strdup(create->key.job_key);
    request->done.create = done;
    supabase_request_submit(request);
}

void supabase_begin(struct store *base, const struct store_begin *begin, store_begin_fn done,
                    void *ctx)
{
    struct supabase_request *request = supabase_request_create(downcast(base), SUPABASE_BEGIN, ctx);
    struct sbuf *body = put_key(request, &begin->key);
    put_bool(body, "regenerate", begin->intent == STORE_REGENERATE);
    put_text(body, "takeover", begin->takeover);
    put_text(body, "agent", begin->agent_id);
    put_text(body, "user_id", begin->user_id);
    put_text(body, "queue", begin->queue);
    put_json(body, "payload", begin->payload);
    request->done.begin = done;
    supabase_request_submit(request);
}

static void submit_key(struct store *base, enum supabase_verb verb, const struct store_key *key,
                       store_write_fn done, void *ctx)
{
    struct supabase_request *request = supabase_request_create(downcast(base), verb, ctx);
    (void)put_key(request, key);
    request->done.write = done;
    supabase_request_submit(request);
}

void supabase_enqueued(struct store *base, const struct store_key *key, store_write_fn done,
                       void *ctx)
{
    submit_key(base, SUPABASE_ENQUEUED, key, done, ctx);
}

void supabase_processing(struct store *base, const struct store_key *key, store_write_fn done,
                         void *ctx)
{
    submit_key(base, SUPABASE_PROCESSING, key, done, ctx);
}

/* p_chart is for hosts that send the chart without keeping its form. */
static void put_chart_of_reading(struct sbuf *body, struct span chart)
{
    struct store_chart_name name;
    bool has_chart = chart.len > 0;
    if (has_chart) {
        store_name_chart(chart, &name);
    }
    put_text(body, "chart", NULL);
    put_json(body, "chart_text", chart);
    put_text(body, "chart_id", has_chart ? name.id : NULL);
    put_text(body, "input_hash", has_chart ? name.hash : NULL);
}

void supabase_complete(struct store *base, const struct store_complete *complete,
                       store_write_fn done, void *ctx)
{
    struct supabase_request *request =
        supabase_request_create(downcast(base), SUPABASE_COMPLETE, ctx);
    struct sbuf *body = put_key(request, &complete->key);
    put_json(body, "content", complete->content);
    put_json(body, "return_value", complete->return_value);
    put_chart_of_reading(body, complete->chart);
    put_text(body, "outcome", complete->outcome);
    request->done.write = done;
    supabase_request_submit(request);
}

void supabase_fail(struct store *base, const struct store_key *key, const struct store_error *error,
                   store_write_fn done, void *ctx)
{
    struct supabase_request *request = supabase_request_create(downcast(base), SUPABASE_FAIL, ctx);
    struct sbuf *body = put_key(request, key);
    put_name(body, "error");
    sbuf_puts(body, "{\"code\":");
    sbuf_json_string(body, span_of(error->code));
    sbuf_puts(body, ",\"message\":");
    sbuf_json_string(body, span_of(error->message));
    sbuf_printf(body, ",\"retryable\":%s}", error->is_retryable ? "true" : "false");
    request->done.write = done;
    supabase_request_submit(request);
}

void supabase_usage(struct store *base, const struct store_key *key,
                    const struct store_usage *usage, store_write_fn done, void *ctx)
{
    struct supabase_request *request = supabase_request_create(downcast(base), SUPABASE_USAGE, ctx);
    struct sbuf *body = put_key(request, key);
    put_text(body, "call_id", usage->call_id);
    put_text(body, "agent", usage->agent_id);
    put_text(body, "provider", usage->provider);
    put_text(body, "model", usage->model);
    put_count(body, "input_tokens", usage->input_tokens);
    put_count(body, "output_tokens", usage->output_tokens);
    put_count(body, "total_tokens", usage->total_tokens);
    put_name(body, "cost_usd");
    if (isfinite(usage->cost_usd)) {
        sbuf_printf(body, "%.17g", usage->cost_usd);
    } else {
        sbuf_puts(body, "null");
    }
    put_count(body, "first_token_ms", usage->first_token_ms);
    put_count(body, "duration_ms", usage->duration_ms);
    put_bool(body, "success", usage->is_success);
    put_text(body, "error_code", usage->error_code);
    put_text(body, "request_hash", usage->request_hash);
    put_text(body, "request_id", usage->request_id);
    request->done.write = done;
    supabase_request_submit(request);
}

void supabase_put_chart(struct store *base, const struct store_chart *chart, store_write_fn done,
                        void *ctx)
{
    struct supabase_request *request =
        supabase_request_create(downcast(base), SUPABASE_PUT_CHART, ctx);
    put_chart(&request->body, chart);
    put_text(&request->body, "user_id", chart->user_id);
    request->done.write = done;
    supabase_request_submit(request);
}

/* A request for what id names; argument is what the function calls it. */
static struct supabase_request *get_request(struct store *base, enum supabase_verb verb,
                                            const char *argument, const char *id,
                                            store_text_fn done, void *ctx)
{
    struct supabase_request *request = supabase_request_create(downcast(base), verb, ctx);
    (void)snprintf(request->id, sizeof(request->id), "%s", id);
    put_text(&request->body, argument, id);
    request->done.text = done;
    return request;
}

void supabase_get_chart(struct store *base, const char *chart_id, store_text_fn done, void *ctx)
{
    supabase_request_submit(get_request(base, SUPABASE_GET_CHART, "chart_id", chart_id, done, ctx));
}

void supabase_get_reading(struct store *base, const char *reading_id, store_text_fn done, void *ctx)
{
    struct supabase_request *request =
        get_request(base, SUPABASE_GET_READING, "reading_id", reading_id, done, ctx);
    put_int(&request->body, "bytes_max", SUPABASE_ANSWER_BYTES_MAX / 2); /* the rest is small */
    supabase_request_submit(request);
}

void supabase_get_row(struct store *base, const char *reading_id, store_text_fn done, void *ctx)
{
    supabase_request_submit(
        get_request(base, SUPABASE_GET_ROW, "reading_id", reading_id, done, ctx));
}

static struct supabase_request *rows_request(struct store *base, enum supabase_verb verb,
                                             const char *queue, int64_t before_ms, uint32_t limit,
                                             store_text_fn done, void *ctx)
{
    struct supabase_request *request = supabase_request_create(downcast(base), verb, ctx);
    put_text(&request->body, "queue", queue);
    put_int(&request->body, "before_ms", before_ms);
    put_int(&request->body, "limit", limit);
    request->done.text = done;
    return request;
}

void supabase_open_rows(struct store *base, const char *queue, int64_t before_ms, uint32_t limit,
                        store_text_fn done, void *ctx)
{
    supabase_request_submit(
        rows_request(base, SUPABASE_OPEN_ROWS, queue, before_ms, limit, done, ctx));
}

void supabase_unqueued_rows(struct store *base, const char *queue, int64_t before_ms,
                            uint32_t limit, store_text_fn done, void *ctx)
{
    struct supabase_request *request =
        rows_request(base, SUPABASE_UNQUEUED_ROWS, queue, before_ms, limit, done, ctx);
    put_int(&request->body, "bytes_max", STORE_ROWS_BYTES_MAX);
    supabase_request_submit(request);
}
