/* agenthost cancel: asks for a reading's job to be cancelled. */
#include <stdio.h>
#include <string.h>

#include "cli/cli-private.h"
#include "cli/reading.h"
#include "core/json.h"

int cli_cancel(struct cli *cli)
{
    const char *reason = "cancelled by an operator";
    bool has_reason = cli->argc == 4 && strcmp(cli->argv[2], "--reason") == 0;
    if (cli->argc != 2 && !has_reason) {
        return cli_usage_error(cli, "give one reading id, and a --reason or none");
    }
    if (has_reason) {
        reason = cli->argv[3];
    }
    struct json_object *body = json_object_new_object(), *answer = NULL;
    json_object_object_add(body, "reason", json_object_new_string(reason));
    int status =
        reading_post(cli, "cancel", cli->argv[1], json_object_to_json_string(body), &answer);
    json_object_put(body);
    if (status == CLI_OK) {
        (void)printf("reading %s is being cancelled\n", cli_text(answer, "readingId", "?"));
    }
    json_object_put(answer);
    return status;
}
