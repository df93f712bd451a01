/* One request for a reading, from top to bottom: parse, route, judge, chart, ask the agent, keep,
 * add. Whatever ends the host on the way, there is either no row, or a row whose job the outbox
 * adds. */
#include "job/execute.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agents.h"
#include "agent/manifest.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/json_later.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "job/charting.h"
#include "job/execute_fields.h"
#include "job/outbox.h"
#include "job/pipeline.h"
#include "queue/queue.h"
#include "store/store.h"

#define EXECUTE_IDEMPOTENCY_MS (INT64_C(24) * 3600 * 1000)
#define EXECUTE_REPLY_BYTES_MAX (256 * 1024) /* of what an agent may say of the data */
#define EXECUTE_ID_BYTES (HASH_UUID_BYTES + 2)

struct execute {
    struct pipeline *pipeline;
    execute_done_fn done;
    void *ctx;
    char *body, *caller, *idempotency_key;
    size_t body_len; /* bytes that were sent */
    struct problems problems;

    struct json_later parse;
    struct json_object *data; /* the body; becomes the job's data */
    struct queue *queue;
    struct unit *unit; /* pinned while the agent may be asked */
    struct charting charting;
    struct sbuf payload; /* the job's data, rendered */
    struct arena *arena; /* of the agent's reply */

    char reading_id[HASH_UUID_BYTES], job_id[EXECUTE_ID_BYTES], chart_id[HASH_UUID_BYTES];
    char *job_key;
    bool is_named; /* the caller chose the reading's id */
    bool is_replayed;
};

/* The steps in their order, each with what is called when its operation has answered. */
static void execute_read(struct json_later *later);
static void execute_chart(struct execute *execute);
static void execute_charted(struct charting *charting, void *ctx);
static void execute_name(struct execute *execute);
static void execute_ask_agent(struct execute *execute);
static void execute_agent_said(const struct agent_reply *reply, void *ctx);
static void execute_keep(struct execute *execute);
static void execute_kept(const struct store_create_result *result, const struct err *err,
                         void *ctx);
static void execute_add(struct execute *execute);
static void execute_added(const struct err *err, void *ctx);

/* --- ends ----------------------------------------------------------------------------------- */

static void execute_end(struct execute *execute, struct execute_result *result)
{
    result->problems = &execute->problems;
    execute->done(result, execute->ctx);
    execute->pipeline->executes--;
    unit_unpin(&execute->unit);
    charting_fini(&execute->charting);
    arena_destroy(&execute->arena);
    json_object_put(execute->data);
    sbuf_fini(&execute->payload);
    problems_fini(&execute->problems);
    free(execute->body);
    free(execute->caller);
    free(execute->idempotency_key);
    free(execute->job_key);
    free(execute);
}

/* One problem, or those that were collected. */
static void execute_refuse(struct execute *execute, enum execute_outcome outcome)
{
    struct execute_result result = {.outcome = outcome};
    execute_end(execute, &result);
}

static void execute_fail(struct execute *execute, const struct err *err)
{
    struct execute_result result = {.outcome = EXECUTE_FAILED, .err = *err};
    execute_end(execute, &result);
}

static void execute_succeed(struct execute *execute)
{
    struct execute_result result = {
        .outcome = execute->is_replayed ? EXECUTE_REPLAYED : EXECUTE_ACCEPTED,
        .reading_id = execute->reading_id,
        .job_id = execute->job_id,
        .chart_id = execute->chart_id[0] != '\0' ? execute->chart_id : NULL,
    };
    execute_end(execute, &result);
}

/* --- 1. the body ---------------------------------------------------------------------------- */

/* Parsed JSON takes many times its text: what could never become a job is not looked into. */
static bool execute_is_too_long(struct execute *execute)
{
    const struct options *options = execute->pipeline->options;
    size_t bytes_max = (size_t)(options->limits.data_bytes_max + options->limits.chart_bytes_max);
    if (execute->body_len <= bytes_max) {
        return false;
    }
    problems_add(&execute->problems, "body", "has %zu bytes, at most %zu are taken; send less",
                 execute->body_len, bytes_max);
    return true;
}

