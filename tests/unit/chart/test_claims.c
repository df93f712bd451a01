/* True and false statements on eight charts: of the false ones nearly all are found, of the true
 * ones none is refused. docs/measurements/0003-claims.md tells how the rules did on statements that
 * they had not seen. */
#include "test_chart.h"

#include <stdio.h>
#include <string.h>

#include "chart/claims.h"
#include "claims_corpus.h"
#include "core/arena.h"
#include "core/attr.h"

#define STATEMENTS_MIN 1500
#define FALSE_FOUND_MIN 0.98

static const char *const charts_folders[] = {TEST_EXAMPLE_CHARTS_PATH, TEST_CLAIMS_CHARTS_PATH,
                                             NULL};

START_TEST(false_statements_are_found_and_true_ones_left_alone)
{
    struct claims_score score = {0};
    claims_corpus_judge(TEST_CLAIMS_PATH, charts_folders, true, &score);
    struct claims_tally all = claims_corpus_sum(&score);
    printf("%u of %u false statements found, %u of %u true ones refused\n", all.false_found,
           all.false_count, all.true_refused, all.true_count);
    ck_assert_uint_ge(all.true_count + all.false_count, STATEMENTS_MIN);
    ck_assert_uint_eq(all.true_refused, 0);
    ck_assert(all.false_found >= FALSE_FOUND_MIN * all.false_count);
}
END_TEST

/* Each quote is what a correction can show: the words that make the claim. */
static const struct quote_row {
    const char *text, *quotes;
} quote_rows[] = {
    {"Tor 34 und Tor 35 wirken.", ""},
    {"Tor 34, 36 und 35 wirken.", "36"},
    {"Dein Kanal 20-34 und der offene Kopf.", "Kanal 20-34"},
    {"Als **Projektor** mit *emotionaler* Autorität.", "Projektor|emotionaler* Autorität"},
    {"", ""},
    {"\n\n..;;--//((", ""},
    {"Tor", ""},
    {"Tor 99999999999999999999", "Tor 99999999999999999999"},
};

START_TEST(claims_are_quoted_in_the_order_of_the_text)
{
    const struct quote_row *row = &quote_rows[_i];
    struct claims_chart chart;
    struct claim claims[8];
    size_t count = 0;
    char quotes[256] = "";
    struct arena *arena = arena_create(1 << 20);
    claims_corpus_chart(charts_folders, "apollo-11", &chart);
    ck_assert(claims_find(&chart, span_of(row->text), arena, claims, ARRAY_LEN(claims), &count));
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(quotes + strlen(quotes), sizeof(quotes) - strlen(quotes), "%s%.*s",
                       i > 0 ? "|" : "", (int)claims[i].quote.len, claims[i].quote.data);
    }
    ck_assert_str_eq(quotes, row->quotes);
    arena_destroy(&arena);
}
END_TEST

START_TEST(more_claims_than_asked_for_are_left_out)
{
    struct claims_chart chart;
    struct claim claims[2];
    size_t count = 0;
    struct arena *arena = arena_create(1 << 20);
    claims_corpus_chart(charts_folders, "apollo-11", &chart);
    ck_assert(claims_find(&chart, SPAN_LITERAL("Tor 1, 2, 4, 7"), arena, claims, 2, &count));
    ck_assert_uint_eq(count, 2);
    arena_destroy(&arena);
}
END_TEST

START_TEST(full_arena_is_said)
{
    struct claims_chart chart;
    struct claim claim;
    size_t count = 0;
    struct arena *arena = arena_create(4096);
    claims_corpus_chart(charts_folders, "apollo-11", &chart);
    ck_assert(!claims_find(&chart, SPAN_LITERAL("Tor 34"), arena, &claim, 1, &count));
    arena_destroy(&arena);
}
END_TEST

Suite *claims_suite(void)
{
    Suite *suite = suite_create("claims");
    TCase *tcase = tcase_create("statements");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, false_statements_are_found_and_true_ones_left_alone);
    tcase_add_loop_test(tcase, claims_are_quoted_in_the_order_of_the_text, 0,
                        ARRAY_LEN(quote_rows));
    tcase_add_test(tcase, more_claims_than_asked_for_are_left_out);
    tcase_add_test(tcase, full_arena_is_said);
    suite_add_tcase(suite, tcase);
    return suite;
}
