/* The msgpack arguments of BullMQ's scripts. Every field a script reads is always sent: Lua
 * errors do not roll back, and one missing field would leave a job half moved. */
#ifndef QUEUE_PACK_H
#define QUEUE_PACK_H

#include <stddef.h>
#include <stdint.h>

#include <msgpack.h>

#include "core/span.h"

struct queue_add;
struct queue_keep;

struct queue_pack {
    msgpack_sbuffer buffer;
    msgpack_packer packer;
};

/* A reusable buffer. Pair with queue_pack_fini. [any] */
void queue_pack_init(struct queue_pack *pack);
void queue_pack_fini(struct queue_pack *pack);

/* How a worker claims: what moveToActive, moveToFinished and moveToDelayed need to fetch. */
struct queue_pack_worker {
    struct span name;
    int64_t lock_ms;
    uint32_t limiter_max; /* 0 = none */
    int64_t limiter_ms;
    uint32_t metrics; /* points of BullMQ's metrics; 0 = none are written */
};

/* Each fills pack anew and returns its bytes, valid until the next use of pack. [any] */
struct span queue_pack_claim(struct queue_pack *pack, const struct queue_pack_worker *worker,
                             struct span token);
struct span queue_pack_finish(struct queue_pack *pack, const struct queue_pack_worker *worker,
                              struct span token, const struct queue_keep *keep, double attempts);
/* An array of strings: field, value, field, value … or tokens, or ids. */
struct span queue_pack_texts(struct queue_pack *pack, const struct span *texts, size_t count);
/* The first and third argument of addStandardJob and addPrioritizedJob. */
struct span queue_pack_add(struct queue_pack *pack, struct span base, const struct queue_add *add,
                           int64_t timestamp_ms);
struct span queue_pack_add_opts(struct queue_pack *pack, const struct queue_add *add);

#endif
