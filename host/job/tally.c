/* Counting the jobs of the served queues, all at once. */
#include "job/tally.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/sbuf.h"
#include "job/pipeline.h"
#include "queue/queue.h"

#define TALLY_BYTES_MAX (64 * 1024)

struct tally_numbers {
    int64_t waiting, active, completed, failed, delayed, parked;
};

struct tally {
    tally_fn done;
    void *ctx;
    struct tally_numbers all;
    struct sbuf queues; /* members of the object */
    struct err err;     /* the first one */
    size_t under_way;
};

struct tally_one {
    struct tally *tally;
    const struct queue *queue;
};

static void tally_render(struct sbuf *out, const struct tally_numbers *numbers)
{
    sbuf_printf(out,
                "{\"waiting\":%" PRId64 ",\"active\":%" PRId64 ",\"completed\":%" PRId64
                ",\"failed\":%" PRId64 ",\"delayed\":%" PRId64 ",\"total\":%" PRId64,
                numbers->waiting, numbers->active, numbers->completed, numbers->failed,
                numbers->delayed,
                numbers->waiting + numbers->active + numbers->completed + numbers->failed +
                    numbers->delayed);
}

static void tally_end(struct tally *tally)
{
    struct sbuf out;
    sbuf_init(&out, 2 * TALLY_BYTES_MAX);
    sbuf_puts(&out, "\"stats\":");
    tally_render(&out, &tally->all);
    sbuf_puts(&out, "},\"queues\":{");
    sbuf_span(&out, sbuf_as_span(&tally->queues));
    sbuf_putc(&out, '}');
    tally->done(sbuf_as_span(&out), tally->err.kind != ERR_NONE ? &tally->err : NULL, tally->ctx);
    sbuf_fini(&out);
    sbuf_fini(&tally->queues);
    free(tally);
}

static void tally_answered(struct tally *tally)
{
    if (--tally->under_way == 0) {
        tally_end(tally);
    }
}

static void tally_counted(const struct queue_counts *counts, const struct err *err, void *ctx)
{
    struct tally_one *one = ctx;
    struct tally *tally = one->tally;
    if (err != NULL) {
        tally->err = tally->err.kind == ERR_NONE ? *err : tally->err;
    } else {
        struct tally_numbers numbers = {
            .waiting = counts->waiting + counts->prioritized + counts->paused + counts->parked,
            .active = counts->active,
            .completed = counts->completed,
            .failed = counts->failed,
            .delayed = counts->delayed,
            .parked = counts->parked,
        };
        struct tally_numbers *all = &tally->all;
        *all = (struct tally_numbers){
            all->waiting + numbers.waiting,     all->active + numbers.active,
            all->completed + numbers.completed, all->failed + numbers.failed,
            all->delayed + numbers.delayed,     all->parked + numbers.parked};
        sbuf_puts(&tally->queues, tally->queues.len > 0 ? "," : "");
        sbuf_json_string(&tally->queues, span_of(queue_name(one->queue)));
        sbuf_putc(&tally->queues, ':');
        tally_render(&tally->queues, &numbers);
        sbuf_printf(&tally->queues, ",\"parked\":%" PRId64 "}", numbers.parked);
    }
    free(one);
    tally_answered(tally);
}

void tally_queues(struct pipeline *pipeline, const char *queue, tally_fn done, void *ctx)
{
    struct tally *tally = mem_alloc(sizeof(*tally));
    tally->done = done;
    tally->ctx = ctx;
    sbuf_init(&tally->queues, TALLY_BYTES_MAX);
    tally->under_way = 1; /* this call: answers may come inside */
    bool is_served = false;
    for (size_t i = 0; i < pipeline->queues_count; i++) {
        if (queue == NULL || strcmp(queue_name(pipeline->queues[i]), queue) == 0) {
            is_served = true;
            struct tally_one *one = mem_alloc(sizeof(*one));
            *one = (struct tally_one){tally, pipeline->queues[i]};
            tally->under_way++;
            queue_counts(pipeline->queues[i], tally_counted, one);
        }
    }
    if (!is_served) {
        (void)err_set(&tally->err, ERR_NOT_FOUND, "queue: this host does not serve '%.100s'",
                      queue != NULL ? queue : "");
    }
    tally_answered(tally);
}
