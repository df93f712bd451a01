/* The host's check of facts as agents get it: what it cannot judge, and how much it tells. */
#include <stdio.h>
#include <stdlib.h>

#include "cell/facts.h"
#include "core/sbuf.h"
#include "kit.h"

#define TEXT_BYTES_MAX (512 * 1024)
#define CLAIMS_MAX 64

static char *chart;
static unsigned told;

static void setup(void)
{
    chart = kit_chart("apollo-11");
    told = 0;
    facts_begin_call();
}

static void teardown(void)
{
    free(chart);
}

static void on_claim(void *ctx, struct agenthost_text kind, struct agenthost_text quote)
{
    (void)ctx;
    ck_assert_uint_gt(kind.len, 0);
    ck_assert_uint_gt(quote.len, 0);
    told++;
}

static int32_t check(const char *of_chart, struct span text)
{
    struct agenthost_text given = {of_chart, strlen(of_chart)};
    return FACTS_EXTENSION.check(NULL, given, (struct agenthost_text){text.data, text.len},
                                 on_claim, NULL);
}

static int32_t check_of_length(size_t len)
{
    char *text = malloc(len);
    ck_assert_ptr_nonnull(text);
    memset(text, ' ', len);
    int32_t count = check(chart, (struct span){text, len});
    free(text);
    return count;
}

START_TEST(the_last_check_of_a_call_counts)
{
    ck_assert_int_eq(facts_found(), WIRE_FACTS_UNCHECKED);
    ck_assert_int_eq(check(chart, SPAN_LITERAL("Tor 34 wirkt.")), 0);
    ck_assert_int_eq(facts_found(), WIRE_FACTS_PASSED);
    ck_assert_int_eq(check(chart, SPAN_LITERAL("Tor 20 wirkt.")), 1);
    ck_assert_uint_eq(told, 1);
    ck_assert_int_eq(facts_found(), WIRE_FACTS_FAILED);
    ck_assert_int_eq(check("{}", SPAN_LITERAL("Tor 34 wirkt.")), -1);
    ck_assert_int_eq(facts_found(), WIRE_FACTS_UNCHECKED);
    ck_assert_int_eq(check(chart, SPAN_LITERAL("")), 0);
    facts_begin_call();
    ck_assert_int_eq(facts_found(), WIRE_FACTS_UNCHECKED);
}
END_TEST

START_TEST(what_cannot_be_judged_is_said)
{
    ck_assert_int_eq(check("", SPAN_LITERAL("Tor 34")), -1);
    ck_assert_int_eq(check("[", SPAN_LITERAL("Tor 34")), -1);
    ck_assert_int_eq(check("[]", SPAN_LITERAL("Tor 34")), -1);
    ck_assert_int_eq(check(chart, SPAN_LITERAL("Tor 34 \xff")), -1);
    ck_assert_int_eq(check_of_length(TEXT_BYTES_MAX), 0);
    ck_assert_int_eq(check_of_length(TEXT_BYTES_MAX + 1), -1);
    ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(no_more_than_so_many_claims_are_told)
{
    struct sbuf text;
    sbuf_init(&text, 4096);
    for (int i = 0; i < CLAIMS_MAX + 1; i++) {
        sbuf_puts(&text, "Tor 20. ");
    }
    ck_assert_int_eq(check(chart, sbuf_as_span(&text)), CLAIMS_MAX);
    ck_assert_uint_eq(told, CLAIMS_MAX);
    ck_assert_int_eq(facts_found(), WIRE_FACTS_FAILED);
    sbuf_fini(&text);
}
END_TEST

Suite *suite_facts(void)
{
    Suite *suite = suite_create("facts");
    TCase *tcase = tcase_create("facts");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_last_check_of_a_call_counts);
    tcase_add_test(tcase, what_cannot_be_judged_is_said);
    tcase_add_test(tcase, no_more_than_so_many_claims_are_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
