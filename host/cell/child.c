/* The child's side of being a cell. */
#include "cell/child.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cell/sandbox.h"
#include "core/err.h"

#define CHILD_READ_BYTES (64u * 1024)
#define CHILD_EXIT_LOST 70   /* the host cannot be talked to */
#define CHILD_NICE 10        /* below the host: one that spins must not slow it down */
#define CHILD_EXIT_REFUSED 1 /* the host was told why */

void child_send(struct sbuf *frames)
{
    if (frames->is_failed) {
        _exit(CHILD_EXIT_LOST);
    }
    for (size_t sent = 0; sent < frames->len;) {
        ssize_t len = write(WIRE_SOCKET_FD, frames->data + sent, frames->len - sent);
        if (len < 0 && errno != EINTR) {
            _exit(CHILD_EXIT_LOST);
        }
        sent += len > 0 ? (size_t)len : 0;
    }
    sbuf_clear(frames);
}

static void child_send_text(enum wire_kind kind, int32_t number, struct span text, struct span more)
{
    struct sbuf frame;
    sbuf_init(&frame, 4 * WIRE_SMALL_BYTES_MAX);
    wire_write_text(&frame, kind, number, text, more);
    child_send(&frame);
    sbuf_fini(&frame);
}

void child_phase(const char *phase)
{
    child_send_text(WIRE_PHASE, 0, span_of(phase), (struct span){NULL, 0});
}

void child_refuse(const char *phase, struct span reason)
{
    if (reason.len > WIRE_LOG_BYTES_MAX) {
        reason.len = WIRE_LOG_BYTES_MAX;
    }
    child_send_text(WIRE_REFUSED, 0, span_of(phase), reason);
    _exit(CHILD_EXIT_REFUSED);
}

/* The terminal's and the supervisor's signals go to the whole group; ending is the host's
 * decision alone, and it closes the socket then. */
static void child_ignore_signals(void)
{
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void child_read_arguments(struct child *child, struct sandbox_plan *plan, int argc,
                                 char **argv)
{
    char *end = NULL;
    if (argc != 5) {
        child_refuse("start", SPAN_LITERAL("this program is started by agenthost only"));
    }
    child->name = argv[1];
    child->image_path = argv[2];
    errno = 0;
    uint64_t memory = strtoumax(argv[3], &end, 10);
    if (errno != 0 || end == argv[3] || *end != '\0') {
        child_refuse("start", SPAN_LITERAL("the memory maximum is no number"));
    }
    *plan =
        (struct sandbox_plan){.readable_path = argv[2],
                              .memory_bytes_max = memory,
                              .is_landlock_required = strcmp(argv[4], WIRE_LANDLOCK_REQUIRED) == 0};
}

void child_start(struct child *child, const char *process_name, int argc, char **argv)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NAME, process_name);
    (void)nice(CHILD_NICE);
    (void)close(WIRE_PROGRAM_FD);
    child_ignore_signals();
    *child = (struct child){.image_path = ""};
    struct sandbox_plan plan = {.readable_path = ""};
    bool is_probe = argc == 2 && strcmp(argv[1], WIRE_PROBE_ARGUMENT) == 0;
    if (!is_probe) {
        child_read_arguments(child, &plan, argc, argv);
    }
    char layers[SANDBOX_LAYERS_BYTES];
    struct err err;
    if (!sandbox_enter(&plan, layers, &err)) {
        child_refuse("sandbox", span_of(err.text));
    }
    child_send_text(WIRE_HELLO, WIRE_VERSION, SPAN_LITERAL(WIRE_BUILD_ID), span_of(layers));
    if (is_probe) {
        _exit(0);
    }
}

/* Room for at least one more read, and for the whole frame when its length is known. */
static void child_reserve(struct child *child, size_t bytes)
{
    if (child->in_used > 0) {
        memmove(child->in, child->in + child->in_used, child->in_len - child->in_used);
        child->in_len -= child->in_used;
        child->in_used = 0;
    }
    if (child->in_capacity >= bytes) {
        return;
    }
    char *in = realloc(child->in, bytes);
    if (in == NULL) {
        child_refuse("memory", SPAN_LITERAL("what the host sent does not fit into the memory "
                                            "maximum (memory_max)"));
    }
    child->in = in;
    child->in_capacity = bytes;
}

static size_t child_wanted(const struct child *child)
{
    size_t have = child->in_len - child->in_used;
    size_t wanted = have + CHILD_READ_BYTES;
    if (have >= WIRE_HEADER_BYTES) {
        const unsigned char *at = (const unsigned char *)child->in + child->in_used;
        size_t frame = WIRE_HEADER_BYTES +
                       (at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24);
        wanted = frame > wanted ? frame : wanted;
    }
    return wanted;
}

bool child_next_frame(struct child *child, struct span *ret_payload)
{
    for (;;) {
        struct span bytes = {child->in + child->in_used, child->in_len - child->in_used};
        size_t used = 0;
        int found = wire_next_frame(bytes, WIRE_FRAME_BYTES_MAX, ret_payload, &used);
        if (found < 0) {
            _exit(CHILD_EXIT_LOST);
        }
        if (found > 0) {
            child->in_used += used;
            return true;
        }
        child_reserve(child, child_wanted(child));
        ssize_t len =
            read(WIRE_SOCKET_FD, child->in + child->in_len, child->in_capacity - child->in_len);
        if (len == 0 || (len < 0 && errno != EINTR)) {
            return false;
        }
        child->in_len += len > 0 ? (size_t)len : 0;
    }
}

void child_keep_payload(struct child *child)
{
    /* The host sends nothing after a setup before it was answered: the buffer is all its own. */
    assert(child->in_used == child->in_len);
    child->in = NULL;
    child->in_len = child->in_used = child->in_capacity = 0;
}
