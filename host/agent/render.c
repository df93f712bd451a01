/* How the agents are, as JSON for people and dashboards. */
#include <string.h>

#include "agent/agents-private.h"
#include "core/clock.h"
#include "core/json.h"

static void render_text(struct sbuf *out, const char *key, const char *text)
{
    sbuf_printf(out, ",\"%s\":", key);
    sbuf_json_string(out, span_of(text));
}

/* Live processes and pins of one agent, over all its units. */
static void render_units(const struct agents *agents, const char *agent_id, struct sbuf *out)
{
    unsigned pins = 0, live = 0;
    for (const struct unit *unit = agents->units; unit != NULL; unit = unit->next) {
        if (strcmp(unit->image->agent_id, agent_id) == 0) {
            pins += unit->pins;
            live += unit->cell != NULL;
        }
    }
    sbuf_printf(out, ",\"pins\":%u,\"liveImages\":%u", pins, live);
}

static void render_images(const struct agents *agents, const char *agent_id, struct sbuf *out)
{
    bool is_first = true;
    unsigned strikes = 0;
    sbuf_puts(out, ",\"quarantined\":[");
    for (const struct image *image = agents->images.first; image != NULL; image = image->next) {
        if (strcmp(image->agent_id, agent_id) != 0) {
            continue;
        }
        if (image->is_current) {
            strikes = strikes_recent(&image->strikes, clock_mono_ms());
        }
        if (image->quarantined_ms != 0) {
            char since[CLOCK_TEXT_BYTES];
            clock_format(image->quarantined_ms, since);
            sbuf_printf(out, "%s{\"image\":\"%s\",\"since\":\"%s\"", is_first ? "" : ",",
                        image->hash, since);
            render_text(out, "reason", image->quarantine);
            sbuf_putc(out, '}');
            is_first = false;
        }
    }
    sbuf_printf(out, "],\"strikes\":%u", strikes);
}

static void render_entry(const struct agents *agents, const struct generation_entry *entry,
                         struct sbuf *out)
{
    const struct unit *unit = entry->unit;
    sbuf_printf(out, "{\"id\":\"%s\",\"state\":\"%s\"", entry->id,
                unit != NULL ? unit_state_name(unit->state) : "unavailable");
    if (unit != NULL) {
        sbuf_puts(out, ",\"name\":");
        json_render(out, json_get(unit->image->manifest->json, "name"));
        render_text(out, "version", unit->image->manifest->version);
        render_text(out, "image", unit->image->hash);
    }
    sbuf_printf(out, ",\"generation\":%llu", (unsigned long long)agents->generation->number);
    render_units(agents, entry->id, out);
    render_images(agents, entry->id, out);
    if (entry->refusal[0] != '\0') {
        render_text(out, "refused", entry->refusal);
    }
    sbuf_putc(out, '}');
}

void agents_render(const struct agents *agents, struct sbuf *out)
{
    const struct generation *generation = agents->generation;
    sbuf_putc(out, '[');
    for (size_t i = 0; generation != NULL && i < generation->count; i++) {
        sbuf_puts(out, i > 0 ? "," : "");
        render_entry(agents, &generation->entries[i], out);
    }
    sbuf_putc(out, ']');
}
