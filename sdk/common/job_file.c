/* A job in a file, and the chart that goes with it. */
#include "job_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/manifest.h"
#include "agent/session.h"
#include "cell/cell.h"
#include "chart/birth.h"
#include "chart/chart_call.h"
#include "chart/verify.h"
#include "core/json.h"

#define JOB_CHART_MS 10000

bool job_file_text(const char *path, size_t bytes_max, struct sbuf *ret_text, struct err *err)
{
    FILE *file = fopen(path, "re");
    char piece[4096];
    size_t len;
    if (file == NULL) {
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INVALID, "%s: %s", path,
                       strerror(errno));
    }
    sbuf_fini(ret_text);
    sbuf_init(ret_text, bytes_max);
    while ((len = fread(piece, 1, sizeof(piece), file)) > 0) {
        sbuf_append(ret_text, piece, len);
    }
    bool is_ok = ferror(file) == 0 || err_set(err, ERR_INVALID, "%s cannot be read", path);
    (void)fclose(file);
    return is_ok && (!ret_text->is_failed ||
                     err_set(err, ERR_LIMIT, "%s is longer than %zu bytes", path, bytes_max));
}

static bool job_parse(const char *path, struct json_object **ret_value, struct err *err)
{
    struct sbuf text = {0};
    struct err cause = {0};
    bool is_ok = job_file_text(path, JOB_FILE_BYTES_MAX, &text, err);
    if (is_ok && !json_parse(sbuf_as_span(&text), ret_value, &cause)) {
        is_ok = err_set(err, ERR_INVALID, "%s: %s", path, cause.text);
    }
    sbuf_fini(&text);
    if (is_ok && !json_object_is_type(*ret_value, json_type_object)) {
        json_object_put(*ret_value);
        *ret_value = NULL;
        return err_set(err, ERR_INVALID, "%s: must be a JSON object", path);
    }
    return is_ok;
}

static bool job_check_keys(const char *path, struct json_object *job, struct err *err)
{
    json_object_object_foreach(job, key, value)
    {
        (void)value;
        if (strcmp(key, "data") != 0 && strcmp(key, "chart") != 0 && strcmp(key, "locale") != 0) {
            return err_set(err, ERR_INVALID,
                           "%s: /%s: unknown; a job has \"data\", \"chart\" and \"locale\"", path,
                           key);
        }
    }
    if (!json_object_is_type(json_get(job, "data"), json_type_object)) {
        return err_set(err, ERR_INVALID,
                       "%s: /data: must be an object, the job's data: {\"data\":{…}}", path);
    }
    struct json_object *locale = json_get(job, "locale");
    if (locale != NULL && !json_object_is_type(locale, json_type_string)) {
        return err_set(err, ERR_INVALID, "%s: /locale: must be a text like \"de\"", path);
    }
    return true;
}

/* NAME.job.json's NAME.chart.json; false when path is not so named. */
static bool job_chart_beside(const char *path, char ret_path[PATH_MAX])
{
    static const char end[] = ".job.json";
    size_t len = strlen(path);
    if (len <= sizeof(end) - 1 || strcmp(path + len - (sizeof(end) - 1), end) != 0) {
        return false;
    }
    int bytes =
        snprintf(ret_path, PATH_MAX, "%.*s.chart.json", (int)(len - (sizeof(end) - 1)), path);
    return bytes < PATH_MAX && access(ret_path, F_OK) == 0;
}

static bool job_named_chart(const char *path, const char *name, const char *const *charts_dirs,
                            struct json_object **ret_chart, struct err *err)
{
    char beside[PATH_MAX] = "", given[PATH_MAX] = "";
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL ? (int)(slash - path) + 1 : 0;
    if (strchr(name, '/') != NULL ||
        snprintf(beside, sizeof(beside), "%.*scharts/%s.json", folder, path, name) >= PATH_MAX) {
        return err_set(err, ERR_INVALID, "%s: /chart: a name without '/' or an object", path);
    }
    if (access(beside, F_OK) == 0) {
        return job_parse(beside, ret_chart, err);
    }
    for (size_t i = 0; charts_dirs[i] != NULL; i++) {
        if (snprintf(given, sizeof(given), "%s/%s.json", charts_dirs[i], name) < PATH_MAX &&
            access(given, F_OK) == 0) {
            return job_parse(given, ret_chart, err);
        }
    }
    return err_set(err, ERR_INVALID, "%s: /chart: there is no %s%s%s; --charts names a folder",
                   path, beside, given[0] != '\0' ? " and no " : "", given);
}

struct job_charting {
    struct session *session;
    struct sbuf *out;
    struct err *err;
    bool is_ok;
};

