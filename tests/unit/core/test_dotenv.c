/* .env files: the rules their writers expect. */
#include <string.h>

#include "core/dotenv.h"
#include "core/sbuf.h"
#include "suites.h"

static struct sbuf seen;

static void on_pair(void *ctx, unsigned line, const char *name, const char *value)
{
    (void)ctx;
    sbuf_printf(&seen, "%u %s=<%s>\n", line, name, value);
}

static const struct {
    const char *text, *pairs;
} good_rows[] = {
    {"", ""},
    {"\n\n# only a comment", ""},
    {"A=1", "1 A=<1>\n"},
    {"A=1\r\nB=2\r\n", "1 A=<1>\n2 B=<2>\n"},
    {"  export A = 1  \n", "1 A=<1>\n"},
    {"A=\nB=''\nC=\"\"\n", "1 A=<>\n2 B=<>\n3 C=<>\n"},
    {"A=x # comment\nB=x#y\nC=#z\n", "1 A=<x>\n2 B=<x#y>\n3 C=<>\n"},
    {"A='a \"b\" \\n #c' # d\n", "1 A=<a \"b\" \\n #c>\n"},
    {"A=\"a\\nb\\t\\\"c\\\" \\\\ \\$ \\z\"\n", "1 A=<a\nb\t\"c\" \\ $ \\z>\n"},
    {"A=\"one\ntwo\"\nB=3\n", "1 A=<one\ntwo>\n3 B=<3>\n"},
    {"A=it's\n", "1 A=<it's>\n"},
    {"A=a=b=c\n", "1 A=<a=b=c>\n"},
    {"A=${B}\n", "1 A=<${B}>\n"},
    {"A=1\nA=2\n", "1 A=<1>\n2 A=<2>\n"},
};

START_TEST(dotenv_reads_what_people_write)
{
    unsigned line = 0;
    struct err err = {0};
    sbuf_init(&seen, 4096);
    ck_assert_msg(dotenv_parse(span_of(good_rows[_i].text), on_pair, NULL, &line, &err), "%s",
                  err.text);
    ck_assert_str_eq(seen.data, good_rows[_i].pairs);
    sbuf_fini(&seen);
}
END_TEST

static const struct {
    struct span text;
    unsigned line;
    const char *error;
} bad_rows[] = {
    {{"A=1\nno pair\n", 12}, 2, "the line is not NAME=value"},
    {{"=1\n", 3}, 1, "the line is not NAME=value"},
    {{"A\n", 2}, 1, "the line is not NAME=value"},
    {{"A=1\nB=\"open\nC=2\n", 16}, 2, "the quote is not closed"},
    {{"A='x' y\n", 8}, 1, "there is text after the closing quote"},
    {{"A=x\0y\n", 6}, 1, "the value holds a NUL"},
};

START_TEST(dotenv_names_the_line_it_cannot_read)
{
    unsigned line = 0;
    struct err err = {0};
    sbuf_init(&seen, 4096);
    ck_assert(!dotenv_parse(bad_rows[_i].text, on_pair, NULL, &line, &err));
    ck_assert_uint_eq(line, bad_rows[_i].line);
    ck_assert_str_eq(err.text, bad_rows[_i].error);
    sbuf_fini(&seen);
}
END_TEST

START_TEST(dotenv_values_have_a_limit)
{
    struct sbuf text;
    unsigned line = 0;
    struct err err = {0};
    sbuf_init(&text, 1 << 20);
    sbuf_init(&seen, 1 << 20);
    sbuf_puts(&text, "A=");
    for (int i = 0; i < 65537; i++) {
        sbuf_putc(&text, 'a');
    }
    ck_assert(!dotenv_parse(sbuf_as_span(&text), on_pair, NULL, &line, &err));
    ck_assert_int_eq(err.kind, ERR_LIMIT);
    sbuf_fini(&seen);
    sbuf_fini(&text);
}
END_TEST

Suite *suite_dotenv(void)
{
    Suite *suite = suite_create("dotenv");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, dotenv_reads_what_people_write, 0, (int)ARRAY_LEN(good_rows));
    tcase_add_loop_test(tests, dotenv_names_the_line_it_cannot_read, 0, (int)ARRAY_LEN(bad_rows));
    tcase_add_test(tests, dotenv_values_have_a_limit);
    suite_add_tcase(suite, tests);
    return suite;
}
