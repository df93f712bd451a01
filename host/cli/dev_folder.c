/* The folder of agenthost dev: there while it runs. It holds a locked file as long as its dev
 * lives, so that the next one can remove what a killed one left behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/dev-private.h"

#define DEV_FOLDER_FDS 16
#define DEV_FOLDER_PREFIX "agenthost-dev-"
#define DEV_FOLDER_LOCK "lock" /* holds the process id, for people: what counts is the lock */

/* The lock goes last: a removal that is cut short is taken up by the next dev. */
static int dev_folder_remove_entry(const char *path, const struct stat *info, int type,
                                   struct FTW *place)
{
    (void)info;
    (void)type;
    bool is_lock = place->level == 1 && strcmp(path + place->base, DEV_FOLDER_LOCK) == 0;
    if (place->level > 0 && !is_lock) {
        (void)remove(path);
    }
    return 0;
}

/* Read-only folders are opened up first: what is in them goes depth first. */
static int dev_folder_open_entry(const char *path, const struct stat *info, int type,
                                 struct FTW *place)
{
    (void)info;
    (void)place;
    if (type == FTW_D || type == FTW_DNR) {
        (void)chmod(path, 0700);
    }
    return 0;
}

static void dev_folder_remove_all(const char *path)
{
    char lock[PATH_MAX];
    (void)nftw(path, dev_folder_open_entry, DEV_FOLDER_FDS, FTW_PHYS);
    (void)nftw(path, dev_folder_remove_entry, DEV_FOLDER_FDS, FTW_PHYS | FTW_DEPTH);
    int len = snprintf(lock, sizeof(lock), "%s/" DEV_FOLDER_LOCK, path);
    if (len < (int)sizeof(lock)) {
        (void)unlink(lock);
    }
    if (rmdir(path) != 0) {
        (void)fprintf(stderr, "agenthost dev: '%s' could not be removed: %m\n", path);
    }
}

/* The lock of a folder that a dead dev of the same user made; -1 for all others. Whoever has just
 * made a folder has no lock file in it until that is locked. */
static int dev_folder_take_dead(int parent_fd, const char *name)
{
    struct stat info;
    int lock_fd = -1;
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &info) == 0 && info.st_uid == geteuid()) {
        lock_fd = openat(fd, DEV_FOLDER_LOCK, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    }
    if (lock_fd >= 0 && flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(lock_fd);
        lock_fd = -1;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return lock_fd;
}

static void dev_folder_clear(const char *parent)
{
    DIR *folder = opendir(parent);
    struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name);
        bool is_named = strncmp(entry->d_name, DEV_FOLDER_PREFIX, strlen(DEV_FOLDER_PREFIX)) == 0;
        int lock_fd = is_named && len < (int)sizeof(path)
                          ? dev_folder_take_dead(dirfd(folder), entry->d_name)
                          : -1;
        if (lock_fd >= 0) {
            dev_folder_remove_all(path);
            (void)close(lock_fd);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

/* The lock file gets its name when it is locked: nobody takes its dev for dead in between. */
static bool dev_folder_lock(struct dev_folder *folder, struct err *err)
{
    char made[PATH_MAX], lock[PATH_MAX];
    (void)snprintf(made, PATH_MAX, "%.100s/" DEV_FOLDER_LOCK ".new", folder->path);
    (void)snprintf(lock, PATH_MAX, "%.100s/" DEV_FOLDER_LOCK, folder->path);
    folder->lock_fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return (folder->lock_fd >= 0 && flock(folder->lock_fd, LOCK_EX | LOCK_NB) == 0 &&
            dprintf(folder->lock_fd, "%d\n", (int)getpid()) > 0 && rename(made, lock) == 0) ||
           err_set_errno(err, "'%s' cannot be locked", made);
}

bool dev_folder_make(struct dev_folder *folder, struct err *err)
{
    const char *parent = getenv("TMPDIR");
    parent = parent != NULL && parent[0] == '/' ? parent : "/tmp";
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/" DEV_FOLDER_PREFIX "XXXXXX", parent);
    if (strlen(path) + sizeof("/state/control.sock") >
        sizeof(((struct sockaddr_un *)0)->sun_path)) {
        return err_set(err, ERR_LIMIT,
                       "TMPDIR '%s' is too long for sockets; set a shorter one, like /tmp", parent);
    }
    dev_folder_clear(parent);
    folder->lock_fd = -1;
    if (mkdtemp(path) == NULL) {
        return err_set_errno(err, "no folder can be made in '%s' (TMPDIR)", parent);
    }
    memcpy(folder->path, path, sizeof(path));
    (void)snprintf(folder->config, PATH_MAX, "%.100s/agenthost.conf", path);
    (void)snprintf(folder->job, PATH_MAX, "%.100s/job.json", path);
    (void)snprintf(folder->redis_socket, PATH_MAX, "%.100s/redis.sock", path);
    (void)snprintf(folder->links, PATH_MAX, "%.100s/agents", path);
    return dev_folder_lock(folder, err) &&
           (mkdir(folder->links, 0700) == 0 ||
            err_set_errno(err, "'%s' cannot be made", folder->links));
}

void dev_folder_remove(struct dev_folder *folder)
{
    if (folder->path[0] == '\0') {
        return;
    }
    dev_folder_remove_all(folder->path);
    folder->path[0] = '\0';
    if (folder->lock_fd >= 0) {
        (void)close(folder->lock_fd);
        folder->lock_fd = -1;
    }
}
