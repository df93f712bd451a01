/* What subcommands share: the flags before them, the configuration, the control socket. */
#ifndef CLI_PRIVATE_H
#define CLI_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"
#include "core/attr.h"
#include "core/options.h"

struct json_object;

#define CLI_SETS_MAX 64

struct cli {
    struct options_source source;
    const char *sets[CLI_SETS_MAX];
    char *made_sets[CLI_SETS_MAX]; /* those of --state and --socket, ours to free */
    size_t made_sets_count;
    struct options *options; /* loaded by the first request */
    bool is_json;
    cli_run_fn run;
    int argc; /* the subcommand's own, argv[0] being its name */
    char **argv;
};

struct cli_command {
    const char *name;
    const char *arguments; /* for the usage line */
    const char *summary;
    int (*run)(struct cli *cli);
};

int cli_agents(struct cli *cli);
int cli_agents_history(struct cli *cli, const char *agent_id); /* agents history ID */
int cli_agents_install(struct cli *cli, const char *from);     /* agents install FILE|DIR */
int cli_cancel(struct cli *cli);
int cli_chart(struct cli *cli);
int cli_check_config(struct cli *cli);
int cli_config(struct cli *cli);
int cli_dev(struct cli *cli);
int cli_drain(struct cli *cli);
int cli_enqueue(struct cli *cli);
int cli_get(struct cli *cli);
int cli_queue(struct cli *cli);
int cli_reload(struct cli *cli);
int cli_retry(struct cli *cli);
int cli_run(struct cli *cli);
int cli_status(struct cli *cli);
int cli_store(struct cli *cli);

/* Loads the configuration and prints what is wrong with it to standard error. CLI_OK and
 * *ret_options (the caller's), or CLI_CONFIGURATION. */
int cli_load(struct cli *cli, struct options **ret_options);

/* The same, once for all requests of this run; the configuration stays the cli's. */
int cli_options(struct cli *cli, const struct options **ret_options);

/* Prints "agenthost NAME: text" to standard error and gives CLI_USAGE. */
int cli_usage_error(const struct cli *cli, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* True when the subcommand got no argument of its own; else says so. */
bool cli_has_no_arguments(const struct cli *cli);

/* Asks the running host. body is JSON or NULL. CLI_OK and the parsed answer (json_object_put;
 * NULL when it was no JSON) for a 2xx status; CLI_FAILED with it for others; CLI_NOT_RUNNING
 * after saying so. */
int cli_request(struct cli *cli, const char *method, const char *path, const char *body,
                struct json_object **ret_answer);

/* Prints an error answer's text, with field and remedy when it names them. */
void cli_print_error(const struct cli *cli, struct json_object *answer);

/* What a reload answered, a line for each bundle; as JSON with --json. answer may be NULL. */
void cli_print_reload(const struct cli *cli, struct json_object *answer);

/* Pretty JSON to standard output. */
void cli_print_json(struct json_object *value);

/* Foreign text and a line end to standard output; on a terminal without what could steer it. */
void cli_print_text(const char *text);

/* A text member for printing, or fallback. Borrowed. */
const char *cli_text(struct json_object *object, const char *key, const char *fallback);

#endif
