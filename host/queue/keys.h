/* The Redis keys of one queue, built once; and the names made from ours and the host's. */
#ifndef QUEUE_KEYS_H
#define QUEUE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct arena;

enum queue_key {
    QUEUE_KEY_WAIT,
    QUEUE_KEY_ACTIVE,
    QUEUE_KEY_PRIORITIZED,
    QUEUE_KEY_EVENTS,
    QUEUE_KEY_STALLED,
    QUEUE_KEY_LIMITER,
    QUEUE_KEY_DELAYED,
    QUEUE_KEY_PAUSED,
    QUEUE_KEY_META,
    QUEUE_KEY_PC,
    QUEUE_KEY_MARKER,
    QUEUE_KEY_COMPLETED,
    QUEUE_KEY_FAILED,
    QUEUE_KEY_METRICS_COMPLETED,
    QUEUE_KEY_METRICS_FAILED,
    QUEUE_KEY_STALLED_CHECK,
    QUEUE_KEY_REPEAT,
    QUEUE_KEY_ID,
    QUEUE_KEY_WAITING_CHILDREN,
    QUEUE_KEY_STORE,  /* ours: which store serves the queue */
    QUEUE_KEY_PARKED, /* ours: hash of parked jobs */
    QUEUE_KEY_WAKE,   /* ours: pub/sub channel */
    QUEUE_KEY_NONCE,  /* ours: who runs under our host-id */
    QUEUE_KEYS_COUNT,
};

struct queue_keys {
    struct span base; /* "bull:readings:" */
    struct span of[QUEUE_KEYS_COUNT];
    char *memory;
};

/* Builds all keys. Pair with queue_keys_fini. [any] */
void queue_keys_init(struct queue_keys *keys, const char *prefix, const char *name,
                     const char *host_id);
void queue_keys_fini(struct queue_keys *keys);

/* <base>agenthost:<word>:<tail>, NUL-terminated, or NULL when the arena is full. tail is
 * "<id>:<timestamp>". [any] */
char *queue_keys_own(const struct queue_keys *keys, struct arena *arena, const char *word,
                     struct span tail);

/* Takes a job_key of this queue apart: the key of the job's hash, its id, its timestamp's
 * digits, and "<id>:<timestamp>". All point into job_key. False when it is none. [any] */
struct queue_job_key {
    struct span hash, id, timestamp, tail;
};
bool queue_keys_parse(const struct queue_keys *keys, struct span job_key,
                      struct queue_job_key *ret_parts) ATTR_MUST_CHECK;

/* The name a worker's blocking connection carries: <prefix>:<base64(queue)>:w:<worker>. By it
 * BullMQ's getWorkers() finds us. Caller frees. [any] */
char *queue_client_name(const char *prefix, const char *name, const char *worker) ATTR_MUST_CHECK;

/* <hostname>-<first 8 of host_id>, printable ASCII only. Caller frees. [any] */
char *queue_worker_name(const char *hostname, const char *host_id) ATTR_MUST_CHECK;

#define QUEUE_NUMBER_BYTES 24
/* A number's decimal digits, in buffer. [any] */
struct span queue_number_text(char buffer[QUEUE_NUMBER_BYTES], int64_t number);

/* What Node's Job.add refuses: "0", "0:…", whole numbers, and colons but in three segments.
 * [any] */
bool queue_job_id_check(const char *id, struct err *err) ATTR_MUST_CHECK;

#endif
