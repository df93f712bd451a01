/* What is left of runs that have ended: their records and cancel requests, dropped together at the
 * end of the turn that ended them. One command for each cost Redis a sixth of the whole job. */
#include "core/arena.h"
#include "queue/outcome.h"

#define ENDED_BYTES_MAX ((size_t)256 * 1024) /* of the texts of one command */

static void ended_send(struct queue *queue)
{
    struct queue_ended *ended = &queue->ended_runs;
    if (ended->args_count > 0) {
        (void)redis_eval(queue->commands, queue->scripts.ended, NULL, NULL, 0, NULL,
                         ended->args_count, ended->args);
    }
    ended->args_count = 0;
    arena_destroy(&ended->texts);
}

void queue_ended_on_turn(struct loop_deferred *deferred)
{
    ended_send(CONTAINER_OF(deferred, struct queue, ended_runs.deferred));
}

/* The entry may be gone before the turn is over. False when there is no room for a copy. */
static bool ended_add(struct queue_ended *ended, const struct queue_entry *entry, int64_t life_ms)
{
    char run[16], life[QUEUE_NUMBER_BYTES];
    const struct span texts[QUEUE_ENDED_ARGS] = {
        entry->key.id,
        entry->key.timestamp,
        queue_run_text(entry, run),
        queue_number_text(life, life_ms),
    };
    struct span copies[QUEUE_ENDED_ARGS];
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *copy = arena_strndup(ended->texts, texts[i].data, texts[i].len);
        if (copy == NULL) {
            return false;
        }
        copies[i] = (struct span){copy, texts[i].len};
    }
    memcpy(&ended->args[ended->args_count], copies, sizeof(copies));
    ended->args_count += ARRAY_LEN(copies);
    return true;
}

void queue_ended_note(struct queue_entry *entry, bool is_completed)
{
    struct queue *queue = entry->job.queue;
    struct queue_ended *ended = &queue->ended_runs;
    if (ended->texts == NULL) {
        ended->texts = arena_create(ENDED_BYTES_MAX);
        ended->args[ended->args_count++] = queue->keys.base;
        loop_defer(queue->loop, &ended->deferred);
    }
    if (!ended_add(ended, entry, is_completed ? 0 : QUEUE_RUN_FAILED_MS) ||
        ended->args_count == ARRAY_LEN(ended->args)) {
        ended_send(queue);
    }
}
