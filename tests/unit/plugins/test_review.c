/* What post_process takes for a reading, and what it asks for again. */
#include <stdio.h>
#include <stdlib.h>

#include "core/json.h"
#include "kit.h"

#define PARAGRAPH                                                                                   \
    "Als Generator mit sakraler Autorität antwortest du auf das, was dir begegnet, und der Kanal " \
    "3-60 trägt diese Antwort verlässlich."
#define PART(number, title) "## " #number ". " title "\n\n" PARAGRAPH "\n\n"
#define FOUR                                                                                       \
    PART(1, "Das Chart in deiner Arbeit")                                                          \
    PART(2, "Zentrale Dynamiken")                                                                  \
    PART(3, "Auswirkungen im Arbeitsalltag") PART(4, "Mögliche Spannungen")
#define FIVE FOUR PART(5, "Abschluss")

static const struct {
    const char *name, *answer;
} accepted[] = {
    {"as asked for", FIVE},
    {"a word before it", "Gerne, hier ist das Reading:\n\n" FIVE},
    {"its own title", "# Business-Reading\n\n" FIVE},
    {"in a code block", "```markdown\n" FIVE "```\n"},
    {"bold headings of another level",
     "### **1. Eins**\n" PARAGRAPH "\n### **2. Zwei**\n" PARAGRAPH "\n### **3. Drei**\n" PARAGRAPH
     "\n### **4. Vier**\n" PARAGRAPH "\n### **5. Fünf**\n" PARAGRAPH},
    {"headings between, without a number", FOUR "## 5. Abschluss\n\n#### Zum Schluss\n" PARAGRAPH},
    {"lines ending in CR LF",
     "## 1. A\r\n" PARAGRAPH "\r\n## 2. B\r\n" PARAGRAPH "\r\n## 3. C\r\n" PARAGRAPH
     "\r\n## 4. D\r\n" PARAGRAPH "\r\n## 5. E\r\n" PARAGRAPH},
    {"a dated line that is no heading", FIVE "\n2. Mai: nichts weiter."},
};

/* Judged against the chart that PARAGRAPH speaks of. */
static void process(struct kit *kit, const char *locale, struct span answer,
                    struct kit_given *given)
{
    char *chart = kit_chart("apollo-11");
    kit_process(kit, locale, chart, answer, given);
    free(chart);
}

START_TEST(accepts)
{
    struct kit kit;
    struct kit_given given;
    kit_load(&kit, "business");
    kit_given_init(&given);
    process(&kit, "de", span_of(accepted[_i].answer), &given);
    ck_assert_msg(given.status == AGENTHOST_OK, "%s: %s", accepted[_i].name, given.correct.data);
    ck_assert_uint_eq(given.sections_count, 5);
    ck_assert_ptr_eq(strstr(given.text.data, "## 1. Das Chart in deiner Arbeit\n\n" PARAGRAPH),
                     given.text.data);
    ck_assert_ptr_nonnull(strstr(given.sections.data, "[close] Abschluss\n"));
    ck_assert_ptr_null(strstr(given.text.data, "Gerne"));
    ck_assert_ptr_null(strstr(given.text.data, "```"));
    ck_assert_ptr_nonnull(strstr(given.text.data, "Unternehmensberatung"));
    kit_given_fini(&given);
    kit_unload(&kit);
}
END_TEST

