/* Who may work on a reading: new, resumed, done and busy, in every order of events. */
#include "test_store.h"

#include "support.h"

static struct fixture fixture;

static void setup(void)
{
    fixture_init(&fixture);
    fixture_open(&fixture);
}

static void teardown(void)
{
    fixture_fini(&fixture);
}

START_TEST(absent_row_is_new)
{
    struct answer answer = begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_NEW);
    ck_assert_uint_eq(answer.run, 1);
    ck_assert_uint_eq(answer.version, 1);
    ck_assert_ptr_nonnull(strstr(reading(&fixture).text, "\"status\":\"pending\""));
}
END_TEST

START_TEST(same_job_and_run_resumes)
{
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    struct answer answer = begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_RESUME);
    ck_assert_uint_eq(answer.version, 1);
    processing(&fixture, JOB_A, 1);
    ck_assert_int_eq(begin(&fixture, JOB_A, 1, STORE_REGENERATE, NULL).begun, STORE_RESUME);
}
END_TEST

START_TEST(redelivered_job_gets_its_stored_return_value)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "first");
    struct answer answer = begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_DONE);
    ck_assert_str_eq(answer.text, "{\"value\":\"first\"}");
    answer = begin(&fixture, JOB_A, 1, STORE_REGENERATE, NULL);
    ck_assert_int_eq(answer.begun, STORE_DONE);
}
END_TEST

START_TEST(redelivered_older_job_gets_its_own_value_not_the_newest)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "first");
    write_version(&fixture, JOB_B, 1, STORE_REGENERATE, "second");
    ck_assert_str_eq(begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL).text, "{\"value\":\"first\"}");
    ck_assert_str_eq(begin(&fixture, JOB_C, 1, STORE_NORMAL, NULL).text, "{\"value\":\"second\"}");
}
END_TEST

START_TEST(other_job_of_a_completed_reading_is_done)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "first");
    struct answer answer = begin(&fixture, JOB_B, 1, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_DONE);
    ck_assert_str_eq(answer.text, "{\"value\":\"first\"}");
}
END_TEST

START_TEST(regenerate_writes_the_next_version_and_the_old_one_stays_visible)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "first");
    struct answer answer = begin(&fixture, JOB_B, 1, STORE_REGENERATE, NULL);
    ck_assert_int_eq(answer.begun, STORE_NEW);
    ck_assert_uint_eq(answer.version, 2);
    ck_assert(processing(&fixture, JOB_B, 1).is_applied);
    ck_assert_ptr_nonnull(strstr(reading(&fixture).text, "\"status\":\"completed\""));
    /* Meanwhile: who only wants the reading gets it, who wants a third one waits. */
    ck_assert_int_eq(begin(&fixture, JOB_C, 1, STORE_NORMAL, NULL).begun, STORE_DONE);
    answer = begin(&fixture, JOB_C, 1, STORE_REGENERATE, NULL);
    ck_assert_int_eq(answer.begun, STORE_BUSY);
    ck_assert_str_eq(answer.holder, JOB_B);
    ck_assert(complete(&fixture, JOB_B, 1, "second").is_applied);
    ck_assert_ptr_nonnull(strstr(reading(&fixture).text, "\"currentVersion\":2"));
    ck_assert_uint_eq(begin(&fixture, JOB_C, 1, STORE_REGENERATE, NULL).version, 3);
}
END_TEST

START_TEST(failed_regenerate_leaves_the_reading_completed_and_free)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "first");
    begin(&fixture, JOB_B, 1, STORE_REGENERATE, NULL);
    processing(&fixture, JOB_B, 1);
    ck_assert(fail_run(&fixture, JOB_B, 1).is_applied);
    ck_assert_ptr_nonnull(strstr(reading(&fixture).text, "\"status\":\"completed\""));
    ck_assert_int_eq(begin(&fixture, JOB_C, 1, STORE_REGENERATE, NULL).begun, STORE_NEW);
}
END_TEST

START_TEST(rerun_of_the_job_writes_the_next_version)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "first");
    struct answer answer = begin(&fixture, JOB_A, 2, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_NEW);
    ck_assert_uint_eq(answer.run, 2);
    ck_assert_uint_eq(answer.version, 2);
    processing(&fixture, JOB_A, 2);
    ck_assert(complete(&fixture, JOB_A, 2, "again").is_applied);
    ck_assert_str_eq(begin(&fixture, JOB_A, 2, STORE_NORMAL, NULL).text, "{\"value\":\"again\"}");
}
END_TEST

START_TEST(rerun_after_another_job_regenerated_still_counts_as_one)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "first");
    write_version(&fixture, JOB_B, 1, STORE_REGENERATE, "second");
    struct answer answer = begin(&fixture, JOB_A, 2, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_NEW);
    ck_assert_uint_eq(answer.version, 3);
}
END_TEST

