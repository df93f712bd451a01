/* Aside: jobs of a blocked agent are looked at a few at a time. */
#include "job/aside.h"
#include "suites.h"

#define NOW_MS 50000000

START_TEST(nothing_is_blocked_at_first)
{
    struct aside *aside = aside_create();
    ck_assert(!aside_is_blocked(aside, "echo"));
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(aside_look_wait_ms(aside, "echo", NOW_MS), 0);
    }
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

START_TEST(ten_are_looked_at_at_once_then_ten_a_second)
{
    struct aside *aside = aside_create();
    aside_blocked(aside, "echo");
    aside_blocked(aside, "other");
    for (int i = 0; i < ASIDE_LOOKS_AT_ONCE; i++) {
        ck_assert_int_eq(aside_look_wait_ms(aside, "echo", NOW_MS), 0);
    }
    for (int i = 1; i <= ASIDE_WAIT_MS_MAX / ASIDE_LOOK_EVERY_MS; i++) {
        ck_assert_int_eq(aside_look_wait_ms(aside, "echo", NOW_MS), i * ASIDE_LOOK_EVERY_MS);
    }
    ck_assert_int_eq(aside_look_wait_ms(aside, "echo", NOW_MS), ASIDE_LOOK_EVERY_MS);
    ck_assert_int_eq(aside_look_wait_ms(aside, "other", NOW_MS), 0);
    int looks = 0;
    for (int64_t ms = 1; ms <= 60000; ms++) { /* however many ask */
        looks += aside_look_wait_ms(aside, "echo", NOW_MS + ms) == 0 ? 1 : 0;
    }
    ck_assert_int_eq(looks, 60000 / ASIDE_LOOK_EVERY_MS);
    looks = 0;
    for (int i = 0; i < 100; i++) { /* after a rest */
        looks += aside_look_wait_ms(aside, "echo", NOW_MS + 3600000) == 0 ? 1 : 0;
    }
    ck_assert_int_eq(looks, ASIDE_LOOKS_AT_ONCE);
    aside_destroy(&aside);
}
END_TEST

Suite *aside_suite(void)
{
    Suite *suite = suite_create("aside");
    TCase *tcase = tcase_create("aside");
    tcase_add_test(tcase, nothing_is_blocked_at_first);
    tcase_add_test(tcase, an_agent_is_blocked_for_itself);
    tcase_add_test(tcase, ten_are_looked_at_at_once_then_ten_a_second);
    suite_add_tcase(suite, tcase);
    return suite;
}
