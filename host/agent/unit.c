/* A unit: one image with one configuration, and the process that runs it: started, restarted,
 * stopped when nobody needs it, never while calls wait. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "agent/setup.h"
#include "cell/wire.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"

#define UNIT_IDLE_MS 30000
#define UNIT_ROOM_MS 50               /* until the next look for a free place */
#define UNIT_SETUP_KEPT (1024 * 1024) /* a larger first frame is read again from the image */
#define UNIT_CRASH_MS 50              /* backoff from the second crash in a row, doubled */
#define UNIT_CRASH_MS_MAX 2000
#define UNIT_START_TRIES 3 /* before waiting calls are told */
#define UNIT_START_MS 100  /* between them, doubled */
#define UNIT_DOWN_MS 5000  /* doubled */
#define UNIT_DOWN_MS_MAX 60000

/* The files thread's part of a start. */
struct unit_load {
    struct thread_task task; /* first: the task is the load */
    struct unit *unit;       /* NULL when the unit went away meanwhile */
    char *images_path, *version, *config_json;
    char hash[HASH_SHA256_HEX_BYTES];
    char id[AGENT_ID_BYTES];
    struct sbuf frame;
    bool is_ok;
    struct err err;
};

static const char *const unit_state_names[] = {"stopped", "loading", "starting", "ready",
                                               "ending",  "waiting", "down",     "quarantined"};

const char *unit_state_name(enum unit_state state)
{
    return unit_state_names[state];
}

void agents_log_job(const struct unit *unit, struct log_job *ret_job)
{
    *ret_job = (struct log_job){.agent = unit->image->agent_id, .image = unit->image->hash};
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

static void unit_set_timer(struct unit *unit, int64_t wait_ms)
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

static void unit_start_failed(struct unit *unit, const char *text)
{
    struct log_job job;
    agents_log_job(unit, &job);
    cell_destroy(&unit->cell);
    (void)snprintf(unit->last_error, sizeof(unit->last_error), "%s", text);
    unit->start_failures++;
    if (unit->started != NULL) { /* whoever asked decides what happens next */
        unit_set_state(unit, UNIT_DOWN);
        unit_set_timer(unit, UNIT_DOWN_MS_MAX);
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
    int64_t wait_ms =
        unit_backoff_ms(UNIT_DOWN_MS, unit->start_failures - UNIT_START_TRIES, UNIT_DOWN_MS_MAX);
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

static void unit_on_end(struct cell *cell, const struct cell_report *report, void *ctx)
{
    (void)cell;
    struct unit *unit = ctx;
    struct log_job job;
    agents_log_job(unit, &job);
    if (unit->state == UNIT_STARTING) {
        unit_start_failed(unit, report->text);
        return;
    }
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

static void unit_spawn(struct unit *unit)
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

static void unit_load_destroy(struct unit_load *load)
{
    sbuf_fini(&load->frame);
    free(load->images_path);
    free(load->version);
    free(load->config_json);
    free(load);
}

static void unit_load_run(struct thread_task *task)
{
    struct unit_load *load = (struct unit_load *)task;
    const struct setup_source source = {.images_path = load->images_path,
                                        .hash = load->hash,
                                        .id = load->id,
                                        .version = load->version,
                                        .config_json = load->config_json};
    load->is_ok = setup_read(&source, &load->frame, &load->err);
}

static void unit_load_done(struct thread_task *task)
{
    struct unit_load *load = (struct unit_load *)task;
    struct unit *unit = load->unit;
    if (unit != NULL) {
        unit->load = NULL;
        if (load->is_ok) {
            unit->setup = load->frame; /* moved */
            load->frame = (struct sbuf){0};
            unit_spawn(unit);
        } else {
            unit_start_failed(unit, load->err.text);
        }
    }
    unit_load_destroy(load);
}

static void unit_load_image(struct unit *unit)
{
    struct unit_load *load = mem_alloc(sizeof(*load));
    load->task.run = unit_load_run;
    load->task.done = unit_load_done;
    load->unit = unit;
    load->images_path = mem_strdup(unit->agents->images.path);
    load->version = mem_strdup(unit->image->manifest->version);
    load->config_json = mem_strdup(unit->config_json);
    memcpy(load->hash, unit->image->hash, sizeof(load->hash));
    memcpy(load->id, unit->image->agent_id, sizeof(load->id));
    sbuf_init(&load->frame, WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    unit_set_state(unit, UNIT_LOADING);
    if (!thread_submit(unit->agents->files, &load->task)) {
        unit_load_destroy(load);
        unit_start_failed(unit, "the files thread is too busy");
        return;
    }
    unit->load = load;
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

static void unit_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct unit *unit = timer->data;
    if (unit->state == UNIT_READY) { /* idle for long, or so it was when the timer was set */
        if (unit->is_current || unit->calls_count > 0) {
            return;
        }
        cell_destroy(&unit->cell);
        unit_set_state(unit, UNIT_STOPPED);
        return;
    }
    bool is_wanted = unit->state == UNIT_DOWN || unit_needs_cell(unit);
    unit_set_state(unit, UNIT_STOPPED);
    if (is_wanted) {
        unit_want_cell(unit);
    }
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
    if (unit->load != NULL) {
        unit->load->unit = NULL;
    }
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
        unit_set_timer(unit, UNIT_IDLE_MS);
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

void unit_shut(struct unit *unit)
{
    cell_destroy(&unit->cell);
    if (unit->load != NULL) {
        unit->load->unit = NULL;
        unit->load = NULL;
    }
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
