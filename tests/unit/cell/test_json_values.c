/* JSON as agents read it: what each accessor gives for each kind of value, and the limits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell/json_values.h"
#include "core/attr.h"
#include "core/span.h"
#include "rig.h"
#include "suites.h"

static const struct agenthost_json *const json = &JSON_VALUES_EXTENSION;
static const struct agenthost_host host;

static struct agenthost_text text_of(const char *text)
{
    return (struct agenthost_text){text, strlen(text)};
}

static void expect_text(struct agenthost_text text, const char *expected)
{
    ck_assert_uint_eq(text.len, strlen(expected));
    ck_assert(text.len == 0 || memcmp(text.data, expected, text.len) == 0);
}

static const struct {
    const char *text;
    enum agenthost_json_type type;
    size_t count;
    const char *string;
    int64_t integer; /* -7 for what is none */
    double number;
    bool boolean; /* true for what is none */
} values[] = {
    {"\"Grüße\\n\"", AGENTHOST_JSON_STRING, 0, "Grüße\n", -7, -7, true},
    {"\"\"", AGENTHOST_JSON_STRING, 0, "", -7, -7, true},
    {" 42 ", AGENTHOST_JSON_INTEGER, 0, "", 42, 42, true},
    {"-9223372036854775808", AGENTHOST_JSON_INTEGER, 0, "", INT64_MIN, -0x1p63, true},
    {"9223372036854775807", AGENTHOST_JSON_INTEGER, 0, "", INT64_MAX, 0x1p63, true},
    {"9223372036854775808", AGENTHOST_JSON_NUMBER, 0, "", -7, 0x1p63, true},
    {"1.5", AGENTHOST_JSON_NUMBER, 0, "", -7, 1.5, true},
    {"1e2", AGENTHOST_JSON_NUMBER, 0, "", -7, 100, true},
    {"true", AGENTHOST_JSON_BOOLEAN, 0, "", -7, -7, true},
    {"false", AGENTHOST_JSON_BOOLEAN, 0, "", -7, -7, false},
    {"[]", AGENTHOST_JSON_ARRAY, 0, "", -7, -7, true},
    {"[1,null,{}]", AGENTHOST_JSON_ARRAY, 3, "", -7, -7, true},
    {"{}", AGENTHOST_JSON_OBJECT, 0, "", -7, -7, true},
    {"{\"a\":1,\"b\":null}", AGENTHOST_JSON_OBJECT, 2, "", -7, -7, true},
};

START_TEST(a_value_is_what_it_is_and_nothing_else)
{
    struct agenthost_text error;
    const struct agenthost_json_value *value = json->parse(&host, text_of(values[_i].text), &error);
    ck_assert_ptr_nonnull(value);
    expect_text(error, "");
    ck_assert_int_eq(json->type(&host, value), values[_i].type);
    ck_assert_uint_eq(json->count(&host, value), values[_i].count);
    expect_text(json->string(&host, value), values[_i].string);
    ck_assert_int_eq(json->integer(&host, value, -7), values[_i].integer);
    ck_assert_double_eq(json->number(&host, value, -7), values[_i].number);
    ck_assert_int_eq(json->boolean(&host, value, true), values[_i].boolean);
    json_values_begin_call();
}
END_TEST

START_TEST(what_is_not_there_is_absent_all_the_way)
{
    struct agenthost_text name = text_of("old");
    ck_assert_int_eq(json->type(&host, NULL), AGENTHOST_JSON_ABSENT);
    ck_assert_uint_eq(json->count(&host, NULL), 0);
    ck_assert_ptr_null(json->member(&host, NULL, text_of("a")));
    ck_assert_ptr_null(json->at(&host, NULL, 0, &name));
    expect_text(name, "");
    expect_text(json->string(&host, NULL), "");
    ck_assert_int_eq(json->integer(&host, NULL, 5), 5);
    ck_assert_double_eq(json->number(&host, NULL, 0.5), 0.5);
    ck_assert(!json->boolean(&host, NULL, false));
}
END_TEST

