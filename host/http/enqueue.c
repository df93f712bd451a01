/* POST /api/enqueue {agent, data?, queue?, opts?{jobId, priority, attempts}}: adds a job. A long
 * body is read on the files thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/thread.h"
#include "http/request.h"
#include "http/router.h"

#define ENQUEUE_PRIORITY_MAX 2097151 /* BullMQ's */
#define ENQUEUE_ATTEMPTS_MAX 1000
#define ENQUEUE_JOB_ID_BYTES_MAX 256

/* From the body to the job; touches nothing but itself, so that any thread may do it. */
struct enqueue {
    struct thread_task task;
    struct http_ticket *ticket;
    struct sbuf text; /* the body */
    struct json_object *body;
    struct sbuf data; /* rendered, agentId included */
    struct http_enqueue job;
    struct problems problems;
};

static void enqueue_destroy(struct enqueue *enqueue)
{
    sbuf_fini(&enqueue->text);
    sbuf_fini(&enqueue->data);
    json_object_put(enqueue->body);
    problems_fini(&enqueue->problems);
    free(enqueue);
}

static void enqueue_check_keys(struct enqueue *enqueue, struct json_object *object,
                               const char *prefix, const char *known)
{
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        const char *at = strstr(known, key);
        size_t len = strlen(key);
        bool is_known = at != NULL && len > 0 && (at == known || at[-1] == ' ') &&
                        (at[len] == ',' || at[len] == '\0');
        if (!is_known) {
            char field[48];
            (void)snprintf(field, sizeof(field), "%s%.32s", prefix, key);
            problems_add(&enqueue->problems, field, "is not known; known are %s", known);
        }
    }
}

static const char *enqueue_text(struct enqueue *enqueue, struct json_object *object,
                                const char *key, const char *field)
{
    struct json_object *value = json_get(object, key);
    if (value == NULL) {
        return NULL;
    }
    if (!json_object_is_type(value, json_type_string) || json_object_get_string_len(value) == 0) {
        problems_add(&enqueue->problems, field, "must be a string that is not empty");
        return NULL;
    }
    return json_object_get_string(value);
}

static uint32_t enqueue_number(struct enqueue *enqueue, struct json_object *object, const char *key,
                               const char *field, int64_t max)
{
    int64_t number = 0;
    if (json_get(object, key) != NULL &&
        (!json_get_int(object, key, &number) || number < 0 || number > max)) {
        problems_add(&enqueue->problems, field, "must be a whole number from 0 to %lld",
                     (long long)max);
        return 0;
    }
    return (uint32_t)number;
}

static bool enqueue_is_agent_id(const char *id)
{
    size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return *id >= 'a' && *id <= 'z' && id[len] == '\0' && len <= 32;
}

/* BullMQ refuses such ids on the producer's side. */
static bool enqueue_is_job_id(const char *job_id)
{
    return strspn(job_id, "0123456789") != strlen(job_id) && strchr(job_id, ':') == NULL &&
           strlen(job_id) <= ENQUEUE_JOB_ID_BYTES_MAX;
}

static void enqueue_read_opts(struct enqueue *enqueue, struct json_object *opts)
{
    struct http_enqueue *job = &enqueue->job;
    if (opts == NULL) {
        return;
    }
    if (!json_object_is_type(opts, json_type_object)) {
        problems_add(&enqueue->problems, "opts", "must be an object {jobId, priority, attempts}");
        return;
    }
    enqueue_check_keys(enqueue, opts, "opts.", "jobId, priority, attempts");
    job->job_id = enqueue_text(enqueue, opts, "jobId", "opts.jobId");
    job->priority =
        enqueue_number(enqueue, opts, "priority", "opts.priority", ENQUEUE_PRIORITY_MAX);
    job->attempts =
        enqueue_number(enqueue, opts, "attempts", "opts.attempts", ENQUEUE_ATTEMPTS_MAX);
    if (job->job_id != NULL && !enqueue_is_job_id(job->job_id)) {
        problems_add(&enqueue->problems, "opts.jobId",
                     "must not be a number, not contain ':', and have at most %d bytes",
                     ENQUEUE_JOB_ID_BYTES_MAX);
    }
}

