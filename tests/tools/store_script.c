/* A store whose verbs a test calls one by one: the store folder without queue and agents.
 *
 * usage: store-script --driver sqlite --path FILE
 *        store-script --driver supabase --url URL --key KEY [--timeout-ms N] [--concurrency N]
 *
 * Each line on standard input is a command, {"n": 1, "do": "begin", "readingId": "…", …}; each
 * line on standard output is the answer with the same n, in the order of the answers. Ends when
 * standard input does, after what is queued was written. */
#include "store_script.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/options.h"
#include "core/sbuf.h"

#define LINE_BYTES_MAX (64u << 20)
#define READ_BYTES 65536

struct store_script script;

static struct sbuf input;

void say(int64_t number, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) > 0) {
        printf("{\"n\":%lld,%s}\n", (long long)number, text);
    }
    va_end(args);
    free(text);
    fflush(stdout);
}

static void on_line(struct span line)
{
    struct json_object *command = NULL;
    struct err err;
    if (!json_parse(line, &command, &err)) {
        fprintf(stderr, "store-script: a command is no JSON: %s\n", err.text);
        exit(2);
    }
    verb_run(command);
    json_object_put(command);
}

static void on_stdin(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)revents;
    char bytes[READ_BYTES];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (got <= 0) {
        ev_io_stop(ev, io);
        loop_stop(&script.loop);
        return;
    }
    sbuf_append(&input, bytes, (size_t)got);
    for (;;) {
        char *end = memchr(input.data, '\n', input.len);
        if (end == NULL) {
            return;
        }
        size_t len = (size_t)(end - input.data);
        on_line((struct span){input.data, len});
        sbuf_consume(&input, len + 1);
    }
}

static void take_option(struct options *options, const char *name, char *value)
{
    if (strcmp(name, "--driver") == 0) {
        options->store.driver = value;
    } else if (strcmp(name, "--path") == 0) {
        options->store.path = value;
    } else if (strcmp(name, "--url") == 0) {
        options->store.url = value;
    } else if (strcmp(name, "--key") == 0) {
        options->store.key = value;
    } else if (strcmp(name, "--timeout-ms") == 0) {
        options->store.timeout_ms = strtoll(value, NULL, 10);
    } else if (strcmp(name, "--concurrency") == 0) {
        options->store.concurrency = (uint32_t)strtoul(value, NULL, 10);
    } else {
        fprintf(stderr, "store-script: unknown option %s\n", name);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct options options = {
        .store = {.busy_ms = 5000, .concurrency = 8, .timeout_ms = 10000},
    };
    for (int i = 1; i + 1 < argc; i += 2) {
        take_option(&options, argv[i], argv[i + 1]);
    }
    if (options.store.driver == NULL) {
        fprintf(stderr, "store-script: --driver is needed\n");
        return 2;
    }
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
    loop_init(&script.loop);
    struct err err;
    struct state_dir *state = NULL; /* the path is given */
    if (!store_open(&script.loop, &options, state, &script.store, &err)) {
        fprintf(stderr, "store-script: %s\n", err.text);
        return 1;
    }
    sbuf_init(&input, LINE_BYTES_MAX);
    ev_io stdin_io;
    ev_io_init(&stdin_io, on_stdin, STDIN_FILENO, EV_READ);
    ev_io_start(script.loop.ev, &stdin_io);
    loop_run(&script.loop);

    store_close(&script.store);
    sbuf_fini(&input);
    loop_fini(&script.loop);
    return 0;
}
