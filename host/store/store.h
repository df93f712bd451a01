/* The store of readings: charts, readings, versions, usage. Every write carries (reading_id,
 * job_key, run) and answers applied or stale, so that whatever is delivered twice is visible
 * once. Drivers: sqlite, supabase. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/span.h"

struct loop;
struct options;
struct state_dir;
struct store;
struct sbuf;

/* Who writes. Texts are copied by every verb. */
struct store_key {
    const char *reading_id;
    const char *job_key;
    uint32_t run;
};

enum store_intent { STORE_NORMAL, STORE_REGENERATE };

enum store_begun {
    STORE_NEW,    /* row inserted, pending */
    STORE_RESUME, /* this (job_key, run) holds the row already */
    STORE_DONE,   /* nothing to do: return_value is the stored one */
    STORE_BUSY,   /* another job holds it: holder */
};
/* Valid during the callback. */
struct store_begin_result {
    enum store_begun begun;
    struct span return_value; /* DONE */
    const char *holder;       /* BUSY: the other job's job_key */
    uint32_t run;             /* NEW, RESUME: the run to use, at least the one asked with */
    uint32_t version;         /* NEW, RESUME: the version number that complete will write */
};

struct store_begin {
    struct store_key key;
    enum store_intent intent;
    const char *takeover; /* holder to replace by compare-and-set, or NULL */
    const char *agent_id; /* reading_type */
    const char *user_id;  /* or NULL */
    const char *queue;
    struct span payload; /* the job's data */
};

struct store_usage {
    const char *call_id;
    const char *agent_id;
    const char *provider, *model;
    int64_t input_tokens, output_tokens, total_tokens; /* −1 = NULL */
    double cost_usd;                                   /* NAN = NULL */
    int64_t first_token_ms, duration_ms;
    bool is_success;
    const char *error_code; /* or NULL */
    const char *request_hash, *request_id;
};

struct store_complete {
    struct store_key key;
    struct span content;      /* version content, JSON object */
    struct span return_value; /* JSON object; its "version" member is the number begin gave */
    struct span chart;        /* JSON object or empty */
    const char *outcome;      /* "completed" or "declined" */
};

struct store_error {
    const char *code, *message;
    bool is_retryable;
};

/* A chart never changes: the same text is the same row. */
struct store_chart {
    const char *id;      /* store_chart_id of the text */
    struct span chart;   /* JSON object, no white space around it */
    const char *user_id; /* or NULL */
    struct span birth;   /* JSON object with birthDate, birthTime, birthPlace; or empty */
};

/* A reading and the job that is to write it, before that job is in the queue. */
struct store_create {
    struct store_key key;
    const char *agent_id;
    const char *user_id, *client_name; /* or NULL */
    const char *queue;
    struct span payload;             /* the job's data, JSON object */
    const struct store_chart *chart; /* or NULL */
    /* Whose request this is, to know it again when it is repeated; both or none. */
    const char *caller, *idempotency_key;
    const char *request_hash; /* with them: tells the same request from another one */
    int64_t idempotency_ms;   /* older ones are forgotten */
};

enum store_created {
    STORE_CREATED,  /* row inserted; or was, by this very job, whose request came twice */
    STORE_KNOWN,    /* the same request made a reading before */
    STORE_MISMATCH, /* another request came with this key before */
};
/* Valid during the callback. */
struct store_create_result {
    enum store_created created;
    const char *reading_id, *job_key; /* CREATED, KNOWN: of the reading first made */
    struct span payload;              /* KNOWN: the row's; empty when it is gone */
};

/* Every callback comes on the loop, never inside the verb. err is NULL on success; ERR_AGAIN
 * means the store is down for now (park), everything else is a fault worth a log line. */
typedef void (*store_begin_fn)(const struct store_begin_result *result, const struct err *err,
                               void *ctx);
typedef void (*store_create_fn)(const struct store_create_result *result, const struct err *err,
                                void *ctx);
typedef void (*store_write_fn)(bool is_applied, const struct err *err, void *ctx);
typedef void (*store_text_fn)(struct span json, const struct err *err, void *ctx);

