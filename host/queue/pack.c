/* Packs script arguments with msgpack-c. */
#include "queue/pack.h"

#include "queue/opts.h"
#include "queue/queue.h"

void queue_pack_init(struct queue_pack *pack)
{
    msgpack_sbuffer_init(&pack->buffer);
    msgpack_packer_init(&pack->packer, &pack->buffer, msgpack_sbuffer_write);
}

void queue_pack_fini(struct queue_pack *pack)
{
    msgpack_sbuffer_destroy(&pack->buffer);
}

static struct span pack_span(const struct queue_pack *pack)
{
    return (struct span){pack->buffer.data, pack->buffer.size};
}

static void pack_text(msgpack_packer *packer, struct span text)
{
    msgpack_pack_str(packer, text.len);
    msgpack_pack_str_body(packer, text.data, text.len);
}

static void pack_key(msgpack_packer *packer, const char *key)
{
    pack_text(packer, span_of(key));
}

/* Whole numbers as integers: cmsgpack would print 3.0 as "3" all the same, but other readers of
 * the stored options would not. */
static void pack_number(msgpack_packer *packer, double number)
{
    if (number >= -9e15 && number <= 9e15 && number == (double)(int64_t)number) {
        msgpack_pack_int64(packer, (int64_t)number);
    } else {
        msgpack_pack_double(packer, number);
    }
}

/* token, lockDuration, limiter, name: four members of a map. */
static void pack_worker(msgpack_packer *packer, const struct queue_pack_worker *worker,
                        struct span token)
{
    pack_key(packer, "token");
    pack_text(packer, token);
    pack_key(packer, "lockDuration");
    msgpack_pack_int64(packer, worker->lock_ms);
    pack_key(packer, "name");
    pack_text(packer, worker->name);
    pack_key(packer, "limiter");
    if (worker->limiter_max == 0) {
        msgpack_pack_nil(packer);
        return;
    }
    msgpack_pack_map(packer, 2);
    pack_key(packer, "max");
    msgpack_pack_uint32(packer, worker->limiter_max);
    pack_key(packer, "duration");
    msgpack_pack_int64(packer, worker->limiter_ms);
}

struct span queue_pack_claim(struct queue_pack *pack, const struct queue_pack_worker *worker,
                             struct span token)
{
    msgpack_sbuffer_clear(&pack->buffer);
    msgpack_pack_map(&pack->packer, 4);
    pack_worker(&pack->packer, worker, token);
    return pack_span(pack);
}

static void pack_keep(msgpack_packer *packer, const struct queue_keep *keep)
{
    msgpack_pack_map(packer, (size_t)keep->has_count + keep->has_age + keep->has_limit);
    if (keep->has_count) {
        pack_key(packer, "count");
        pack_number(packer, keep->count);
    }
    if (keep->has_age) {
        pack_key(packer, "age");
        pack_number(packer, keep->age_s);
    }
    if (keep->has_limit) {
        pack_key(packer, "limit");
        pack_number(packer, keep->limit);
    }
}

struct span queue_pack_finish(struct queue_pack *pack, const struct queue_pack_worker *worker,
                              struct span token, const struct queue_keep *keep, double attempts)
{
    /* Sent by Node workers too, and read from the job's own record by the script. */
    static const char *const parent_flags[] = {"fpof", "cpof", "idof", "rdof"};
    msgpack_packer *packer = &pack->packer;
    msgpack_sbuffer_clear(&pack->buffer);
    msgpack_pack_map(packer, 7 + ARRAY_LEN(parent_flags));
    pack_worker(packer, worker, token);
    pack_key(packer, "keepJobs");
    pack_keep(packer, keep);
    pack_key(packer, "attempts");
    pack_number(packer, attempts);
    pack_key(packer, "maxMetricsSize");
    if (worker->metrics > 0) {
        msgpack_pack_uint32(packer, worker->metrics);
    } else {
        pack_key(packer, ""); /* off; nil would switch them on, and break */
    }
    for (size_t i = 0; i < ARRAY_LEN(parent_flags); i++) {
        pack_key(packer, parent_flags[i]);
        msgpack_pack_false(packer);
    }
    return pack_span(pack);
}

struct span queue_pack_texts(struct queue_pack *pack, const struct span *texts, size_t count)
{
    msgpack_sbuffer_clear(&pack->buffer);
    msgpack_pack_array(&pack->packer, count);
    for (size_t i = 0; i < count; i++) {
        pack_text(&pack->packer, texts[i]);
    }
    return pack_span(pack);
}

struct span queue_pack_add(struct queue_pack *pack, struct span base, const struct queue_add *add,
                           int64_t timestamp_ms)
{
    msgpack_packer *packer = &pack->packer;
    msgpack_sbuffer_clear(&pack->buffer);
    msgpack_pack_array(packer, 10);
    pack_text(packer, base);
    pack_text(packer, span_of(add->job_id != NULL ? add->job_id : ""));
    pack_text(packer, span_of(add->name));
    msgpack_pack_int64(packer, timestamp_ms);
    for (int i = 0; i < 6; i++) { /* parent, scheduler, deduplication: not ours to use */
        msgpack_pack_nil(packer);
    }
    return pack_span(pack);
}

static void pack_keep_for(msgpack_packer *packer, const char *key, int64_t keep_s)
{
    pack_key(packer, key);
    if (keep_s <= 0) {
        keep_s == 0 ? msgpack_pack_true(packer) : msgpack_pack_false(packer);
        return;
    }
    msgpack_pack_map(packer, 1);
    pack_key(packer, "age");
    msgpack_pack_int64(packer, keep_s);
}

struct span queue_pack_add_opts(struct queue_pack *pack, const struct queue_add *add)
{
    msgpack_packer *packer = &pack->packer;
    bool has_backoff = add->backoff_ms > 0;
    bool has_priority = add->priority > 0;
    bool has_id = add->job_id != NULL;
    bool has_timestamp = add->timestamp_ms != 0;
    msgpack_sbuffer_clear(&pack->buffer);
    msgpack_pack_map(packer, 3 + (size_t)has_backoff + has_priority + has_id + has_timestamp);
    pack_key(packer, "attempts");
    msgpack_pack_uint32(packer, add->attempts);
    pack_keep_for(packer, "removeOnComplete", add->keep_completed_s);
    pack_keep_for(packer, "removeOnFail", add->keep_failed_s);
    if (has_backoff) {
        pack_key(packer, "backoff");
        msgpack_pack_map(packer, 2);
        pack_key(packer, "type");
        pack_key(packer, "exponential");
        pack_key(packer, "delay");
        msgpack_pack_int64(packer, add->backoff_ms);
    }
    if (has_priority) {
        pack_key(packer, "priority");
        msgpack_pack_uint32(packer, add->priority);
    }
    if (has_id) {
        pack_key(packer, "jobId");
        pack_text(packer, span_of(add->job_id));
    }
    if (has_timestamp) {
        pack_key(packer, "timestamp");
        msgpack_pack_int64(packer, add->timestamp_ms);
    }
    return pack_span(pack);
}
