/* A job: its memory, and the fields of its data that the host reads. */
#include "job/job.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/options.h"
#include "job/pipeline.h"

#define JOB_WORD_BYTES_MAX 256      /* ids, names, words in data */
#define JOB_TIMEOUT_MS_MAX 86400000 /* a day */

static const char *const job_step_names[JOB_STEPS_COUNT] = {
    [JOB_PARSE] = "parse",   [JOB_ROUTE] = "route",     [JOB_OPEN_RUN] = "open-run",
    [JOB_BEGIN] = "begin",   [JOB_SETTLE] = "settle",   [JOB_PIN] = "pin",
    [JOB_CHART] = "chart",   [JOB_PREPARE] = "prepare", [JOB_CHECK_INPUT] = "check-input",
    [JOB_BUILD] = "build",   [JOB_LEASE] = "lease",     [JOB_ASK] = "ask",
    [JOB_RECORD] = "record", [JOB_JUDGE] = "judge",     [JOB_STORE] = "store",
    [JOB_END] = "end",
};

const char *job_step_name(enum job_step step)
{
    assert(step < JOB_STEPS_COUNT);
    return job_step_names[step];
}

struct job *job_create(struct pipeline *pipeline, struct queue_job *queued, size_t bytes_max)
{
    struct job *job = mem_alloc(sizeof(*job));
    job->pipeline = pipeline;
    job->queued = queued;
    job->arena = arena_create(bytes_max);
    job->run = queued->run;
    job->return_content = -1;
    job->started_ms = clock_mono_ms();
    queued->owner = job;
    return job;
}

void job_destroy(struct job **job)
{
    if (*job == NULL) {
        return;
    }
    assert((*job)->agent_call == NULL);
    assert((*job)->model_call == NULL);
    assert((*job)->unit == NULL);
    charting_fini(&(*job)->charting);
    json_object_put((*job)->data);
    arena_destroy(&(*job)->arena);
    free(*job);
    *job = NULL;
}

const struct log_job *job_log(const struct job *job)
{
    static struct log_job line;
    line = (struct log_job){
        .job_key = job->queued->job_key,
        .queue = queue_name(job->queued->queue),
        .agent = job->agent_id,
        .image = job->unit != NULL ? unit_image(job->unit) : NULL,
        .attempt = job->queued->attempts_made + 1,
    };
    return &line;
}

/* Copies an optional text member: absent and null leave *ret_text alone. */
static bool job_read_text(struct job *job, const char *key, const char **ret_text, struct err *err)
{
    struct json_object *value = json_get(job->data, key);
    if (value == NULL) {
        return true;
    }
    if (!json_object_is_type(value, json_type_string)) {
        return err_set(err, ERR_INVALID, "%s: must be a string (found %s)", key,
                       json_type_text(value));
    }
    size_t len = (size_t)json_object_get_string_len(value);
    if (len == 0 || len > JOB_WORD_BYTES_MAX) {
        return err_set(err, ERR_INVALID,
                       "%s: must have 1 to %d bytes (found %zu); leave it out for none", key,
                       JOB_WORD_BYTES_MAX, len);
    }
    *ret_text = arena_strndup(job->arena, json_object_get_string(value), len);
    return *ret_text != NULL || err_set(err, ERR_LIMIT, "%s: no memory left for this job", key);
}

static bool job_read_bool(struct job *job, const char *key, bool *ret_value, struct err *err)
{
    struct json_object *value = json_get(job->data, key);
    if (value == NULL) {
        return true;
    }
    if (!json_object_is_type(value, json_type_boolean)) {
        return err_set(err, ERR_INVALID, "%s: must be true or false (found %s)", key,
                       json_type_text(value));
    }
    *ret_value = json_object_get_boolean(value);
    return true;
}

