/* The statements of the sqlite driver. */
#include "store/sqlite-private.h"

/* owner gives user_id and birth, as birth data is the reading's, not the chart's. */
#define CHART_INSERT(owner)                                                                        \
    "INSERT INTO charts (id, input_hash, chart_data, chart_version, calculation_engine,"           \
    " type, profile, authority, strategy, definition, incarnation_cross, user_id,"                 \
    " birth_date, birth_time, birth_place, created_at)"                                            \
    " SELECT ?1, ?2, ?3, coalesce(?3 ->> 'version', '1'), ?3 ->> 'engine',"                        \
    " ?3 ->> 'type', ?3 ->> 'profile', ?3 ->> 'authority', ?3 ->> 'strategy',"                     \
    " ?3 ->> 'definition', ?3 ->> 'incarnationCross', user_id,"                                    \
    " iif(json_valid(birth), birth ->> 'birthDate', NULL),"                                        \
    " iif(json_valid(birth), birth ->> 'birthTime', NULL),"                                        \
    " iif(json_valid(birth), birth ->> 'birthPlace', NULL), ?4"                                    \
    " FROM " owner " WHERE NOT EXISTS (SELECT 1 FROM charts WHERE id = ?1)"

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

    /* What has run out is forgotten a little at a time, the key that is asked for in any case. */
    [STATEMENT_KEY_FORGET] =
        "DELETE FROM idempotency_keys WHERE created_at < ?3 AND (caller = ?1 AND key = ?2"
        " OR (caller, key) IN (SELECT caller, key FROM idempotency_keys WHERE created_at < ?3"
        " ORDER BY created_at LIMIT ?4))",
    [STATEMENT_KEY_SELECT] =
        "SELECT k.request_hash, k.reading_id, k.job_key, r.payload FROM idempotency_keys k"
        " LEFT JOIN coach_readings r ON r.id = k.reading_id WHERE k.caller = ?1 AND k.key = ?2",
    [STATEMENT_KEY_INSERT] =
        "INSERT INTO idempotency_keys (caller, key, request_hash, reading_id, job_key, created_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",

    /* is_held: only this job may begin it. */
    [STATEMENT_READING_CREATE] =
        "INSERT INTO coach_readings (id, job_key, run, user_id, reading_type, client_name, queue,"
        " payload, status, is_held, created_at, updated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending', 1, ?9, ?9)"
        " ON CONFLICT (id) DO NOTHING",
    [STATEMENT_READING_ENQUEUED] =
        "UPDATE coach_readings SET enqueued_at = ?4"
        " WHERE id = ?1 AND job_key = ?2 AND run = ?3 AND enqueued_at IS NULL",
    [STATEMENT_READING_IS_ENQUEUED] =
        "SELECT 1 FROM coach_readings WHERE id = ?1 AND job_key = ?2 AND run = ?3"
        " AND enqueued_at IS NOT NULL",

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
        "UPDATE coach_readings SET is_held = 1, enqueued_at = coalesce(enqueued_at, ?2)"
        " WHERE id = ?1 AND (is_held = 0 OR enqueued_at IS NULL)",
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

    [STATEMENT_CHART_INSERT] = CHART_INSERT("(SELECT ?5 AS user_id, ?6 AS birth)"),
    [STATEMENT_CHART_OF_READING_INSERT] =
        CHART_INSERT("(SELECT user_id, payload AS birth FROM coach_readings WHERE id = ?5)"),
    [STATEMENT_CHART_SHOW] = "SELECT chart_data FROM charts WHERE id = ?1",

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
    [STATEMENT_ROW_SHOW] =
        "SELECT id, status, reading_type, job_key, run, queue, current_version, is_held,"
        " enqueued_at, error, updated_at, payload FROM coach_readings WHERE id = ?1",
    [STATEMENT_ROWS_OPEN] =
        "SELECT id, job_key, run, status, updated_at FROM coach_readings"
        " WHERE queue = ?1 AND updated_at < ?2 AND status IN ('pending', 'processing')"
        " AND enqueued_at IS NOT NULL ORDER BY updated_at LIMIT ?3",
    [STATEMENT_ROWS_UNQUEUED] =
        "SELECT id, job_key, run, reading_type, payload FROM coach_readings"
        " WHERE queue = ?1 AND created_at < ?2 AND status = 'pending' AND enqueued_at IS NULL"
        " ORDER BY created_at LIMIT ?3",
};
