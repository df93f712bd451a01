/* The command line of agenthost dev. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/dev-private.h"

static bool dev_add_dir(struct dev_options *options, const char *dir, struct err *err)
{
    char *path = realpath(dir, NULL);
    if (path == NULL) {
        return err_set_errno(err, "'%s'", dir);
    }
    options->dirs[options->dirs_count++] = path;
    if (strpbrk(path, ",\n") != NULL) {
        return err_set(err, ERR_INVALID, "'%s': a comma or line end in its path is not taken",
                       path);
    }
    return dev_is_bundle(path) || dev_is_bundles(path) ||
           err_set(err, ERR_INVALID,
                   "'%s' is no bundle: there is no manifest.json in it, nor in a folder of it",
                   dir);
}

int dev_options_read(struct dev_options *options, struct cli *cli)
{
    static const struct option flags[] = {{"port", required_argument, NULL, 'p'},
                                          {"model", required_argument, NULL, 'm'},
                                          {"job", required_argument, NULL, 'j'},
                                          {NULL, 0, NULL, 0}};
    struct err err;
    int flag;
    optind = 0; /* the flags before the subcommand were another list */
    while ((flag = getopt_long(cli->argc, cli->argv, "", flags, NULL)) != -1) {
        char *end = NULL;
        if (flag == 'p') {
            unsigned long port = strtoul(optarg, &end, 10);
            if (end == optarg || *end != '\0' || port > 65535) {
                return cli_usage_error(cli, "--port must be a number from 0 to 65535, found '%s'",
                                       optarg);
            }
            options->port = (unsigned)port;
        } else if (flag == 'm') {
            options->model_url = optarg;
        } else if (flag == 'j') {
            options->job_path = optarg;
        } else {
            return CLI_USAGE; /* getopt has said what is wrong */
        }
    }
    if (optind == cli->argc || cli->argc - optind > DEV_DIRS_MAX) {
        return cli_usage_error(cli, "give the folder of a bundle or of bundles, at most %d",
                               DEV_DIRS_MAX);
    }
    if (cli->source.config_path != NULL || cli->source.env_path != NULL) {
        return cli_usage_error(cli, "it makes its own configuration; use --set");
    }
    if (options->model_url != NULL && getenv("OPENAI_MODEL") == NULL) {
        return cli_usage_error(cli, "--model needs OPENAI_MODEL in the environment, and "
                                    "OPENAI_API_KEY if the server wants a key");
    }
    for (int i = optind; i < cli->argc; i++) {
        if (!dev_add_dir(options, cli->argv[i], &err)) {
            return cli_usage_error(cli, "%s", err.text);
        }
    }
    if (options->job_path != NULL && !dev_job_check(options, &err)) {
        return cli_usage_error(cli, "%s", err.text);
    }
    return CLI_OK;
}

void dev_options_fini(struct dev_options *options)
{
    for (size_t i = 0; i < options->dirs_count; i++) {
        free(options->dirs[i]);
    }
    free(options->job_agent);
}
