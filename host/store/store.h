/* The store of readings: charts, readings, versions, usage. Every write carries (reading_id,
 * job_key, run) and answers applied or stale, so that whatever is delivered twice is visible
 * once. Drivers: sqlite, supabase. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
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

/* Every callback comes on the loop, never inside the verb. err is NULL on success; ERR_AGAIN
 * means the store is down for now (park), everything else is a fault worth a log line. */
typedef void (*store_begin_fn)(const struct store_begin_result *result, const struct err *err,
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

/* The reading with all its versions as JSON: {id,status,readingType,createdAt,updatedAt,
 * metadata,error?,versions:[{version,createdAt,content}]}; NOT_FOUND when absent. */
void store_get_reading(struct store *store, const char *reading_id, store_text_fn done, void *ctx);

/* Rows not ended (pending, processing) of a queue, as a JSON array of {readingId, jobKey, run,
 * status, updatedAt}, at most limit, oldest first, only those last touched before before_ms: to
 * close rows whose job is gone. */
void store_open_rows(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                     store_text_fn done, void *ctx);

/* JSON object for status: driver, path, up, queued, lastError, counters. */
void store_render(const struct store *store, struct sbuf *out);

#endif
