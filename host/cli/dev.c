/* agenthost dev: a host for whoever writes agents. Private Redis, store and model for as long as it
 * runs, agents reloaded when they are saved, every run shown. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell/cell.h"
#include "cli/dev-private.h"
#include "core/json.h"
#include "core/mem.h"

#define DEV_POLL_S 0.02
#define DEV_PATIENCE_TURNS 1000 /* of DEV_POLL_S: for Redis and the practice model to begin */
#define DEV_HOST_STOP_MS 10000
#define DEV_OTHER_STOP_MS 2000
#define DEV_JOB_BYTES_MAX (1024 * 1024)
#define DEV_ARGUMENTS_MAX (2 * CLI_SETS_MAX + 16)

struct dev {
    struct cli *cli;
    struct loop loop;
    struct dev_folder folder;
    struct dev_watch watch;
    struct dev_show show;
    struct dev_child redis, model, host, reload, enqueue;
    ev_signal ends[3];
    ev_timer poll;
    int turns;
    char *dirs[DEV_DIRS_MAX];
    size_t dirs_count;
    const char *model_url, *job_path;
    char *job_agent;
    unsigned port, model_port;
    char self[PATH_MAX];
    char **environment;
    bool is_reload_wanted, is_settled;
    int status;
};

/* --- arguments ------------------------------------------------------------------------------- */

static bool dev_add_dir(struct dev *dev, const char *dir, struct err *err)
{
    char *path = realpath(dir, NULL);
    if (path == NULL) {
        return err_set_errno(err, "'%s'", dir);
    }
    dev->dirs[dev->dirs_count++] = path;
    if (strpbrk(path, ",\n") != NULL) {
        return err_set(err, ERR_INVALID, "'%s': a comma or line end in its path is not taken",
                       path);
    }
    return dev_is_bundle(path) || dev_is_bundles(path) ||
           err_set(err, ERR_INVALID,
                   "'%s' is no bundle: there is no manifest.json in it, nor in a folder of it",
                   dir);
}

static bool dev_read_job(struct dev *dev, struct err *err)
{
    struct sbuf text;
    struct json_object *data = NULL;
    struct span agent;
    FILE *file = fopen(dev->job_path, "re");
    if (file == NULL) {
        return err_set_errno(err, "--job '%s'", dev->job_path);
    }
    char block[4096];
    size_t len;
    sbuf_init(&text, DEV_JOB_BYTES_MAX);
    while ((len = fread(block, 1, sizeof(block), file)) > 0) {
        sbuf_append(&text, block, len);
    }
    (void)fclose(file);
    struct err cause = {.text = "has more than 1 MB"};
    bool is_good = !text.is_failed && json_parse(sbuf_as_span(&text), &data, &cause);
    if (!is_good) {
        (void)err_set(err, ERR_INVALID, "--job %s: %.300s", dev->job_path, cause.text);
    } else if (!json_get_text(data, "agentId", &agent)) {
        is_good =
            err_set(err, ERR_INVALID, "--job %s: agentId: missing; name the agent", dev->job_path);
    } else {
        dev->job_agent = mem_strndup(agent.data, agent.len);
    }
    json_object_put(data);
    sbuf_fini(&text);
    return is_good;
}

/* CLI_OK, or an exit status after saying why. */
static int dev_read_arguments(struct dev *dev)
{
    static const struct option flags[] = {{"port", required_argument, NULL, 'p'},
                                          {"model", required_argument, NULL, 'm'},
                                          {"job", required_argument, NULL, 'j'},
                                          {NULL, 0, NULL, 0}};
    struct cli *cli = dev->cli;
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
            dev->port = (unsigned)port;
        } else if (flag == 'm') {
            dev->model_url = optarg;
        } else if (flag == 'j') {
            dev->job_path = optarg;
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
    if (dev->model_url != NULL && getenv("OPENAI_MODEL") == NULL) {
        return cli_usage_error(cli, "--model needs OPENAI_MODEL in the environment, and "
                                    "OPENAI_API_KEY if the server wants a key");
    }
    for (int i = optind; i < cli->argc; i++) {
        if (!dev_add_dir(dev, cli->argv[i], &err)) {
            return cli_usage_error(cli, "%s", err.text);
        }
    }
    if (dev->job_path != NULL && !dev_read_job(dev, &err)) {
        return cli_usage_error(cli, "%s", err.text);
    }
    return CLI_OK;
}

/* --- what the host is told ------------------------------------------------------------------- */