static const struct {
    const char *name, *locale, *answer, *correction;
} refused[] = {
    {"empty", "de", "", "Sie ist leer."},
    {"only white space", "en", " \n\n\t", "It is empty."},
    {"not UTF-8", "de", FOUR "## 5. Abschluss\n\n" PARAGRAPH "\xff", "kein gültiger Text"},
    {"no headings", "de", PARAGRAPH, "„## 1. Das Chart in deiner Arbeit“ fehlt"},
    {"the last part missing", "de", FOUR, "„## 5. Abschluss“ fehlt"},
    {"the last part missing, in English", "en", FOUR, "\"## 5. Closing\" is missing"},
    {"a heading twice", "de", FIVE PART(5, "Abschluss"), "„## 5. Abschluss“ steht mehr als einmal"},
    {"no text under one", "de", FOUR "## 5. Abschluss\n",
     "Unter „## 5. Abschluss“ steht kein Text"},
    {"signs under one", "de", FOUR "## 5. Abschluss\n\n… — …\n",
     "Unter „## 5. Abschluss“ steht kein Text"},
    {"a short part", "de", FOUR "## 5. Abschluss\n\nDas war es.\n",
     "zu kurz; er braucht mindestens 60"},
    {"a sixth part", "de", FIVE PART(6, "Fazit"), "keinen Teil mit der Nummer 6"},
    {"another order", "de", PART(2, "b") PART(1, "a") PART(3, "c") PART(4, "d") PART(5, "e"),
     "nicht in der vorgegebenen Reihenfolge"},
    {"a forbidden phrase", "de", FIVE "Du solltest das so machen.", "„du solltest“ gehört nicht"},
    {"a gate that the chart has not", "de", FIVE "Tor 34 und Tor 20 ziehen dich an.",
     "„Tor 20“ steht so nicht im Chart"},
    {"another type, in English", "en", FIVE "As a **Projector** you wait.",
     "\"Projector\" is not so in the chart"},
    {"a forbidden phrase, spelled otherwise", "en", FIVE "Guaranteed  SUCCESS awaits.",
     "\"guaranteed success\" does not belong"},
};

START_TEST(asks_again)
{
    struct kit kit;
    struct kit_given given;
    kit_load(&kit, "business");
    kit_given_init(&given);
    process(&kit, refused[_i].locale, span_of(refused[_i].answer), &given);
    ck_assert_msg(given.status == AGENTHOST_REASK, "%s", refused[_i].name);
    ck_assert_msg(strstr(given.correct.data, refused[_i].correction) != NULL, "%s: %s",
                  refused[_i].name, given.correct.data);
    ck_assert(span_is_utf8(sbuf_as_span(&given.correct)));
    ck_assert_uint_eq(given.text.len, 0);
    ck_assert_uint_eq(given.sections_count, 0);
    kit_given_fini(&given);
    kit_unload(&kit);
}
END_TEST

START_TEST(names_all_faults_at_once)
{
    struct kit kit;
    struct kit_given given;
    kit_load(&kit, "business");
    kit_given_init(&given);
    process(&kit, "de", SPAN_LITERAL("## 1. Das Chart\n\nDu solltest.\n"), &given);
    ck_assert_int_eq(given.status, AGENTHOST_REASK);
    ck_assert_ptr_nonnull(strstr(given.correct.data, "zu kurz"));
    ck_assert_ptr_nonnull(strstr(given.correct.data, "„## 2. Zentrale Dynamiken“ fehlt"));
    ck_assert_ptr_nonnull(strstr(given.correct.data, "„## 5. Abschluss“ fehlt"));
    ck_assert_ptr_nonnull(strstr(given.correct.data, "„du solltest“"));
    kit_given_fini(&given);
    kit_unload(&kit);
}
END_TEST

START_TEST(a_part_too_long_is_asked_again)
{
    struct kit kit;
    struct kit_given given;
    struct sbuf answer;
    sbuf_init(&answer, 64 * 1024);
    sbuf_puts(&answer, FIVE);
    for (int i = 0; i < 25; i++) {
        sbuf_puts(&answer, PARAGRAPH " ");
    }
    kit_load(&kit, "crisis");
    kit_given_init(&given);
    process(&kit, "de", sbuf_as_span(&answer), &given);
    ck_assert_int_eq(given.status, AGENTHOST_REASK);
    ck_assert_ptr_nonnull(strstr(given.correct.data, "zu lang; er darf höchstens 2500"));
    kit_given_fini(&given);
    kit_unload(&kit);
    sbuf_fini(&answer);
}
END_TEST

