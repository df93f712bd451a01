/* Charts: they never change, so the same text is the same row, named after it. */
#include "core/clock.h"
#include "store/sqlite-private.h"

static void open_insert(struct sqlite_query *query, struct sqlite_db *db,
                        enum sqlite_statement which, const struct store_chart *chart,
                        const char *hash, const char *now)
{
    query_open(query, db, which);
    query_text(query, chart->id);
    query_text(query, hash);
    query_span(query, chart->chart);
    query_text(query, now);
}

bool sqlite_chart_insert(struct sqlite_db *db, const struct store_chart *chart, const char *now,
                         struct err *err)
{
    struct store_chart_name name;
    store_name_chart(chart->chart, &name);
    struct sqlite_query query;
    open_insert(&query, db, STATEMENT_CHART_INSERT, chart, name.hash, now);
    query_text(&query, chart->user_id);
    query_span(&query, chart->birth);
    return query_run(&query, NULL, err);
}

bool sqlite_chart_insert_of(struct sqlite_db *db, struct span chart, const char *reading_id,
                            const char *now, char ret_id[HASH_UUID_BYTES], struct err *err)
{
    struct store_chart_name name;
    store_name_chart(chart, &name);
    struct store_chart row = {.id = name.id, .chart = chart};
    struct sqlite_query query;
    open_insert(&query, db, STATEMENT_CHART_OF_READING_INSERT, &row, name.hash, now);
    query_text(&query, reading_id);
    memcpy(ret_id, name.id, sizeof(name.id));
    return query_run(&query, NULL, err);
}

static bool run_put_chart(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms(), now);
    task->is_applied = true;
    return sqlite_chart_insert(db, &task->in.chart, now, err);
}

static bool run_get_chart(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_CHART_SHOW);
    query_text(&query, task->in.chart_id);
    bool is_there = query_row(&query);
    if (is_there) {
        sbuf_span(&task->text, query_column(&query, 0));
    }
    if (!query_close(&query, err)) {
        return false;
    }
    return is_there || err_set(err, ERR_NOT_FOUND, "there is no chart '%.64s'", task->in.chart_id);
}

const struct sqlite_verb SQLITE_VERB_PUT_CHART = {"put_chart", true, true, run_put_chart};
const struct sqlite_verb SQLITE_VERB_GET_CHART = {"get_chart", false, false, run_get_chart};
