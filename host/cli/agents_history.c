/* agenthost agents history ID: which images of an agent are kept. */
#include <stdio.h>

#include "cli/cli-private.h"
#include "core/json.h"

static void history_print(struct json_object *images)
{
    (void)printf("%-12s %-10s %-12s %-24s %s\n", "IMAGE", "VERSION", "STATE", "LOADED", "REPLACED");
    for (size_t i = 0; i < json_object_array_length(images); i++) {
        struct json_object *image = json_object_array_get_idx(images, i);
        const char *reason = cli_text(image, "reason", NULL);
        (void)printf("%.12s %-10s %-12s %-24s %s\n", cli_text(image, "image", "?"),
                     cli_text(image, "version", "?"), cli_text(image, "state", "?"),
                     cli_text(image, "loaded", "-"), cli_text(image, "replaced", "-"));
        if (reason != NULL) {
            (void)printf("  %s\n", reason);
        }
    }
}

int cli_agents_history(struct cli *cli, const char *agent_id)
{
    char path[80];
    (void)snprintf(path, sizeof(path), "/api/agents/%s/history", agent_id);
    struct json_object *answer = NULL;
    int status = cli_request(cli, "GET", path, NULL, &answer);
    struct json_object *images = json_get(answer, "images");
    if (status != CLI_OK) {
        cli_print_error(cli, answer);
    } else if (cli->is_json) {
        cli_print_json(images);
    } else {
        history_print(images);
    }
    json_object_put(answer);
    return status;
}
