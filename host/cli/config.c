/* agenthost config: the configuration in force, or with --describe every option there is. */
#include <stdio.h>
#include <string.h>

#include "cli/cli-private.h"
#include "core/sbuf.h"

#define CONFIG_BYTES_MAX (1024 * 1024)

int cli_config(struct cli *cli)
{
    struct options *options = NULL;
    struct sbuf text;
    sbuf_init(&text, CONFIG_BYTES_MAX);
    int status = CLI_OK;
    if (cli->argc == 2 && strcmp(cli->argv[1], "--describe") == 0) {
        options_describe(&text);
    } else if (!cli_has_no_arguments(cli)) {
        return CLI_USAGE;
    } else if ((status = cli_load(cli, &options)) == CLI_OK) {
        options_render(options, &text);
        options_destroy(&options);
    }
    (void)fputs(text.data, stdout);
    sbuf_fini(&text);
    return status;
}
