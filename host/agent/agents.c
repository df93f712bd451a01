/* The registry's face: who serves which agent, who holds on to what. */
#include "agent/agents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "agent/publish.h"
#include "agent/reload.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/options.h"
#include "core/state.h"

struct agents *agents_create(struct loop *loop, struct thread *files, struct cell_program *program,
                             const struct state_dir *state, const struct options *options,
                             const struct agents_handlers *handlers)
{
    struct agents *agents = mem_alloc(sizeof(*agents));
    struct err err = {0};
    agents->loop = loop;
    agents->files = files;
    agents->program = program;
    agents->handlers = *handlers;
    agents->idle_ms = UNIT_IDLE_MS;
    agents->down_ms = UNIT_DOWN_MS;
    agents->settings = settings_create(options);
    agents->reload = reload_create(agents);
    if (!images_open(&agents->images, state->path, &err)) {
        /* Every staging will fail with the same cause and say so, agent by agent. */
        log_error("agent", NULL, "%s", err.text);
    }
    return agents;
}

void agents_destroy(struct agents **agents_pointer)
{
    struct agents *agents = *agents_pointer;
    if (agents == NULL) {
        return;
    }
    *agents_pointer = NULL;
    order_drop(&agents->order);
    reload_destroy(&agents->reload);
    generation_destroy(&agents->generation);
    while (agents->units != NULL) {
        struct unit *unit = agents->units;
        unit_destroy(&unit);
    }
    images_close(&agents->images);
    settings_destroy(&agents->settings);
    free(agents);
}

void agents_reload(struct agents *agents, const struct options *options,
                   void (*done)(bool is_ok, struct span report_json, void *ctx), void *ctx)
{
    reload_ask(agents->reload, settings_create(options), done, ctx);
}

bool agents_is_settled(const struct agents *agents)
{
    return agents->is_settled;
}

static void agents_set_gauge(const struct agents *agents)
{
    metrics_set(
        metrics_gauge("agenthost_generation", "Number of the generation that serves.", NULL),
        (double)agents->generation->number);
}

static void agents_set_current(const struct generation_entry *entry, bool is_current)
{
    struct unit *const units[] = {entry->unit, entry->canary};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (units[i] != NULL) {
            unit_set_current(units[i], is_current);
        }
    }
}

void agents_swap(struct agents *agents, struct generation *generation)
{
    struct generation *before = agents->generation;
    agents->generation = generation;
    for (size_t i = 0; before != NULL && i < before->count; i++) {
        agents_set_current(&before->entries[i], false);
    }
    for (size_t i = 0; i < generation->count; i++) {
        agents_set_current(&generation->entries[i], true);
    }
    agents_set_gauge(agents);
    for (size_t i = 0; i < generation->count; i++) {
        const struct generation_entry *entry = &generation->entries[i];
        const struct generation_entry *old = generation_find(before, entry->id);
        bool is_new = entry->unit != NULL && (old == NULL || old->unit != entry->unit);
        if (is_new && agents->handlers.on_available != NULL) {
            agents->handlers.on_available(entry->id, agents->handlers.ctx);
        }
    }
    generation_destroy(&before);
}

void agents_replace(struct agents *agents, const char *agent_id, struct unit *unit,
                    struct unit *canary, const char *refusal)
{
    const struct generation *now = agents->generation;
    struct generation *next = generation_create(now->number + 1, now->count);
    for (size_t i = 0; i < now->count; i++) {
        const struct generation_entry *entry = &now->entries[i];
        bool is_it = strcmp(entry->id, agent_id) == 0;
        struct generation_entry *copy = generation_add(next, entry->id, is_it ? unit : entry->unit,
                                                       is_it ? refusal : entry->refusal);
        generation_set_canary(copy, is_it ? canary : entry->canary, entry->canary_share);
    }
    agents_swap(agents, next);
}

/* Takes the image out of the generation, where it serves: the last good one takes over. */
static void agents_retire(struct agents *agents, struct unit *unit, const char *reason)
{
    struct image *image = unit->image;
    struct generation_entry *entry = generation_find(agents->generation, image->agent_id);
    bool is_canary = entry != NULL && entry->canary != NULL && entry->canary->image == image;
    bool is_serving = entry != NULL && entry->unit != NULL && entry->unit->image == image;
    struct log_job job;
    char refusal[ERR_TEXT_BYTES_MAX];
    agents_log_job(unit, &job);
    (void)snprintf(refusal, sizeof(refusal), "image %.12s is quarantined: %s", image->hash, reason);
    if (is_canary) {
        log_error("agent", &job, "%s; it gets no more jobs", refusal);
        agents_replace(agents, image->agent_id, entry->unit, NULL, refusal);
    } else if (is_serving) {
        struct image *good = images_fallback(&agents->images, image->agent_id, image);
        struct unit *next = good != NULL ? unit_of_image(agents, good) : NULL;
        log_error("agent", &job, "%s; %s%s", refusal,
                  good != NULL ? "back to version " : "its jobs wait",
                  good != NULL ? good->manifest->version : "");
        agents_replace(agents, image->agent_id, next, entry->canary, refusal);
    }
}