START_TEST(members_and_elements_are_found_by_name_and_place)
{
    struct agenthost_text name;
    const struct agenthost_json_value *root =
        json->parse(&host, text_of("{\"b\":{\"c\":[10,null,\"x\"]},\"a\":null,\"\":7}"), NULL);
    const struct agenthost_json_value *list =
        json->member(&host, json->member(&host, root, text_of("b")), text_of("c"));
    ck_assert_int_eq(json->integer(&host, json->at(&host, list, 0, &name), -1), 10);
    expect_text(name, "");
    ck_assert_ptr_null(json->at(&host, list, 1, NULL));
    expect_text(json->string(&host, json->at(&host, list, 2, NULL)), "x");
    ck_assert_ptr_null(json->at(&host, list, 3, NULL));
    ck_assert_ptr_null(json->at(&host, list, SIZE_MAX, NULL));
    ck_assert_ptr_null(json->member(&host, list, text_of("c")));
    ck_assert_ptr_nonnull(json->at(&host, root, 0, &name));
    expect_text(name, "b");
    ck_assert_ptr_null(json->at(&host, root, 1, &name));
    expect_text(name, "a");
    ck_assert_int_eq(json->integer(&host, json->at(&host, root, 2, &name), -1), 7);
    expect_text(name, "");
    ck_assert_int_eq(
        json->integer(&host, json->member(&host, root, (struct agenthost_text){NULL, 0}), -1), 7);
    ck_assert_ptr_null(json->member(&host, root, text_of("B")));
    ck_assert_ptr_null(json->member(&host, root, (struct agenthost_text){"b\0x", 3}));
    json_values_begin_call();
}
END_TEST

static const struct {
    const char *text, *error;
} refused[] = {
    {"", "1:1"},
    {"null", "the text is null"},
    {"{\"a\":1,\"a\":2}", "1:"},
    {"[1,]", "1:3"},
    {"[1] x", "1:5"},
    {"NaN", "1:"},
    {"\"\xff\"", "1:"},
    {"\"\\u0000\"", "1:"},
    {"/* */ 1", "1:1"},
};

START_TEST(what_is_no_strict_json_is_refused_with_its_place)
{
    struct agenthost_text error;
    ck_assert_ptr_null(json->parse(&host, text_of(refused[_i].text), &error));
    ck_assert_ptr_nonnull(error.data);
    ck_assert_msg(strstr(error.data, refused[_i].error) != NULL, "%s: %s", refused[_i].text,
                  error.data);
    ck_assert_uint_eq(error.len, strlen(error.data));
}
END_TEST

START_TEST(texts_have_a_maximum_in_bytes_and_in_number)
{
    struct agenthost_text error;
    char *big = malloc(JSON_VALUES_BYTES_MAX + 1);
    ck_assert_ptr_nonnull(big);
    memset(big, ' ', JSON_VALUES_BYTES_MAX + 1);
    big[0] = '1';
    ck_assert_ptr_nonnull(
        json->parse(&host, (struct agenthost_text){big, JSON_VALUES_BYTES_MAX}, &error));
    ck_assert_ptr_null(
        json->parse(&host, (struct agenthost_text){big, JSON_VALUES_BYTES_MAX + 1}, &error));
    ck_assert_str_eq(error.data, "the text has 8388609 bytes, over 8388608");
    free(big);
    for (int i = 1; i < JSON_VALUES_TEXTS_MAX; i++) {
        ck_assert_ptr_nonnull(json->parse(&host, text_of("[1]"), &error));
    }
    ck_assert_ptr_null(json->parse(&host, text_of("[1]"), &error));
    ck_assert_str_eq(error.data, "over 64 texts in one call");
    json_values_begin_call();
    ck_assert_ptr_nonnull(json->parse(&host, text_of("[1]"), &error));
    json_values_begin_call();
}
END_TEST

START_TEST(names_of_1023_bytes_are_found_and_longer_ones_not)
{
    for (size_t len = 1023; len <= 1024; len++) {
        char name[1025], text[1100];
        memset(name, 'n', len);
        name[len] = '\0';
        (void)snprintf(text, sizeof(text), "{\"%s\":7}", name);
        const struct agenthost_json_value *root = json->parse(&host, text_of(text), NULL);
        ck_assert_int_eq(json->integer(&host, json->member(&host, root, text_of(name)), -1),
                         len == 1023 ? 7 : -1);
    }
    json_values_begin_call();
}
END_TEST

Suite *suite_json_values(void)
{
    Suite *suite = suite_create("json values");
    TCase *tcase = tcase_create("json values");
    tcase_add_loop_test(tcase, a_value_is_what_it_is_and_nothing_else, 0, ARRAY_LEN(values));
    tcase_add_test(tcase, what_is_not_there_is_absent_all_the_way);
    tcase_add_test(tcase, members_and_elements_are_found_by_name_and_place);
    tcase_add_loop_test(tcase, what_is_no_strict_json_is_refused_with_its_place, 0,
                        ARRAY_LEN(refused));
    tcase_add_test(tcase, texts_have_a_maximum_in_bytes_and_in_number);
    tcase_add_test(tcase, names_of_1023_bytes_are_found_and_longer_ones_not);
    suite_add_tcase(suite, tcase);
    return suite;
}
