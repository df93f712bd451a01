/* POST /api/drain: the host finishes what runs and ends. */
#include "http/request.h"
#include "http/router.h"

void http_post_drain(struct http_request *request)
{
    sbuf_puts(&request->answer, "{\"success\":true,\"draining\":true}");
    http_answer(request, 202);
    request->host->drain(request->host->ctx);
}
