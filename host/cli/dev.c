/* agenthost dev: a host for whoever writes agents. Private Redis, store and model for as long as it
 * runs, agents reloaded when they are saved, every run shown. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/dev-private.h"

#define DEV_POLL_S 0.02
#define DEV_PATIENCE_TURNS 1000 /* of DEV_POLL_S: for Redis and the practice model to begin */
#define DEV_HOST_STOP_MS 10000
#define DEV_OTHER_STOP_MS 2000
#define DEV_ARGUMENTS_MAX (2 * CLI_SETS_MAX + 16)

struct dev {
    struct cli *cli;
    struct dev_options options;
    struct loop loop;
    struct dev_folder folder;
    struct dev_watch watch;
    struct dev_show show;
    struct dev_child redis, model, host, reload, enqueue;
    ev_signal ends[3];
    ev_timer poll;
    int turns;
    char self[PATH_MAX];
    char **environment;
    bool is_reload_wanted, is_settled;
    int status;
};

/* --- children --------------------------------------------------------------------------------- */

static void dev_end(struct dev *dev, int status)
{
    dev->status = status;
    loop_stop(&dev->loop);
}

static void dev_fail(struct dev *dev, const char *text)
{
    (void)fprintf(stderr, "agenthost dev: %s\n", text);
    dev_end(dev, CLI_FAILED);
}

/* Redis, the model or the host ended by itself. */
static void dev_on_lost(struct dev_child *child, void *ctx)
{
    struct err err;
    int status = child->status;
    (void)err_set(&err, ERR_INTERNAL, "%s ended by itself (%s %d)%s%.300s", child->name,
                  WIFSIGNALED(status) ? "signal" : "status",
                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                  child->out.len > 0 ? ": " : "", child->out.len > 0 ? child->out.data : "");
    dev_fail(ctx, err.text);
}

static void dev_start_command(struct dev *dev, struct dev_child *child, const char *const *words,
                              int read_fd)
{
    char *argv[DEV_ARGUMENTS_MAX];
    size_t count = 0;
    argv[count++] = dev->self;
    argv[count++] = (char *)"--config";
    argv[count++] = dev->folder.config;
    argv[count++] = (char *)"--env-file";
    argv[count++] = (char *)"/dev/null";
    for (size_t i = 0; i < dev->cli->source.sets_count; i++) {
        argv[count++] = (char *)"--set";
        argv[count++] = (char *)dev->cli->sets[i];
    }
    while (*words != NULL) {
        argv[count++] = (char *)*words++;
    }
    argv[count] = NULL;
    struct err err;
    if (!dev_child_start(child, dev->self, argv, dev->environment, read_fd, &err)) {
        dev_fail(dev, err.text);
    }
}

static void dev_reload(void *ctx)
{
    struct dev *dev = ctx;
    static const char *const words[] = {"--json", "reload", NULL};
    if (dev->reload.pid > 0) {
        dev->is_reload_wanted = true;
    } else if (dev->host.pid > 0) {
        dev_start_command(dev, &dev->reload, words, STDOUT_FILENO);
    }
}

static void dev_enqueue(struct dev *dev)
{
    struct err err;
    if (dev->options.job_path == NULL || dev->enqueue.pid != 0) {
        return;
    }
    if (dev_job_write(&dev->options, dev->folder.job, &err)) {
        const char *words[] = {"enqueue", dev->options.job_agent, "--data", dev->folder.job, NULL};
        dev_start_command(dev, &dev->enqueue, words, STDOUT_FILENO);
    } else { /* the file was changed: what runs goes on */
        (void)fprintf(stderr, "agenthost dev: %s\n", err.text);
    }
}

static void dev_on_enqueued(struct dev_child *child, void *ctx)
{
    (void)child; /* it has said on standard error what is wrong */
    (void)ctx;
}

static void dev_on_reloaded(struct dev_child *child, void *ctx)
{
    struct dev *dev = ctx;
    bool is_first = !dev->is_settled;
    dev->is_settled = true;
    bool is_loaded = dev_show_reload(&dev->show, sbuf_as_span(&child->out), is_first);
    if (is_first || is_loaded) {
        dev_enqueue(dev);
    }
    if (dev->is_reload_wanted) {
        dev->is_reload_wanted = false;
        dev_reload(dev);
    }
}

static void dev_on_host_output(struct dev_child *child, void *ctx)
{
    struct dev *dev = ctx;
    const char *end;
    size_t done = 0;
    while ((end = memchr(child->out.data + done, '\n', child->out.len - done)) != NULL) {
        size_t len = (size_t)(end - child->out.data) - done;
        dev_show_line(&dev->show, (struct span){child->out.data + done, len});
        done += len + 1;
    }
    sbuf_consume(&child->out, done);
    if (ferror(stdout) != 0) {
        dev_end(dev, CLI_FAILED); /* nobody reads it any more */
    }
}

static void dev_init_child(struct dev *dev, struct dev_child *child, const char *name,
                           dev_child_fn on_output, dev_child_fn on_exit)
{
    *child = (struct dev_child){
        .loop = &dev->loop, .name = name, .on_output = on_output, .on_exit = on_exit, .ctx = dev};
}

/* --- the start, step by step: what one waits for is looked at a few times a second ------------ */

