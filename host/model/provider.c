/* A provider: its settings, and whether calls may go to it now. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/sbuf.h"
#include "model/model-private.h"
#include "model/usage.h"

#define PROVIDER_WAITING_MAX 4096   /* or as many as may run, when that is more */
#define PROVIDER_PROBE_WAIT_MS 1000 /* come back so long after meeting a probe */
#define PROVIDER_BUSY_WAIT_MS 1000

struct provider *provider_find(const struct model *model, const char *name)
{
    struct provider *provider = model->providers;
    while (provider != NULL && strcmp(provider->name, name) != 0) {
        provider = provider->next;
    }
    return provider;
}

static void provider_gauges(struct provider *provider)
{
    metrics_set(provider->in_flight, provider->budget.in_flight);
    metrics_set(provider->waiting, provider->budget.waiting);
    bool is_blocked = provider->breaker.state != BREAKER_CLOSED || provider->paused_until_ms != 0;
    metrics_set(provider->blocked, is_blocked ? 1 : 0);
}

static void provider_tell_available(struct provider *provider)
{
    struct model *model = provider->model;
    if (model->on_available != NULL) {
        model->on_available(provider->name, model->on_available_ctx);
    }
}

/* --- what blocks a provider ---------------------------------------------------------------- */

static void provider_sends_home(struct provider *provider)
{
    struct provider_why why;
    if (!provider_is_blocked(provider, &why)) {
        return;
    }
    while (provider->budget.first != NULL) {
        call_fail_later(CONTAINER_OF(provider->budget.first, struct model_call, place), &why);
    }
}

static void provider_wake_at(struct provider *provider)
{
    int64_t at_ms = provider->paused_until_ms;
    if (provider->breaker.state == BREAKER_OPEN &&
        (at_ms == 0 || provider->breaker.open_until_ms < at_ms)) {
        at_ms = provider->breaker.open_until_ms;
    }
    struct ev_loop *ev = provider->model->loop->ev;
    ev_timer_stop(ev, &provider->wake);
    if (at_ms != 0) {
        int64_t wait_ms = at_ms - clock_mono_ms();
        ev_now_update(ev);
        ev_timer_set(&provider->wake, wait_ms > 0 ? (double)wait_ms / 1000 : 0., 0.);
        ev_timer_start(ev, &provider->wake);
    }
    provider_gauges(provider);
}

static void provider_on_wake(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev;
    (void)events;
    struct provider *provider = timer->data;
    int64_t now_ms = clock_mono_ms();
    bool is_over = breaker_tick(&provider->breaker, now_ms);
    if (provider->paused_until_ms != 0 && now_ms >= provider->paused_until_ms) {
        provider->paused_until_ms = 0;
        is_over = true;
    }
    provider_wake_at(provider);
    if (is_over) {
        loop_defer(provider->model->loop, &provider->admit);
        provider_tell_available(provider);
    }
}

void provider_succeeded(struct provider *provider)
{
    if (breaker_succeed(&provider->breaker)) {
        log_info("model", NULL, "provider '%s' answers again", provider->name);
        provider_wake_at(provider);
        loop_defer(provider->model->loop, &provider->admit);
        provider_tell_available(provider);
    }
}

void provider_refused(struct provider *provider, const char *reason)
{
    if (provider->breaker.state != BREAKER_OPEN) {
        breaker_trip(&provider->breaker, clock_mono_ms(), reason);
        log_error("model", NULL, "provider '%s' is down, its jobs wait %lld s: %s", provider->name,
                  (long long)(provider->breaker.wait_ms / 1000), reason);
    }
    provider_wake_at(provider);
    provider_sends_home(provider);
}

void provider_pause(struct provider *provider, int64_t wait_ms, const char *reason)
{
    int64_t until_ms = clock_mono_ms() + wait_ms;
    if (until_ms > provider->paused_until_ms) {
        if (provider->paused_until_ms == 0) {
            log_warning("model", NULL, "provider '%s' asks to wait %lld s: %s", provider->name,
                        (long long)(wait_ms / 1000), reason);
        }
        provider->paused_until_ms = until_ms;
        (void)snprintf(provider->pause_reason, sizeof(provider->pause_reason), "%s", reason);
    }
    provider_wake_at(provider);
    provider_sends_home(provider);
}

