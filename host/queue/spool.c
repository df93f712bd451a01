/* The answer spool: written on the files thread with fsync and rename, replayed before the first
 * claim and whenever Redis takes writes again. */
#include "queue/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
#define SPOOL_BATCH 64                   /* files replayed at once */
#define SPOOL_FILE_BYTES_MAX (20u << 20) /* an answer and its names */
#define SPOOL_NAME_BYTES 64
#define SPOOL_SUFFIX ".answer"

struct queue_spool {
    char *dir;
    char tag[17]; /* of the queue: several share the directory */
    uint64_t numbers;
    size_t count; /* files that stand there, as far as known */
    bool is_scanned;
    bool is_replaying;
};

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

/* --- writing -------------------------------------------------------------------------------- */

struct spool_put {
    struct thread_task task; /* first member */
    struct queue *queue;
    uint64_t serial; /* of the entry */
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
    if (mkdir(put->dir, 0700) != 0 && errno != EEXIST) {
        return;
    }
    int dir_fd = open(put->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd >= 0) {
        put->is_safe = spool_write_file(dir_fd, put);
        (void)close(dir_fd); /* read only: nothing can be lost */
    }
}

static struct queue_entry *spool_find(struct queue *queue, uint64_t serial)
{
    struct queue_entry *entry = queue->entries_first;
    while (entry != NULL && entry->serial != serial) {
        entry = entry->next;
    }
    return entry;
}

static void spool_put_finish(struct spool_put *put)
{
    struct queue *queue = put->queue;
    struct queue_entry *entry = queue->is_destroyed ? NULL : spool_find(queue, put->serial);
    if (put->is_safe) {
        queue->spool->count++;
        metrics_inc(queue->metrics.spooled);
        queue_spool_retry(queue);
    } else {
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

void queue_spool_put(struct queue_entry *entry, const struct span texts[SPOOL_TEXTS],
                     enum spool_strength strength,
                     void (*done)(struct queue_entry *entry, bool is_safe, void *ctx), void *ctx)
{
    struct queue *queue = entry->job.queue;
    struct queue_spool *spool = queue->spool;
    struct span packed = queue_pack_texts(&queue->pack, texts, SPOOL_TEXTS);
    struct spool_put *put = mem_alloc(sizeof(*put));
    put->task = (struct thread_task){.run = spool_put_run, .done = spool_put_done};
    put->queue = queue;
    put->serial = entry->serial;
    put->dir = mem_strdup(spool->dir);
    put->bytes = mem_strndup(packed.data, packed.len);
    put->len = packed.len;
    put->strength = strength;
    put->done = done;
    put->ctx = ctx;
    (void)snprintf(put->name, sizeof(put->name), "%s-%" PRIu64 "-%" PRIu64 SPOOL_SUFFIX, spool->tag,
                   queue->epoch, spool->numbers++);
    queue->tasks++;
    if (spool->count >= SPOOL_FILES_MAX || !thread_submit(queue->files, &put->task)) {
        spool_put_finish(put);
    }
}

/* --- replaying ------------------------------------------------------------------------------ */

struct spool_file {
    char name[SPOOL_NAME_BYTES];
    char *bytes;
    size_t len;
    bool is_over; /* in Redis, or of no use to anybody: to be removed */
};

struct spool_replay {
    struct thread_task task; /* first member */
    struct queue *queue;
    char *dir;
    char tag[17];
    struct spool_file files[SPOOL_BATCH];
    size_t count;
    size_t found; /* files in the directory, read or not */
    size_t unanswered;
    bool is_refused; /* Redis does not take them now */
    void (*done)(struct queue *queue);
};

/* [files thread] */
static void spool_read_file(int dir_fd, struct spool_file *file)
{
    int fd = openat(dir_fd, file->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode) ||
        stat.st_size > (off_t)SPOOL_FILE_BYTES_MAX) {
        if (fd >= 0) {
            (void)close(fd); /* read only */
        }
        return;
    }
    file->bytes = mem_alloc((size_t)stat.st_size + 1);
    ssize_t got;
    while (file->len < (size_t)stat.st_size &&
           (got = read(fd, file->bytes + file->len, (size_t)stat.st_size - file->len)) > 0) {
        file->len += (size_t)got;
    }
    (void)close(fd); /* read only */
}

static bool spool_is_ours(const char *name, const char *tag)
{
    size_t len = strlen(name), suffix = strlen(SPOOL_SUFFIX);
    return len < SPOOL_NAME_BYTES && len > suffix && strncmp(name, tag, strlen(tag)) == 0 &&
           strcmp(name + len - suffix, SPOOL_SUFFIX) == 0;
}

/* [files thread] Removes what is over, reads the next files. */
static void spool_replay_run(struct thread_task *task)
{
    struct spool_replay *replay = (struct spool_replay *)task;
    DIR *dir = opendir(replay->dir);
    size_t done = replay->count;
    replay->count = replay->found = 0;
    if (dir == NULL) {
        return;
    }
    for (size_t i = 0; i < done; i++) {
        struct spool_file *file = &replay->files[i];
        if (file->is_over && unlinkat(dirfd(dir), file->name, 0) != 0 && errno != ENOENT) {
            replay->is_refused = true; /* it would come again and again */
        }
        free(file->bytes);
    }
    memset(replay->files, 0, sizeof(replay->files));
    for (struct dirent *found = readdir(dir); found != NULL; found = readdir(dir)) {
        if (!spool_is_ours(found->d_name, replay->tag)) {
            continue;
        }
        replay->found++;
        if (replay->count < SPOOL_BATCH) {
            struct spool_file *file = &replay->files[replay->count++];
            (void)snprintf(file->name, sizeof(file->name), "%s", found->d_name);
            spool_read_file(dirfd(dir), file);
        }
    }
    (void)closedir(dir); /* nothing was written through it */
}

static void spool_replay_end(struct spool_replay *replay)
{
    struct queue *queue = replay->queue;
    for (size_t i = 0; i < replay->count; i++) {
        free(replay->files[i].bytes);
    }
    void (*done)(struct queue * queue) = replay->done;
    queue->spool->is_replaying = false;
    free(replay->dir);
    free(replay);
    if (!queue->is_destroyed) {
        if (queue->spool->count > 0) {
            queue_spool_retry(queue);
        }
        if (done != NULL) {
            done(queue);
        }
    }
    queue_task_done(queue);
}

static void spool_replay_next(struct spool_replay *replay)
{
    if (!thread_submit(replay->queue->files, &replay->task)) {
        spool_replay_end(replay);
    }
}

static void spool_replay_answered(struct spool_replay *replay)
{
    if (replay->unanswered > 0) {
        return;
    }
    /* Once more: to remove the files, and to see whether there are others. */
    spool_replay_next(replay);
}

struct spool_send {
    struct spool_replay *replay;
    size_t index;
};

static void spool_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct spool_send *send = ctx;
    struct spool_replay *replay = send->replay;
    struct spool_file *file = &replay->files[send->index];
    free(send);
    if (reply == NULL || queue_reply_is_passing(reply)) {
        replay->is_refused = true;
    } else {
        file->is_over = true;
        if (reply->type == REDIS_REPLY_ERROR) {
            log_error("queue", NULL, "spooled answer %s is refused, dropping it: %.300s",
                      file->name, reply->str);
        }
    }
    replay->unanswered--;
    spool_replay_answered(replay);
}

