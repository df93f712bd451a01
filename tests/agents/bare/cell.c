/* Stands before the defences of the cell's process: the linker sends their calls here
 * (--wrap), and what is named in "without" is left out. */
#include <sys/resource.h>

#include "cell/elf.h"
#include "cell/log_quota.h"
#include "cell/sandbox-private.h"
#include "without.h"

bool __real_sandbox_filter(enum sandbox_stage stage, struct err *err);
bool __wrap_sandbox_filter(enum sandbox_stage stage, struct err *err);
bool __real_sandbox_landlock(const char *path, bool is_required, int *ret_version, struct err *err);
bool __wrap_sandbox_landlock(const char *path, bool is_required, int *ret_version, struct err *err);
int __real_setrlimit64(__rlimit_resource_t resource, const struct rlimit *limit);
int __wrap_setrlimit64(__rlimit_resource_t resource, const struct rlimit *limit);
bool __real_elf_check_agent(int fd, struct elf_agent_info *ret_info, struct err *err);
bool __wrap_elf_check_agent(int fd, struct elf_agent_info *ret_info, struct err *err);
bool __real_log_quota_take(struct log_quota *quota);
bool __wrap_log_quota_take(struct log_quota *quota);

bool __wrap_sandbox_filter(enum sandbox_stage stage, struct err *err)
{
    return without(stage == SANDBOX_LOADING ? "calls-loading" : "calls") ||
           __real_sandbox_filter(stage, err);
}

bool __wrap_sandbox_landlock(const char *path, bool is_required, int *ret_version, struct err *err)
{
    *ret_version = 0;
    return without("files") || __real_sandbox_landlock(path, is_required, ret_version, err);
}

int __wrap_setrlimit64(__rlimit_resource_t resource, const struct rlimit *limit)
{
    bool is_off = (resource == RLIMIT_AS && without("memory")) ||
                  (resource == RLIMIT_FSIZE && without("files"));
    return is_off ? 0 : __real_setrlimit64(resource, limit);
}

bool __wrap_elf_check_agent(int fd, struct elf_agent_info *ret_info, struct err *err)
{
    return without("abi") || __real_elf_check_agent(fd, ret_info, err);
}

bool __wrap_log_quota_take(struct log_quota *quota)
{
    return __real_log_quota_take(quota) || without("log-lines");
}
