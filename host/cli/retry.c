/* agenthost retry: lets a failed reading's job run once more. */
#include <stdio.h>

#include "cli/cli-private.h"
#include "cli/reading.h"
#include "core/json.h"

int cli_retry(struct cli *cli)
{
    if (cli->argc != 2) {
        return cli_usage_error(cli, "give one reading id");
    }
    struct json_object *answer = NULL;
    int status = reading_post(cli, "retry", cli->argv[1], "{}", &answer);
    if (status == CLI_OK) {
        (void)printf("reading %s is retried by job %s\n", cli_text(answer, "readingId", "?"),
                     cli_text(answer, "jobId", "?"));
    }
    json_object_put(answer);
    return status;
}