/* Opens the store [store] names; migrates. False: cannot be used at all (wrong path, newer
 * schema); a store that is merely down opens and answers ERR_AGAIN. [main] */
bool store_open(struct loop *loop, const struct options *options, const struct state_dir *state,
                struct store **ret_store, struct err *err) ATTR_MUST_CHECK;
/* Runs what is queued, then closes. */
void store_close(struct store **store);

/* Names this store's data; made with the database. "" while a store that was down at start has
 * not come up yet. [any] */
const char *store_uuid(const struct store *store);
/* "sqlite readings.db" for the start report. */
const char *store_describe(const struct store *store);
bool store_is_up(const struct store *store);
/* Why it is not up, for people; "" while it is. */
const char *store_trouble(const struct store *store);

/* The outbox: a row that waits for its job to be added, in one transaction with its chart and
 * with what knows a repeated request again. Of requests that come at once with one key exactly
 * one is CREATED. INVALID: the reading exists and is another job's. */
void store_create(struct store *store, const struct store_create *create, store_create_fn done,
                  void *ctx);
/* The job is in the queue. Applied again is applied; begin by the job itself does the same. */
void store_enqueued(struct store *store, const struct store_key *key, store_write_fn done,
                    void *ctx);
/* Pending rows of a queue made before before_ms whose job is not known to be in the queue, as a
 * JSON array of {readingId, jobKey, run, agentId, payload}, oldest first: at most limit, and as
 * many as fit into STORE_ROWS_BYTES_MAX (the first one always does). */
#define STORE_ROWS_BYTES_MAX (1024u * 1024)
void store_unqueued_rows(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                         store_text_fn done, void *ctx);

void store_begin(struct store *store, const struct store_begin *begin, store_begin_fn done,
                 void *ctx);
/* pending|failed → processing. */
void store_processing(struct store *store, const struct store_key *key, store_write_fn done,
                      void *ctx);
/* One transaction: version row, usage rows already written stay, status completed, return value
 * kept. Applied again (same key) is applied, not stale. */
void store_complete(struct store *store, const struct store_complete *complete, store_write_fn done,
                    void *ctx);
/* pending|processing → failed, unless another job_key or run holds the row. */
void store_fail(struct store *store, const struct store_key *key, const struct store_error *error,
                store_write_fn done, void *ctx);
/* One row a model call, unique by call id; first wins. */
void store_usage(struct store *store, const struct store_key *key, const struct store_usage *usage,
                 store_write_fn done, void *ctx);

/* The id of a chart's row: UUIDv5 of "chart:" and the text's SHA-256. [any] */
void store_chart_id(struct span chart, char ret_id[HASH_UUID_BYTES]);
/* Applied whether it was there before or not. */
void store_put_chart(struct store *store, const struct store_chart *chart, store_write_fn done,
                     void *ctx);
/* The chart's text exactly as it was put; NOT_FOUND when absent. */
void store_get_chart(struct store *store, const char *chart_id, store_text_fn done, void *ctx);

/* The reading with all its versions as JSON: {id,status,readingType,currentVersion,createdAt,
 * updatedAt,metadata,error?,versions:[{version,createdAt,content}]}; NOT_FOUND when absent. */
void store_get_reading(struct store *store, const char *reading_id, store_text_fn done, void *ctx);
/* The reading's row without its versions: {id,status,agentId,jobKey,run,queue,currentVersion,
 * isHeld,enqueuedAt?,error?,updatedAt,payload}; NOT_FOUND when absent. error: of the last run if
 * it failed, also when an older version keeps the reading completed. payload is the same JSON
 * value that was put, not the same text. A row of the system before this one may lack jobKey, run,
 * queue and payload. */
void store_get_row(struct store *store, const char *reading_id, store_text_fn done, void *ctx);

/* Rows not ended (pending, processing) of a queue whose job has been added, as a JSON array of
 * {readingId, jobKey, run, status, updatedAt}, at most limit, oldest first, only those last
 * touched before before_ms: to close rows whose job is gone. */
void store_open_rows(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                     store_text_fn done, void *ctx);

/* JSON object for status: driver, path, up, queued, lastError, counters. */
void store_render(const struct store *store, struct sbuf *out);

#endif
