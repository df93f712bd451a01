/* The text of the practice model: what it takes from a prompt, and under which headings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "core/json.h"
#include "core/sbuf.h"
#include "practice/practice_text.h"
#include "practice/practice_words.h"

#define ANSWER_BYTES_MAX (256 * 1024)

static struct sbuf answer;
static struct json_object *messages;

static void setup(void)
{
    sbuf_init(&answer, ANSWER_BYTES_MAX);
    messages = json_object_new_array();
}

static void teardown(void)
{
    json_object_put(messages);
    sbuf_fini(&answer);
}

static void add(const char *role, const char *text)
{
    struct json_object *message = json_object_new_object();
    json_object_object_add(message, "role", json_object_new_string(role));
    json_object_object_add(message, "content", json_object_new_string(text));
    json_object_array_add(messages, message);
}

static const char *answer_of(const char *system, const char *user)
{
    if (system != NULL) {
        add("system", system);
    }
    add("user", user);
    practice_write(messages, &answer);
    ck_assert(!answer.is_failed);
    return answer.len > 0 ? answer.data : "";
}

#define GERMAN_FACTS                                                                               \
    "Chart\n\nTyp: Projektor (Projector)\nAutorität: Milz\nStrategie: Auf Einladung warten\n"     \
    "Profil: 1/3\nDefinition: Einfach\nDefinierte Zentren: Milz, Kehle\nOffene Zentren: Herz\n"    \
    "Kanäle: 16-48\nInkarnationskreuz: Kreuz der Planung\n\n"
#define ENGLISH_FACTS                                                                              \
    "Chart\n\nType: Projector\nAuthority: Splenic\nStrategy: Wait\nProfile: 1/3\n"                 \
    "Definition: Single\nDefined centres: Spleen\nOpen centres: Heart\nChannels: 16-48\n"          \
    "Incarnation cross: Planning\n\n"

/* A prompt, and what is in its answer or must not be. */
static const struct {
    const char *system, *user, *has, *lacks;
} rows[] = {
    /* languages, by the facts' labels */
    {NULL, GERMAN_FACTS "| Neuer Beruf",
     "Du schreibst: „Neuer Beruf“ Das Chart nennt dazu den Typ "
     "Projektor und die Autorität Milz.",
     "Projector"},
    {NULL, ENGLISH_FACTS "| A new job",
     "You write: \"A new job\" To this the chart names the type "
     "Projector and the authority Splenic.",
     "Chart nennt"},
    {"Du schreibst und die Fakten bleiben.", ENGLISH_FACTS, "the type Projector", "Chart nennt"},
    /* the first block of facts decides; what an assistant said before is none */
    {NULL, ENGLISH_FACTS GERMAN_FACTS, "the type Projector", "den Typ"},
    /* a fact that is not there, and one said twice */
    {NULL, "Type: Projector\nType: Generator", "the type Generator and the authority –.", "{"},
    /* brackets with anything but a capitalized English word stay */
    {NULL, "Typ: A (b) (C4) (Dd ee-f) (", "den Typ A (b) (C4) ( und", "Dd"},
    /* the context: without its marks, cut between letters after 160 bytes */
    {NULL, ENGLISH_FACTS "|one\n| two", "You write: \"one two\" ", "|"},
    {NULL,
     ENGLISH_FACTS
     "| 123456789_123456789_123456789_123456789_123456789_123456789_123456789_"
     "123456789_123456789_123456789_123456789_123456789_123456789_123456789_123456789_123456789ü",
     "_123456789 …\" ", "ü"},
    /* a focus is a block of two pairs or more */
    {NULL, ENGLISH_FACTS "Gate 16: talent\nGate 48: depth",
     "On \"Gate 16\" the chart says: talent. "
     "On \"Gate 48\" the chart says: depth. ",
     "meet. –"},
    {NULL, ENGLISH_FACTS "Gate 16: talent", "In the situation you describe these lines meet. – ",
     "On \"Gate"},
    /* no label without a colon, a space and a value */
    {NULL, "Type Projector", "", "the type"},
    {NULL, "Type:", "", "the type"},
    {NULL, "Types: Projector", "", "the type"},
    /* sections: the numbered headings of the system message */
    {"Write.\n## 1. Begin\n### 1.1 no\n## x. no\n## 2. Go on\n", ENGLISH_FACTS,
     "## 1. Begin\n\nYou write", "### 1.1"},
    {"Write.\n## 1. Begin\n## 2. Go on\n", ENGLISH_FACTS, "\n\n## 2. Go on\n\nDefined centres",
     "no\n"},
    /* without facts: every heading over a plain sentence, in the system message's language */
    {"Write.\n# One\n## Two", "# Three", "# One\n\n", "Dies ist"},
    {"Du schreibst und hältst dich kurz.\n# Eins", "?", "# Eins\n\nDies ist Übungstext.", "Typ"},
    {NULL, "", "", "#"},
};

