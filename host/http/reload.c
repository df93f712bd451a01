/* POST /api/reload: answers when the reload is over; 409 when something was refused. */
#include "http/request.h"
#include "http/router.h"

static void reload_done(bool is_ok, struct span report_json, void *ctx)
{
    struct http_request *request = http_ticket_redeem(ctx);
    if (request != NULL) {
        sbuf_span(&request->answer, report_json);
        http_answer(request, is_ok ? 200 : 409);
    }
}

void http_post_reload(struct http_request *request)
{
    request->host->reload(request->host->ctx, reload_done, http_ticket_take(request));
}
