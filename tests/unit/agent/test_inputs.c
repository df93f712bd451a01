/* Data judged by a manifest's inputs: each wrong field is named with what it may be. */
#include <stdio.h>
#include <string.h>

#include "agent/manifest.h"
#include "agent/manifest_inputs.h"
#include "core/json.h"
#include "core/problems.h"
#include "suites.h"

static const char manifest_text[] =
    "{\"manifest\":1,\"id\":\"a\",\"version\":\"1\",\"name\":{\"de\":\"A\"},"
    "\"languages\":[\"de\"],\"chart\":\"none\",\"inputs\":{\"type\":\"object\","
    "\"required\":[\"context\",\"partner\"],\"properties\":{"
    "\"context\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":5},"
    "\"style\":{\"type\":\"string\",\"enum\":[\"klar\",\"direkt\",\"einfühlsam\"]},"
    "\"year\":{\"type\":\"integer\",\"minimum\":1900,\"maximum\":2100},"
    "\"share\":{\"type\":\"number\",\"minimum\":0},"
    "\"level\":{\"type\":\"integer\",\"enum\":[1,2]},"
    "\"loud\":{\"type\":\"boolean\"},"
    "\"code\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{2}$\"},"
    "\"date\":{\"type\":\"string\",\"pattern\":\"^\\\\d{4}$\",\"example\":\"1990\"},"
    "\"topics\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,"
    "\"items\":{\"type\":\"string\",\"maxLength\":3}},"
    "\"partner\":{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{"
    "\"name\":{\"type\":\"string\"},\"place\":{\"type\":\"object\",\"properties\":{"
    "\"latitude\":{\"type\":\"number\",\"minimum\":-90,\"maximum\":90}}}}}}}}";

static struct manifest *manifest;

static void setup(void)
{
    struct err err;
    bool is_read = manifest_parse("m.json", "a", SPAN_LITERAL(manifest_text), &manifest, &err);
    ck_assert_msg(is_read, "%s", err.text);
}

static void teardown(void)
{
    manifest_destroy(&manifest);
}

/* data is what the body has beside a context and a partner that are right. */
static const struct {
    const char *data;
    const char *field; /* NULL: right */
    const char *remedy;
} rows[] = {
    {"\"style\":\"klar\"", NULL, NULL},
    {"\"style\":\"einfühlsam\"", NULL, NULL},
    {"\"style\":null", NULL, NULL},
    {"\"chartId\":7", NULL, NULL}, /* not the manifest's to judge */
    {"\"year\":1900", NULL, NULL},
    {"\"year\":2100", NULL, NULL},
    {"\"share\":0.5", NULL, NULL},
    {"\"share\":3", NULL, NULL},
    {"\"level\":2", NULL, NULL},
    {"\"loud\":false", NULL, NULL},
    {"\"code\":\"DE\"", NULL, NULL},
    {"\"topics\":[\"a\",\"äöü\"]", NULL, NULL},
    {"\"style\":\"klra\"", "style",
     "must be one of klar, direkt, einfühlsam; 'klra' is perhaps 'klar'"},
    {"\"style\":\"laut\"", "style", "must be one of klar, direkt, einfühlsam; 'laut' is none"},
    {"\"style\":3", "style", "must be one of klar, direkt, einfühlsam (found a number)"},
    {"\"year\":1899", "year", "must be a whole number from 1900 to 2100 (found 1899)"},
    {"\"year\":2101", "year", "must be a whole number from 1900 to 2100 (found 2101)"},
    {"\"year\":1990.5", "year", "must be a whole number from 1900 to 2100 (found a number)"},
    {"\"year\":\"1990\"", "year", "must be a whole number from 1900 to 2100 (found a string)"},
    {"\"share\":-0.5", "share", "must be a number of at least 0 (found -0.5)"},
    {"\"level\":3", "level", "must be one of 1, 2; '3' is none"},
    {"\"loud\":\"yes\"", "loud", "must be true or false (found a string)"},
    {"\"code\":\"de\"", "code", "must be a text matching ^[A-Z]{2}$ (found 'de')"},
    {"\"date\":\"90\"", "date", "must be a text like '1990' (found '90')"},
    {"\"topics\":[]", "topics", "must be a list of 1 to 2 elements (found 0)"},
    {"\"topics\":[\"a\",\"b\",\"c\"]", "topics", "must be a list of 1 to 2 elements (found 3)"},
    {"\"topics\":[\"a\",\"bcde\"]", "topics[1]",
     "must be a text of at most 3 characters (found 4)"},
    {"\"topics\":[null]", "topics[0]", "must be a text of at most 3 characters (found null)"},
    {"\"topics\":\"a\"", "topics", "must be a list of 1 to 2 elements (found a string)"},
};

static void check(const char *text, struct problems *problems)
{
    struct json_object *data = NULL;
    ck_assert(json_parse(span_of(text), &data, NULL));
    problems_init(problems);
    manifest_inputs_check(manifest, data, problems);
    json_object_put(data);
}

START_TEST(a_field_is_right_or_named_with_a_remedy)
{
    char text[512];
    struct problems problems;
    (void)snprintf(text, sizeof(text), "{\"context\":\"abc\",\"partner\":{\"name\":\"\"},%s}",
                   rows[_i].data);
    check(text, &problems);
    if (rows[_i].field == NULL) {
        ck_assert_msg(problems.count == 0, "%s: %s %s", text, problems.field, problems.remedy);
    } else {
        ck_assert_uint_eq(problems.count, 1);
        ck_assert_str_eq(problems.field, rows[_i].field);
        ck_assert_str_eq(problems.remedy, rows[_i].remedy);
    }
    problems_fini(&problems);
}
END_TEST

