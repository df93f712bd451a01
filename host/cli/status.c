/* agenthost status: how the host is, in a few lines. */
#include <stdio.h>

#include "cli/cli-private.h"
#include "core/json.h"

static long long status_number(struct json_object *object, const char *key)
{
    int64_t value = 0;
    return json_get_int(object, key, &value) ? (long long)value : 0;
}

static void status_print_queues(struct json_object *queues)
{
    for (size_t i = 0; i < json_object_array_length(queues); i++) {
        struct json_object *queue = json_object_array_get_idx(queues, i);
        const char *trouble = cli_text(queue, "trouble", "");
        (void)printf("queue %-12s %lld active of %lld", cli_text(queue, "name", "?"),
                     status_number(queue, "active"), status_number(queue, "concurrency"));
        json_object *parked = json_get(queue, "parked");
        if (json_object_is_type(parked, json_type_object)) {
            json_object_object_foreach(parked, reason, count)
            {
                if (json_object_get_int64(count) > 0) {
                    (void)printf(", %lld parked (%s)", (long long)json_object_get_int64(count),
                                 reason);
                }
            }
        }
        bool is_paused = false;
        (void)json_get_bool(queue, "paused", &is_paused);
        (void)printf("%s%s%s\n", is_paused ? ", paused" : "", trouble[0] != '\0' ? "; " : "",
                     trouble);
    }
}

static void status_print(struct json_object *answer)
{
    bool is_ready = false;
    (void)json_get_bool(answer, "ready", &is_ready);
    (void)printf("agenthost %s, pid %lld, up %lld s, %s\n", cli_text(answer, "version", "?"),
                 status_number(answer, "pid"), status_number(answer, "uptimeMs") / 1000,
                 is_ready ? "ready" : "not ready:");
    if (!is_ready) {
        (void)fputs(cli_text(answer, "waitingFor", ""), stdout);
    }
    struct json_object *pipeline = json_get(answer, "pipeline");
    (void)printf("jobs  %lld running, %lld completed, %lld failed, %lld retried, %lld parked\n",
                 status_number(pipeline, "jobs"), status_number(pipeline, "completed"),
                 status_number(pipeline, "failed"), status_number(pipeline, "retried"),
                 status_number(pipeline, "parked"));
    (void)printf("agents %lld, generation %lld, sandbox %s\n", status_number(answer, "agents"),
                 status_number(answer, "generation"), cli_text(answer, "sandbox", "?"));
    status_print_queues(json_get(answer, "queues"));
}

int cli_status(struct cli *cli)
{
    struct json_object *answer = NULL;
    if (!cli_has_no_arguments(cli)) {
        return CLI_USAGE;
    }
    int status = cli_request(cli, "GET", "/api/status", NULL, &answer);
    if (status != CLI_OK) {
        cli_print_error(cli, answer);
    } else if (cli->is_json) {
        cli_print_json(answer);
    } else {
        status_print(answer);
    }
    json_object_put(answer);
    return status;
}
