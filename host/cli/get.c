/* agenthost get: a reading's newest version, as text or as JSON; and waiting for one. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cli-private.h"
#include "cli/reading.h"
#include "core/json.h"

#define GET_POLL_MS 250
#define GET_ID_BYTES_MAX 127 /* the host's limit */

static bool reading_is_id(const char *text)
{
    size_t good = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.");
    return good > 0 && text[good] == '\0' && good <= GET_ID_BYTES_MAX;
}

int reading_post(struct cli *cli, const char *action, const char *reading_id, const char *body,
                 struct json_object **ret_answer)
{
    char path[GET_ID_BYTES_MAX + 64];
    if (!reading_is_id(reading_id)) {
        return cli_usage_error(cli, "'%s' is no reading id", reading_id);
    }
    (void)snprintf(path, sizeof(path), "/api/orchestrator/%s/%s", action, reading_id);
    int status = cli_request(cli, "POST", path, body, ret_answer);
    if (status != CLI_OK) {
        cli_print_error(cli, *ret_answer);
    }
    return status;
}

int reading_fetch(struct cli *cli, const char *reading_id, struct json_object **ret_reading)
{
    struct json_object *answer = NULL;
    char path[GET_ID_BYTES_MAX + 32];
    *ret_reading = NULL;
    if (!reading_is_id(reading_id)) {
        return cli_usage_error(cli, "'%s' is no reading id", reading_id);
    }
    (void)snprintf(path, sizeof(path), "/api/reading/%s", reading_id);
    int status = cli_request(cli, "GET", path, NULL, &answer);
    struct json_object *reading = json_get(answer, "reading");
    if (status == CLI_OK && reading != NULL) {
        *ret_reading = json_object_get(reading);
    } else if (strcmp(cli_text(answer, "code", ""), "NOT_FOUND") == 0) {
        status = CLI_OK;
    } else {
        cli_print_error(cli, answer);
    }
    json_object_put(answer);
    return status;
}

bool reading_has_ended(struct json_object *reading)
{
    const char *state = cli_text(reading, "status", "");
    return strcmp(state, "completed") == 0 || strcmp(state, "failed") == 0;
}

int reading_print(const struct cli *cli, struct json_object *reading)
{
    const char *state = cli_text(reading, "status", "?");
    struct json_object *versions = json_get(reading, "versions");
    size_t count = versions != NULL ? json_object_array_length(versions) : 0;
    if (cli->is_json) {
        cli_print_json(reading);
    } else if (strcmp(state, "failed") == 0) {
        struct json_object *error = json_get(reading, "error");
        (void)fprintf(stderr, "failed: %s: %s\n", cli_text(error, "code", "?"),
                      cli_text(error, "message", "?"));
    } else if (count > 0) {
        struct json_object *newest = json_object_array_get_idx(versions, count - 1);
        cli_print_text(cli_text(json_get(newest, "content"), "text", ""));
    } else {
        (void)printf("%s\n", state);
    }
    return strcmp(state, "failed") == 0 ? CLI_FAILED : CLI_OK;
}

int reading_wait(struct cli *cli, const char *reading_id)
{
    const struct timespec pause = {.tv_nsec = GET_POLL_MS * 1000000L};
    for (;;) {
        struct json_object *reading = NULL;
        int status = reading_fetch(cli, reading_id, &reading);
        bool has_ended = reading != NULL && reading_has_ended(reading);
        if (has_ended) {
            status = reading_print(cli, reading);
        }
        json_object_put(reading);
        if (has_ended || status != CLI_OK) {
            return status;
        }
        (void)nanosleep(&pause, NULL); /* no row yet, or its job is in work */
    }
}

int cli_get(struct cli *cli)
{
    if (cli->argc != 2) {
        return cli_usage_error(cli, "give one reading id");
    }
    struct json_object *reading = NULL;
    int status = reading_fetch(cli, cli->argv[1], &reading);
    if (reading != NULL) {
        status = reading_print(cli, reading);
        json_object_put(reading);
    } else if (status == CLI_OK) {
        (void)fprintf(stderr, "agenthost get: no reading %s\n", cli->argv[1]);
        status = CLI_FAILED;
    }
    return status;
}
