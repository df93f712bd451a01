/* Who may work on a reading: decides between a new row, a job that comes back, a reading that
 * is there already, and one that another job is working on. */
#include "core/clock.h"
#include "store/sqlite-private.h"

/* The row as it stands, job_key compared already. */
struct row {
    bool is_ours;     /* our job_key, whatever the run */
    bool is_takeover; /* the holder the caller wants replaced */
    bool is_completed;
    bool is_held;
    uint32_t run;
    uint32_t version; /* latest written, 0 for none */
};

static bool bind_and_write(struct sqlite_db *db, enum sqlite_statement which,
                           const struct store_begin *begin, uint32_t run, int *ret_changes,
                           struct err *err)
{
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms(), now);
    struct sqlite_query query;
    query_open(&query, db, which);
    query_text(&query, begin->key.reading_id);
    query_text(&query, begin->key.job_key);
    query_int(&query, run);
    query_text(&query, begin->user_id);
    query_text(&query, begin->agent_id);
    query_text(&query, begin->queue);
    query_span(&query, begin->payload.data != NULL ? begin->payload : SPAN_LITERAL(""));
    query_text(&query, now);
    return query_run(&query, ret_changes, err);
}

/* Leaves the holder's name in task->text. */
static bool read_row(struct sqlite_db *db, struct sqlite_task *task, struct row *ret_row,
                     struct err *err)
{
    const struct store_begin *begin = &task->in.begin;
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_READING_SELECT);
    query_text(&query, begin->key.reading_id);
    if (query_row(&query)) {
        struct span holder = query_column(&query, 0);
        *ret_row = (struct row){
            .is_ours = span_is(holder, begin->key.job_key),
            .is_takeover = begin->takeover != NULL && span_is(holder, begin->takeover),
            .run = (uint32_t)sqlite3_column_int64(query.statement, 1),
            .is_completed = span_is(query_column(&query, 2), "completed"),
            .is_held = sqlite3_column_int(query.statement, 3) != 0,
            .version = (uint32_t)sqlite3_column_int64(query.statement, 4),
        };
        sbuf_span(&task->text, holder);
    }
    return query_close(&query, err);
}

/* The highest run of this job that has a version, 0 for none. */
static bool read_last_run(struct sqlite_db *db, const struct store_key *key, uint32_t *ret_run,
                          struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_VERSION_LAST_RUN);
    query_text(&query, key->reading_id);
    query_text(&query, key->job_key);
    if (query_row(&query)) {
        *ret_run = (uint32_t)sqlite3_column_int64(query.statement, 0);
    }
    return query_close(&query, err);
}

/* DONE with the value the query finds. */
static bool answer_done(struct sqlite_query *query, struct sqlite_task *task, struct err *err)
{
    sbuf_clear(&task->text); /* held the holder's name */
    bool is_found = query_row(query);
    if (is_found) {
        sbuf_span(&task->text, query_column(query, 0));
    }
    if (!query_close(query, err)) {
        return false;
    }
    if (!is_found) {
        return err_set(err, ERR_INTERNAL, "reading '%.64s' is completed but has no version",
                       task->key.reading_id);
    }
    task->begun.begun = STORE_DONE;
    return true;
}

static bool done_by_run(struct sqlite_db *db, struct sqlite_task *task, uint32_t run,
                        struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_VERSION_OF_RUN);
    query_text(&query, task->key.reading_id);
    query_text(&query, task->key.job_key);
    query_int(&query, run);
    return answer_done(&query, task, err);
}

static bool done_by_version(struct sqlite_db *db, struct sqlite_task *task, uint32_t version,
                            struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_VERSION_BY_NUMBER);
    query_text(&query, task->key.reading_id);
    query_int(&query, version);
    return answer_done(&query, task, err);
}

static bool resume(struct sqlite_db *db, struct sqlite_task *task, const struct row *row,
                   struct err *err)
{
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms(), now);
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_READING_HOLD);
    query_text(&query, task->key.reading_id);
    query_text(&query, now);
    task->begun = (struct store_begin_result){
        .begun = STORE_RESUME, .run = row->run, .version = row->version + 1};
    return query_run(&query, NULL, err);
}

static bool decide(struct sqlite_db *db, struct sqlite_task *task, const struct row *row,
                   uint32_t last_run, struct err *err)
{
    const struct store_begin *begin = &task->in.begin;
    uint32_t run = begin->key.run; /* the largest of all that is known wins */
    run = last_run > run ? last_run : run;
    run = row->is_ours && row->run > run ? row->run : run;
    if (last_run == run) {
        return done_by_run(db, task, run, err);
    }
    if (row->is_ours && row->run == run) {
        return resume(db, task, row, err);
    }
    bool is_rerun = row->is_ours || last_run > 0;
    if (row->is_completed && begin->intent == STORE_NORMAL && !is_rerun) {
        return done_by_version(db, task, row->version, err);
    }
    if (row->is_held && !row->is_ours && !row->is_takeover) {
        task->begun.begun = STORE_BUSY;
        return true;
    }
    task->begun =
        (struct store_begin_result){.begun = STORE_NEW, .run = run, .version = row->version + 1};
    return bind_and_write(db, STATEMENT_READING_TAKE, begin, run, NULL, err);
}

static bool run_begin(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    int changes = 0;
    if (!bind_and_write(db, STATEMENT_READING_INSERT, &task->in.begin, task->key.run, &changes,
                        err)) {
        return false;
    }
    if (changes == 1) {
        task->begun =
            (struct store_begin_result){.begun = STORE_NEW, .run = task->key.run, .version = 1};
        return true;
    }
    struct row row = {0};
    uint32_t last_run = 0;
    return read_row(db, task, &row, err) && read_last_run(db, &task->key, &last_run, err) &&
           decide(db, task, &row, last_run, err);
}

const struct sqlite_verb SQLITE_VERB_BEGIN = {"begin", true, false, run_begin};
