/* agenthost agents: what the host serves, and the verbs on one agent. */
#include <stdio.h>
#include <string.h>

#include "cli/cli-private.h"
#include "core/json.h"

static void agents_print_canary(struct json_object *canary)
{
    (void)printf("  canary: version %s (%.12s), %s, gets %.15g%% of the jobs\n",
                 cli_text(canary, "version", "?"), cli_text(canary, "image", "?"),
                 cli_text(canary, "state", "-"),
                 json_object_get_double(json_get(canary, "percent")));
}

/* What a last good image in service hides: the bundle that was refused, and images set aside. */
static void agents_print_trouble(struct json_object *agent)
{
    const char *refused = cli_text(agent, "refused", "");
    struct json_object *images = json_get(agent, "quarantined"),
                       *canary = json_get(agent, "canary");
    const char *paused = cli_text(agent, "pausedSince", NULL);
    if (canary != NULL) {
        agents_print_canary(canary);
    }
    if (paused != NULL) {
        (void)printf("  paused since %s\n", paused);
    }
    if (refused[0] != '\0') {
        (void)printf("  refused: %s\n", refused);
    }
    for (size_t i = 0; images != NULL && i < json_object_array_length(images); i++) {
        struct json_object *image = json_object_array_get_idx(images, i);
        (void)printf("  quarantined: %.12s: %s\n", cli_text(image, "image", "?"),
                     cli_text(image, "reason", "-"));
    }
}

/* An id that fits into a path as it is; what it names is the host's to say. */
static bool agents_is_id(const char *id)
{
    size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len <= 32 && id[len] == '\0';
}

/* agents pause|resume|rollback|promote ID. */
static int agents_order(struct cli *cli, const char *verb, const char *agent_id)
{
    char path[80];
    (void)snprintf(path, sizeof(path), "/api/agents/%s/%s", agent_id, verb);
    struct json_object *answer = NULL;
    int status = cli_request(cli, "POST", path, "{}", &answer);
    if (status != CLI_OK) {
        cli_print_error(cli, answer);
    } else if (cli->is_json) {
        cli_print_json(answer);
    } else {
        (void)printf("%s\n", cli_text(answer, "message", ""));
    }
    json_object_put(answer);
    return status;
}

static bool agents_is_order(const char *verb)
{
    static const char *const orders[] = {"pause", "resume", "rollback", "promote"};
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        if (strcmp(verb, orders[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* agents install FILE|DIR, agents VERB ID. */
static int agents_run_verb(struct cli *cli)
{
    const char *verb = cli->argv[1];
    if (strcmp(verb, "install") == 0) {
        return cli->argc == 3
                   ? cli_agents_install(cli, cli->argv[2])
                   : cli_usage_error(cli, "say which .tar.gz or folder is to be installed");
    }
    bool is_history = strcmp(verb, "history") == 0;
    if ((!is_history && !agents_is_order(verb)) || cli->argc != 3) {
        return cli_usage_error(cli, "say nothing, or install and a .tar.gz or folder, or one of "
                                    "history, pause, resume, rollback and promote and the id of "
                                    "one agent");
    }
    if (!agents_is_id(cli->argv[2])) {
        return cli_usage_error(cli, "'%.60s' cannot be an agent's id", cli->argv[2]);
    }
    return is_history ? cli_agents_history(cli, cli->argv[2])
                      : agents_order(cli, verb, cli->argv[2]);
}

int cli_agents(struct cli *cli)
{
    struct json_object *answer = NULL;
    if (cli->argc > 1) {
        return agents_run_verb(cli);
    }
    int status = cli_request(cli, "GET", "/api/agents", NULL, &answer);
    struct json_object *agents = json_get(answer, "agents");
    if (status != CLI_OK) {
        cli_print_error(cli, answer);
    } else if (cli->is_json) {
        cli_print_json(agents);
    } else {
        (void)printf("%-16s %-10s %-14s %s\n", "AGENT", "VERSION", "STATE", "IMAGE");
        for (size_t i = 0; i < json_object_array_length(agents); i++) {
            struct json_object *agent = json_object_array_get_idx(agents, i);
            (void)printf("%-16s %-10s %-14s %.12s\n", cli_text(agent, "id", "?"),
                         cli_text(agent, "version", "-"), cli_text(agent, "state", "-"),
                         cli_text(agent, "image", "-"));
            agents_print_trouble(agent);
        }
    }
    json_object_put(answer);
    return status;
}