void execute_start(struct pipeline *pipeline, const struct execute_request *request,
                   execute_done_fn done, void *ctx)
{
    struct execute_result busy = {.outcome = EXECUTE_FAILED};
    if (pipeline->executes == EXECUTES_MAX) {
        (void)err_set(&busy.err, ERR_LIMIT, "%d requests are being worked on; try again",
                      EXECUTES_MAX);
        done(&busy, ctx);
        return;
    }
    struct execute *execute = mem_alloc(sizeof(*execute));
    pipeline->executes++;
    execute->pipeline = pipeline;
    execute->done = done;
    execute->ctx = ctx;
    execute->body = mem_strndup(request->body.data, request->body.len);
    execute->body_len = request->body.len;
    execute->caller = mem_strdup(request->caller);
    execute->idempotency_key = mem_strdup(request->idempotency_key);
    problems_init(&execute->problems);
    sbuf_init(&execute->payload, (size_t)pipeline->options->limits.data_bytes_max);
    if (execute_is_too_long(execute)) {
        execute_refuse(execute, EXECUTE_INVALID);
    } else if (!json_parse_later(&execute->parse, pipeline->files,
                                 (struct span){execute->body, execute->body_len}, execute_read)) {
        (void)err_set(&busy.err, ERR_LIMIT, "too many large requests wait to be read; try again");
        execute_fail(execute, &busy.err);
    }
}

/* --- 2. who writes it, and is all there ----------------------------------------------------- */

/* The first queue that takes the agent. */
static struct queue *execute_find_queue(const struct pipeline *pipeline, const char *agent_id)
{
    for (size_t i = 0; i < pipeline->queues_count; i++) {
        struct queue *queue = pipeline->queues[i];
        if (options_queue_takes(options_queue_find(pipeline->options, queue_name(queue)),
                                agent_id)) {
            return queue;
        }
    }
    return NULL;
}

static void execute_refuse_agent(struct execute *execute, const char *agent_id)
{
    const char *nearest = agents_nearest(execute->pipeline->agents, agent_id);
    if (nearest != NULL) {
        problems_add(&execute->problems, "agentId", "there is no agent '%.60s'; perhaps '%s'",
                     agent_id, nearest);
    } else {
        problems_add(&execute->problems, "agentId",
                     "there is no agent '%.60s'; GET /api/orchestrator/agents lists them",
                     agent_id);
    }
    execute_refuse(execute, EXECUTE_UNKNOWN_AGENT);
}

/* Finds queue and agent, or ends. */
static bool execute_route(struct execute *execute, const char *agent_id)
{
    const struct pipeline *pipeline = execute->pipeline;
    struct err err;
    if (!agents_is_settled(pipeline->agents)) {
        (void)err_set(&err, ERR_AGAIN, "the agents are being loaded; try again");
        execute_fail(execute, &err);
        return false;
    }
    if (!agents_knows(pipeline->agents, agent_id)) {
        execute_refuse_agent(execute, agent_id);
        return false;
    }
    execute->queue = execute_find_queue(pipeline, agent_id);
    if (execute->queue == NULL) {
        problems_add(&execute->problems, "agentId", "no queue of this host takes agent '%s'",
                     agent_id);
        execute_refuse(execute, EXECUTE_UNKNOWN_AGENT);
        return false;
    }
    execute->unit = agents_pin(pipeline->agents, agent_id, NULL, NULL, &err);
    if (execute->unit == NULL) {
        execute_fail(execute, &err);
        return false;
    }
    return true;
}

static const char *execute_check_body(struct execute *execute)
{
    struct problems *problems = &execute->problems;
    struct json_object *agent_id = json_get(execute->data, "agentId");
    if (!execute->parse.is_parsed) {
        problems_add(problems, "body", "send one JSON object (%.200s)", execute->parse.err.text);
    } else if (!json_object_is_type(execute->data, json_type_object)) {
        problems_add(problems, "body", "send one JSON object (found %s)",
                     json_type_text(execute->data));
    } else if (agent_id == NULL) {
        problems_add(problems, "agentId", "is missing; GET /api/orchestrator/agents lists them");
    } else if (!json_object_is_type(agent_id, json_type_string)) {
        problems_add(problems, "agentId", "must be a text (found %s)", json_type_text(agent_id));
    } else {
        return json_object_get_string(agent_id);
    }
    return NULL;
}

static void execute_read(struct json_later *later)
{
    struct execute *execute = CONTAINER_OF(later, struct execute, parse);
    execute->data = later->value;
    const char *agent_id = execute_check_body(execute);
    if (agent_id == NULL) {
        execute_refuse(execute, EXECUTE_INVALID);
        return;
    }
    if (!execute_route(execute, agent_id)) {
        return;
    }
    execute_check_fields(execute->data, unit_manifest(execute->unit), &execute->problems);
    if (execute->problems.count > 0) {
        execute_refuse(execute, EXECUTE_INVALID);
        return;
    }
    execute_chart(execute);
}

/* --- 3. the chart --------------------------------------------------------------------------- */

static void execute_chart(struct execute *execute)
{
    if (unit_manifest(execute->unit)->chart == MANIFEST_CHART_NONE) {
        execute_name(execute);
        return;
    }
    charting_start(&execute->charting, execute->pipeline, execute->data, execute_charted, execute);
}

