/* Where two texts begin to differ, and what is shown of them. */
#include "core/attr.h"
#include "difference.h"
#include "test_sdk.h"

#define TEN "0123456789"
#define FORTY TEN TEN TEN TEN
#define HUNDRED FORTY FORTY TEN TEN

static const struct {
    const char *expected, *got;
    unsigned line;
    const char *says_expected, *says_got;
} rows[] = {
    {"I am calm.\n", "I am glad.\n", 1, "'I am calm.'", "'I am glad.'"},
    {"one\ntwo\nthree\n", "one\ntwo\n3\n", 3, "'three'", "'3'"},
    {"", "one", 1, "no more", "'one'"},
    {"one\n", "one\ntwo\n", 2, "no more", "'two'"},
    {"one\ntwo", "one\n", 2, "'two'", "no more"},
    {"one", "one\ntwo", 2, "no more", "'two'"},
    {"one", "one\n", 2, "no more", "an end of line"},
    {"one\n", "one", 2, "an end of line", "no more"},
    {"", "\n", 2, "no more", "an end of line"},
    {"one\n\ntwo", "one\ntwo", 2, "''", "'two'"},
    /* 40 bytes before the place, and not one more */
    {FORTY "a", FORTY "b", 1, "'" FORTY "a'", "'" FORTY "b'"},
    {"x" FORTY "a", "x" FORTY "b", 1, "'…" FORTY "a'", "'…" FORTY "b'"},
    /* 100 bytes in all, and no half of a character */
    {HUNDRED, "", 1, "'" HUNDRED "'", "no more"},
    {HUNDRED "x", "", 1, "'" HUNDRED "…'", "no more"},
    {"x" FORTY FORTY TEN "01234567ä", "", 1, "'x" FORTY FORTY TEN "01234567…'", "no more"},
    {"ä" FORTY "a", "ä" FORTY "b", 1, "'…" FORTY "a'", "'…" FORTY "b'"},
    {"ü0" FORTY "a", "ü0" FORTY "b", 1, "'…" FORTY "a'", "'…" FORTY "b'"},
    {"yä0123456789012345678901234567890123456789", "yä012345678901234567890123456789012345678X", 1,
     "'…0123456789012345678901234567890123456789'", "'…012345678901234567890123456789012345678X'"},
    {"a\x1b[2Jb", "a\x7f\rb", 1, "'a?[2Jb'", "'a??b'"},
};

START_TEST(shows_where_two_texts_part)
{
    struct difference difference;
    difference_find(span_of(rows[_i].expected), span_of(rows[_i].got), &difference);
    ck_assert_uint_eq(difference.line, rows[_i].line);
    ck_assert_str_eq(difference.expected, rows[_i].says_expected);
    ck_assert_str_eq(difference.got, rows[_i].says_got);
}
END_TEST

TCase *difference_case(void)
{
    TCase *tcase = tcase_create("difference");
    tcase_add_loop_test(tcase, shows_where_two_texts_part, 0, ARRAY_LEN(rows));
    return tcase;
}
