/* GET /api/orchestrator/status/ID: where a reading stands. */
#include "core/clock.h"
#include "http/reading_id.h"
#include "http/request.h"
#include "http/router.h"
#include "job/look.h"

static void reading_status_render(const struct look *look, struct sbuf *out)
{
    sbuf_printf(out,
                "{\"success\":true,\"readingId\":\"%s\",\"status\":\"%s\",\"jobStatus\":\"%s\","
                "\"progress\":%d,\"hasResult\":%s",
                look->reading_id, look->status.status, look->status.job_status,
                look->status.progress, look->version > 0 ? "true" : "false");
    if (look->parked_reason != NULL) {
        char since[CLOCK_TEXT_BYTES];
        clock_format(look->parked_since_ms, since);
        sbuf_puts(out, ",\"parked\":{\"reason\":");
        sbuf_json_string(out, span_of(look->parked_reason));
        sbuf_printf(out, ",\"since\":\"%s\"}", since);
    }
    if (look->is_over && look->error_code != NULL) {
        sbuf_puts(out, ",\"error\":{\"code\":");
        sbuf_json_string(out, span_of(look->error_code));
        sbuf_puts(out, ",\"message\":");
        sbuf_json_string(out, span_of(look->error_message));
        sbuf_printf(out, ",\"retryable\":%s}", look->is_error_retryable ? "true" : "false");
    }
    sbuf_putc(out, '}');
}

static void reading_status_looked(const struct look *look, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    reading_status_render(look, &request->answer);
    http_answer(request, 200);
}

void http_get_reading_status(struct http_request *request)
{
    if (http_take_reading_id(request)) {
        request->host->look(request->host->ctx, request->param, reading_status_looked,
                            http_ticket_take(request));
    }
}