/* What the body is as a whole; the first problem. */
static const struct {
    const char *data;
    const char *field;
    const char *remedy;
    unsigned count;
} bodies[] = {
    {"{}", "context", "is missing; send a text of 2 to 5 characters", 2},
    {"{\"context\":null,\"partner\":{\"name\":\"\"}}", "context",
     "is missing; send a text of 2 to 5 characters", 1},
    {"{\"context\":\"ä\",\"partner\":{\"name\":\"\"}}", "context",
     "must be a text of 2 to 5 characters (found 1)", 1},
    {"{\"context\":\"äöüßä\",\"partner\":{\"name\":\"\"}}", "", "", 0},
    {"{\"context\":\"äöüßäx\",\"partner\":{\"name\":\"\"}}", "context",
     "must be a text of 2 to 5 characters (found 6)", 1},
    {"{\"context\":\"abc\"}", "partner", "is missing; send an object", 1},
    {"{\"context\":\"abc\",\"partner\":{}}", "partner.name", "is missing; send a text", 1},
    {"{\"context\":\"abc\",\"partner\":{\"name\":\"x\",\"plce\":1}}", "partner.plce",
     "is not known; perhaps 'place'", 1},
    {"{\"context\":\"abc\",\"partner\":{\"name\":\"x\",\"colour\":1}}", "partner.colour",
     "is not known; leave it out", 1},
    {"{\"context\":\"abc\",\"partner\":{\"name\":\"x\",\"place\":{\"latitude\":91}}}",
     "partner.place.latitude", "must be a number from -90 to 90 (found 91)", 1},
    {"{\"context\":\"abc\",\"partner\":{\"name\":\"x\",\"place\":{\"latitude\":-90.0}}}", "", "",
     0},
};

START_TEST(a_body_is_judged_as_a_whole)
{
    struct problems problems;
    check(bodies[_i].data, &problems);
    ck_assert_msg(problems.count == bodies[_i].count, "%s: %u %s %s", bodies[_i].data,
                  problems.count, problems.field, problems.remedy);
    ck_assert_str_eq(problems.field, bodies[_i].field);
    ck_assert_str_eq(problems.remedy, bodies[_i].remedy);
    problems_fini(&problems);
}
END_TEST

START_TEST(names_are_known_and_listed)
{
    const char *names[16];
    names[0] = "agentId";
    ck_assert(manifest_inputs_have(manifest, "style"));
    ck_assert(!manifest_inputs_have(manifest, "agentId"));
    ck_assert_uint_eq(manifest_inputs_list(manifest, names, 1, 16), 11);
    ck_assert_str_eq(names[1], "context");
    ck_assert_uint_eq(manifest_inputs_list(manifest, names, 1, 4), 4);
}
END_TEST

START_TEST(without_inputs_every_field_is_taken)
{
    static const char bare[] = "{\"manifest\":1,\"id\":\"a\",\"version\":\"1\",\"name\":{\"de\":"
                               "\"A\"},\"languages\":[\"de\"],\"chart\":\"none\"}";
    struct problems problems;
    struct err err;
    manifest_destroy(&manifest);
    ck_assert(manifest_parse("m.json", "a", SPAN_LITERAL(bare), &manifest, &err));
    ck_assert(manifest_inputs_have(manifest, "anything"));
    check("{\"anything\":1}", &problems);
    ck_assert_uint_eq(problems.count, 0);
    problems_fini(&problems);
}
END_TEST

/* A refusal stays readable however long the list of words and the word that was sent are. */
START_TEST(long_lists_and_long_values_are_cut)
{
    char text[8192], data[4096] = "{\"w\":\"";
    size_t len = (size_t)snprintf(
        text, sizeof(text),
        "{\"manifest\":1,\"id\":\"a\",\"version\":\"1\",\"name\":{\"de\":\"A\"},\"languages\":"
        "[\"de\"],\"chart\":\"none\",\"inputs\":{\"type\":\"object\",\"properties\":{\"w\":{"
        "\"type\":\"string\",\"enum\":[");
    for (int i = 0; i < 64; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"word-number-%02d\"",
                                i > 0 ? "," : "", i);
    }
    (void)snprintf(text + len, sizeof(text) - len, "]}}}}");
    struct problems problems;
    struct err err;
    manifest_destroy(&manifest);
    ck_assert(manifest_parse("m.json", "a", span_of(text), &manifest, &err));
    memset(data + 6, 'x', sizeof(data) - 10);
    memcpy(data + sizeof(data) - 4, "\"}", 3);
    check(data, &problems);
    ck_assert_uint_eq(problems.count, 1);
    ck_assert_uint_lt(strlen(problems.remedy), 330);
    ck_assert_ptr_nonnull(strstr(problems.remedy, ", …; 'xxxx"));
    ck_assert_ptr_nonnull(strstr(problems.remedy, "x' is none"));
    problems_fini(&problems);
}
END_TEST

Suite *suite_inputs(void)
{
    Suite *suite = suite_create("inputs");
    TCase *tcase = tcase_create("inputs");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_field_is_right_or_named_with_a_remedy, 0, ARRAY_LEN(rows));
    tcase_add_loop_test(tcase, a_body_is_judged_as_a_whole, 0, ARRAY_LEN(bodies));
    tcase_add_test(tcase, names_are_known_and_listed);
    tcase_add_test(tcase, without_inputs_every_field_is_taken);
    tcase_add_test(tcase, long_lists_and_long_values_are_cut);
    suite_add_tcase(suite, tcase);
    return suite;
}
