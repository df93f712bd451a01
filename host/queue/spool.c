/* Writes answers into the spool, on the files thread, with fsync and rename. */
#include "queue/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/thread.h"
#include "queue/queue-private.h"

#define SPOOL_FILES_MAX 10000

struct queue_spool *queue_spool_create(struct queue *queue)
{
    struct queue_spool *spool = mem_alloc(sizeof(*spool));
    size_t bytes = strlen(queue->state_path) + sizeof("/spool");
    spool->dir = mem_alloc(bytes);
    (void)snprintf(spool->dir, bytes, "%s/spool", queue->state_path);
    (void)snprintf(spool->tag, sizeof(spool->tag), "%016" PRIx64, hash_fnv64(queue->keys.base));
    return spool;
}

void queue_spool_destroy(struct queue_spool **spool)
{
    if (*spool != NULL) {
        free((*spool)->dir);
        free(*spool);
        *spool = NULL;
    }
}

size_t queue_spool_count(const struct queue *queue)
{
    return queue->spool->count;
}

struct spool_put {
    struct thread_task task;       /* first member */
    struct spool_put *prev, *next; /* spool->puts */
    struct queue *queue;
    uint64_t number;
    atomic_bool is_forgotten; /* Redis has it: both threads look */
    uint64_t first_serial;    /* of the entry */
    char *dir;
    char name[SPOOL_NAME_BYTES];
    char *bytes;
    size_t len;
    enum spool_strength strength;
    bool is_safe;
    void (*done)(struct queue_entry *entry, bool is_safe, void *ctx);
    void *ctx;
};

static bool spool_write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

/* [files thread] */
static bool spool_write_file(int dir_fd, const struct spool_put *put)
{
    char temporary[SPOOL_NAME_BYTES + 8];
    (void)snprintf(temporary, sizeof(temporary), "%s.new", put->name);
    int fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    bool is_synced = put->strength == SPOOL_MACHINE;
    bool is_ok = spool_write_all(fd, put->bytes, put->len) && (!is_synced || fsync(fd) == 0);
    is_ok = close(fd) == 0 && is_ok;
    is_ok = is_ok && renameat(dir_fd, temporary, dir_fd, put->name) == 0 &&
            (!is_synced || fsync(dir_fd) == 0);
    if (!is_ok) {
        (void)unlinkat(dir_fd, temporary, 0); /* a leftover is skipped by its name anyhow */
    }
    return is_ok;
}

/* [files thread] */
static void spool_put_run(struct thread_task *task)
{
    struct spool_put *put = (struct spool_put *)task;
    if (atomic_load(&put->is_forgotten) || (mkdir(put->dir, 0700) != 0 && errno != EEXIST)) {
        return;
    }
    int dir_fd = open(put->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd >= 0) {
        put->is_safe = spool_write_file(dir_fd, put);
        if (put->is_safe && atomic_load(&put->is_forgotten)) {
            put->is_safe = unlinkat(dir_fd, put->name, 0) != 0; /* what stays is replayed */
        }
        (void)close(dir_fd); /* read only: nothing can be lost */
    }
}

static struct queue_entry *spool_find(struct queue *queue, uint64_t first_serial)
{
    struct queue_entry *entry = queue->entries_first;
    while (entry != NULL && entry->first_serial != first_serial) {
        entry = entry->next;
    }
    return entry;
}

static void spool_link(struct queue_spool *spool, struct spool_put *put)
{
    put->next = spool->puts;
    if (put->next != NULL) {
        put->next->prev = put;
    }
    spool->puts = put;
}

static void spool_unlink(struct queue_spool *spool, struct spool_put *put)
{
    if (put->prev != NULL) {
        put->prev->next = put->next;
    } else {
        spool->puts = put->next;
    }
    if (put->next != NULL) {
        put->next->prev = put->prev;
    }
}

void queue_spool_forget(struct queue *queue, uint64_t number)
{
    struct spool_put *put = queue->spool->puts;
    while (put != NULL && put->number != number) {
        put = put->next;
    }
    if (put != NULL) {
        atomic_store(&put->is_forgotten, true);
    }
}

static void spool_put_finish(struct spool_put *put)
{
    struct queue *queue = put->queue;
    spool_unlink(queue->spool, put);
    struct queue_entry *entry = queue->is_destroyed ? NULL : spool_find(queue, put->first_serial);
    if (put->is_safe) {
        queue->spool->count++;
        metrics_inc(queue->metrics.spooled);
        queue_spool_retry(queue);
    } else if (!atomic_load(&put->is_forgotten)) {
        log_error("queue", NULL, "queue '%s': cannot write %s/%s: the answer stays in memory",
                  queue->name, put->dir, put->name);
    }
    put->done(entry, put->is_safe, put->ctx);
    free(put->dir);
    free(put->bytes);
    free(put);
    queue_task_done(queue);
}

static void spool_put_done(struct thread_task *task)
{
    spool_put_finish((struct spool_put *)task);
}

uint64_t queue_spool_put(struct queue_entry *entry, const struct span texts[SPOOL_TEXTS],
                         enum spool_strength strength,
                         void (*done)(struct queue_entry *entry, bool is_safe, void *ctx),
                         void *ctx)
{
    struct queue *queue = entry->job.queue;
    struct queue_spool *spool = queue->spool;
    struct span packed = queue_pack_texts(&queue->pack, texts, SPOOL_TEXTS);
    struct spool_put *put = mem_alloc(sizeof(*put));
    put->task = (struct thread_task){.run = spool_put_run, .done = spool_put_done};
    put->queue = queue;
    put->number = ++spool->numbers;
    put->first_serial = entry->first_serial;
    put->dir = mem_strdup(spool->dir);
    put->bytes = mem_strndup(packed.data, packed.len);
    put->len = packed.len;
    put->strength = strength;
    put->done = done;
    put->ctx = ctx;
    (void)snprintf(put->name, sizeof(put->name), "%s-%" PRIu64 "-%" PRIu64 SPOOL_SUFFIX, spool->tag,
                   queue->epoch, put->number);
    uint64_t number = put->number;
    spool_link(spool, put);
    queue->tasks++;
    if (spool->count >= SPOOL_FILES_MAX || !thread_submit(queue->files, &put->task)) {
        spool_put_finish(put);
    }
    return number;
}
