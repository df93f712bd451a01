/* The writes after begin, each fenced by (reading_id, job_key, run). */
#include <math.h>

#include "core/clock.h"
#include "store/sqlite-private.h"

static void bind_key(struct sqlite_query *query, const struct store_key *key)
{
    query_text(query, key->reading_id);
    query_text(query, key->job_key);
    query_int(query, key->run);
}

/* Runs a statement that is bound with the key and the time. */
static bool write_now(struct sqlite_db *db, enum sqlite_statement which,
                      const struct store_key *key, int *ret_changes, struct err *err)
{
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms(), now);
    struct sqlite_query query;
    query_open(&query, db, which);
    bind_key(&query, key);
    query_text(&query, now);
    return query_run(&query, ret_changes, err);
}

static bool run_processing(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    int changes = 0;
    bool is_ok = write_now(db, STATEMENT_READING_PROCESSING, &task->key, &changes, err);
    task->is_applied = changes == 1;
    return is_ok;
}

/* True in *ret_is_there when the statement, bound with the key, finds a row. */
static bool is_there(struct sqlite_db *db, enum sqlite_statement which, const struct store_key *key,
                     bool *ret_is_there, struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, which);
    bind_key(&query, key);
    *ret_is_there = query_row(&query);
    return query_close(&query, err);
}

static bool run_enqueued(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    int changes = 0;
    if (!write_now(db, STATEMENT_READING_ENQUEUED, &task->key, &changes, err)) {
        return false;
    }
    task->is_applied = changes == 1;
    return task->is_applied ||
           is_there(db, STATEMENT_READING_IS_ENQUEUED, &task->key, &task->is_applied, err);
}

/* What complete needs to know of the row. */
struct held_row {
    bool is_held_by_us;
    bool is_writable; /* processing, or completed and being written anew */
    uint32_t version;
};

static bool read_held(struct sqlite_db *db, const struct store_key *key, struct held_row *ret_row,
                      struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_READING_SELECT);
    query_text(&query, key->reading_id);
    if (query_row(&query)) {
        struct span status = query_column(&query, 2);
        ret_row->is_writable = span_is(status, "processing") || span_is(status, "completed");
        ret_row->is_held_by_us = span_is(query_column(&query, 0), key->job_key) &&
                                 sqlite3_column_int64(query.statement, 1) == key->run &&
                                 sqlite3_column_int(query.statement, 3) != 0;
        ret_row->version = (uint32_t)sqlite3_column_int64(query.statement, 4);
    }
    return query_close(&query, err);
}

static bool put_version(struct sqlite_db *db, const struct store_complete *complete,
                        uint32_t version, struct err *err)
{
    char now[CLOCK_TEXT_BYTES], chart_id[HASH_UUID_BYTES];
    clock_format(clock_wall_ms(), now);
    bool has_chart = complete->chart.len > 0;
    if (has_chart && !sqlite_chart_insert_of(db, complete->chart, complete->key.reading_id, now,
                                             chart_id, err)) {
        return false;
    }
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_VERSION_INSERT);
    bind_key(&query, &complete->key);
    query_int(&query, version);
    query_span(&query, complete->content);
    query_span(&query, complete->return_value);
    query_text(&query, has_chart ? chart_id : NULL);
    query_text(&query, now);
    if (!query_run(&query, NULL, err)) {
        return false;
    }
    query_open(&query, db, STATEMENT_READING_COMPLETE);
    query_text(&query, complete->key.reading_id);
    query_int(&query, version);
    query_text(&query, complete->outcome);
    query_text(&query, now);
    return query_run(&query, NULL, err);
}

static bool run_complete(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    struct held_row row = {false, false, 0};
    if (!read_held(db, &task->key, &row, err)) {
        return false;
    }
    if (!row.is_held_by_us) { /* ours from an earlier delivery, or stale */
        return is_there(db, STATEMENT_VERSION_OF_RUN, &task->key, &task->is_applied, err);
    }
    if (!row.is_writable) {
        return err_set(err, ERR_INVALID, "reading '%.64s' is not being processed",
                       task->key.reading_id);
    }
    task->is_applied = true;
    return put_version(db, &task->in.complete, row.version + 1, err);
}

static bool run_fail(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    const struct store_error *error = &task->in.error;
    sbuf_puts(&task->text, "{\"code\":");
    sbuf_json_string(&task->text, span_of(error->code));
    sbuf_puts(&task->text, ",\"message\":");
    sbuf_json_string(&task->text, span_of(error->message));
    sbuf_printf(&task->text, ",\"retryable\":%s}", error->is_retryable ? "true" : "false");
    if (task->text.is_failed) {
        return err_set(err, ERR_LIMIT, "the error's text is too long");
    }
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms(), now);
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_READING_FAIL);
    bind_key(&query, &task->key);
    query_text(&query, now);
    query_span(&query, sbuf_as_span(&task->text));
    int changes = 0;
    if (!query_run(&query, &changes, err)) {
        return false;
    }
    task->is_applied = changes == 1;
    return task->is_applied ||
           is_there(db, STATEMENT_READING_FAILED, &task->key, &task->is_applied, err);
}

static bool run_usage(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    const struct store_usage *usage = &task->in.usage;
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms(), now);
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_USAGE_INSERT);
    query_text(&query, usage->call_id);
    bind_key(&query, &task->key);
    query_text(&query, usage->agent_id);
    query_text(&query, usage->provider);
    query_text(&query, usage->model);
    query_count(&query, usage->input_tokens);
    query_count(&query, usage->output_tokens);
    query_count(&query, usage->total_tokens);
    query_double(&query, usage->cost_usd);
    query_count(&query, usage->first_token_ms);
    query_count(&query, usage->duration_ms);
    query_int(&query, usage->is_success);
    query_text(&query, usage->error_code);
    query_text(&query, usage->request_hash);
    query_text(&query, usage->request_id);
    query_text(&query, now);
    int changes = 0;
    if (!query_run(&query, &changes, err)) {
        return false;
    }
    task->is_applied = changes == 1;
    return true;
}

const struct sqlite_verb SQLITE_VERB_ENQUEUED = {"enqueued", true, false, run_enqueued};
const struct sqlite_verb SQLITE_VERB_PROCESSING = {"processing", true, false, run_processing};
const struct sqlite_verb SQLITE_VERB_COMPLETE = {"complete", true, true, run_complete};
const struct sqlite_verb SQLITE_VERB_FAIL = {"fail", true, true, run_fail};
const struct sqlite_verb SQLITE_VERB_USAGE = {"usage", true, false, run_usage};
