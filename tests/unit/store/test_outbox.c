/* The outbox: rows whose jobs are still to be added, until they are. */
#include "test_store.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"
#include "opened.h"

#define OTHER_READING "99999999-2222-4333-8444-555555555555"

START_TEST(enqueued_is_fenced_and_idempotent)
{
    struct store_create request = create_of(READING, JOB_A);
    create(&fixture, &request);
    struct store_key key = key_of(JOB_B, 1);
    ck_assert(!enqueued(&fixture, &key).is_applied);
    key = key_of(JOB_A, 2);
    ck_assert(!enqueued(&fixture, &key).is_applied);
    key = key_of(JOB_A, 1);
    clock_test_fix_wall_ms(OPENED_NOW_MS + 5);
    ck_assert(enqueued(&fixture, &key).is_applied);
    clock_test_fix_wall_ms(OPENED_NOW_MS + 9);
    ck_assert(enqueued(&fixture, &key).is_applied);
    ck_assert_str_eq(other_ask(other, "SELECT enqueued_at FROM coach_readings"),
                     "2027-01-15T08:00:00.005Z");
}
END_TEST

START_TEST(begin_by_the_job_itself_resumes_and_marks_it)
{
    struct store_create request = create_of(READING, JOB_A);
    create(&fixture, &request);
    ck_assert_int_eq(begin(&fixture, JOB_B, 1, STORE_NORMAL, NULL).begun, STORE_BUSY);
    ck_assert_str_eq(other_ask(other, "SELECT enqueued_at IS NULL FROM coach_readings"), "1");
    clock_test_fix_wall_ms(OPENED_NOW_MS + 7);
    struct answer answer = begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_RESUME);
    ck_assert_uint_eq(answer.run, 1);
    ck_assert_uint_eq(answer.version, 1);
    ck_assert_str_eq(other_ask(other, "SELECT enqueued_at FROM coach_readings"),
                     "2027-01-15T08:00:00.007Z");
    ck_assert(processing(&fixture, JOB_A, 1).is_applied);
    ck_assert(complete(&fixture, JOB_A, 1, "one").is_applied);
    ck_assert_str_eq(other_ask(other, "SELECT client_name || status FROM coach_readings"),
                     "A Clientcompleted");
}
END_TEST

START_TEST(rerun_of_a_job_never_marked_takes_and_marks_it)
{
    struct store_create request = create_of(READING, JOB_A);
    create(&fixture, &request);
    ck_assert_int_eq(begin(&fixture, JOB_A, 2, STORE_NORMAL, NULL).begun, STORE_NEW);
    ck_assert_str_eq(other_ask(other, "SELECT enqueued_at IS NULL FROM coach_readings"), "0");
    ck_assert_str_eq(other_ask(other, "SELECT client_name FROM coach_readings"), "A Client");
}
END_TEST

START_TEST(row_not_yet_enqueued_may_fail)
{
    struct store_create request = create_of(READING, JOB_A);
    create(&fixture, &request);
    ck_assert(fail_run(&fixture, JOB_A, 1).is_applied);
    ck_assert_str_eq(unqueued(&fixture, OPENED_NOW_MS + 1, 10).text, "[]");
}
END_TEST

START_TEST(unqueued_rows_are_listed_until_enqueued)
{
    struct store_create first = create_of(READING, JOB_A);
    create(&fixture, &first);
    clock_test_fix_wall_ms(OPENED_NOW_MS + 1000);
    struct store_create second = create_of(OTHER_READING, JOB_B);
    create(&fixture, &second);
    static const char shown[] =
        "[{\"readingId\":\"" READING "\",\"jobKey\":\"" JOB_A "\",\"run\":1,"
        "\"agentId\":\"business\",\"payload\":{\"birthDate\":\"1969-07-20\","
        "\"birthPlace\":{\"name\":\"X\"}}}]";
    ck_assert_str_eq(unqueued(&fixture, OPENED_NOW_MS, 10).text,
                     "[]"); /* too young by a millisecond */
    ck_assert_str_eq(unqueued(&fixture, OPENED_NOW_MS + 1, 10).text, shown);
    ck_assert_str_eq(unqueued(&fixture, OPENED_NOW_MS + 2000, 1).text,
                     shown); /* the oldest first */
    ck_assert_ptr_nonnull(strstr(unqueued(&fixture, OPENED_NOW_MS + 2000, 2).text, OTHER_READING));

    struct answer answer = {.has_come = false};
    store_open_rows(fixture.store, "readings", OPENED_NOW_MS + 2000, 10, answer_text, &answer);
    run_until(&fixture, &answer.has_come);
    ck_assert_str_eq(answer.text, "[]");
    enqueued(&fixture, &first.key);
    enqueued(&fixture, &second.key);
    ck_assert_str_eq(unqueued(&fixture, OPENED_NOW_MS + 2000, 10).text, "[]");
    answer = (struct answer){.has_come = false};
    store_open_rows(fixture.store, "readings", OPENED_NOW_MS + 2000, 10, answer_text, &answer);
    run_until(&fixture, &answer.has_come);
    ck_assert_ptr_nonnull(strstr(answer.text, JOB_A));
    ck_assert_ptr_nonnull(strstr(answer.text, JOB_B));
}
END_TEST

