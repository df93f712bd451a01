/* Backoff delays: BullMQ's formula, jitter's bounds, limits. */
#include "core/attr.h"
#include "queue/backoff.h"
#include "queue/opts.h"
#include "suites.h"

static const struct {
    struct queue_backoff backoff;
    uint32_t attempts_made;
    double random;
    int64_t expected_ms;
} rows[] = {
    {{.kind = BACKOFF_NONE, .delay_ms = 1000}, 1, 0, 0},
    {{.kind = BACKOFF_UNKNOWN, .delay_ms = 1000}, 1, 0, -1},
    {{.kind = BACKOFF_FIXED, .delay_ms = 1000}, 1, 0.9, 1000},
    {{.kind = BACKOFF_FIXED, .delay_ms = 1000}, 7, 0.9, 1000},
    {{.kind = BACKOFF_FIXED, .delay_ms = 0}, 1, 0, 0},
    {{.kind = BACKOFF_FIXED, .delay_ms = -5}, 1, 0, 0},
    {{.kind = BACKOFF_FIXED, .delay_ms = 0.4}, 1, 0, 0},
    {{.kind = BACKOFF_EXPONENTIAL, .delay_ms = 1000}, 1, 0, 1000},
    {{.kind = BACKOFF_EXPONENTIAL, .delay_ms = 1000}, 2, 0, 2000},
    {{.kind = BACKOFF_EXPONENTIAL, .delay_ms = 1000}, 5, 0, 16000},
    {{.kind = BACKOFF_EXPONENTIAL, .delay_ms = 0.5}, 2, 0, 1},
    {{.kind = BACKOFF_EXPONENTIAL, .delay_ms = 1.5}, 1, 0, 2},
    {{.kind = BACKOFF_EXPONENTIAL, .delay_ms = 1000}, 2000, 0, 315360000000},
    {{.kind = BACKOFF_FIXED, .delay_ms = 1e300}, 1, 0, 315360000000},
    {{.kind = BACKOFF_FIXED, .delay_ms = 1000, .jitter = 0.5}, 1, 0, 500},
    {{.kind = BACKOFF_FIXED, .delay_ms = 1000, .jitter = 0.5}, 1, 0.5, 750},
    {{.kind = BACKOFF_FIXED, .delay_ms = 1000, .jitter = 0.5}, 1, 0.9999999, 999},
    {{.kind = BACKOFF_FIXED, .delay_ms = 1000, .jitter = 1}, 1, 0, 0},
    {{.kind = BACKOFF_EXPONENTIAL, .delay_ms = 1000, .jitter = 0.25}, 3, 0, 3000},
    {{.kind = BACKOFF_EXPONENTIAL, .delay_ms = 1000, .jitter = 0.25}, 3, 0.9999999, 3999},
};

START_TEST(delays_follow_the_table)
{
    ck_assert_int_eq(queue_backoff_ms(&rows[_i].backoff, rows[_i].attempts_made, rows[_i].random),
                     rows[_i].expected_ms);
}
END_TEST

Suite *suite_backoff(void)
{
    Suite *suite = suite_create("queue/backoff");
    TCase *tests = tcase_create("table");
    tcase_add_loop_test(tests, delays_follow_the_table, 0, ARRAY_LEN(rows));
    suite_add_tcase(suite, tests);
    return suite;
}
