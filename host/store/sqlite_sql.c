/* All SQL of the sqlite driver: the schema and the statements. */
#include "store/sqlite-private.h"

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
    " payload TEXT NOT NULL);"
    "CREATE INDEX coach_readings_open ON coach_readings (queue, updated_at)"
    " WHERE status IN ('pending', 'processing');"

    "CREATE TRIGGER coach_readings_start BEFORE INSERT ON coach_readings"
    " WHEN NEW.status <> 'pending'"
    " BEGIN SELECT RAISE(ABORT, 'a reading starts as pending'); END;"
    "CREATE TRIGGER coach_readings_edges BEFORE UPDATE OF status ON coach_readings"
    " WHEN OLD.status <> NEW.status AND (OLD.status || ' ' || NEW.status) NOT IN"
    " ('pending processing', 'pending failed', 'processing completed', 'processing failed',"
    "  'failed processing')"
    " BEGIN SELECT RAISE(ABORT, 'a reading does not change its status that way'); END;"

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
};

const char *const SQLITE_STATEMENT_TEXTS[SQLITE_STATEMENTS] = {
    [STATEMENT_SAVE] = "SAVEPOINT verb",
    [STATEMENT_RELEASE] = "RELEASE verb",
    [STATEMENT_UNDO] = "ROLLBACK TO verb",
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_SYNC_FULL] = "PRAGMA synchronous = FULL",
    [STATEMENT_SYNC_NORMAL] = "PRAGMA synchronous = NORMAL",
    [STATEMENT_ROLLBACK] = "ROLLBACK",

    /* Writes a page, so that a full or read-only disk shows. */
    [STATEMENT_PROBE] = "UPDATE meta SET value = value WHERE key = 'store_uuid'",

    [STATEMENT_READING_INSERT] =
        "INSERT INTO coach_readings (id, job_key, run, user_id, reading_type, queue, payload,"
        " status, created_at, updated_at, enqueued_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', ?8, ?8, ?8)"
        " ON CONFLICT (id) DO NOTHING",
    [STATEMENT_READING_SELECT] = "SELECT job_key, run, status, is_held, current_version"
                                 " FROM coach_readings WHERE id = ?1",
    [STATEMENT_READING_TAKE] =
        "UPDATE coach_readings SET job_key = ?2, run = ?3, user_id = coalesce(?4, user_id),"
        " reading_type = ?5, queue = ?6, payload = ?7, updated_at = ?8, enqueued_at = ?8,"
        " is_held = 1 WHERE id = ?1",
    [STATEMENT_READING_HOLD] =
        "UPDATE coach_readings SET is_held = 1 WHERE id = ?1 AND is_held = 0",
    [STATEMENT_READING_PROCESSING] =
        "UPDATE coach_readings SET updated_at = ?4, error = NULL,"
        " status = CASE status WHEN 'completed' THEN 'completed' ELSE 'processing' END"
        " WHERE id = ?1 AND job_key = ?2 AND run = ?3 AND is_held = 1",
    [STATEMENT_READING_COMPLETE] =
        "UPDATE coach_readings SET status = 'completed', is_held = 0, error = NULL,"
        " current_version = ?2, metadata = json_set(metadata, '$.outcome', ?3),"
        " updated_at = ?4 WHERE id = ?1",
    [STATEMENT_READING_FAIL] =
        "UPDATE coach_readings SET is_held = 0, updated_at = ?4, error = ?5,"
        " status = CASE status WHEN 'completed' THEN 'completed' ELSE 'failed' END"
        " WHERE id = ?1 AND job_key = ?2 AND run = ?3 AND is_held = 1",
    [STATEMENT_READING_FAILED] = "SELECT 1 FROM coach_readings WHERE id = ?1 AND job_key = ?2"
                                 " AND run = ?3 AND is_held = 0 AND error IS NOT NULL",

    [STATEMENT_VERSION_INSERT] =
        "INSERT INTO reading_versions (reading_id, job_key, run, version_number, content,"
        " return_value, chart_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STATEMENT_VERSION_LAST_RUN] =
        "SELECT max(run) FROM reading_versions WHERE reading_id = ?1 AND job_key = ?2",
    [STATEMENT_VERSION_OF_RUN] = "SELECT return_value FROM reading_versions"
                                 " WHERE reading_id = ?1 AND job_key = ?2 AND run = ?3",
    [STATEMENT_VERSION_BY_NUMBER] = "SELECT return_value FROM reading_versions"
                                    " WHERE reading_id = ?1 AND version_number = ?2",

    /* Birth data is the job's, not the chart's. ?4 is the reading. */
    [STATEMENT_CHART_INSERT] =
        "INSERT INTO charts (id, input_hash, chart_data, chart_version, calculation_engine,"
        " type, profile, authority, strategy, definition, incarnation_cross, user_id,"
        " birth_date, birth_time, birth_place, created_at)"
        " SELECT ?1, ?2, ?3, coalesce(?3 ->> 'version', '1'), ?3 ->> 'engine',"
        " ?3 ->> 'type', ?3 ->> 'profile', ?3 ->> 'authority', ?3 ->> 'strategy',"
        " ?3 ->> 'definition', ?3 ->> 'incarnationCross', user_id,"
        " iif(json_valid(payload), payload ->> 'birthDate', NULL),"
        " iif(json_valid(payload), payload ->> 'birthTime', NULL),"
        " iif(json_valid(payload), payload ->> 'birthPlace', NULL), ?5"
        " FROM coach_readings WHERE id = ?4 AND NOT EXISTS (SELECT 1 FROM charts WHERE id = ?1)",

    [STATEMENT_USAGE_INSERT] =
        "INSERT INTO model_calls (call_id, reading_id, job_key, run, agent, provider, model,"
        " input_tokens, output_tokens, total_tokens, estimated_cost_usd, first_token_ms,"
        " duration_ms, success, error_code, request_hash, request_id, created_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
        " ?18) ON CONFLICT (call_id) DO NOTHING",

    [STATEMENT_READING_SHOW] =
        "SELECT id, status, reading_type, current_version, created_at, updated_at, metadata,"
        " CASE status WHEN 'failed' THEN error END FROM coach_readings WHERE id = ?1",
    /* From the newest back for as long as they fit. */
    [STATEMENT_VERSIONS_SHOW] =
        "SELECT version_number, created_at, content FROM (SELECT version_number, created_at,"
        " content, sum(length(CAST(content AS BLOB))) OVER (ORDER BY version_number DESC) AS"
        " bytes FROM reading_versions WHERE reading_id = ?1) WHERE bytes <= ?2"
        " ORDER BY version_number",
    [STATEMENT_ROWS_OPEN] =
        "SELECT id, job_key, run, status, updated_at FROM coach_readings"
        " WHERE queue = ?1 AND updated_at < ?2 AND status IN ('pending', 'processing')"
        " ORDER BY updated_at LIMIT ?3",
};
