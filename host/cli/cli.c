/* The command line: flags, then the table of subcommands. */
#include "cli/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli-private.h"

static const struct cli_command cli_commands[] = {
    {"agents", "", "list the agents the host serves", cli_agents},
    {"check-config", "", "check the configuration and say what is wrong", cli_check_config},
    {"config", "", "print the configuration in force, secrets masked", cli_config},
    {"drain", "", "let the host finish its jobs and end", cli_drain},
    {"enqueue", "AGENT [--data JSON|FILE|-] [--queue NAME] [--job-id ID] [--wait]", "add a job",
     cli_enqueue},
    {"get", "READING", "print a reading", cli_get},
    {"reload", "[--wait]", "re-read configuration and agents", cli_reload},
    {"run", "", "run the host (the default)", cli_run},
    {"status", "", "say how the host is", cli_status},
};

static const struct option cli_flags[] = {
    {"config", required_argument, NULL, 'c'}, {"env-file", required_argument, NULL, 'e'},
    {"set", required_argument, NULL, 's'},    {"json", no_argument, NULL, 'j'},
    {"test", no_argument, NULL, 't'},         {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

static int cli_help(void)
{
    (void)puts("usage: agenthost [--config FILE] [--env-file FILE] [--set GROUP.KEY=VALUE]… "
               "[--json] COMMAND\n"
               "\n"
               "A BullMQ worker for language-model agents.\n");
    for (size_t i = 0; i < ARRAY_LEN(cli_commands); i++) {
        const struct cli_command *command = &cli_commands[i];
        (void)printf("  %s%s%s\n      %s\n", command->name, command->arguments[0] ? " " : "",
                     command->arguments, command->summary);
    }
    (void)puts(
        "\n  -t is check-config. Exit status: 0 done, 1 failed, 2 wrong usage, 3 no host is\n"
        "  running, 78 wrong configuration. See agenthost(1) and agenthost.conf(5).");
    return CLI_OK;
}

int cli_usage_error(const struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)fprintf(stderr, "agenthost %s: ", cli->argv[0]);
    (void)vfprintf(stderr, fmt, args);
    (void)fputs("; see agenthost --help\n", stderr);
    va_end(args);
    return CLI_USAGE;
}

bool cli_has_no_arguments(const struct cli *cli)
{
    if (cli->argc > 1) {
        (void)cli_usage_error(cli, "unexpected argument '%s'", cli->argv[1]);
    }
    return cli->argc == 1;
}

static int cli_dispatch(struct cli *cli)
{
    const char *names[ARRAY_LEN(cli_commands)];
    for (size_t i = 0; i < ARRAY_LEN(cli_commands); i++) {
        if (strcmp(cli_commands[i].name, cli->argv[0]) == 0) {
            return cli_commands[i].run(cli);
        }
        names[i] = cli_commands[i].name;
    }
    const char *nearest = options_nearest(cli->argv[0], names, ARRAY_LEN(names));
    (void)fprintf(stderr, "agenthost: no command '%s'%s%s%s; see agenthost --help\n", cli->argv[0],
                  nearest != NULL ? ", did you mean '" : "", nearest != NULL ? nearest : "",
                  nearest != NULL ? "'" : "");
    return CLI_USAGE;
}

/* One flag before the subcommand: −1 to go on, else the exit status. */
static int cli_take_flag(struct cli *cli, int flag, bool *ret_is_test)
{
    switch (flag) {
    case 'c':
        cli->source.config_path = optarg;
        return -1;
    case 'e':
        cli->source.env_path = optarg;
        return -1;
    case 's':
        if (cli->source.sets_count == CLI_SETS_MAX) {
            (void)fprintf(stderr, "agenthost: more than %d --set\n", CLI_SETS_MAX);
            return CLI_USAGE;
        }
        cli->sets[cli->source.sets_count++] = optarg;
        return -1;
    case 'j':
        cli->is_json = true;
        return -1;
    case 't':
        *ret_is_test = true;
        return -1;
    case 'V':
        (void)printf("agenthost %s\n", VERSION);
        return CLI_OK;
    case 'h':
        return cli_help();
    default:
        (void)fputs("see agenthost --help\n", stderr); /* getopt has said what is wrong */
        return CLI_USAGE;
    }
}

int cli_main(int argc, char **argv, cli_run_fn run)
{
    static char word_run[] = "run", word_test[] = "check-config";
    static char *words[] = {word_run, word_test};
    struct cli cli = {.run = run};
    cli.source.sets = cli.sets;
    cli.source.environ = (const char *const *)environ;
    bool is_test = false;
    int flag;
    while ((flag = getopt_long(argc, argv, "+c:e:s:jtVh", cli_flags, NULL)) != -1) {
        int status = cli_take_flag(&cli, flag, &is_test);
        if (status >= 0) {
            return status;
        }
    }
    cli.argc = argc - optind;
    cli.argv = argv + optind;
    if (is_test || cli.argc == 0) {
        cli.argc = 1;
        cli.argv = is_test ? &words[1] : &words[0];
    }
    return cli_dispatch(&cli);
}
