/* POST /api/store/adopt {queue}: from now on this host's store serves the queue. */
#include "core/json.h"
#include "http/request.h"
#include "http/router.h"

static void adopt_done(const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    sbuf_puts(&request->answer, "{\"success\":true}");
    http_answer(request, 200);
}

static bool adopt_read(const struct http_request *request, struct json_object **ret_body,
                       struct span *ret_queue)
{
    struct err err;
    return request->body.len <= JSON_LOOP_BYTES_MAX &&
           json_parse(sbuf_as_span(&request->body), ret_body, &err) &&
           json_get_text(*ret_body, "queue", ret_queue) &&
           json_object_object_length(*ret_body) == 1;
}

void http_post_store_adopt(struct http_request *request)
{
    struct json_object *body = NULL;
    struct span queue;
    if (adopt_read(request, &body, &queue)) {
        request->host->adopt(request->host->ctx, queue.data, adopt_done, http_ticket_take(request));
    } else {
        http_answer_error(request, 400, "VALIDATION_ERROR", "queue",
                          "name the queue, and nothing else",
                          "queue: the name of a queue is expected");
    }
    json_object_put(body);
}
