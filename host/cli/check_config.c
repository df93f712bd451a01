/* agenthost check-config: is the configuration right, without starting anything. */
#include <stdio.h>

#include "cli/cli-private.h"

int cli_check_config(struct cli *cli)
{
    struct options *options = NULL;
    if (!cli_has_no_arguments(cli)) {
        return CLI_USAGE;
    }
    int status = cli_load(cli, &options);
    if (status == CLI_OK) {
        (void)printf("configuration is good (%s)\n",
                     options->config_path != NULL ? options->config_path : "no file: defaults");
        options_destroy(&options);
    }
    return status;
}
