/* One bundle on its way: staged on the files thread, given time to become still, made a unit,
 * its cell started; or refused, and then what ran before runs on. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "agent/reload-private.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"

#define WORK_RETRY_MS 20

/* The files thread's part; owns all it reads. */
struct work_task {
    struct thread_task task; /* first: the task is the work's */
    struct work *work;       /* NULL when the reload was dropped */
    char *path, *images_path, *engines_path, *current_hash;
    char id[AGENT_ID_BYTES];
    struct stage_request request;
    struct stage_outcome outcome;
    enum stage_result result;
};

const char *work_result_name(enum work_result result)
{
    static const char *const names[] = {"unchanged", "loaded", "canary", "refused", "removed"};
    return names[result];
}

static struct generation_entry *work_entry(const struct work *work)
{
    return generation_find(work->reload->agents->generation, work->id);
}

void work_settle(struct work *work, enum work_result result)
{
    work->result = result;
    work->state = WORK_SETTLED;
    reload_go_on(work->reload);
}

void work_queue(struct work *work, struct unit *unit)
{
    unit_hold(unit);
    work->unit = unit;
    work->state = WORK_QUEUED;
    reload_go_on(work->reload);
}

void work_refuse(struct work *work, const char *text)
{
    struct agents *agents = work->reload->agents;
    if (work->refusal[0] == '\0') {
        (void)snprintf(work->refusal, sizeof(work->refusal), "%s", text);
    }
    struct generation_entry *entry = work_entry(work);
    if (entry != NULL && entry->unit != NULL && entry->unit->image->quarantined_ms == 0) {
        work_settle(work, WORK_REFUSED);
        return;
    }
    struct image *image = images_fallback(&agents->images, work->id, work->tried);
    if (image == NULL || image == work->tried) {
        work_settle(work, WORK_REFUSED);
        return;
    }
    work->is_fallback = true;
    work_queue(work, unit_of_image(agents, image));
}

static void work_on_started(struct unit *unit, bool is_ok, const char *text, void *ctx)
{
    struct work *work = ctx;
    if (is_ok && work->is_canary) {
        work_take_canary(work, unit, WORK_CANARY);
        return;
    }
    if (is_ok) {
        work_settle(work, work->is_fallback ? WORK_REFUSED : WORK_LOADED);
        return;
    }
    if (work->is_fallback) {
        struct log_job job;
        agents_log_job(unit, &job);
        log_error("reload", &job, "the stored image does not start either: %s", text);
        /* Two may be tried: the current one, then the last good. */
        bool is_last = work->tried != NULL;
        work->tried = unit->image;
        unit_release(&work->unit);
        if (is_last) {
            work_settle(work, WORK_REFUSED);
        } else {
            work_refuse(work, text);
        }
        return;
    }
    unit_release(&work->unit);
    work_refuse(work, text);
}

void work_start(struct work *work)
{
    work->state = WORK_STARTING;
    unit_start(work->unit, work_on_started, work);
}

/* The image to be tried, if it may be: one in quarantine may only with another
 * configuration. NULL: refused. */
static struct image *work_image(struct work *work, struct stage_outcome *outcome,
                                const char *config_hash)
{
    struct agents *agents = work->reload->agents;
    struct image *image = images_find(&agents->images, work->id, outcome->hash);
    if (image == NULL) {
        image = images_add(&agents->images, work->id, outcome->hash, outcome->manifest);
        outcome->manifest = NULL; /* taken over */
        return image;
    }
    image->is_synced = image->is_synced && !outcome->is_new;
    if (image->quarantined_ms != 0 && strcmp(image->quarantined_config, config_hash) == 0) {
        char text[ERR_TEXT_BYTES_MAX];
        (void)snprintf(text, sizeof(text), "image %.12s is quarantined: %s", image->hash,
                       image->quarantine);
        work_refuse(work, text);
        return NULL;
    }
    if (image->quarantined_ms != 0) {
        images_lift_quarantine(image);
    }
    return image;
}

static void work_warn_clamped(const struct unit *unit)
{
    const struct manifest *manifest = unit->image->manifest;
    struct log_job job;
    agents_log_job(unit, &job);
    if (manifest->call_ms > unit->call_ms) {
        log_info("reload", &job, "its manifest wants call_ms %lld, it gets %lld",
                 (long long)manifest->call_ms, (long long)unit->call_ms);
    }
    if (manifest->memory_bytes > unit->memory_bytes) {
        log_info("reload", &job, "its manifest wants memory_bytes %lld, it gets %lld",
                 (long long)manifest->memory_bytes, (long long)unit->memory_bytes);
    }
}

/* True when the unit is what the bundle and its configuration would be made into again. */
static bool work_is_of(const struct unit *unit, const char *hash, const char *config_hash)
{
    return unit != NULL && strcmp(unit->image->hash, hash) == 0 &&
           strcmp(unit->config_hash, config_hash) == 0 && unit_is_usable(unit);
}

/* Image and configuration are known: unchanged, or a unit to be started. */
static void work_take(struct work *work, struct stage_outcome *outcome)
{
    struct agents *agents = work->reload->agents;
    char *config = NULL;
    char config_hash[HASH_SHA256_HEX_BYTES];
    struct err err = {0};
    if (!settings_config(agents->settings, outcome->manifest, false, &config, &err)) {
        work_refuse(work, err.text);
        return;
    }
    settings_hash(agents->settings, outcome->manifest, config, config_hash);
    if (work_keep_rolled_back(work, outcome)) {
        free(config);
        return;
    }
    struct generation_entry *entry = work_entry(work);
    if (entry != NULL && work_is_of(entry->unit, outcome->hash, config_hash)) {
        free(config);
        work_settle(work, WORK_UNCHANGED);
        return;
    }
    if (entry != NULL && work_is_of(entry->canary, outcome->hash, config_hash) &&
        work_wants_canary(work, entry->canary->image)) {
        free(config);
        work_take_canary(work, entry->canary, WORK_UNCHANGED);
        return;
    }
    struct image *image = work_image(work, outcome, config_hash);
    if (image == NULL) {
        free(config);
        return;
    }
    struct unit *unit = unit_find(agents, image, config_hash);
    if (unit == NULL || unit->started != NULL) {
        unit = unit_create(agents, image, config, config_hash);
        config = NULL; /* taken over */
    }
    free(config);
    work_warn_clamped(unit);
    work->is_canary = work_wants_canary(work, image);
    work_queue(work, unit);
}

