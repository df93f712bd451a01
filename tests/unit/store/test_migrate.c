/* A file of an older schema is brought up to date with everything in it. */
#include "test_store.h"

#include <stdio.h>

#include "support.h"

/* Version 1 as it was shipped. Nothing in it may change. */
static const char schema_1[] =
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
    "CREATE INDEX model_calls_reading ON model_calls (reading_id);";

/* A reading in each state, with a version, a chart and a model call. */
static const char rows_1[] =
    "PRAGMA application_id = 0x41474854; PRAGMA user_version = 1;"
    "INSERT INTO meta VALUES ('store_uuid', '3f0cf5a5-6f5c-4b39-9f6e-0c1c1f2d3e4f');"
    "INSERT INTO charts (id, user_id, chart_data, input_hash, chart_version, created_at)"
    " VALUES ('chart-1', 'u', '{\"type\":\"Projector\"}', 'h', '1', '2026-11-01T00:00:00.000Z');"
    "INSERT INTO coach_readings VALUES ('a', 'u', 'business', 'C', 'pending', 0, '{}', NULL,"
    " '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.001Z', 'bull:readings:1:1', 1, 1,"
    " 'readings', '2026-11-01T00:00:00.002Z', '{\"n\":1}');"
    "INSERT INTO coach_readings SELECT 'b', user_id, reading_type, client_name, status,"
    " current_version, metadata, error, created_at, updated_at, 'bull:readings:2:2', run, is_held,"
    " queue, enqueued_at, payload FROM coach_readings WHERE id = 'a';"
    "UPDATE coach_readings SET status = 'processing' WHERE id = 'b';"
    "UPDATE coach_readings SET status = 'completed', current_version = 1, is_held = 0"
    " WHERE id = 'b';"
    "INSERT INTO reading_versions VALUES (7, 'b', 1, '{\"text\":\"one\"}',"
    " '2026-11-01T00:00:01.000Z', 'bull:readings:2:2', 1, 'chart-1', '{\"value\":\"one\"}');"
    "INSERT INTO model_calls (call_id, reading_id, job_key, run, success, created_at)"
    " VALUES ('call', 'b', 'bull:readings:2:2', 1, 1, '2026-11-01T00:00:01.000Z');";

static struct fixture fixture;

static void make_old_file(void)
{
    sqlite3 *old = other_open(&fixture);
    ck_assert_int_eq(other_run(old, "PRAGMA journal_mode = WAL"), SQLITE_OK);
    ck_assert_int_eq(other_run(old, schema_1), SQLITE_OK);
    ck_assert_int_eq(other_run(old, rows_1), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(old), SQLITE_OK);
}

static void setup(void)
{
    fixture_init(&fixture);
    make_old_file();
    fixture_open(&fixture);
}

static void teardown(void)
{
    fixture_fini(&fixture);
}

START_TEST(rows_are_kept)
{
    static const char *const expected[][2] = {
        {"PRAGMA user_version", "2"},
        {"PRAGMA integrity_check", "ok"},
        {"SELECT count(*) FROM pragma_foreign_key_check", "0"},
        {"SELECT count(*) FROM coach_readings", "2"},
        {"SELECT id || user_id || reading_type || client_name || status || current_version"
         " || metadata || created_at || updated_at || job_key || run || is_held || queue"
         " || enqueued_at || payload FROM coach_readings WHERE id = 'a'",
         "aubusinessCpending0{}2026-11-01T00:00:00.000Z2026-11-01T00:00:00.001Zbull:readings:1:1"
         "11readings2026-11-01T00:00:00.002Z{\"n\":1}"},
        {"SELECT status || current_version || is_held FROM coach_readings WHERE id = 'b'",
         "completed10"},
        {"SELECT id || reading_id || content || return_value || chart_id FROM reading_versions",
         "7b{\"text\":\"one\"}{\"value\":\"one\"}chart-1"},
        {"SELECT chart_data FROM charts", "{\"type\":\"Projector\"}"},
        {"SELECT reading_id FROM model_calls", "b"},
        {"SELECT value FROM meta WHERE key = 'store_uuid'", "3f0cf5a5-6f5c-4b39-9f6e-0c1c1f2d3e4f"},
    };
    sqlite3 *other = other_open(&fixture);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        const char *found = other_ask(other, expected[i][0]);
        ck_assert_msg(strcmp(found, expected[i][1]) == 0, "%s: %s", expected[i][0], found);
    }
    ck_assert_str_eq(store_uuid(fixture.store), "3f0cf5a5-6f5c-4b39-9f6e-0c1c1f2d3e4f");
    sqlite3_close(other);
}
END_TEST

/* Tables, indexes and triggers of a file made anew and of one brought up to date are the same. */
START_TEST(schema_is_that_of_a_new_file)
{
    static const char list[] =
        "SELECT group_concat(name || ':' || coalesce(sql, ''), char(10)) FROM"
        " (SELECT name, sql FROM sqlite_master ORDER BY name)";
    struct fixture fresh;
    fixture_init(&fresh);
    fixture_open(&fresh);
    sqlite3 *new_file = other_open(&fresh), *old_file = other_open(&fixture);
    static char expected[8192];
    (void)snprintf(expected, sizeof(expected), "%s", other_ask(new_file, list));
    ck_assert_str_eq(other_ask(old_file, list), expected);
    ck_assert_ptr_nonnull(strstr(expected, "coach_readings_edges"));
    sqlite3_close(new_file);
    sqlite3_close(old_file);
    fixture_fini(&fresh);
}
END_TEST

START_TEST(work_goes_on_where_it_was)
{
    struct store_begin again = begin_of("bull:readings:1:1", 1, STORE_NORMAL, NULL);
    again.key.reading_id = "a";
    struct answer answer = {.has_come = false};
    store_begin(fixture.store, &again, answer_begin, &answer);
    run_until(&fixture, &answer.has_come);
    ck_assert_int_eq(answer.begun, STORE_RESUME);
    answer = (struct answer){.has_come = false};
    store_processing(fixture.store, &again.key, answer_write, &answer);
    run_until(&fixture, &answer.has_come);
    ck_assert(answer.is_applied);
    sqlite3 *other = other_open(&fixture);
    ck_assert_int_eq(other_run(other, "UPDATE coach_readings SET status = 'pending'"),
                     SQLITE_CONSTRAINT);
    ck_assert_str_eq(other_ask(other, "SELECT enqueued_at FROM coach_readings WHERE id = 'a'"),
                     "2026-11-01T00:00:00.002Z");
    sqlite3_close(other);
}
END_TEST

Suite *migrate_suite(void)
{
    Suite *suite = suite_create("migrate");
    TCase *tcase = tcase_create("migrate");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, rows_are_kept);
    tcase_add_test(tcase, schema_is_that_of_a_new_file);
    tcase_add_test(tcase, work_goes_on_where_it_was);
    suite_add_tcase(suite, tcase);
    return suite;
}
