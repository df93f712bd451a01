/* Reads zone files without ever leaving the database's folder, whatever links are in it. */
#include "time/zone_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "time/timezone.h"

/* The whole database as text; its first line is "# version 2025b". */
#define ZONE_FILE_SOURCE "tzdata.zi"
#define ZONE_FILE_LOCAL "/etc/localtime" /* a link, as a rule, that the administrator made */

static int open_beneath(int folder, const char *name)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
    if (fd < 0 &&
        errno == ENOSYS) { /* valgrind, old containers: the name has been judged at least */
        fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    return fd;
}

static int open_in_database(const char *name)
{
    int folder = open(ZONE_FILE_FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return -1;
    }
    int fd = open_beneath(folder, name);
    int saved = errno;
    (void)close(folder);
    errno = saved;
    return fd;
}

/* At most bytes_max from the file's beginning; −1 with errno. */
static ssize_t read_all(int fd, char *bytes, size_t bytes_max)
{
    size_t len = 0;
    while (len < bytes_max) {
        ssize_t part = read(fd, bytes + len, bytes_max - len);
        if (part < 0 && errno == EINTR) {
            continue;
        }
        if (part <= 0) {
            return part < 0 ? -1 : (ssize_t)len;
        }
        len += (size_t)part;
    }
    return (ssize_t)len;
}

static bool read_file(int fd, const char *name, struct sbuf *out, struct err *err)
{
    char bytes[TIMEZONE_FILE_BYTES_MAX];
    struct stat stat;
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        return err_set(err, ERR_NOT_FOUND, "'%s' is no zone", name);
    }
    ssize_t len = read_all(fd, bytes, sizeof(bytes));
    if (len < 0) {
        return err_set_errno(err, "cannot read the zone '%s'", name);
    }
    if (len < 4 || (size_t)len == sizeof(bytes) || memcmp(bytes, "TZif", 4) != 0) {
        return err_set(err, ERR_NOT_FOUND, "'%s' is no zone", name);
    }
    sbuf_append(out, bytes, (size_t)len);
    return !out->is_failed || err_set(err, ERR_INTERNAL, "no memory for the zone '%s'", name);
}

bool zone_file_read(const char *name, struct sbuf *out, struct err *err)
{
    if (access(ZONE_FILE_FOLDER, X_OK) != 0) {
        return err_set(err, ERR_INTERNAL,
                       "this machine has no zone database in " ZONE_FILE_FOLDER
                       ": install the package tzdata");
    }
    int fd = open_in_database(name);
    if (fd < 0) {
        bool is_absent = errno == ENOENT || errno == ENOTDIR || errno == EXDEV || errno == ELOOP;
        return is_absent ? err_set(err, ERR_NOT_FOUND, "the zone database has no '%s'", name)
                         : err_set_errno(err, "cannot open the zone '%s'", name);
    }
    bool is_good = read_file(fd, name, out, err);
    (void)close(fd);
    return is_good;
}

bool zone_file_read_local(struct sbuf *out, struct err *err)
{
    int fd = open(ZONE_FILE_LOCAL, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT || err_set_errno(err, "cannot open " ZONE_FILE_LOCAL);
    }
    bool is_good = read_file(fd, ZONE_FILE_LOCAL, out, err);
    (void)close(fd);
    return is_good;
}

void zone_file_version(char ret_version[ZONE_FILE_VERSION_BYTES])
{
    static const char mark[] = "# version ";
    char line[sizeof(mark) - 1 + ZONE_FILE_VERSION_BYTES] = "";
    ret_version[0] = '\0';
    int fd = open_in_database(ZONE_FILE_SOURCE);
    if (fd < 0) {
        return;
    }
    ssize_t len = read_all(fd, line, sizeof(line) - 1);
    (void)close(fd);
    if (len < (ssize_t)sizeof(mark) || memcmp(line, mark, sizeof(mark) - 1) != 0) {
        return;
    }
    const char *version = line + sizeof(mark) - 1;
    size_t used = 0;
    while (used < ZONE_FILE_VERSION_BYTES - 1 && isalnum((unsigned char)version[used])) {
        used++;
    }
    (void)snprintf(ret_version, ZONE_FILE_VERSION_BYTES, "%.*s", (int)used, version);
}
