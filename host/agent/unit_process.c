/* The process of a unit: started, restarted after it died, stopped when nobody needs it, never
 * while calls wait. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"

#define UNIT_ROOM_MS 50               /* until the next look for a free place */
#define UNIT_SETUP_KEPT (1024 * 1024) /* a larger first frame is read again from the image */
#define UNIT_CRASH_MS 50              /* backoff from the second crash in a row, doubled */
#define UNIT_CRASH_MS_MAX 2000
#define UNIT_START_TRIES 3 /* before waiting calls are told */
#define UNIT_START_MS 100  /* between them, doubled */
#define UNIT_DOWN_MS_MAX 60000

static const char *const unit_state_names[] = {"stopped", "loading", "starting", "ready",
                                               "ending",  "waiting", "down",     "quarantined"};

const char *unit_state_name(enum unit_state state)
{
    return unit_state_names[state];
}

static void unit_set_state(struct unit *unit, enum unit_state state)
{
    static const unsigned short legal[] = {
        [UNIT_STOPPED] = 1 << UNIT_LOADING | 1 << UNIT_STARTING | 1 << UNIT_WAITING |
                         1 << UNIT_DOWN | 1 << UNIT_SHUT,
        [UNIT_LOADING] = 1 << UNIT_STARTING | 1 << UNIT_WAITING | 1 << UNIT_DOWN | 1 << UNIT_SHUT,
        [UNIT_STARTING] = 1 << UNIT_READY | 1 << UNIT_WAITING | 1 << UNIT_DOWN | 1 << UNIT_SHUT,
        [UNIT_READY] = 1 << UNIT_STOPPED | 1 << UNIT_ENDING | 1 << UNIT_SHUT,
        [UNIT_ENDING] = 1 << UNIT_STOPPED | 1 << UNIT_SHUT,
        [UNIT_WAITING] = 1 << UNIT_STOPPED | 1 << UNIT_SHUT,
        [UNIT_DOWN] = 1 << UNIT_STOPPED | 1 << UNIT_SHUT,
        [UNIT_SHUT] = 1 << UNIT_SHUT,
    };
    assert((legal[unit->state] & 1 << state) != 0);
    struct log_job job;
    agents_log_job(unit, &job);
    log_debug("agent", &job, "unit %s → %s", unit_state_names[unit->state],
              unit_state_names[state]);
    unit->state = state;
    ev_timer_stop(unit->agents->loop->ev, &unit->timer);
}

void unit_set_timer(struct unit *unit, int64_t wait_ms)
{
    struct ev_loop *ev = unit->agents->loop->ev;
    ev_timer_stop(ev, &unit->timer);
    ev_now_update(ev);
    ev_timer_set(&unit->timer, (double)wait_ms / 1000, 0);
    ev_timer_start(ev, &unit->timer);
}

static int64_t unit_backoff_ms(int64_t first_ms, unsigned times, int64_t most_ms)
{
    int64_t wait_ms = first_ms;
    for (unsigned i = 0; i < times && wait_ms < most_ms; i++) {
        wait_ms *= 2;
    }
    return wait_ms < most_ms ? wait_ms : most_ms;
}

static bool unit_needs_cell(const struct unit *unit)
{
    return unit->first != NULL || unit->is_current || unit->started != NULL;
}

/* Tells who waits for the start; at most once. */
static bool unit_tell_started(struct unit *unit, bool is_ok, const char *text)
{
    unit_started_fn started = unit->started;
    unit->started = NULL;
    if (started == NULL) {
        return false;
    }
    started(unit, is_ok, text, unit->started_ctx);
    return true;
}

void unit_start_failed(struct unit *unit, const char *text)
{
    struct log_job job;
    agents_log_job(unit, &job);
    cell_destroy(&unit->cell);
    (void)snprintf(unit->last_error, sizeof(unit->last_error), "%s", text);
    unit->start_failures++;
    if (unit->started != NULL) { /* whoever asked decides what happens next */
        unit_set_state(unit, UNIT_DOWN);
        unit_set_timer(unit, UNIT_DOWN_MS_MAX);
        calls_fail_queued(unit, unit->last_error);
        (void)unit_tell_started(unit, false, unit->last_error);
        return;
    }
    if (unit->start_failures < UNIT_START_TRIES) {
        log_warning("agent", &job, "its cell did not start: %s, trying again", text);
        unit_set_state(unit, UNIT_WAITING);
        unit_set_timer(unit,
                       unit_backoff_ms(UNIT_START_MS, unit->start_failures - 1, UNIT_CRASH_MS_MAX));
        return;
    }
    int64_t wait_ms = unit_backoff_ms(unit->agents->down_ms,
                                      unit->start_failures - UNIT_START_TRIES, UNIT_DOWN_MS_MAX);
    log_error("agent", &job, "its cell does not start: %s, next try in %lld s", text,
              (long long)wait_ms / 1000);
    unit_set_state(unit, UNIT_DOWN);
    unit_set_timer(unit, wait_ms);
    calls_fail_queued(unit, unit->last_error);
}

