/* GET /api/agents/ID/history: the images of an agent that are kept, the newest first. */
#include "http/request.h"
#include "http/router.h"

void http_get_agent_history(struct http_request *request)
{
    struct err err;
    sbuf_puts(&request->answer, "{\"success\":true,\"images\":");
    if (!request->host->render_history(request->host->ctx, request->param, &request->answer,
                                       &err)) {
        sbuf_clear(&request->answer);
        http_answer_err(request, &err);
        return;
    }
    sbuf_putc(&request->answer, '}');
    http_answer(request, 200);
}
