/* agenthost run: the host itself. */
#include "cli/cli-private.h"
#include "core/signals.h"

int cli_run(struct cli *cli)
{
    struct options *options = NULL;
    if (!cli_has_no_arguments(cli)) {
        return CLI_USAGE;
    }
    signals_hold_reload(); /* before the configuration is read */
    int status = cli_load(cli, &options);
    return status == CLI_OK ? cli->run(options, &cli->source) : status;
}