static void unit_on_ready(struct cell *cell, void *ctx)
{
    (void)cell;
    struct unit *unit = ctx;
    struct agents *agents = unit->agents;
    bool was_down = unit->start_failures > 0;
    if (unit->setup.len > UNIT_SETUP_KEPT) {
        sbuf_fini(&unit->setup);
    }
    unit_set_state(unit, UNIT_READY);
    unit->start_failures = 0;
    unit->used_ms = clock_mono_ms();
    bool is_told = unit_tell_started(unit, true, "");
    calls_dispatch(unit);
    if (was_down && !is_told && unit->is_current && agents->handlers.on_available != NULL) {
        agents->handlers.on_available(unit->image->agent_id, agents->handlers.ctx);
    }
    unit_reconsider(unit);
}

static void unit_on_log(struct cell *cell, int level, struct span line, void *ctx)
{
    (void)cell;
    struct unit *unit = ctx;
    const struct agents_handlers *handlers = &unit->agents->handlers;
    if (unit->running != NULL && level >= 0 && handlers->on_log != NULL) {
        handlers->on_log(calls_running_job(unit), level, line, handlers->ctx);
        return;
    }
    struct log_job job;
    agents_log_job(unit, &job);
    log_line(level < 0 ? LOG_INFO : (enum log_level)level, "agent", &job, "%s: %.*s",
             level < 0 ? "standard error" : "outside a call", (int)line.len, line.data);
}

static void unit_count_restart(const struct unit *unit, const char *cause)
{
    struct sbuf labels;
    sbuf_init(&labels, 256);
    metrics_label(&labels, "agent", unit->image->agent_id);
    metrics_label(&labels, "cause", cause);
    metrics_inc(metrics_counter("agenthost_cell_restarts_total",
                                "Cells that ended and were replaced, by cause.", labels.data));
    sbuf_fini(&labels);
}

/* The agent's own words do not say in which function they were said. */
static void unit_on_start_end(struct unit *unit, const struct cell_report *report)
{
    char text[sizeof(report->phase) + 2 + sizeof(report->text)];
    bool is_told = strstr(report->text, report->phase) != NULL;
    (void)snprintf(text, sizeof(text), "%s%s%s", is_told ? "" : report->phase, is_told ? "" : ": ",
                   report->text);
    unit_start_failed(unit, text);
}

static void unit_on_end(struct cell *cell, const struct cell_report *report, void *ctx)
{
    (void)cell;
    struct unit *unit = ctx;
    struct log_job job;
    agents_log_job(unit, &job);
    if (unit->state == UNIT_STARTING) {
        unit_on_start_end(unit, report);
        return;
    }
    unit->image->last_end = *report;
    unit->image->last_end_ms = clock_wall_ms();
    unit->image->ends++;
    unit_count_restart(unit, cell_end_name(report->end));
    unit->crashes++;
    (void)snprintf(unit->last_error, sizeof(unit->last_error), "%s", report->text);
    log_warning("agent", &job, "its cell ended (%s in %s): %s", cell_end_name(report->end),
                report->phase, report->text);
    cell_destroy(&unit->cell);
    unit_set_state(unit, UNIT_STOPPED);
    if (unit->crashes > 1 && unit_needs_cell(unit)) {
        unit_set_state(unit, UNIT_WAITING);
        unit_set_timer(unit, unit_backoff_ms(UNIT_CRASH_MS, unit->crashes - 2, UNIT_CRASH_MS_MAX));
    } else if (unit_needs_cell(unit)) {
        unit_want_cell(unit);
    }
    unit_reconsider(unit);
}

