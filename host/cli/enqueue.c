/* agenthost enqueue: adds a job through the host, and may wait for its reading. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli-private.h"
#include "cli/reading.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/sbuf.h"

#define ENQUEUE_DATA_BYTES_MAX (1024 * 1024)

struct enqueue {
    const char *agent;
    const char *data;
    const char *queue;
    const char *job_id;
    bool is_waiting;
};

static bool enqueue_read_arguments(struct cli *cli, struct enqueue *ret_enqueue)
{
    static const struct option flags[] = {{"data", required_argument, NULL, 'd'},
                                          {"queue", required_argument, NULL, 'q'},
                                          {"job-id", required_argument, NULL, 'i'},
                                          {"wait", no_argument, NULL, 'w'},
                                          {NULL, 0, NULL, 0}};
    struct enqueue enqueue = {.data = "{}"};
    int flag;
    optind = 0; /* the flags before the subcommand were another list */
    while ((flag = getopt_long(cli->argc, cli->argv, "d:q:i:w", flags, NULL)) != -1) {
        switch (flag) {
        case 'd':
            enqueue.data = optarg;
            break;
        case 'q':
            enqueue.queue = optarg;
            break;
        case 'i':
            enqueue.job_id = optarg;
            break;
        case 'w':
            enqueue.is_waiting = true;
            break;
        default:
            return false;
        }
    }
    if (optind != cli->argc - 1) {
        (void)cli_usage_error(cli, "give one agent id");
        return false;
    }
    enqueue.agent = cli->argv[optind];
    *ret_enqueue = enqueue;
    return true;
}

/* JSON itself, - for standard input, or a file's name. */
static bool enqueue_read_data(const struct cli *cli, const char *data,
                              struct json_object **ret_data)
{
    struct sbuf text;
    sbuf_init(&text, ENQUEUE_DATA_BYTES_MAX);
    if (data[0] == '{') {
        sbuf_puts(&text, data);
    } else {
        FILE *file = strcmp(data, "-") == 0 ? stdin : fopen(data, "re");
        if (file == NULL) {
            (void)fprintf(stderr, "agenthost enqueue: %s: %s\n", data, strerror(errno));
            sbuf_fini(&text);
            return false;
        }
        char block[4096];
        size_t len;
        while ((len = fread(block, 1, sizeof(block), file)) > 0) {
            sbuf_append(&text, block, len);
        }
        if (file != stdin) {
            (void)fclose(file);
        }
    }
    struct err err = {.text = "has more than 1 MB"};
    bool is_good = !text.is_failed && json_parse(sbuf_as_span(&text), ret_data, &err) &&
                   json_object_is_type(*ret_data, json_type_object);
    if (!is_good) {
        (void)cli_usage_error(cli, "--data: must be a JSON object (%s)",
                              err.kind != ERR_NONE || text.is_failed ? err.text
                                                                     : "found another value");
    }
    sbuf_fini(&text);
    return is_good;
}

/* The request's body; the reading gets its id here, so that it can be waited for. */
static struct json_object *enqueue_body(const struct enqueue *enqueue, struct json_object *data)
{
    if (json_get(data, "readingId") == NULL) {
        char reading_id[HASH_UUID_BYTES];
        hash_uuid4(reading_id);
        json_object_object_add(data, "readingId", json_object_new_string(reading_id));
    }
    struct json_object *body = json_object_new_object();
    json_object_object_add(body, "agent", json_object_new_string(enqueue->agent));
    json_object_object_add(body, "data", json_object_get(data));
    if (enqueue->queue != NULL) {
        json_object_object_add(body, "queue", json_object_new_string(enqueue->queue));
    }
    if (enqueue->job_id != NULL) {
        struct json_object *opts = json_object_new_object();
        json_object_object_add(opts, "jobId", json_object_new_string(enqueue->job_id));
        json_object_object_add(body, "opts", opts);
    }
    return body;
}

int cli_enqueue(struct cli *cli)
{
    struct enqueue enqueue;
    struct json_object *data = NULL, *answer = NULL;
    if (!enqueue_read_arguments(cli, &enqueue) || !enqueue_read_data(cli, enqueue.data, &data)) {
        json_object_put(data);
        return CLI_USAGE;
    }
    struct json_object *body = enqueue_body(&enqueue, data);
    int status =
        cli_request(cli, "POST", "/api/enqueue", json_object_to_json_string(body), &answer);
    const char *reading_id = cli_text(data, "readingId", "");
    if (status != CLI_OK) {
        cli_print_error(cli, answer);
    } else if (enqueue.is_waiting) {
        status = reading_wait(cli, reading_id);
    } else if (cli->is_json) {
        json_object_object_add(answer, "readingId", json_object_new_string(reading_id));
        cli_print_json(answer);
    } else {
        (void)printf("job %s, reading %s\n", cli_text(answer, "jobId", "?"), reading_id);
    }
    json_object_put(answer);
    json_object_put(body);
    json_object_put(data);
    return status;
}
