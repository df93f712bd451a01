/* Puts up the walls around an agent, in an order in which each still can be put up. */
#include "cell/sandbox.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cell/sandbox-private.h"
#include "core/attr.h"

#define SANDBOX_FILES_MAX 32 /* the loader's, while it loads */

static bool sandbox_limits(uint64_t memory_bytes_max, struct err *err)
{
    const struct {
        int resource;
        rlim_t max;
    } limits[] = {
        {RLIMIT_AS, memory_bytes_max > 0 ? (rlim_t)memory_bytes_max : RLIM_INFINITY},
        {RLIMIT_CORE, 0},
        {RLIMIT_FSIZE, 0},
        {RLIMIT_MEMLOCK, 0},
        {RLIMIT_MSGQUEUE, 0},
        {RLIMIT_NOFILE, SANDBOX_FILES_MAX},
    };
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        struct rlimit limit = {limits[i].max, limits[i].max};
        if (setrlimit(limits[i].resource, &limit) != 0) {
            return err_set_errno(err, "cannot set resource limit %d", limits[i].resource);
        }
    }
    return true;
}

bool sandbox_enter(const struct sandbox_plan *plan, char ret_layers[SANDBOX_LAYERS_BYTES],
                   struct err *err)
{
    int landlock = 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return err_set_errno(err, "cannot give up privileges");
    }
    (void)sandbox_trap_install();
    if (!sandbox_limits(plan->memory_bytes_max, err) ||
        !sandbox_landlock(plan->readable_path, plan->is_landlock_required, &landlock, err) ||
        !sandbox_filter(SANDBOX_LOADING, err)) {
        return false;
    }
    if (landlock > 0) {
        (void)snprintf(ret_layers, SANDBOX_LAYERS_BYTES, "seccomp, landlock %d", landlock);
    } else {
        (void)snprintf(ret_layers, SANDBOX_LAYERS_BYTES, "seccomp (this kernel has no landlock)");
    }
    return true;
}

/* A constructor of the foreign code runs in the first stage and could keep the second one from
 * taking hold in its own process; so the first stage alone has to keep everything in, and the
 * second takes away what only the loader needs. */
bool sandbox_close(struct err *err)
{
    return sandbox_filter(SANDBOX_LOADED, err);
}
