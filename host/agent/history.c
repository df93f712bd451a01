/* Which images of an agent are kept, as JSON, the newest first. */
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "core/clock.h"
#include "core/mem.h"

static int history_compare(const void *a, const void *b)
{
    const struct image *left = *(struct image *const *)a, *right = *(struct image *const *)b;
    if (left->loaded_ms != right->loaded_ms) {
        return left->loaded_ms < right->loaded_ms ? 1 : -1;
    }
    return strcmp(left->hash, right->hash);
}

/* What decides whether it may serve comes first. */
static const char *history_state(const struct image *image, bool is_canary)
{
    if (image->quarantined_ms != 0) {
        return "quarantined";
    }
    if (image->is_current) {
        return "current";
    }
    if (is_canary) {
        return "canary";
    }
    return image->is_last_good ? "lastGood" : "kept";
}

static void history_time(struct sbuf *out, const char *key, int64_t time_ms)
{
    char text[CLOCK_TEXT_BYTES];
    if (time_ms != 0) {
        clock_format(time_ms, text);
        sbuf_printf(out, ",\"%s\":\"%s\"", key, text);
    }
}

static void history_image(const struct image *image, const struct generation_entry *entry,
                          struct sbuf *out)
{
    bool is_canary = entry != NULL && entry->canary != NULL && entry->canary->image == image;
    bool is_serving =
        is_canary || (entry != NULL && entry->unit != NULL && entry->unit->image == image);
    sbuf_printf(out, "{\"image\":\"%s\",\"version\":", image->hash);
    sbuf_json_string(out, span_of(image->manifest->version));
    sbuf_printf(out, ",\"state\":\"%s\",\"serves\":%s", history_state(image, is_canary),
                is_serving ? "true" : "false");
    history_time(out, "loaded", image->loaded_ms);
    history_time(out, "replaced", image->replaced_ms);
    history_time(out, "quarantined", image->quarantined_ms);
    if (image->quarantined_ms != 0) {
        sbuf_puts(out, ",\"reason\":");
        sbuf_json_string(out, span_of(image->quarantine));
    }
    sbuf_putc(out, '}');
}

bool agents_render_history(const struct agents *agents, const char *agent_id, struct sbuf *out,
                           struct err *err)
{
    const struct generation_entry *entry = generation_find(agents->generation, agent_id);
    size_t count = 0, kept = 0;
    for (const struct image *image = agents->images.first; image != NULL; image = image->next) {
        count++;
    }
    struct image **images = mem_array(count + 1, sizeof(struct image *));
    for (struct image *image = agents->images.first; image != NULL; image = image->next) {
        /* One that never served was tried and refused. */
        if (strcmp(image->agent_id, agent_id) == 0 && image->loaded_ms != 0) {
            images[kept++] = image;
        }
    }
    if (kept == 0 && entry == NULL) {
        free(images);
        agents_refuse_unknown(agents, agent_id, err);
        return false;
    }
    qsort(images, kept, sizeof(struct image *), history_compare);
    sbuf_puts(out, "[");
    for (size_t i = 0; i < kept; i++) {
        sbuf_puts(out, i > 0 ? "," : "");
        history_image(images[i], entry, out);
    }
    sbuf_putc(out, ']');
    free(images);
    return true;
}
