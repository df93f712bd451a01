/* agenthost: hands the command line to the subcommands. */
#include "cli/cli.h"
#include "host.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv, host_run);
}
