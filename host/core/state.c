/* The state directory: identity, epoch and the lock. */
#include "core/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"

#define STATE_LOCK_FILE "agenthost.pid"
#define STATE_POLL_MS 20
#define STATE_FILE_BYTES_MAX 128 /* the longest of our small files and more */

/* Makes path and what is missing above it. */
static bool state_make_dirs(const char *path, struct err *err)
{
    char *partial = mem_strdup(path);
    bool is_ok = true;
    for (char *at = partial + 1; is_ok && *partial != '\0'; at++) {
        if (*at != '/' && *at != '\0') {
            continue;
        }
        char kept = *at;
        *at = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST) {
            is_ok = err_set_errno(err, "cannot make the state directory '%s'", partial);
        }
        *at = kept;
        if (kept == '\0') {
            break;
        }
    }
    free(partial);
    return is_ok;
}

static bool state_open_dir(struct state_dir *state, struct err *err)
{
    state->dir_fd = open(state->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (state->dir_fd < 0) {
        return err_set_errno(err, "cannot open the state directory '%s'", state->path);
    }
    struct stat info;
    if (fstat(state->dir_fd, &info) != 0) {
        return err_set_errno(err, "cannot look at the state directory '%s'", state->path);
    }
    if ((info.st_mode & S_IWOTH) != 0) {
        return err_set(err, ERR_DENIED,
                       "everybody may write to the state directory '%s': chmod o-w it",
                       state->path);
    }
    return true;
}

/* Reads a small file of the directory; *ret_len 0 when it does not exist. */
static bool state_read(const struct state_dir *state, const char *name,
                       char ret_text[STATE_FILE_BYTES_MAX], size_t *ret_len, struct err *err)
{
    *ret_len = 0;
    ret_text[0] = '\0';
    int fd = openat(state->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT || err_set_errno(err, "cannot open '%s/%s'", state->path, name);
    }
    ssize_t len = read(fd, ret_text, STATE_FILE_BYTES_MAX - 1);
    int saved = errno;
    close(fd);
    if (len < 0) {
        errno = saved;
        return err_set_errno(err, "cannot read '%s/%s'", state->path, name);
    }
    while (len > 0 && ret_text[len - 1] == '\n') {
        len--;
    }
    ret_text[len] = '\0';
    *ret_len = (size_t)len;
    return true;
}

static bool state_sync_dir(const struct state_dir *state, struct err *err)
{
    int fd = openat(state->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return err_set_errno(err, "cannot open '%s'", state->path);
    }
    int rc = fsync(fd);
    int saved = errno;
    close(fd);
    errno = saved;
    return rc == 0 || err_set_errno(err, "cannot sync '%s'", state->path);
}

static bool state_write_new(const struct state_dir *state, const char *name, const char *text,
                            struct err *err)
{
    int fd =
        openat(state->dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return err_set_errno(err, "cannot make '%s/%s'", state->path, name);
    }
    size_t len = strlen(text);
    errno = ENOSPC; /* what a short write without an error means */
    bool is_ok = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return is_ok || err_set_errno(err, "cannot write '%s/%s'", state->path, name);
}

/* Replaces a small file so that a crash leaves the old or the new one. */
static bool state_write(const struct state_dir *state, const char *name, const char *text,
                        struct err *err)
{
    char temporary[32];
    (void)snprintf(temporary, sizeof(temporary), "%.20s.new", name);
    if (!state_write_new(state, temporary, text, err)) {
        return false;
    }
    if (renameat(state->dir_fd, temporary, state->dir_fd, name) != 0) {
        return err_set_errno(err, "cannot rename '%s/%s'", state->path, temporary);
    }
    return state_sync_dir(state, err);
}

static long state_lock_holder(const struct state_dir *state)
{
    char text[STATE_FILE_BYTES_MAX];
    ssize_t len = pread(state->lock_fd, text, sizeof(text) - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    return strtol(text, NULL, 10);
}

static bool state_lock(struct state_dir *state, int64_t wait_ms, void (*on_wait)(long pid),
                       struct err *err)
{
    state->lock_fd =
        openat(state->dir_fd, STATE_LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (state->lock_fd < 0) {
        return err_set_errno(err, "cannot open '%s/%s'", state->path, STATE_LOCK_FILE);
    }
    int64_t deadline_ms = clock_mono_ms() + wait_ms;
    for (bool is_told = false; flock(state->lock_fd, LOCK_EX | LOCK_NB) != 0; is_told = true) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return err_set_errno(err, "cannot lock '%s/%s'", state->path, STATE_LOCK_FILE);
        }
        long pid = state_lock_holder(state);
        if (clock_mono_ms() >= deadline_ms) {
            return err_set(err, ERR_AGAIN, "the state directory '%s' is in use by process %ld",
                           state->path, pid);
        }
        if (!is_told && on_wait != NULL) {
            on_wait(pid);
        }
        const struct timespec pause = {.tv_nsec = STATE_POLL_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
    char text[STATE_FILE_BYTES_MAX];
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(state->lock_fd, 0) != 0 || pwrite(state->lock_fd, text, (size_t)len, 0) != len) {
        return err_set_errno(err, "cannot write '%s/%s'", state->path, STATE_LOCK_FILE);
    }
    return true;
}

/* The epoch is written before a new host-id: a host-id without an epoch is damage, because
 * an epoch used twice would make the host take its own claims for a predecessor's. */
static bool state_identify(struct state_dir *state, struct err *err)
{
    char id[STATE_FILE_BYTES_MAX], epoch[STATE_FILE_BYTES_MAX];
    size_t id_len, epoch_len;
    if (!state_read(state, "host-id", id, &id_len, err) ||
        !state_read(state, "epoch", epoch, &epoch_len, err)) {
        return false;
    }
    if (id_len != 0 && (id_len != 32 || strspn(id, "0123456789abcdef") != 32)) {
        return err_set(err, ERR_INVALID,
                       "'%s/host-id' is damaged: remove it to give this host a new identity",
                       state->path);
    }
    if (epoch_len == 0 ? id_len != 0 : strspn(epoch, "0123456789") != epoch_len || epoch_len > 18) {
        return err_set(
            err, ERR_INVALID,
            "'%s/epoch' is %s: remove host-id and epoch to give this host a new identity",
            state->path, epoch_len == 0 ? "missing" : "damaged");
    }
    state->epoch = strtoull(epoch, NULL, 10) + 1;
    (void)snprintf(epoch, sizeof(epoch), "%llu\n", (unsigned long long)state->epoch);
    if (!state_write(state, "epoch", epoch, err)) {
        return false;
    }
    if (id_len == 0) {
        (void)snprintf(id, sizeof(id), "%016llx%016llx", (unsigned long long)clock_random_u64(),
                       (unsigned long long)clock_random_u64());
        char line[STATE_FILE_BYTES_MAX];
        (void)snprintf(line, sizeof(line), "%.32s\n", id);
        if (!state_write(state, "host-id", line, err)) {
            return false;
        }
    }
    (void)snprintf(state->host_id, sizeof(state->host_id), "%.32s", id);
    return true;
}

bool state_secret(const struct state_dir *state, const char *name,
                  char ret_secret[STATE_SECRET_BYTES], struct err *err)
{
    char text[STATE_FILE_BYTES_MAX];
    size_t len;
    if (!state_read(state, name, text, &len, err)) {
        return false;
    }
    if (len == 0) {
        for (size_t i = 0; i < STATE_SECRET_BYTES - 1; i += 16) {
            (void)snprintf(text + i, sizeof(text) - i, "%016llx",
                           (unsigned long long)clock_random_u64());
        }
        if (!state_write(state, name, text, err)) {
            return false;
        }
    } else if (len != STATE_SECRET_BYTES - 1 || strspn(text, "0123456789abcdef") != len) {
        return err_set(err, ERR_INVALID, "'%s/%s' is damaged: remove it to make it anew",
                       state->path, name);
    }
    (void)snprintf(ret_secret, STATE_SECRET_BYTES, "%.64s", text);
    explicit_bzero(text, sizeof(text));
    return true;
}

/* Agents run from here: a file system mounted noexec would fail every one of them later. */
static bool state_probe_exec(const struct state_dir *state, struct err *err)
{
    if (!state_write_new(state, "probe.new", "probe", err)) {
        return false;
    }
    int fd = openat(state->dir_fd, "probe.new", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    int saved = errno;
    if (mapped != MAP_FAILED) {
        (void)munmap(mapped, 1);
    }
    if (fd >= 0) {
        close(fd);
    }
    (void)unlinkat(state->dir_fd, "probe.new", 0); /* overwritten by the next probe if it stays */
    errno = saved;
    return mapped != MAP_FAILED ||
           err_set_errno(err,
                         "files in the state directory '%s' cannot be executed (mounted noexec?), "
                         "choose another with state.dir",
                         state->path);
}

bool state_open(struct state_dir *state, const char *path, int64_t wait_ms,
                void (*on_wait)(long pid), struct err *err)
{
    *state = (struct state_dir){.dir_fd = -1, .lock_fd = -1};
    state->path = mem_strdup(path);
    bool is_ok = state_make_dirs(path, err) && state_open_dir(state, err) &&
                 state_lock(state, wait_ms, on_wait, err) && state_identify(state, err) &&
                 state_probe_exec(state, err);
    if (!is_ok) {
        state_close(state);
    }
    return is_ok;
}

void state_close(struct state_dir *state)
{
    if (state->lock_fd >= 0) {
        close(state->lock_fd); /* gives the lock back */
    }
    if (state->dir_fd >= 0) {
        close(state->dir_fd);
    }
    free(state->path);
    *state = (struct state_dir){.dir_fd = -1, .lock_fd = -1};
}
