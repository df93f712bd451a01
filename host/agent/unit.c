/* A unit: one image with one configuration, held by a generation, by pins and by its calls. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "cell/wire.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"

void agents_log_job(const struct unit *unit, struct log_job *ret_job)
{
    *ret_job = (struct log_job){.agent = unit->image->agent_id, .image = unit->image->hash};
}

static void unit_unlink(struct unit *unit)
{
    struct unit **link = &unit->agents->units;
    while (*link != unit) {
        link = &(*link)->next;
    }
    *link = unit->next;
}

void unit_destroy(struct unit **unit_pointer)
{
    struct unit *unit = *unit_pointer;
    *unit_pointer = NULL;
    assert(unit->calls_count == 0);
    ev_timer_stop(unit->agents->loop->ev, &unit->timer);
    loop_cancel(unit->agents->loop, &unit->later);
    unit_load_cancel(unit);
    cell_destroy(&unit->cell);
    unit_unlink(unit);
    unit->image->refs--;
    sbuf_fini(&unit->setup);
    free(unit->config_json);
    free(unit);
}

static void unit_run_later(struct loop_deferred *deferred)
{
    struct unit *unit = CONTAINER_OF(deferred, struct unit, later);
    if (unit->is_quarantine_due) {
        unit->is_quarantine_due = false;
        agents_quarantine(unit->agents, unit);
    }
    if (unit->pins == 0 && unit->holds == 0 && unit->calls_count == 0) {
        unit_destroy(&unit);
    }
}

void unit_reconsider(struct unit *unit)
{
    bool is_over = unit->pins == 0 && unit->holds == 0 && unit->calls_count == 0;
    if (is_over || unit->is_quarantine_due) {
        loop_defer(unit->agents->loop, &unit->later);
    } else if (unit->state == UNIT_READY && !unit->is_current && unit->calls_count == 0 &&
               !ev_is_active(&unit->timer)) {
        unit_set_timer(unit, unit->agents->idle_ms);
    }
}

static struct metric *unit_metric_seconds(const char *agent_id, enum call_function function)
{
    static const double bounds[] = {0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01,
                                    0.02,    0.05,   0.1,    0.2,    0.5,   1,     2,     5};
    struct sbuf labels;
    sbuf_init(&labels, 256);
    metrics_label(&labels, "agent", agent_id);
    metrics_label(&labels, "function", calls_function_name(function));
    struct metric *metric =
        metrics_histogram("agenthost_agent_call_seconds", "Time of one call in an agent's cell.",
                          labels.data, bounds, ARRAY_LEN(bounds));
    sbuf_fini(&labels);
    return metric;
}

static void unit_make_metrics(struct unit *unit)
{
    struct sbuf labels;
    sbuf_init(&labels, 256);
    metrics_label(&labels, "agent", unit->image->agent_id);
    unit->queued = metrics_gauge("agenthost_agent_calls_queued",
                                 "Calls that wait for an agent's cell.", labels.data);
    sbuf_fini(&labels);
    for (int i = 0; i < CALL_FUNCTIONS; i++) {
        unit->seconds[i] = unit_metric_seconds(unit->image->agent_id, (enum call_function)i);
    }
}

struct unit *unit_create(struct agents *agents, struct image *image, char *config_json,
                         const char *config_hash)
{
    struct unit *unit = mem_alloc(sizeof(*unit));
    unit->agents = agents;
    unit->image = image;
    image->refs++;
    unit->config_json = config_json;
    (void)snprintf(unit->config_hash, sizeof(unit->config_hash), "%s", config_hash);
    unit->later.run = unit_run_later;
    ev_timer_init(&unit->timer, unit_on_timer, 0, 0);
    unit->timer.data = unit;
    sbuf_init(&unit->setup, WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    unit_make_metrics(unit);
    unit->next = agents->units;
    agents->units = unit;
    unit_apply(unit);
    unit_reconsider(unit); /* unless somebody takes hold of it this turn */
    return unit;
}

struct unit *unit_find(const struct agents *agents, const struct image *image,
                       const char *config_hash)
{
    for (struct unit *unit = agents->units; unit != NULL; unit = unit->next) {
        if (unit->image == image && unit->state != UNIT_SHUT &&
            (config_hash == NULL || strcmp(unit->config_hash, config_hash) == 0)) {
            return unit;
        }
    }
    return NULL;
}

void unit_apply(struct unit *unit)
{
    const struct settings *settings = unit->agents->settings;
    unit->call_ms = settings_call_ms(settings, unit->image->manifest);
    unit->memory_bytes = settings_memory_bytes(settings, unit->image->manifest);
}

void unit_hold(struct unit *unit)
{
    unit->holds++;
}

void unit_release(struct unit **unit)
{
    if (*unit == NULL) {
        return;
    }
    assert((*unit)->holds > 0);
    (*unit)->holds--;
    unit_reconsider(*unit);
    *unit = NULL;
}

bool unit_is_usable(const struct unit *unit)
{
    return unit->state != UNIT_DOWN && unit->state != UNIT_SHUT && unit->image->quarantined_ms == 0;
}

void unit_set_current(struct unit *unit, bool is_current)
{
    unit->is_current = is_current;
    if (is_current && unit->state == UNIT_READY) {
        ev_timer_stop(unit->agents->loop->ev, &unit->timer); /* it may idle now */
    }
    if (is_current) {
        unit_want_cell(unit);
    }
    unit_reconsider(unit);
}

bool unit_strike(struct unit *unit, const char *job_key, const struct agent_reply *reply)
{
    struct strikes *strikes = &unit->image->strikes;
    bool is_crash = reply->outcome == AGENT_CRASHED || reply->outcome == AGENT_DEADLINE;
    strikes_add(strikes, job_key, is_crash, agent_outcome_name(reply->outcome), clock_mono_ms());
    if (strikes_recent(strikes, clock_mono_ms()) >= STRIKES_QUARANTINE &&
        unit->image->quarantined_ms == 0) {
        unit->is_quarantine_due = true;
        unit_reconsider(unit);
    }
    return strikes_is_poison(strikes, job_key);
}

void unit_unpin(struct unit **unit)
{
    if (*unit == NULL) {
        return;
    }
    assert((*unit)->pins > 0);
    (*unit)->pins--;
    unit_reconsider(*unit);
    *unit = NULL;
}

const char *unit_agent_id(const struct unit *unit)
{
    return unit->image->agent_id;
}

const char *unit_image(const struct unit *unit)
{
    return unit->image->hash;
}

const struct manifest *unit_manifest(const struct unit *unit)
{
    return unit->image->manifest;
}
