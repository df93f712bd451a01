/* The values of options: units, ranges, lists, and what each type shows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options_rig.h"
#include "suites.h"

static const struct {
    const char *value;
    int64_t ms; /* -1: refused */
} duration_rows[] = {
    {"500ms", 500},
    {"30s", 30000},
    {"2m", 120000},
    {"24h", 86400000},
    {"1d", 86400000},
    {"600", -1},
    {"10 m", -1},
    {"1.5s", -1},
    {"-5s", -1},
    {"s", -1},
    {"5S", -1},
    {"1s500ms", -1},
    {"9ms", -1},
    {"25h", -1},
    {"0", -1},
    {"99999999999999999999s", -1},
    {"9223372036854775807h", -1},
};

START_TEST(options_durations_carry_units_and_ranges)
{
    char conf[128];
    (void)snprintf(conf, sizeof(conf), "[queue]\njob_timeout = %s\n", duration_rows[_i].value);
    bool is_ok = load_with(conf, no_environ, no_sets);
    ck_assert_msg(is_ok == (duration_rows[_i].ms >= 0), "%s: %s", duration_rows[_i].value,
                  problems_text());
    if (is_ok) {
        ck_assert_int_eq(options->queues[0].job_timeout_ms, duration_rows[_i].ms);
    } else {
        char expected[256];
        (void)snprintf(expected, sizeof(expected),
                       "agenthost.conf:2: queue.job_timeout must be a duration from 10ms to 24h, "
                       "not '%s'\n",
                       duration_rows[_i].value);
        ck_assert_str_eq(problems_text(), expected);
    }
}
END_TEST

static const struct {
    const char *value;
    int64_t bytes;
} size_rows[] = {
    {"64MB", 64 << 20}, {"65536KB", 64 << 20}, {"67108864B", 64 << 20},
    {"1GB", 1 << 30},   {"64M", -1},           {"64mb", -1},
    {"64", -1},         {"1MB", -1},           {"99999999999GB", -1},
};

START_TEST(options_sizes_carry_units_and_ranges)
{
    char conf[128];
    (void)snprintf(conf, sizeof(conf), "[limits]\nmemory_max = %s\n", size_rows[_i].value);
    bool is_ok = load_with(conf, no_environ, no_sets);
    ck_assert_int_eq(is_ok, size_rows[_i].bytes >= 0);
    if (is_ok) {
        ck_assert_int_eq(options->limits.memory_bytes_max, size_rows[_i].bytes);
    } else {
        ck_assert_ptr_nonnull(strstr(problems_text(), "must be a size from 16MB to 1024GB"));
    }
}
END_TEST

static const struct {
    const char *file, *environment; /* one of both */
    uint32_t max;
    int64_t duration_ms; /* -1: refused */
} limiter_rows[] = {
    {"10/60s", NULL, 10, 60000}, {"off", NULL, 0, 0},        {"1/500ms", NULL, 1, 500},
    {"10/60000", NULL, 0, -1},   {"0/60s", NULL, 0, -1},     {"10", NULL, 0, -1},
    {"10/", NULL, 0, -1},        {"10/2d", NULL, 0, -1},     {NULL, "10/60000", 10, 60000},
    {NULL, "10/60s", 10, 60000}, {NULL, "off", 0, 0},        {NULL, "0", 0, 0},
    {NULL, "10/0", 0, -1},       {NULL, "10/60000x", 0, -1},
};

START_TEST(options_limiter_takes_bare_milliseconds_only_from_the_environment)
{
    char conf[64] = "", variable[64];
    const char *environment[] = {"HOME=/", NULL, NULL};
    if (limiter_rows[_i].file != NULL) {
        (void)snprintf(conf, sizeof(conf), "[queue]\nlimiter = %s\n", limiter_rows[_i].file);
    } else {
        (void)snprintf(variable, sizeof(variable), "AGENTHOST_QUEUE_LIMITER=%s",
                       limiter_rows[_i].environment);
        environment[1] = variable;
    }
    bool is_ok = load_with(conf, environment, no_sets);
    ck_assert_int_eq(is_ok, limiter_rows[_i].duration_ms >= 0);
    if (is_ok) {
        ck_assert_uint_eq(options->queues[0].limiter.max, limiter_rows[_i].max);
        ck_assert_int_eq(options->queues[0].limiter.duration_ms, limiter_rows[_i].duration_ms);
    }
}
END_TEST

