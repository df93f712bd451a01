/* Charts are kept under the name of their text, and come back as the same text. */
#include "test_store.h"

#include "opened.h"

/* Key order, spacing, numbers and escapes that a database might like to write otherwise. */
#define CHART                                                                                      \
    "{ \"type\" : "                                                                                \
    "\"Generator\",\"profile\":\"1/3\",\n\"b\":1.50,\"a\":1e2,\"engine\":\"e\\u00e9\","            \
    "\"incarnationCross\":{\"name\":\"Y\"}}"

static struct store_chart chart_of(char ret_id[HASH_UUID_BYTES])
{
    struct store_chart chart = {
        .id = ret_id,
        .chart = SPAN_LITERAL(CHART),
        .user_id = "user-1",
        .birth = SPAN_LITERAL("{\"birthDate\":\"1969-07-20\",\"birthTime\":\"20:17\","
                              "\"birthPlace\":{\"name\":\"X\"}}"),
    };
    store_chart_id(chart.chart, ret_id);
    return chart;
}

START_TEST(chart_comes_back_as_the_text_that_was_put)
{
    char id[HASH_UUID_BYTES], again[HASH_UUID_BYTES];
    struct store_chart chart = chart_of(id);
    ck_assert(put_chart(&fixture, &chart).is_applied);
    struct answer answer = get_chart(&fixture, id);
    ck_assert_str_eq(answer.text, CHART);
    store_chart_id(span_of(answer.text), again);
    ck_assert_str_eq(again, id);
}
END_TEST

START_TEST(absent_chart_is_not_found)
{
    struct answer answer = get_chart(&fixture, READING);
    ck_assert_int_eq(answer.err.kind, ERR_NOT_FOUND);
    ck_assert_str_eq(answer.err.text, "there is no chart '" READING "'");
    ck_assert_int_eq(get_chart(&fixture, "no uuid").err.kind, ERR_NOT_FOUND);
    ck_assert(store_is_up(fixture.store));
}
END_TEST

START_TEST(columns_are_filled_from_chart_and_birth)
{
    char id[HASH_UUID_BYTES];
    struct store_chart chart = chart_of(id);
    ck_assert(put_chart(&fixture, &chart).is_applied);
    ck_assert_str_eq(other_ask(other, "SELECT type || profile || calculation_engine || user_id"
                                      " || birth_date || birth_time || birth_place ||"
                                      " incarnation_cross || chart_version FROM charts"),
                     "Generator1/3e\u00e9user-11969-07-2020:17{\"name\":\"X\"}{\"name\":\"Y\"}1");
}
END_TEST

START_TEST(chart_without_user_and_birth_is_kept)
{
    char id[HASH_UUID_BYTES];
    struct store_chart chart = chart_of(id);
    chart.user_id = NULL;
    chart.birth = (struct span){NULL, 0};
    ck_assert(put_chart(&fixture, &chart).is_applied);
    ck_assert_str_eq(other_ask(other, "SELECT user_id IS NULL AND birth_date IS NULL AND"
                                      " birth_place IS NULL FROM charts"),
                     "1");
}
END_TEST

START_TEST(same_chart_is_one_row_whoever_puts_it)
{
    char id[HASH_UUID_BYTES];
    struct store_chart chart = chart_of(id);
    ck_assert(put_chart(&fixture, &chart).is_applied);
    chart.user_id = "user-2";
    ck_assert(put_chart(&fixture, &chart).is_applied);
    begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL);
    processing(&fixture, JOB_A, 1);
    struct answer answer = {.has_come = false};
    struct store_complete complete = {.key = key_of(JOB_A, 1),
                                      .content = SPAN_LITERAL("{}"),
                                      .return_value = SPAN_LITERAL("{}"),
                                      .chart = chart.chart,
                                      .outcome = "completed"};
    store_complete(fixture.store, &complete, answer_write, &answer);
    run_until(&fixture, &answer.has_come);
    ck_assert(answer.is_applied);
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM charts"), "1");
    ck_assert_str_eq(other_ask(other, "SELECT user_id FROM charts"), "user-1");
    ck_assert_str_eq(other_ask(other, "SELECT chart_id FROM reading_versions"), id);
}
END_TEST

Suite *chart_suite(void)
{
    Suite *suite = suite_create("chart");
    TCase *tcase = tcase_create("chart");
    tcase_add_checked_fixture(tcase, opened_setup, opened_teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, chart_comes_back_as_the_text_that_was_put);
    tcase_add_test(tcase, absent_chart_is_not_found);
    tcase_add_test(tcase, columns_are_filled_from_chart_and_birth);
    tcase_add_test(tcase, chart_without_user_and_birth_is_kept);
    tcase_add_test(tcase, same_chart_is_one_row_whoever_puts_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
