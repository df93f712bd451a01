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

static bool run_open_rows(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    char before[CLOCK_TEXT_BYTES];
    clock_format(task->in.open_rows.before_ms, before);
    struct sbuf *out = &task->text;
    struct sqlite_query query;
    query_open(&query, db, STATEMENT_ROWS_OPEN);
    query_text(&query, task->in.open_rows.queue);
    query_text(&query, before);
    query_int(&query, task->in.open_rows.limit);
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

const struct sqlite_verb SQLITE_VERB_GET_READING = {"get_reading", false, false, run_get_reading};
const struct sqlite_verb SQLITE_VERB_OPEN_ROWS = {"open_rows", false, false, run_open_rows};
