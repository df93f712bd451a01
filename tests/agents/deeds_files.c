/* Bad deeds with files. */
#include "deeds-private.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long deed_open(const char *path)
{
    return open(path, O_RDONLY);
}

static long deed_create(const char *path)
{
    return open(path, O_WRONLY | O_CREAT, 0600);
}

static long deed_openat2(const char *path)
{
    uint64_t how[3] = {O_RDONLY, 0, 0};
    return syscall(SYS_openat2, AT_FDCWD, path, how, sizeof(how));
}

static long deed_stat(const char *path)
{
    struct stat status;
    return stat(path, &status);
}

static long deed_readlink(const char *path)
{
    char target[64];
    return readlink(path, target, sizeof(target));
}

static long deed_unlink(const char *path)
{
    return unlink(path);
}

static long deed_mkdir(const char *path)
{
    return mkdir(path, 0700);
}

static long deed_rename(const char *path)
{
    return rename(path, "renamed");
}

static long deed_symlink(const char *path)
{
    return symlink("/etc/passwd", path);
}

static long deed_truncate(const char *path)
{
    return truncate(path, 0);
}

static long deed_chmod(const char *path)
{
    return chmod(path, 0777);
}

static long deed_chdir(const char *path)
{
    return chdir(path);
}

static long deed_inotify(const char *argument)
{
    (void)argument;
    return inotify_init();
}

const struct deed DEEDS_FILES[] = {
    {"open", deed_open},         {"create", deed_create},
    {"openat2", deed_openat2},   {"stat", deed_stat},
    {"readlink", deed_readlink}, {"unlink", deed_unlink},
    {"mkdir", deed_mkdir},       {"rename", deed_rename},
    {"symlink", deed_symlink},   {"truncate", deed_truncate},
    {"chmod", deed_chmod},       {"chdir", deed_chdir},
    {"inotify", deed_inotify},   {NULL, NULL},
};
