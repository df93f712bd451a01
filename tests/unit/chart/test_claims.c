/* True and false statements on four charts: of the false ones nearly all are found, of the true
 * ones none is refused. docs/measurements/0003-claims.md tells how the rules did on statements that
 * they had not seen. */
#include "test_chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart/claims.h"
#include "core/arena.h"
#include "core/attr.h"
#include "core/json.h"

#define STATEMENTS_MAX 2000
#define STATEMENTS_MIN 1000
#define FALSE_FOUND_MIN 0.98

struct statement {
    char chart[32];
    bool is_true;
    char text[512];
};

static struct statement statements[STATEMENTS_MAX];
static size_t statements_count;

static void statement_load(char *line)
{
    char *truth = strchr(line, '\t');
    char *text = truth != NULL ? strchr(truth + 1, '\t') : NULL;
    ck_assert_msg(text != NULL, "not chart, truth and text: %s", line);
    *truth++ = *text++ = '\0';
    bool is_true = strcmp(truth, "true") == 0;
    ck_assert_msg(is_true || strcmp(truth, "false") == 0, "neither true nor false: %s", truth);
    ck_assert_uint_lt(statements_count, STATEMENTS_MAX);
    struct statement *statement = &statements[statements_count++];
    statement->is_true = is_true;
    ck_assert_uint_lt(strlen(line), sizeof(statement->chart));
    ck_assert_uint_lt(strlen(text), sizeof(statement->text));
    memcpy(statement->chart, line, strlen(line) + 1);
    memcpy(statement->text, text, strlen(text) + 1);
}

static void statements_load(void)
{
    char line[1024];
    FILE *file = fopen(TEST_CLAIMS_PATH, "re");
    ck_assert_msg(file != NULL, "%s", TEST_CLAIMS_PATH);
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#') {
            statement_load(line);
        }
    }
    ck_assert_int_eq(fclose(file), 0);
}

static void chart_load(const char *name, struct json_object **ret_file, struct claims_chart *ret)
{
    static char text[64 * 1024];
    char path[512];
    struct err err;
    (void)snprintf(path, sizeof(path), "%s/%s.json", TEST_EXAMPLE_CHARTS_PATH, name);
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "%s", path);
    size_t len = fread(text, 1, sizeof(text), file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_msg(json_parse((struct span){text, len}, ret_file, &err), "%s", err.text);
    ck_assert(claims_chart_read(json_get(*ret_file, "chart"), ret));
}

static bool is_refused(const struct statement *statement, struct claim *ret_claim)
{
    struct json_object *file = NULL;
    struct claims_chart chart;
    struct arena *arena = arena_create(1 << 20);
    size_t count = 0;
    chart_load(statement->chart, &file, &chart);
    ck_assert(claims_find(&chart, span_of(statement->text), arena, ret_claim, 1, &count));
    arena_destroy(&arena);
    json_object_put(file);
    return count > 0;
}

START_TEST(false_statements_are_found_and_true_ones_left_alone)
{
    unsigned false_count = 0, false_found = 0, true_refused = 0;
    statements_load();
    for (size_t i = 0; i < statements_count; i++) {
        const struct statement *statement = &statements[i];
        struct claim claim;
        bool refused = is_refused(statement, &claim);
        false_count += !statement->is_true;
        false_found += !statement->is_true && refused;
        true_refused += statement->is_true && refused;
        if (statement->is_true && refused) {
            printf("true, refused (%s '%.*s'): %s: %s\n", claim_kind_name(claim.kind),
                   (int)claim.quote.len, claim.quote.data, statement->chart, statement->text);
        } else if (!statement->is_true && !refused) {
            printf("false, not found: %s: %s\n", statement->chart, statement->text);
        }
    }
    printf("%u of %u false statements found, %u of %zu true ones refused\n", false_found,
           false_count, true_refused, statements_count - false_count);
    ck_assert_uint_ge(statements_count, STATEMENTS_MIN);
    ck_assert_uint_eq(true_refused, 0);
    ck_assert(false_found >= FALSE_FOUND_MIN * false_count);
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
    struct json_object *file = NULL;
    struct claims_chart chart;
    struct claim claims[8];
    size_t count = 0;
    char quotes[256] = "";
    struct arena *arena = arena_create(1 << 20);
    chart_load("apollo-11", &file, &chart);
    ck_assert(claims_find(&chart, span_of(row->text), arena, claims, ARRAY_LEN(claims), &count));
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(quotes + strlen(quotes), sizeof(quotes) - strlen(quotes), "%s%.*s",
                       i > 0 ? "|" : "", (int)claims[i].quote.len, claims[i].quote.data);
    }
    ck_assert_str_eq(quotes, row->quotes);
    arena_destroy(&arena);
    json_object_put(file);
}
END_TEST

START_TEST(more_claims_than_asked_for_are_left_out)
{
    struct json_object *file = NULL;
    struct claims_chart chart;
    struct claim claims[2];
    size_t count = 0;
    struct arena *arena = arena_create(1 << 20);
    chart_load("apollo-11", &file, &chart);
    ck_assert(claims_find(&chart, SPAN_LITERAL("Tor 1, 2, 4, 7"), arena, claims, 2, &count));
    ck_assert_uint_eq(count, 2);
    arena_destroy(&arena);
    json_object_put(file);
}
END_TEST

START_TEST(full_arena_is_said)
{
    struct json_object *file = NULL;
    struct claims_chart chart;
    struct claim claim;
    size_t count = 0;
    struct arena *arena = arena_create(4096);
    chart_load("apollo-11", &file, &chart);
    ck_assert(!claims_find(&chart, SPAN_LITERAL("Tor 34"), arena, &claim, 1, &count));
    arena_destroy(&arena);
    json_object_put(file);
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
