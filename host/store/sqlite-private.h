/* What the files of the sqlite driver share: the database and its statements, used on the
 * store thread only, and the task that carries one verb there and back. */
#ifndef STORE_SQLITE_PRIVATE_H
#define STORE_SQLITE_PRIVATE_H

#include <stdatomic.h>
#include <stddef.h>

#include <sqlite3.h>

#include "core/hash.h"
#include "core/loop.h"
#include "core/sbuf.h"
#include "core/thread.h"
#include "store/driver.h"

#define SQLITE_SCHEMA_VERSION 2
/* A reading with all its versions; older versions are left out beyond it. */
#define SQLITE_READING_BYTES_MAX (16u * 1024 * 1024)

/* Every statement, in the order of SQLITE_STATEMENT_TEXTS. */
enum sqlite_statement {
    STATEMENT_SAVE,
    STATEMENT_RELEASE,
    STATEMENT_UNDO,
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_SYNC_FULL,
    STATEMENT_SYNC_NORMAL,
    STATEMENT_ROLLBACK,
    STATEMENT_PROBE,
    STATEMENT_KEY_FORGET,
    STATEMENT_KEY_SELECT,
    STATEMENT_KEY_INSERT,
    STATEMENT_READING_CREATE,
    STATEMENT_READING_ENQUEUED,
    STATEMENT_READING_IS_ENQUEUED,
    STATEMENT_READING_INSERT,
    STATEMENT_READING_SELECT,
    STATEMENT_READING_TAKE,
    STATEMENT_READING_HOLD,
    STATEMENT_READING_PROCESSING,
    STATEMENT_READING_COMPLETE,
    STATEMENT_READING_FAIL,
    STATEMENT_READING_FAILED,
    STATEMENT_VERSION_INSERT,
    STATEMENT_VERSION_LAST_RUN,
    STATEMENT_VERSION_OF_RUN,
    STATEMENT_VERSION_BY_NUMBER,
    STATEMENT_CHART_INSERT,
    STATEMENT_CHART_OF_READING_INSERT,
    STATEMENT_CHART_SHOW,
    STATEMENT_USAGE_INSERT,
    STATEMENT_READING_SHOW,
    STATEMENT_VERSIONS_SHOW,
    STATEMENT_ROW_SHOW,
    STATEMENT_ROWS_OPEN,
    STATEMENT_ROWS_UNQUEUED,
    SQLITE_STATEMENTS,
};

extern const char *const SQLITE_STATEMENT_TEXTS[SQLITE_STATEMENTS];
/* Keys that ran out and are deleted with one create, besides its own. */
#define SQLITE_KEYS_FORGOTTEN_MAX 100
/* SQL that leads from schema version i to i + 1. */
extern const char *const SQLITE_MIGRATIONS[SQLITE_SCHEMA_VERSION];

struct sqlite_db {
    const char *path;
    int busy_ms;
    sqlite3 *handle;  /* NULL: not open, the next batch tries again */
    bool must_reopen; /* an error says that the connection is of no more use */
    bool is_durable;  /* synchronous is FULL, not NORMAL */
    sqlite3_stmt *statements[SQLITE_STATEMENTS];
    /* Written once, before is_uuid_known turns true; read from any thread after that. */
    char uuid[HASH_UUID_BYTES];
    atomic_bool is_uuid_known;
};

/* Opens, creates and migrates. ERR_AGAIN: down for now; anything else: cannot be used at all. A
 * database whose uuid was known is never made anew, nor replaced by one with another uuid. */
bool sqlite_db_open(struct sqlite_db *db, struct err *err) ATTR_MUST_CHECK;
void sqlite_db_close(struct sqlite_db *db);
/* The file at path is no longer the one we have open. */
bool sqlite_db_has_moved(struct sqlite_db *db);

/* Fills err from an sqlite result: locked, full, read-only and broken disks are ERR_AGAIN. */
bool sqlite_db_fail(struct sqlite_db *db, int code, const char *doing, struct err *err);

/* One use of a cached statement. Bind in order, then query_row until false, then
 * query_close; the first error sticks. */
struct sqlite_query {
    struct sqlite_db *db;
    enum sqlite_statement which;
    sqlite3_stmt *statement;
    int parameter; /* last one bound */
    int code;
};

void query_open(struct sqlite_query *query, struct sqlite_db *db, enum sqlite_statement which);
/* Texts must stay valid until query_close; NULL binds NULL. */
void query_text(struct sqlite_query *query, const char *text);
void query_span(struct sqlite_query *query, struct span text);
void query_int(struct sqlite_query *query, int64_t value);
/* Negative and NAN bind NULL. */
void query_count(struct sqlite_query *query, int64_t value);
void query_double(struct sqlite_query *query, double value);
/* Column texts are valid until the next call for this query. */
bool query_row(struct sqlite_query *query);
struct span query_column(struct sqlite_query *query, int column);
bool query_close(struct sqlite_query *query, struct err *err) ATTR_MUST_CHECK;
/* Steps to the end and closes; *ret_changes (may be NULL) is the number of rows written. */
bool query_run(struct sqlite_query *query, int *ret_changes, struct err *err) ATTR_MUST_CHECK;
/* A statement without parameters. */
bool query_plain(struct sqlite_db *db, enum sqlite_statement which,
                 struct err *err) ATTR_MUST_CHECK;

struct sqlite_task;

