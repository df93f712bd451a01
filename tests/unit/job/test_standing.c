/* Where a reading stands: what row and job say together; and jobs that are awaited. */
#include <check.h>
#include <stdio.h>

#include "core/attr.h"
#include "job/awaited.h"
#include "job/standing.h"
#include "suites.h"

static const struct {
    struct standing_of seen; /* row, held, awaited, job, parked, progress */
    struct watch_status status;
    bool is_over;
} rows[] = {
    /* BullMQ's words become ours. */
    {{"pending", true, false, "waiting", false, -1}, {"pending", "waiting", 0}, false},
    {{"pending", true, false, "prioritized", false, -1}, {"pending", "waiting", 0}, false},
    {{"pending", true, false, "paused", false, -1}, {"pending", "waiting", 0}, false},
    {{"pending", true, false, "waiting-children", false, -1},
     {"pending", "waiting-children", 0},
     false},
    {{"processing", true, false, "active", false, 45}, {"processing", "active", 45}, false},
    {{"processing", true, false, "delayed", false, 30}, {"processing", "delayed", 30}, false},
    {{"processing", true, false, "delayed", true, 30}, {"processing", "waiting", 30}, false},
    {{"completed", false, false, "completed", false, 100}, {"completed", "completed", 100}, true},
    {{"failed", false, false, "failed", false, 30}, {"failed", "failed", 30}, true},
    /* Without a job, or with a word nobody knows, the row tells. */
    {{"pending", true, false, "unknown", false, -1}, {"pending", "waiting", 0}, false},
    {{"processing", true, false, "unknown", false, -1}, {"processing", "active", 0}, false},
    {{"completed", false, false, "unknown", false, -1}, {"completed", "completed", 100}, true},
    {{"failed", false, false, "unknown", false, -1}, {"failed", "failed", 0}, true},
    {{"strange", false, false, "strange", false, 300}, {"pending", "waiting", 0}, false},
    /* A failed reading whose job is alive is retried. */
    {{"failed", false, false, "waiting", false, -1}, {"pending", "waiting", 0}, false},
    {{"failed", false, false, "active", false, 10}, {"processing", "active", 10}, false},
    /* A completed one is written anew: by a run that holds it, or by a job that is to come. */
    {{"completed", true, false, "active", false, 30}, {"processing", "active", 30}, false},
    {{"completed", true, false, "delayed", true, 30}, {"pending", "waiting", 30}, false},
    {{"completed", false, true, "waiting", false, -1}, {"pending", "waiting", 0}, false},
    {{"completed", false, true, "failed", false, 0}, {"completed", "failed", 100}, true},
    {{"completed", true, false, "unknown", false, 0}, {"completed", "completed", 100}, true},
    /* Its job may be about to be finished. */
    {{"completed", false, false, "active", false, 100}, {"completed", "active", 100}, true},
    /* The row is about to be closed. */
    {{"processing", true, false, "failed", false, 70}, {"processing", "failed", 70}, false},
};

START_TEST(row_and_job_together_tell_where_a_reading_stands)
{
    struct watch_status status = standing_of(&rows[_i].seen);
    ck_assert_str_eq(status.status, rows[_i].status.status);
    ck_assert_str_eq(status.job_status, rows[_i].status.job_status);
    ck_assert_int_eq(status.progress, rows[_i].status.progress);
    ck_assert(standing_is_over(&status) == rows[_i].is_over);
}
END_TEST

START_TEST(a_job_that_runs_or_will_run_is_alive)
{
    static const char *const alive[] = {"waiting", "prioritized", "paused",
                                        "delayed", "active",      "waiting-children"};
    static const char *const dead[] = {"completed", "failed", "unknown", ""};
    for (size_t i = 0; i < ARRAY_LEN(alive); i++) {
        ck_assert_msg(standing_is_alive(alive[i]), "%s", alive[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(dead); i++) {
        ck_assert_msg(!standing_is_alive(dead[i]), "%s", dead[i]);
    }
}
END_TEST

START_TEST(awaited_jobs_are_found_until_they_have_come)
{
    struct awaited *awaited = awaited_create();
    ck_assert_ptr_null(awaited_find(awaited, "reading"));
    awaited_add(awaited, "reading", "bull:readings:reading-2:1");
    awaited_add(awaited, "other", "bull:readings:other-2:1");
    ck_assert_str_eq(awaited_find(awaited, "reading"), "bull:readings:reading-2:1");
    awaited_add(awaited, "reading", "bull:readings:reading-3:2");
    ck_assert_str_eq(awaited_find(awaited, "reading"), "bull:readings:reading-3:2");
    awaited_remove(awaited, "reading");
    awaited_remove(awaited, "reading");
    ck_assert_ptr_null(awaited_find(awaited, "reading"));
    ck_assert_str_eq(awaited_find(awaited, "other"), "bull:readings:other-2:1");
    awaited_destroy(&awaited);
    ck_assert_ptr_null(awaited);
}
END_TEST

START_TEST(so_many_jobs_are_awaited_then_the_oldest_is_forgotten)
{
    struct awaited *awaited = awaited_create();
    char name[16];
    for (int i = 0; i < AWAITED_MAX; i++) {
        (void)snprintf(name, sizeof(name), "reading-%d", i);
        awaited_add(awaited, name, "key");
    }
    ck_assert_ptr_nonnull(awaited_find(awaited, "reading-0"));
    awaited_add(awaited, "one more", "key");
    ck_assert_ptr_null(awaited_find(awaited, "reading-0"));
    ck_assert_ptr_nonnull(awaited_find(awaited, "reading-1"));
    ck_assert_ptr_nonnull(awaited_find(awaited, "one more"));
    awaited_destroy(&awaited);
}
END_TEST

Suite *standing_suite(void)
{
    Suite *suite = suite_create("standing");
    TCase *cases = tcase_create("standing");
    tcase_add_loop_test(cases, row_and_job_together_tell_where_a_reading_stands, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_test(cases, a_job_that_runs_or_will_run_is_alive);
    tcase_add_test(cases, awaited_jobs_are_found_until_they_have_come);
    tcase_add_test(cases, so_many_jobs_are_awaited_then_the_oldest_is_forgotten);
    suite_add_tcase(suite, cases);
    return suite;
}