static void agents_count_quarantine(const char *agent_id)
{
    struct sbuf labels;
    sbuf_init(&labels, 256);
    metrics_label(&labels, "agent", agent_id);
    metrics_inc(metrics_counter("agenthost_agent_quarantines_total",
                                "Images set aside after they failed too many jobs.", labels.data));
    sbuf_fini(&labels);
}

void agents_quarantine(struct agents *agents, struct unit *unit)
{
    struct image *image = unit->image;
    char reason[sizeof(image->quarantine)];
    const struct strikes *strikes = &image->strikes;
    (void)snprintf(reason, sizeof(reason), "failed %u jobs within 10 minutes, the last by '%s'",
                   strikes_recent(strikes, clock_mono_ms()), strikes_last_cause(strikes));
    images_quarantine(image, unit->config_hash, reason);
    agents_count_quarantine(image->agent_id);
    agents_retire(agents, unit, reason);
    for (struct unit *other = agents->units; other != NULL; other = other->next) {
        if (other->image == image) {
            unit_shut(other);
        }
    }
    publish_images(&agents->images, agents->files, !reload_is_running(agents->reload), NULL, NULL);
}

struct unit *unit_of_image(struct agents *agents, struct image *image)
{
    char *config = NULL;
    char config_hash[HASH_SHA256_HEX_BYTES];
    struct err err = {0};
    /* Keys that are not this image's are another's: a stored image must run regardless. */
    if (!settings_config(agents->settings, image->manifest, true, &config, &err)) {
        config = mem_strdup("{}");
    }
    settings_hash(agents->settings, image->manifest, config, config_hash);
    struct unit *unit = unit_find(agents, image, config_hash);
    if (unit != NULL) {
        free(config);
        return unit;
    }
    return unit_create(agents, image, config, config_hash);
}

/* The unit of the image that built a run's prompt, while that is kept. */
static struct unit *agents_find_wanted(struct agents *agents, const char *agent_id,
                                       const char *image_wanted)
{
    struct image *image = images_find(&agents->images, agent_id, image_wanted);
    if (image == NULL || image->quarantined_ms != 0) {
        return NULL;
    }
    struct unit *unit = unit_find(agents, image, NULL);
    if (unit == NULL) {
        unit = unit_of_image(agents, image);
    }
    return unit_is_usable(unit) ? unit : NULL;
}

void agents_refuse_unknown(const struct agents *agents, const char *agent_id, struct err *err)
{
    const char *nearest = agents_nearest(agents, agent_id);
    (void)err_set(err, ERR_NOT_FOUND, "no agent '%.60s'%s%s%s", agent_id,
                  nearest != NULL ? "; the nearest is '" : "", nearest != NULL ? nearest : "",
                  nearest != NULL ? "'" : "");
}

struct unit *agents_pin(struct agents *agents, const char *agent_id, const char *image_wanted,
                        const char *job_key, struct err *err)
{
    struct generation_entry *entry = generation_find(agents->generation, agent_id);
    if (entry == NULL) {
        agents_refuse_unknown(agents, agent_id, err);
        return NULL;
    }
    struct unit *unit = generation_unit_for(entry, job_key);
    if (image_wanted != NULL && image_wanted[0] != '\0' &&
        (unit == NULL || strcmp(unit->image->hash, image_wanted) != 0)) {
        struct unit *wanted = agents_find_wanted(agents, agent_id, image_wanted);
        unit = wanted != NULL ? wanted : unit;
    }
    if (unit == NULL || !unit_is_usable(unit)) {
        const char *why = unit == NULL ? entry->refusal : unit->last_error;
        (void)err_set(err, ERR_AGAIN, "agent '%s' cannot run now: %s", agent_id, why);
        return NULL;
    }
    unit->pins++;
    return unit;
}

bool agents_knows(const struct agents *agents, const char *agent_id)
{
    return generation_find(agents->generation, agent_id) != NULL;
}

const char *agents_nearest(const struct agents *agents, const char *agent_id)
{
    const struct generation *generation = agents->generation;
    const char *ids[SCAN_BUNDLES_MAX];
    size_t count = generation != NULL ? generation->count : 0;
    for (size_t i = 0; i < count; i++) {
        ids[i] = generation->entries[i].id;
    }
    return options_nearest(agent_id, ids, count);
}

static const struct manifest *agents_entry_manifest(const struct generation_entry *entry)
{
    return entry != NULL && entry->unit != NULL ? entry->unit->image->manifest : NULL;
}

const struct manifest *agents_manifest_at(const struct agents *agents, unsigned index)
{
    return agents_entry_manifest(&agents->generation->entries[index]);
}

const struct manifest *agents_manifest(const struct agents *agents, const char *agent_id)
{
    return agents_entry_manifest(generation_find(agents->generation, agent_id));
}

uint64_t agents_generation(const struct agents *agents)
{
    return agents->generation != NULL ? agents->generation->number : 0;
}

unsigned agents_count(const struct agents *agents)
{
    return agents->generation != NULL ? (unsigned)agents->generation->count : 0;
}