bool provider_is_blocked(const struct provider *provider, struct provider_why *ret_why)
{
    int64_t now_ms = clock_mono_ms();
    const struct breaker *breaker = &provider->breaker;
    if (breaker->state == BREAKER_OPEN) {
        int64_t wait_ms = breaker->open_until_ms - now_ms;
        *ret_why = (struct provider_why){.outcome = MODEL_PROVIDER_DOWN,
                                         .retry_after_ms = wait_ms > 1 ? wait_ms : 1};
        (void)snprintf(ret_why->reason, sizeof(ret_why->reason), "%s", breaker->reason);
        return true;
    }
    if (provider->paused_until_ms > now_ms) {
        *ret_why = (struct provider_why){.outcome = MODEL_RATE_LIMIT,
                                         .retry_after_ms = provider->paused_until_ms - now_ms};
        (void)snprintf(ret_why->reason, sizeof(ret_why->reason), "%s", provider->pause_reason);
        return true;
    }
    return false;
}

static bool provider_lacks(const struct provider *provider, const char *model_name,
                           struct provider_why *ret_why)
{
    const struct provider_settings *settings = provider->settings;
    bool is_openai = strcmp(provider->name, "openai") == 0;
    *ret_why = (struct provider_why){.outcome = MODEL_NOT_CONFIGURED};
    if (settings == NULL) {
        (void)snprintf(ret_why->reason, sizeof(ret_why->reason),
                       "provider '%s' is not configured: add [provider.%s]", provider->name,
                       provider->name);
        return true;
    }
    if (settings->is_key_missing) {
        (void)snprintf(ret_why->reason, sizeof(ret_why->reason),
                       "provider '%s' has no key: set %sapi_key in [provider.%s]", provider->name,
                       is_openai ? "OPENAI_API_KEY or " : "", provider->name);
        return true;
    }
    if ((model_name == NULL || model_name[0] == '\0') && settings->model == NULL) {
        (void)snprintf(ret_why->reason, sizeof(ret_why->reason),
                       "no model is named for provider '%s': set %smodel in [provider.%s]",
                       provider->name, is_openai ? "OPENAI_MODEL or " : "", provider->name);
        return true;
    }
    return false;
}

bool provider_accepts(struct provider *provider, const char *model_name,
                      struct provider_why *ret_why)
{
    if (provider_lacks(provider, model_name, ret_why) || provider_is_blocked(provider, ret_why)) {
        return false;
    }
    if (!breaker_admits(&provider->breaker)) {
        *ret_why = (struct provider_why){.outcome = MODEL_PROVIDER_DOWN,
                                         .retry_after_ms = PROVIDER_PROBE_WAIT_MS};
        (void)snprintf(ret_why->reason, sizeof(ret_why->reason),
                       "provider '%s' was down, one call is finding out whether it still is",
                       provider->name);
        return false;
    }
    if (provider->budget.waiting >= provider->budget.waiting_max) {
        provider->has_turned_away = true;
        *ret_why =
            (struct provider_why){.outcome = MODEL_BUSY, .retry_after_ms = PROVIDER_BUSY_WAIT_MS};
        (void)snprintf(ret_why->reason, sizeof(ret_why->reason),
                       "provider '%s' has %u calls running and %u waiting", provider->name,
                       provider->budget.in_flight, provider->budget.waiting);
        return false;
    }
    return true;
}

/* --- seats --------------------------------------------------------------------------------- */

static void provider_on_admit(struct loop_deferred *deferred)
{
    struct provider *provider = CONTAINER_OF(deferred, struct provider, admit);
    struct budget *budget = &provider->budget;
    struct provider_why why;
    while (budget_has_next(budget) && breaker_admits(&provider->breaker) &&
           !provider_is_blocked(provider, &why)) {
        call_start(CONTAINER_OF(budget_seat_next(budget), struct model_call, place));
    }
    provider_gauges(provider);
    if (provider->has_turned_away && budget->waiting < budget->waiting_max / 2) {
        provider->has_turned_away = false;
        provider_tell_available(provider);
    }
}

