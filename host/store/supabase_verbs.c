/* The driver's verbs: each writes its arguments as JSON and sends them to its function. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/supabase-private.h"

#define CHART_NAME_BYTES (HASH_SHA256_HEX_BYTES + 8)

const char *const SUPABASE_FUNCTIONS[SUPABASE_VERBS] = {
    [SUPABASE_OPEN] = "agenthost_open",
    [SUPABASE_BEGIN] = "agenthost_begin",
    [SUPABASE_PROCESSING] = "agenthost_processing",
    [SUPABASE_COMPLETE] = "agenthost_complete",
    [SUPABASE_FAIL] = "agenthost_fail",
    [SUPABASE_USAGE] = "agenthost_usage",
    [SUPABASE_GET_READING] = "agenthost_get_reading",
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

void supabase_processing(struct store *base, const struct store_key *key, store_write_fn done,
                         void *ctx)
{
    struct supabase_request *request =
        supabase_request_create(downcast(base), SUPABASE_PROCESSING, ctx);
    (void)put_key(request, key);
    request->done.write = done;
    supabase_request_submit(request);
}

/* The same chart is the same row, named after its content as in the other driver. */
static void put_chart(struct sbuf *body, struct span chart)
{
    char name[CHART_NAME_BYTES] = "chart:", id[HASH_UUID_BYTES];
    put_json(body, "chart", chart);
    if (chart.len == 0) {
        put_text(body, "chart_id", NULL);
        put_text(body, "input_hash", NULL);
        return;
    }
    hash_sha256_hex(chart, name + strlen("chart:"));
    hash_uuid5(span_of(name), id);
    put_text(body, "chart_id", id);
    put_text(body, "input_hash", name + strlen("chart:"));
}

void supabase_complete(struct store *base, const struct store_complete *complete,
                       store_write_fn done, void *ctx)
{
    struct supabase_request *request =
        supabase_request_create(downcast(base), SUPABASE_COMPLETE, ctx);
    struct sbuf *body = put_key(request, &complete->key);
    put_json(body, "content", complete->content);
    put_json(body, "return_value", complete->return_value);
    put_chart(body, complete->chart);
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

void supabase_get_reading(struct store *base, const char *reading_id, store_text_fn done, void *ctx)
{
    struct supabase_request *request =
        supabase_request_create(downcast(base), SUPABASE_GET_READING, ctx);
    (void)snprintf(request->reading_id, sizeof(request->reading_id), "%s", reading_id);
    put_text(&request->body, "reading_id", reading_id);
    put_int(&request->body, "bytes_max", SUPABASE_ANSWER_BYTES_MAX / 2); /* the rest is small */
    request->done.text = done;
    supabase_request_submit(request);
}

void supabase_open_rows(struct store *base, const char *queue, int64_t before_ms, uint32_t limit,
                        store_text_fn done, void *ctx)
{
    struct supabase_request *request =
        supabase_request_create(downcast(base), SUPABASE_OPEN_ROWS, ctx);
    put_text(&request->body, "queue", queue);
    put_int(&request->body, "before_ms", before_ms);
    put_int(&request->body, "limit", limit);
    request->done.text = done;
    supabase_request_submit(request);
}
