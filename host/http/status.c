/* GET /api/status, /api/agents, /api/config: the host as it is. */
#include "http/request.h"
#include "http/router.h"

void http_get_status(struct http_request *request)
{
    request->host->render_status(request->host->ctx, &request->answer);
    http_answer(request, 200);
}

void http_get_agents(struct http_request *request)
{
    sbuf_puts(&request->answer, "{\"success\":true,\"agents\":");
    request->host->render_agents(request->host->ctx, &request->answer);
    sbuf_putc(&request->answer, '}');
    http_answer(request, 200);
}

void http_get_config(struct http_request *request)
{
    request->host->render_config(request->host->ctx, &request->answer);
    request->content_type = "text/plain; charset=utf-8";
    http_answer(request, 200);
}
