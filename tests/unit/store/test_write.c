/* The fenced writes, the rows they leave, and what a batch does with a bad verb. */
#include "test_store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"
#include "opened.h"

START_TEST(complete_is_idempotent_and_fenced)
{
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    processing(&fixture, JOB_A, 1);
    ck_assert(complete(&fixture, JOB_A, 1, "one").is_applied);
    ck_assert(complete(&fixture, JOB_A, 1, "one").is_applied);
    ck_assert(!complete(&fixture, JOB_A, 2, "one").is_applied);
    ck_assert(!complete(&fixture, JOB_B, 1, "one").is_applied);
    ck_assert(!processing(&fixture, JOB_A, 1).is_applied);
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM reading_versions"), "1");
    ck_assert_str_eq(other_ask(other, "SELECT content FROM reading_versions"),
                     "{\"text\":\"one\"}");
}
END_TEST

START_TEST(absent_row_makes_every_write_stale)
{
    ck_assert(!processing(&fixture, JOB_A, 1).is_applied);
    ck_assert(!complete(&fixture, JOB_A, 1, "x").is_applied);
    ck_assert(!fail_run(&fixture, JOB_A, 1).is_applied);
    ck_assert_int_eq(reading(&fixture).err.kind, ERR_NOT_FOUND);
}
END_TEST

START_TEST(complete_before_processing_is_refused)
{
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    struct answer answer = complete(&fixture, JOB_A, 1, "early");
    ck_assert_int_eq(answer.err.kind, ERR_INVALID);
    ck_assert(!answer.is_applied);
    ck_assert_str_eq(other_ask(other, "SELECT status FROM coach_readings"), "pending");
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM charts"), "0");
    ck_assert(store_is_up(fixture.store));
}
END_TEST

START_TEST(fail_is_idempotent_and_never_undoes_a_completion)
{
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    ck_assert(fail_run(&fixture, JOB_A, 1).is_applied);
    ck_assert(fail_run(&fixture, JOB_A, 1).is_applied);
    ck_assert_ptr_nonnull(strstr(reading(&fixture).text, "\"status\":\"failed\""));
    ck_assert_ptr_nonnull(
        strstr(reading(&fixture).text,
               "\"error\":{\"code\":\"TIMEOUT\",\"message\":\"no answer within \\\"60 s\\\"\","
               "\"retryable\":true}"));
    ck_assert(!complete(&fixture, JOB_A, 1, "late").is_applied);
    write_version(&fixture, JOB_B, 1, STORE_NORMAL, "good");
    ck_assert(!fail_run(&fixture, JOB_B, 1).is_applied);
    ck_assert_str_eq(other_ask(other, "SELECT status FROM coach_readings"), "completed");
}
END_TEST

/* What is in the tables after one job, column by column. */
START_TEST(rows_carry_what_readers_of_the_tables_expect)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "one");
    static const char *const expected[][2] = {
        {"SELECT id FROM coach_readings", READING},
        {"SELECT user_id FROM coach_readings", "user-1"},
        {"SELECT reading_type FROM coach_readings", "business"},
        {"SELECT status FROM coach_readings", "completed"},
        {"SELECT current_version FROM coach_readings", "1"},
        {"SELECT metadata FROM coach_readings", "{\"outcome\":\"completed\"}"},
        {"SELECT job_key FROM coach_readings", JOB_A},
        {"SELECT run FROM coach_readings", "1"},
        {"SELECT queue FROM coach_readings", "readings"},
        {"SELECT payload ->> '$.birthDate' FROM coach_readings", "1969-07-20"},
        {"SELECT error FROM coach_readings", ""},
        {"SELECT length(created_at) FROM coach_readings", "24"},
        {"SELECT reading_id FROM reading_versions", READING},
        {"SELECT version_number FROM reading_versions", "1"},
        {"SELECT return_value FROM reading_versions", "{\"value\":\"one\"}"},
        {"SELECT type FROM charts", "Projector"},
        {"SELECT user_id FROM charts", "user-1"},
        {"SELECT birth_date FROM charts", "1969-07-20"},
        {"SELECT birth_place FROM charts", "{\"name\":\"X\"}"},
        {"SELECT incarnation_cross FROM charts", "{\"name\":\"Y\"}"},
        {"SELECT count(*) FROM reading_versions v JOIN charts c ON c.id = v.chart_id", "1"},
        {"SELECT count(*) FROM pragma_foreign_key_check", "0"},
        {"PRAGMA integrity_check", "ok"},
        {"PRAGMA journal_mode", "wal"},
        {"PRAGMA user_version", "2"},
    };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        const char *found = other_ask(other, expected[i][0]);
        ck_assert_msg(strcmp(found, expected[i][1]) == 0, "%s: %s", expected[i][0], found);
    }
    ck_assert_str_eq(other_ask(other, "SELECT value FROM meta WHERE key = 'store_uuid'"),
                     store_uuid(fixture.store));
}
END_TEST

