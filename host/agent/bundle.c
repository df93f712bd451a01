/* Lists, reads and hashes the files of a bundle, never leaving its folder. */
#include "agent/bundle.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/span.h"

#define BUNDLE_FILES_MAX (BUNDLE_ASSETS_MAX + 2)
#define BUNDLE_READ_BYTES (64 * 1024)

struct bundle_lister {
    int dir_fd;
    struct bundle *bundle;
    int64_t assets_bytes;
    unsigned assets_count;
    struct err *err;
};

int bundle_open(int dir_fd, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC | O_NONBLOCK),
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
}

static int64_t bundle_time_ms(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void bundle_note(struct bundle *bundle, const char *path, const struct stat *stat)
{
    /* A renamed folder gets a new ctime though nothing in it moved, so of folders only mtime
     * counts; of files only ctime, which tools cannot set back. */
    bool is_folder = S_ISDIR(stat->st_mode);
    struct timespec newest = is_folder ? stat->st_mtim : stat->st_ctim;
    if (bundle_time_ms(newest) > bundle->changed_ms) {
        bundle->changed_ms = bundle_time_ms(newest);
    }
    char line[BUNDLE_PATH_BYTES_MAX + 200];
    int len = snprintf(line, sizeof(line), "%016llx %.*s %llu %lld %lld.%ld %lld.%ld",
                       (unsigned long long)bundle->fingerprint, BUNDLE_PATH_BYTES_MAX, path,
                       (unsigned long long)stat->st_ino, (long long)stat->st_size,
                       (long long)stat->st_mtim.tv_sec, stat->st_mtim.tv_nsec,
                       (long long)newest.tv_sec, newest.tv_nsec);
    bundle->fingerprint = hash_fnv64((struct span){line, (size_t)len});
}

static bool bundle_name_is_legal(const char *path)
{
    for (const char *c = path; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '\\') {
            return false;
        }
    }
    return span_is_utf8(span_of(path));
}

static bool bundle_check_size(struct bundle_lister *lister, const char *path,
                              const struct stat *stat)
{
    if (strcmp(path, "manifest.json") == 0 && stat->st_size > BUNDLE_MANIFEST_BYTES_MAX) {
        return err_set(lister->err, ERR_LIMIT, "manifest.json is over %lld KB",
                       (long long)BUNDLE_MANIFEST_BYTES_MAX / 1024);
    }
    if (strcmp(path, "agent.so") == 0 && stat->st_size > BUNDLE_CODE_BYTES_MAX) {
        return err_set(lister->err, ERR_LIMIT, "agent.so is over %lld MB",
                       (long long)BUNDLE_CODE_BYTES_MAX / 1024 / 1024);
    }
    if (strncmp(path, "assets/", 7) == 0) {
        lister->assets_count++;
        lister->assets_bytes += stat->st_size;
    }
    if (lister->assets_count > BUNDLE_ASSETS_MAX) {
        return err_set(lister->err, ERR_LIMIT, "assets has over %d files", BUNDLE_ASSETS_MAX);
    }
    if (lister->assets_bytes > BUNDLE_ASSETS_BYTES_MAX) {
        return err_set(lister->err, ERR_LIMIT, "assets is over %lld MB",
                       (long long)BUNDLE_ASSETS_BYTES_MAX / 1024 / 1024);
    }
    return true;
}

static bool bundle_take_file(struct bundle_lister *lister, const char *path,
                             const struct stat *stat)
{
    if (!S_ISREG(stat->st_mode)) {
        return err_set(lister->err, ERR_INVALID, "%s is %s, not a regular file", path,
                       S_ISLNK(stat->st_mode)    ? "a symbolic link"
                       : S_ISFIFO(stat->st_mode) ? "a FIFO"
                       : S_ISDIR(stat->st_mode)  ? "a folder"
                                                 : "a special file");
    }
    if (!bundle_check_size(lister, path, stat)) {
        return false;
    }
    struct bundle *bundle = lister->bundle;
    bundle->files[bundle->count++] = (struct bundle_file){.path = mem_strdup(path), .stat = *stat};
    return true;
}

