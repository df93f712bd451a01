/* A fast stand-in for an OpenAI-compatible model: latency, pace, faults and a journal, for tests
 * and measurements. It says nothing of meaning. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "config.h"
#include "server.h"

static void on_signal(struct ev_loop *ev, ev_signal *signal, int revents)
{
    (void)signal;
    (void)revents;
    ev_break(ev, EVBREAK_ALL);
}

static bool read_arguments(struct config *config, int argc, char **argv, struct err *err)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strncmp(name, "--", 2) != 0) {
            return err_set(err, ERR_INVALID, "unexpected '%s'", name);
        }
        name += 2;
        const char *equals = strchr(name, '=');
        bool is_joined = equals != NULL;
        if (!is_joined && i + 1 == argc) {
            return err_set(err, ERR_INVALID, "--%s needs a value", name);
        }
        struct span key = {name, is_joined ? (size_t)(equals - name) : strlen(name)};
        struct span value = span_of(is_joined ? equals + 1 : argv[++i]);
        if (!config_set(config, key, value, err)) {
            return false;
        }
    }
    config_prepare(config);
    return true;
}

static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* fewer connections otherwise */
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(config_help, stdout);
        return EXIT_SUCCESS;
    }
    struct config config;
    struct err err;
    config_init(&config);
    if (!read_arguments(&config, argc, argv, &err)) {
        (void)fprintf(stderr, "standin: %s (--help lists the options)\n", err.text);
        return EXIT_FAILURE;
    }
    raise_limit();
    struct ev_loop *ev = ev_default_loop(0);
    struct server server;
    if (!server_start(&server, ev, &config, &err)) {
        (void)fprintf(stderr, "standin: %s\n", err.text);
        return EXIT_FAILURE;
    }
    ev_signal term, interrupt;
    ev_signal_init(&term, on_signal, SIGTERM);
    ev_signal_start(ev, &term);
    ev_signal_init(&interrupt, on_signal, SIGINT);
    ev_signal_start(ev, &interrupt);
    (void)ev_run(ev, 0);
    server_stop(&server);
    config_fini(&config);
    return EXIT_SUCCESS;
}
