/* The outbox: a reading's row before its job is in the queue, and what knows a repeated request
 * again. */
#include "core/attr.h"
#include "core/clock.h"
#include "store/sqlite-private.h"

static bool forget_keys(struct sqlite_db *db, const struct store_create *create, int64_t now_ms,
                        struct err *err)
{
    char oldest[CLOCK_TEXT_BYTES];
    clock_format(now_ms - create->idempotency_ms, oldest);
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_KEY_FORGET);
    query_text(&query, create->caller);
    query_text(&query, create->idempotency_key);
    query_text(&query, oldest);
    query_int(&query, SQLITE_KEYS_FORGOTTEN_MAX);
    return query_run(&query, NULL, err);
}

static void put_result(struct sqlite_task *task, struct span reading_id, struct span job_key,
                       struct span payload)
{
    const struct span parts[] = {reading_id, job_key, payload};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        sbuf_span(&task->text, parts[i]);
        sbuf_putc(&task->text, '\0');
    }
}

/* What became of an earlier request with this key. */
static bool find_key(struct sqlite_db *db, struct sqlite_task *task, bool *ret_is_found,
                     struct err *err)
{
    const struct store_create *create = &task->in.create;
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_KEY_SELECT);
    query_text(&query, create->caller);
    query_text(&query, create->idempotency_key);
    *ret_is_found = query_row(&query);
    if (*ret_is_found) {
        struct span reading_id = query_column(&query, 1);
        bool is_same = span_is(query_column(&query, 0), create->request_hash);
        bool is_this_one = is_same && span_is(reading_id, create->key.reading_id) &&
                           span_is(query_column(&query, 2), create->key.job_key);
        task->created = is_this_one ? STORE_CREATED : is_same ? STORE_KNOWN : STORE_MISMATCH;
        struct span payload = {NULL, 0};
        if (task->created == STORE_KNOWN) {
            payload = query_column(&query, 3);
        }
        put_result(task, reading_id, query_column(&query, 2), payload);
    }
    return query_close(&query, err);
}

static bool put_key(struct sqlite_db *db, const struct store_create *create, const char *now,
                    struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_KEY_INSERT);
    query_text(&query, create->caller);
    query_text(&query, create->idempotency_key);
    query_text(&query, create->request_hash);
    query_text(&query, create->key.reading_id);
    query_text(&query, create->key.job_key);
    query_text(&query, now);
    return query_run(&query, NULL, err);
}

static bool is_row_of(struct sqlite_db *db, const struct store_key *key, bool *ret_is_ours,
                      struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_READING_SELECT);
    query_text(&query, key->reading_id);
    *ret_is_ours = query_row(&query) && span_is(query_column(&query, 0), key->job_key);
    return query_close(&query, err);
}

static bool put_row(struct sqlite_db *db, const struct store_create *create, const char *now,
                    struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_READING_CREATE);
    query_text(&query, create->key.reading_id);
    query_text(&query, create->key.job_key);
    query_int(&query, create->key.run);
    query_text(&query, create->user_id);
    query_text(&query, create->agent_id);
    query_text(&query, create->client_name);
    query_text(&query, create->queue);
    query_span(&query, create->payload);
    query_text(&query, now);
    int changes = 0;
    bool is_ours = false;
    if (!query_run(&query, &changes, err) ||
        (changes == 0 && !is_row_of(db, &create->key, &is_ours, err))) {
        return false;
    }
    return changes == 1 || is_ours ||
           err_set(err, ERR_INVALID, "reading '%.64s' exists already", create->key.reading_id);
}

static bool run_create(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    const struct store_create *create = &task->in.create;
    int64_t now_ms = clock_wall_ms();
    char now[CLOCK_TEXT_BYTES];
    clock_format(now_ms, now);
    if (create->caller != NULL) {
        bool is_found = false;
        if (!forget_keys(db, create, now_ms, err) || !find_key(db, task, &is_found, err)) {
            return false;
        }
        if (is_found) {
            return true;
        }
        if (!put_key(db, create, now, err)) {
            return false;
        }
    }
    put_result(task, span_of(create->key.reading_id), span_of(create->key.job_key),
               (struct span){NULL, 0});
    task->created = STORE_CREATED;
    return (create->chart == NULL || sqlite_chart_insert(db, create->chart, now, err)) &&
           put_row(db, create, now, err);
}

const struct sqlite_verb SQLITE_VERB_CREATE = {"create", true, true, run_create};