START_TEST(a_huge_answer_is_not_judged)
{
    struct kit kit;
    struct kit_given given;
    struct sbuf answer;
    sbuf_init(&answer, 1024 * 1024);
    while (answer.len < 600 * 1024) {
        sbuf_puts(&answer, PARAGRAPH " ");
    }
    kit_load(&kit, "business");
    kit_given_init(&given);
    process(&kit, "de", sbuf_as_span(&answer), &given);
    ck_assert_int_eq(given.status, AGENTHOST_INTERNAL);
    kit_given_fini(&given);
    kit_unload(&kit);
    sbuf_fini(&answer);
}
END_TEST

/* The chart that LANGUAGE.job.json names. */
static char *chart_on_record(const char *agent, const char *locale)
{
    char path[256];
    struct json_object *job = NULL;
    struct err err;
    (void)snprintf(path, sizeof(path), "plugins/%s/testdata/%s.job.json", agent, locale);
    char *text = kit_read(path);
    ck_assert_msg(json_parse(span_of(text), &job, &err), "%s: %s", path, err.text);
    char *chart = kit_chart(json_object_get_string(json_get(job, "chart")));
    json_object_put(job);
    free(text);
    return chart;
}

/* plugins/AGENT/testdata/LANGUAGE.answer.md is a model's answer, LANGUAGE.reading.md the text
 * and the sections made of it. */
START_TEST(yields_the_reading_on_record)
{
    const char *agent = KIT_AGENTS[_i / 2], *locale = _i % 2 == 0 ? "de" : "en";
    char path[256];
    struct kit kit;
    struct kit_given given;
    struct sbuf got;
    (void)snprintf(path, sizeof(path), "plugins/%s/testdata/%s.answer.md", agent, locale);
    char *answer = kit_read(path);
    char *chart = chart_on_record(agent, locale);
    kit_load(&kit, agent);
    kit_given_init(&given);
    kit_process(&kit, locale, chart, span_of(answer), &given);
    ck_assert_msg(given.status == AGENTHOST_OK, "%s: %s", path, given.correct.data);
    sbuf_init(&got, KIT_TEXT_BYTES_MAX);
    sbuf_printf(&got, "=== text ===\n%s\n=== sections ===\n%s", given.text.data,
                given.sections.data);
    (void)snprintf(path, sizeof(path), "plugins/%s/testdata/%s.reading.md", agent, locale);
    kit_compare(path, sbuf_as_span(&got));
    sbuf_fini(&got);
    kit_given_fini(&given);
    kit_unload(&kit);
    free(chart);
    free(answer);
}
END_TEST

START_TEST(nothing_is_accepted_that_cannot_be_held_against_a_chart)
{
    struct kit kit;
    struct kit_given given;
    kit_load(&kit, "business");
    kit_given_init(&given);
    kit_process(&kit, "de", "{}", SPAN_LITERAL(FIVE), &given);
    ck_assert_int_eq(given.status, AGENTHOST_INTERNAL);
    ck_assert_uint_eq(given.text.len, 0);
    kit_given_fini(&given);
    kit_unload(&kit);
}
END_TEST

Suite *suite_review(void)
{
    Suite *suite = suite_create("review");
    TCase *tcase = tcase_create("review");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, accepts, 0, ARRAY_LEN(accepted));
    tcase_add_loop_test(tcase, asks_again, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, names_all_faults_at_once);
    tcase_add_test(tcase, a_part_too_long_is_asked_again);
    tcase_add_test(tcase, a_huge_answer_is_not_judged);
    tcase_add_test(tcase, nothing_is_accepted_that_cannot_be_held_against_a_chart);
    tcase_add_loop_test(tcase, yields_the_reading_on_record, 0, 8);
    suite_add_tcase(suite, tcase);
    return suite;
}