/* The caller's settings for other hosts, and a key that nobody asked to be spent, stay out. */
static bool dev_is_passed_on(const struct dev *dev, const char *variable)
{
    static const char *const kept_out[] = {
        "AGENTHOST_",      "REDIS_",           "SUPABASE_",          "PORT=",
        "LOG_LEVEL=",      "STATE_DIRECTORY=", "RUNTIME_DIRECTORY=", "CREDENTIALS_DIRECTORY=",
        "NOTIFY_SOCKET=",  "WATCHDOG_",        "NODE_CHANNEL_FD=",   "JOURNAL_STREAM=",
        "OPENAI_BASE_URL="};
    for (size_t i = 0; i < ARRAY_LEN(kept_out); i++) {
        if (strncmp(variable, kept_out[i], strlen(kept_out[i])) == 0) {
            return false;
        }
    }
    return dev->model_url != NULL || strncmp(variable, "OPENAI_", 7) != 0;
}

static void dev_make_environment(struct dev *dev)
{
    size_t count = 0, kept = 0;
    while (environ[count] != NULL) {
        count++;
    }
    dev->environment = mem_array(count + 1, sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        if (dev_is_passed_on(dev, environ[i])) {
            dev->environment[kept++] = environ[i];
        }
    }
}

/* A bundle itself gets a link in a folder of ours, for the host looks for bundles in folders. */
static bool dev_write_dirs(struct dev *dev, FILE *config, struct err *err)
{
    (void)fprintf(config, "dirs = %s", dev->folder.links);
    for (size_t i = 0; i < dev->dirs_count; i++) {
        const char *dir = dev->dirs[i];
        if (!dev_is_bundle(dir)) {
            (void)fprintf(config, ", %s", dir);
            continue;
        }
        char link[PATH_MAX];
        int len = snprintf(link, sizeof(link), "%s%s", dev->folder.links, strrchr(dir, '/'));
        if (len >= (int)sizeof(link) || symlink(dir, link) != 0) {
            return err_set_errno(err, "two agents named '%s', or no room for a link to it",
                                 strrchr(dir, '/') + 1);
        }
    }
    (void)fputc('\n', config);
    return true;
}

static bool dev_write_config(struct dev *dev, struct err *err)
{
    FILE *config = fopen(dev->folder.config, "we");
    if (config == NULL) {
        return err_set_errno(err, "'%s' cannot be written", dev->folder.config);
    }
    (void)fprintf(config,
                  "[log]\nformat = json\nlevel = debug\ntexts = yes\n"
                  "[redis]\nurl = unix:%s\n[state]\ndir = %s/state\n"
                  "[queue]\nnames = readings\nconcurrency = 4\nlimiter = off\n"
                  "[limits]\ndrain_timeout = 0s\n"
                  "[http]\nlisten = 127.0.0.1:%u\nlimiter = off\n",
                  dev->folder.redis_socket, dev->folder.path, dev->port);
    if (dev->model_url != NULL) {
        (void)fprintf(config, "[provider.openai]\nbase_url = %s\nneeds_key = %s\n", dev->model_url,
                      getenv("OPENAI_API_KEY") != NULL ? "yes" : "no");
    } else {
        (void)fprintf(config,
                      "[provider.openai]\nbase_url = http://127.0.0.1:%u/v1\nmodel = practice\n"
                      "practice = yes\nneeds_key = no\n",
                      dev->model_port);
    }
    /* What has been quiet when the reload is asked for need not be waited for. */
    (void)fputs("[agents]\nstill = 0s\n", config);
    bool is_good = dev_write_dirs(dev, config, err);
    if (fclose(config) != 0 && is_good) {
        return err_set_errno(err, "'%s' cannot be written", dev->folder.config);
    }
    return is_good;
}

/* --- children ----------------------------------------------------------------------------------
 */

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
    const char *words[] = {"enqueue", dev->job_agent, "--data", dev->job_path, NULL};
    if (dev->job_path != NULL && dev->enqueue.pid == 0) {
        dev_start_command(dev, &dev->enqueue, words, STDOUT_FILENO);
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

static bool dev_is_redis_up(const struct dev *dev)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, dev->folder.redis_socket, strlen(dev->folder.redis_socket));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_up = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    (void)close(fd);
    return is_up;
}

static bool dev_is_model_up(struct dev *dev)
{
    if (dev->model_url != NULL) {
        return true;
    }
    dev->model_port = strchr(dev->model.out.data, '\n') != NULL
                          ? (unsigned)strtoul(dev->model.out.data, NULL, 10)
                          : 0;
    return dev->model_port > 0;
}

