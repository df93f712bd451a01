/* The model's public face: providers by name, calls in and out. */
#include "model/model.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/sbuf.h"
#include "model/model-private.h"

#define MODEL_REQUEST_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define MODEL_SCRATCH_BYTES_KEPT ((size_t)256 * 1024)

const char *model_outcome_name(enum model_outcome outcome)
{
    static const char *const names[] = {
        [MODEL_OK] = "ok",
        [MODEL_TRUNCATED] = "truncated",
        [MODEL_REFUSED] = "refused",
        [MODEL_BAD_RESPONSE] = "bad_response",
        [MODEL_NETWORK_ERROR] = "network_error",
        [MODEL_TIMEOUT] = "timeout",
        [MODEL_RATE_LIMIT] = "rate_limit",
        [MODEL_PROVIDER_DOWN] = "provider_down",
        [MODEL_BAD_REQUEST] = "bad_request",
        [MODEL_NOT_CONFIGURED] = "not_configured",
        [MODEL_BUSY] = "busy",
    };
    return (size_t)outcome < ARRAY_LEN(names) ? names[outcome] : "unknown";
}

struct model *model_create(struct loop *loop, const struct options *options,
                           model_available_fn on_available, void *ctx)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    struct model *model = mem_alloc(sizeof(*model));
    model->loop = loop;
    sbuf_init(&model->scratch, MODEL_REQUEST_BYTES_MAX);
    model_configure(model, options); /* nobody waits yet: nobody is told */
    model->on_available = on_available;
    model->on_available_ctx = ctx;
    return model;
}

void model_destroy(struct model **model)
{
    if (*model == NULL) {
        return;
    }
    while ((*model)->calls != NULL) {
        call_destroy((*model)->calls);
    }
    while ((*model)->providers != NULL) {
        struct provider *provider = (*model)->providers;
        (*model)->providers = provider->next;
        provider_destroy(&provider);
    }
    sbuf_fini(&(*model)->scratch);
    free(*model);
    *model = NULL;
    curl_global_cleanup();
}

static const struct options_provider *model_section(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->providers_count; i++) {
        if (strcmp(options->providers[i].name, name) == 0) {
            return &options->providers[i];
        }
    }
    return NULL;
}

void model_configure(struct model *model, const struct options *options)
{
    model->options = options;
    for (size_t i = 0; i < options->providers_count; i++) {
        if (provider_find(model, options->providers[i].name) == NULL) {
            struct provider *provider = provider_create(model, options->providers[i].name);
            provider->next = model->providers;
            model->providers = provider;
        }
    }
    for (struct provider *provider = model->providers; provider != NULL;
         provider = provider->next) {
        provider_configure(provider, model_section(options, provider->name));
    }
}

static bool model_accepts(struct model *model, const char *provider_name, const char *model_name,
                          struct provider_why *ret_why)
{
    struct provider *provider = provider_find(model, provider_name);
    if (provider != NULL) {
        return provider_accepts(provider, model_name, ret_why);
    }
    *ret_why = (struct provider_why){.outcome = MODEL_NOT_CONFIGURED};
    (void)snprintf(ret_why->reason, sizeof(ret_why->reason),
                   "provider '%s' is not configured: add [provider.%s]", provider_name,
                   provider_name);
    return false;
}

bool model_is_available(struct model *model, const char *provider, const char *model_name,
                        struct model_result *ret_why)
{
    struct provider_why why;
    if (model_accepts(model, provider, model_name, &why)) {
        return true;
    }
    if (ret_why != NULL) {
        *ret_why = (struct model_result){
            .outcome = why.outcome,
            .finish_reason = "",
            .model = "",
            .request_id = "",
            .prompt_tokens = -1,
            .completion_tokens = -1,
            .total_tokens = -1,
            .cost_usd = NAN,
            .first_token_ms = -1,
            .retry_after_ms = why.retry_after_ms,
        };
        (void)snprintf(ret_why->reason, sizeof(ret_why->reason), "%s", why.reason);
    }
    return false;
}