static void execute_charted(struct charting *charting, void *ctx)
{
    struct execute *execute = ctx;
    switch (charting->outcome) {
    case CHARTING_FOUND:
        memcpy(execute->chart_id, charting->id, sizeof(execute->chart_id));
        execute_name(execute);
        return;
    case CHARTING_NONE:
        execute_name(execute);
        return;
    case CHARTING_REFUSED:
        problems_add(&execute->problems, charting->fault.field, "%s", charting->fault.remedy);
        execute_refuse(execute, EXECUTE_INVALID);
        return;
    case CHARTING_BUSY:
    case CHARTING_STORE:
    case CHARTING_UNAVAILABLE:
    case CHARTING_FAILED:
        execute_fail(execute, &charting->err);
        return;
    }
}

/* --- 4. reading and job get their names, and the agent is asked ------------------------------ */

/* UUIDs differ in case and mean the same: the store gets one form. */
static void execute_choose_reading(struct execute *execute)
{
    struct span wanted;
    if (!json_get_text(execute->data, "readingId", &wanted)) {
        hash_uuid4(execute->reading_id);
        return;
    }
    execute->is_named = true;
    (void)snprintf(execute->reading_id, sizeof(execute->reading_id), "%s", wanted.data);
    for (char *at = execute->reading_id; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
}

/* The job's data: the body, with names instead of what they name. */
static void execute_name(struct execute *execute)
{
    struct json_object *data = execute->data;
    execute_choose_reading(execute);
    (void)snprintf(execute->job_id, sizeof(execute->job_id), "%s-1", execute->reading_id);
    execute->job_key = queue_make_job_key(execute->queue, execute->job_id, clock_wall_ms());
    json_object_object_add(data, "readingId", json_object_new_string(execute->reading_id));
    if (execute->chart_id[0] != '\0') {
        json_object_object_del(data, "chart");
        json_object_object_add(data, "chartId", json_object_new_string(execute->chart_id));
    }
    json_render(&execute->payload, data);
    if (execute->payload.is_failed) {
        problems_add(&execute->problems, "body", "has more than %zu bytes; send less",
                     execute->payload.bytes_max);
        execute_refuse(execute, EXECUTE_INVALID);
        return;
    }
    execute_ask_agent(execute);
}

static void execute_ask_agent(struct execute *execute)
{
    const struct options *options = execute->pipeline->options;
    struct span locale = {0};
    (void)json_get_text(execute->data, "locale", &locale); /* absent: NULL */
    execute->arena = arena_create(EXECUTE_REPLY_BYTES_MAX);
    /* Of a name of its own: that an agent fails here must not count against the job. */
    const struct agent_job job = {
        .job_key = execute->reading_id,
        .arena = execute->arena,
        .data = sbuf_as_span(&execute->payload),
        .chart = sbuf_as_span(&execute->charting.text),
        .locale =
            manifest_language(unit_manifest(execute->unit), locale.data, options->agents.locale),
        .now_ms = clock_wall_ms(),
        .prompt_bytes_max = EXECUTE_REPLY_BYTES_MAX,
        .result_bytes_max = EXECUTE_REPLY_BYTES_MAX,
    };
    /* Never taken back: the host waits for it before it ends. */
    (void)unit_check_input(execute->unit, &job, execute_agent_said, execute);
}

/* What the agent refuses is refused here. An agent that fails, or cannot be had right now, says
 * nothing about the data: the job asks it again. */
static void execute_agent_said(const struct agent_reply *reply, void *ctx)
{
    struct execute *execute = ctx;
    unit_unpin(&execute->unit);
    if (reply->outcome == AGENT_INVALID) {
        char field[PROBLEM_FIELD_BYTES_MAX] = "body";
        if (reply->field.len > 0) {
            (void)snprintf(field, sizeof(field), "%.*s", (int)reply->field.len, reply->field.data);
        }
        problems_add(&execute->problems, field, "%s", reply->reason);
        execute_refuse(execute, EXECUTE_INVALID);
        return;
    }
    execute_keep(execute);
}

/* --- 5. the row ----------------------------------------------------------------------------- */

static void execute_keep(struct execute *execute)
{
    struct json_object *data = execute->data;
    struct span agent_id = {0}, user_id = {0}, client_name = {0};
    (void)json_get_text(data, "agentId", &agent_id); /* was checked; the others may be absent */
    (void)json_get_text(data, "userId", &user_id);
    (void)json_get_text(data, "clientName", &client_name);
    char request_hash[HASH_SHA256_HEX_BYTES];
    bool is_repeatable = execute->idempotency_key != NULL;
    if (is_repeatable) {
        hash_sha256_hex((struct span){execute->body, execute->body_len}, request_hash);
    }
    const struct store_chart chart = {
        .id = execute->chart_id,
        .chart = sbuf_as_span(&execute->charting.text),
        .user_id = user_id.data,
        .birth = sbuf_as_span(&execute->payload),
    };
    const struct store_create create = {
        .key = {execute->reading_id, execute->job_key, 1},
        .agent_id = agent_id.data,
        .user_id = user_id.data,
        .client_name = client_name.data,
        .queue = queue_name(execute->queue),
        .payload = sbuf_as_span(&execute->payload),
        .chart = execute->chart_id[0] != '\0' ? &chart : NULL,
        .caller = is_repeatable ? execute->caller : NULL,
        .idempotency_key = execute->idempotency_key,
        .request_hash = is_repeatable ? request_hash : NULL,
        .idempotency_ms = EXECUTE_IDEMPOTENCY_MS,
    };
    store_create(execute->pipeline->store, &create, execute_kept, execute);
}

static void execute_refuse_row(struct execute *execute, const struct err *err)
{
    if (err->kind != ERR_INVALID && err->kind != ERR_LIMIT) {
        execute_fail(execute, err);
        return;
    }
    problems_add(&execute->problems, execute->is_named ? "readingId" : "body",
                 "the store does not take it: %s", err->text);
    execute_refuse(execute, EXECUTE_INVALID);
}

/* The row of the reading that the first request made: what the answer said, and whether the job is
 * still to be added. */
static void execute_row_read(struct json_later *later)
{
    struct execute *execute = CONTAINER_OF(later, struct execute, parse);
    struct json_object *row = later->value, *payload = json_get(row, "payload");
    struct span chart_id = {0}, status = {0};
    if (json_get_text(payload, "chartId", &chart_id) && chart_id.len < HASH_UUID_BYTES) {
        memcpy(execute->chart_id, chart_id.data, chart_id.len + 1);
    }
    bool is_left = json_get_text(row, "status", &status) && span_is(status, "pending") &&
                   json_get(row, "enqueuedAt") == NULL && payload != NULL;
    sbuf_clear(&execute->payload);
    json_render(&execute->payload, payload);
    json_object_put(row);
    if (is_left && !execute->payload.is_failed) {
        execute_add(execute);
    } else {
        execute_succeed(execute);
    }
}

static void execute_has_row(struct span text, const struct err *err, void *ctx)
{
    struct execute *execute = ctx;
    struct err busy;
    if (err != NULL && err->kind == ERR_NOT_FOUND) { /* deleted since */
        execute_succeed(execute);
        return;
    }
    if (err != NULL) {
        execute_fail(execute, err);
        return;
    }
    free(execute->body);
    execute->body = mem_strndup(text.data, text.len);
    if (!json_parse_later(&execute->parse, execute->pipeline->files,
                          (struct span){execute->body, text.len}, execute_row_read)) {
        (void)err_set(&busy, ERR_LIMIT, "too many large texts wait to be read; try again");
        execute_fail(execute, &busy);
    }
}

static void execute_replay(struct execute *execute, const struct store_create_result *result)
{
    execute->is_replayed = true;
    execute->chart_id[0] = '\0';
    (void)snprintf(execute->reading_id, sizeof(execute->reading_id), "%s", result->reading_id);
    (void)snprintf(execute->job_id, sizeof(execute->job_id), "%s-1", result->reading_id);
    free(execute->job_key);
    execute->job_key = mem_strdup(result->job_key);
    store_get_row(execute->pipeline->store, execute->reading_id, execute_has_row, execute);
}

static void execute_kept(const struct store_create_result *result, const struct err *err, void *ctx)
{
    struct execute *execute = ctx;
    if (err != NULL) {
        execute_refuse_row(execute, err);
        return;
    }
    switch (result->created) {
    case STORE_CREATED:
        execute_add(execute);
        return;
    case STORE_KNOWN:
        execute_replay(execute, result);
        return;
    case STORE_MISMATCH:
        execute_refuse(execute, EXECUTE_MISMATCH);
        return;
    }
}

/* --- 6. the job ----------------------------------------------------------------------------- */

static void execute_add(struct execute *execute)
{
    const struct pipeline *pipeline = execute->pipeline;
    const struct store_key key = {execute->reading_id, execute->job_key, 1};
    struct span agent_id = {0};
    (void)json_get_text(execute->data, "agentId", &agent_id);
    outbox_add(execute->queue, pipeline->store, pipeline->agents, &key, agent_id.data,
               sbuf_as_span(&execute->payload), execute_added, execute);
}

/* The reading is safe either way. */
static void execute_added(const struct err *err, void *ctx)
{
    struct execute *execute = ctx;
    if (err != NULL) {
        log_warning("execute", NULL, "reading %s waits for its job to be added: %s",
                    execute->reading_id, err->text);
    }
    execute_succeed(execute);
}
