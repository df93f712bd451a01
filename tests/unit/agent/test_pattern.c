/* Patterns: what they match, and that they are matched without going back. */
#include <string.h>

#include "agent/pattern.h"
#include "core/clock.h"
#include "suites.h"

static bool matches(const char *pattern_text, struct span text)
{
    struct pattern pattern;
    size_t at = 0;
    const char *reason = NULL;
    ck_assert_msg(pattern_read(span_of(pattern_text), &pattern, &at, &reason), "%s: %s",
                  pattern_text, reason);
    return pattern_matches(&pattern, text);
}

static const struct {
    const char *pattern;
    const char *text;
    bool is_match;
} rows[] = {
    {"^$", "", true},
    {"^$", "a", false},
    {"^abc$", "abc", true},
    {"^abc$", "ab", false},
    {"^abc$", "abcd", false},
    {"^abc$", "", false},
    {"^\\d{4}-\\d{2}$", "1990-05", true},
    {"^\\d{4}-\\d{2}$", "1990-5", false},
    {"^\\d{4}-\\d{2}$", "19900-05", false},
    {"^[A-Za-z_][A-Za-z0-9_]{0,3}$", "a", true},
    {"^[A-Za-z_][A-Za-z0-9_]{0,3}$", "aB_9", true},
    {"^[A-Za-z_][A-Za-z0-9_]{0,3}$", "aB_99", false},
    {"^[A-Za-z_][A-Za-z0-9_]{0,3}$", "9a", false},
    {"^[^ -]{2}$", "ab", true},
    {"^[^ -]{2}$", "a-", false},
    {"^[^ -]{2}$", "äß", true},
    {"^[^ -]{2}$", "😀😀", true},
    {"^[a\\]b\\d]$", "]", true},
    {"^[a\\]b\\d]$", "7", true},
    {"^[a\\]b\\d]$", "c", false},
    {"^[a-]{2}$", "-a", true},
    {"^a\\.b\\\\$", "a.b\\", true},
    {"^a\\.b\\\\$", "axb\\", false},
    {"^Grüße{1,3}$", "Grüßee", true},
    {"^Grüße{1,3}$", "Gruße", false},
    {"^ä{2}$", "ää", true},
    {"^ä{2}$", "äö", false},
    {"^a?b?c?$", "", true},
    {"^a?b?c?$", "ac", true},
    {"^a?b?c?$", "ca", false},
    {"^a?a?a?aaa$", "aaa", true},
    {"^a?a?a?aaa$", "aaaaaa", true},
    {"^a?a?a?aaa$", "aaaaaaa", false},
    {"^a{1,3}a{2}$", "aaa", true},
    {"^a{1,3}a{2}$", "aa", false},
    {"^a{0,2}b{1,2}a$", "aaba", true},
    {"^a{0,2}b{1,2}a$", "ba", true},
    {"^a{0,2}b{1,2}a$", "aabbba", false},
    {"^a{63}b$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", true},
    {"^a{64}b$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false},
};

START_TEST(a_text_matches_as_a_whole_or_not)
{
    ck_assert_msg(matches(rows[_i].pattern, span_of(rows[_i].text)) == rows[_i].is_match,
                  "'%s' and '%s'", rows[_i].pattern, rows[_i].text);
}
END_TEST

START_TEST(repeats_count_up_to_their_limits)
{
    char text[300];
    memset(text, 'a', sizeof(text));
    for (size_t len = 0; len < sizeof(text); len++) {
        struct span some = {text, len};
        ck_assert(matches("^a{256}$", some) == (len == 256));
        ck_assert(matches("^a{64,128}$", some) == (len >= 64 && len <= 128));
        ck_assert(matches("^a{0,256}$", some) == (len <= 256));
        ck_assert(matches("^a{127,191}a{1,65}$", some) == (len >= 128 && len <= 256));
    }
}
END_TEST

/* A matcher that went back would need ages; the bound is that of a busy machine. */
START_TEST(the_worst_pattern_costs_little)
{
    static const char worst[] =
        "^a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}"
        "a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}"
        "a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}a{0,256}b$";
    static char text[65536];
    memset(text, 'a', sizeof(text));
    int64_t start_us = clock_mono_us();
    ck_assert(!matches(worst, (struct span){text, sizeof(text)}));
    ck_assert_int_lt(clock_mono_us() - start_us, 500000);
}
END_TEST

Suite *suite_pattern(void)
{
    Suite *suite = suite_create("pattern");
    TCase *tcase = tcase_create("pattern");
    tcase_add_loop_test(tcase, a_text_matches_as_a_whole_or_not, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, repeats_count_up_to_their_limits);
    tcase_add_test(tcase, the_worst_pattern_costs_little);
    suite_add_tcase(suite, tcase);
    return suite;
}
