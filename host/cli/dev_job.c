/* The job that agenthost dev adds: a golden case of agent-check, or a job's data as it is. */
#include <stdlib.h>
#include <string.h>

#include "cli/dev-private.h"
#include "core/json.h"
#include "core/mem.h"

#define DEV_JOB_BYTES_MAX (1024 * 1024)

static bool dev_job_read(const char *path, struct json_object **ret_job, struct err *err)
{
    struct sbuf text;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return err_set_errno(err, "--job '%s'", path);
    }
    char block[4096];
    size_t len;
    sbuf_init(&text, DEV_JOB_BYTES_MAX);
    while ((len = fread(block, 1, sizeof(block), file)) > 0) {
        sbuf_append(&text, block, len);
    }
    (void)fclose(file);
    struct err cause = {.text = "has more than 1 MB"};
    bool is_good = !text.is_failed && json_parse(sbuf_as_span(&text), ret_job, &cause);
    if (!is_good) {
        (void)err_set(err, ERR_INVALID, "--job %s: %.300s", path, cause.text);
    } else if (!json_object_is_type(*ret_job, json_type_object)) {
        is_good = err_set(err, ERR_INVALID, "--job %s: is no JSON object", path);
    }
    sbuf_fini(&text);
    return is_good;
}

/* A golden case has the data in a member, and beside it what else belongs into a job. */
static bool dev_job_unwrap(const char *path, struct json_object *job, struct json_object **ret_data,
                           struct err *err)
{
    static const char *const beside[] = {"locale", "chart"};
    struct json_object *data = json_get(job, "data");
    bool is_case = json_object_is_type(data, json_type_object) && json_get(job, "agentId") == NULL;
    *ret_data = json_object_get(is_case ? data : job);
    for (size_t i = 0; is_case && i < ARRAY_LEN(beside); i++) {
        struct json_object *value = json_get(job, beside[i]);
        if (value != NULL) {
            json_object_object_add(data, beside[i], json_object_get(value));
        }
    }
    return !json_object_is_type(json_get(*ret_data, "chart"), json_type_string) ||
           err_set(err, ERR_INVALID,
                   "--job %s: chart: give the chart itself, or a birth to compute it from", path);
}

/* The agent it names, else the only one there is; the caller's. */
static char *dev_job_agent(const struct dev_options *options, struct json_object *data)
{
    struct span agent;
    if (json_get_text(data, "agentId", &agent)) {
        return mem_strndup(agent.data, agent.len);
    }
    bool is_one = options->dirs_count == 1 && dev_is_bundle(options->dirs[0]);
    return is_one ? mem_strdup(strrchr(options->dirs[0], '/') + 1) : NULL;
}

/* Reads the file anew: appends the job's data and sets job_agent. */
static bool dev_job_prepare(struct dev_options *options, struct sbuf *ret_data, struct err *err)
{
    struct json_object *job = NULL, *data = NULL;
    bool is_good = dev_job_read(options->job_path, &job, err) &&
                   dev_job_unwrap(options->job_path, job, &data, err);
    if (is_good) {
        free(options->job_agent);
        options->job_agent = dev_job_agent(options, data);
        json_render(ret_data, data);
        is_good = options->job_agent != NULL ||
                  err_set(err, ERR_INVALID, "--job %s: agentId: missing; name the agent",
                          options->job_path);
    }
    json_object_put(data);
    json_object_put(job);
    return is_good;
}

bool dev_job_check(struct dev_options *options, struct err *err)
{
    struct sbuf data;
    sbuf_init(&data, DEV_JOB_BYTES_MAX);
    bool is_good = dev_job_prepare(options, &data, err);
    sbuf_fini(&data);
    return is_good;
}

bool dev_job_write(struct dev_options *options, const char *path, struct err *err)
{
    struct sbuf data;
    sbuf_init(&data, DEV_JOB_BYTES_MAX);
    bool is_good = dev_job_prepare(options, &data, err);
    FILE *file = is_good ? fopen(path, "we") : NULL;
    if (is_good && (file == NULL || fputs(data.data, file) < 0)) {
        is_good = err_set_errno(err, "'%s' cannot be written", path);
    }
    if (file != NULL && fclose(file) != 0 && is_good) {
        is_good = err_set_errno(err, "'%s' cannot be written", path);
    }
    sbuf_fini(&data);
    return is_good;
}
