/* Strikes: distinct jobs count, one job's crashes make it poison. */
#include <stdio.h>

#include "agent/strikes.h"
#include "suites.h"

START_TEST(only_distinct_jobs_count)
{
    struct strikes strikes = {0};
    for (int i = 0; i < 10; i++) {
        strikes_add(&strikes, "q:1", false, "internal", 1000 + i);
    }
    ck_assert_uint_eq(strikes_recent(&strikes, 2000), 1);
    strikes_add(&strikes, "q:2", true, "crashed", 2000);
    strikes_add(&strikes, "q:3", true, "deadline", 2000);
    ck_assert_uint_eq(strikes_recent(&strikes, 2000), STRIKES_QUARANTINE);
    strikes_fini(&strikes);
    ck_assert_uint_eq(strikes_recent(&strikes, 2000), 0);
}
END_TEST

START_TEST(strikes_older_than_the_window_do_not_count)
{
    struct strikes strikes = {0};
    strikes_add(&strikes, "q:1", true, "crashed", 0);
    strikes_add(&strikes, "q:2", true, "crashed", STRIKES_WINDOW_MS - 1);
    ck_assert_uint_eq(strikes_recent(&strikes, STRIKES_WINDOW_MS - 1), 2);
    ck_assert_uint_eq(strikes_recent(&strikes, STRIKES_WINDOW_MS), 1);
    strikes_fini(&strikes);
}
END_TEST

START_TEST(a_job_is_poison_when_it_took_the_cell_along_twice)
{
    struct strikes strikes = {0};
    strikes_add(&strikes, "q:1", false, "internal", 0);
    strikes_add(&strikes, "q:1", true, "crashed", 0);
    strikes_add(&strikes, "q:1", false, "internal", 0);
    ck_assert(!strikes_is_poison(&strikes, "q:1"));
    strikes_add(&strikes, "q:1", true, "deadline", STRIKES_WINDOW_MS * 2);
    ck_assert(strikes_is_poison(&strikes, "q:1"));
    ck_assert(!strikes_is_poison(&strikes, "q:2"));
    strikes_fini(&strikes);
}
END_TEST

START_TEST(the_last_cause_is_the_latest_one)
{
    struct strikes strikes = {0};
    ck_assert_str_eq(strikes_last_cause(&strikes), "");
    strikes_add(&strikes, "q:1", true, "crashed", 1);
    strikes_add(&strikes, "q:2", false, "internal", 2);
    strikes_add(&strikes, "q:1", true, "deadline", 3);
    ck_assert_str_eq(strikes_last_cause(&strikes), "deadline");
    strikes_fini(&strikes);
}
END_TEST

START_TEST(the_oldest_job_gives_way)
{
    struct strikes strikes = {0};
    char key[32];
    for (int i = 0; i < STRIKES_JOBS_MAX * 3; i++) {
        (void)snprintf(key, sizeof(key), "q:%d", i);
        strikes_add(&strikes, key, true, "crashed", i);
    }
    ck_assert_uint_eq(strikes.count, STRIKES_JOBS_MAX);
    strikes_add(&strikes, key, true, "crashed", 1000); /* the newest is known still */
    ck_assert(strikes_is_poison(&strikes, key));
    strikes_add(&strikes, "q:0", true, "crashed", 1000);
    ck_assert(!strikes_is_poison(&strikes, "q:0"));
    strikes_fini(&strikes);
}
END_TEST

Suite *suite_strikes(void)
{
    Suite *suite = suite_create("strikes");
    TCase *tcase = tcase_create("counting");
    tcase_add_test(tcase, only_distinct_jobs_count);
    tcase_add_test(tcase, strikes_older_than_the_window_do_not_count);
    tcase_add_test(tcase, a_job_is_poison_when_it_took_the_cell_along_twice);
    tcase_add_test(tcase, the_last_cause_is_the_latest_one);
    tcase_add_test(tcase, the_oldest_job_gives_way);
    suite_add_tcase(suite, tcase);
    return suite;
}
