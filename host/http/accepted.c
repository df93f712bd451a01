/* The answer to what has been accepted. */
#include "http/accepted.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "http/request.h"
#include "http/token.h"
#include "http/wait.h"

/* What is kept while the answer waits. */
struct accepted {
    char *reading_id, *job_id, *chart_id;
    bool has_chart;
    uint32_t version;
    unsigned wait_s;
};

static void accepted_render(const struct http_request *request,
                            const struct http_accepted *accepted, const char *status,
                            struct sbuf *out)
{
    sbuf_printf(out, "{\"success\":true,\"readingId\":\"%s\",\"jobId\":", accepted->reading_id);
    sbuf_json_string(out, span_of(accepted->job_id));
    if (accepted->has_chart && accepted->chart_id != NULL) {
        sbuf_printf(out, ",\"chartId\":\"%s\"", accepted->chart_id);
    } else if (accepted->has_chart) {
        sbuf_puts(out, ",\"chartId\":null");
    }
    if (accepted->version > 0) {
        sbuf_printf(out, ",\"version\":%" PRIu32, accepted->version);
    }
    sbuf_printf(out, ",\"status\":\"%s\",\"pollUrl\":\"/api/orchestrator/status/%s\",", status,
                accepted->reading_id);
    http_token_members(request, accepted->reading_id, out);
}

static void accepted_answer(struct http_request *request, const struct http_accepted *accepted,
                            const char *status, struct span reading)
{
    accepted_render(request, accepted, status, &request->answer);
    if (reading.len > 0) {
        sbuf_puts(&request->answer, ",\"reading\":");
        sbuf_span(&request->answer, reading);
    }
    sbuf_putc(&request->answer, '}');
    http_answer(request, 200);
}

static void accepted_waited(struct http_request *request, const char *status, struct span reading,
                            void *ctx)
{
    struct accepted *kept = ctx;
    if (request != NULL) {
        char applied[32];
        (void)snprintf(applied, sizeof(applied), "wait=%u", kept->wait_s);
        http_answer_header(request, "Preference-Applied", applied);
        const struct http_accepted accepted = {
            kept->reading_id, kept->job_id,  kept->has_chart,
            kept->chart_id,   kept->version, kept->wait_s,
        };
        accepted_answer(request, &accepted, status != NULL ? status : "pending", reading);
    }
    free(kept->reading_id);
    free(kept->job_id);
    free(kept->chart_id);
    free(kept);
}

void http_answer_accepted(struct http_request *request, const struct http_accepted *accepted)
{
    if (accepted->wait_s == 0) {
        accepted_answer(request, accepted, "pending", (struct span){0});
        return;
    }
    struct accepted *kept = mem_alloc(sizeof(*kept));
    *kept = (struct accepted){
        .reading_id = mem_strdup(accepted->reading_id),
        .job_id = mem_strdup(accepted->job_id),
        .chart_id = mem_strdup(accepted->chart_id),
        .has_chart = accepted->has_chart,
        .version = accepted->version,
        .wait_s = accepted->wait_s,
    };
    http_wait(request, kept->reading_id, kept->wait_s, accepted_waited, kept);
}
