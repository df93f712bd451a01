/* agenthost agents install FILE|DIR: checks a bundle in a cell, puts it in place in one step, has
 * the host reload, and puts back what was there when the host does not take it. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/agents.h"
#include "agent/session.h"
#include "cli/cli-private.h"
#include "cli/install.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"

struct install {
    struct cli *cli;
    const char *from;
    struct place place;
    char id[AGENT_ID_BYTES];
    char image[HASH_SHA256_HEX_BYTES]; /* what the host will make of it */
};

/* Loads it as the host would, with the host's configuration. */
static bool install_check(struct install *install, struct err *err)
{
    char path[PATH_MAX];
    struct session session;
    (void)snprintf(path, sizeof(path), "%s/%s/%s", install->place.dir, install->place.work,
                   install->id);
    bool is_ok = session_open_as(&session, path, &install->cli->source, err);
    if (is_ok) {
        (void)snprintf(install->image, sizeof(install->image), "%s", unit_image(session.unit));
    }
    session_close(&session);
    return is_ok;
}

/* What the reload says about the bundle; NULL when nothing. */
static struct json_object *install_find(const struct install *install, struct json_object *answer)
{
    struct json_object *bundles = json_get(answer, "bundles");
    for (size_t i = 0; bundles != NULL && i < json_object_array_length(bundles); i++) {
        struct json_object *bundle = json_object_array_get_idx(bundles, i);
        if (strcmp(cli_text(bundle, "id", ""), install->id) == 0) {
            return bundle;
        }
    }
    return NULL;
}

/* Has the host reload. CLI_OK: it took this very bundle, whatever became of others. */
static int install_reload(const struct install *install, struct err *err)
{
    struct json_object *answer = NULL;
    int status = cli_request(install->cli, "POST", "/api/reload", "{}", &answer);
    struct json_object *bundle = install_find(install, answer);
    cli_print_reload(install->cli, answer);
    if (bundle != NULL) {
        const char *error = cli_text(bundle, "error", NULL);
        bool is_it = strcmp(cli_text(bundle, "image", ""), install->image) == 0;
        status = CLI_OK;
        if (error != NULL || !is_it) {
            status = CLI_FAILED;
            (void)err_set(err, ERR_INVALID, "%s",
                          error != NULL ? error : "the host took another bundle of that name");
        }
    } else if (json_get(answer, "bundles") != NULL) {
        status = CLI_FAILED;
        (void)err_set(err, ERR_INVALID,
                      "the host does not look into '%s'; is its agents.dirs another?",
                      install->place.dir);
    } else {
        status = status == CLI_OK ? CLI_FAILED : status;
        (void)err_set(err, ERR_INTERNAL, "the host did not reload");
    }
    json_object_put(answer);
    return status;
}

/* The folder as it was, and the host told of it; what that reload says was said before. */
static void install_undo(struct install *install, struct err *err)
{
    struct err cause = {0};
    if (!place_swap_back(&install->place, install->id, &cause)) {
        (void)fprintf(stderr, "agenthost %s: %s\n", install->cli->argv[0], cause.text);
        return;
    }
    char text[ERR_TEXT_BYTES_MAX];
    struct json_object *answer = NULL;
    (void)snprintf(text, sizeof(text), "%s", err->text);
    (void)err_set(err, err->kind, "%.400s; %s", text,
                  install->place.had_old ? "the bundle before is back in its place"
                                         : "it is taken out again");
    (void)cli_request(install->cli, "POST", "/api/reload", "{}", &answer);
    json_object_put(answer);
}

static int install_run(struct install *install, const char *dir, struct err *err)
{
    if (!place_open(&install->place, dir, err) ||
        !bring_bundle(install->from, install->place.work_fd, install->id, err) ||
        !install_check(install, err) || !place_swap(&install->place, install->id, err)) {
        return CLI_FAILED;
    }
    int status = install_reload(install, err);
    if (status != CLI_OK) {
        install_undo(install, err);
    }
    return status;
}

/* Whether a host is there to take it: asked before anything is changed. */
static int install_ask_host(struct cli *cli)
{
    struct json_object *answer = NULL;
    int status = cli_request(cli, "GET", "/api/agents", NULL, &answer);
    if (status != CLI_OK) {
        cli_print_error(cli, answer);
    }
    json_object_put(answer);
    return status;
}

int cli_agents_install(struct cli *cli, const char *from)
{
    const struct options *options = NULL;
    struct install install = {.cli = cli, .from = from};
    struct err err = {0}, left = {0};
    int status = cli_options(cli, &options);
    status = status == CLI_OK ? install_ask_host(cli) : status;
    if (status != CLI_OK) {
        return status;
    }
    log_configure(LOG_FORMAT_TEXT, LOG_ERROR + 1); /* why it is refused is told below, once */
    (void)umask(0022);                             /* the host may be another user */
    const struct options_list *dirs = &options->agents.dirs;
    if (dirs->count == 0) {
        (void)fprintf(stderr, "agenthost %s: agents.dirs names no folder\n", cli->argv[0]);
        return CLI_CONFIGURATION;
    }
    status = install_run(&install, dirs->items[dirs->count - 1], &err);
    if (status != CLI_OK) {
        (void)fprintf(stderr, "agenthost %s: '%s' is not installed: %s\n", cli->argv[0], from,
                      err.text);
    }
    if (!place_close(&install.place, &left)) {
        (void)fprintf(stderr, "agenthost %s: the next install removes what is left: %s\n",
                      cli->argv[0], left.text);
    }
    return status;
}
