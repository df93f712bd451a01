/* Pauses between tries: they grow, they stay, and never more than four begin within a second. */
#include "redis/retry.h"
#include "suites.h"

START_TEST(pauses_double_up_to_two_seconds)
{
    struct redis_retry retry = {0};
    static const int64_t expected[] = {50, 100, 200, 400, 800, 1600, 2000, 2000};
    for (unsigned i = 0; i < 8; i++) {
        int64_t now_ms = (int64_t)i * 10000;
        redis_retry_began(&retry, now_ms);
        ck_assert_int_eq(redis_retry_pause_ms(&retry, now_ms, false, 0.), expected[i]);
    }
    redis_retry_reset(&retry);
    ck_assert_int_eq(redis_retry_pause_ms(&retry, 1000000, false, 0.), 50);
}
END_TEST

START_TEST(jitter_shortens_by_less_than_a_third)
{
    struct redis_retry retry = {.pause_ms = 1000};
    ck_assert_int_eq(redis_retry_pause_ms(&retry, 0, false, 0.999), 1000 - 299);
}
END_TEST

START_TEST(trouble_of_configuration_waits_longer)
{
    struct redis_retry retry = {0};
    ck_assert_int_eq(redis_retry_pause_ms(&retry, 0, true, 0.), 5000);
}
END_TEST

START_TEST(no_second_sees_more_than_four_tries)
{
    struct redis_retry retry = {0};
    int64_t began_ms[200], now_ms = 0;
    for (unsigned i = 0; i < 200; i++) {
        began_ms[i] = now_ms;
        redis_retry_began(&retry, now_ms);
        if (i % 7 == 0) {
            redis_retry_reset(&retry); /* connects, and is lost at once */
        }
        now_ms += redis_retry_pause_ms(&retry, now_ms, false, 0.9);
        if (i >= REDIS_RETRY_PER_SECOND) {
            ck_assert_int_ge(began_ms[i] - began_ms[i - REDIS_RETRY_PER_SECOND], 1000);
        }
    }
}
END_TEST

Suite *suite_retry(void)
{
    Suite *suite = suite_create("retry");
    TCase *tcase = tcase_create("retry");
    tcase_add_test(tcase, pauses_double_up_to_two_seconds);
    tcase_add_test(tcase, jitter_shortens_by_less_than_a_third);
    tcase_add_test(tcase, trouble_of_configuration_waits_longer);
    tcase_add_test(tcase, no_second_sees_more_than_four_tries);
    suite_add_tcase(suite, tcase);
    return suite;
}
