/* The program cells run: held open so that it cannot change, tried once, and the place where
 * killed processes wait for their reaping. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cell/cell-private.h"
#include "cell/wire.h"
#include "core/beside.h"
#include "core/clock.h"
#include "core/mem.h"

#define PROGRAM_PROBE_MS 10000
#define PROGRAM_FD_MIN 16 /* above the numbers a cell's own descriptors get */

/* Reads the probe's only frame. The program is ours; it says hello or why not, and exits. */
static bool program_read_probe(int fd, struct sbuf *in, struct span *ret_payload, struct err *err)
{
    int64_t due_ms = clock_mono_ms() + PROGRAM_PROBE_MS;
    for (;;) {
        size_t used;
        int found = wire_next_frame(sbuf_as_span(in), WIRE_SMALL_BYTES_MAX, ret_payload, &used);
        if (found != 0) {
            return found > 0 || err_set(err, ERR_PROTOCOL, "it does not speak like a cell");
        }
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left_ms = due_ms - clock_mono_ms();
        if (left_ms <= 0) {
            return err_set(err, ERR_TIMEOUT, "it did not answer within %d ms", PROGRAM_PROBE_MS);
        }
        (void)poll(&ready, 1, (int)left_ms);
        char bytes[WIRE_SMALL_BYTES_MAX];
        ssize_t len = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (len == 0) {
            return err_set(err, ERR_PROTOCOL, "it left without a word");
        }
        if (len < 0 && errno != EAGAIN && errno != EINTR) {
            return err_set_errno(err, "cannot read from it");
        }
        sbuf_append(in, bytes, len > 0 ? (size_t)len : 0);
    }
}

static bool program_judge_probe(struct span payload, char **ret_sandbox, struct err *err)
{
    enum wire_kind kind = WIRE_LOG;
    int32_t number;
    struct span text, more;
    if (!wire_kind_of(payload, &kind) || !wire_read_text(payload, &number, &text, &more, err)) {
        return err_set(err, ERR_PROTOCOL, "it does not speak like a cell");
    }
    if (kind == WIRE_REFUSED) {
        return err_set(err, ERR_DENIED, "%.*s", (int)more.len, more.data != NULL ? more.data : "");
    }
    if (kind != WIRE_HELLO || number != WIRE_VERSION || !span_is(text, WIRE_BUILD_ID)) {
        return err_set(err, ERR_PROTOCOL, "it is of another build than this host (%.*s, not %s)",
                       (int)text.len, text.data != NULL ? text.data : "", WIRE_BUILD_ID);
    }
    *ret_sandbox = mem_strndup(more.data != NULL ? more.data : "", more.len);
    return true;
}

static bool program_probe(int fd, char **ret_sandbox, struct err *err)
{
    char *const arguments[] = {(char *)"agenthost-cell", (char *)WIRE_PROBE_ARGUMENT, NULL};
    struct spawn spawn;
    if (!spawn_cell(fd, arguments, &spawn, err)) {
        return false;
    }
    struct sbuf in;
    sbuf_init(&in, 2 * WIRE_SMALL_BYTES_MAX);
    struct span payload;
    bool is_ok = program_read_probe(spawn.socket_fd, &in, &payload, err) &&
                 program_judge_probe(payload, ret_sandbox, err);
    struct spawn_status status;
    spawn_kill(&spawn);
    (void)spawn_reap(&spawn, true, &status);
    spawn_close(&spawn);
    sbuf_fini(&in);
    return is_ok;
}

void cell_program_find(const char *name, char ret_path[PATH_MAX])
{
    beside_find(name, PKGLIBEXECDIR, ret_path);
}

struct cell_program *cell_program_open(const char *path, struct err *err)
{
    int low = open(path, O_PATH | O_CLOEXEC);
    int fd = low >= 0 ? fcntl(low, F_DUPFD_CLOEXEC, PROGRAM_FD_MIN) : -1;
    if (fd < 0) {
        err_set_errno(err, "cannot open the cell program '%s'", path);
    }
    if (low >= 0) {
        (void)close(low);
    }
    if (fd < 0) {
        return NULL;
    }
    /* A parent that ignored SIGCHLD would have the kernel reap cells before they are reported. */
    struct sigaction children;
    if (sigaction(SIGCHLD, NULL, &children) == 0 && children.sa_handler == SIG_IGN) {
        (void)signal(SIGCHLD, SIG_DFL);
    }
    char *sandbox = NULL;
    struct err cause;
    if (!program_probe(fd, &sandbox, &cause)) {
        (void)err_set(err, cause.kind, "the cell program '%s' does not work here: %s", path,
                      cause.text);
        (void)close(fd);
        return NULL;
    }
    struct cell_program *program = mem_alloc(sizeof(*program));
    *program = (struct cell_program){.fd = fd, .sandbox = sandbox};
    return program;
}

const char *cell_program_sandbox(const struct cell_program *program)
{
    return program->sandbox;
}

static void grave_close(struct cell_grave *grave)
{
    struct cell_grave **link = &grave->program->graves;
    while (*link != grave) {
        link = &(*link)->next;
    }
    *link = grave->next;
    ev_io_stop(grave->loop->ev, &grave->io);
    spawn_close(&grave->spawn);
    free(grave);
}

static void grave_on_exit(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    (void)revents;
    struct cell_grave *grave = io->data;
    struct spawn_status status;
    if (spawn_reap(&grave->spawn, false, &status) == 1) {
        grave_close(grave);
    }
}

void cell_program_bury(struct cell_program *program, struct loop *loop, struct spawn *spawn)
{
    spawn_kill(spawn);
    struct cell_grave *grave = mem_alloc(sizeof(*grave));
    *grave = (struct cell_grave){.program = program, .loop = loop, .next = program->graves};
    grave->spawn =
        (struct spawn){.pid = spawn->pid, .pidfd = spawn->pidfd, .socket_fd = -1, .stderr_fd = -1};
    spawn->pidfd = -1;
    program->graves = grave;
    ev_io_init(&grave->io, grave_on_exit, grave->spawn.pidfd, EV_READ);
    grave->io.data = grave;
    ev_io_start(loop->ev, &grave->io);
}

void cell_program_close(struct cell_program **program)
{
    if (*program == NULL) {
        return;
    }
    while ((*program)->graves != NULL) {
        struct spawn_status status;
        (void)spawn_reap(&(*program)->graves->spawn, true, &status); /* killed: takes no time */
        grave_close((*program)->graves);
    }
    (void)close((*program)->fd);
    free((*program)->sandbox);
    free(*program);
    *program = NULL;
}
