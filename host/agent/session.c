/* One bundle in a real cell, as the host would run it. */
#include "agent/session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "cell/cell.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/thread.h"

#define SESSION_TASKS_MAX 100
#define SESSION_ARENA_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define SESSION_LOG_BYTES_MAX ((size_t)256 * 1024)
#define SESSION_SETS_MAX 65 /* those of a command line, and one */

bool session_name(const char *bundle, char *ret_name, size_t bytes, struct err *err)
{
    char path[PATH_MAX];
    struct stat stat_of;
    if (realpath(bundle, path) == NULL || stat(path, &stat_of) != 0) {
        return err_set(err, ERR_NOT_FOUND, "'%s': %s", bundle, strerror(errno));
    }
    if (!S_ISDIR(stat_of.st_mode)) {
        return err_set(err, ERR_INVALID, "'%s' is not a folder: name the one with manifest.json",
                       bundle);
    }
    /* A bundle deployed by a link goes by the link's name, as in the host. */
    size_t len = strlen(bundle);
    while (len > 1 && bundle[len - 1] == '/') {
        len--;
    }
    char given[PATH_MAX];
    (void)snprintf(given, sizeof(given), "%.*s", (int)len, bundle);
    const char *slash = strrchr(given, '/');
    const char *name = slash != NULL ? slash + 1 : given;
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        name = strrchr(path, '/') + 1;
    }
    (void)snprintf(ret_name, bytes, "%s", name);
    return true;
}

static void session_on_log(void *job, int level, struct span line, void *ctx)
{
    static const char *const levels[] = {"debug", "info", "warning", "error"};
    struct session *session = ctx;
    (void)job;
    sbuf_printf(&session->log, "%s: %.*s\n", level >= 0 && level < 4 ? levels[level] : "log",
                (int)line.len, line.data);
}

static bool session_load_options(struct session *session, const struct options_source *source,
                                 struct err *err)
{
    const char *all[SESSION_SETS_MAX];
    char dirs[sizeof(session->directory) + 32], state[sizeof(session->directory) + 32];
    struct options_source own = *source;
    own.sets = all;
    own.sets_count = 0;
    while (own.sets_count < source->sets_count && own.sets_count < SESSION_SETS_MAX - 2) {
        all[own.sets_count] = source->sets[own.sets_count];
        own.sets_count++;
    }
    (void)snprintf(dirs, sizeof(dirs), "agents.dirs=%s/bundles", session->directory);
    (void)snprintf(state, sizeof(state), "state.dir=%s", session->directory);
    all[own.sets_count++] = dirs; /* the last one counts */
    all[own.sets_count++] = state;
    struct options_problems problems = {0};
    bool is_ok = options_load(&own, &session->options, &problems);
    if (!is_ok) {
        (void)err_set(err, ERR_INTERNAL, "%s: %s",
                      problems.count > 0 ? problems.items[0].where : "",
                      problems.count > 0 ? problems.items[0].text : "the options are wrong");
    }
    options_problems_fini(&problems);
    return is_ok;
}

static bool session_make_folder(struct session *session, const char *bundle, struct err *err)
{
    char name[NAME_MAX + 1], real[PATH_MAX], path[NAME_MAX + 128];
    const char *tmp = getenv("TMPDIR");
    if (!session_name(bundle, name, sizeof(name), err) || realpath(bundle, real) == NULL) {
        return false;
    }
    (void)snprintf(session->directory, sizeof(session->directory), "%.40s/agent-sdk-XXXXXX",
                   tmp != NULL && strlen(tmp) <= 40 ? tmp : "/tmp");
    if (mkdtemp(session->directory) == NULL) {
        session->directory[0] = '\0';
        return err_set_errno(err, "no temporary folder can be made");
    }
    (void)snprintf(path, sizeof(path), "%s/bundles", session->directory);
    if (mkdir(path, 0700) != 0) {
        return err_set_errno(err, "no temporary folder can be made");
    }
    (void)snprintf(path, sizeof(path), "%s/bundles/%s", session->directory, name);
    return symlink(real, path) == 0 || err_set_errno(err, "'%s' cannot be made", path);
}

void session_wait(struct session *session)
{
    while (!session->is_done) {
        ev_run(session->loop.ev, EVRUN_ONCE);
    }
}

static void session_on_reloaded(bool is_ok, struct span report, void *ctx)
{
    struct session *session = ctx;
    session->is_ok = is_ok;
    session->is_done = true;
    sbuf_span(&session->report, report);
    ev_break(session->loop.ev, EVBREAK_ALL);
}

