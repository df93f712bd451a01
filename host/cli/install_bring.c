/* Brings a bundle to where it is made ready: a folder is copied, an archive unpacked by
 * agenthost-unpack. */
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "agent/session.h"
#include "cli/install.h"
#include "core/beside.h"

/* --- a folder ------------------------------------------------------------------------------ */

static bool bring_files(int from_fd, int to_fd, struct err *err)
{
    struct bundle bundle = {0};
    bool is_ok = bundle_list(from_fd, &bundle, err);
    for (size_t i = 0; is_ok && i < bundle.count; i++) {
        is_ok = bundle_copy_file(from_fd, &bundle.files[i], to_fd, bundle.files[i].path, 0644, err);
    }
    bundle_fini(&bundle);
    return is_ok;
}

static bool bring_folder(const char *from, int work_fd, char ret_id[AGENT_ID_BYTES],
                         struct err *err)
{
    char name[NAME_MAX + 1];
    if (!session_name(from, name, sizeof(name), err)) {
        return false;
    }
    if (!scan_is_agent_id(name)) {
        return err_set(err, ERR_INVALID,
                       "'%s' cannot be an agent's id: the folder's name must match "
                       "[a-z][a-z0-9-]{0,31}",
                       name);
    }
    int from_fd = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int to_fd = from_fd >= 0 && mkdirat(work_fd, name, 0755) == 0
                    ? bundle_open(work_fd, name, O_RDONLY | O_DIRECTORY)
                    : -1;
    bool is_ok = to_fd >= 0 || err_set_errno(err, "'%s' cannot be copied", from);
    is_ok = is_ok && bring_files(from_fd, to_fd, err);
    if (from_fd >= 0) {
        close(from_fd);
    }
    if (to_fd >= 0) {
        close(to_fd);
    }
    if (is_ok) {
        memcpy(ret_id, name, strlen(name) + 1);
    }
    return is_ok;
}

/* --- an archive ---------------------------------------------------------------------------- */

/* Starts agenthost-unpack on the archive in work_fd; what it prints comes from *ret_out_fd. */
static bool bring_start(int file_fd, int work_fd, pid_t *ret_pid, int *ret_out_fd, struct err *err)
{
    static char name[] = "agenthost-unpack";
    char *const argv[] = {name, NULL}, *const environment[] = {NULL};
    char program[PATH_MAX];
    int ends[2];
    beside_find(name, PKGLIBEXECDIR, program);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set_errno(err, "no pipe for %s", name);
    }
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, file_fd, STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addfchdir_np(&actions, work_fd);
    int error = posix_spawn(ret_pid, program, &actions, NULL, argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    if (error != 0) {
        (void)close(ends[0]);
        return err_set(err, ERR_INTERNAL, "'%s' cannot be started: %s", program, strerror(error));
    }
    *ret_out_fd = ends[0];
    return true;
}

/* What it printed, in one line, and how it ended. */
static bool bring_finish(pid_t pid, int out_fd, char *line, size_t bytes, struct err *err)
{
    size_t len = 0;
    ssize_t piece = 0;
    int status = 0;
    while (len < bytes - 1 && (piece = read(out_fd, line + len, bytes - 1 - len)) > 0) {
        len += (size_t)piece;
    }
    line[len] = '\0';
    line[strcspn(line, "\n")] = '\0';
    (void)close(out_fd);
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
        return err_set(err, ERR_INTERNAL, "agenthost-unpack was ended by signal %d",
                       WTERMSIG(status));
    }
    return WEXITSTATUS(status) == 0 || err_set(err, ERR_INVALID, "%s", line);
}

static bool bring_archive(int file_fd, int work_fd, char ret_id[AGENT_ID_BYTES], struct err *err)
{
    char line[ERR_TEXT_BYTES_MAX];
    pid_t pid = 0;
    int out_fd = -1;
    if (!bring_start(file_fd, work_fd, &pid, &out_fd, err) ||
        !bring_finish(pid, out_fd, line, sizeof(line), err)) {
        return false;
    }
    if (!scan_is_agent_id(line)) {
        return err_set(err, ERR_INTERNAL, "agenthost-unpack named no folder");
    }
    memcpy(ret_id, line, strlen(line) + 1);
    return true;
}

bool bring_bundle(const char *from, int work_fd, char ret_id[AGENT_ID_BYTES], struct err *err)
{
    struct stat stat_of;
    int fd = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &stat_of) != 0) {
        (void)err_set_errno(err, "it cannot be read");
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    bool is_ok = S_ISDIR(stat_of.st_mode) ? bring_folder(from, work_fd, ret_id, err)
                 : S_ISREG(stat_of.st_mode)
                     ? bring_archive(fd, work_fd, ret_id, err)
                     : err_set(err, ERR_INVALID, "it is neither a .tar.gz nor a folder");
    close(fd);
    return is_ok;
}
