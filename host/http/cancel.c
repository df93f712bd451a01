/* POST /api/orchestrator/cancel/ID {reason?}: asks for a reading's job to be cancelled. */
#include <stdlib.h>

#include "http/reading_id.h"
#include "http/request.h"
#include "http/router.h"
#include "http/small_body.h"

static void cancel_done(const struct action *action, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    sbuf_printf(&request->answer,
                "{\"success\":true,\"readingId\":\"%s\",\"status\":\"cancelling\"}",
                action->reading_id);
    http_answer(request, 200);
}

void http_post_cancel(struct http_request *request)
{
    char *reason;
    if (http_take_reading_id(request) && http_read_small_body(request, "reason", &reason)) {
        request->host->cancel(request->host->ctx, request->param, reason != NULL ? reason : "",
                              cancel_done, http_ticket_take(request));
        free(reason);
    }
}
