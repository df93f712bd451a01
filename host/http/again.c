/* POST /api/orchestrator/retry/ID, /api/orchestrator/regenerate/ID: a reading is worked on again.
 */
#include <stdlib.h>

#include "core/mem.h"
#include "http/accepted.h"
#include "http/reading_id.h"
#include "http/request.h"
#include "http/router.h"
#include "http/wait.h"

struct again {
    struct http_ticket *ticket;
    unsigned wait_s;
};

static void again_done(const struct action *action, const struct err *err, void *ctx)
{
    struct again *again = ctx;
    struct http_request *request = http_ticket_redeem(again->ticket);
    if (request != NULL && err != NULL) {
        http_answer_err(request, err);
    } else if (request != NULL) {
        const struct http_accepted accepted = {
            .reading_id = action->reading_id,
            .job_id = action->job_id,
            .version = action->version,
            .wait_s = again->wait_s,
        };
        http_answer_accepted(request, &accepted);
    }
    free(again);
}

static struct again *again_start(struct http_request *request)
{
    unsigned wait_s;
    if (!http_take_reading_id(request) || !http_wait_read(request, &wait_s)) {
        return NULL;
    }
    struct again *again = mem_alloc(sizeof(*again));
    again->wait_s = wait_s;
    again->ticket = http_ticket_take(request);
    return again;
}

void http_post_retry(struct http_request *request)
{
    struct again *again = again_start(request);
    if (again != NULL) {
        request->host->retry(request->host->ctx, request->param, again_done, again);
    }
}

void http_post_regenerate(struct http_request *request)
{
    struct again *again = again_start(request);
    if (again != NULL) {
        request->host->regenerate(request->host->ctx, request->param, again_done, again);
    }
}
