/* POST /api/orchestrator/token/ID: a fresh read token for a reading that is there. */
#include "http/reading_id.h"
#include "http/request.h"
#include "http/router.h"
#include "http/token.h"
#include "job/look.h"

static void token_looked(const struct look *look, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    sbuf_printf(&request->answer, "{\"success\":true,\"readingId\":\"%s\",", look->reading_id);
    http_token_members(request, look->reading_id, &request->answer);
    sbuf_putc(&request->answer, '}');
    http_answer(request, 200);
}

void http_post_token(struct http_request *request)
{
    if (http_take_reading_id(request)) {
        request->host->look(request->host->ctx, request->param, token_looked,
                            http_ticket_take(request));
    }
}
