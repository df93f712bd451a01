/* What an operator orders for one agent. An order is answered when images.json has it on disk, so
 * that a restart does not undo what was told as done. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/agents-private.h"
#include "agent/publish.h"
#include "agent/reload.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"

/* One order under way. */
struct order {
    struct agents *agents; /* NULL when it ended before the order */
    char agent_id[AGENT_ID_BYTES];
    struct unit *unit;        /* held: its cell is being started */
    const struct image *from; /* what served when the order came; compared only */
    agents_order_fn done;
    void *ctx;
    char said[300];
};

static struct order *order_create(struct agents *agents, const char *agent_id, agents_order_fn done,
                                  void *ctx)
{
    struct order *order = mem_alloc(sizeof(*order));
    order->agents = agents;
    (void)snprintf(order->agent_id, sizeof(order->agent_id), "%s", agent_id);
    order->done = done;
    order->ctx = ctx;
    return order;
}

static void order_refuse(struct order *order, enum err_kind kind, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

static void order_refuse(struct order *order, enum err_kind kind, const char *fmt, ...)
{
    struct err err = {.kind = kind};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err.text, sizeof(err.text), fmt, args);
    va_end(args);
    order->done("", &err, order->ctx);
    free(order);
}

static void order_on_published(const struct err *err, void *ctx)
{
    struct order *order = ctx;
    if (err != NULL) {
        order_refuse(order, ERR_INTERNAL, "%s, but a restart will not know: %s", order->said,
                     err->text);
        return;
    }
    order->done(order->said, NULL, order->ctx);
    free(order);
}

/* The order is carried out: tells the log, and who gave it once it is written down. */
static void order_carried_out(struct order *order, const char *fmt, ...) ATTR_PRINTF(2, 3);

static void order_carried_out(struct order *order, const char *fmt, ...)
{
    struct agents *agents = order->agents;
    struct log_job job = {.agent = order->agent_id};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(order->said, sizeof(order->said), fmt, args);
    va_end(args);
    log_info("agent", &job, "%s", order->said);
    publish_images(&agents->images, agents->files, !reload_is_running(agents->reload),
                   order_on_published, order);
}

/* --- pause and resume ------------------------------------------------------------------- */

static void order_pause(struct order *order, bool is_paused)
{
    struct agents *agents = order->agents;
    bool was_paused = images_paused_ms(&agents->images, order->agent_id) != 0;
    if (is_paused != was_paused) {
        images_set_paused(&agents->images, order->agent_id, is_paused ? clock_wall_ms() : 0);
    }
    if (was_paused && !is_paused && agents->handlers.on_available != NULL) {
        agents->handlers.on_available(order->agent_id, agents->handlers.ctx);
    }
    order_carried_out(order, "agent '%s' is %s", order->agent_id, is_paused ? "paused" : "resumed");
}

/* --- rollback --------------------------------------------------------------------------- */

/* The newer image never got all jobs: it gets none from now on. */
static void order_end_canary(struct order *order, const struct generation_entry *entry)
{
    struct agents *agents = order->agents;
    const struct image *canary = entry->canary->image;
    char refusal[IMAGE_ROLLED_BACK_BYTES], version[64];
    image_say_rolled_back(canary->manifest, canary->hash, refusal);
    (void)snprintf(version, sizeof(version), "%s", canary->manifest->version);
    images_set_rolled_back(&agents->images, order->agent_id, canary->hash);
    agents_replace(agents, order->agent_id, entry->unit, NULL, refusal);
    order_carried_out(order, "agent '%s' has no canary any more: version %s gets no jobs",
                      order->agent_id, version);
}

