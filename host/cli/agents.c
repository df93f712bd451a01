/* agenthost agents: what the host serves. */
#include <stdio.h>

#include "cli/cli-private.h"
#include "core/json.h"

/* What a last good image in service hides: the bundle that was refused, and images set aside. */
static void agents_print_trouble(struct json_object *agent)
{
    const char *refused = cli_text(agent, "refused", "");
    struct json_object *images = json_get(agent, "quarantined");
    if (refused[0] != '\0') {
        (void)printf("  refused: %s\n", refused);
    }
    for (size_t i = 0; images != NULL && i < json_object_array_length(images); i++) {
        struct json_object *image = json_object_array_get_idx(images, i);
        (void)printf("  quarantined: %.12s: %s\n", cli_text(image, "image", "?"),
                     cli_text(image, "reason", "-"));
    }
}

int cli_agents(struct cli *cli)
{
    struct json_object *answer = NULL;
    if (!cli_has_no_arguments(cli)) {
        return CLI_USAGE;
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
