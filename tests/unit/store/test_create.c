/* Rows made before their jobs, and requests that come more than once. */
#include "test_store.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "opened.h"

#define OTHER_READING "99999999-2222-4333-8444-555555555555"
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct store_create keyed(const char *reading_id, const char *job_key, const char *key,
                                 const char *hash)
{
    struct store_create create = create_of(reading_id, job_key);
    create.caller = "site";
    create.idempotency_key = key;
    create.request_hash = hash;
    return create;
}

static enum store_created create_keyed(const char *reading_id, const char *key, const char *hash)
{
    struct store_create request = keyed(reading_id, JOB_A, key, hash);
    struct answer answer = create(&fixture, &request);
    ck_assert_msg(answer.err.kind == ERR_NONE, "%s", answer.err.text);
    return answer.created;
}

static const char *count_of(const char *table)
{
    char sql[64];
    (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
    return other_ask(other, sql);
}

START_TEST(row_is_there_before_its_job)
{
    struct store_create request = create_of(READING, JOB_A);
    struct answer answer = create(&fixture, &request);
    ck_assert_int_eq(answer.created, STORE_CREATED);
    ck_assert_str_eq(answer.reading_id, READING);
    ck_assert_str_eq(answer.job_key, JOB_A);
    static const char *const expected[][2] = {
        {"SELECT status || run || is_held || current_version FROM coach_readings", "pending110"},
        {"SELECT job_key FROM coach_readings", JOB_A},
        {"SELECT enqueued_at IS NULL FROM coach_readings", "1"},
        {"SELECT client_name || user_id || reading_type || queue FROM coach_readings",
         "A Clientuser-1businessreadings"},
        {"SELECT payload ->> 'birthDate' FROM coach_readings", "1969-07-20"},
        {"SELECT created_at FROM coach_readings", "2027-01-15T08:00:00.000Z"},
        {"SELECT count(*) FROM idempotency_keys", "0"},
        {"SELECT count(*) FROM charts", "0"},
    };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        const char *found = other_ask(other, expected[i][0]);
        ck_assert_msg(strcmp(found, expected[i][1]) == 0, "%s: %s", expected[i][0], found);
    }
}
END_TEST

START_TEST(chart_comes_with_the_row)
{
    char id[HASH_UUID_BYTES];
    struct store_chart chart = {.id = id, .chart = SPAN_LITERAL("{\"type\":\"Reflector\"}")};
    store_chart_id(chart.chart, id);
    struct store_create request = create_of(READING, JOB_A);
    request.chart = &chart;
    ck_assert_int_eq(create(&fixture, &request).created, STORE_CREATED);
    ck_assert_str_eq(get_chart(&fixture, id).text, "{\"type\":\"Reflector\"}");
}
END_TEST

START_TEST(existing_reading_of_another_job_is_refused_and_leaves_nothing)
{
    char id[HASH_UUID_BYTES];
    struct store_chart chart = {.id = id, .chart = SPAN_LITERAL("{}")};
    store_chart_id(chart.chart, id);
    begin(&fixture, JOB_B, 1, STORE_NORMAL, NULL);
    struct store_create request = keyed(READING, JOB_A, "k", "h");
    request.chart = &chart;
    struct answer answer = create(&fixture, &request);
    ck_assert_int_eq(answer.err.kind, ERR_INVALID);
    ck_assert_str_eq(answer.err.text, "reading '" READING "' exists already");
    ck_assert_str_eq(count_of("charts"), "0");
    ck_assert_str_eq(count_of("idempotency_keys"), "0");
    ck_assert(store_is_up(fixture.store));
}
END_TEST

START_TEST(request_sent_twice_is_created_twice_and_there_once)
{
    struct store_create request = create_of(READING, JOB_A);
    ck_assert_int_eq(create(&fixture, &request).created, STORE_CREATED);
    ck_assert_int_eq(create(&fixture, &request).created, STORE_CREATED);
    request = keyed(OTHER_READING, JOB_B, "k", "h");
    for (int i = 0; i < 2; i++) {
        struct answer answer = create(&fixture, &request);
        ck_assert_int_eq(answer.created, STORE_CREATED);
        ck_assert_str_eq(answer.reading_id, OTHER_READING);
        ck_assert_str_eq(answer.text, "");
    }
    ck_assert_str_eq(count_of("coach_readings"), "2");
}
END_TEST

