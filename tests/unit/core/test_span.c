/* Counted text: comparing, and which bytes are UTF-8. */
#include "core/attr.h"
#include "core/span.h"
#include "suites.h"

START_TEST(span_compares_bytes_not_pointers)
{
    ck_assert(span_is((struct span){"abcd", 3}, "abc"));
    ck_assert(!span_is((struct span){"abcd", 4}, "abc"));
    ck_assert(span_is((struct span){NULL, 0}, ""));
    ck_assert(span_equals(span_of(NULL), span_of("")));
}
END_TEST

static const struct {
    struct span text;
    size_t valid;
} utf8_rows[] = {
    {{"abc", 3}, 3},
    {{"\xc3\xa4", 2}, 2},
    {{"a\xc3", 2}, 1},            /* cut */
    {{"\xe2\x82\xac", 3}, 3},     /* euro sign */
    {{"\xf0\x9f\x98\x80", 4}, 4}, /* beyond the basic plane */
    {{"\xc0\x80", 2}, 0},         /* overlong */
    {{"\xe0\x80\x80", 3}, 0},     /* overlong */
    {{"\xed\xa0\x80", 3}, 0},     /* surrogate */
    {{"\xf4\x90\x80\x80", 4}, 0}, /* above U+10FFFF */
    {{"\xf8\x88\x80\x80\x80", 5}, 0},
    {{"ab\x80", 3}, 2}, /* stray continuation */
    {{"\xc3(", 2}, 0},
    {{"a\0b", 3}, 3},
};

START_TEST(span_utf8_len_stops_at_the_first_bad_byte)
{
    ck_assert_uint_eq(span_utf8_len(utf8_rows[_i].text), utf8_rows[_i].valid);
    ck_assert_int_eq(span_is_utf8(utf8_rows[_i].text),
                     utf8_rows[_i].valid == utf8_rows[_i].text.len);
}
END_TEST

Suite *suite_span(void)
{
    Suite *suite = suite_create("span");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, span_compares_bytes_not_pointers);
    tcase_add_loop_test(tests, span_utf8_len_stops_at_the_first_bad_byte, 0,
                        (int)ARRAY_LEN(utf8_rows));
    suite_add_tcase(suite, tests);
    return suite;
}
