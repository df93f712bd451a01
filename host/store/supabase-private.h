/* What the files of the supabase driver share: the store, and one verb on its way as a remote
 * procedure call of PostgREST. Everything runs on the loop. */
#ifndef STORE_SUPABASE_PRIVATE_H
#define STORE_SUPABASE_PRIVATE_H

#include <curl/curl.h>

#include "core/hash.h"
#include "core/loop.h"
#include "core/sbuf.h"
#include "net/curl_loop.h"
#include "store/driver.h"

#define SUPABASE_SCHEMA_VERSION 2
/* A reading with all its versions; older versions are left out beyond half of it. */
#define SUPABASE_ANSWER_BYTES_MAX (16u * 1024 * 1024)
#define SUPABASE_ANSWER_BYTES_USUAL 2048

struct metric;
struct supabase_request;

enum supabase_verb {
    SUPABASE_OPEN, /* the probe */
    SUPABASE_CREATE,
    SUPABASE_ENQUEUED,
    SUPABASE_UNQUEUED_ROWS,
    SUPABASE_BEGIN,
    SUPABASE_PROCESSING,
    SUPABASE_COMPLETE,
    SUPABASE_FAIL,
    SUPABASE_USAGE,
    SUPABASE_PUT_CHART,
    SUPABASE_GET_CHART,
    SUPABASE_GET_READING,
    SUPABASE_GET_ROW,
    SUPABASE_OPEN_ROWS,
    SUPABASE_VERBS,
};

/* The functions' names, in the order of the verbs. */
extern const char *const SUPABASE_FUNCTIONS[SUPABASE_VERBS];

struct supabase_list {
    struct supabase_request *first, *last;
};

struct supabase_store {
    struct store base;
    struct loop *loop;
    struct curl_loop *pool;
    struct curl_slist *headers; /* with the key: wiped */
    char *url;                  /* without a trailing slash; NULL: not configured */
    char *description;
    uint32_t concurrency;
    int64_t timeout_ms;
    char uuid[HASH_UUID_BYTES]; /* "" before the first answer */
    bool is_up, was_up;
    bool is_closing;
    int64_t down_since_ms;
    int64_t probe_ms; /* pause before the next probe */
    ev_timer probe;
    bool is_probing;
    char last_error[ERR_TEXT_BYTES_MAX];
    struct supabase_list waiting; /* for a free place */
    struct supabase_list busy;    /* on the wire, or pausing before the next try */
    struct supabase_list refused; /* answered at the end of the turn */
    uint32_t waiting_count, busy_count;
    struct loop_deferred refuse;
    size_t bytes_pending;
    uint64_t verbs, failures, retries;
    struct metric *up_gauge, *pending_gauge, *retries_counter;
};

/* One verb. Owned by the list it is in; freed when answered. */
struct supabase_request {
    struct curl_transfer transfer;
    struct supabase_store *store;
    struct supabase_request *next, *prev;
    struct supabase_list *list;
    enum supabase_verb verb;
    char id[HASH_UUID_BYTES]; /* of what is got, for its error; of what is created */
    char *job_key;            /* create: for its answer */
    struct sbuf body;         /* the arguments as a JSON object */
    size_t bytes;
    struct sbuf answer;
    uint32_t tries;
    ev_timer pause; /* before the next try */
    struct err err; /* kind ERR_NONE: answer holds the result */
    char reason[CURL_ERROR_SIZE];
    union {
        store_create_fn create;
        store_begin_fn begin;
        store_write_fn write;
        store_text_fn text;
    } done;
    void *done_ctx;
};

/* What a try's end means. */
struct supabase_outcome {
    bool is_retryable;      /* at once, while tries are left */
    int64_t retry_after_ms; /* the server's wish; 0 = none */
    struct err err;         /* kind ERR_NONE: worked; ERR_AGAIN: the store is down */
};

/* supabase_request.c: queue, tries, answers */

/* Its body is an open JSON object to append members to. [loop] */
struct supabase_request *supabase_request_create(struct supabase_store *store,
                                                 enum supabase_verb verb, void *ctx);
/* Sends it, now or when there is a place; or answers it with ERR_AGAIN at the end of the turn,
 * when the store is down or too much waits already. [loop] */
void supabase_request_submit(struct supabase_request *request);
/* Answers what waits, and with is_all what is on the wire too, with ERR_AGAIN. [loop] */
void supabase_drop(struct supabase_store *store, bool is_all);

/* supabase_answer.c: what a try's end means */

void supabase_judge(const struct supabase_request *request, CURLcode code,
                    struct supabase_outcome *ret_outcome);

/* supabase_result.c: what came back */

/* Calls back. The request is out of all lists; the caller frees it. [loop] */
void supabase_call_back(struct supabase_request *request);

/* supabase.c: up and down */

/* err NULL: it answers. [loop] */
void supabase_note(struct supabase_store *store, const struct err *err, int64_t retry_after_ms);
/* The probe's answer: learns or compares the store's name. */
void supabase_probed(struct supabase_store *store, struct supabase_request *request);

/* supabase_verbs.c: the driver's verbs */

void supabase_create(struct store *store, const struct store_create *create, store_create_fn done,
                     void *ctx);
void supabase_enqueued(struct store *store, const struct store_key *key, store_write_fn done,
                       void *ctx);
void supabase_unqueued_rows(struct store *store, const char *queue, int64_t before_ms,
                            uint32_t limit, store_text_fn done, void *ctx);
void supabase_begin(struct store *store, const struct store_begin *begin, store_begin_fn done,
                    void *ctx);
void supabase_processing(struct store *store, const struct store_key *key, store_write_fn done,
                         void *ctx);
void supabase_complete(struct store *store, const struct store_complete *complete,
                       store_write_fn done, void *ctx);
void supabase_fail(struct store *store, const struct store_key *key,
                   const struct store_error *error, store_write_fn done, void *ctx);
void supabase_usage(struct store *store, const struct store_key *key,
                    const struct store_usage *usage, store_write_fn done, void *ctx);
void supabase_put_chart(struct store *store, const struct store_chart *chart, store_write_fn done,
                        void *ctx);
void supabase_get_chart(struct store *store, const char *chart_id, store_text_fn done, void *ctx);
void supabase_get_reading(struct store *store, const char *reading_id, store_text_fn done,
                          void *ctx);
void supabase_get_row(struct store *store, const char *reading_id, store_text_fn done, void *ctx);
void supabase_open_rows(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                        store_text_fn done, void *ctx);

#endif
