/* Files, by landlock: the kernel's own interface, since libc has no functions for it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cell/sandbox-private.h"
#include "core/attr.h"

/* Rights that came after Debian 12's headers, by the landlock version that brought them. */
#define LANDLOCK_FS_1_TO_3 ((UINT64_C(1) << 15) - 1) /* all up to truncate */
#define LANDLOCK_FS_1 ((UINT64_C(1) << 13) - 1)
#define LANDLOCK_FS_2 ((UINT64_C(1) << 14) - 1)
#define LANDLOCK_FS_5 ((UINT64_C(1) << 16) - 1) /* and ioctl on devices */
#define LANDLOCK_NET_4 UINT64_C(3)              /* bind and connect with TCP */
#define LANDLOCK_SCOPE_6 UINT64_C(3)            /* abstract unix sockets, signals */

#define LANDLOCK_READ                                                                              \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* struct landlock_ruleset_attr of version 6; older kernels take it while the rest is zero. */
struct landlock_handled {
    uint64_t fs, net, scope;
};

/* Where the dynamic loader finds libraries, and where it looks them up. */
static const char *const landlock_libraries[] = {
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
};

static struct landlock_handled landlock_handle(int version)
{
    struct landlock_handled handled = {.fs = LANDLOCK_FS_1};
    if (version >= 2) {
        handled.fs = LANDLOCK_FS_2;
    }
    if (version >= 3) {
        handled.fs = LANDLOCK_FS_1_TO_3;
    }
    if (version >= 4) {
        handled.net = LANDLOCK_NET_4;
    }
    if (version >= 5) {
        handled.fs = LANDLOCK_FS_5;
    }
    if (version >= 6) {
        handled.scope = LANDLOCK_SCOPE_6;
    }
    return handled;
}

/* A path that does not exist needs no rule. */
static bool landlock_allow(int ruleset, const char *path, struct err *err)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || err_set_errno(err, "cannot open '%s' for landlock", path);
    }
    struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_READ, .parent_fd = fd};
    long failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    if (failed != 0 && errno == EINVAL) {
        rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE; /* a file has no folder's rights */
        failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return failed == 0 || err_set_errno(err, "landlock takes no rule for '%s'", path);
}

static bool landlock_enforce(int ruleset, const char *readable_path, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(landlock_libraries); i++) {
        if (!landlock_allow(ruleset, landlock_libraries[i], err)) {
            return false;
        }
    }
    if (readable_path[0] != '\0' && !landlock_allow(ruleset, readable_path, err)) {
        return false;
    }
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        return err_set_errno(err, "landlock cannot be put in force");
    }
    return true;
}

bool sandbox_landlock(const char *readable_path, bool is_required, int *ret_version,
                      struct err *err)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        *ret_version = 0;
        return !is_required ||
               err_set(err, ERR_DENIED, "this kernel has no landlock, and it is required here");
    }
    struct landlock_handled handled = landlock_handle((int)version);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
    if (ruleset < 0) {
        return err_set_errno(err, "landlock cannot be set up");
    }
    bool is_ok = landlock_enforce(ruleset, readable_path, err);
    (void)close(ruleset);
    if (is_ok) {
        *ret_version = (int)version;
    }
    return is_ok;
}