static void order_on_started(struct unit *unit, bool is_ok, const char *text, void *ctx)
{
    struct order *order = ctx;
    struct agents *agents = order->agents;
    struct generation_entry *entry = generation_find(agents->generation, order->agent_id);
    const struct image *now = entry != NULL && entry->unit != NULL ? entry->unit->image : NULL;
    agents->order = NULL;
    if (!is_ok) {
        unit_release(&order->unit);
        order_refuse(order, ERR_CONFLICT, "image %.12s does not start: %s", unit->image->hash,
                     text);
        return;
    }
    if (entry == NULL || now != order->from) {
        unit_release(&order->unit);
        order_refuse(order, ERR_AGAIN, "agent '%s' was changed by a reload meanwhile: try again",
                     order->agent_id);
        return;
    }
    char refusal[IMAGE_ROLLED_BACK_BYTES] = "";
    if (now != NULL) {
        image_say_rolled_back(now->manifest, now->hash, refusal);
        images_set_rolled_back(&agents->images, order->agent_id, now->hash);
    }
    images_set_current(&agents->images, unit->image);
    agents_replace(agents, order->agent_id, unit, NULL, refusal);
    unit_release(&order->unit);
    order_carried_out(order, "agent '%s' is back at version %s (image %.12s)", order->agent_id,
                      unit->image->manifest->version, unit->image->hash);
}

static void order_rollback(struct order *order, struct generation_entry *entry)
{
    struct agents *agents = order->agents;
    if (entry->canary != NULL) {
        order_end_canary(order, entry);
        return;
    }
    order->from = entry->unit != NULL ? entry->unit->image : NULL;
    struct image *image = images_before(&agents->images, order->agent_id, order->from);
    if (image == NULL) {
        order_refuse(order, ERR_CONFLICT, "agent '%s' has no earlier image to go back to",
                     order->agent_id);
        return;
    }
    struct unit *unit = unit_of_image(agents, image);
    if (agents->order != NULL || unit->started != NULL) {
        order_refuse(order, ERR_AGAIN, "another agent is being rolled back: try again");
        return;
    }
    agents->order = order;
    order->unit = unit;
    unit_hold(unit);
    unit_start(unit, order_on_started, order);
}

/* --- promote ---------------------------------------------------------------------------- */

static void order_promote(struct order *order, const struct generation_entry *entry)
{
    struct agents *agents = order->agents;
    struct unit *canary = entry->canary;
    if (canary == NULL) {
        order_refuse(order, ERR_CONFLICT, "agent '%s' has no canary", order->agent_id);
        return;
    }
    if (!unit_is_usable(canary)) {
        order_refuse(order, ERR_CONFLICT, "the canary cannot run: %s", canary->last_error);
        return;
    }
    images_set_current(&agents->images, canary->image);
    agents_replace(agents, order->agent_id, canary, NULL, "");
    order_carried_out(order, "agent '%s' is at version %s (image %.12s) for all jobs",
                      order->agent_id, canary->image->manifest->version, canary->image->hash);
}

/* --- from outside ----------------------------------------------------------------------- */

void agents_order(struct agents *agents, const char *agent_id, enum agents_order what,
                  agents_order_fn done, void *ctx)
{
    struct generation_entry *entry = generation_find(agents->generation, agent_id);
    struct order *order = order_create(agents, agent_id, done, ctx);
    struct err err;
    bool is_pause = what == AGENTS_PAUSE || what == AGENTS_RESUME;
    if (entry == NULL) {
        agents_refuse_unknown(agents, agent_id, &err);
        order_refuse(order, err.kind, "%s", err.text);
    } else if (!is_pause && reload_is_running(agents->reload)) {
        order_refuse(order, ERR_AGAIN, "a reload is under way: try again when it is over");
    } else if (is_pause) {
        order_pause(order, what == AGENTS_PAUSE);
    } else if (what == AGENTS_ROLLBACK) {
        order_rollback(order, entry);
    } else {
        order_promote(order, entry);
    }
}

void order_drop(struct order **order_pointer)
{
    struct order *order = *order_pointer;
    if (order == NULL) {
        return;
    }
    *order_pointer = NULL;
    order->unit->started = NULL;
    unit_release(&order->unit);
    order_refuse(order, ERR_AGAIN, "the host ends");
}

bool agents_may_run(const struct agents *agents, const char *agent_id, struct err *err)
{
    int64_t paused_ms = images_paused_ms(&agents->images, agent_id);
    if (paused_ms == 0) {
        return true;
    }
    char since[CLOCK_TEXT_BYTES];
    clock_format(paused_ms, since);
    return err_set(err, ERR_AGAIN, "agent '%s' is paused by an operator since %s", agent_id, since);
}
