/* Brings the spool's answers into Redis: before the first claim, and whenever it takes writes
 * again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/thread.h"
#include "queue/queue-private.h"
#include "queue/spool.h"

#define SPOOL_BATCH 64                   /* files replayed at once */
#define SPOOL_FILE_BYTES_MAX (20u << 20) /* an answer and its names */

struct spool_file {
    char name[SPOOL_NAME_BYTES];
    char *bytes;
    size_t len;
    bool is_over;   /* in Redis, or of no use to anybody: to be removed */
    bool is_hidden; /* the system does not give it to us now: it stays where it is */
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

/* [files thread] What is no file of ours is left without bytes, and is removed. */
static void spool_read_file(int dir_fd, struct spool_file *file)
{
    int fd = openat(dir_fd, file->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) != 0) {
        file->is_hidden = errno != ELOOP; /* a link is nothing we made */
        if (fd >= 0) {
            (void)close(fd); /* read only */
        }
        return;
    }
    if (S_ISREG(stat.st_mode) && stat.st_size <= (off_t)SPOOL_FILE_BYTES_MAX) {
        file->bytes = mem_alloc((size_t)stat.st_size + 1);
        ssize_t got = 1;
        while (file->len < (size_t)stat.st_size && got > 0) {
            got = read(fd, file->bytes + file->len, (size_t)stat.st_size - file->len);
            file->len += got > 0 ? (size_t)got : 0;
        }
        file->is_hidden = got < 0;
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
        if (errno != ENOENT) { /* no descriptors, no rights: there may be answers in it */
            replay->is_refused = true;
            replay->found = 1;
        }
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
    char life[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {
        texts[SPOOL_RUN_KEY],
        texts[SPOOL_HASH_KEY],
        texts[SPOOL_RUN_KEY], /* no lease to give up: the value "" never matches */
        queue_key(queue, QUEUE_KEY_WAKE),
    };
    const struct span args[] = {
        texts[SPOOL_FIELD],     texts[SPOOL_VALUE],
        texts[SPOOL_RUN],       queue_number_text(life, QUEUE_RUN_MS),
        texts[SPOOL_TIMESTAMP], SPAN_LITERAL(""),
        texts[SPOOL_JOB_KEY],
    };
    return redis_eval(queue->commands, queue->scripts.answer, spool_on_reply, send, ARRAY_LEN(keys),
                      keys, ARRAY_LEN(args), args);
}

static void spool_send_file(struct spool_replay *replay, size_t index)
{
    struct spool_file *file = &replay->files[index];
    if (file->is_hidden) {
        log_error("queue", NULL, "spooled answer %s cannot be read now, keeping it", file->name);
        replay->is_refused = true;
        return;
    }
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    struct span texts[SPOOL_TEXTS];
    /* Our own array of texts begins with one byte; any other count may ask for absurd memory. */
    bool is_good =
        file->bytes != NULL && (unsigned char)file->bytes[0] == (0x90 | SPOOL_TEXTS) &&
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
