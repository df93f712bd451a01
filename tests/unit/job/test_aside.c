/* Aside: jobs of a blocked agent are looked at one by one. */
#include "job/aside.h"
#include "suites.h"

START_TEST(nothing_is_blocked_at_first)
{
    struct aside *aside = aside_create();
    ck_assert(!aside_is_blocked(aside, "echo"));
    ck_assert_int_eq(aside_take_look_ms(aside, "echo", 1000), 0);
    ck_assert_int_eq(aside_take_look_ms(aside, "echo", 1000), 0);
    aside_unblocked(aside, "echo");
    aside_destroy(&aside);
    ck_assert_ptr_null(aside);
}
END_TEST

START_TEST(an_agent_is_blocked_for_itself)
{
    struct aside *aside = aside_create();
    aside_blocked(aside, "one");
    aside_blocked(aside, "two");
    aside_blocked(aside, "one");
    ck_assert(aside_is_blocked(aside, "one") && aside_is_blocked(aside, "two"));
    ck_assert(!aside_is_blocked(aside, "three"));
    aside_unblocked(aside, "one");
    ck_assert(!aside_is_blocked(aside, "one") && aside_is_blocked(aside, "two"));
    aside_destroy(&aside);
}
END_TEST

START_TEST(looks_are_taken_one_by_one)
{
    struct aside *aside = aside_create();
    aside_blocked(aside, "echo");
    aside_blocked(aside, "other");
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(aside_take_look_ms(aside, "echo", 5000), i * ASIDE_LOOK_EVERY_MS);
    }
    ck_assert_int_eq(aside_take_look_ms(aside, "other", 5000), 0);
    int64_t late_ms = 5000 + 1000 * ASIDE_LOOK_EVERY_MS;
    ck_assert_int_eq(aside_take_look_ms(aside, "echo", late_ms - 1), 1);
    ck_assert_int_eq(aside_take_look_ms(aside, "echo", late_ms + 1000), 0);
    ck_assert_int_eq(aside_take_look_ms(aside, "echo", late_ms + 1000), ASIDE_LOOK_EVERY_MS);
    aside_unblocked(aside, "echo");
    aside_blocked(aside, "echo");
    ck_assert_int_eq(aside_take_look_ms(aside, "echo", 5000), 0);
    aside_destroy(&aside);
}
END_TEST

Suite *aside_suite(void)
{
    Suite *suite = suite_create("aside");
    TCase *tcase = tcase_create("aside");
    tcase_add_test(tcase, nothing_is_blocked_at_first);
    tcase_add_test(tcase, an_agent_is_blocked_for_itself);
    tcase_add_test(tcase, looks_are_taken_one_by_one);
    suite_add_tcase(suite, tcase);
    return suite;
}