struct sqlite_store {
    struct store base;
    struct loop *loop;
    struct thread *thread; /* NULL once closing */
    char *path;
    char *description;
    /* loop */
    size_t bytes_pending;
    struct sqlite_task *refused_first;
    bool is_up;
    bool is_down_for_writes; /* a read that works does not prove the store up */
    int64_t down_since_ms;
    char last_error[ERR_TEXT_BYTES_MAX];
    uint64_t verbs, failures;
    ev_timer probe; /* while down */
    struct metric *up_gauge, *pending_gauge;
    /* store thread */
    struct sqlite_db db;
    struct sqlite_task *batch_first, **batch_end;
    bool is_in_transaction;
    struct err write_err; /* no more writes in this batch */
    struct err open_err;  /* nothing at all in this batch */
};

struct sqlite_verb {
    const char *name;
    bool is_write;
    bool is_durable; /* its batch is on the disk before it is answered */
    bool (*run)(struct sqlite_db *db, struct sqlite_task *task, struct err *err);
};

/* One verb on its way. Texts point into copies, behind the struct in the same block. */
struct sqlite_task {
    struct thread_task task;
    struct loop_deferred refused; /* when the queue would not take it */
    struct sqlite_store *store;
    struct sqlite_task *next; /* batch on the thread, refused list on the loop */
    const struct sqlite_verb *verb;
    struct store_key key;
    union {
        struct store_create create;
        struct store_begin begin;
        struct store_complete complete;
        struct store_error error;
        struct store_usage usage;
        struct store_chart chart;
        const char *chart_id;
        struct {
            const char *queue;
            int64_t before_ms;
            uint32_t limit;
        } rows;
    } in;
    struct store_chart create_chart; /* in.create.chart points here */
    bool is_in_transaction;          /* its result holds only if the batch commits */
    struct err err;                  /* kind ERR_NONE: worked */
    bool is_applied;
    struct store_begin_result begun;
    enum store_created created;
    struct sbuf text; /* what the result points to; create's are three texts, each with its NUL */
    union {
        store_create_fn create;
        store_begin_fn begin;
        store_write_fn write;
        store_text_fn text;
    } done;
    void *done_ctx;
    size_t bytes; /* of the block */
    char *copies_end;
    char copies[];
};

/* The driver's verbs, in terms of the tasks below. [loop] */
void sqlite_create(struct store *store, const struct store_create *create, store_create_fn done,
                   void *ctx);
void sqlite_enqueued(struct store *store, const struct store_key *key, store_write_fn done,
                     void *ctx);
void sqlite_unqueued_rows(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                          store_text_fn done, void *ctx);
void sqlite_begin(struct store *store, const struct store_begin *begin, store_begin_fn done,
                  void *ctx);
void sqlite_processing(struct store *store, const struct store_key *key, store_write_fn done,
                       void *ctx);
void sqlite_complete(struct store *store, const struct store_complete *complete,
                     store_write_fn done, void *ctx);
void sqlite_fail(struct store *store, const struct store_key *key, const struct store_error *error,
                 store_write_fn done, void *ctx);
void sqlite_usage(struct store *store, const struct store_key *key, const struct store_usage *usage,
                  store_write_fn done, void *ctx);
void sqlite_put_chart(struct store *store, const struct store_chart *chart, store_write_fn done,
                      void *ctx);
void sqlite_get_chart(struct store *store, const char *chart_id, store_text_fn done, void *ctx);
void sqlite_get_reading(struct store *store, const char *reading_id, store_text_fn done, void *ctx);
void sqlite_get_row(struct store *store, const char *reading_id, store_text_fn done, void *ctx);
void sqlite_open_rows(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                      store_text_fn done, void *ctx);

/* Inserts the chart unless it is there; now as clock_format writes it. [thread] */
bool sqlite_chart_insert(struct sqlite_db *db, const struct store_chart *chart, const char *now,
                         struct err *err) ATTR_MUST_CHECK;
/* The same with the user and the birth data of the reading. [thread] */
bool sqlite_chart_insert_of(struct sqlite_db *db, struct span chart, const char *reading_id,
                            const char *now, char ret_id[HASH_UUID_BYTES],
                            struct err *err) ATTR_MUST_CHECK;

/* Hooks around a batch; ctx is the sqlite_store; and what runs one task in it. [thread] */
void sqlite_batch_begin(const struct thread_task *first, void *ctx);
void sqlite_batch_end(void *ctx);
void sqlite_task_run(struct thread_task *thread_task);

/* A task whose copies will take text_bytes together. [loop] */
struct sqlite_task *sqlite_task_create(struct sqlite_store *store, const struct sqlite_verb *verb,
                                       size_t text_bytes, void *ctx);
/* Queues it; when that cannot be, it is answered with ERR_AGAIN at the end of the turn. [loop] */
void sqlite_task_submit(struct sqlite_task *task);
/* Answers the tasks that were refused, now. [loop] */
void sqlite_task_answer_refused(struct sqlite_store *store);
/* From now on the store counts as down, or up. [loop] */
void sqlite_note_up(struct sqlite_store *store, bool is_up, const struct err *err);

extern const struct sqlite_verb SQLITE_VERB_PROBE;
extern const struct sqlite_verb SQLITE_VERB_CREATE, SQLITE_VERB_ENQUEUED, SQLITE_VERB_UNQUEUED_ROWS,
    SQLITE_VERB_BEGIN, SQLITE_VERB_PROCESSING, SQLITE_VERB_COMPLETE, SQLITE_VERB_FAIL,
    SQLITE_VERB_USAGE, SQLITE_VERB_PUT_CHART, SQLITE_VERB_GET_CHART, SQLITE_VERB_GET_READING,
    SQLITE_VERB_GET_ROW, SQLITE_VERB_OPEN_ROWS;

#endif
