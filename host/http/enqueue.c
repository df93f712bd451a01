/* POST /api/enqueue {agent, data?, queue?, opts?{jobId, priority, attempts}}: adds a job. */
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "http/request.h"
#include "http/router.h"

#define ENQUEUE_PRIORITY_MAX 2097151 /* BullMQ's */
#define ENQUEUE_ATTEMPTS_MAX 1000

static void enqueue_done(const char *job_id, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_redeem(ctx);
    if (request == NULL) {
        return;
    }
    if (err != NULL) {
        http_answer_err(request, err);
        return;
    }
    sbuf_puts(&request->answer, "{\"success\":true,\"jobId\":");
    sbuf_json_string(&request->answer, span_of(job_id));
    sbuf_putc(&request->answer, '}');
    http_answer(request, 202);
}

static bool enqueue_refuse(struct http_request *request, const char *field, const char *remedy)
{
    http_answer_error(request, 400, "VALIDATION_ERROR", field, remedy, "%s: %s", field, remedy);
    return false;
}

static bool enqueue_text(struct http_request *request, struct json_object *object, const char *key,
                         const char **ret_text)
{
    struct json_object *value = json_get(object, key);
    if (value == NULL) {
        return true;
    }
    if (!json_object_is_type(value, json_type_string) || json_object_get_string_len(value) == 0) {
        return enqueue_refuse(request, key, "must be a string that is not empty");
    }
    *ret_text = json_object_get_string(value);
    return true;
}

static bool enqueue_number(struct http_request *request, struct json_object *object,
                           const char *key, int64_t max, uint32_t *ret_number)
{
    int64_t number = 0;
    if (json_get(object, key) == NULL) {
        return true;
    }
    if (!json_get_int(object, key, &number) || number < 0 || number > max) {
        char remedy[80];
        (void)snprintf(remedy, sizeof(remedy), "must be a whole number from 0 to %lld",
                       (long long)max);
        return enqueue_refuse(request, key, remedy);
    }
    *ret_number = (uint32_t)number;
    return true;
}

/* BullMQ refuses such ids on the producer's side. */
static bool enqueue_is_job_id(const char *job_id)
{
    return strspn(job_id, "0123456789") != strlen(job_id) && strchr(job_id, ':') == NULL;
}

static bool enqueue_read(struct http_request *request, struct json_object *body,
                         struct http_enqueue *job)
{
    struct json_object *opts = json_get(body, "opts");
    struct json_object *data = json_get(body, "data");
    if (opts != NULL && !json_object_is_type(opts, json_type_object)) {
        return enqueue_refuse(request, "opts", "must be an object {jobId, priority, attempts}");
    }
    if (data != NULL && !json_object_is_type(data, json_type_object)) {
        return enqueue_refuse(request, "data", "must be an object");
    }
    if (!enqueue_text(request, body, "agent", &job->agent) ||
        !enqueue_text(request, body, "queue", &job->queue) ||
        !enqueue_text(request, opts, "jobId", &job->job_id) ||
        !enqueue_number(request, opts, "priority", ENQUEUE_PRIORITY_MAX, &job->priority) ||
        !enqueue_number(request, opts, "attempts", ENQUEUE_ATTEMPTS_MAX, &job->attempts)) {
        return false;
    }
    if (job->agent == NULL) {
        return enqueue_refuse(request, "agent", "missing; name the agent");
    }
    if (job->job_id != NULL && !enqueue_is_job_id(job->job_id)) {
        return enqueue_refuse(request, "jobId", "must not be a number and not contain ':'");
    }
    return true;
}

void http_post_enqueue(struct http_request *request)
{
    struct json_object *body = http_body_object(request);
    if (body == NULL) {
        return;
    }
    struct http_enqueue job = {0};
    if (enqueue_read(request, body, &job)) {
        struct json_object *data = json_get(body, "data");
        data = data != NULL ? json_object_get(data) : json_object_new_object();
        json_object_object_add(data, "agentId", json_object_new_string(job.agent));
        struct sbuf text;
        sbuf_init(&text, HTTP_BODY_BYTES_MAX);
        json_render(&text, data);
        job.data = sbuf_as_span(&text);
        request->host->enqueue(request->host->ctx, &job, enqueue_done, http_ticket_take(request));
        sbuf_fini(&text);
        json_object_put(data);
    }
    json_object_put(body);
}
