/* Lines out of an untrusted stream: cut, limited, the last one remembered. */
#include "cell/lines.h"

#include <string.h>

#include "rig.h"
#include "suites.h"

static struct lines lines;

static void setup(void)
{
    memset(&lines, 0, sizeof(lines));
    lines_refill(&lines);
}

static struct span next(struct span *input)
{
    struct span line = {NULL, 0};
    return lines_next(&lines, input, &line) ? line : (struct span){NULL, 0};
}

START_TEST(lines_come_across_pieces)
{
    struct span one = SPAN_LITERAL("first\r\n\n\nsec"), two = SPAN_LITERAL("ond\nrest");
    rig_assert_text(next(&one), "first");
    ck_assert_ptr_null(next(&one).data);
    rig_assert_text(next(&two), "second");
    ck_assert_ptr_null(next(&two).data);
    rig_assert_text(lines_rest(&lines), "rest");
    ck_assert_str_eq(lines.last, "rest");
    ck_assert_uint_eq(lines_rest(&lines).len, 0);
    ck_assert_str_eq(lines.last, "rest");
}
END_TEST

START_TEST(a_long_line_is_cut)
{
    static char text[3000];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\n';
    struct span input = {text, sizeof(text)}, after = SPAN_LITERAL("next\n");
    ck_assert_uint_eq(next(&input).len, LINES_BYTES_MAX);
    ck_assert_uint_eq(strlen(lines.last), sizeof(lines.last) - 1);
    rig_assert_text(next(&after), "next");
}
END_TEST

START_TEST(a_second_has_an_allowance)
{
    unsigned taken = 0;
    for (int i = 0; i < LINES_PER_SECOND + 5; i++) {
        struct span input = SPAN_LITERAL("line\n");
        taken += next(&input).len > 0;
    }
    ck_assert_uint_eq(taken, LINES_PER_SECOND);
    ck_assert(lines_is_spent(&lines));
    struct span dropped = SPAN_LITERAL("the last one\n"), kept = SPAN_LITERAL("kept\n");
    ck_assert_ptr_null(next(&dropped).data);
    ck_assert_str_eq(lines.last, "the last one");
    lines_refill(&lines);
    rig_assert_text(next(&kept), "kept");
}
END_TEST

Suite *suite_lines(void)
{
    Suite *suite = suite_create("lines");
    TCase *tcase = tcase_create("lines");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, lines_come_across_pieces);
    tcase_add_test(tcase, a_long_line_is_cut);
    tcase_add_test(tcase, a_second_has_an_allowance);
    suite_add_tcase(suite, tcase);
    return suite;
}
