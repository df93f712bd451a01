/* Round trips of 16 KB each way, one after the other: into an agent's cell and back, and beside it
 * over a bare socketpair to a process that only echoes. Prints one JSON object.
 *
 * usage: cell CELL_PROGRAM IMAGE_DIR CALLS */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell/cell.h"
#include "cell/wire.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/loop.h"
#include "core/sbuf.h"

#define TEXT_BYTES (16 * 1024)
#define CALLS_WARM 500
#define CALLS_MAX 1000000
#define CALL_MS 10000

static char text[TEXT_BYTES];

struct bench {
    struct loop loop;
    struct cell *cell;
    int calls, done; /* done counts the warm ones too */
    int64_t sent_us;
    int64_t *times_us;
};

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "cell: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static void print(const char *name, int64_t *times_us, int count)
{
    qsort(times_us, (size_t)count, sizeof(*times_us), compare);
    (void)printf("\"%s\":{\"p50\":%lld,\"p99\":%lld}", name, (long long)times_us[count / 2],
                 (long long)times_us[(int64_t)count * 99 / 100]);
}

/* --- a cell ---------------------------------------------------------------------------------- */

static void bench_send(struct bench *bench);

/* As the host takes an answer: read into an arena of the job's, then judged. */
static void bench_on_done(struct cell *cell, struct span payload, const struct cell_report *report,
                          void *ctx)
{
    (void)cell;
    struct bench *bench = ctx;
    if (report != NULL) {
        die("the call failed", report->text);
    }
    struct wire_reply reply;
    struct err err;
    struct arena *arena = arena_create(1024 * 1024);
    char *copy = arena_strndup(arena, payload.data, payload.len);
    if (!wire_read_reply((struct span){copy, payload.len}, arena, &reply, &err) ||
        reply.text.len != TEXT_BYTES) {
        die("a wrong reply", err.text);
    }
    arena_destroy(&arena);
    if (bench->done >= CALLS_WARM) {
        bench->times_us[bench->done - CALLS_WARM] = clock_mono_us() - bench->sent_us;
    }
    if (++bench->done < bench->calls + CALLS_WARM) {
        bench_send(bench);
    } else {
        loop_stop(&bench->loop);
    }
}

static void bench_send(struct bench *bench)
{
    const struct wire_job job = {.data = SPAN_LITERAL("{}"), .locale = SPAN_LITERAL("de")};
    const struct wire_answer answer = {.text = {text, sizeof(text)},
                                       .finish_reason = SPAN_LITERAL("stop")};
    bench->sent_us = clock_mono_us();
    struct sbuf frame;
    sbuf_init(&frame, WIRE_FRAME_BYTES_MAX);
    wire_write_call(&frame, WIRE_PROCESS, &job, &answer);
    cell_call(bench->cell, sbuf_as_span(&frame), CALL_MS, WIRE_REPLY_BYTES_MAX, "post_process",
              bench_on_done, bench);
    sbuf_fini(&frame);
}

static void bench_on_ready(struct cell *cell, void *ctx)
{
    (void)cell;
    bench_send(ctx);
}

static void bench_on_log(struct cell *cell, int level, struct span line, void *ctx)
{
    (void)cell;
    (void)level;
    (void)ctx;
    (void)fprintf(stderr, "cell: it said: %.*s\n", (int)line.len, line.data);
}

static void bench_on_end(struct cell *cell, const struct cell_report *report, void *ctx)
{
    (void)cell;
    (void)ctx;
    die("the cell ended", report->text);
}

static void measure_cell(const char *program_path, const char *image_path, int calls,
                         int64_t *times_us)
{
    struct bench bench = {.calls = calls, .times_us = times_us};
    struct err err;
    loop_init(&bench.loop);
    struct cell_program *program = cell_program_open(program_path, &err);
    if (program == NULL) {
        die(program_path, err.text);
    }
    const struct wire_setup setup = {.id = SPAN_LITERAL("bench"),
                                     .version = SPAN_LITERAL("1"),
                                     .manifest = SPAN_LITERAL("{}"),
                                     .config = SPAN_LITERAL("{}")};
    struct sbuf frame;
    sbuf_init(&frame, WIRE_FRAME_BYTES_MAX);
    wire_write_setup(&frame, &setup);
    const struct cell_spec spec = {.name = "bench",
                                   .image_path = image_path,
                                   .setup = sbuf_as_span(&frame),
                                   .memory_bytes_max = UINT64_C(256) * 1024 * 1024,
                                   .start_ms = CALL_MS};
    const struct cell_handlers handlers = {
        .on_ready = bench_on_ready, .on_log = bench_on_log, .on_end = bench_on_end, .ctx = &bench};
    if (!cell_start(&bench.loop, program, &spec, &handlers, &bench.cell, &err)) {
        die(image_path, err.text);
    }
    sbuf_fini(&frame);
    loop_run(&bench.loop);
    cell_destroy(&bench.cell);
    cell_program_close(&program);
    loop_fini(&bench.loop);
}

/* --- a bare socketpair ----------------------------------------------------------------------- */

static bool read_all(int fd, char *bytes)
{
    for (size_t done = 0; done < TEXT_BYTES;) {
        ssize_t len = read(fd, bytes + done, TEXT_BYTES - done);
        if (len <= 0) {
            return false;
        }
        done += (size_t)len;
    }
    return true;
}

static bool write_all(int fd, const char *bytes)
{
    for (size_t done = 0; done < TEXT_BYTES;) {
        ssize_t len = write(fd, bytes + done, TEXT_BYTES - done);
        if (len <= 0) {
            return false;
        }
        done += (size_t)len;
    }
    return true;
}

static void measure_socketpair(int calls, int64_t *times_us)
{
    static char back[TEXT_BYTES];
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        die("socketpair", "it cannot be made");
    }
    pid_t child = fork();
    if (child == 0) {
        (void)close(fds[0]);
        while (read_all(fds[1], back) && write_all(fds[1], back)) {
        }
        _exit(EXIT_SUCCESS);
    }
    (void)close(fds[1]);
    for (int i = 0; i < calls + CALLS_WARM; i++) {
        int64_t began_us = clock_mono_us();
        if (child < 0 || !write_all(fds[0], text) || !read_all(fds[0], back)) {
            die("socketpair", "the echo is gone");
        }
        if (i >= CALLS_WARM) {
            times_us[i - CALLS_WARM] = clock_mono_us() - began_us;
        }
    }
    (void)close(fds[0]);
    (void)waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
    int calls = argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0;
    if (calls < 100 || calls > CALLS_MAX) {
        (void)fprintf(stderr, "usage: cell CELL_PROGRAM IMAGE_DIR CALLS (100 to %d)\n", CALLS_MAX);
        return EXIT_FAILURE;
    }
    int64_t *times_us = calloc((size_t)calls, sizeof(*times_us));
    if (times_us == NULL) {
        die("memory", "there is none");
    }
    (void)signal(SIGPIPE, SIG_IGN);
    memset(text, 'a', sizeof(text));
    measure_cell(argv[1], argv[2], calls, times_us);
    (void)putchar('{');
    print("cell", times_us, calls);
    measure_socketpair(calls, times_us);
    (void)putchar(',');
    print("socketpair", times_us, calls);
    (void)printf("}\n");
    free(times_us);
    return EXIT_SUCCESS;
}
