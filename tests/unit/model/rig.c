/* The loop, the model and the counting around a test. */
#include "rig.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "redis/certs.h"

static const struct model_message rig_messages[] = {
    {"system", {"Be brief.", 9}},
    {"user", {"Say \"hello\"\n\xc3\xb6", 14}},
};

const struct model_request rig_request = {
    .provider = "openai",
    .model = "m-1",
    .messages = rig_messages,
    .messages_count = 2,
    .has_temperature = true,
    .temperature = 0.7,
    .max_tokens = 100,
    .answer_bytes_max = 65536,
};

const struct http_step answer_good[] = {
    {.kind = HTTP_SEND, .text = HEAD_STREAM},
    {.kind = HTTP_CHUNK, .text = ROLE},
    {.kind = HTTP_CHUNK, .text = CONTENT("Hello, ") CONTENT("w\xc3\xb6rld")},
    {.kind = HTTP_CHUNK, .text = FINISH("stop") USAGE DONE},
    {.kind = HTTP_CHUNK_END},
    {.kind = HTTP_OVER},
};

static void rig_on_available(const char *provider, void *ctx)
{
    struct rig *rig = ctx;
    ck_assert_str_eq(provider, "openai");
    rig->available++;
}

static void rig_start_model(struct rig *rig, const char *scheme)
{
    (void)setenv("no_proxy", "*", 1);
    loop_init(&rig->loop);
    (void)snprintf(rig->base_url, sizeof(rig->base_url), "%s://127.0.0.1:%d/v1", scheme,
                   http_script_port(rig->server));
    rig->provider = (struct options_provider){
        .name = (char *)"openai",
        .base_url = rig->base_url,
        .api_key = (char *)"sk-secret-key",
        .model = (char *)"m-1",
        .max_tokens_field = (char *)"max_completion_tokens",
        .needs_key = true,
        .concurrency = 50,
        .connect_ms = 1000,
        .first_token_ms = 2000,
        .silence_ms = 2000,
        .answer_ms = 5000,
        .retries = 2,
        .retry_base_ms = 10,
    };
    rig->price =
        (struct options_model){.name = (char *)"m-1", .input_price = 2, .output_price = 10};
    rig->options.models = &rig->price;
    rig->options.models_count = 1;
    rig->options.providers = &rig->provider;
    rig->options.providers_count = 1;
    rig->model = model_create(&rig->loop, &rig->options, rig_on_available, rig);
}

void rig_init(struct rig *rig, const struct http_step *const *answers, size_t answers_count)
{
    memset(rig, 0, sizeof(*rig));
    rig->server = http_script_start(answers, answers_count);
    rig_start_model(rig, "http");
}

void rig_init_tls(struct rig *rig, const struct http_step *const *answers, size_t answers_count,
                  const char *names, bool is_trusted)
{
    char ca_file[64];
    memset(rig, 0, sizeof(*rig));
    (void)snprintf(rig->certs, sizeof(rig->certs), "/tmp/model-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(rig->certs));
    certs_write(rig->certs, names, 1);
    (void)snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", rig->certs);
    (void)unsetenv("SSL_CERT_FILE");
    if (is_trusted) {
        (void)setenv("SSL_CERT_FILE", ca_file, 1);
    }
    rig->server = http_script_start_tls(answers, answers_count, rig->certs);
    rig_start_model(rig, "https");
}

static void rig_remove_certs(const struct rig *rig)
{
    static const char *const files[] = {"ca.pem", "server.pem", "server.key"};
    char path[64];
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", rig->certs, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(rig->certs);
}

void rig_configure(struct rig *rig)
{
    model_configure(rig->model, &rig->options);
}

void rig_fini(struct rig *rig)
{
    model_destroy(&rig->model);
    http_script_stop(&rig->server);
    for (unsigned i = 0; i < rig->calls_count; i++) {
        sbuf_fini(&rig->calls[i].deltas);
        free(rig->calls[i].text);
    }
    if (rig->certs[0] != '\0') {
        rig_remove_certs(rig);
    }
    metrics_reset();
    loop_fini(&rig->loop);
}

static void rig_on_delta(struct model_call *call, struct span text, uint32_t tokens, void *ctx)
{
    struct rig_call *rig_call = ctx;
    ck_assert_ptr_eq(call, rig_call->call);
    ck_assert(tokens == 0 ? text.len == 0 : text.len > 0 && tokens > rig_call->tokens);
    if (tokens == 0) {
        rig_call->restarts++;
        sbuf_clear(&rig_call->deltas);
    }
    rig_call->tokens = tokens;
    sbuf_span(&rig_call->deltas, text);
    if (rig_call->abort_at_tokens > 0 && tokens >= rig_call->abort_at_tokens) {
        model_abort(&rig_call->call);
        ck_assert_ptr_null(rig_call->call);
    }
}

static void rig_on_done(struct model_call *call, const struct model_result *result, void *ctx)
{
    struct rig_call *rig_call = ctx;
    ck_assert_ptr_eq(call, rig_call->call);
    rig_call->done++;
    rig_call->rig->done++;
    rig_call->result = *result;
    rig_call->text = mem_strndup(result->text.data, result->text.len);
    (void)snprintf(rig_call->finish, sizeof(rig_call->finish), "%s", result->finish_reason);
    (void)snprintf(rig_call->model, sizeof(rig_call->model), "%s", result->model);
    (void)snprintf(rig_call->request_id, sizeof(rig_call->request_id), "%s", result->request_id);
    if (rig_call->abort_in_done) {
        model_abort(&rig_call->call);
    }
    rig_call->call = NULL;
}

struct rig_call *rig_start(struct rig *rig, const struct model_request *request)
{
    ck_assert_uint_lt(rig->calls_count, RIG_CALLS_MAX);
    struct rig_call *rig_call = &rig->calls[rig->calls_count++];
    rig_call->rig = rig;
    sbuf_init(&rig_call->deltas, 1 << 20);
    struct model_handlers handlers = {
        .on_delta = rig_on_delta, .on_done = rig_on_done, .ctx = rig_call};
    unsigned done = rig->done;
    rig_call->call = model_start(rig->model, request, &handlers);
    ck_assert_uint_eq(rig->done, done); /* never inside model_start */
    return rig_call;
}

static void rig_on_time(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)events;
    *(bool *)timer->data = true;
    ev_break(ev, EVBREAK_ONE);
}