static const struct {
    const char *text;
    double percent; /* -1: refused */
} share_rows[] = {
    {"5%", 5},      {"0%", 0},
    {"100%", 100},  {"0.01%", 0.01},
    {"100.1%", -1}, {"-1%", -1},
    {"0.05", -1},   {"5", -1},
    {"%", -1},      {"5 %%", -1},
    {"x%", -1},     {"nan%", -1},
    {"1e400%", -1}, {"00000000000000000000000000000005%", -1},
};

START_TEST(options_shares_are_percentages)
{
    char conf[96];
    (void)snprintf(conf, sizeof(conf), "[agent.crisis]\ncanary = %s\n", share_rows[_i].text);
    bool is_ok = load_with(conf, no_environ, no_sets);
    ck_assert_int_eq(is_ok, share_rows[_i].percent >= 0);
    if (is_ok) {
        ck_assert_double_eq(options_agent_find(options, "crisis")->canary_percent,
                            share_rows[_i].percent);
    } else {
        ck_assert_ptr_nonnull(strstr(problems_text(), "must be a share from 0% to 100%"));
    }
}
END_TEST

START_TEST(options_lists_words_numbers_and_prices)
{
    load("[agents]\ndirs = /a , /b/c\nsandbox = require\n"
         "[queue]\nagents = crisis,business\nreturn_content = no\n"
         "[redis]\ntls_verify = off\n"
         "[agent.crisis]\ntemperature = 0.7\nmax_tokens = 900\n"
         "[model.gpt-4.1]\ninput_price = 2.5\n");
    ck_assert_uint_eq(options->agents.dirs.count, 2);
    ck_assert_str_eq(options->agents.dirs.items[1], "/b/c");
    ck_assert_int_eq(options->agents.sandbox, SANDBOX_REQUIRE);
    ck_assert_uint_eq(options->queues[0].agents.count, 2);
    ck_assert_str_eq(options->queues[0].agents.items[1], "business");
    ck_assert(options_queue_takes(&options->queues[0], "business"));
    ck_assert(!options_queue_takes(&options->queues[0], "personality"));
    ck_assert_int_eq(options->queues[0].return_content, RETURN_CONTENT_NO);
    ck_assert(!options->redis.tls_verify);
    const struct options_agent *crisis = options_agent_find(options, "crisis");
    ck_assert_double_eq(crisis->temperature, 0.7);
    ck_assert_int_eq(crisis->max_tokens, 900);
    ck_assert_int_eq(crisis->reask_max, -1);
    ck_assert_int_eq(crisis->call_timeout_ms, -1);
    ck_assert_ptr_null(crisis->model);
    const struct options_model *model = options_model_find(options, "gpt-4.1");
    ck_assert_double_eq(model->input_price, 2.5);
    ck_assert(isnan(model->output_price));
    ck_assert_ptr_null(options_model_find(options, "gpt-5"));
}
END_TEST

