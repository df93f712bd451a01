/* The course of a reload, from the scan to the swap, one at a time. */
#include "agent/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agents-private.h"
#include "agent/publish.h"
#include "agent/reload-private.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"

#define RELOAD_REPORT_BYTES_MAX (1024 * 1024)

/* The scan on the files thread; owns all it reads. */
struct reload_scan {
    struct thread_task task; /* first: the task is the scan */
    struct reload *reload;   /* NULL when it was dropped */
    char **dirs;
    size_t dirs_count;
    bool is_ok;
    struct scan scan;
    struct err err;
};

struct reload *reload_create(struct agents *agents)
{
    struct reload *reload = mem_alloc(sizeof(*reload));
    reload->agents = agents;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    reload->starts_max = cores > 0 ? cores : 1;
    return reload;
}

bool reload_is_running(const struct reload *reload)
{
    return reload->is_running;
}

static void reload_scan_destroy(struct reload_scan *scan)
{
    for (size_t i = 0; i < scan->dirs_count; i++) {
        free(scan->dirs[i]);
    }
    free(scan->dirs);
    scan_fini(&scan->scan);
    free(scan);
}

/* Forgets what belongs to one run. */
static void reload_clear(struct reload *reload)
{
    if (reload->scan != NULL) {
        reload->scan->reload = NULL;
        reload->scan = NULL;
    }
    for (size_t i = 0; i < reload->works_count; i++) {
        work_fini(&reload->works[i]);
    }
    free(reload->works);
    for (size_t i = 0; i < reload->strangers_count; i++) {
        free(reload->strangers[i].path);
    }
    free(reload->strangers);
    reload->works = NULL;
    reload->strangers = NULL;
    reload->works_count = reload->strangers_count = 0;
    reload->scan_error[0] = '\0';
}

void reload_destroy(struct reload **reload)
{
    if (*reload == NULL) {
        return;
    }
    reload_clear(*reload);
    settings_destroy(&(*reload)->next_settings);
    free(*reload);
    *reload = NULL;
}

struct work *reload_find(const struct reload *reload, const char *id)
{
    for (size_t i = 0; i < reload->works_count; i++) {
        if (strcmp(reload->works[i].id, id) == 0) {
            return &reload->works[i];
        }
    }
    return NULL;
}

struct unit *reload_unit_of(const struct reload *reload, const struct work *work)
{
    if (work->unit != NULL) {
        return work->unit;
    }
    struct generation_entry *entry = generation_find(reload->agents->generation, work->id);
    return entry != NULL ? entry->unit : NULL;
}

/* The unit that will serve a share of the jobs: a bundle that is refused ends no canary. */
static struct unit *reload_canary_of(const struct reload *reload, const struct work *work)
{
    const struct generation_entry *entry = generation_find(reload->agents->generation, work->id);
    bool stays = work->result == WORK_REFUSED && entry != NULL;
    return stays ? entry->canary : work->canary;
}

static unsigned reload_share_of(const struct work *work)
{
    return settings_canary_share(work->reload->agents->settings, work->id);
}

static bool reload_changes_anything(const struct reload *reload)
{
    const struct generation *now = reload->agents->generation;
    bool is_changed = now == NULL || now->count != reload->works_count;
    for (size_t i = 0; i < reload->works_count; i++) {
        const struct work *work = &reload->works[i];
        const struct generation_entry *entry =
            generation_find(reload->agents->generation, work->id);
        is_changed = is_changed || work->unit != NULL || entry == NULL ||
                     entry->canary != reload_canary_of(reload, work) ||
                     (entry->canary != NULL && entry->canary_share != reload_share_of(work)) ||
                     strcmp(entry->refusal, work->refusal) != 0;
    }
    return is_changed;
}

static void reload_swap(struct reload *reload)
{
    struct agents *agents = reload->agents;
    if (!reload_changes_anything(reload)) {
        return;
    }
    uint64_t number = agents->generation != NULL ? agents->generation->number + 1 : 1;
    struct generation *next = generation_create(number, reload->works_count);
    for (size_t i = 0; i < reload->works_count; i++) {
        const struct work *work = &reload->works[i];
        struct unit *unit = reload_unit_of(reload, work);
        struct generation_entry *entry = generation_add(next, work->id, unit, work->refusal);
        generation_set_canary(entry, reload_canary_of(reload, work), reload_share_of(work));
        if (unit != NULL && work->result == WORK_LOADED) {
            images_set_current(&agents->images, unit->image);
        }
        if (entry->canary != NULL) {
            images_note_loaded(entry->canary->image);
        }
    }
    agents_swap(agents, next);
}