START_TEST(same_chart_is_stored_once)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "one");
    write_version(&fixture, JOB_A, 2, STORE_NORMAL, "two");
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM charts"), "1");
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM reading_versions"), "2");
}
END_TEST

START_TEST(reading_is_json_with_all_versions)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "one");
    write_version(&fixture, JOB_B, 1, STORE_REGENERATE, "two");
    struct answer answer = reading(&fixture);
    struct json_object *json = NULL;
    struct err err;
    ck_assert_msg(json_parse(span_of(answer.text), &json, &err), "%s", err.text);
    struct json_object *versions = json_get(json, "versions");
    ck_assert_uint_eq(json_object_array_length(versions), 2);
    for (int64_t i = 0; i < 2; i++) {
        struct json_object *version = json_object_array_get_idx(versions, (size_t)i);
        int64_t number = 0;
        struct span text;
        ck_assert(json_get_int(version, "version", &number));
        ck_assert_int_eq(number, i + 1);
        ck_assert(json_get_text(json_get(version, "content"), "text", &text));
        ck_assert(span_is(text, i == 0 ? "one" : "two"));
        ck_assert(json_get_text(version, "createdAt", &text));
    }
    json_object_put(json);
}
END_TEST

START_TEST(usage_is_kept_once_a_call)
{
    struct store_usage usage = {
        .call_id = "call-1",
        .agent_id = "business",
        .provider = "openai",
        .model = "m",
        .input_tokens = 10,
        .output_tokens = -1,
        .total_tokens = 10,
        .cost_usd = NAN,
        .first_token_ms = 5,
        .duration_ms = 50,
        .is_success = true,
    };
    struct store_key key = key_of(JOB_A, 1);
    for (int i = 0; i < 2; i++) {
        struct answer answer = {.has_come = false};
        store_usage(fixture.store, &key, &usage, answer_write, &answer);
        run_until(&fixture, &answer.has_come);
        ck_assert_int_eq(answer.err.kind, ERR_NONE);
        ck_assert_int_eq(answer.is_applied, i == 0);
        usage.input_tokens = 99;
    }
    ck_assert_str_eq(other_ask(other, "SELECT input_tokens FROM model_calls"), "10");
    ck_assert_str_eq(other_ask(other, "SELECT output_tokens IS NULL AND estimated_cost_usd IS NULL"
                                      " AND error_code IS NULL FROM model_calls"),
                     "1");
}
END_TEST

START_TEST(open_rows_are_those_not_ended_and_old_enough)
{
    struct answer answer = {.has_come = false};
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    int64_t now_ms = clock_wall_ms();
    store_open_rows(fixture.store, "readings", now_ms + 1000, 10, answer_text, &answer);
    run_until(&fixture, &answer.has_come);
    ck_assert_ptr_nonnull(strstr(answer.text, "\"jobKey\":\"" JOB_A "\",\"run\":1,"
                                              "\"status\":\"pending\",\"updatedAt\":\"2"));
    static const char *const queues[] = {"readings", "others"};
    for (size_t i = 0; i < 2; i++) { /* too young, other queue */
        answer = (struct answer){.has_come = false};
        store_open_rows(fixture.store, queues[i], i == 0 ? now_ms - 60000 : now_ms + 1000, 10,
                        answer_text, &answer);
        run_until(&fixture, &answer.has_come);
        ck_assert_str_eq(answer.text, "[]");
    }
    fail_run(&fixture, JOB_A, 1);
    answer = (struct answer){.has_come = false};
    store_open_rows(fixture.store, "readings", now_ms + 1000, 10, answer_text, &answer);
    run_until(&fixture, &answer.has_come);
    ck_assert_str_eq(answer.text, "[]");
}
END_TEST

