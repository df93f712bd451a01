/* The command line: one subcommand a file, one table of them. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

struct options;
struct options_source;

/* Exit statuses, documented in agenthost(1). */
enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,         /* it was tried and did not work; the reason is on standard error */
    CLI_USAGE = 2,          /* the command line is wrong */
    CLI_NOT_RUNNING = 3,    /* no host answers on the control socket */
    CLI_CONFIGURATION = 78, /* the configuration is wrong */
};

/* Runs the host with a loaded configuration, which it takes over; gives the exit status. */
typedef int (*cli_run_fn)(struct options *options, const struct options_source *source);

/* Reads the command line and does what it says. run is what `agenthost run` calls. [main] */
int cli_main(int argc, char **argv, cli_run_fn run);

#endif