struct listing {
    bool has_come;
    size_t count, len;
};

static void count_rows(struct span json, const struct err *err, void *ctx)
{
    struct listing *listing = ctx;
    struct json_object *rows = NULL;
    struct err parse_err;
    ck_assert_ptr_null(err);
    ck_assert_msg(json_parse(json, &rows, &parse_err), "%s", parse_err.text);
    *listing = (struct listing){true, json_object_array_length(rows), json.len};
    json_object_put(rows);
}

/* Payloads of len bytes: how many of three are listed. */
static size_t listed_of_size(size_t len)
{
    char *payload = mem_alloc(len + 1);
    memset(payload, ' ', len);
    payload[0] = '{';
    payload[len - 1] = '}';
    other_run(other, "DELETE FROM coach_readings");
    static const char *const ids[] = {"a", "b", "c"};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct store_create request = create_of(ids[i], JOB_A);
        request.payload = (struct span){payload, len};
        ck_assert_int_eq(create(&fixture, &request).created, STORE_CREATED);
    }
    free(payload);
    struct listing listing = {.has_come = false};
    store_unqueued_rows(fixture.store, "readings", OPENED_NOW_MS + 1, 10, count_rows, &listing);
    run_until(&fixture, &listing.has_come);
    return listing.count;
}

START_TEST(unqueued_rows_end_where_the_answer_would_grow_too_large)
{
    ck_assert_uint_eq(listed_of_size(STORE_ROWS_BYTES_MAX / 2), 2);
    ck_assert_uint_eq(listed_of_size(STORE_ROWS_BYTES_MAX / 2 + 1), 1);
    ck_assert_uint_eq(listed_of_size(STORE_ROWS_BYTES_MAX + 1), 1); /* one always */
    ck_assert_uint_eq(listed_of_size(100), 3);
}
END_TEST

START_TEST(row_shows_what_a_job_needs)
{
    struct store_create request = create_of(READING, JOB_A);
    create(&fixture, &request);
    ck_assert_str_eq(row(&fixture, READING).text,
                     "{\"id\":\"" READING "\",\"status\":\"pending\",\"agentId\":\"business\","
                     "\"jobKey\":\"" JOB_A "\",\"run\":1,\"queue\":\"readings\","
                     "\"currentVersion\":0,\"isHeld\":true,"
                     "\"updatedAt\":\"2027-01-15T08:00:00.000Z\","
                     "\"payload\":{\"birthDate\":\"1969-07-20\",\"birthPlace\":{\"name\":\"X\"}}}");
    enqueued(&fixture, &request.key);
    ck_assert_ptr_nonnull(
        strstr(row(&fixture, READING).text, "\"enqueuedAt\":\"2027-01-15T08:00:00.000Z\","));
    fail_run(&fixture, JOB_A, 1);
    struct answer answer = row(&fixture, READING);
    ck_assert_ptr_nonnull(strstr(answer.text, "\"status\":\"failed\""));
    ck_assert_ptr_nonnull(strstr(answer.text, "\"isHeld\":false"));
    ck_assert_ptr_nonnull(strstr(answer.text, "\"error\":{\"code\":\"TIMEOUT\""));
}
END_TEST

START_TEST(row_tells_that_writing_a_new_version_failed)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "one");
    ck_assert_ptr_null(strstr(row(&fixture, READING).text, "\"error\""));
    begin(&fixture, JOB_B, 1, STORE_REGENERATE, NULL);
    processing(&fixture, JOB_B, 1);
    fail_run(&fixture, JOB_B, 1);
    struct answer answer = row(&fixture, READING);
    ck_assert_ptr_nonnull(strstr(answer.text, "\"status\":\"completed\""));
    ck_assert_ptr_nonnull(strstr(answer.text, "\"currentVersion\":1"));
    ck_assert_ptr_nonnull(strstr(answer.text, "\"error\":{\"code\":\"TIMEOUT\""));
}
END_TEST

START_TEST(absent_row_is_not_found)
{
    ck_assert_int_eq(row(&fixture, READING).err.kind, ERR_NOT_FOUND);
    ck_assert_int_eq(row(&fixture, "no uuid").err.kind, ERR_NOT_FOUND);
}
END_TEST

Suite *outbox_suite(void)
{
    Suite *suite = suite_create("outbox");
    TCase *tcase = tcase_create("outbox");
    tcase_add_checked_fixture(tcase, opened_setup_at, opened_teardown_at);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, enqueued_is_fenced_and_idempotent);
    tcase_add_test(tcase, begin_by_the_job_itself_resumes_and_marks_it);
    tcase_add_test(tcase, rerun_of_a_job_never_marked_takes_and_marks_it);
    tcase_add_test(tcase, row_not_yet_enqueued_may_fail);
    tcase_add_test(tcase, unqueued_rows_are_listed_until_enqueued);
    tcase_add_test(tcase, unqueued_rows_end_where_the_answer_would_grow_too_large);
    tcase_add_test(tcase, row_shows_what_a_job_needs);
    tcase_add_test(tcase, row_tells_that_writing_a_new_version_failed);
    tcase_add_test(tcase, absent_row_is_not_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