static void dev_start_host(struct dev *dev)
{
    static const char *const words[] = {"run", NULL};
    struct err err;
    if (!dev_write_config(dev, &err)) {
        dev_fail(dev, err.text);
        return;
    }
    dev_start_command(dev, &dev->host, words, STDERR_FILENO);
    dev->turns = 0;
}

static void dev_say_where(struct dev *dev)
{
    const char *model = dev->model_url != NULL ? dev->model_url : "practice text";
    if (dev->show.is_json) {
        struct json_object *started = json_object_new_object();
        char page[64];
        (void)snprintf(page, sizeof(page), "http://127.0.0.1:%u", dev->port);
        json_object_object_add(started, "event", json_object_new_string("started"));
        json_object_object_add(started, "page", json_object_new_string(page));
        json_object_object_add(started, "redis", json_object_new_string(dev->folder.redis_socket));
        json_object_object_add(started, "queue", json_object_new_string("readings"));
        json_object_object_add(started, "model", json_object_new_string(model));
        (void)puts(json_object_to_json_string_ext(started, JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(started);
    } else {
        (void)printf("page    http://127.0.0.1:%u\nredis   %s (queue readings)\nmodel   %s\n"
                     "Ctrl-C ends it and removes everything.\n",
                     dev->port, dev->folder.redis_socket, model);
    }
    (void)fflush(stdout);
}

static void dev_on_poll(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)revents;
    struct dev *dev = timer->data;
    char socket[PATH_MAX];
    (void)snprintf(socket, sizeof(socket), "%.100s/state/control.sock", dev->folder.path);
    if (++dev->turns > DEV_PATIENCE_TURNS) {
        dev_fail(dev, "Redis, the practice model or the host does not begin");
    } else if (dev->host.pid == 0 && dev_is_redis_up(dev) && dev_is_model_up(dev)) {
        dev_start_host(dev);
    } else if (dev->host.pid > 0 && access(socket, F_OK) == 0) {
        ev_timer_stop(ev, timer);
        dev_say_where(dev);
        dev_reload(dev); /* answered when the first generation is settled */
    }
}

static bool dev_start_services(struct dev *dev, struct err *err)
{
    char redis[PATH_MAX], model[PATH_MAX];
    if (!dev_find_redis(redis, err) || !dev_take_port(&dev->port, err) ||
        !dev_folder_make(&dev->folder, err)) {
        return false;
    }
    char *const redis_argv[] = {(char *)"redis-server",
                                (char *)"--port",
                                (char *)"0",
                                (char *)"--unixsocket",
                                dev->folder.redis_socket,
                                (char *)"--unixsocketperm",
                                (char *)"700",
                                (char *)"--dir",
                                dev->folder.path,
                                (char *)"--save",
                                (char *)"",
                                (char *)"--maxmemory-policy",
                                (char *)"noeviction",
                                (char *)"--loglevel",
                                (char *)"warning",
                                NULL};
    char *const model_argv[] = {(char *)"agenthost-practice-model", NULL};
    cell_program_find("agenthost-practice-model", model);
    return dev_child_start(&dev->redis, redis, redis_argv, dev->environment, STDOUT_FILENO, err) &&
           (dev->model_url != NULL ||
            dev_child_start(&dev->model, model, model_argv, dev->environment, STDOUT_FILENO, err));
}

/* --- life --------------------------------------------------------------------------------------
 */

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
    dev->show.dirs = dev->dirs;
    dev->show.dirs_count = dev->dirs_count;
    ssize_t len = readlink("/proc/self/exe", dev->self, sizeof(dev->self) - 1);
    dev->self[len > 0 ? len : 0] = '\0';
    dev_make_environment(dev);
    dev->watch = (struct dev_watch){.loop = &dev->loop,
                                    .dirs = dev->dirs,
                                    .dirs_count = dev->dirs_count,
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

int cli_dev(struct cli *cli)
{
    struct dev dev = {.cli = cli, .port = 3000, .show.is_json = cli->is_json};
    int status = dev_read_arguments(&dev);
    if (status == CLI_OK) {
        struct err err;
        dev_init(&dev);
        if (dev_start_services(&dev, &err) && dev_watch_start(&dev.watch, &err)) {
            loop_run(&dev.loop);
            status = dev.status;
        } else {
            (void)fprintf(stderr, "agenthost dev: %s\n", err.text);
            status = CLI_FAILED;
        }
        dev_fini(&dev);
    }
    for (size_t i = 0; i < dev.dirs_count; i++) {
        free(dev.dirs[i]);
    }
    free(dev.job_agent);
    return status;
}
