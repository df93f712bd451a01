/* Runs the cached statements with a sticky error, so that a verb checks once. */
#include <assert.h>
#include <limits.h>
#include <math.h>

#include "store/sqlite-private.h"

void query_open(struct sqlite_query *query, struct sqlite_db *db, enum sqlite_statement which)
{
    *query = (struct sqlite_query){.db = db, .which = which, .code = SQLITE_OK};
    if (db->statements[which] == NULL) {
        query->code = sqlite3_prepare_v3(db->handle, SQLITE_STATEMENT_TEXTS[which], -1,
                                         SQLITE_PREPARE_PERSISTENT, &db->statements[which], NULL);
    }
    query->statement = db->statements[which];
}

static void note(struct sqlite_query *query, int code)
{
    if (query->code == SQLITE_OK) {
        query->code = code;
    }
}

void query_span(struct sqlite_query *query, struct span text)
{
    query->parameter++;
    if (query->code != SQLITE_OK) {
        return;
    }
    if (text.len > INT_MAX) {
        query->code = SQLITE_TOOBIG;
        return;
    }
    note(query, sqlite3_bind_text(query->statement, query->parameter, text.data, (int)text.len,
                                  SQLITE_STATIC));
}

void query_text(struct sqlite_query *query, const char *text)
{
    query_span(query, span_of(text)); /* a NULL pointer binds NULL */
}

void query_int(struct sqlite_query *query, int64_t value)
{
    query->parameter++;
    if (query->code == SQLITE_OK) {
        note(query, sqlite3_bind_int64(query->statement, query->parameter, value));
    }
}

void query_count(struct sqlite_query *query, int64_t value)
{
    if (value >= 0) {
        query_int(query, value);
    } else {
        query_text(query, NULL);
    }
}

void query_double(struct sqlite_query *query, double value)
{
    query->parameter++;
    if (query->code == SQLITE_OK) { /* sqlite itself stores NAN as NULL */
        note(query, sqlite3_bind_double(query->statement, query->parameter, value));
    }
}

bool query_row(struct sqlite_query *query)
{
    if (query->code != SQLITE_OK) {
        return false;
    }
    int code = sqlite3_step(query->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        query->code = code;
    }
    return code == SQLITE_ROW;
}

struct span query_column(struct sqlite_query *query, int column)
{
    const void *text = sqlite3_column_text(query->statement, column);
    int len = sqlite3_column_bytes(query->statement, column);
    return (struct span){text, text != NULL ? (size_t)len : 0};
}

bool query_close(struct sqlite_query *query, struct err *err)
{
    bool is_ok = query->code == SQLITE_OK;
    if (!is_ok) {
        sqlite_db_fail(query->db, query->code, "writing or reading the store", err);
    }
    if (query->statement != NULL) {
        /* Reset reports the step's error again; it is in query->code already. */
        (void)sqlite3_reset(query->statement);
        (void)sqlite3_clear_bindings(query->statement); /* cannot fail */
    }
    return is_ok;
}

bool query_run(struct sqlite_query *query, int *ret_changes, struct err *err)
{
    while (query_row(query)) {
    }
    if (ret_changes != NULL) {
        *ret_changes = query->code == SQLITE_OK ? sqlite3_changes(query->db->handle) : 0;
    }
    return query_close(query, err);
}

bool query_plain(struct sqlite_db *db, enum sqlite_statement which, struct err *err)
{
    struct sqlite_query query;
    query_open(&query, db, which);
    return query_run(&query, NULL, err);
}
