/* What goes on serving though another bundle is installed: the image that an operator went back
 * to, and the one that most jobs stay with while a canary tries the other. */
#include <stdio.h>
#include <string.h>

#include "agent/agents-private.h"
#include "agent/reload-private.h"

/* The image that serves now; at the start, that served last. NULL when there is none. */
static struct image *keep_stable(const struct work *work)
{
    const struct agents *agents = work->reload->agents;
    const struct generation_entry *entry = generation_find(agents->generation, work->id);
    if (entry != NULL && entry->unit != NULL) {
        return unit_is_usable(entry->unit) ? entry->unit->image : NULL;
    }
    return images_fallback(&agents->images, work->id, NULL);
}

/* Its unit with today's configuration; *ret_is_new when that does not serve yet. */
static struct unit *keep_unit(const struct work *work, struct image *image, bool *ret_is_new)
{
    const struct generation_entry *entry =
        generation_find(work->reload->agents->generation, work->id);
    struct unit *unit = unit_of_image(work->reload->agents, image);
    *ret_is_new = entry == NULL || entry->unit != unit;
    return unit;
}

bool work_keep_rolled_back(struct work *work, const struct stage_outcome *outcome)
{
    struct images *images = &work->reload->agents->images;
    if (strcmp(images_rolled_back(images, work->id), outcome->hash) != 0) {
        images_set_rolled_back(images, work->id, ""); /* something else is installed */
        return false;
    }
    struct image *stable = keep_stable(work);
    if (stable == NULL || strcmp(stable->hash, outcome->hash) == 0) {
        return false; /* there is nothing to stay with */
    }
    image_say_rolled_back(outcome->manifest, outcome->hash, work->refusal);
    bool is_new = false;
    struct unit *unit = keep_unit(work, stable, &is_new);
    if (is_new) {
        work_queue(work, unit);
    } else {
        work_settle(work, WORK_UNCHANGED);
    }
    return true;
}

bool work_wants_canary(const struct work *work, const struct image *image)
{
    const struct image *stable = keep_stable(work);
    return settings_canary_share(work->reload->agents->settings, work->id) > 0 && stable != NULL &&
           stable != image;
}

void work_take_canary(struct work *work, struct unit *canary, enum work_result result)
{
    struct image *stable = keep_stable(work);
    bool is_new = false;
    unit_hold(canary);
    work->canary = canary;
    unit_release(&work->unit);
    if (stable != NULL) {
        struct unit *unit = keep_unit(work, stable, &is_new);
        if (is_new) { /* its cell starts with the swap */
            unit_hold(unit);
            work->unit = unit;
        }
    }
    work_settle(work, result);
}
