/* GET /api/orchestrator/agents: who writes readings, and what each wants to know. */
#include "http/request.h"
#include "http/router.h"

void http_get_listing(struct http_request *request)
{
    sbuf_puts(&request->answer, "{\"success\":true,");
    request->host->render_listing(request->host->ctx, &request->answer);
    sbuf_putc(&request->answer, '}');
    http_answer(request, 200);
}