void provider_enter(struct provider *provider, struct model_call *call)
{
    if (budget_enter(&provider->budget, &call->place)) {
        call_start(call);
    } else if (!budget_wait(&provider->budget, &call->place)) {
        assert(!"provider_accepts has seen room in the line");
    }
    provider_gauges(provider);
}

void provider_leave(struct provider *provider, struct model_call *call)
{
    budget_leave(&provider->budget, &call->place);
    if (call->is_probe) {
        call->is_probe = false;
        breaker_probe_over(&provider->breaker);
    }
    if (provider->budget.first != NULL || provider->has_turned_away) {
        loop_defer(provider->model->loop, &provider->admit);
    }
    provider_gauges(provider);
}

void provider_connected(struct provider *provider)
{
    if (!provider->is_connected) {
        provider->is_connected = true;
        provider->budget.in_flight_max =
            provider->settings != NULL ? provider->settings->concurrency : 1;
        loop_defer(provider->model->loop, &provider->admit);
    }
}

/* --- life ---------------------------------------------------------------------------------- */

static void provider_make_metrics(struct provider *provider)
{
    struct sbuf labels;
    sbuf_init(&labels, 512);
    metrics_label(&labels, "provider", provider->name);
    provider->in_flight =
        metrics_gauge("agenthost_llm_in_flight", "Model calls under way.", labels.data);
    provider->waiting =
        metrics_gauge("agenthost_llm_waiting", "Model calls waiting for a seat.", labels.data);
    provider->blocked = metrics_gauge(
        "agenthost_llm_blocked", "1 while the breaker is not closed or the server asked to wait.",
        labels.data);
    provider->connections = metrics_counter("agenthost_llm_connections_total",
                                            "New connections to the server.", labels.data);
    sbuf_fini(&labels);
}

struct provider *provider_create(struct model *model, const char *name)
{
    struct provider *provider = mem_alloc(sizeof(*provider));
    provider->model = model;
    provider->name = mem_strdup(name);
    provider->pool = curl_loop_create(model->loop);
    provider->admit.run = provider_on_admit;
    ev_timer_init(&provider->wake, provider_on_wake, 0., 0.);
    provider->wake.data = provider;
    provider_make_metrics(provider);
    return provider;
}

void provider_destroy(struct provider **provider)
{
    struct provider *old = *provider;
    *provider = NULL;
    ev_timer_stop(old->model->loop->ev, &old->wake);
    loop_cancel(old->model->loop, &old->admit);
    curl_loop_destroy(&old->pool);
    provider_settings_unref(&old->settings);
    usage_series_free(&old->series);
    free(old->name);
    free(old);
}

void provider_configure(struct provider *provider, const struct options_provider *options)
{
    struct provider_settings *old = provider->settings;
    bool was_free = provider_settings_are_complete(old) &&
                    provider->breaker.state == BREAKER_CLOSED && provider->paused_until_ms == 0;
    provider->settings = options != NULL ? provider_settings_create(options) : NULL;
    if (old == NULL || options == NULL || !provider_settings_same_access(old, provider->settings)) {
        provider->breaker = (struct breaker){.state = BREAKER_CLOSED};
        provider->paused_until_ms = 0;
    } else if (provider->breaker.state == BREAKER_OPEN) {
        /* Whoever reloads may have paid the bill: find out now. */
        (void)breaker_tick(&provider->breaker, provider->breaker.open_until_ms);
    }
    uint32_t concurrency = provider->settings != NULL ? provider->settings->concurrency : 1;
    provider->budget.in_flight_max = provider->is_connected ? concurrency : 1;
    provider->budget.waiting_max =
        concurrency > PROVIDER_WAITING_MAX ? concurrency : PROVIDER_WAITING_MAX;
    provider_settings_unref(&old);
    provider_wake_at(provider);
    loop_defer(provider->model->loop, &provider->admit);
    if (!was_free && options != NULL && !provider->settings->is_key_missing) {
        provider_tell_available(provider);
    }
}
