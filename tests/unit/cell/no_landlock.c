/* A kernel without landlock, by a filter that answers its system calls as such a kernel does. */
#include "no_landlock.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>

bool no_landlock(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool is_ok = filter != NULL &&
                 seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset),
                                  0) == 0 &&
                 seccomp_load(filter) == 0;
    seccomp_release(filter);
    return is_ok;
}