static bool bundle_list_folder(struct bundle_lister *lister, const char *path, unsigned depth);

static bool bundle_list_entry(struct bundle_lister *lister, const char *folder, const char *name,
                              unsigned depth)
{
    char path[BUNDLE_PATH_BYTES_MAX + 1];
    int len = snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (len < 0 || len >= (int)sizeof(path)) {
        return err_set(lister->err, ERR_LIMIT, "a path below %s is over %d bytes", folder,
                       BUNDLE_PATH_BYTES_MAX);
    }
    if (!bundle_name_is_legal(path)) {
        return err_set(lister->err, ERR_INVALID,
                       "%s has a file whose name is not UTF-8 or holds control characters", folder);
    }
    struct stat stat;
    if (fstatat(lister->dir_fd, path, &stat, AT_SYMLINK_NOFOLLOW) != 0) {
        return err_set(lister->err, ERR_AGAIN, "%s went away", path);
    }
    if (S_ISDIR(stat.st_mode)) {
        return bundle_list_folder(lister, path, depth + 1);
    }
    return bundle_take_file(lister, path, &stat);
}

static bool bundle_list_folder(struct bundle_lister *lister, const char *path, unsigned depth)
{
    if (depth > BUNDLE_DEPTH_MAX) {
        return err_set(lister->err, ERR_LIMIT, "%s is nested deeper than %d", path,
                       BUNDLE_DEPTH_MAX);
    }
    int fd = bundle_open(lister->dir_fd, path, O_RDONLY | O_DIRECTORY);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) != 0) {
        (void)err_set_errno(lister->err, "%s cannot be read", path);
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return err_set_errno(lister->err, "%s cannot be read", path);
    }
    bundle_note(lister->bundle, path, &stat);
    bool is_ok = true;
    struct dirent *entry = NULL;
    while (is_ok && (entry = readdir(dir)) != NULL) {
        is_ok = entry->d_name[0] == '.' || bundle_list_entry(lister, path, entry->d_name, depth);
    }
    closedir(dir);
    return is_ok;
}

/* A file beside manifest.json that the bundle may have. */
static bool bundle_list_root(struct bundle_lister *lister, const char *name, bool is_required)
{
    struct stat stat;
    if (fstatat(lister->dir_fd, name, &stat, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) {
            return err_set_errno(lister->err, "%s cannot be read", name);
        }
        return !is_required || err_set(lister->err, ERR_INVALID, "%s is missing", name);
    }
    if (strcmp(name, "assets") != 0) {
        return bundle_take_file(lister, name, &stat);
    }
    if (!S_ISDIR(stat.st_mode)) {
        return err_set(lister->err, ERR_INVALID, "assets is not a folder");
    }
    return bundle_list_folder(lister, name, 1);
}

static int bundle_compare(const void *a, const void *b)
{
    return strcmp(((const struct bundle_file *)a)->path, ((const struct bundle_file *)b)->path);
}

bool bundle_list(int dir_fd, struct bundle *ret_bundle, struct err *err)
{
    struct bundle bundle = {0};
    struct bundle_lister lister = {.dir_fd = dir_fd, .bundle = &bundle, .err = err};
    struct stat stat;
    if (fstat(dir_fd, &stat) != 0) {
        return err_set_errno(err, "the folder cannot be read");
    }
    bundle.files = mem_array(BUNDLE_FILES_MAX, sizeof(*bundle.files));
    bundle_note(&bundle, ".", &stat);
    if (!bundle_list_root(&lister, "manifest.json", true) ||
        !bundle_list_root(&lister, "agent.so", false) ||
        !bundle_list_root(&lister, "assets", false)) {
        ret_bundle->changed_ms = bundle.changed_ms;
        ret_bundle->fingerprint = bundle.fingerprint;
        bundle_fini(&bundle);
        return false;
    }
    qsort(bundle.files, bundle.count, sizeof(*bundle.files), bundle_compare);
    for (size_t i = 0; i < bundle.count; i++) {
        bundle_note(&bundle, bundle.files[i].path, &bundle.files[i].stat);
    }
    *ret_bundle = bundle;
    return true;
}