static bool model_prepare(struct model_call *call, const struct model_request *request,
                          struct provider_why *ret_why)
{
    if (!model_accepts(call->model, request->provider, request->model, ret_why)) {
        return false;
    }
    struct err err;
    struct sbuf *body = &call->model->scratch;
    sbuf_clear(body);
    if (!openai_render(request, call->model_name, call->settings->max_tokens_field, body, &err)) {
        *ret_why = (struct provider_why){.outcome = MODEL_BAD_REQUEST};
        (void)snprintf(ret_why->reason, sizeof(ret_why->reason), "%.380s", err.text);
        return false;
    }
    call->request = mem_strndup(body->data, body->len);
    call->request_len = body->len;
    hash_sha256_hex(sbuf_as_span(body), call->request_hash);
    if (body->capacity > MODEL_SCRATCH_BYTES_KEPT) {
        sbuf_fini(body);
    }
    return true;
}

struct model_call *model_start(struct model *model, const struct model_request *request,
                               const struct model_handlers *handlers)
{
    struct provider *provider = provider_find(model, request->provider);
    struct model_call *call = call_create(model, provider, request, handlers);
    struct provider_why why;
    if (!model_prepare(call, request, &why)) {
        call_fail_later(call, &why);
    } else {
        provider_enter(provider, call);
    }
    return call;
}

void model_abort(struct model_call **call)
{
    struct model_call *aborted = *call;
    *call = NULL;
    if (aborted != NULL) {
        call_abort(aborted);
    }
}

/* A base URL may carry a user and a password. */
static void model_render_url(const char *url, struct sbuf *out)
{
    const char *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    const char *end = host + strcspn(host, "/?#");
    const char *at = memrchr(host, '@', (size_t)(end - host));
    struct sbuf shown;
    sbuf_init(&shown, strlen(url));
    sbuf_append(&shown, url, (size_t)(host - url));
    sbuf_puts(&shown, at != NULL ? at + 1 : host);
    sbuf_json_string(out, sbuf_as_span(&shown));
    sbuf_fini(&shown);
}

static void model_render_text(const char *text, struct sbuf *out)
{
    if (text != NULL) {
        sbuf_json_string(out, span_of(text));
    } else {
        sbuf_puts(out, "null");
    }
}

static void model_render_block(const struct provider *provider, struct sbuf *out)
{
    struct provider_why why;
    if (!provider_is_blocked(provider, &why)) {
        sbuf_puts(out, ",\"blockedUntil\":null,\"blockedReason\":null");
        return;
    }
    char until[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms() + why.retry_after_ms, until);
    sbuf_printf(out, ",\"blockedUntil\":\"%s\",\"blockedReason\":", until);
    model_render_text(why.reason, out);
}

static void model_render_provider(const struct provider *provider, struct sbuf *out)
{
    const struct provider_settings *settings = provider->settings;
    sbuf_puts(out, "{\"name\":");
    sbuf_json_string(out, span_of(provider->name));
    sbuf_puts(out, ",\"baseUrl\":");
    model_render_url(settings->base_url, out);
    sbuf_puts(out, ",\"model\":");
    model_render_text(settings->model, out);
    sbuf_printf(out, ",\"keyLoaded\":%s,\"practice\":%s,\"concurrency\":%u",
                settings->api_key != NULL ? "true" : "false",
                settings->is_practice ? "true" : "false", settings->concurrency);
    sbuf_printf(out, ",\"inFlight\":%u,\"waiting\":%u,\"breaker\":\"%s\"",
                provider->budget.in_flight, provider->budget.waiting,
                breaker_state_name(provider->breaker.state));
    model_render_block(provider, out);
    sbuf_printf(out, ",\"calls\":%" PRIu64 ",\"ok\":%" PRIu64 ",\"retries\":%" PRIu64 "}",
                provider->calls, provider->calls_ok, provider->retries);
}

void model_render(const struct model *model, struct sbuf *out)
{
    bool is_first = true;
    sbuf_putc(out, '[');
    for (const struct provider *provider = model->providers; provider != NULL;
         provider = provider->next) {
        if (provider->settings == NULL) {
            continue; /* its section is gone */
        }
        if (!is_first) {
            sbuf_putc(out, ',');
        }
        is_first = false;
        model_render_provider(provider, out);
    }
    sbuf_putc(out, ']');
}