static bool session_refused(struct session *session, struct err *err)
{
    struct json_object *report = NULL;
    struct span text = SPAN_LITERAL("the bundle was refused");
    if (json_parse(sbuf_as_span(&session->report), &report, NULL)) {
        struct json_object *bundles = json_get(report, "bundles");
        for (size_t i = 0; bundles != NULL && i < json_object_array_length(bundles); i++) {
            (void)json_get_text(json_object_array_get_idx(bundles, i), "error", &text);
        }
    }
    /* The folder is gone when this is read. */
    char folder[sizeof(session->directory) + 16];
    int len = snprintf(folder, sizeof(folder), "%s/bundles/", session->directory);
    if (text.len > (size_t)len && strncmp(text.data, folder, (size_t)len) == 0) {
        text = (struct span){text.data + len, text.len - (size_t)len};
    }
    (void)err_set(err, ERR_INVALID, "%.*s", (int)text.len, text.data);
    json_object_put(report);
    return false;
}

static bool session_load(struct session *session, const char *id, struct err *err)
{
    const struct agents_handlers handlers = {.on_log = session_on_log, .ctx = session};
    session->state.path = session->directory;
    session->agents = agents_create(&session->loop, session->files, session->program,
                                    &session->state, session->options, &handlers);
    session->is_done = false;
    agents_reload(session->agents, session->options, session_on_reloaded, session);
    session_wait(session);
    if (!session->is_ok) {
        return session_refused(session, err);
    }
    session->unit = agents_pin(session->agents, id, NULL, NULL, err);
    return session->unit != NULL;
}

bool session_open(struct session *session, const char *bundle, const char *const *sets,
                  size_t sets_count, struct err *err)
{
    static const char *const nothing[] = {NULL};
    const struct options_source source = {.config_path = "/dev/null",
                                          .env_path = "/dev/null",
                                          .sets = sets,
                                          .sets_count = sets_count,
                                          .environ = nothing};
    return session_open_as(session, bundle, &source, err);
}

bool session_open_as(struct session *session, const char *bundle,
                     const struct options_source *source, struct err *err)
{
    char name[NAME_MAX + 1], path[PATH_MAX];
    *session = (struct session){0};
    loop_init(&session->loop);
    sbuf_init(&session->log, SESSION_LOG_BYTES_MAX);
    sbuf_init(&session->report, SESSION_LOG_BYTES_MAX);
    session->arena = arena_create(SESSION_ARENA_BYTES_MAX);
    session->files = thread_create(&session->loop, "files", SESSION_TASKS_MAX);
    cell_program_find("agenthost-cell", path);
    session->program = cell_program_open(path, err);
    return session->program != NULL && session_name(bundle, name, sizeof(name), err) &&
           session_make_folder(session, bundle, err) &&
           session_load_options(session, source, err) && session_load(session, name, err);
}

static void session_remove_folder(struct session *session)
{
    char *slash = strrchr(session->directory, '/');
    if (slash == NULL) {
        return;
    }
    *slash = '\0'; /* mkdtemp's name is below a folder, always */
    int parent = open(session->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent >= 0) {
        (void)bundle_remove(parent, slash + 1, NULL); /* temporary all the same */
        (void)close(parent);
    }
}

void session_close(struct session *session)
{
    if (session->unit != NULL) {
        unit_unpin(&session->unit);
    }
    agents_destroy(&session->agents);
    thread_destroy(&session->files);
    ev_run(session->loop.ev, EVRUN_NOWAIT); /* what was put off to the end of the turn */
    cell_program_close(&session->program);
    loop_fini(&session->loop);
    arena_destroy(&session->arena);
    options_destroy(&session->options);
    sbuf_fini(&session->log);
    sbuf_fini(&session->report);
    session_remove_folder(session);
}

struct agent_job session_job(struct session *session)
{
    return (struct agent_job){
        .job = session,
        .arena = session->arena,
        .seed = 1,
        .now_ms = INT64_C(1767225600000), /* fixed: a prompt on record must not change */
        .prompt_bytes_max = (size_t)session->options->limits.prompt_bytes_max,
        .result_bytes_max = (size_t)session->options->limits.result_bytes_max,
    };
}

static void session_on_reply(const struct agent_reply *reply, void *ctx)
{
    struct session *session = ctx;
    session->reply = *reply;
    session->is_done = true;
    ev_break(session->loop.ev, EVBREAK_ALL);
}

const struct agent_reply *session_check_input(struct session *session, const struct agent_job *job)
{
    session->is_done = false;
    (void)unit_check_input(session->unit, job, session_on_reply, session);
    session_wait(session);
    return &session->reply;
}

const struct agent_reply *session_build(struct session *session, const struct agent_job *job)
{
    session->is_done = false;
    (void)unit_build_prompt(session->unit, job, session_on_reply, session);
    session_wait(session);
    return &session->reply;
}

const struct agent_reply *session_process(struct session *session, const struct agent_job *job,
                                          const struct agent_answer *answer)
{
    session->is_done = false;
    (void)unit_post_process(session->unit, job, answer, session_on_reply, session);
    session_wait(session);
    return &session->reply;
}

void session_forget(struct session *session)
{
    arena_destroy(&session->arena);
    session->arena = arena_create(SESSION_ARENA_BYTES_MAX);
}
