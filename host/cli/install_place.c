/* Puts a bundle into a folder of agents.dirs in one step. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "cli/install.h"
#include "core/clock.h"
#include "core/mem.h"

#define PLACE_PREFIX ".install-"

/* What installs that were killed left behind; with the lock held none is in use. */
static bool place_clear(const struct place *place, struct err *err)
{
    int fd = bundle_open(place->dir_fd, ".", O_RDONLY | O_DIRECTORY);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        (void)err_set_errno(err, "'%s' cannot be read", place->dir);
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    bool is_ok = true;
    struct dirent *entry = NULL;
    while (is_ok && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, PLACE_PREFIX, strlen(PLACE_PREFIX)) == 0) {
            is_ok = bundle_remove(place->dir_fd, entry->d_name, err);
        }
    }
    closedir(dir);
    return is_ok;
}

static bool place_lock(struct place *place, struct err *err)
{
    if (mkdir(place->dir, 0755) != 0 && errno != EEXIST) {
        return err_set_errno(err, "the agents' folder '%s' cannot be made", place->dir);
    }
    place->dir_fd = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->dir_fd < 0) {
        return err_set_errno(err, "the agents' folder '%s' cannot be read", place->dir);
    }
    if (flock(place->dir_fd, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    return errno == EWOULDBLOCK
               ? err_set(err, ERR_AGAIN, "another install into '%s' is under way", place->dir)
               : err_set_errno(err, "'%s' cannot be locked", place->dir);
}

static bool place_make_work(struct place *place, struct err *err)
{
    (void)snprintf(place->work, sizeof(place->work), PLACE_PREFIX "%016llx",
                   (unsigned long long)clock_random_u64());
    if (mkdirat(place->dir_fd, place->work, 0755) != 0) {
        place->work[0] = '\0';
        return err_set_errno(err, "nothing can be written into '%s'", place->dir);
    }
    place->work_fd = bundle_open(place->dir_fd, place->work, O_RDONLY | O_DIRECTORY);
    return place->work_fd >= 0 || err_set_errno(err, "'%s/%s'", place->dir, place->work);
}

bool place_open(struct place *place, const char *dir, struct err *err)
{
    *place = (struct place){.dir = mem_strdup(dir), .dir_fd = -1, .work_fd = -1};
    return place_lock(place, err) && place_clear(place, err) && place_make_work(place, err);
}

bool place_swap(struct place *place, const char *id, struct err *err)
{
    struct stat old;
    /* A power cut right after the exchange must not leave a bundle of empty files. */
    if (!bundle_sync(place->work_fd, id, err)) {
        return false;
    }
    place->had_old = fstatat(place->dir_fd, id, &old, AT_SYMLINK_NOFOLLOW) == 0;
    if (renameat2(place->work_fd, id, place->dir_fd, id,
                  place->had_old ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0) {
        return err_set_errno(err, "'%s/%s' cannot be %s", place->dir, id,
                             place->had_old ? "exchanged for the new bundle" : "made");
    }
    (void)fsync(place->dir_fd); /* not to be undone for it: either bundle is whole */
    return true;
}

bool place_swap_back(struct place *place, const char *id, struct err *err)
{
    if (renameat2(place->dir_fd, id, place->work_fd, id,
                  place->had_old ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0) {
        (void)err_set_errno(err, "'%s/%s' cannot be put back; take it from '%s/%s' by hand",
                            place->dir, id, place->dir, place->work);
        place->work[0] = '\0'; /* stays, until the next install */
        return false;
    }
    (void)fsync(place->dir_fd);
    return true;
}

bool place_close(struct place *place, struct err *err)
{
    bool is_ok = place->work[0] == '\0' || bundle_remove(place->dir_fd, place->work, err);
    if (place->work_fd >= 0) {
        close(place->work_fd);
    }
    if (place->dir_fd >= 0) {
        close(place->dir_fd); /* and with it the lock */
    }
    free(place->dir);
    *place = (struct place){.dir_fd = -1, .work_fd = -1};
    return is_ok;
}
