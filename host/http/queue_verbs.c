/* POST /api/store/adopt, /api/queue/pause, /api/queue/resume {queue}: what is done to a queue by
 * its name. */
#include "core/json.h"
#include "http/request.h"
#include "http/router.h"

static void verb_done(const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    sbuf_puts(&request->answer, "{\"success\":true}");
    http_answer(request, 200);
}

/* The parsed body with the queue's name in it; NULL when it was bad, and that is answered. */
static struct json_object *verb_read(struct http_request *request, struct span *ret_queue)
{
    struct json_object *body = NULL;
    struct err err;
    if (request->body.len <= JSON_LOOP_BYTES_MAX &&
        json_parse(sbuf_as_span(&request->body), &body, &err) &&
        json_get_text(body, "queue", ret_queue) && json_object_object_length(body) == 1) {
        return body;
    }
    json_object_put(body);
    http_answer_error(request, 400, "VALIDATION_ERROR", "queue", "name the queue, and nothing else",
                      "queue: the name of a queue is expected");
    return NULL;
}

void http_post_store_adopt(struct http_request *request)
{
    struct span queue;
    struct json_object *body = verb_read(request, &queue);
    if (body != NULL) {
        request->host->adopt(request->host->ctx, queue.data, verb_done, http_ticket_take(request));
        json_object_put(body);
    }
}

static void verb_pause(struct http_request *request, bool is_pausing)
{
    struct span queue;
    struct json_object *body = verb_read(request, &queue);
    if (body != NULL) {
        request->host->pause_queue(request->host->ctx, queue.data, is_pausing, verb_done,
                                   http_ticket_take(request));
        json_object_put(body);
    }
}

void http_post_queue_pause(struct http_request *request)
{
    verb_pause(request, true);
}

void http_post_queue_resume(struct http_request *request)
{
    verb_pause(request, false);
}
