/* Copies the files of a bundle to where they are to be used. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bundle.h"

/* Makes the folders above path. */
static bool bundle_make_folders(int to_fd, const char *path, struct err *err)
{
    char folder[BUNDLE_PATH_BYTES_MAX + 1];
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        memcpy(folder, path, (size_t)(slash - path));
        folder[slash - path] = '\0';
        if (mkdirat(to_fd, folder, 0755) != 0 && errno != EEXIST) {
            return err_set_errno(err, "the copy of %s cannot be made", folder);
        }
    }
    return true;
}

/* A file that is being written. */
struct bundle_writer {
    int fd;
    int error; /* errno of the write that failed; 0 = none did */
};

static bool bundle_write(const void *data, size_t len, void *ctx)
{
    struct bundle_writer *writer = ctx;
    const char *at = data;
    while (len > 0) {
        ssize_t written = write(writer->fd, at, len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            writer->error = written < 0 ? errno : EIO;
            return false;
        }
        at += written;
        len -= (size_t)written;
    }
    return true;
}

bool bundle_copy_file(int from_fd, struct bundle_file *file, int to_fd, const char *path,
                      mode_t mode, struct err *err)
{
    if (!bundle_make_folders(to_fd, path, err)) {
        return false;
    }
    struct bundle_writer writer = {
        .fd = openat(to_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (writer.fd < 0) {
        return err_set_errno(err, "the copy of %s cannot be made", path);
    }
    bool is_ok = bundle_read(from_fd, file, bundle_write, &writer, err);
    if (writer.error != 0) {
        (void)err_set(err, ERR_AGAIN, "the copy of %s cannot be written: %s", path,
                      strerror(writer.error));
    }
    is_ok = is_ok && (fchmod(writer.fd, mode) == 0 ||
                      err_set_errno(err, "the copy of %s cannot be protected", path));
    close(writer.fd);
    return is_ok;
}
