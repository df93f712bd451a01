/* Looks through the configured folders for bundles. */
#include "agent/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/sbuf.h"

#define SCAN_REFUSALS_MAX 32
#define SCAN_PATH_BYTES_MAX 4096

bool scan_is_agent_id(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return name[0] >= 'a' && name[0] <= 'z' && name[len] == '\0' && len < AGENT_ID_BYTES;
}

static char *scan_join(const char *dir, const char *name)
{
    struct sbuf path;
    sbuf_init(&path, SCAN_PATH_BYTES_MAX);
    sbuf_printf(&path, "%s/%s", dir, name);
    char *joined = sbuf_steal(&path);
    sbuf_fini(&path);
    return joined;
}

static struct scan_bundle *scan_find(struct scan *scan, const char *id)
{
    for (size_t i = 0; i < scan->bundles_count; i++) {
        if (strcmp(scan->bundles[i].id, id) == 0) {
            return &scan->bundles[i];
        }
    }
    return NULL;
}

static bool scan_take(struct scan *scan, char *path, const char *name, bool is_link,
                      struct err *err)
{
    if (!scan_is_agent_id(name)) {
        if (scan->refusals_count < SCAN_REFUSALS_MAX) {
            struct scan_refusal *refusal = &scan->refusals[scan->refusals_count++];
            refusal->path = path;
            (void)snprintf(refusal->text, sizeof(refusal->text),
                           "the folder's name must match [a-z][a-z0-9-]{0,31}");
        } else {
            free(path);
        }
        return true;
    }
    struct scan_bundle *bundle = scan_find(scan, name);
    if (bundle == NULL) {
        if (scan->bundles_count == SCAN_BUNDLES_MAX) {
            free(path);
            return err_set(err, ERR_LIMIT, "more than %d agents are installed", SCAN_BUNDLES_MAX);
        }
        bundle = &scan->bundles[scan->bundles_count++];
        memcpy(bundle->id, name, strlen(name) + 1);
    }
    free(bundle->path); /* an earlier folder's bundle of the same name gives way */
    bundle->path = path;
    bundle->is_link = is_link;
    return true;
}

/* One entry of a folder: a bundle when it is a folder or a link to one. */
static bool scan_entry(struct scan *scan, int dir_fd, const char *dir, const char *name,
                       struct err *err)
{
    struct stat own, target;
    if (name[0] == '.' || fstatat(dir_fd, name, &own, AT_SYMLINK_NOFOLLOW) != 0) {
        return true; /* hidden, or gone since the folder was read */
    }
    bool is_link = S_ISLNK(own.st_mode);
    if (is_link && fstatat(dir_fd, name, &target, 0) == 0) {
        own = target;
    }
    /* A dangling link stays in: it is an agent whose bundle cannot be read, not none. */
    if (!S_ISDIR(own.st_mode) && !S_ISLNK(own.st_mode)) {
        return true;
    }
    char *path = scan_join(dir, name);
    if (path == NULL) {
        return err_set(err, ERR_LIMIT, "%s: the path is too long", dir);
    }
    return scan_take(scan, path, name, is_link, err);
}

static bool scan_dir(struct scan *scan, const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        return true;
    }
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        (void)err_set_errno(err, "the agents' folder '%s' cannot be read", path);
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    bool is_ok = true;
    struct dirent *entry = NULL;
    do {
        errno = 0;
        entry = readdir(dir);
        if (entry != NULL) {
            is_ok = scan_entry(scan, dirfd(dir), path, entry->d_name, err);
        } else if (errno != 0) {
            is_ok = err_set_errno(err, "the agents' folder '%s' cannot be read", path);
        }
    } while (is_ok && entry != NULL);
    closedir(dir);
    return is_ok;
}

static int scan_compare(const void *a, const void *b)
{
    return strcmp(((const struct scan_bundle *)a)->id, ((const struct scan_bundle *)b)->id);
}

bool scan_dirs(char *const *dirs, size_t dirs_count, struct scan *ret_scan, struct err *err)
{
    struct scan scan = {0};
    scan.bundles = mem_array(SCAN_BUNDLES_MAX, sizeof(*scan.bundles));
    scan.refusals = mem_array(SCAN_REFUSALS_MAX, sizeof(*scan.refusals));
    for (size_t i = 0; i < dirs_count; i++) {
        if (!scan_dir(&scan, dirs[i], err)) {
            scan_fini(&scan);
            return false;
        }
    }
    qsort(scan.bundles, scan.bundles_count, sizeof(*scan.bundles), scan_compare);
    *ret_scan = scan;
    return true;
}

void scan_fini(struct scan *scan)
{
    for (size_t i = 0; i < scan->bundles_count; i++) {
        free(scan->bundles[i].path);
    }
    for (size_t i = 0; i < scan->refusals_count; i++) {
        free(scan->refusals[i].path);
    }
    free(scan->bundles);
    free(scan->refusals);
    *scan = (struct scan){0};
}
