/* The nonce: tells a dead predecessor of this state directory from a live copy of it. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/state.h"
#include "queue/queue-private.h"

/* What a predecessor on the same directory shares with us and a copy does not: the directory
 * itself, and the boot of the machine. */
static uint64_t nonce_place(const struct state_dir *state)
{
    char text[128] = "";
    struct stat stat = {0};
    (void)fstat(state->dir_fd, &stat); /* cannot fail on an open fd */
    int len =
        snprintf(text, sizeof(text), "%ju:%ju:", (uintmax_t)stat.st_dev, (uintmax_t)stat.st_ino);
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t got = read(fd, text + len, sizeof(text) - (size_t)len - 1);
        len += got > 0 ? (int)got : 0;
        (void)close(fd); /* read only */
    }
    return hash_fnv64((struct span){text, (size_t)len});
}

void queue_nonce_make(struct queue *queue, const struct state_dir *state)
{
    /* One for the process: all its queues, and those made anew by a reload, are the same host. */
    static uint64_t own;
    while (own == 0) {
        own = clock_random_u64();
    }
    (void)snprintf(queue->nonce, sizeof(queue->nonce), "%016" PRIx64 "-%016" PRIx64,
                   nonce_place(state), own);
}

static void nonce_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING) {
        return; /* said again in a moment */
    }
    queue_clock_compare(queue, reply->element[1]);
    if (reply->element[0]->len > 0 && queue->is_open) {
        queue_open_begin(queue); /* finds the same, and says it */
    }
}

void queue_nonce_renew(struct queue *queue)
{
    char life[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_NONCE),
        queue_key(queue, QUEUE_KEY_STORE),
    };
    const struct span args[] = {
        span_of(queue->nonce),
        queue_number_text(life, QUEUE_NONCE_MS),
        span_of(queue->store_uuid),
    };
    if (queue->is_open && queue->standing == STANDING_OK) {
        queue->clock_asked_mono_ms = clock_mono_ms();
        /* Unsent: said again in a moment. */
        (void)redis_eval(queue->commands, queue->scripts.nonce, nonce_on_reply, queue,
                         ARRAY_LEN(keys), keys, ARRAY_LEN(args), args);
    }
}