START_TEST(larger_run_wins)
{
    begin(&fixture, JOB_A, 3, STORE_NORMAL, NULL);
    struct answer answer = begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_RESUME);
    ck_assert_uint_eq(answer.run, 3);
    processing(&fixture, JOB_A, 3);
    ck_assert(!complete(&fixture, JOB_A, 1, "old").is_applied);
    ck_assert(complete(&fixture, JOB_A, 3, "new").is_applied);
    answer = begin(&fixture, JOB_A, 2, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_DONE);
    ck_assert_str_eq(answer.text, "{\"value\":\"new\"}");
}
END_TEST

START_TEST(busy_names_the_holder_and_takeover_compares_it)
{
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    struct answer answer = begin(&fixture, JOB_B, 1, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_BUSY);
    ck_assert_str_eq(answer.holder, JOB_A);
    ck_assert_int_eq(begin(&fixture, JOB_B, 1, STORE_NORMAL, JOB_C).begun, STORE_BUSY);
    answer = begin(&fixture, JOB_B, 1, STORE_NORMAL, JOB_A);
    ck_assert_int_eq(answer.begun, STORE_NEW);
    ck_assert_uint_eq(answer.version, 1);
    ck_assert(!processing(&fixture, JOB_A, 1).is_applied);
    ck_assert(processing(&fixture, JOB_B, 1).is_applied);
    ck_assert(!complete(&fixture, JOB_A, 1, "late").is_applied);
    ck_assert(!fail_run(&fixture, JOB_A, 1).is_applied);
    ck_assert_int_eq(begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL).begun, STORE_BUSY);
}
END_TEST

START_TEST(failed_holder_is_not_busy)
{
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    processing(&fixture, JOB_A, 1);
    ck_assert(fail_run(&fixture, JOB_A, 1).is_applied);
    struct answer answer = begin(&fixture, JOB_B, 1, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_NEW);
    ck_assert_uint_eq(answer.version, 1);
    ck_assert(processing(&fixture, JOB_B, 1).is_applied);
}
END_TEST

START_TEST(failed_run_may_be_taken_up_again)
{
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    processing(&fixture, JOB_A, 1);
    fail_run(&fixture, JOB_A, 1);
    ck_assert(!processing(&fixture, JOB_A, 1).is_applied);
    ck_assert_int_eq(begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL).begun, STORE_RESUME);
    ck_assert_int_eq(begin(&fixture, JOB_B, 1, STORE_NORMAL, NULL).begun, STORE_BUSY);
    ck_assert(processing(&fixture, JOB_A, 1).is_applied);
    ck_assert(complete(&fixture, JOB_A, 1, "mended").is_applied);
}
END_TEST

START_TEST(retry_of_a_failed_run_takes_the_row)
{
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    fail_run(&fixture, JOB_A, 1);
    struct answer answer = begin(&fixture, JOB_A, 2, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.begun, STORE_NEW);
    ck_assert_uint_eq(answer.run, 2);
    ck_assert(!fail_run(&fixture, JOB_A, 1).is_applied);
    ck_assert(processing(&fixture, JOB_A, 2).is_applied);
    ck_assert_ptr_null(strstr(reading(&fixture).text, "\"error\""));
}
END_TEST

Suite *begin_suite(void)
{
    Suite *suite = suite_create("begin");
    TCase *tcase = tcase_create("begin");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, absent_row_is_new);
    tcase_add_test(tcase, same_job_and_run_resumes);
    tcase_add_test(tcase, redelivered_job_gets_its_stored_return_value);
    tcase_add_test(tcase, redelivered_older_job_gets_its_own_value_not_the_newest);
    tcase_add_test(tcase, other_job_of_a_completed_reading_is_done);
    tcase_add_test(tcase, regenerate_writes_the_next_version_and_the_old_one_stays_visible);
    tcase_add_test(tcase, failed_regenerate_leaves_the_reading_completed_and_free);
    tcase_add_test(tcase, rerun_of_the_job_writes_the_next_version);
    tcase_add_test(tcase, rerun_after_another_job_regenerated_still_counts_as_one);
    tcase_add_test(tcase, larger_run_wins);
    tcase_add_test(tcase, busy_names_the_holder_and_takeover_compares_it);
    tcase_add_test(tcase, failed_holder_is_not_busy);
    tcase_add_test(tcase, failed_run_may_be_taken_up_again);
    tcase_add_test(tcase, retry_of_a_failed_run_takes_the_row);
    suite_add_tcase(suite, tcase);
    return suite;
}
