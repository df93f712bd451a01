/* Growing texts: the sticky error, JSON strings, taking from the front. */
#include <stdlib.h>
#include <string.h>

#include "core/sbuf.h"
#include "suites.h"

START_TEST(sbuf_is_terminated_from_the_start)
{
    struct sbuf text;
    sbuf_init(&text, 100);
    ck_assert_str_eq(text.data, "");
    sbuf_puts(&text, "a");
    sbuf_printf(&text, "%d", 12);
    sbuf_putc(&text, '!');
    ck_assert_str_eq(text.data, "a12!");
    ck_assert_uint_eq(text.len, 4);
    sbuf_fini(&text);
    ck_assert_str_eq(text.data, "");
}
END_TEST

START_TEST(sbuf_error_is_sticky)
{
    struct sbuf text;
    sbuf_init(&text, 5);
    sbuf_puts(&text, "abcde");
    ck_assert(!text.is_failed);
    sbuf_puts(&text, "f");
    ck_assert(text.is_failed);
    sbuf_puts(&text, "");
    sbuf_printf(&text, "%s", "g");
    ck_assert_str_eq(text.data, "abcde");
    ck_assert_ptr_null(sbuf_steal(&text));
    sbuf_clear(&text);
    ck_assert(!text.is_failed);
    sbuf_puts(&text, "xyz");
    ck_assert_str_eq(text.data, "xyz");
    sbuf_fini(&text);
}
END_TEST

START_TEST(sbuf_json_strings_are_always_valid)
{
    static const struct {
        struct span in;
        const char *out;
    } rows[] = {
        {{"", 0}, "\"\""},
        {{"a\"b\\c/d", 7}, "\"a\\\"b\\\\c/d\""},
        {{"\n\r\t\x01\x1f", 5}, "\"\\n\\r\\t\\u0001\\u001f\""},
        {{"a\0b", 3}, "\"a\\u0000b\""},
        {{"\xc3\xa4", 2}, "\"\xc3\xa4\""},
        {{"x\xff\xc3", 3}, "\"x\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sbuf text;
        sbuf_init(&text, 100);
        sbuf_json_string(&text, rows[i].in);
        ck_assert_str_eq(text.data, rows[i].out);
        sbuf_fini(&text);
    }
}
END_TEST

START_TEST(sbuf_consume_and_steal_hand_text_on)
{
    struct sbuf text;
    sbuf_init(&text, 1000);
    sbuf_consume(&text, 0);
    for (int i = 0; i < 100; i++) {
        sbuf_puts(&text, "0123456789");
    }
    sbuf_consume(&text, 995);
    ck_assert_str_eq(text.data, "56789");
    char *stolen = sbuf_steal(&text);
    ck_assert_str_eq(stolen, "56789");
    ck_assert_uint_eq(text.len, 0);
    free(stolen);
    stolen = sbuf_steal(&text);
    ck_assert_str_eq(stolen, "");
    free(stolen);
    sbuf_fini(&text);
}
END_TEST

Suite *suite_sbuf(void)
{
    Suite *suite = suite_create("sbuf");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, sbuf_is_terminated_from_the_start);
    tcase_add_test(tests, sbuf_error_is_sticky);
    tcase_add_test(tests, sbuf_json_strings_are_always_valid);
    tcase_add_test(tests, sbuf_consume_and_steal_hand_text_on);
    suite_add_tcase(suite, tests);
    return suite;
}
