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

/* The jobs that strikes were counted for. */
static void render_strikes(const struct strikes *strikes, struct sbuf *out)
{
    sbuf_puts(out, ",\"struck\":[");
    for (size_t i = 0; strikes != NULL && i < strikes->count; i++) {
        const struct strike *strike = &strikes->jobs[i];
        sbuf_printf(out, "%s{\"crashes\":%u", i > 0 ? "," : "", strike->crashes);
        render_text(out, "cause", strike->cause);
        render_text(out, "job", strike->job_key);
        sbuf_putc(out, '}');
    }
    sbuf_putc(out, ']');
}

static void render_images(const struct agents *agents, const char *agent_id, struct sbuf *out)
{
    bool is_first = true;
    const struct strikes *strikes = NULL;
    sbuf_puts(out, ",\"quarantined\":[");
    for (const struct image *image = agents->images.first; image != NULL; image = image->next) {
        if (strcmp(image->agent_id, agent_id) != 0) {
            continue;
        }
        if (image->is_current) {
            strikes = &image->strikes;
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
    sbuf_printf(out, "],\"strikes\":%u",
                strikes != NULL ? strikes_recent(strikes, clock_mono_ms()) : 0);
    render_strikes(strikes, out);
}

/* How the last cell of the agent that had started ended, and how many of them ended. */
static void render_ends(const struct agents *agents, const char *agent_id, struct sbuf *out)
{
    const struct image *last = NULL;
    unsigned count = 0;
    for (const struct image *image = agents->images.first; image != NULL; image = image->next) {
        if (strcmp(image->agent_id, agent_id) == 0 && image->last_end_ms != 0) {
            count += image->ends;
            last = last == NULL || image->last_end_ms > last->last_end_ms ? image : last;
        }
    }
    sbuf_printf(out, ",\"ends\":%u", count);
    if (last == NULL) {
        return;
    }
    const struct cell_report *report = &last->last_end;
    char at[CLOCK_TEXT_BYTES];
    clock_format(last->last_end_ms, at);
    sbuf_printf(out, ",\"lastEnd\":{\"image\":\"%s\",\"at\":\"%s\",\"end\":\"%s\"", last->hash, at,
                cell_end_name(report->end));
    if (report->signal != 0) {
        sbuf_printf(out, ",\"signal\":%d", report->signal);
    }
    if (report->end == CELL_EXITED) {
        sbuf_printf(out, ",\"exitStatus\":%d", report->exit_code);
    }
    sbuf_printf(out, ",\"refusedCalls\":%u", report->denied_calls);
    render_text(out, "phase", report->phase);
    render_text(out, "text", report->text);
    sbuf_putc(out, '}');
}

/* What gets a share of the jobs, and how often it failed lately. */
static void render_canary(const struct generation_entry *entry, struct sbuf *out)
{
    const struct image *image = entry->canary->image;
    sbuf_printf(out, ",\"canary\":{\"image\":\"%s\",\"percent\":%.15g,\"strikes\":%u", image->hash,
                generation_percent(entry->canary_share),
                strikes_recent(&image->strikes, clock_mono_ms()));
    render_text(out, "state", unit_state_name(entry->canary->state));
    render_text(out, "version", image->manifest->version);
    sbuf_putc(out, '}');
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
    if (entry->canary != NULL) {
        render_canary(entry, out);
    }
    render_units(agents, entry->id, out);
    render_images(agents, entry->id, out);
    render_ends(agents, entry->id, out);
    int64_t paused_ms = images_paused_ms(&agents->images, entry->id);
    if (paused_ms != 0) {
        char since[CLOCK_TEXT_BYTES];
        clock_format(paused_ms, since);
        sbuf_printf(out, ",\"pausedSince\":\"%s\"", since);
    }
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
