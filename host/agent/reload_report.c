/* What a reload did, for the log and for who asked. */
#include <string.h>

#include "agent/agents-private.h"
#include "agent/reload-private.h"
#include "core/log.h"

static void reload_render_bundle(struct sbuf *out, const char *id, enum work_result result,
                                 const struct unit *unit, const char *error)
{
    sbuf_puts(out, out->data[out->len - 1] == '[' ? "{\"id\":" : ",{\"id\":");
    sbuf_json_string(out, span_of(id));
    sbuf_printf(out, ",\"result\":\"%s\"", work_result_name(result));
    if (unit != NULL) {
        sbuf_printf(out, ",\"image\":\"%s\",\"version\":", unit->image->hash);
        sbuf_json_string(out, span_of(unit->image->manifest->version));
    }
    if (error[0] != '\0') {
        sbuf_puts(out, ",\"error\":");
        sbuf_json_string(out, span_of(error));
    }
    sbuf_putc(out, '}');
}

static void reload_log_work(const struct work *work, const struct unit *unit)
{
    struct log_job job = {.agent = work->id};
    if (unit != NULL) {
        job.image = unit->image->hash;
    }
    if (work->result == WORK_LOADED) {
        log_info("reload", &job, "agent '%s' %s is loaded", work->id,
                 unit->image->manifest->version);
    } else if (work->result == WORK_CANARY) {
        unsigned share = settings_canary_share(work->reload->agents->settings, work->id);
        log_info("reload", &job, "agent '%s' %s gets %.15g%% of the jobs", work->id,
                 unit->image->manifest->version, generation_percent(share));
    } else if (work->result == WORK_REFUSED && unit != NULL) {
        log_error("reload", &job, "agent '%s' is refused: %s; keeping version %s", work->id,
                  work->refusal, unit->image->manifest->version);
    } else if (work->result == WORK_REFUSED) {
        log_error("reload", &job, "agent '%s' is refused: %s; its jobs wait", work->id,
                  work->refusal);
    }
}

static void reload_report_removed(const struct reload *reload, struct sbuf *out)
{
    const struct generation *now = reload->agents->generation;
    for (size_t i = 0; now != NULL && i < now->count; i++) {
        const char *id = now->entries[i].id;
        if (reload_find(reload, id) == NULL) {
            struct log_job job = {.agent = id};
            log_info("reload", &job, "agent '%s' is removed", id);
            reload_render_bundle(out, id, WORK_REMOVED, NULL, "");
        }
    }
}

bool reload_report_bundles(const struct reload *reload, struct sbuf *out)
{
    bool is_ok = reload->strangers_count == 0 && reload->scan_error[0] == '\0';
    sbuf_puts(out, "\"bundles\":[");
    for (size_t i = 0; i < reload->works_count; i++) {
        const struct work *work = &reload->works[i];
        /* What is installed: the canary, when there is one. */
        const struct unit *unit =
            work->canary != NULL ? work->canary : reload_unit_of(reload, work);
        reload_log_work(work, unit);
        reload_render_bundle(out, work->id, work->result, unit, work->refusal);
        is_ok = is_ok && work->result != WORK_REFUSED;
    }
    for (size_t i = 0; i < reload->strangers_count; i++) {
        const struct scan_refusal *stranger = &reload->strangers[i];
        log_error("reload", NULL, "'%s' is refused: %s", stranger->path, stranger->text);
        reload_render_bundle(out, stranger->path, WORK_REFUSED, NULL, stranger->text);
    }
    reload_report_removed(reload, out);
    sbuf_putc(out, ']');
    return is_ok;
}

void reload_report(const struct reload *reload, double swap_ms, struct span list, struct sbuf *out)
{
    sbuf_printf(out, "{\"generation\":%llu,\"swapMs\":%.1f,",
                (unsigned long long)agents_generation(reload->agents), swap_ms);
    if (reload->scan_error[0] != '\0') {
        sbuf_puts(out, "\"error\":");
        sbuf_json_string(out, span_of(reload->scan_error));
        sbuf_putc(out, ',');
    }
    sbuf_span(out, list);
    sbuf_putc(out, '}');
}
