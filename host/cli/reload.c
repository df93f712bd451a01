/* agenthost reload: re-read configuration and bundles, and say what came of each. */
#include <stdio.h>
#include <string.h>

#include "cli/cli-private.h"
#include "core/json.h"

static void reload_print_bundles(struct json_object *bundles)
{
    for (size_t i = 0; i < json_object_array_length(bundles); i++) {
        struct json_object *bundle = json_object_array_get_idx(bundles, i);
        const char *error = cli_text(bundle, "error", NULL);
        (void)printf("%-16s %-10s %.12s%s%s\n", cli_text(bundle, "id", "?"),
                     cli_text(bundle, "result", "?"), cli_text(bundle, "image", ""),
                     error != NULL ? "  " : "", error != NULL ? error : "");
    }
}

static void reload_print_configuration(struct json_object *problems)
{
    for (size_t i = 0; i < json_object_array_length(problems); i++) {
        struct json_object *problem = json_object_array_get_idx(problems, i);
        (void)fprintf(stderr, "%s: %s\n", cli_text(problem, "where", "?"),
                      cli_text(problem, "error", "?"));
    }
}

void cli_print_reload(const struct cli *cli, struct json_object *answer)
{
    struct json_object *bundles = json_get(answer, "bundles");
    struct json_object *configuration = json_get(answer, "configuration");
    if (cli->is_json && answer != NULL) {
        cli_print_json(answer);
    } else if (bundles != NULL) {
        reload_print_bundles(bundles);
    } else if (configuration != NULL) {
        reload_print_configuration(configuration);
    } else {
        cli_print_error(cli, answer);
    }
}

int cli_reload(struct cli *cli)
{
    /* The host answers when the reload is over, so --wait is what happens anyway; it is taken
     * because service files say it. */
    bool is_wait = cli->argc == 2 && strcmp(cli->argv[1], "--wait") == 0;
    if (!is_wait && !cli_has_no_arguments(cli)) {
        return CLI_USAGE;
    }
    struct json_object *answer = NULL;
    int status = cli_request(cli, "POST", "/api/reload", "{}", &answer);
    cli_print_reload(cli, answer);
    json_object_put(answer);
    return status;
}