static void enqueue_read_data(struct enqueue *enqueue, struct json_object *data)
{
    const char *agent = enqueue->job.agent;
    if (data != NULL && !json_object_is_type(data, json_type_object)) {
        problems_add(&enqueue->problems, "data", "must be an object");
        return;
    }
    struct span given;
    if (agent != NULL && json_get(data, "agentId") != NULL &&
        !(json_get_text(data, "agentId", &given) && span_is(given, agent))) {
        problems_add(&enqueue->problems, "data.agentId", "leave it out: agent says it");
    }
    if (enqueue->problems.count > 0) {
        return;
    }
    data = data != NULL ? json_object_get(data) : json_object_new_object();
    json_object_object_add(data, "agentId", json_object_new_string(agent));
    json_render(&enqueue->data, data);
    json_object_put(data);
    if (enqueue->data.is_failed) {
        problems_add(&enqueue->problems, "data", "send less");
    }
    enqueue->job.data = sbuf_as_span(&enqueue->data);
}

static void enqueue_read(struct enqueue *enqueue)
{
    struct err err;
    if (!json_parse(sbuf_as_span(&enqueue->text), &enqueue->body, &err)) {
        problems_add(&enqueue->problems, "body", "send one JSON object (%.100s)", err.text);
        return;
    }
    if (!json_object_is_type(enqueue->body, json_type_object)) {
        problems_add(&enqueue->problems, "body", "send one JSON object (found %s)",
                     json_type_text(enqueue->body));
        return;
    }
    enqueue_check_keys(enqueue, enqueue->body, "", "agent, data, queue, opts");
    enqueue->job.agent = enqueue_text(enqueue, enqueue->body, "agent", "agent");
    if (json_get(enqueue->body, "agent") == NULL) {
        problems_add(&enqueue->problems, "agent", "is missing; name the agent");
    } else if (enqueue->job.agent != NULL && !enqueue_is_agent_id(enqueue->job.agent)) {
        problems_add(&enqueue->problems, "agent",
                     "must be an agent id: a lower-case letter, then up to 31 letters, "
                     "digits and -");
    }
    enqueue->job.queue = enqueue_text(enqueue, enqueue->body, "queue", "queue");
    enqueue_read_opts(enqueue, json_get(enqueue->body, "opts"));
    enqueue_read_data(enqueue, json_get(enqueue->body, "data"));
}

static void enqueue_done(const char *job_id, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_settle(ctx, err);
    if (request == NULL) {
        return;
    }
    sbuf_puts(&request->answer, "{\"success\":true,\"jobId\":");
    sbuf_json_string(&request->answer, span_of(job_id));
    sbuf_putc(&request->answer, '}');
    http_answer(request, 202);
}

/* Back on the loop: adds the job, unless the caller is gone or asked for nonsense. */
static void enqueue_go(struct enqueue *enqueue)
{
    struct http_request *request = http_ticket_redeem(enqueue->ticket);
    if (request != NULL && enqueue->problems.count > 0) {
        http_answer_problems(request, &enqueue->problems);
    } else if (request != NULL) {
        request->host->enqueue(request->host->ctx, &enqueue->job, enqueue_done,
                               http_ticket_take(request));
    }
    enqueue_destroy(enqueue);
}

static void enqueue_task_run(struct thread_task *task)
{
    enqueue_read(CONTAINER_OF(task, struct enqueue, task));
}

static void enqueue_task_done(struct thread_task *task)
{
    enqueue_go(CONTAINER_OF(task, struct enqueue, task));
}

void http_post_enqueue(struct http_request *request)
{
    struct enqueue *enqueue = mem_alloc(sizeof(*enqueue));
    enqueue->task = (struct thread_task){.run = enqueue_task_run, .done = enqueue_task_done};
    enqueue->text = request->body; /* moves */
    sbuf_init(&request->body, 0);
    sbuf_init(&enqueue->data, 2 * HTTP_BODY_BYTES_MAX);
    problems_init(&enqueue->problems);
    enqueue->ticket = http_ticket_take(request);
    if (enqueue->text.len <= JSON_LOOP_BYTES_MAX) {
        enqueue_read(enqueue);
        enqueue_go(enqueue);
    } else if (!thread_submit(http_request_files(request), &enqueue->task)) {
        (void)http_ticket_redeem(enqueue->ticket);
        enqueue_destroy(enqueue);
        http_answer_error(request, 503, "BUSY", NULL, NULL, "the host is busy; try again");
    }
}
