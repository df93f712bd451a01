/* Loads the configuration for a subcommand and prints what is wrong with it. */
#include <stdio.h>

#include "cli/cli-private.h"

int cli_load(struct cli *cli, struct options **ret_options)
{
    struct options_problems problems = {0};
    bool is_good = options_load(&cli->source, ret_options, &problems);
    for (size_t i = 0; i < problems.count; i++) {
        const struct options_problem *problem = &problems.items[i];
        (void)fprintf(stderr, "%s: %s%s\n", problem->where, problem->is_warning ? "warning: " : "",
                      problem->text);
    }
    options_problems_fini(&problems);
    return is_good ? CLI_OK : CLI_CONFIGURATION;
}

int cli_options(struct cli *cli, const struct options **ret_options)
{
    int status = cli->options != NULL ? CLI_OK : cli_load(cli, &cli->options);
    *ret_options = cli->options;
    return status;
}
