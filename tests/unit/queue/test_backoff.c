/* Backoff delays: BullMQ's formula, jitter's bounds, limits. */
#include "core/attr.h"
#include "core/options.h"
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

static const struct options_backoff listed = {.delays_ms = {100, 0, 700}, .delays_count = 3};
static const struct options_backoff ending = {
    .delays_ms = {100}, .delays_count = 1, .gives_up = true, .jitter = 0.5};
static const struct options_backoff never = {.gives_up = true};
static const struct options_backoff doubling = {
    .delays_ms = {100, 350}, .delays_count = 2, .is_exponential = true};

static const struct {
    const struct options_backoff *backoff;
    uint32_t attempts_made;
    double random;
    int64_t expected_ms;
} own_rows[] = {
    {&listed, 1, 0, 100},          {&listed, 2, 0, 0},     {&listed, 3, 0, 700},
    {&listed, 4000000000, 0, 700}, {&ending, 1, 0, 50},    {&ending, 1, 0.9999, 99},
    {&ending, 2, 0, -1},           {&never, 1, 0, -1},     {&doubling, 1, 0, 100},
    {&doubling, 2, 0, 200},        {&doubling, 3, 0, 350}, {&doubling, 4000000000, 0, 350},
};

START_TEST(own_types_follow_the_configuration)
{
    ck_assert_int_eq(
        queue_backoff_own_ms(own_rows[_i].backoff, own_rows[_i].attempts_made, own_rows[_i].random),
        own_rows[_i].expected_ms);
}
END_TEST

Suite *suite_backoff(void)
{
    Suite *suite = suite_create("queue/backoff");
    TCase *tests = tcase_create("table");
    tcase_add_loop_test(tests, delays_follow_the_table, 0, ARRAY_LEN(rows));
    tcase_add_loop_test(tests, own_types_follow_the_configuration, 0, ARRAY_LEN(own_rows));
    suite_add_tcase(suite, tests);
    return suite;
}
