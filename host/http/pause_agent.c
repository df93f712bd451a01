/* POST /api/agents/ID/pause and /resume: an agent's jobs wait, and go on. */
#include "http/request.h"
#include "http/router.h"

static void pause_agent(struct http_request *request, bool is_paused)
{
    struct err err;
    if (!request->host->pause_agent(request->host->ctx, request->param, is_paused, &err)) {
        http_answer_err(request, &err);
        return;
    }
    sbuf_printf(&request->answer, "{\"success\":true,\"paused\":%s}", is_paused ? "true" : "false");
    http_answer(request, 200);
}

void http_post_pause_agent(struct http_request *request)
{
    pause_agent(request, true);
}

void http_post_resume_agent(struct http_request *request)
{
    pause_agent(request, false);
}
