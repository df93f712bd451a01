/* Folding text into words, and finding phrases in it. */
#include "core/arena.h"
#include "engine/phrase.h"
#include "kit.h"

static const struct {
    const char *text, *words;
} fold_rows[] = {
    {"Grüße an Ärzte", "gruesse an aerzte"},
    {"GRÜSSE", "gruesse"},
    {"gru\xcc\x88n", "gruen"}, /* u and a combining diaeresis */
    {"don't  don’t", "dont dont"},
    {"su\xc2\xadizid", "suizid"}, /* soft hyphen */
    {"self-harm", "self harm"},
    {"Ende. Anfang", "ende . anfang"},
    {"was?!... so", "was . so"},
    {"café Ørsted", "cafe orsted"},
    {"„Zitat“ – so", "zitat so"},
    {"zwei\nZeilen", "zwei . zeilen"},
    {"", ""},
    {"...", ""},
    {"жизнь 生", "жизнь 生"},
};

START_TEST(folds)
{
    struct arena *arena = arena_create(65536);
    struct folded folded;
    struct sbuf words;
    sbuf_init(&words, 1024);
    ck_assert(fold_text(arena, span_of(fold_rows[_i].text), &folded));
    for (size_t i = 0; i < folded.count; i++) {
        sbuf_printf(&words, "%s%.*s", i > 0 ? " " : "", (int)folded.words[i].len,
                    folded.words[i].data);
    }
    ck_assert_str_eq(words.data, fold_rows[_i].words);
    sbuf_fini(&words);
    arena_destroy(&arena);
}
END_TEST

static const struct {
    const char *pattern, *text;
    bool is_found;
} find_rows[] = {
    {"nicht mehr leben", "Ich will nicht mehr leben", true},
    {"nicht mehr leben", "Ich will nicht leben", false},
    {"suizid*", "Suizidgedanken", true},
    {"suizid*", "suizi", false},
    {"a|b|c x", "c x", true},
    {"a|b x", "c x", false},
    {"mich .. um", "mich heute noch endlich um", true},
    {"mich .. um", "mich eins zwei drei vier um", false},
    {"mich ..1 um", "mich heute um", true},
    {"mich ..1 um", "mich heute noch um", false},
    {"mich .. um", "mich heute. Und um", false},
    {"mich .. um", "mich nicht um", false}, /* a negation in between */
    {"mich nicht um", "mich nicht um", true},
    {"take my own? life", "take my life", true},
    {"take my own? life", "take my own life", true},
    {"vor # jahren", "vor 10 Jahren", true},
    {"vor # jahren", "vor zehn Jahren", false},
    {"a .. b .. c", "a x b b c", true},
};

START_TEST(finds)
{
    struct arena *arena = arena_create(65536);
    struct phrase pattern, negation;
    struct phrase_text text = {.negation = &negation};
    struct phrase_match match;
    struct err err = {ERR_NONE, ""};
    ck_assert(phrase_parse(arena, SPAN_LITERAL("nicht|kein"), &negation, &err));
    ck_assert_msg(phrase_parse(arena, span_of(find_rows[_i].pattern), &pattern, &err), "%s",
                  err.text);
    ck_assert(fold_text(arena, span_of(find_rows[_i].text), &text.folded));
    ck_assert_int_eq(phrase_find(&pattern, &text, 0, &match), find_rows[_i].is_found);
    arena_destroy(&arena);
}
END_TEST

static const char *const wrong_patterns[] = {
    "",         "..",   ".. a",  "a ..",          "a ..0 b",
    "a ..13 b", "a? b", "a|| b", "a two-words b", "a b c d e f g h i j k l m n o p q",
};

START_TEST(refuses_what_it_cannot_read)
{
    struct arena *arena = arena_create(65536);
    struct phrase pattern;
    struct err err = {ERR_NONE, ""};
    ck_assert(!phrase_parse(arena, span_of(wrong_patterns[_i]), &pattern, &err));
    ck_assert_str_ne(err.text, "");
    arena_destroy(&arena);
}
END_TEST

START_TEST(a_comma_ends_a_bound_match)
{
    struct arena *arena = arena_create(65536);
    struct phrase pattern;
    struct phrase_text text = {.is_clause_bound = true};
    struct phrase_match match;
    struct err err = {ERR_NONE, ""};
    ck_assert(phrase_parse(arena, SPAN_LITERAL("keine .. gedanken"), &pattern, &err));
    ck_assert(fold_text(arena, SPAN_LITERAL("keine Kraft, Gedanken"), &text.folded));
    ck_assert(!phrase_find(&pattern, &text, 0, &match));
    text.is_clause_bound = false;
    ck_assert(phrase_find(&pattern, &text, 0, &match));
    arena_destroy(&arena);
}
END_TEST

START_TEST(a_full_arena_is_told)
{
    struct arena *arena = arena_create(64);
    struct folded folded;
    ck_assert(
        !fold_text(arena, SPAN_LITERAL("viele Wörter, zu viele für so wenig Platz"), &folded));
    arena_destroy(&arena);
}
END_TEST

Suite *suite_phrase(void)
{
    Suite *suite = suite_create("phrase");
    TCase *tcase = tcase_create("phrase");
    tcase_add_loop_test(tcase, folds, 0, ARRAY_LEN(fold_rows));
    tcase_add_loop_test(tcase, finds, 0, ARRAY_LEN(find_rows));
    tcase_add_loop_test(tcase, refuses_what_it_cannot_read, 0, ARRAY_LEN(wrong_patterns));
    tcase_add_test(tcase, a_comma_ends_a_bound_match);
    tcase_add_test(tcase, a_full_arena_is_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
