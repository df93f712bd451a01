/* The folder of agenthost dev: there while it runs. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
