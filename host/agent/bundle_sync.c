/* Brings a bundle or an image safely to disk. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/bundle.h"

/* The file, then every folder above it; doing a folder twice costs next to nothing. */
static bool bundle_sync_file(int fd, const char *path)
{
    char at[BUNDLE_PATH_BYTES_MAX + 1];
    (void)snprintf(at, sizeof(at), "%s", path);
    bool is_ok = true;
    for (char *end = at + strlen(at); is_ok && end != NULL; end = strrchr(at, '/')) {
        *end = '\0';
        int part = bundle_open(fd, at, O_RDONLY);
        is_ok = part >= 0 && fsync(part) == 0;
        if (part >= 0) {
            close(part);
        }
    }
    return is_ok;
}

bool bundle_sync(int dir_fd, const char *name, struct err *err)
{
    struct bundle bundle = {0};
    int fd = bundle_open(dir_fd, name, O_RDONLY | O_DIRECTORY);
    bool is_ok = fd >= 0 || err_set_errno(err, "'%s' cannot be read", name);
    is_ok = is_ok && bundle_list(fd, &bundle, err);
    for (size_t i = 0; is_ok && i < bundle.count; i++) {
        is_ok = bundle_sync_file(fd, bundle.files[i].path) ||
                err_set_errno(err, "'%s' cannot be written to disk", name);
    }
    is_ok = is_ok && (fsync(fd) == 0 || err_set_errno(err, "'%s' cannot be written to disk", name));
    bundle_fini(&bundle);
    if (fd >= 0) {
        close(fd);
    }
    return is_ok;
}
