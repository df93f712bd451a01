/* Sees what is saved in the folders of the agents. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/dev-private.h"

#define DEV_QUIET_S 0.2 /* an editor, a copy or a build is over */
#define DEV_WATCH_DEPTH_MAX 8

static bool dev_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool dev_is_bundle(const char *dir)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/manifest.json", dir);
    return len < (int)sizeof(path) && access(path, F_OK) == 0;
}

/* Calls each for every folder in dir that is not hidden, until one says true. */
static bool dev_each_folder(const char *dir, bool (*each)(const char *path, void *ctx), void *ctx)
{
    DIR *folder = opendir(dir);
    bool is_found = false;
    struct dirent *entry;
    while (folder != NULL && !is_found && (entry = readdir(folder)) != NULL) {
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        is_found = entry->d_name[0] != '.' && len < (int)sizeof(path) && dev_is_folder(path) &&
                   each(path, ctx);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return is_found;
}

static bool dev_is_bundle_entry(const char *path, void *ctx)
{
    (void)ctx;
    return dev_is_bundle(path);
}

bool dev_is_bundles(const char *dir)
{
    return dev_each_folder(dir, dev_is_bundle_entry, NULL);
}

struct dev_walk {
    struct dev_watch *watch;
    int depth;
    size_t *count;
    struct err *err;
};

/* True when it cannot be watched. What vanishes meanwhile, or may not be read, is the host's
 * business: it refuses the bundle and says why. */
static bool dev_watch_folder(const char *path, void *ctx)
{
    const struct dev_walk *walk = ctx;
    struct dev_walk below = {walk->watch, walk->depth + 1, walk->count, walk->err};
    if (++*walk->count > DEV_FOLDERS_MAX) {
        return !err_set(walk->err, ERR_LIMIT,
                        "'%s': more than %d folders to watch; give the folders of the bundles "
                        "themselves, and keep builds out of them",
                        path, DEV_FOLDERS_MAX);
    }
    int watched = inotify_add_watch(walk->watch->fd, path,
                                    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB |
                                        IN_ONLYDIR);
    if (watched < 0 && errno == ENOSPC) {
        return !err_set(walk->err, ERR_LIMIT,
                        "'%s' cannot be watched: this user watches all the folders and files it "
                        "may; raise fs.inotify.max_user_watches with sysctl",
                        path);
    }
    if (watched < 0 && errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
        return !err_set_errno(walk->err, "'%s' cannot be watched", path);
    }
    return walk->depth < DEV_WATCH_DEPTH_MAX && dev_each_folder(path, dev_watch_folder, &below);
}

/* Every folder there is now; one that is watched already stays so. */
static bool dev_watch_add(struct dev_watch *watch, struct err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < watch->dirs_count; i++) {
        struct dev_walk walk = {watch, 0, &count, err};
        if (dev_watch_folder(watch->dirs[i], &walk)) {
            return false;
        }
    }
    return true;
}

/* Hidden files and backups are an editor's own. */
static bool dev_watch_matters(const struct inotify_event *event)
{
    const char *name = event->len > 0 ? event->name : "";
    size_t len = strlen(name);
    return name[0] != '.' && (len == 0 || name[len - 1] != '~') && (event->mask & IN_IGNORED) == 0;
}

static void dev_watch_on_event(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)revents;
    struct dev_watch *watch = io->data;
    char bytes[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t len;
    while ((len = read(io->fd, bytes, sizeof(bytes))) > 0) {
        for (char *at = bytes; at < bytes + len;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;
            if (dev_watch_matters(event)) {
                ev_timer_again(ev, &watch->quiet);
            }
            at += sizeof(*event) + event->len;
        }
    }
}

static void dev_watch_on_quiet(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)revents;
    struct dev_watch *watch = timer->data;
    ev_timer_stop(ev, timer);
    struct err err;
    if (!dev_watch_add(watch, &err)) { /* before the reload reads them: nothing falls between */
        (void)fprintf(stderr, "agenthost dev: %s\n", err.text);
    }
    watch->on_change(watch->ctx);
}

bool dev_watch_start(struct dev_watch *watch, struct err *err)
{
    watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->fd < 0) {
        watch->fd = 0;
        return err_set_errno(err, "folders cannot be watched (if there are too many that watch: "
                                  "end one, or raise fs.inotify.max_user_instances with sysctl)");
    }
    ev_io_init(&watch->io, dev_watch_on_event, watch->fd, EV_READ);
    ev_timer_init(&watch->quiet, dev_watch_on_quiet, 0., DEV_QUIET_S);
    watch->io.data = watch->quiet.data = watch;
    ev_io_start(watch->loop->ev, &watch->io);
    return dev_watch_add(watch, err);
}

void dev_watch_stop(struct dev_watch *watch)
{
    if (watch->fd > 0) {
        ev_io_stop(watch->loop->ev, &watch->io);
        ev_timer_stop(watch->loop->ev, &watch->quiet);
        (void)close(watch->fd);
        watch->fd = 0;
    }
}
