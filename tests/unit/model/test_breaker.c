/* The breaker's states on a clock of the test's own. */
#include "model/breaker.h"
#include "suites.h"

START_TEST(opens_for_30_s_then_lets_one_probe)
{
    struct breaker breaker = {.state = BREAKER_CLOSED};
    ck_assert(breaker_admits(&breaker));
    ck_assert(!breaker_enter(&breaker)); /* an ordinary call */
    breaker_trip(&breaker, 1000, "no key");
    ck_assert(!breaker_admits(&breaker));
    ck_assert_str_eq(breaker.reason, "no key");
    ck_assert(!breaker_tick(&breaker, 30999));
    ck_assert(breaker_tick(&breaker, 31000));
    ck_assert(!breaker_tick(&breaker, 31000));
    ck_assert(breaker_admits(&breaker));
    ck_assert(breaker_enter(&breaker));
    ck_assert(!breaker_admits(&breaker)); /* one at a time */
    ck_assert(breaker_succeed(&breaker));
    ck_assert(breaker_admits(&breaker));
    ck_assert(!breaker_succeed(&breaker));
}
END_TEST

START_TEST(failed_probes_double_the_wait_to_10_minutes)
{
    static const int64_t waits_ms[] = {30000, 60000, 120000, 240000, 480000, 600000, 600000};
    struct breaker breaker = {.state = BREAKER_CLOSED};
    int64_t now_ms = 0;
    for (int i = 0; i < 7; i++) {
        breaker_trip(&breaker, now_ms, "x");
        ck_assert_int_eq(breaker.wait_ms, waits_ms[i]);
        now_ms += waits_ms[i];
        ck_assert(breaker_tick(&breaker, now_ms));
        ck_assert(breaker_enter(&breaker));
    }
    (void)breaker_succeed(&breaker);
    breaker_trip(&breaker, now_ms, "x");
    ck_assert_int_eq(breaker.wait_ms, 30000);
}
END_TEST

START_TEST(refusals_while_open_change_nothing)
{
    struct breaker breaker = {.state = BREAKER_CLOSED};
    breaker_trip(&breaker, 0, "first");
    breaker_trip(&breaker, 20000, "second");
    ck_assert_int_eq(breaker.open_until_ms, 30000);
    ck_assert_str_eq(breaker.reason, "first");
}
END_TEST

START_TEST(probe_without_finding_makes_room_for_the_next)
{
    struct breaker breaker = {.state = BREAKER_CLOSED};
    breaker_trip(&breaker, 0, "x");
    (void)breaker_tick(&breaker, 30000);
    ck_assert(breaker_enter(&breaker));
    breaker_probe_over(&breaker);
    ck_assert_int_eq(breaker.state, BREAKER_HALF_OPEN);
    ck_assert(breaker_admits(&breaker));
}
END_TEST

Suite *suite_breaker(void)
{
    Suite *suite = suite_create("breaker");
    TCase *tcase = tcase_create("states");
    tcase_add_test(tcase, opens_for_30_s_then_lets_one_probe);
    tcase_add_test(tcase, failed_probes_double_the_wait_to_10_minutes);
    tcase_add_test(tcase, refusals_while_open_change_nothing);
    tcase_add_test(tcase, probe_without_finding_makes_room_for_the_next);
    suite_add_tcase(suite, tcase);
    return suite;
}
