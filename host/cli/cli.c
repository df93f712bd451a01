/* The command line: flags, then the table of subcommands. */
#include "cli/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli-private.h"
#include "core/mem.h"

static const struct cli_command cli_commands[] = {
    {"agents", "[install FILE|DIR | history|pause|resume|rollback|promote ID]",
     "list the agents the host serves; put in a bundle; tell one's images; let its jobs wait or "
     "go\n"
     "      on; go back to the image before; give a canary all jobs",
     cli_agents},
    {"cancel", "READING [--reason TEXT]", "cancel a reading's job, wherever it is", cli_cancel},
    {"chart",
     "--birth-date YYYY-MM-DD --birth-time HH:MM[:SS] --timezone ZONE|--utc [--fold 0|1]\n"
     "      [--latitude DEG --longitude DEG] [--json|--text]",
     "compute a chart", cli_chart},
    {"check-config", "", "check the configuration and say what is wrong", cli_check_config},
    {"config", "[--describe]",
     "print the configuration a host started here would have, secrets masked", cli_config},
    {"dev", "DIR… [--port N] [--model URL] [--job FILE]",
     "run agents from their folders, with everything they need, and show each run", cli_dev},
    {"drain", "", "let the host finish its jobs and end", cli_drain},
    {"enqueue", "AGENT [--data JSON|FILE|-] [--queue NAME] [--job-id ID] [--wait]", "add a job",
     cli_enqueue},
    {"get", "READING", "print a reading", cli_get},
    {"queue", "pause|resume QUEUE", "let a queue start no jobs, on any host; let it go on",
     cli_queue},
    {"reload", "[--wait]", "re-read configuration and agents", cli_reload},
    {"retry", "READING", "let a failed reading's job run once more", cli_retry},
    {"run", "", "run the host (the default)", cli_run},
    {"status", "", "say how the host is", cli_status},
    {"store", "adopt QUEUE", "let this host's store serve a queue, after a restore", cli_store},
};

static const struct option cli_flags[] = {
    {"config", required_argument, NULL, 'c'}, {"env-file", required_argument, NULL, 'e'},
    {"set", required_argument, NULL, 's'},    {"state", required_argument, NULL, 'd'},
    {"socket", required_argument, NULL, 'S'}, {"json", no_argument, NULL, 'j'},
    {"test", no_argument, NULL, 't'},         {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

static void cli_help_command(const struct cli_command *command)
{
    (void)printf("  %s%s%s\n      %s\n", command->name, command->arguments[0] ? " " : "",
                 command->arguments, command->summary);
}

static int cli_help(void)
{
    (void)puts("usage: agenthost [--config FILE] [--env-file FILE] [--set GROUP.OPTION=VALUE]…\n"
               "                 [--state DIR] [--socket PATH] [--json] COMMAND\n"
               "\n"
               "A BullMQ worker for language-model agents.\n");
    for (size_t i = 0; i < ARRAY_LEN(cli_commands); i++) {
        cli_help_command(&cli_commands[i]);
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

/* --json may stand behind the subcommand too: takes it out. */
static void cli_take_json(struct cli *cli)
{
    int kept = 1;
    for (int i = 1; i < cli->argc; i++) {
        if (strcmp(cli->argv[i], "--json") == 0) {
            cli->is_json = true;
        } else {
            cli->argv[kept++] = cli->argv[i];
        }
    }
    cli->argc = kept;
}

static int cli_run_command(struct cli *cli, const struct cli_command *command)
{
    cli_take_json(cli);
    if (cli->argc == 2 && strcmp(cli->argv[1], "--help") == 0) {
        cli_help_command(command);
        return CLI_OK;
    }
    return command->run(cli);
}

static int cli_dispatch(struct cli *cli)
{
    const char *names[ARRAY_LEN(cli_commands)];
    for (size_t i = 0; i < ARRAY_LEN(cli_commands); i++) {
        if (strcmp(cli_commands[i].name, cli->argv[0]) == 0) {
            return cli_run_command(cli, &cli_commands[i]);
        }
        names[i] = cli_commands[i].name;
    }
    const char *nearest = options_nearest(cli->argv[0], names, ARRAY_LEN(names));
    (void)fprintf(stderr, "agenthost: no command '%s'%s%s%s; see agenthost --help\n", cli->argv[0],
                  nearest != NULL ? ", did you mean '" : "", nearest != NULL ? nearest : "",
                  nearest != NULL ? "'" : "");
    return CLI_USAGE;
}

static bool cli_add_set(struct cli *cli, const char *set)
{
    if (cli->source.sets_count == CLI_SETS_MAX) {
        (void)fprintf(stderr, "agenthost: more than %d --set\n", CLI_SETS_MAX);
        return false;
    }
    cli->sets[cli->source.sets_count++] = set;
    return true;
}

/* --state DIR is --set state.dir=DIR. */
static bool cli_add_short(struct cli *cli, const char *option, const char *value)
{
    size_t bytes = strlen(option) + strlen(value) + 2;
    char *set = mem_alloc(bytes);
    (void)snprintf(set, bytes, "%s=%s", option, value);
    if (!cli_add_set(cli, set)) {
        free(set);
        return false;
    }
    cli->made_sets[cli->made_sets_count++] = set;
    return true;
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
        return cli_add_set(cli, optarg) ? -1 : CLI_USAGE;
    case 'd':
        return cli_add_short(cli, "state.dir", optarg) ? -1 : CLI_USAGE;
    case 'S':
        return cli_add_short(cli, "state.socket", optarg) ? -1 : CLI_USAGE;
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

/* Reads the flags and runs the subcommand. */
static int cli_start(struct cli *cli, int argc, char **argv)
{
    static char word_run[] = "run", word_test[] = "check-config";
    static char *words[] = {word_run, word_test};
    bool is_test = false;
    int flag;
    while ((flag = getopt_long(argc, argv, "+c:e:s:jtVh", cli_flags, NULL)) != -1) {
        int status = cli_take_flag(cli, flag, &is_test);
        if (status >= 0) {
            return status;
        }
    }
    cli->argc = argc - optind;
    cli->argv = argv + optind;
    if (is_test || cli->argc == 0) {
        cli->argc = 1;
        cli->argv = is_test ? &words[1] : &words[0];
    }
    return cli_dispatch(cli);
}

int cli_main(int argc, char **argv, cli_run_fn run)
{
    struct cli cli = {.run = run};
    cli.source.sets = cli.sets;
    cli.source.environ = (const char *const *)environ;
    int status = cli_start(&cli, argc, argv);
    options_destroy(&cli.options);
    for (size_t i = 0; i < cli.made_sets_count; i++) {
        free(cli.made_sets[i]);
    }
    return status;
}