/* Tells the images which agents are installed; when the folders cannot be read nobody knows. */
static void reload_note_installed(struct reload *reload)
{
    struct images *images = &reload->agents->images;
    for (struct image *image = images->first; image != NULL; image = image->next) {
        if (reload->scan_error[0] == '\0') {
            bool is_installed = reload_find(reload, image->agent_id) != NULL;
            images_note_installed(images, image->agent_id, is_installed);
        }
    }
}

static void reload_count(bool is_ok)
{
    metrics_inc(metrics_counter("agenthost_reloads_total", "Reloads of the agents, by result.",
                                is_ok ? "result=\"ok\"" : "result=\"refused\""));
}

static void reload_begin(struct reload *reload, struct settings *settings);

/* Tells those who asked, then begins the reload that was asked for meanwhile. */
static void reload_tell(struct reload *reload, bool is_ok, struct span report)
{
    struct reload_waiters waiters = reload->waiters;
    reload->waiters.count = 0;
    reload->is_running = false;
    if (reload->next_settings != NULL) {
        struct settings *settings = reload->next_settings;
        reload->next_settings = NULL;
        reload->waiters = reload->next_waiters;
        reload->next_waiters.count = 0;
        reload_begin(reload, settings);
    }
    for (size_t i = 0; i < waiters.count; i++) {
        if (waiters.items[i].done != NULL) {
            waiters.items[i].done(is_ok, report, waiters.items[i].ctx);
        }
    }
}

static void reload_end(struct reload *reload)
{
    struct agents *agents = reload->agents;
    struct sbuf list, report;
    sbuf_init(&list, RELOAD_REPORT_BYTES_MAX);
    sbuf_init(&report, RELOAD_REPORT_BYTES_MAX);
    /* Made before the swap, while what was served can still be seen. */
    bool is_ok = reload_report_bundles(reload, &list);
    reload_swap(reload);
    double swap_ms = (double)(clock_mono_us() - reload->still_us) / 1000;
    agents->is_settled = true;
    reload_count(is_ok);
    reload_note_installed(reload);
    publish_images(&agents->images, agents->files, true, NULL, NULL);
    reload_report(reload, swap_ms, sbuf_as_span(&list), &report);
    log_info("reload", NULL, "generation %llu serves %u agents, settled in %.1f ms",
             (unsigned long long)agents_generation(agents), agents_count(agents), swap_ms);
    reload_clear(reload);
    reload_tell(reload, is_ok, sbuf_as_span(&report));
    sbuf_fini(&list);
    sbuf_fini(&report);
}

/* The next cell that may be started now; NULL while as many start as there are cores. */
static struct work *reload_next_start(const struct reload *reload)
{
    struct work *next = NULL;
    long starting = 0;
    for (size_t i = reload->works_count; i > 0; i--) {
        struct work *work = &reload->works[i - 1];
        starting += work->state == WORK_STARTING;
        next = work->state == WORK_QUEUED ? work : next;
    }
    return starting < reload->starts_max ? next : NULL;
}

static bool reload_is_settled(const struct reload *reload)
{
    for (size_t i = 0; i < reload->works_count; i++) {
        if (reload->works[i].state != WORK_SETTLED) {
            return false;
        }
    }
    return true;
}

void reload_go_on(struct reload *reload)
{
    /* A start may settle or fail at once and come here again: the outermost call sees to it. */
    if (reload->is_going_on) {
        return;
    }
    reload->is_going_on = true;
    struct work *work = NULL;
    while ((work = reload_next_start(reload)) != NULL) {
        work_start(work);
    }
    reload->is_going_on = false;
    if (reload_is_settled(reload)) {
        reload_end(reload);
    }
}

/* Works for what the scan found. */
static void reload_take_scan(struct reload *reload, struct scan *scan)
{
    reload->works = mem_array(scan->bundles_count + 1, sizeof(*reload->works));
    for (size_t i = 0; i < scan->bundles_count; i++) {
        struct work *work = &reload->works[reload->works_count++];
        *work = (struct work){
            .reload = reload, .path = scan->bundles[i].path, .is_link = scan->bundles[i].is_link};
        memcpy(work->id, scan->bundles[i].id, sizeof(work->id));
        scan->bundles[i].path = NULL; /* taken over */
    }
    reload->strangers = scan->refusals;
    reload->strangers_count = scan->refusals_count;
    scan->refusals = NULL;
    scan->refusals_count = 0;
}

