/* What agenthost dev needs from the machine: a folder for a while, a Redis program, a port. */
#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/dev-private.h"

#define DEV_FOLDER_FDS 16

bool dev_folder_make(struct dev_folder *folder, struct err *err)
{
    const char *parent = getenv("TMPDIR");
    parent = parent != NULL && parent[0] == '/' ? parent : "/tmp";
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/agenthost-dev-XXXXXX", parent);
    if (strlen(path) + sizeof("/state/control.sock") >
        sizeof(((struct sockaddr_un *)0)->sun_path)) {
        return err_set(err, ERR_LIMIT,
                       "TMPDIR '%s' is too long for sockets; set a shorter one, like /tmp", parent);
    }
    if (mkdtemp(path) == NULL) {
        return err_set_errno(err, "no folder can be made in '%s' (TMPDIR)", parent);
    }
    memcpy(folder->path, path, sizeof(path));
    (void)snprintf(folder->config, PATH_MAX, "%.100s/agenthost.conf", path);
    (void)snprintf(folder->redis_socket, PATH_MAX, "%.100s/redis.sock", path);
    (void)snprintf(folder->links, PATH_MAX, "%.100s/agents", path);
    return mkdir(folder->links, 0700) == 0 ||
           err_set_errno(err, "'%s' cannot be made", folder->links);
}

static int dev_folder_remove_entry(const char *path, const struct stat *info, int type,
                                   struct FTW *place)
{
    (void)info;
    (void)place;
    if (type == FTW_DNR) { /* images are read-only, also their folders */
        (void)chmod(path, 0700);
    }
    (void)remove(path);
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

void dev_folder_remove(struct dev_folder *folder)
{
    if (folder->path[0] != '\0') {
        (void)nftw(folder->path, dev_folder_open_entry, DEV_FOLDER_FDS, FTW_PHYS);
        (void)nftw(folder->path, dev_folder_remove_entry, DEV_FOLDER_FDS, FTW_PHYS | FTW_DEPTH);
        if (access(folder->path, F_OK) == 0) {
            (void)fprintf(stderr, "agenthost dev: '%s' could not be removed\n", folder->path);
        }
        folder->path[0] = '\0';
    }
}

static bool dev_find_program(const char *name, char ret_path[PATH_MAX])
{
    const char *at = getenv("PATH");
    at = at != NULL ? at : "/usr/local/bin:/usr/bin:/bin";
    while (*at != '\0') {
        size_t len = strcspn(at, ":");
        int bytes = snprintf(ret_path, PATH_MAX, "%.*s/%s", (int)len, at, name);
        if (len > 0 && bytes > 0 && bytes < PATH_MAX && access(ret_path, X_OK) == 0) {
            return true;
        }
        at += len + (at[len] == ':');
    }
    return false;
}

bool dev_find_redis(char ret_path[PATH_MAX], struct err *err)
{
    /* redis-check-rdb is the very server and goes by the name it is called with. */
    return dev_find_program("redis-server", ret_path) ||
           dev_find_program("redis-check-rdb", ret_path) ||
           err_set(err, ERR_NOT_FOUND,
                   "no Redis program on PATH; install redis-tools, or redis-server (Debian: apt "
                   "install redis-tools)");
}

bool dev_take_port(unsigned *port, struct err *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)*port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    bool is_free = bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 1) == 0 &&
                   getsockname(fd, (struct sockaddr *)&address, &len) == 0;
    if (!is_free) {
        (void)err_set_errno(err,
                            "port %u cannot be had; choose another with --port N, or "
                            "--port 0 for any",
                            *port);
    }
    *port = is_free ? ntohs(address.sin_port) : *port;
    (void)close(fd);
    return is_free;
}