static void rig_on_tick(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    ev_break(ev, EVBREAK_ONE);
}

/* Turns the loop until is_reached; false when time is up first. */
static bool rig_run(struct rig *rig, bool (*is_reached)(struct rig *rig, unsigned count),
                    unsigned count, int ms)
{
    bool is_over = false;
    ev_timer end, tick;
    ev_now_update(rig->loop.ev);
    ev_timer_init(&end, rig_on_time, ms / 1000., 0.);
    end.data = &is_over;
    ev_timer_start(rig->loop.ev, &end);
    ev_timer_init(&tick, rig_on_tick, .005, .005); /* what the server saw makes no event here */
    ev_timer_start(rig->loop.ev, &tick);
    while (!is_over && !is_reached(rig, count)) {
        (void)ev_run(rig->loop.ev, EVRUN_ONCE);
    }
    ev_timer_stop(rig->loop.ev, &end);
    ev_timer_stop(rig->loop.ev, &tick);
    return !is_over;
}

static bool rig_has_done(struct rig *rig, unsigned count)
{
    return rig->done >= count;
}

static bool rig_has_available(struct rig *rig, unsigned count)
{
    return rig->available >= count;
}

static bool rig_has_hangups(struct rig *rig, unsigned count)
{
    return http_script_hangups(rig->server) >= count;
}

static bool rig_has_requests(struct rig *rig, unsigned count)
{
    return http_script_requests(rig->server) >= count;
}

static bool rig_never(struct rig *rig, unsigned count)
{
    (void)rig;
    (void)count;
    return false;
}

void rig_wait_done(struct rig *rig, unsigned calls)
{
    ck_assert_msg(rig_run(rig, rig_has_done, calls, RIG_WAIT_MS_MAX), "%u of %u calls done",
                  rig->done, calls);
}

void rig_wait_available(struct rig *rig, unsigned times)
{
    ck_assert_msg(rig_run(rig, rig_has_available, times, RIG_WAIT_MS_MAX), "available %u times",
                  rig->available);
}

void rig_wait_hangups(struct rig *rig, unsigned hangups)
{
    ck_assert_msg(rig_run(rig, rig_has_hangups, hangups, RIG_WAIT_MS_MAX), "%u hang-ups",
                  http_script_hangups(rig->server));
}

void rig_wait_requests(struct rig *rig, unsigned requests)
{
    ck_assert_msg(rig_run(rig, rig_has_requests, requests, RIG_WAIT_MS_MAX), "%u requests",
                  http_script_requests(rig->server));
}

void rig_run_ms(struct rig *rig, int ms)
{
    (void)rig_run(rig, rig_never, 0, ms);
}

const struct rig_call *rig_ask(struct rig *rig)
{
    struct rig_call *rig_call = rig_start(rig, &rig_request);
    rig_wait_done(rig, rig->done + 1);
    ck_assert_uint_eq(rig_call->done, 1);
    return rig_call;
}

double rig_metric(const char *series)
{
    struct sbuf text;
    sbuf_init(&text, 1 << 20);
    metrics_render(&text);
    const char *at = text.data;
    size_t len = strlen(series);
    double value = -1;
    while ((at = strstr(at, series)) != NULL) {
        if ((at == text.data || at[-1] == '\n') && at[len] == ' ') {
            value = strtod(at + len, NULL);
            break;
        }
        at += len;
    }
    sbuf_fini(&text);
    return value;
}
