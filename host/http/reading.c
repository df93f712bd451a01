/* GET /api/reading/ID, /api/orchestrator/reading/ID: a reading with its versions. */
#include <string.h>

#include "http/reading_id.h"
#include "http/request.h"
#include "http/router.h"

static void reading_done(struct span json, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    sbuf_puts(&request->answer, "{\"success\":true,\"reading\":");
    sbuf_span(&request->answer, json);
    sbuf_putc(&request->answer, '}');
    http_answer(request, 200);
}

void http_get_reading(struct http_request *request)
{
    size_t good = strspn(request->param, "0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.");
    if (request->param[good] != '\0') {
        http_answer_error(request, 400, "VALIDATION_ERROR", "readingId", "give the id of a reading",
                          "readingId: letters, digits and -_. only");
        return;
    }
    request->host->reading(request->host->ctx, request->param, reading_done,
                           http_ticket_take(request));
}

void http_get_orchestrator_reading(struct http_request *request)
{
    if (http_take_reading_id(request)) {
        request->host->reading(request->host->ctx, request->param, reading_done,
                               http_ticket_take(request));
    }
}
