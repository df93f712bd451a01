/* A worker whose jobs say themselves what becomes of them: the queue folder without agents.
 *
 * usage: queue-script --state DIR (--socket PATH | --port N [--host NAME]) [--queue NAME] [--OPTION
 * VALUE]...
 *
 * The job's data is {"steps": [{"do": "log", "row": "hello"}, {"do": "complete", "value": 1}]}.
 * Without steps the data itself is the return value. Each line on standard output is a JSON
 * object about what happened; each line on standard input is a command. */
#include "queue_script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/options-private.h"
#include "core/signals.h"
#include "core/thread.h"
#include "redis/redis.h"

struct script script;

static void on_drain_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)timer;
    (void)revents;
    if (queue_jobs_count(script.queue) == 0) {
        loop_stop(&script.loop);
    }
}

void script_drain(void)
{
    if (!script.is_draining) {
        script.is_draining = true;
        queue_stop_claiming(script.queue);
        ev_timer_init(&script.drain_timer, on_drain_timer, 0.005, 0.005);
        ev_timer_start(script.loop.ev, &script.drain_timer);
    }
}

static void on_drain(void *ctx)
{
    (void)ctx;
    script_drain();
}

static void on_stop(void *ctx)
{
    (void)ctx;
    loop_stop(&script.loop);
}

static void on_reload(void *ctx)
{
    (void)ctx; /* nothing to reload */
}

static int64_t number_of(const char *text)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text) {
        fprintf(stderr, "queue-script: '%s' is no number\n", text);
        exit(2);
    }
    return number;
}

/* As it would stand in the configuration. */
static void take_value(struct options_queue *options, const char *key, const char *value)
{
    const struct option *option = options_find("queue", options->name, key);
    struct err err;
    if (!options_value_parse(option, value, false, (char *)options + option->offset, &err)) {
        fprintf(stderr, "queue-script: %s %s\n", key, err.text);
        exit(2);
    }
}

static void take_option(struct options_queue *options, struct redis_settings *redis,
                        const char **state, const char **store, const char *name, char *value)
{
    const struct {
        const char *name;
        int64_t *number;
    } numbers[] = {
        {"--lock-ms", &options->lock_ms},         {"--stalled-ms", &options->stalled_ms},
        {"--park-max-ms", &options->park_max_ms}, {"--drain-delay-ms", &options->drain_delay_ms},
        {"--command-ms", &redis->command_ms},     {"--limiter-ms", &options->limiter.duration_ms},
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            *numbers[i].number = number_of(value);
            return;
        }
    }
    if (strcmp(name, "--socket") == 0) {
        redis->unix_path = value;
    } else if (strcmp(name, "--host") == 0) {
        redis->host = value;
    } else if (strcmp(name, "--tls-ca") == 0) {
        redis->is_tls = redis->tls_verify = true;
        redis->tls_ca = value;
    } else if (strcmp(name, "--port") == 0) {
        redis->port = (uint16_t)number_of(value);
    } else if (strcmp(name, "--state") == 0) {
        *state = value;
    } else if (strcmp(name, "--store") == 0) {
        *store = value;
    } else if (strcmp(name, "--queue") == 0) {
        options->name = value;
    } else if (strcmp(name, "--prefix") == 0) {
        options->prefix = value;
    } else if (strcmp(name, "--concurrency") == 0) {
        options->concurrency = (uint32_t)number_of(value);
    } else if (strcmp(name, "--limiter-max") == 0) {
        options->limiter.max = (uint32_t)number_of(value);
    } else if (strcmp(name, "--max-stalled") == 0) {
        options->max_stalled = (uint32_t)number_of(value);
    } else if (strcmp(name, "--backoffs") == 0 || strcmp(name, "--keep_completed") == 0 ||
               strcmp(name, "--keep_failed") == 0) {
        take_value(options, name + 2, value);
    } else if (strcmp(name, "--max-started") == 0) {
        options->max_started = (uint32_t)number_of(value);
    } else if (strcmp(name, "--metrics") == 0) {
        options->metrics = (uint32_t)number_of(value);
    } else if (strcmp(name, "--unpark-per-second") == 0) {
        options->unpark_per_second = (uint32_t)number_of(value);
    } else if (strcmp(name, "--bench") == 0) {
        script.is_bench = number_of(value) != 0;
    } else if (strcmp(name, "--hold") == 0) {
        script.is_holding = number_of(value) != 0;
    } else {
        fprintf(stderr, "queue-script: unknown option %s\n", name);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct options_queue options = {
        .name = (char *)"script",
        .prefix = (char *)"bull",
        .concurrency = 1,
        .lock_ms = 30000,
        .stalled_ms = 30000,
        .max_stalled = 5,
        .keep_completed = {-1, -1, -1},
        .keep_failed = {-1, -1, -1},
        .park_max_ms = 86400000,
        .unpark_per_second = 100,
        .drain_delay_ms = 5000,
    };
    struct redis_settings redis = {
        .host = (char *)"127.0.0.1",
        .connect_ms = 5000,
        .command_ms = 10000,
        .write_bytes_max = (size_t)64 << 20,
    };
    const char *state = NULL, *store = "11111111-1111-4111-8111-111111111111";
    for (int i = 1; i + 1 < argc; i += 2) {
        take_option(&options, &redis, &state, &store, argv[i], argv[i + 1]);
    }
    if (state == NULL || (redis.unix_path == NULL && redis.port == 0)) {
        fprintf(stderr, "queue-script: --state and --socket or --port are needed\n");
        return 2;
    }
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
    struct err err;
    if (!state_open(&script.state, state, 5000, NULL, &err)) {
        fprintf(stderr, "queue-script: %s\n", err.text);
        return 1;
    }
    loop_init(&script.loop);
    script.files = thread_create(&script.loop, "files", 1024);
    const struct signals_handlers signals = {
        .on_reload = on_reload,
        .on_drain = on_drain,
        .on_stop = on_stop,
    };
    signals_start(&script.loop, &signals);
    const struct queue_handlers handlers = plays_handlers();
    script.queue =
        queue_create(&script.loop, script.files, &redis, &options, &script.state, store, &handlers);
    if (!script.is_holding) {
        queue_start_claiming(script.queue);
    }
    commands_start();
    loop_run(&script.loop);

    commands_stop();
    ev_timer_stop(script.loop.ev, &script.drain_timer);
    signals_stop(&script.loop);
    queue_destroy(&script.queue);
    plays_fini();
    thread_destroy(&script.files);
    loop_fini(&script.loop);
    state_close(&script.state);
    options_backoffs_fini(&options.backoffs);
    return 0;
}
