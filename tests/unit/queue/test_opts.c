/* Job options as cjson writes them, and as nobody should. */
#include <stdio.h>
#include <string.h>

#include "core/attr.h"
#include "queue/opts.h"
#include "suites.h"

static struct queue_opts parse(const char *text)
{
    struct queue_opts opts;
    struct err err;
    ck_assert_msg(queue_opts_parse(span_of(text), &opts, &err), "%s: %s", text, err.text);
    return opts;
}

START_TEST(defaults_are_bullmqs)
{
    struct queue_opts opts = parse("{}");
    ck_assert_double_eq(opts.attempts, 0);
    ck_assert_int_eq(opts.backoff.kind, BACKOFF_NONE);
    ck_assert(opts.keep_completed.has_count && opts.keep_completed.count == -1);
    ck_assert(!opts.keep_failed.has_age && !opts.keep_failed.has_limit);
    ck_assert_int_eq(opts.keep_logs, -1);
    ck_assert_int_eq(opts.stack_trace_limit, -1);
    ck_assert(!opts.is_lifo);
}
END_TEST

static const struct {
    const char *text;
    double attempts;
} attempts_rows[] = {
    {"{\"attempts\":3}", 3},  {"{\"attempts\":3.0}", 3},  {"{\"attempts\":1e+20}", 1e20},
    {"{\"attempts\":-1}", 0}, {"{\"attempts\":null}", 0}, {"{\"attempts\":\"3\"}", 0},
    {"{\"attempts\":{}}", 0}, {"{\"attempts\":true}", 0},
};

START_TEST(attempts_are_read)
{
    ck_assert_double_eq(parse(attempts_rows[_i].text).attempts, attempts_rows[_i].attempts);
}
END_TEST

static const struct {
    const char *backoff;
    struct queue_backoff expected;
} backoff_rows[] = {
    {"500", {BACKOFF_FIXED, 500, 0, ""}},
    {"{\"type\":\"fixed\",\"delay\":1000}", {BACKOFF_FIXED, 1000, 0, ""}},
    {"{\"delay\":2e+3,\"type\":\"exponential\",\"jitter\":0.5}",
     {BACKOFF_EXPONENTIAL, 2000, 0.5, ""}},
    {"{\"type\":\"fixed\"}", {BACKOFF_FIXED, 0, 0, ""}},
    {"{\"type\":\"fixed\",\"delay\":9,\"jitter\":7}", {BACKOFF_FIXED, 9, 1, ""}},
    {"{\"type\":\"fixed\",\"delay\":9,\"jitter\":-1}", {BACKOFF_FIXED, 9, 0, ""}},
    {"{\"type\":\"lunar\",\"delay\":9}", {BACKOFF_UNKNOWN, 9, 0, "lunar"}},
    {"{\"delay\":9}", {BACKOFF_UNKNOWN, 9, 0, ""}},
    {"[]", {BACKOFF_NONE, 0, 0, ""}},
    {"\"fixed\"", {BACKOFF_NONE, 0, 0, ""}},
    {"false", {BACKOFF_NONE, 0, 0, ""}},
};

START_TEST(backoff_is_read)
{
    char text[200];
    (void)snprintf(text, sizeof(text), "{\"backoff\":%s}", backoff_rows[_i].backoff);
    struct queue_backoff got = parse(text).backoff, expected = backoff_rows[_i].expected;
    ck_assert_int_eq(got.kind, expected.kind);
    ck_assert_double_eq(got.delay_ms, expected.delay_ms);
    ck_assert_double_eq(got.jitter, expected.jitter);
    ck_assert_str_eq(got.name, expected.name);
}
END_TEST

START_TEST(a_long_backoff_name_is_cut)
{
    char text[300] = "{\"backoff\":{\"type\":\"";
    memset(text + strlen(text), 'x', 200);
    strncat(text, "\"}}", sizeof(text) - strlen(text) - 1);
    ck_assert_uint_eq(strlen(parse(text).backoff.name), QUEUE_BACKOFF_NAME_BYTES - 1);
}
END_TEST

