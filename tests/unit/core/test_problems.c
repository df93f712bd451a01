/* Wrong fields, collected. */
#include <string.h>

#include "core/json.h"
#include "core/problems.h"
#include "suites.h"

static struct json_object *fields_of(struct problems *problems)
{
    struct json_object *fields = NULL;
    sbuf_putc(&problems->fields, ']');
    ck_assert(json_parse(sbuf_as_span(&problems->fields), &fields, NULL));
    return fields;
}

START_TEST(the_first_is_kept_apart_and_all_are_listed)
{
    struct problems problems;
    problems_init(&problems);
    problems_add(&problems, "style", "is '%s'", "\"rau\"");
    problems_add(&problems, "depth", "is missing");
    ck_assert_uint_eq(problems.count, 2);
    ck_assert_str_eq(problems.field, "style");
    ck_assert_str_eq(problems.remedy, "is '\"rau\"'");
    struct json_object *fields = fields_of(&problems);
    ck_assert_uint_eq(json_object_array_length(fields), 2);
    struct span text;
    ck_assert(json_get_text(json_object_array_get_idx(fields, 1), "field", &text));
    ck_assert(span_is(text, "depth"));
    json_object_put(fields);
    problems_fini(&problems);
}
END_TEST

START_TEST(too_many_are_counted_and_the_longest_fit)
{
    struct problems problems;
    char worst[1000];
    memset(worst, 1, sizeof(worst) - 1); /* the dearest to escape */
    worst[sizeof(worst) - 1] = '\0';
    problems_init(&problems);
    for (unsigned i = 0; i < PROBLEMS_MAX + 5; i++) {
        problems_add(&problems, worst, "%s", worst);
    }
    ck_assert_uint_eq(problems.count, PROBLEMS_MAX + 5);
    ck_assert(!problems.fields.is_failed);
    struct json_object *fields = fields_of(&problems);
    ck_assert_uint_eq(json_object_array_length(fields), PROBLEMS_MAX);
    json_object_put(fields);
    problems_fini(&problems);
}
END_TEST

START_TEST(a_cut_leaves_no_half_character)
{
    struct problems problems;
    struct sbuf text;
    sbuf_init(&text, PROBLEM_REMEDY_BYTES_MAX * 2);
    while (text.len < PROBLEM_REMEDY_BYTES_MAX) {
        sbuf_puts(&text, "ä");
    }
    problems_init(&problems);
    problems_add(&problems, "context", "%s", text.data);
    ck_assert(span_is_utf8(span_of(problems.remedy)));
    ck_assert_uint_ge(strlen(problems.remedy), PROBLEM_REMEDY_BYTES_MAX - 2);
    sbuf_fini(&text);
    problems_fini(&problems);
}
END_TEST

Suite *suite_problems(void)
{
    Suite *suite = suite_create("problems");
    TCase *tcase = tcase_create("problems");
    tcase_add_test(tcase, the_first_is_kept_apart_and_all_are_listed);
    tcase_add_test(tcase, too_many_are_counted_and_the_longest_fit);
    tcase_add_test(tcase, a_cut_leaves_no_half_character);
    suite_add_tcase(suite, tcase);
    return suite;
}
