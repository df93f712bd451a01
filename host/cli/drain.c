/* agenthost drain: finish what runs, hand back the rest, end. */
#include <stdio.h>

#include "cli/cli-private.h"
#include "core/json.h"

int cli_drain(struct cli *cli)
{
    struct json_object *answer = NULL;
    if (!cli_has_no_arguments(cli)) {
        return CLI_USAGE;
    }
    int status = cli_request(cli, "POST", "/api/drain", "{}", &answer);
    if (status != CLI_OK) {
        cli_print_error(cli, answer);
    } else {
        (void)puts("draining");
    }
    json_object_put(answer);
    return status;
}