static const struct {
    const char *option, *value, *shown; /* shown: NULL = refused */
} queue_value_rows[] = {
    {"keep_completed", "all", "all"},
    {"keep_completed", "count=0", "count=0"},
    {"keep_completed", "limit=5, age=90s,count=7", "count=7, age=90s, limit=5"},
    {"keep_failed", "age=3650d", "age=3650d"},
    {"keep_failed", "age=3651d", NULL},
    {"keep_failed", "age=500ms", NULL},
    {"keep_failed", "limit=5", NULL},
    {"keep_failed", "limit=0, age=1s", NULL},
    {"keep_failed", "count=1, count=2", NULL},
    {"keep_failed", "count=1000000001", NULL},
    {"keep_failed", "count=-1", NULL},
    {"keep_failed", "all, count=1", NULL},
    {"keep_failed", "off", NULL},
    {"backoffs", "a: 1s 5s 0 never", "a: 1s 5s 0 never"},
    {"backoffs", "a:never,b:exponential 1s 10m jitter 50%",
     "a: never, b: exponential 1s 10m jitter 50%"},
    {"backoffs", "a: 1s  2s jitter 100%", "a: 1s 2s jitter 100%"},
    {"backoffs", "a: 30d", "a: 30d"},
    {"backoffs", "off", ""},
    {"backoffs", "a: 31d", NULL},
    {"backoffs", "a: 5", NULL},
    {"backoffs", "a", NULL},
    {"backoffs", "a:", NULL},
    {"backoffs", ": 1s", NULL},
    {"backoffs", "a b: 1s", NULL},
    {"backoffs", "a: 1s, a: 2s", NULL},
    {"backoffs", "fixed: 1s", NULL},
    {"backoffs", "exponential: 1s", NULL},
    {"backoffs", "a: never 1s", NULL},
    {"backoffs", "a: never never", NULL},
    {"backoffs", "a: exponential 1s", NULL},
    {"backoffs", "a: exponential 2s 1s", NULL},
    {"backoffs", "a: exponential 1s 2s never", NULL},
    {"backoffs", "a: 1s jitter", NULL},
    {"backoffs", "a: 1s jitter 101%", NULL},
    {"backoffs", "a: 1s jitter 50% 2s", NULL},
    {"backoffs", "a: jitter 50%", NULL},
    {"backoffs", "a: never jitter 50%", NULL},
    {"backoffs", "a: 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s",
     "a: 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s"},
    {"backoffs", "a: 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s", NULL},
    {"backoffs", "b23456789012345678901234567890123456789a: 1s",
     "b23456789012345678901234567890123456789a: 1s"},
    {"backoffs", "b23456789012345678901234567890123456789ab: 1s", NULL},
};

START_TEST(options_of_queues_are_read_and_shown)
{
    const struct option *option = options_find("queue", "q", queue_value_rows[_i].option);
    struct options_queue queue = {0};
    void *field = (char *)&queue + option->offset;
    struct err err = {0};
    bool is_ok = options_value_parse(option, queue_value_rows[_i].value, false, field, &err);
    ck_assert_msg(is_ok == (queue_value_rows[_i].shown != NULL), "%s: %s",
                  queue_value_rows[_i].value, err.text);
    if (is_ok) {
        options_value_render(option, field, &text);
        ck_assert_str_eq(text.data != NULL ? text.data : "", queue_value_rows[_i].shown);
    } else {
        ck_assert_ptr_nonnull(strstr(err.text, "must be "));
    }
    options_value_clear(option, field);
}
END_TEST

Suite *suite_options_values(void)
{
    Suite *suite = suite_create("options values");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, options_setup, options_teardown);
    tcase_add_loop_test(tests, options_durations_carry_units_and_ranges, 0,
                        (int)ARRAY_LEN(duration_rows));
    tcase_add_loop_test(tests, options_sizes_carry_units_and_ranges, 0, (int)ARRAY_LEN(size_rows));
    tcase_add_loop_test(tests, options_limiter_takes_bare_milliseconds_only_from_the_environment, 0,
                        (int)ARRAY_LEN(limiter_rows));
    tcase_add_loop_test(tests, options_of_queues_are_read_and_shown, 0,
                        (int)ARRAY_LEN(queue_value_rows));
    tcase_add_loop_test(tests, options_shares_are_percentages, 0, (int)ARRAY_LEN(share_rows));
    tcase_add_test(tests, options_lists_words_numbers_and_prices);
    suite_add_tcase(suite, tests);
    return suite;
}
