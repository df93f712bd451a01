/* Removes an image with all its write-protected folders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bundle.h"

static bool bundle_remove_below(int parent_fd, const char *name, unsigned depth, struct err *err);

static bool bundle_remove_entries(int fd, unsigned depth, struct err *err)
{
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return err_set_errno(err, "a folder cannot be read");
    }
    bool is_ok = true;
    struct dirent *entry = NULL;
    while (is_ok && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            is_ok = bundle_remove_below(dirfd(dir), entry->d_name, depth + 1, err);
        }
    }
    closedir(dir);
    return is_ok;
}

static bool bundle_remove_below(int parent_fd, const char *name, unsigned depth, struct err *err)
{
    if (unlinkat(parent_fd, name, 0) == 0 || errno == ENOENT) {
        return true;
    }
    if (errno != EISDIR && errno != EPERM) {
        return err_set_errno(err, "'%s' cannot be removed", name);
    }
    int fd = bundle_open(parent_fd, name, O_RDONLY | O_DIRECTORY);
    if (fd < 0 || depth > BUNDLE_DEPTH_MAX + 2) {
        (void)err_set_errno(err, "'%s' cannot be removed", name);
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    (void)fchmod(fd, 0700); /* images are write-protected; a failure shows when unlinking */
    if (!bundle_remove_entries(fd, depth, err)) {
        return false;
    }
    return unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 ||
           err_set_errno(err, "'%s' cannot be removed", name);
}

bool bundle_remove(int dir_fd, const char *name, struct err *err)
{
    return bundle_remove_below(dir_fd, name, 0, err);
}
