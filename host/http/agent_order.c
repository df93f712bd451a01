/* POST /api/agents/ID/pause, /resume, /rollback and /promote: what an operator orders for one
 * agent; answers when a restart would know of it. */
#include "http/request.h"
#include "http/router.h"

static void order_done(const char *said, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    sbuf_puts(&request->answer, "{\"success\":true,\"message\":");
    sbuf_json_string(&request->answer, span_of(said));
    sbuf_putc(&request->answer, '}');
    http_answer(request, 200);
}

static void order(struct http_request *request, enum agents_order order)
{
    request->host->order(request->host->ctx, request->param, order, order_done,
                         http_ticket_take(request));
}

void http_post_pause_agent(struct http_request *request)
{
    order(request, AGENTS_PAUSE);
}

void http_post_resume_agent(struct http_request *request)
{
    order(request, AGENTS_RESUME);
}

void http_post_rollback_agent(struct http_request *request)
{
    order(request, AGENTS_ROLLBACK);
}

void http_post_promote_agent(struct http_request *request)
{
    order(request, AGENTS_PROMOTE);
}