START_TEST(same_request_gets_the_first_reading)
{
    ck_assert_int_eq(create_keyed(READING, "k", "h"), STORE_CREATED);
    struct store_create request = keyed(OTHER_READING, JOB_B, "k", "h");
    struct answer answer = create(&fixture, &request);
    ck_assert_int_eq(answer.created, STORE_KNOWN);
    ck_assert_str_eq(answer.reading_id, READING);
    ck_assert_str_eq(answer.job_key, JOB_A);
    ck_assert_str_eq(answer.text, "{\"birthDate\":\"1969-07-20\",\"birthPlace\":{\"name\":\"X\"}}");
    ck_assert_str_eq(count_of("coach_readings"), "1");
}
END_TEST

START_TEST(known_reading_keeps_the_first_job_key_after_a_later_job)
{
    ck_assert_int_eq(create_keyed(READING, "k", "h"), STORE_CREATED);
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    fail_run(&fixture, JOB_A, 1);
    begin(&fixture, JOB_B, 1, STORE_NORMAL, NULL);
    struct store_create request = keyed(OTHER_READING, JOB_C, "k", "h");
    ck_assert_str_eq(create(&fixture, &request).job_key, JOB_A);
}
END_TEST

START_TEST(known_reading_that_is_gone_has_no_payload)
{
    ck_assert_int_eq(create_keyed(READING, "k", "h"), STORE_CREATED);
    ck_assert_int_eq(other_run(other, "DELETE FROM coach_readings"), SQLITE_OK);
    struct store_create request = keyed(OTHER_READING, JOB_B, "k", "h");
    struct answer answer = create(&fixture, &request);
    ck_assert_int_eq(answer.created, STORE_KNOWN);
    ck_assert_str_eq(answer.reading_id, READING);
    ck_assert_str_eq(answer.text, "");
}
END_TEST

START_TEST(other_request_with_the_key_is_a_mismatch)
{
    ck_assert_int_eq(create_keyed(READING, "k", "h"), STORE_CREATED);
    struct store_create request = keyed(OTHER_READING, JOB_B, "k", "other");
    struct answer answer = create(&fixture, &request);
    ck_assert_int_eq(answer.created, STORE_MISMATCH);
    ck_assert_str_eq(answer.reading_id, "");
    ck_assert_str_eq(count_of("coach_readings"), "1");
    ck_assert_int_eq(create_keyed(READING, "k", "h"), STORE_CREATED); /* the first still stands */
}
END_TEST

START_TEST(keys_belong_to_their_caller)
{
    ck_assert_int_eq(create_keyed(READING, "k", "h"), STORE_CREATED);
    struct store_create request = keyed(OTHER_READING, JOB_B, "k", "other");
    request.caller = "app";
    ck_assert_int_eq(create(&fixture, &request).created, STORE_CREATED);
    ck_assert_str_eq(count_of("idempotency_keys"), "2");
}
END_TEST

START_TEST(key_is_forgotten_when_its_time_is_over)
{
    ck_assert_int_eq(create_keyed(READING, "k", "h"), STORE_CREATED);
    clock_test_fix_wall_ms(OPENED_NOW_MS + DAY_MS);
    ck_assert_int_eq(create_keyed(OTHER_READING, "k", "h"), STORE_KNOWN);
    clock_test_fix_wall_ms(OPENED_NOW_MS + DAY_MS + 1);
    ck_assert_int_eq(create_keyed(OTHER_READING, "k", "new"), STORE_CREATED);
    ck_assert_str_eq(count_of("idempotency_keys"), "1");
    ck_assert_str_eq(count_of("coach_readings"), "2");
}
END_TEST

START_TEST(old_keys_are_deleted_a_hundred_at_a_time)
{
    static const char fill[] =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)"
        " INSERT INTO idempotency_keys SELECT 'old', i, 'h', 'r', 'j', '2026-01-01' FROM n";
    ck_assert_int_eq(other_run(other, fill), SQLITE_OK);
    static const char *const left[] = {"151", "52", "3", "4"}; /* with the new ones */
    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        char id[16], key[16];
        (void)snprintf(id, sizeof(id), "reading-%zu", i);
        (void)snprintf(key, sizeof(key), "key-%zu", i);
        ck_assert_int_eq(create_keyed(id, key, "h"), STORE_CREATED);
        ck_assert_str_eq(count_of("idempotency_keys"), left[i]);
    }
}
END_TEST