/* The database itself refuses what the code never does. */
START_TEST(only_five_changes_of_status_are_legal)
{
    static const char *const words[] = {"pending", "processing", "completed", "failed", "lost"};
    static const char legal[] = "pending processing,pending failed,processing completed,"
                                "processing failed,failed processing,";
    for (size_t from = 0; from < 4; from++) {
        for (size_t to = 0; to < ARRAY_LEN(words); to++) {
            char sql[256], edge[64];
            other_run(other, "DELETE FROM coach_readings");
            ck_assert_int_eq(other_run(other, "INSERT INTO coach_readings VALUES ('r', NULL, 'a',"
                                              " NULL, 'pending', 0, '{}', NULL, '', '', 'j', 1, 1,"
                                              " 'q', '', '{}')"),
                             SQLITE_OK);
            if (from != 0) {
                other_run(other, "UPDATE coach_readings SET status = 'processing'");
            }
            (void)snprintf(sql, sizeof(sql), "UPDATE coach_readings SET status = '%s'",
                           words[from]);
            ck_assert_int_eq(other_run(other, sql), SQLITE_OK);
            (void)snprintf(sql, sizeof(sql), "UPDATE coach_readings SET status = '%s'", words[to]);
            (void)snprintf(edge, sizeof(edge), "%s %s,", words[from], words[to]);
            bool is_legal = from == to || strstr(legal, edge) != NULL;
            ck_assert_msg((other_run(other, sql) == SQLITE_OK) == is_legal, "%s", edge);
        }
    }
    ck_assert_int_eq(other_run(other, "INSERT INTO coach_readings (id, reading_type, status,"
                                      " created_at, updated_at, job_key, run, queue, enqueued_at,"
                                      " payload) VALUES ('s', 'a', 'completed', '', '', 'j', 1,"
                                      " 'q', '', '')"),
                     SQLITE_CONSTRAINT);
}
END_TEST

/* A verb that fails does not sink its neighbours, which run in the same transaction. */
START_TEST(bad_verb_is_undone_alone)
{
    struct answer answers[3] = {{.has_come = false}};
    struct store_begin before = begin_of(JOB_A, 1, STORE_NORMAL, NULL);
    before.key.reading_id = "before";
    struct store_begin after = before;
    after.key.reading_id = "after";
    struct store_key other_key = key_of(JOB_A, 1);
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    struct store_complete early = {.key = other_key,
                                   .content = SPAN_LITERAL("{}"),
                                   .return_value = SPAN_LITERAL("{}"),
                                   .outcome = "completed"};
    store_begin(fixture.store, &before, answer_begin, &answers[0]);
    store_complete(fixture.store, &early, answer_write, &answers[1]);
    store_begin(fixture.store, &after, answer_begin, &answers[2]);
    run_until(&fixture, &answers[2].has_come);
    ck_assert_int_eq(answers[0].err.kind, ERR_NONE);
    ck_assert_int_eq(answers[1].err.kind, ERR_INVALID);
    ck_assert_int_eq(answers[2].err.kind, ERR_NONE);
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM coach_readings"), "3");
}
END_TEST

/* The chart is written before the version that the database refuses: it must go, too. */
START_TEST(half_written_verb_leaves_nothing)
{
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    processing(&fixture, JOB_A, 1);
    ck_assert_int_eq(other_run(other, "INSERT INTO reading_versions (reading_id, version_number,"
                                      " content, created_at, job_key, run, return_value)"
                                      " VALUES ('" READING "', 1, '', '', 'other', 1, '{}')"),
                     SQLITE_OK);
    struct answer answer = complete(&fixture, JOB_A, 1, "x");
    ck_assert_int_eq(answer.err.kind, ERR_INVALID);
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM charts"), "0");
    ck_assert_str_eq(other_ask(other, "SELECT status FROM coach_readings"), "processing");
    ck_assert(store_is_up(fixture.store));
}
END_TEST

