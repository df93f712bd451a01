/* How long to wait on the marker, and what its answer means. */
#include "core/attr.h"
#include "queue/marker.h"
#include "suites.h"

#define NOW 1700000000000

static const struct {
    int64_t block_until_ms;
    int64_t drain_delay_ms;
    unsigned version;
    int64_t expected_ms;
} waits[] = {
    {0, 5000, 70015, 5000},
    {0, 0, 70015, 1},
    {0, 0, 60200, 2},
    {NOW - 1, 5000, 70015, 0},
    {NOW, 5000, 70015, 0},
    {NOW + 1, 5000, 70015, 1},
    {NOW + 1, 5000, 70007, 2},
    {NOW + 1496, 5000, 70015, 1496},
    {NOW + 9999, 5000, 70015, 9999},
    {NOW + 3600000, 5000, 70015, 10000},
};

START_TEST(waits_follow_the_table)
{
    ck_assert_int_eq(queue_marker_wait_ms(waits[_i].block_until_ms, NOW, waits[_i].drain_delay_ms,
                                          waits[_i].version),
                     waits[_i].expected_ms);
}
END_TEST

static const struct {
    const char *score;
    int64_t block_until_ms;
    int64_t expected_ms;
} scores[] = {
    {"0", 0, 0},
    {"0", NOW, 0},
    {"1700000000000", 0, NOW},
    {"1700000000000.2441", 0, NOW},
    {"1700000000000.9998", 0, NOW},
    {"1.7e+12", 0, NOW},
    {"1700000000500", NOW, NOW}, /* the earlier one stays */
    {"1699999999000", NOW, 1699999999000},
    {"nonsense", 0, 0},
    {"-5", 0, 0},
    {"1e300", 0, 0},
    {"nan", 0, 0},
};

START_TEST(scores_are_due_times)
{
    redisReply score = {.type = REDIS_REPLY_STRING,
                        .str = (char *)scores[_i].score,
                        .len = strlen(scores[_i].score)};
    redisReply other = {.type = REDIS_REPLY_STRING, .str = (char *)"1", .len = 1};
    redisReply *elements[] = {&other, &other, &score};
    redisReply reply = {.type = REDIS_REPLY_ARRAY, .elements = 3, .element = elements};
    ck_assert_int_eq(queue_marker_due_ms(&reply, scores[_i].block_until_ms),
                     scores[_i].expected_ms);
}
END_TEST

START_TEST(a_timeout_means_ask)
{
    redisReply nil = {.type = REDIS_REPLY_NIL};
    ck_assert_int_eq(queue_marker_due_ms(&nil, NOW), 0);
}
END_TEST

Suite *suite_marker(void)
{
    Suite *suite = suite_create("queue/marker");
    TCase *tests = tcase_create("table");
    tcase_add_loop_test(tests, waits_follow_the_table, 0, ARRAY_LEN(waits));
    tcase_add_loop_test(tests, scores_are_due_times, 0, ARRAY_LEN(scores));
    tcase_add_test(tests, a_timeout_means_ask);
    suite_add_tcase(suite, tests);
    return suite;
}