static void work_wait(struct work *work, int64_t wait_ms)
{
    struct ev_loop *ev = work->reload->agents->loop->ev;
    work->state = WORK_MOVING;
    ev_now_update(ev);
    ev_timer_set(&work->timer, (double)wait_ms / 1000, 0);
    ev_timer_start(ev, &work->timer);
}

/* The folder is being changed: look again soon, but not for ever. */
static void work_on_moving(struct work *work, const struct stage_outcome *outcome)
{
    const struct settings *settings = work->reload->agents->settings;
    int64_t now_ms = clock_mono_ms();
    if (work->seen_fingerprint != outcome->fingerprint || work->seen_ms == 0) {
        work->seen_fingerprint = outcome->fingerprint;
        work->seen_ms = now_ms;
    }
    if (work->moving_ms == 0) {
        work->moving_ms = now_ms;
        log_info("reload", NULL,
                 "agent '%s' is being changed, waiting until it has been still "
                 "for %lld ms",
                 work->id, (long long)settings->still_ms);
    }
    if (now_ms - work->moving_ms >= settings->still_ms_max) {
        char text[ERR_TEXT_BYTES_MAX];
        (void)snprintf(text, sizeof(text),
                       "being changed: not still for %lld ms within %lld ms%s%.300s",
                       (long long)settings->still_ms, (long long)settings->still_ms_max,
                       outcome->err.text[0] != '\0' ? "; last seen: " : "", outcome->err.text);
        work_refuse(work, text);
        return;
    }
    int64_t left_ms = settings->still_ms_max - (now_ms - work->moving_ms);
    work_wait(work, outcome->wait_ms < left_ms ? outcome->wait_ms : left_ms);
}

static void work_task_destroy(struct work_task *task)
{
    manifest_destroy(&task->outcome.manifest);
    free(task->path);
    free(task->images_path);
    free(task->engines_path);
    free(task->current_hash);
    free(task);
}

static void work_task_run(struct thread_task *thread_task)
{
    struct work_task *task = (struct work_task *)thread_task;
    task->result = stage_bundle(&task->request, &task->outcome);
}

static void work_task_done(struct thread_task *thread_task)
{
    struct work_task *task = (struct work_task *)thread_task;
    struct work *work = task->work;
    if (work != NULL) {
        work->task = NULL;
        if (work->moving_ms != 0 && task->result != STAGE_MOVING) {
            work->reload->still_us = clock_mono_us(); /* the swap time counts from here */
        }
        switch (task->result) {
        case STAGE_DONE:
            work_take(work, &task->outcome);
            break;
        case STAGE_MOVING:
            work_on_moving(work, &task->outcome);
            break;
        case STAGE_REFUSED:
            work_refuse(work, task->outcome.err.text);
            break;
        }
    }
    work_task_destroy(task);
}

static void work_stage(struct work *work)
{
    struct agents *agents = work->reload->agents;
    struct generation_entry *entry = work_entry(work);
    /* An image that does not start is looked at again: it may have suffered on disk. */
    bool is_served = entry != NULL && entry->unit != NULL && unit_is_usable(entry->unit);
    const char *current = is_served ? entry->unit->image->hash : NULL;
    struct work_task *task = mem_alloc(sizeof(*task));
    task->task.run = work_task_run;
    task->task.done = work_task_done;
    task->work = work;
    task->path = mem_strdup(work->path);
    task->images_path = mem_strdup(agents->images.path);
    task->engines_path = mem_strdup(agents->settings->engines);
    task->current_hash = mem_strdup(current);
    memcpy(task->id, work->id, sizeof(task->id));
    task->request = (struct stage_request){
        .bundle_path = task->path,
        .id = task->id,
        .images_path = task->images_path,
        .engines_path = task->engines_path,
        .is_link = work->is_link,
        .still_ms = agents->settings->still_ms,
        .current_hash = task->current_hash,
        .seen_fingerprint = work->seen_fingerprint,
        .seen_ms_ago = work->seen_ms != 0 ? clock_mono_ms() - work->seen_ms : 0,
    };
    work->state = WORK_STAGING;
    if (thread_submit(agents->files, &task->task)) {
        work->task = task;
        return;
    }
    work_task_destroy(task);
    work_wait(work, WORK_RETRY_MS);
}

static void work_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    work_stage(timer->data);
}

void work_begin(struct work *work)
{
    ev_timer_init(&work->timer, work_on_timer, 0, 0);
    work->timer.data = work;
    if (work->path != NULL) {
        work_stage(work);
    } else {
        work_refuse(work, work->refusal);
    }
}

void work_fini(struct work *work)
{
    ev_timer_stop(work->reload->agents->loop->ev, &work->timer);
    if (work->task != NULL) {
        work->task->work = NULL;
    }
    if (work->unit != NULL && work->state == WORK_STARTING) {
        work->unit->started = NULL;
    }
    unit_release(&work->unit);
    unit_release(&work->canary);
    free(work->path);
}