void unit_spawn(struct unit *unit)
{
    struct agents *agents = unit->agents;
    struct sbuf path;
    sbuf_init(&path, 8192);
    sbuf_printf(&path, "%s/%s", agents->images.path, unit->image->hash);
    const struct cell_spec spec = {
        .name = unit->image->agent_id,
        .image_path = path.data,
        .setup = sbuf_as_span(&unit->setup),
        .memory_bytes_max = (uint64_t)unit->memory_bytes,
        .start_ms = agents->settings->start_ms,
        .landlock_required = agents->settings->landlock_required,
    };
    const struct cell_handlers handlers = {
        .on_ready = unit_on_ready, .on_log = unit_on_log, .on_end = unit_on_end, .ctx = unit};
    struct err err = {0};
    unit_set_state(unit, UNIT_STARTING);
    if (!cell_start(agents->loop, agents->program, &spec, &handlers, &unit->cell, &err)) {
        unit_start_failed(unit, err.text);
    }
    sbuf_fini(&path);
}

static bool unit_is_live(const struct unit *unit)
{
    return unit->state == UNIT_LOADING || unit->cell != NULL;
}

/* Makes sure that an agent has at most so many processes: stops the retired one that was not
 * used for the longest time. False when all are busy. */
static bool unit_make_room(struct unit *unit)
{
    struct unit *oldest = NULL;
    unsigned live = 0;
    for (struct unit *other = unit->agents->units; other != NULL; other = other->next) {
        if (other == unit || !unit_is_live(other) ||
            strcmp(other->image->agent_id, unit->image->agent_id) != 0) {
            continue;
        }
        live++;
        bool is_free = !other->is_current && other->state == UNIT_READY && other->running == NULL &&
                       other->first == NULL;
        if (is_free && (oldest == NULL || other->used_ms < oldest->used_ms)) {
            oldest = other;
        }
    }
    if (live < UNIT_LIVE_MAX) {
        return true;
    }
    if (oldest == NULL) {
        return false;
    }
    cell_destroy(&oldest->cell);
    unit_set_state(oldest, UNIT_STOPPED);
    return true;
}

void unit_want_cell(struct unit *unit)
{
    if (unit->state != UNIT_STOPPED) {
        return; /* there is one, it is on its way, or the timer decides */
    }
    if (!unit_make_room(unit)) {
        unit_set_state(unit, UNIT_WAITING);
        unit_set_timer(unit, UNIT_ROOM_MS);
    } else if (unit->setup.len > 0) {
        unit_spawn(unit);
    } else {
        unit_set_state(unit, UNIT_LOADING);
        unit_load_image(unit);
    }
}

void unit_start(struct unit *unit, unit_started_fn started, void *ctx)
{
    assert(unit->started == NULL);
    if (unit->state == UNIT_READY) {
        started(unit, true, "", ctx);
        return;
    }
    unit->started = started;
    unit->started_ctx = ctx;
    if (unit->state == UNIT_DOWN || unit->state == UNIT_WAITING) {
        unit_set_state(unit, UNIT_STOPPED);
    }
    unit_want_cell(unit);
}

static void unit_on_idle(struct unit *unit)
{
    int64_t left_ms = unit->used_ms + unit->agents->idle_ms - clock_mono_ms();
    if (unit->is_current || unit->calls_count > 0) {
        return; /* set again when that changes */
    }
    if (left_ms > 0) {
        unit_set_timer(unit, left_ms);
        return;
    }
    cell_destroy(&unit->cell);
    unit_set_state(unit, UNIT_STOPPED);
}

void unit_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct unit *unit = timer->data;
    if (unit->state == UNIT_READY) {
        unit_on_idle(unit);
        return;
    }
    bool is_wanted = unit->state == UNIT_DOWN || unit_needs_cell(unit);
    unit_set_state(unit, UNIT_STOPPED);
    if (is_wanted) {
        unit_want_cell(unit);
    }
}

void unit_shut(struct unit *unit)
{
    cell_destroy(&unit->cell);
    unit_load_cancel(unit);
    unit_set_state(unit, UNIT_SHUT);
    (void)snprintf(unit->last_error, sizeof(unit->last_error), "%s", unit->image->quarantine);
    calls_fail_running(unit, unit->image->quarantine);
    calls_fail_queued(unit, unit->image->quarantine);
    (void)unit_tell_started(unit, false, unit->image->quarantine);
}

void unit_note_death(struct unit *unit)
{
    unit_set_state(unit, UNIT_ENDING);
}

void unit_restart(struct unit *unit)
{
    unit_count_restart(unit, "cancelled");
    cell_destroy(&unit->cell);
    unit_set_state(unit, UNIT_STOPPED);
    if (unit_needs_cell(unit)) {
        unit_want_cell(unit);
    }
}
