/* What the parts of agenthost dev share. */
#ifndef CLI_DEV_PRIVATE_H
#define CLI_DEV_PRIVATE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include <ev.h>

#include "cli/cli-private.h"
#include "core/err.h"
#include "core/loop.h"
#include "core/sbuf.h"

#define DEV_DIRS_MAX 64

/* --- dev_options.c: the command line ------------------------------------------------------------
 */

struct dev_options {
    char *dirs[DEV_DIRS_MAX]; /* absolute: bundles, or folders of bundles */
    size_t dirs_count;
    const char *model_url, *job_path; /* NULL: the practice model, no job */
    char *job_agent;                  /* whom the job is for */
    unsigned port;                    /* of the page; 0: any */
};

/* CLI_OK, or an exit status after saying why; dev_options_fini comes in any case. */
int dev_options_read(struct dev_options *options, struct cli *cli) ATTR_MUST_CHECK;
void dev_options_fini(struct dev_options *options);

/* --- dev_job.c: the job of --job ----------------------------------------------------------------
 */

/* What is wrong with the job, before anything is started; sets job_agent. */
bool dev_job_check(struct dev_options *options, struct err *err) ATTR_MUST_CHECK;
/* Reads the file anew and writes the job's data to path, for enqueue. */
bool dev_job_write(struct dev_options *options, const char *path, struct err *err) ATTR_MUST_CHECK;

/* --- dev_child.c: processes that do not outlive this one ---------------------------------------
 */

struct dev_child;
typedef void (*dev_child_fn)(struct dev_child *child, void *ctx);

struct dev_child {
    struct loop *loop;
    const char *name;
    pid_t pid; /* 0: not running */
    int pidfd, out_fd;
    int status;      /* of waitpid, once it has ended */
    struct sbuf out; /* what it wrote; on_output takes from its front */
    ev_io exit, io;
    dev_child_fn on_output, on_exit; /* on_exit comes after the last on_output */
    void *ctx;
};

/* Starts program (a path) with argv. What it writes to out_fd_of_child (1 or 2) is read; its
 * standard output, when that is not read, is /dev/null. It is killed when this process ends,
 * however that happens. Its callbacks, name, loop and ctx must be set. */
bool dev_child_start(struct dev_child *child, const char *program, char *const *argv,
                     char *const *environment, int read_fd, struct err *err) ATTR_MUST_CHECK;
/* Sends TERM, waits, at last KILL; no callback follows but on_output. */
void dev_child_stop(struct dev_child *child, int patience_ms);

/* --- dev_folder.c: what is there while it runs -------------------------------------------------
 */

struct dev_folder {
    char path[PATH_MAX]; /* "" before it is made */
    int lock_fd;
    char config[PATH_MAX], links[PATH_MAX], job[PATH_MAX], redis_socket[PATH_MAX];
};

/* Makes one in TMPDIR, after removing there what killed ones of the same user left. */
bool dev_folder_make(struct dev_folder *folder, struct err *err) ATTR_MUST_CHECK;
void dev_folder_remove(struct dev_folder *folder);

/* --- dev_config.c: what the host is told --------------------------------------------------------
 */

/* The environment for all children, to be freed; its words stay those of this process. */
char **dev_environment_create(const struct dev_options *options);
/* Writes the host's configuration, and a link to each bundle. */
bool dev_config_write(const struct dev_options *options, const struct dev_folder *folder,
                      unsigned model_port, struct err *err) ATTR_MUST_CHECK;

/* --- dev_services.c: what runs beside the host --------------------------------------------------
 */

/* The Redis server's program; false with what to install. */
bool dev_find_redis(char ret_path[PATH_MAX], struct err *err) ATTR_MUST_CHECK;
/* A free loopback port, or whether that one is free. */
bool dev_take_port(unsigned *port, struct err *err) ATTR_MUST_CHECK;
bool dev_redis_start(struct dev_child *redis, const char *program, struct dev_folder *folder,
                     char *const *environment, struct err *err) ATTR_MUST_CHECK;
bool dev_redis_is_up(const struct dev_folder *folder);
bool dev_model_start(struct dev_child *model, char *const *environment,
                     struct err *err) ATTR_MUST_CHECK;
/* Where the practice model listens; 0 while it has not said so, or is not there. */
unsigned dev_model_port(const struct dev_child *model);

/* --- dev_watch.c: the folders of the agents -----------------------------------------------------
 */

#define DEV_FOLDERS_MAX 4096 /* to watch, in all */

struct dev_watch {
    struct loop *loop;
    char *const *dirs;
    size_t dirs_count;
    void (*on_change)(void *ctx); /* something was saved, and all has been quiet since */
    void *ctx;
    ev_io io;
    ev_timer quiet;
    int fd;
};

/* True when the folder holds a manifest.json, or a folder in it does. */
bool dev_is_bundle(const char *dir);
bool dev_is_bundles(const char *dir);
/* False with the remedy when there are too many folders; dev_watch_stop comes in any case. */
bool dev_watch_start(struct dev_watch *watch, struct err *err) ATTR_MUST_CHECK;
void dev_watch_stop(struct dev_watch *watch);

/* --- dev_show.c: what is printed ----------------------------------------------------------------
 */

#define DEV_TEXT_BYTES_MAX 8192 /* of one text; the rest is counted */

struct dev_show {
    bool is_json;
    const char *links; /* the folder of ours with links to bundles */
    char *const *dirs; /* where they lead to, by their last name */
    size_t dirs_count;
    struct json_object *record; /* whose text is being put together */
    struct sbuf text;
};

/* Where everything is. */
void dev_show_started(struct dev_show *show, unsigned port, const char *redis_socket,
                      const char *model);
/* One line of the host's log: a piece of a record, a warning, or nothing to show. */
void dev_show_line(struct dev_show *show, struct span line);
/* The host's answer to a reload; true when an agent was loaded. */
bool dev_show_reload(struct dev_show *show, struct span answer, bool is_first);
void dev_show_fini(struct dev_show *show);

#endif