START_TEST(large_texts_come_back_whole)
{
    size_t len = 512 * 1024;
    char *content = mem_alloc(len + 32);
    int head = snprintf(content, 32, "{\"text\":\"");
    memset(content + head, 'x', len);
    memcpy(content + (size_t)head + len, "\"}", 3);
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    processing(&fixture, JOB_A, 1);
    struct answer answer = {.has_come = false};
    struct store_complete complete_large = {.key = key_of(JOB_A, 1),
                                            .content = span_of(content),
                                            .return_value = SPAN_LITERAL("{}"),
                                            .outcome = "declined"};
    store_complete(fixture.store, &complete_large, answer_write, &answer);
    run_until(&fixture, &answer.has_come);
    ck_assert(answer.is_applied);
    char expected[32];
    (void)snprintf(expected, sizeof(expected), "%zu", strlen(content));
    ck_assert_str_eq(other_ask(other, "SELECT length(content) FROM reading_versions"), expected);
    ck_assert_str_eq(other_ask(other, "SELECT metadata ->> 'outcome' FROM coach_readings"),
                     "declined");
    free(content);
}
END_TEST

/* Printed, not judged: three verbs a job, 50 jobs waiting at a time. */
#define BENCH_JOBS 2000
#define BENCH_BATCH 50

START_TEST(cost_of_a_job_in_batches)
{
    static struct answer answers[BENCH_BATCH][3];
    static char ids[BENCH_BATCH][40];
    static char content[2600] = "{\"text\":\"";
    memset(content + 9, 'x', 2500);
    memcpy(content + 2509, "\"}", 3);
    int64_t start_us = clock_mono_us();
    for (int job = 0; job < BENCH_JOBS; job += BENCH_BATCH) {
        memset(answers, 0, sizeof(answers));
        for (int i = 0; i < BENCH_BATCH; i++) {
            (void)snprintf(ids[i], sizeof(ids[i]), "reading-%d", job + i);
            struct store_begin begin = begin_of(JOB_A, 1, STORE_NORMAL, NULL);
            begin.key.reading_id = ids[i];
            struct store_complete complete = {.key = begin.key,
                                              .content = span_of(content),
                                              .return_value = SPAN_LITERAL("{\"version\":1}"),
                                              .outcome = "completed"};
            store_begin(fixture.store, &begin, answer_begin, &answers[i][0]);
            store_processing(fixture.store, &begin.key, answer_write, &answers[i][1]);
            store_complete(fixture.store, &complete, answer_write, &answers[i][2]);
        }
        run_until(&fixture, &answers[BENCH_BATCH - 1][2].has_come);
    }
    double job_us = (double)(clock_mono_us() - start_us) / BENCH_JOBS;
    printf("begin + processing + complete, batches of %d: %.1f us a job\n", BENCH_BATCH, job_us);
    for (int i = 0; i < BENCH_BATCH; i++) {
        ck_assert(answers[i][2].is_applied);
    }
    char expected[16];
    (void)snprintf(expected, sizeof(expected), "%d", BENCH_JOBS);
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM reading_versions"), expected);
}
END_TEST

Suite *write_suite(void)
{
    Suite *suite = suite_create("write");
    TCase *tcase = tcase_create("write");
    tcase_add_checked_fixture(tcase, opened_setup, opened_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, complete_is_idempotent_and_fenced);
    tcase_add_test(tcase, absent_row_makes_every_write_stale);
    tcase_add_test(tcase, complete_before_processing_is_refused);
    tcase_add_test(tcase, fail_is_idempotent_and_never_undoes_a_completion);
    tcase_add_test(tcase, rows_carry_what_readers_of_the_tables_expect);
    tcase_add_test(tcase, same_chart_is_stored_once);
    tcase_add_test(tcase, reading_is_json_with_all_versions);
    tcase_add_test(tcase, usage_is_kept_once_a_call);
    tcase_add_test(tcase, open_rows_are_those_not_ended_and_old_enough);
    tcase_add_test(tcase, only_five_changes_of_status_are_legal);
    tcase_add_test(tcase, bad_verb_is_undone_alone);
    tcase_add_test(tcase, half_written_verb_leaves_nothing);
    tcase_add_test(tcase, large_texts_come_back_whole);
    tcase_add_test(tcase, cost_of_a_job_in_batches);
    suite_add_tcase(suite, tcase);
    return suite;
}