static const struct {
    const char *value;
    struct queue_keep expected;
} keep_rows[] = {
    {"true", {.has_count = true, .count = 0}},
    {"false", {.has_count = true, .count = -1}},
    {"null", {.has_count = true, .count = -1}},
    {"100", {.has_count = true, .count = 100}},
    {"0", {.has_count = true, .count = 0}},
    {"\"yes\"", {.has_count = true, .count = -1}},
    {"{\"age\":3600}", {.has_age = true, .age_s = 3600}},
    {"{\"limit\":5,\"age\":60,\"count\":7}",
     {.has_count = true, .count = 7, .has_age = true, .age_s = 60, .has_limit = true, .limit = 5}},
    {"{}", {.has_count = false}}, /* cjson's way to write an empty list */
};

START_TEST(removal_is_read)
{
    char text[200];
    (void)snprintf(text, sizeof(text), "{\"removeOnFail\":%s}", keep_rows[_i].value);
    struct queue_keep got = parse(text).keep_failed, expected = keep_rows[_i].expected;
    ck_assert_int_eq(got.is_given, strcmp(keep_rows[_i].value, "null") != 0);
    ck_assert_int_eq(got.has_count, expected.has_count);
    ck_assert_int_eq(got.has_age, expected.has_age);
    ck_assert_int_eq(got.has_limit, expected.has_limit);
    ck_assert(!got.has_count || got.count == expected.count);
    ck_assert(!got.has_age || got.age_s == expected.age_s);
    ck_assert(!got.has_limit || got.limit == expected.limit);
}
END_TEST

START_TEST(what_else_is_read)
{
    struct queue_opts opts = parse("{\"kl\":3,\"stackTraceLimit\":0,\"lifo\":true,"
                                   "\"tm\":\"a\\/b\",\"repeat\":{\"every\":5}}");
    ck_assert_int_eq(opts.keep_logs, 3);
    ck_assert_int_eq(opts.stack_trace_limit, 0);
    ck_assert(opts.is_lifo);
    ck_assert_int_eq(parse("{\"kl\":1e+20}").keep_logs, 1000000000);
}
END_TEST

static const char *const bad[] = {"", "[]", "7", "null", "{", "{\"attempts\":3", "\xff{}"};

START_TEST(what_is_no_object_is_refused)
{
    struct queue_opts opts;
    struct err err = {0};
    ck_assert(!queue_opts_parse(span_of(bad[_i]), &opts, &err));
    ck_assert(err.text[0] != '\0');
}
END_TEST

START_TEST(text_over_the_limit_is_refused)
{
    static char text[QUEUE_OPTS_BYTES_MAX + 2];
    memset(text, ' ', sizeof(text) - 1);
    memcpy(text, "{}", 2);
    struct queue_opts opts;
    struct err err = {0};
    ck_assert(!queue_opts_parse((struct span){text, sizeof(text) - 1}, &opts, &err));
    ck_assert_int_eq(err.kind, ERR_LIMIT);
    ck_assert(queue_opts_parse((struct span){text, sizeof(text) - 2}, &opts, &err));
}
END_TEST

Suite *suite_opts(void)
{
    Suite *suite = suite_create("queue/opts");
    TCase *tests = tcase_create("table");
    tcase_add_test(tests, defaults_are_bullmqs);
    tcase_add_loop_test(tests, attempts_are_read, 0, ARRAY_LEN(attempts_rows));
    tcase_add_loop_test(tests, backoff_is_read, 0, ARRAY_LEN(backoff_rows));
    tcase_add_test(tests, a_long_backoff_name_is_cut);
    tcase_add_loop_test(tests, removal_is_read, 0, ARRAY_LEN(keep_rows));
    tcase_add_test(tests, what_else_is_read);
    tcase_add_loop_test(tests, what_is_no_object_is_refused, 0, ARRAY_LEN(bad));
    tcase_add_test(tests, text_over_the_limit_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
