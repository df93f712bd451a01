/* Answers that Redis would not take, kept as files in the state directory until it does. */
#ifndef QUEUE_SPOOL_H
#define QUEUE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

struct queue;
struct queue_entry;

/* What one file holds, in this order: the arguments of the script that writes it to Redis. */
enum spool_text {
    SPOOL_BASE,
    SPOOL_RUN_KEY,
    SPOOL_HASH_KEY,
    SPOOL_FIELD,
    SPOOL_VALUE,
    SPOOL_RUN,
    SPOOL_TIMESTAMP,
    SPOOL_JOB_KEY, /* to announce, or "" */
    SPOOL_TEXTS,
};

#define SPOOL_NAME_BYTES 64
#define SPOOL_SUFFIX ".answer" /* <tag>-<epoch>-<n>.answer */

struct spool_put;

struct queue_spool {
    char *dir;
    char tag[17]; /* of the queue: several share the directory */
    uint64_t numbers;
    struct spool_put *puts; /* on the files thread */
    size_t count;           /* files that stand there, as far as known */
    bool is_scanned;
    bool is_replaying;
};

/* What the file must outlive. */
enum spool_strength {
    SPOOL_PROCESS, /* Redis has been asked as well and is only late */
    SPOOL_MACHINE,
};

/* Writes a file with the texts and calls done on the loop: is_safe when it is on disk; entry is
 * NULL when the job has ended meanwhile. Returns the file's number. [loop] */
uint64_t queue_spool_put(struct queue_entry *entry, const struct span texts[SPOOL_TEXTS],
                         enum spool_strength strength,
                         void (*done)(struct queue_entry *entry, bool is_safe, void *ctx),
                         void *ctx);

/* Redis has the answer after all: its file need not be written, or not stay. [loop] */
void queue_spool_forget(struct queue *queue, uint64_t number);

#endif