/* UUIDs differ in case and mean the same: the store gets one form. */
static bool job_lower_reading_id(struct job *job, struct err *err)
{
    char *lowered = arena_strdup(job->arena, job->reading_id);
    if (lowered == NULL) {
        return err_set(err, ERR_LIMIT, "readingId: no memory left for this job");
    }
    for (char *at = lowered; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    job->reading_id = lowered;
    return true;
}

static bool job_read_timeout(struct job *job, struct err *err)
{
    struct json_object *value = json_get(job->data, "timeoutMs");
    if (value == NULL) {
        return true;
    }
    int64_t timeout_ms = 0;
    if (!json_get_int(job->data, "timeoutMs", &timeout_ms) || timeout_ms < 1 ||
        timeout_ms > JOB_TIMEOUT_MS_MAX) {
        return err_set(err, ERR_INVALID,
                       "timeoutMs: must be a whole number from 1 to %d (found %s)",
                       JOB_TIMEOUT_MS_MAX, json_object_to_json_string(value));
    }
    job->timeout_ms = timeout_ms;
    return true;
}

/* Fields that later steps or other programs read, checked here so that a wrong one is named. */
static bool job_check_types(struct job *job, struct err *err)
{
    static const struct {
        const char *key;
        json_type type;
        const char *must;
    } fields[] = {
        {"chart", json_type_object, "an object"},
        {"birthDate", json_type_string, "a string \"YYYY-MM-DD\""},
        {"birthTime", json_type_string, "a string \"HH:MM\""},
        {"birthPlace", json_type_object, "an object {name, latitude, longitude, timezone}"},
        {"timezone", json_type_string, "an IANA zone name"},
        {"callbackUrl", json_type_string, "a URL"},
        {"idempotencyKey", json_type_string, "a string"},
    };
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct json_object *value = json_get(job->data, fields[i].key);
        if (value != NULL && !json_object_is_type(value, fields[i].type)) {
            return err_set(err, ERR_INVALID, "%s: must be %s (found %s)", fields[i].key,
                           fields[i].must, json_type_text(value));
        }
    }
    return true;
}

bool job_read_fields(struct job *job, struct err *err)
{
    bool is_content_wanted = false;
    if (!job_read_text(job, "agentId", &job->agent_id, err) ||
        !job_read_text(job, "readingId", &job->reading_id, err) ||
        !job_read_text(job, "userId", &job->user_id, err) ||
        !job_read_text(job, "chartId", &job->chart_id, err) ||
        !job_read_text(job, "locale", &job->locale_wanted, err) ||
        !job_read_bool(job, "regenerate", &job->is_regenerate, err) ||
        !job_read_bool(job, "returnContent", &is_content_wanted, err) ||
        !job_read_timeout(job, err) || !job_check_types(job, err)) {
        return false;
    }
    if (json_get(job->data, "returnContent") != NULL) {
        job->return_content = is_content_wanted;
    }
    if (job->reading_id != NULL && !hash_is_uuid(job->reading_id)) {
        return err_set(err, ERR_INVALID,
                       "readingId: must be a UUID (found '%.40s'); leave it out to have one made",
                       job->reading_id);
    }
    return job->reading_id == NULL || job_lower_reading_id(job, err);
}

struct store_key job_store_key(const struct job *job)
{
    return (struct store_key){job->reading_id, job->queued->job_key, job->run};
}

struct agent_job job_for_agent(struct job *job)
{
    return (struct agent_job){
        .job = job,
        .job_key = job->queued->job_key,
        .arena = job->arena,
        .data = job->queued->data,
        .chart = job->chart,
        .locale = job->locale,
        .seed = job->seed,
        .now_ms = job->now_ms,
        .pass = job->pass,
        .children = job->children,
        .children_count = job->children_count,
        .earlier = job->earlier,
        .earlier_count = job->earlier_count,
        .prompt_bytes_max = (size_t)job->pipeline->options->limits.prompt_bytes_max,
        .result_bytes_max = (size_t)job->pipeline->options->limits.result_bytes_max,
    };
}
