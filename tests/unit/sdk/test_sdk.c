/* The parts of the SDK's programs that need no cell; here which imports are taken, and what answers
 * are made up. */
#include <check.h>
#include <stdlib.h>

#include "core/attr.h"
#include "imports.h"
#include "mutate.h"
#include "test_sdk.h"

static const struct {
    const char *name;
    enum import_verdict verdict;
} rows[] = {
    {"memcpy", IMPORT_ALLOWED},
    {"snprintf", IMPORT_ALLOWED},
    {"__snprintf_chk", IMPORT_ALLOWED},
    {"json_object_put", IMPORT_ALLOWED},
    {"_ZdlPv", IMPORT_ALLOWED},
    {"pthread_mutex_lock", IMPORT_ALLOWED},
    {"cos", IMPORT_ALLOWED},
    {"pthread_create", IMPORT_FORBIDDEN},
    {"atexit", IMPORT_FORBIDDEN},
    {"signal", IMPORT_FORBIDDEN},
    {"socket", IMPORT_FORBIDDEN},
    {"time", IMPORT_FORBIDDEN},
    {"__cxa_atexit", IMPORT_FORBIDDEN},
    {"open64", IMPORT_FORBIDDEN},
    {"co", IMPORT_UNKNOWN},
    {"socketpai", IMPORT_UNKNOWN},
    {"curl_easy_perform", IMPORT_UNKNOWN},
    {"__chk", IMPORT_UNKNOWN},
};

START_TEST(judges_an_import)
{
    const char *why = NULL;
    ck_assert_int_eq(import_judge(rows[_i].name, &why), rows[_i].verdict);
    ck_assert_int_eq(why != NULL, rows[_i].verdict == IMPORT_FORBIDDEN);
}
END_TEST

START_TEST(a_seed_gives_the_same_answers_within_the_limit)
{
    uint64_t one = 7, other = 7;
    bool is_varied = false;
    for (int i = 0; i < 500; i++) {
        struct sbuf a, b;
        sbuf_init(&a, 20000);
        sbuf_init(&b, 20000);
        mutate(&one, SPAN_LITERAL("## 1. Title\n\nText.\n"), 10000, &a);
        mutate(&other, SPAN_LITERAL("## 1. Title\n\nText.\n"), 10000, &b);
        ck_assert(span_equals(sbuf_as_span(&a), sbuf_as_span(&b)));
        ck_assert_uint_le(a.len, 10000);
        is_varied = is_varied || a.len > 5000;
        sbuf_fini(&a);
        sbuf_fini(&b);
    }
    ck_assert(is_varied);
}
END_TEST

START_TEST(an_empty_answer_can_be_changed)
{
    uint64_t state = 1;
    for (int i = 0; i < 200; i++) {
        struct sbuf out;
        sbuf_init(&out, 10000);
        mutate(&state, (struct span){"", 0}, 10000, &out);
        ck_assert(!out.is_failed);
        sbuf_fini(&out);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sdk");
    TCase *tcase = tcase_create("sdk");
    tcase_add_loop_test(tcase, judges_an_import, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, a_seed_gives_the_same_answers_within_the_limit);
    tcase_add_test(tcase, an_empty_answer_can_be_changed);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, difference_case());
    suite_add_tcase(suite, findings_case());
    suite_add_tcase(suite, job_file_case());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