static int reload_compare(const void *a, const void *b)
{
    return strcmp(((const struct work *)a)->id, ((const struct work *)b)->id);
}

/* The folders cannot be read: nothing is taken for removed. What serves goes on; at start, what
 * served last. */
static void reload_take_failure(struct reload *reload, const char *text)
{
    struct agents *agents = reload->agents;
    size_t count = 0;
    (void)snprintf(reload->scan_error, sizeof(reload->scan_error), "%s", text);
    log_error("reload", NULL, "%s; every agent stays as it is", text);
    for (const struct image *image = agents->images.first; image != NULL; image = image->next) {
        count++;
    }
    count += agents->generation != NULL ? agents->generation->count : 0;
    reload->works = mem_array(count + 1, sizeof(*reload->works));
    for (size_t i = 0; agents->generation != NULL && i < agents->generation->count; i++) {
        struct work *work = &reload->works[reload->works_count++];
        memcpy(work->id, agents->generation->entries[i].id, sizeof(work->id));
    }
    for (const struct image *image = agents->images.first; image != NULL; image = image->next) {
        if (agents->generation == NULL && image->is_current) {
            memcpy(reload->works[reload->works_count++].id, image->agent_id, AGENT_ID_BYTES);
        }
    }
    for (size_t i = 0; i < reload->works_count; i++) {
        reload->works[i].reload = reload;
        (void)snprintf(reload->works[i].refusal, sizeof(reload->works[i].refusal), "%s", text);
    }
    qsort(reload->works, reload->works_count, sizeof(*reload->works), reload_compare);
}

static void reload_on_scan(struct thread_task *task)
{
    struct reload_scan *scan = (struct reload_scan *)task;
    struct reload *reload = scan->reload;
    if (reload != NULL) {
        reload->scan = NULL;
        if (scan->is_ok) {
            reload_take_scan(reload, &scan->scan);
        } else {
            reload_take_failure(reload, scan->err.text);
        }
    }
    reload_scan_destroy(scan);
    if (reload == NULL) {
        return;
    }
    reload->is_going_on = true; /* not before all have begun */
    for (size_t i = 0; i < reload->works_count; i++) {
        work_begin(&reload->works[i]);
    }
    reload->is_going_on = false;
    reload_go_on(reload);
}

static void reload_run_scan(struct thread_task *task)
{
    struct reload_scan *scan = (struct reload_scan *)task;
    scan->is_ok = scan_dirs(scan->dirs, scan->dirs_count, &scan->scan, &scan->err);
}

static void reload_begin(struct reload *reload, struct settings *settings)
{
    struct agents *agents = reload->agents;
    settings_destroy(&agents->settings);
    agents->settings = settings;
    for (struct unit *unit = agents->units; unit != NULL; unit = unit->next) {
        unit_apply(unit);
    }
    reload->is_running = true;
    reload->still_us = clock_mono_us();
    struct reload_scan *scan = mem_alloc(sizeof(*scan));
    scan->task.run = reload_run_scan;
    scan->task.done = reload_on_scan;
    scan->reload = reload;
    scan->dirs_count = settings->dirs_count;
    scan->dirs = mem_array(settings->dirs_count + 1, sizeof(*scan->dirs));
    for (size_t i = 0; i < settings->dirs_count; i++) {
        scan->dirs[i] = mem_strdup(settings->dirs[i]);
    }
    reload->scan = scan;
    if (!thread_submit(agents->files, &scan->task)) {
        reload->scan = NULL;
        reload_scan_destroy(scan);
        reload_tell(reload, false, SPAN_LITERAL("{\"error\":\"the files thread is too busy\"}"));
    }
}

static void reload_add_waiter(struct reload_waiters *waiters, reload_done_fn done, void *ctx)
{
    if (waiters->count == RELOAD_WAITERS_MAX) {
        if (done != NULL) {
            done(false, SPAN_LITERAL("{\"error\":\"too many wait for a reload\"}"), ctx);
        }
        return;
    }
    waiters->items[waiters->count++] = (struct reload_waiter){done, ctx};
}

void reload_ask(struct reload *reload, struct settings *settings, reload_done_fn done, void *ctx)
{
    if (!reload->is_running) {
        reload_add_waiter(&reload->waiters, done, ctx);
        reload_begin(reload, settings);
        return;
    }
    settings_destroy(&reload->next_settings);
    reload->next_settings = settings;
    reload_add_waiter(&reload->next_waiters, done, ctx);
}
