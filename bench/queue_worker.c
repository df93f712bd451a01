/* The queue layer with a handler that completes at once: what claiming and finishing cost.
 *
 *   queue_worker PORT QUEUE CONCURRENCY STATE_DIR      until SIGTERM */
#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/loop.h"
#include "core/mem.h"
#include "core/options.h"
#include "core/signals.h"
#include "core/state.h"
#include "core/thread.h"
#include "queue/queue.h"
#include "redis/redis.h"

static void on_job(struct queue_job *job, void *ctx)
{
    (void)ctx;
    queue_complete(job, SPAN_LITERAL("{\"ok\":true}"));
}

static void on_disowned(struct queue_job *job, void *ctx)
{
    (void)ctx;
    queue_drop(job);
}

static void on_cancel(struct queue_job *job, const char *reason, void *ctx)
{
    (void)job;
    (void)reason;
    (void)ctx; /* it is completed in the same turn as it is claimed */
}

static void on_ended(struct queue_job *job, enum queue_end end, void *ctx)
{
    (void)job;
    (void)end;
    (void)ctx;
}

static void on_stop(void *ctx)
{
    loop_stop(ctx);
}

static void serve(uint16_t port, char *name, uint32_t concurrency, const struct state_dir *state)
{
    struct loop loop;
    loop_init(&loop);
    struct thread *files = thread_create(&loop, "files", 1024);
    const struct redis_settings redis = {
        .host = (char *)"127.0.0.1",
        .port = port,
        .connect_ms = 5000,
        .command_ms = 10000,
        .write_bytes_max = (size_t)64 << 20,
    };
    const struct options_queue options = {
        .name = name,
        .prefix = (char *)"bull",
        .concurrency = concurrency,
        .lock_ms = 30000,
        .stalled_ms = 30000,
        .max_stalled = 5,
        .park_max_ms = 86400000,
        .unpark_per_second = 100,
        .keep_completed = {-1, -1, -1},
        .keep_failed = {-1, -1, -1},
        .drain_delay_ms = 5000,
    };
    const struct queue_handlers handlers = {
        .on_job = on_job,
        .on_disowned = on_disowned,
        .on_cancel = on_cancel,
        .on_ended = on_ended,
    };
    const struct signals_handlers signals = {
        .on_reload = on_stop, .on_drain = on_stop, .on_stop = on_stop, .ctx = &loop};
    signals_start(&loop, &signals);
    struct queue *queue =
        queue_create(&loop, files, &redis, &options, state, "bench-store", &handlers);
    queue_start_claiming(queue);
    loop_run(&loop);
    queue_destroy(&queue);
    signals_stop(&loop);
    thread_destroy(&files);
    loop_fini(&loop);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        (void)fputs("usage: queue_worker PORT QUEUE CONCURRENCY STATE_DIR\n", stderr);
        return EXIT_FAILURE;
    }
    struct state_dir state;
    struct err err;
    log_configure(LOG_FORMAT_TEXT, LOG_WARNING);
    if (!state_open(&state, argv[4], 0, NULL, &err)) {
        (void)fprintf(stderr, "queue_worker: %s\n", err.text);
        return EXIT_FAILURE;
    }
    serve((uint16_t)strtoul(argv[1], NULL, 10), argv[2], (uint32_t)strtoul(argv[3], NULL, 10),
          &state);
    state_close(&state);
    return EXIT_SUCCESS;
}