void bundle_fini(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++) {
        free(bundle->files[i].path);
    }
    free(bundle->files);
    *bundle = (struct bundle){0};
}

struct bundle_file *bundle_find(const struct bundle *bundle, const char *path)
{
    for (size_t i = 0; i < bundle->count; i++) {
        if (strcmp(bundle->files[i].path, path) == 0) {
            return &bundle->files[i];
        }
    }
    return NULL;
}

void bundle_add_code(struct bundle *bundle, const struct stat *stat)
{
    assert(bundle_find(bundle, "agent.so") == NULL);
    bundle->files[bundle->count++] =
        (struct bundle_file){.path = mem_strdup("agent.so"), .stat = *stat};
    qsort(bundle->files, bundle->count, sizeof(*bundle->files), bundle_compare);
}

static bool bundle_is_as_listed(int fd, const struct bundle_file *file)
{
    struct stat now;
    const struct stat *then = &file->stat;
    return fstat(fd, &now) == 0 && S_ISREG(now.st_mode) && now.st_size == then->st_size &&
           now.st_ino == then->st_ino && now.st_dev == then->st_dev &&
           now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

/* Reads fd to its end; the sum of what came must be the listed size. */
static bool bundle_read_all(int fd, struct bundle_file *file,
                            bool (*take)(const void *data, size_t len, void *ctx), void *ctx,
                            struct err *err)
{
    struct hash_sha256 *hash = hash_sha256_create();
    char *piece = mem_alloc(BUNDLE_READ_BYTES);
    int64_t total = 0;
    bool is_ok = true;
    ssize_t len = 0;
    do {
        len = read(fd, piece, BUNDLE_READ_BYTES);
        if (len < 0 && errno != EINTR) {
            is_ok = err_set_errno(err, "%s cannot be read", file->path);
        } else if (len > 0) {
            total += len;
            hash_sha256_update(hash, piece, (size_t)len);
            if (take != NULL && !take(piece, (size_t)len, ctx)) {
                is_ok = err_set(err, ERR_AGAIN, "%s could not be taken over", file->path);
            }
        }
    } while (is_ok && len != 0 && total <= file->stat.st_size);
    free(piece);
    hash_sha256_finish(&hash, file->sha256);
    if (is_ok && (total != file->stat.st_size || !bundle_is_as_listed(fd, file))) {
        is_ok = err_set(err, ERR_AGAIN, "%s changed while it was read", file->path);
    }
    return is_ok;
}

bool bundle_read(int dir_fd, struct bundle_file *file,
                 bool (*take)(const void *data, size_t len, void *ctx), void *ctx, struct err *err)
{
    int fd = bundle_open(dir_fd, file->path, O_RDONLY);
    if (fd < 0) {
        enum err_kind kind = errno == ENOENT || errno == ELOOP ? ERR_AGAIN : ERR_INTERNAL;
        (void)err_set_errno(err, "%s cannot be read", file->path);
        if (err != NULL) {
            err->kind = kind;
        }
        return false;
    }
    bool is_ok = bundle_is_as_listed(fd, file) ||
                 err_set(err, ERR_AGAIN, "%s changed since it was listed", file->path);
    is_ok = is_ok && bundle_read_all(fd, file, take, ctx, err);
    close(fd);
    return is_ok;
}

void bundle_hash(const struct bundle *bundle, char ret_hex[HASH_SHA256_HEX_BYTES])
{
    struct hash_sha256 *hash = hash_sha256_create();
    for (size_t i = 0; i < bundle->count; i++) {
        const struct bundle_file *file = &bundle->files[i];
        char line[BUNDLE_PATH_BYTES_MAX + HASH_SHA256_HEX_BYTES + 32];
        int len = snprintf(line, sizeof(line), "%s%c%lld%c%s\n", file->path, '\0',
                           (long long)file->stat.st_size, '\0', file->sha256);
        hash_sha256_update(hash, line, (size_t)len);
    }
    hash_sha256_finish(&hash, ret_hex);
}