/* The texts of a file point into object's zone. */
static bool spool_decode(const msgpack_object *object, struct span base,
                         struct span ret_texts[SPOOL_TEXTS])
{
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size != SPOOL_TEXTS) {
        return false;
    }
    for (size_t i = 0; i < SPOOL_TEXTS; i++) {
        const msgpack_object *text = &object->via.array.ptr[i];
        if (text->type != MSGPACK_OBJECT_STR) {
            return false;
        }
        ret_texts[i] = (struct span){text->via.str.ptr, text->via.str.size};
    }
    return span_equals(ret_texts[SPOOL_BASE], base);
}

static bool spool_send_texts(struct spool_send *send, const struct span texts[SPOOL_TEXTS])
{
    struct queue *queue = send->replay->queue;
    char life[24];
    int len = snprintf(life, sizeof(life), "%lld", QUEUE_RUN_MS);
    const struct span keys[] = {
        texts[SPOOL_RUN_KEY],
        texts[SPOOL_HASH_KEY],
        texts[SPOOL_RUN_KEY], /* no lease to give up: the value "" never matches */
        queue_key(queue, QUEUE_KEY_WAKE),
    };
    const struct span args[] = {
        texts[SPOOL_FIELD],     texts[SPOOL_VALUE], texts[SPOOL_RUN],     {life, (size_t)len},
        texts[SPOOL_TIMESTAMP], SPAN_LITERAL(""),   texts[SPOOL_JOB_KEY],
    };
    return redis_eval(queue->commands, queue->scripts.answer, spool_on_reply, send, ARRAY_LEN(keys),
                      keys, ARRAY_LEN(args), args);
}

static void spool_send_file(struct spool_replay *replay, size_t index)
{
    struct spool_file *file = &replay->files[index];
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    struct span texts[SPOOL_TEXTS];
    bool is_good =
        file->bytes != NULL &&
        msgpack_unpack_next(&unpacked, file->bytes, file->len, NULL) == MSGPACK_UNPACK_SUCCESS &&
        spool_decode(&unpacked.data, replay->queue->keys.base, texts);
    if (is_good) {
        struct spool_send *send = mem_alloc(sizeof(*send));
        *send = (struct spool_send){.replay = replay, .index = index};
        if (spool_send_texts(send, texts)) {
            replay->unanswered++;
        } else {
            replay->is_refused = true;
            free(send);
        }
    } else {
        log_error("queue", NULL, "spooled answer %s cannot be read, dropping it", file->name);
        file->is_over = true;
    }
    msgpack_unpacked_destroy(&unpacked);
}

static void spool_replay_done(struct thread_task *task)
{
    struct spool_replay *replay = (struct spool_replay *)task;
    struct queue *queue = replay->queue;
    queue->spool->count = replay->found;
    queue->spool->is_scanned = true;
    if (queue->is_destroyed || replay->is_refused || replay->count == 0) {
        spool_replay_end(replay);
        return;
    }
    replay->unanswered = 1; /* replies may come while we still send */
    for (size_t i = 0; i < replay->count && !replay->is_refused; i++) {
        spool_send_file(replay, i);
    }
    replay->unanswered--;
    spool_replay_answered(replay);
}

void queue_spool_replay(struct queue *queue, void (*done)(struct queue *queue))
{
    struct queue_spool *spool = queue->spool;
    if (spool->is_replaying || (spool->is_scanned && spool->count == 0)) {
        if (done != NULL) {
            done(queue);
        }
        return;
    }
    struct spool_replay *replay = mem_alloc(sizeof(*replay));
    replay->task = (struct thread_task){.run = spool_replay_run, .done = spool_replay_done};
    replay->queue = queue;
    replay->dir = mem_strdup(spool->dir);
    memcpy(replay->tag, spool->tag, sizeof(replay->tag));
    replay->done = done;
    spool->is_replaying = true;
    queue->tasks++;
    spool_replay_next(replay);
}
