/* GET /api/orchestrator/queue-stats?queue=NAME: jobs by state. */
#include "http/request.h"
#include "http/router.h"

static void queue_stats_done(struct span members, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    sbuf_puts(&request->answer, "{\"success\":true,");
    sbuf_span(&request->answer, members);
    sbuf_putc(&request->answer, '}');
    http_answer(request, 200);
}

void http_get_queue_stats(struct http_request *request)
{
    request->host->tally(request->host->ctx, http_request_query(request, "queue"), queue_stats_done,
                         http_ticket_take(request));
}