START_TEST(an_answer_holds_what_the_prompt_says)
{
    const char *text = answer_of(rows[_i].system, rows[_i].user);
    ck_assert_uint_gt(answer.len, 0);
    ck_assert_msg(strstr(text, rows[_i].has) != NULL, "no '%s' in:\n%s", rows[_i].has, text);
    ck_assert_msg(strstr(text, rows[_i].lacks) == NULL, "'%s' in:\n%s", rows[_i].lacks, text);
}
END_TEST

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    while ((text = strstr(text, what)) != NULL) {
        count++;
        text += strlen(what);
    }
    return count;
}

/* Headings asked for, and how many are given: five parts of facts, 32 of plain text. */
static const struct {
    const char *user;
    size_t asked, given;
} headings[] = {
    {ENGLISH_FACTS, 1, 1}, {ENGLISH_FACTS, 5, 5}, {ENGLISH_FACTS, 6, 5}, {"?", 0, 0},
    {"?", 1, 1},           {"?", 32, 32},         {"?", 33, 32},
};

START_TEST(sections_are_given_up_to_a_number)
{
    struct sbuf system;
    sbuf_init(&system, ANSWER_BYTES_MAX);
    sbuf_puts(&system, "Write.\n");
    for (size_t i = 0; i < headings[_i].asked; i++) {
        sbuf_printf(&system, "## %zu. Part\n", i % 9 + 1);
    }
    const char *text = answer_of(system.data, headings[_i].user);
    ck_assert_uint_eq(count_of(text, ". Part"), headings[_i].given);
    sbuf_fini(&system);
}
END_TEST

START_TEST(a_correction_is_answered_from_the_first_question)
{
    add("user", ENGLISH_FACTS);
    add("assistant", "Type: Reflector\n# Mine");
    const char *text = answer_of(NULL, "Typ: Manifestor\n\nsay it better");
    ck_assert_ptr_nonnull(strstr(text, "the type Projector"));
    ck_assert_ptr_null(strstr(text, "Manifestor"));
    ck_assert_ptr_null(strstr(text, "# Mine"));
}
END_TEST

/* Requests that are none get the plain sentence, never nothing and never a crash. */
static const char *const odd[] = {
    "null",
    "{}",
    "[]",
    "[1,null,[]]",
    "[{}]",
    "[{\"role\":1,\"content\":2}]",
    "[{\"role\":\"user\"}]",
    "[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]",
    "[{\"role\":\"system\",\"content\":\"##\\n\\n\"}]",
    "[{\"role\":\"tool\",\"content\":\"Type: Projector\"}]",
};

START_TEST(what_is_no_list_of_messages_is_answered_with_plain_text)
{
    struct json_object *request = NULL;
    struct err err;
    ck_assert_msg(json_parse(span_of(odd[_i]), &request, &err), "%s", err.text);
    practice_write(request, &answer);
    ck_assert_str_eq(answer.data, practice_languages[1].plain);
    json_object_put(request);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("practice");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, an_answer_holds_what_the_prompt_says, 0, ARRAY_LEN(rows));
    tcase_add_loop_test(tests, sections_are_given_up_to_a_number, 0, ARRAY_LEN(headings));
    tcase_add_test(tests, a_correction_is_answered_from_the_first_question);
    tcase_add_loop_test(tests, what_is_no_list_of_messages_is_answered_with_plain_text, 0,
                        ARRAY_LEN(odd));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
