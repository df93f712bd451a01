/* agenthost queue pause, resume: a queue starts no jobs, on any host; or goes on. */
#include <stdio.h>
#include <string.h>

#include "cli/cli-private.h"
#include "core/json.h"

int cli_queue(struct cli *cli)
{
    bool is_pausing = cli->argc == 3 && strcmp(cli->argv[1], "pause") == 0;
    if (!is_pausing && (cli->argc != 3 || strcmp(cli->argv[1], "resume") != 0)) {
        return cli_usage_error(cli, "say 'pause' or 'resume' and the name of one queue");
    }
    struct json_object *body = json_object_new_object(), *answer = NULL;
    json_object_object_add(body, "queue", json_object_new_string(cli->argv[2]));
    int status = cli_request(cli, "POST", is_pausing ? "/api/queue/pause" : "/api/queue/resume",
                             json_object_to_json_string(body), &answer);
    json_object_put(body);
    if (status != CLI_OK) {
        cli_print_error(cli, answer);
    } else {
        (void)printf("the queue '%s' %s\n", cli->argv[2],
                     is_pausing ? "is paused: what runs goes on, nothing is started" : "goes on");
    }
    json_object_put(answer);
    return status;
}
