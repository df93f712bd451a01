/* POST /api/orchestrator/clean-queue {queue?}: removes every job that is not active. */
#include <inttypes.h>
#include <stdlib.h>

#include "http/request.h"
#include "http/router.h"
#include "http/small_body.h"

static void clean_queue_done(int64_t removed, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    sbuf_printf(&request->answer, "{\"success\":true,\"removed\":%" PRId64 "}", removed);
    http_answer(request, 200);
}

void http_post_clean_queue(struct http_request *request)
{
    char *queue;
    if (http_read_small_body(request, "queue", &queue)) {
        request->host->clean(request->host->ctx, queue, clean_queue_done,
                             http_ticket_take(request));
        free(queue);
    }
}
