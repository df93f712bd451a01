/* agenthost store adopt: gives a queue to this host's store, after a restore. */
#include <stdio.h>
#include <string.h>

#include "cli/cli-private.h"
#include "core/json.h"

int cli_store(struct cli *cli)
{
    if (cli->argc != 3 || strcmp(cli->argv[1], "adopt") != 0) {
        return cli_usage_error(cli, "say 'adopt' and the name of one queue");
    }
    struct json_object *body = json_object_new_object(), *answer = NULL;
    json_object_object_add(body, "queue", json_object_new_string(cli->argv[2]));
    int status =
        cli_request(cli, "POST", "/api/store/adopt", json_object_to_json_string(body), &answer);
    json_object_put(body);
    if (status != CLI_OK) {
        cli_print_error(cli, answer);
    } else {
        (void)printf("this host's store serves the queue '%s'\n", cli->argv[2]);
    }
    json_object_put(answer);
    return status;
}
