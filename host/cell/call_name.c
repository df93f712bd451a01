/* Names of system calls, from libseccomp's tables. */
#include "cell/call_name.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>

void call_name(int number, char *ret_name, size_t bytes)
{
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (name != NULL) {
        (void)snprintf(ret_name, bytes, "%s", name);
    } else {
        (void)snprintf(ret_name, bytes, "%d", number);
    }
    free(name);
}
