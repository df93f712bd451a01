/* The schema of the sqlite driver, version by version. What a version says is never changed. */
#include "store/sqlite-private.h"

#define READING_INDEX                                                                              \
    "CREATE INDEX coach_readings_open ON coach_readings (queue, updated_at)"                       \
    " WHERE status IN ('pending', 'processing');"
#define READING_TRIGGERS                                                                           \
    "CREATE TRIGGER coach_readings_start BEFORE INSERT ON coach_readings"                          \
    " WHEN NEW.status <> 'pending'"                                                                \
    " BEGIN SELECT RAISE(ABORT, 'a reading starts as pending'); END;"                              \
    "CREATE TRIGGER coach_readings_edges BEFORE UPDATE OF status ON coach_readings"                \
    " WHEN OLD.status <> NEW.status AND (OLD.status || ' ' || NEW.status) NOT IN"                  \
    " ('pending processing', 'pending failed', 'processing completed', 'processing failed',"       \
    "  'failed processing')"                                                                       \
    " BEGIN SELECT RAISE(ABORT, 'a reading does not change its status that way'); END;"

/* Names are those of the system this one replaces, so that its data can be moved here. Times
 * are RFC 3339 texts in UTC, which sort as text. is_held: a run is working on the row; status
 * alone cannot tell, as a completed reading stays so while a new version is written. */
const char *const SQLITE_MIGRATIONS[SQLITE_SCHEMA_VERSION] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"

    "CREATE TABLE charts ("
    " id TEXT PRIMARY KEY, user_id TEXT, birth_date TEXT, birth_time TEXT, birth_place TEXT,"
    " chart_data TEXT NOT NULL, type TEXT, profile TEXT, authority TEXT, strategy TEXT,"
    " definition TEXT, incarnation_cross TEXT, input_hash TEXT NOT NULL,"
    " chart_version TEXT NOT NULL, calculation_engine TEXT, created_at TEXT NOT NULL,"
    " UNIQUE (input_hash, chart_version));"

    "CREATE TABLE coach_readings ("
    " id TEXT PRIMARY KEY, user_id TEXT, reading_type TEXT NOT NULL, client_name TEXT,"
    " status TEXT NOT NULL"
    " CHECK (status IN ('pending', 'processing', 'completed', 'failed')),"
    " current_version INTEGER NOT NULL DEFAULT 0, metadata TEXT NOT NULL DEFAULT '{}',"
    " error TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,"
    " job_key TEXT NOT NULL, run INTEGER NOT NULL CHECK (run > 0),"
    " is_held INTEGER NOT NULL DEFAULT 1, queue TEXT NOT NULL, enqueued_at TEXT NOT NULL,"
    " payload TEXT NOT NULL);" READING_INDEX

        READING_TRIGGERS

    "CREATE TABLE reading_versions ("
    " id INTEGER PRIMARY KEY, reading_id TEXT NOT NULL REFERENCES coach_readings (id),"
    " version_number INTEGER NOT NULL, content TEXT NOT NULL, created_at TEXT NOT NULL,"
    " job_key TEXT NOT NULL, run INTEGER NOT NULL, chart_id TEXT, return_value TEXT NOT NULL,"
    " UNIQUE (reading_id, version_number), UNIQUE (reading_id, job_key, run));"

    "CREATE TABLE model_calls ("
    " call_id TEXT PRIMARY KEY, reading_id TEXT NOT NULL, job_key TEXT NOT NULL,"
    " run INTEGER NOT NULL, agent TEXT, provider TEXT, model TEXT, input_tokens INTEGER,"
    " output_tokens INTEGER, total_tokens INTEGER, estimated_cost_usd REAL,"
    " first_token_ms INTEGER, duration_ms INTEGER, success INTEGER NOT NULL, error_code TEXT,"
    " request_hash TEXT, request_id TEXT, created_at TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX model_calls_reading ON model_calls (reading_id);",

    /* enqueued_at may be NULL: the job is still to be added. sqlite changes a column by making
     * the table anew; indexes and triggers go with the old one. */
    "CREATE TABLE readings_2 ("
    " id TEXT PRIMARY KEY, user_id TEXT, reading_type TEXT NOT NULL, client_name TEXT,"
    " status TEXT NOT NULL"
    " CHECK (status IN ('pending', 'processing', 'completed', 'failed')),"
    " current_version INTEGER NOT NULL DEFAULT 0, metadata TEXT NOT NULL DEFAULT '{}',"
    " error TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,"
    " job_key TEXT NOT NULL, run INTEGER NOT NULL CHECK (run > 0),"
    " is_held INTEGER NOT NULL DEFAULT 1, queue TEXT NOT NULL, enqueued_at TEXT,"
    " payload TEXT NOT NULL);"
    "INSERT INTO readings_2 SELECT * FROM coach_readings;"
    "DROP TABLE coach_readings;"
    "ALTER TABLE readings_2 RENAME TO coach_readings;" READING_INDEX READING_TRIGGERS
    "CREATE INDEX coach_readings_unqueued ON coach_readings (queue, created_at)"
    " WHERE status = 'pending' AND enqueued_at IS NULL;"

    /* Whose request with which key made which reading. */
    "CREATE TABLE idempotency_keys ("
    " caller TEXT NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL,"
    " reading_id TEXT NOT NULL, job_key TEXT NOT NULL, created_at TEXT NOT NULL,"
    " PRIMARY KEY (caller, key)) WITHOUT ROWID;"
    "CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);",
};