static void job_on_chart(const struct chart_answer *answer, void *ctx)
{
    struct job_charting *charting = ctx;
    charting->is_ok = answer->outcome == CHART_MADE;
    if (charting->is_ok) {
        sbuf_span(charting->out, answer->chart);
    } else if (answer->outcome == CHART_REFUSED) {
        (void)err_set(charting->err, ERR_INVALID, "/data/%s: %s", answer->fault.field,
                      answer->fault.remedy);
    } else {
        (void)err_set(charting->err, ERR_INTERNAL, "no chart: %s", answer->reason);
    }
    charting->session->is_done = true;
    ev_break(charting->session->loop.ev, EVBREAK_ALL);
}

static bool job_compute_chart(struct session *session, struct json_object *data, struct sbuf *out,
                              struct err *err)
{
    struct birth birth;
    struct chart_fault fault;
    char path[PATH_MAX];
    struct job_charting charting = {.session = session, .out = out, .err = err};
    if (!birth_read(data, &birth, &fault)) {
        return err_set(err, ERR_INVALID, "/data/%s: %s", fault.field, fault.remedy);
    }
    cell_program_find("agenthost-chart", path);
    const struct charts_settings settings = {
        .program_path = path, .start_ms = JOB_CHART_MS, .call_ms = JOB_CHART_MS};
    struct charts *charts = charts_create(&session->loop, session->files, &settings, err);
    session->is_done = false;
    if (charts != NULL && charts_ask(charts, &birth, job_on_chart, &charting, err)) {
        session_wait(session);
    }
    charts_destroy(&charts);
    return charting.is_ok;
}

static bool job_find_chart(struct session *session, const char *path, const char *chart_path,
                           const char *const *charts_dirs, struct json_object *job,
                           struct sbuf *out, struct err *err)
{
    enum manifest_chart wish = unit_manifest(session->unit)->chart;
    struct json_object *chart = NULL, *given = json_get(job, "chart");
    struct json_object *data = json_get(job, "data");
    char beside[PATH_MAX];
    bool is_ok = true;
    if (wish == MANIFEST_CHART_NONE) {
        return true;
    }
    if (chart_path != NULL) {
        is_ok = job_parse(chart_path, &chart, err);
    } else if (job_chart_beside(path, beside)) {
        is_ok = job_parse(beside, &chart, err);
    } else if (json_object_is_type(given, json_type_string)) {
        is_ok = job_named_chart(path, json_object_get_string(given), charts_dirs, &chart, err);
    } else if (json_object_is_type(given, json_type_object)) {
        chart = json_object_get(given);
    } else if (birth_is_given(data)) {
        return job_compute_chart(session, data, out, err);
    } else {
        return wish != MANIFEST_CHART_REQUIRED ||
               err_set(err, ERR_INVALID,
                       "%s: the agent needs a chart: add \"chart\", birth data, or --chart", path);
    }
    struct json_object *inner = json_get(chart, "chart");
    if (is_ok && inner != NULL) { /* as the host's HTTP gives it: {"chart":{…}, …} */
        (void)json_object_get(inner);
        json_object_put(chart);
        chart = inner;
    }
    struct chart_fault fault;
    if (is_ok && !chart_verify(chart, &fault)) {
        is_ok = err_set(err, ERR_INVALID, "%s: %s: %s", path, fault.field, fault.remedy);
    }
    if (is_ok) {
        json_render(out, chart);
    }
    json_object_put(chart);
    return is_ok;
}

bool job_file_read(struct session *session, const char *path, const char *chart_path,
                   const char *const *charts_dirs, struct job_file *ret_job, struct err *err)
{
    struct json_object *job = NULL;
    struct span locale = {0};
    *ret_job = (struct job_file){0};
    sbuf_init(&ret_job->data, JOB_FILE_BYTES_MAX);
    sbuf_init(&ret_job->chart, JOB_FILE_BYTES_MAX);
    if (!job_parse(path, &job, err)) {
        return false;
    }
    bool is_ok = job_check_keys(path, job, err);
    if (is_ok) {
        json_render(&ret_job->data, json_get(job, "data"));
        (void)json_get_text(job, "locale", &locale);
        (void)snprintf(ret_job->locale, sizeof(ret_job->locale), "%s",
                       manifest_language(unit_manifest(session->unit), locale.data,
                                         session->options->agents.locale));
        is_ok = job_find_chart(session, path, chart_path, charts_dirs, job, &ret_job->chart, err);
    }
    json_object_put(job);
    return is_ok;
}

void job_file_fini(struct job_file *job)
{
    sbuf_fini(&job->data);
    sbuf_fini(&job->chart);
}
