/* The outbox: a reading's row comes before its job, and the job is added however often that takes.
 * A job is added under the id and the time that its job_key names, so that adding it again does
 * nothing where it stands already. */
#ifndef JOB_OUTBOX_H
#define JOB_OUTBOX_H

#include <stdint.h>

#include "core/err.h"
#include "core/span.h"
#include "queue/queue.h"
#include "store/store.h"

struct agents;
struct loop;
struct outbox;
struct thread;

/* What a job that writes a reading is added with, whoever adds it; timestamp_ms is left to the
 * caller. Borrows job_id and data. [any] */
struct queue_add outbox_job(const char *job_id, struct span data, const struct agents *agents,
                            const char *agent_id);

/* Adds the job of a reading's row and notes that in the row; done(NULL) when it is in the queue.
 * Everything is copied; done may be called inside. [loop] */
void outbox_add(struct queue *queue, struct store *store, const struct agents *agents,
                const struct store_key *key, const char *agent_id, struct span data,
                void (*done)(const struct err *err, void *ctx), void *ctx);

/* Adds the jobs of rows that are older than 10 s and whose job is not known to be in the queue,
 * now and every few seconds, at most 100 at a time. Call when the queue is ready. [loop] */
struct outbox *outbox_start(struct loop *loop, struct thread *files, struct store *store,
                            struct queue *queue, const struct agents *agents);
/* Stops it at any point; accepts NULL, sets *outbox to NULL. [loop] */
void outbox_destroy(struct outbox **outbox);

#endif
