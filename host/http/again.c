/* POST /api/orchestrator/retry/ID, /api/orchestrator/regenerate/ID: a reading is worked on again.
 */
#include "http/accepted.h"
#include "http/reading_id.h"
#include "http/request.h"
#include "http/router.h"

static void again_done(const struct action *action, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    const struct http_accepted accepted = {
        .reading_id = action->reading_id,
        .job_id = action->job_id,
        .version = action->version,
    };
    http_answer_accepted(request, &accepted);
}

void http_post_retry(struct http_request *request)
{
    if (http_take_reading_id(request)) {
        request->host->retry(request->host->ctx, request->param, again_done,
                             http_ticket_take(request));
    }
}

void http_post_regenerate(struct http_request *request)
{
    if (http_take_reading_id(request)) {
        request->host->regenerate(request->host->ctx, request->param, again_done,
                                  http_ticket_take(request));
    }
}