/* All in one batch, thus in one transaction: the first one wins. */
START_TEST(of_equal_requests_in_one_batch_one_is_created)
{
    static struct answer answers[8];
    memset(answers, 0, sizeof(answers));
    char ids[ARRAY_LEN(answers)][16];
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "reading-%zu", i);
        struct store_create request = keyed(ids[i], JOB_A, "k", i == 7 ? "other" : "h");
        store_create(fixture.store, &request, answer_create, &answers[i]);
    }
    run_until(&fixture, &answers[7].has_come);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        ck_assert_int_eq(answers[i].created, i == 0   ? STORE_CREATED
                                             : i == 7 ? STORE_MISMATCH
                                                      : STORE_KNOWN);
        ck_assert_str_eq(answers[i].reading_id, i == 7 ? "" : "reading-0");
    }
    ck_assert_str_eq(count_of("coach_readings"), "1");
}
END_TEST

#define RIVALS 3
#define RIVAL_KEYS 100

/* A process of its own: tells how many of the keys it was the first to use. */
static void rival(int number, int report)
{
    struct fixture own = fixture; /* the folder and the path; loop and store are its own */
    loop_init(&own.loop);
    own.options.store.busy_ms = 8000;
    fixture_open(&own);
    static struct answer answers[RIVAL_KEYS];
    char ids[RIVAL_KEYS][24], keys[RIVAL_KEYS][16];
    unsigned char created = 0;
    for (int i = 0; i < RIVAL_KEYS; i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "reading-%d-%d", number, i);
        (void)snprintf(keys[i], sizeof(keys[i]), "key-%d", i);
        struct store_create request = keyed(ids[i], JOB_A, keys[i], "h");
        store_create(own.store, &request, answer_create, &answers[i]);
        if (i % 10 == 9) { /* several transactions a process */
            run_until(&own, &answers[i].has_come);
        }
    }
    for (int i = 0; i < RIVAL_KEYS; i++) {
        ck_assert_int_eq(answers[i].err.kind, ERR_NONE);
        created += answers[i].created == STORE_CREATED;
    }
    store_close(&own.store);
    loop_fini(&own.loop);
    _exit(write(report, &created, 1) == 1 ? 0 : 1);
}

START_TEST(of_equal_requests_in_several_processes_one_is_created)
{
    /* Neither a thread nor an open database goes well with a fork. */
    store_close(&fixture.store);
    ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
    int report[2];
    ck_assert_int_eq(pipe(report), 0);
    for (int i = 0; i < RIVALS; i++) {
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            rival(i, report[1]);
        }
    }
    int created = 0;
    for (int i = 0; i < RIVALS; i++) {
        int status = 0;
        unsigned char count = 0;
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
        ck_assert_int_eq(read(report[0], &count, 1), 1);
        created += count;
    }
    other = other_open(&fixture);
    ck_assert_int_eq(created, RIVAL_KEYS);
    ck_assert_str_eq(count_of("coach_readings"), "100");
    ck_assert_str_eq(count_of("idempotency_keys"), "100");
    close(report[0]);
    close(report[1]);
}
END_TEST

Suite *create_suite(void)
{
    Suite *suite = suite_create("create");
    TCase *tcase = tcase_create("create");
    tcase_add_checked_fixture(tcase, opened_setup_at, opened_teardown_at);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, row_is_there_before_its_job);
    tcase_add_test(tcase, chart_comes_with_the_row);
    tcase_add_test(tcase, existing_reading_of_another_job_is_refused_and_leaves_nothing);
    tcase_add_test(tcase, request_sent_twice_is_created_twice_and_there_once);
    tcase_add_test(tcase, same_request_gets_the_first_reading);
    tcase_add_test(tcase, known_reading_keeps_the_first_job_key_after_a_later_job);
    tcase_add_test(tcase, known_reading_that_is_gone_has_no_payload);
    tcase_add_test(tcase, other_request_with_the_key_is_a_mismatch);
    tcase_add_test(tcase, keys_belong_to_their_caller);
    tcase_add_test(tcase, key_is_forgotten_when_its_time_is_over);
    tcase_add_test(tcase, old_keys_are_deleted_a_hundred_at_a_time);
    tcase_add_test(tcase, of_equal_requests_in_one_batch_one_is_created);
    tcase_add_test(tcase, of_equal_requests_in_several_processes_one_is_created);
    suite_add_tcase(suite, tcase);
    return suite;
}