static bool dev_is_model_up(const struct dev *dev)
{
    return dev->options.model_url != NULL || dev_model_port(&dev->model) > 0;
}

static void dev_start_host(struct dev *dev)
{
    static const char *const words[] = {"run", NULL};
    struct err err;
    if (!dev_config_write(&dev->options, &dev->folder, dev_model_port(&dev->model), &err)) {
        dev_fail(dev, err.text);
        return;
    }
    dev_start_command(dev, &dev->host, words, STDERR_FILENO);
    dev->turns = 0;
}

static void dev_on_poll(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)revents;
    struct dev *dev = timer->data;
    char socket[PATH_MAX];
    (void)snprintf(socket, sizeof(socket), "%.100s/state/control.sock", dev->folder.path);
    if (++dev->turns > DEV_PATIENCE_TURNS) {
        dev_fail(dev, "Redis, the practice model or the host does not begin");
    } else if (dev->host.pid == 0 && dev_redis_is_up(&dev->folder) && dev_is_model_up(dev)) {
        dev_start_host(dev);
    } else if (dev->host.pid > 0 && access(socket, F_OK) == 0) {
        ev_timer_stop(ev, timer);
        dev_show_started(&dev->show, dev->options.port, dev->folder.redis_socket,
                         dev->options.model_url != NULL ? dev->options.model_url : "practice text");
        dev_reload(dev); /* answered when the first generation is settled */
    }
}

/* --- life ------------------------------------------------------------------------------------- */

static void dev_on_signal(struct ev_loop *ev, ev_signal *signal, int revents)
{
    (void)ev;
    (void)revents;
    dev_end(signal->data, CLI_OK);
}

static void dev_init(struct dev *dev)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    loop_init(&dev->loop);
    dev_init_child(dev, &dev->redis, "Redis", NULL, dev_on_lost);
    dev_init_child(dev, &dev->model, "the practice model", NULL, dev_on_lost);
    dev_init_child(dev, &dev->host, "the host", dev_on_host_output, dev_on_lost);
    dev_init_child(dev, &dev->reload, "the reload", NULL, dev_on_reloaded);
    dev_init_child(dev, &dev->enqueue, "the job", NULL, dev_on_enqueued);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        ev_signal_init(&dev->ends[i], dev_on_signal, signals[i]);
        dev->ends[i].data = dev;
        ev_signal_start(dev->loop.ev, &dev->ends[i]);
    }
    ev_timer_init(&dev->poll, dev_on_poll, DEV_POLL_S, DEV_POLL_S);
    dev->poll.data = dev;
    ev_timer_start(dev->loop.ev, &dev->poll);
    dev->show.links = dev->folder.links;
    dev->show.dirs = dev->options.dirs;
    dev->show.dirs_count = dev->options.dirs_count;
    ssize_t len = readlink("/proc/self/exe", dev->self, sizeof(dev->self) - 1);
    dev->self[len > 0 ? len : 0] = '\0';
    dev->environment = dev_environment_create(&dev->options);
    dev->watch = (struct dev_watch){.loop = &dev->loop,
                                    .dirs = dev->options.dirs,
                                    .dirs_count = dev->options.dirs_count,
                                    .on_change = dev_reload,
                                    .ctx = dev};
}

/* The host first: it hands back its jobs to a Redis that is still there. */
static void dev_fini(struct dev *dev)
{
    dev_watch_stop(&dev->watch);
    ev_timer_stop(dev->loop.ev, &dev->poll);
    dev_child_stop(&dev->enqueue, DEV_OTHER_STOP_MS);
    dev_child_stop(&dev->reload, DEV_OTHER_STOP_MS);
    dev_child_stop(&dev->host, DEV_HOST_STOP_MS);
    dev_child_stop(&dev->model, DEV_OTHER_STOP_MS);
    dev_child_stop(&dev->redis, DEV_OTHER_STOP_MS);
    for (size_t i = 0; i < ARRAY_LEN(dev->ends); i++) {
        ev_signal_stop(dev->loop.ev, &dev->ends[i]);
    }
    dev_folder_remove(&dev->folder);
    dev_show_fini(&dev->show);
    loop_fini(&dev->loop);
    free(dev->environment);
}

static bool dev_start(struct dev *dev, struct err *err)
{
    char redis[PATH_MAX];
    return dev_find_redis(redis, err) && dev_take_port(&dev->options.port, err) &&
           dev_folder_make(&dev->folder, err) &&
           dev_redis_start(&dev->redis, redis, &dev->folder, dev->environment, err) &&
           (dev->options.model_url != NULL ||
            dev_model_start(&dev->model, dev->environment, err)) &&
           dev_watch_start(&dev->watch, err);
}

int cli_dev(struct cli *cli)
{
    struct dev dev = {.cli = cli, .options.port = 3000, .show.is_json = cli->is_json};
    int status = dev_options_read(&dev.options, cli);
    if (status == CLI_OK) {
        struct err err;
        dev_init(&dev);
        if (dev_start(&dev, &err)) {
            loop_run(&dev.loop);
            status = dev.status;
        } else {
            (void)fprintf(stderr, "agenthost dev: %s\n", err.text);
            status = CLI_FAILED;
        }
        dev_fini(&dev);
    }
    dev_options_fini(&dev.options);
    return status;
}
