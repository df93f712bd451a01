/* The reads, rendered as JSON on the store thread. */
#include "core/clock.h"
#include "store/sqlite-private.h"

static void member(struct sbuf *out, const char *key, struct span text)
{
    sbuf_printf(out, ",\"%s\":", key);
    sbuf_json_string(out, text);
}

static bool show_reading(struct sqlite_db *db, struct sqlite_task *task, bool *ret_is_there,
                         struct err *err)
{
    struct sbuf *out = &task->text;
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_READING_SHOW);
    query_text(&query, task->key.reading_id);
    *ret_is_there = query_row(&query);
    if (*ret_is_there) {
        sbuf_puts(out, "{\"id\":");
        sbuf_json_string(out, query_column(&query, 0));
        member(out, "status", query_column(&query, 1));
        member(out, "readingType", query_column(&query, 2));
        sbuf_printf(out, ",\"currentVersion\":%d", sqlite3_column_int(query.statement, 3));
        member(out, "createdAt", query_column(&query, 4));
        member(out, "updatedAt", query_column(&query, 5));
        sbuf_puts(out, ",\"metadata\":");
        sbuf_span(out, query_column(&query, 6));
        struct span error = query_column(&query, 7);
        if (error.len > 0) {
            sbuf_puts(out, ",\"error\":");
            sbuf_span(out, error);
        }
    }
    return query_close(&query, err);
}

static bool show_versions(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    struct sbuf *out = &task->text;
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_VERSIONS_SHOW);
    query_text(&query, task->key.reading_id);
    query_int(&query, SQLITE_READING_BYTES_MAX / 2); /* the rest of the answer is small */
    sbuf_puts(out, ",\"versions\":[");
    for (const char *comma = ""; query_row(&query); comma = ",") {
        sbuf_printf(out, "%s{\"version\":%d", comma, sqlite3_column_int(query.statement, 0));
        member(out, "createdAt", query_column(&query, 1));
        sbuf_puts(out, ",\"content\":");
        sbuf_span(out, query_column(&query, 2));
        sbuf_putc(out, '}');
    }
    sbuf_puts(out, "]}");
    return query_close(&query, err);
}

static bool run_get_reading(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    bool is_there = false;
    if (!show_reading(db, task, &is_there, err)) {
        return false;
    }
    if (!is_there) {
        return err_set(err, ERR_NOT_FOUND, "there is no reading '%.64s'", task->key.reading_id);
    }
    return show_versions(db, task, err);
}

static void show_row(struct sbuf *out, struct sqlite_query *query)
{
    sbuf_puts(out, "{\"id\":");
    sbuf_json_string(out, query_column(query, 0));
    member(out, "status", query_column(query, 1));
    member(out, "agentId", query_column(query, 2));
    member(out, "jobKey", query_column(query, 3));
    sbuf_printf(out, ",\"run\":%lld", (long long)sqlite3_column_int64(query->statement, 4));
    member(out, "queue", query_column(query, 5));
    sbuf_printf(out, ",\"currentVersion\":%d,\"isHeld\":%s",
                sqlite3_column_int(query->statement, 6),
                sqlite3_column_int(query->statement, 7) != 0 ? "true" : "false");
    struct span enqueued_at = query_column(query, 8);
    if (enqueued_at.len > 0) {
        member(out, "enqueuedAt", enqueued_at);
    }
    struct span error = query_column(query, 9);
    if (error.len > 0) {
        sbuf_puts(out, ",\"error\":");
        sbuf_span(out, error);
    }
    member(out, "updatedAt", query_column(query, 10));
    struct span payload = query_column(query, 11);
    if (payload.len > 0) {
        sbuf_puts(out, ",\"payload\":");
        sbuf_span(out, payload);
    }
    sbuf_putc(out, '}');
}

static bool run_get_row(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_ROW_SHOW);
    query_text(&query, task->key.reading_id);
    bool is_there = query_row(&query);
    if (is_there) {
        show_row(&task->text, &query);
    }
    if (!query_close(&query, err)) {
        return false;
    }
    return is_there ||
           err_set(err, ERR_NOT_FOUND, "there is no reading '%.64s'", task->key.reading_id);
}

/* A query over the rows of a queue that are older than before_ms. */
static void open_rows_query(struct sqlite_query *query, struct sqlite_db *db,
                            enum sqlite_statement which, const struct sqlite_task *task,
                            char ret_before[CLOCK_TEXT_BYTES])
{
    clock_format(task->in.rows.before_ms, ret_before); /* must live as long as the query */
    query_open(query, db, which);
    query_text(query, task->in.rows.queue);
    query_text(query, ret_before);
    query_int(query, task->in.rows.limit);
}

static bool run_open_rows(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    char before[CLOCK_TEXT_BYTES];
    struct sbuf *out = &task->text;
    struct sqlite_query query;
    open_rows_query(&query, db, STATEMENT_ROWS_OPEN, task, before);
    sbuf_putc(out, '[');
    for (const char *comma = ""; query_row(&query); comma = ",") {
        sbuf_printf(out, "%s{\"readingId\":", comma);
        sbuf_json_string(out, query_column(&query, 0));
        member(out, "jobKey", query_column(&query, 1));
        sbuf_printf(out, ",\"run\":%lld", (long long)sqlite3_column_int64(query.statement, 2));
        member(out, "status", query_column(&query, 3));
        member(out, "updatedAt", query_column(&query, 4));
        sbuf_putc(out, '}');
    }
    sbuf_putc(out, ']');
    return query_close(&query, err);
}

static bool run_unqueued_rows(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    char before[CLOCK_TEXT_BYTES];
    struct sbuf *out = &task->text;
    size_t payload_bytes = 0;
    struct sqlite_query query;
    open_rows_query(&query, db, STATEMENT_ROWS_UNQUEUED, task, before);
    sbuf_putc(out, '[');
    for (const char *comma = ""; query_row(&query); comma = ",") {
        struct span payload = query_column(&query, 4);
        payload_bytes += payload.len;
        if (payload_bytes > STORE_ROWS_BYTES_MAX && *comma != '\0') {
            break; /* the rest comes with the next call */
        }
        sbuf_printf(out, "%s{\"readingId\":", comma);
        sbuf_json_string(out, query_column(&query, 0));
        member(out, "jobKey", query_column(&query, 1));
        sbuf_printf(out, ",\"run\":%lld", (long long)sqlite3_column_int64(query.statement, 2));
        member(out, "agentId", query_column(&query, 3));
        sbuf_puts(out, ",\"payload\":");
        sbuf_span(out, payload);
        sbuf_putc(out, '}');
    }
    sbuf_putc(out, ']');
    return query_close(&query, err);
}

const struct sqlite_verb SQLITE_VERB_GET_READING = {"get_reading", false, false, run_get_reading};
const struct sqlite_verb SQLITE_VERB_GET_ROW = {"get_row", false, false, run_get_row};
const struct sqlite_verb SQLITE_VERB_OPEN_ROWS = {"open_rows", false, false, run_open_rows};
const struct sqlite_verb SQLITE_VERB_UNQUEUED_ROWS = {"unqueued_rows", false, false,
                                                      run_unqueued_rows};
