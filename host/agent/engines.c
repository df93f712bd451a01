/* Finds engines in their folder. */
#include "agent/engines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/beside.h"
#include "core/mem.h"
#include "core/sbuf.h"

#define ENGINE_NAME_BYTES 64
#define ENGINES_LISTED_BYTES_MAX 200

void engines_find(char ret_path[PATH_MAX])
{
    beside_find("engines", PKGLIBDIR, ret_path);
}

static int engine_is_one(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 3 && strcmp(entry->d_name + len - 3, ".so") == 0;
}

/* Says which engines there are instead; always false. */
static bool engine_fail_unknown(const char *folder, const char *name, struct err *err)
{
    struct dirent **entries = NULL;
    struct sbuf names;
    int count = scandir(folder, &entries, engine_is_one, alphasort);
    sbuf_init(&names, ENGINES_LISTED_BYTES_MAX);
    for (int i = 0; i < count; i++) {
        sbuf_printf(&names, "%s%.*s", i > 0 ? ", " : "", (int)strlen(entries[i]->d_name) - 3,
                    entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    (void)err_set(err, ERR_INVALID, "'%s' is no engine in %s; %s%s", name, folder,
                  count > 0 ? "there is " : "none is there: set agents.engines", names.data);
    sbuf_fini(&names);
    return false;
}

bool engines_open(const char *folder, const char *name, int *ret_fd, struct bundle_file *ret_file,
                  struct err *err)
{
    char file[ENGINE_NAME_BYTES];
    struct stat stat;
    (void)snprintf(file, sizeof(file), "%s.so", name);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstatat(fd, file, &stat, AT_SYMLINK_NOFOLLOW) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        return engine_fail_unknown(folder, name, err);
    }
    if (!S_ISREG(stat.st_mode) || stat.st_size > BUNDLE_CODE_BYTES_MAX) {
        close(fd);
        return err_set(err, ERR_INVALID, "%s/%s is not a regular file of at most %lld MB", folder,
                       file, (long long)BUNDLE_CODE_BYTES_MAX / 1024 / 1024);
    }
    *ret_fd = fd;
    *ret_file = (struct bundle_file){.path = mem_strdup(file), .stat = stat};
    return true;
}
