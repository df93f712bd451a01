/* GET /healthz: the loop turns. GET /readyz: jobs can be worked on, or why not. */
#include "http/request.h"
#include "http/router.h"

#define HEALTH_WHY_BYTES_MAX 4096

void http_get_health(struct http_request *request)
{
    sbuf_puts(&request->answer, "{\"status\":\"ok\"}");
    http_answer(request, 200);
}

void http_get_ready(struct http_request *request)
{
    struct sbuf why;
    sbuf_init(&why, HEALTH_WHY_BYTES_MAX);
    bool is_ready = request->host->is_ready(request->host->ctx, &why);
    sbuf_printf(&request->answer, "{\"ready\":%s,\"waitingFor\":", is_ready ? "true" : "false");
    sbuf_json_string(&request->answer, sbuf_as_span(&why));
    sbuf_putc(&request->answer, '}');
    sbuf_fini(&why);
    http_answer(request, is_ready ? 200 : 503);
}
