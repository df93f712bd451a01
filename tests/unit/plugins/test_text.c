/* The engine with small bundles of its own: what a manifest can ask for, and what is refused. */
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/json.h"
#include "engine/template.h"
#include "engine/words.h"
#include "kit.h"

static struct kit kit;
static struct kit_given given;

static void setup(void)
{
    kit_given_init(&given);
}

static void teardown(void)
{
    kit_given_fini(&given);
    kit_unload(&kit);
}

/* An English bundle that takes no chart, with more keys in its manifest. */
static void begin(const char *more)
{
    char manifest[4096];
    (void)snprintf(manifest, sizeof(manifest),
                   "{\"manifest\":1,\"id\":\"tiny\",\"version\":\"1\",\"name\":{\"en\":\"Tiny\"},"
                   "\"languages\":[\"en\"],\"engine\":\"text\",\"chart\":\"none\"%s}",
                   more);
    kit_begin(&kit, "tiny", manifest);
    kit_add_asset(&kit, "system.en.md", "You are brief.\n");
}

#define INPUTS                                                                                     \
    ",\"inputs\":{\"type\":\"object\",\"required\":[\"note\"],\"properties\":{\"note\":{\"type\":" \
    "\"string\"},\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}"

static void create(void)
{
    kit_create(&kit, &given);
    ck_assert_msg(kit.agent != NULL, "%s", given.say.data);
}

static void refuse(const char *said)
{
    kit_create(&kit, &given);
    ck_assert_ptr_null(kit.agent);
    ck_assert_msg(strstr(given.say.data, said) != NULL, "%s", given.say.data);
}

START_TEST(two_files_are_an_agent)
{
    begin(INPUTS);
    kit_add_asset(&kit, "user.en.md", "On {{job.tags}}:\n{{job.note}}\n");
    create();
    kit_build(&kit, "en", "{\"note\":\"Hello\\nthere\",\"tags\":[\"a\"]}", "", &given);
    ck_assert_msg(given.status == AGENTHOST_OK, "%s", given.say.data);
    ck_assert_str_eq(given.messages.data, "=== system ===\nYou are brief.\n"
                                          "=== user ===\nOn \"a\":\n| Hello\n| there\n");
    kit_process(&kit, "en", "", SPAN_LITERAL(" All is well. \n"), &given);
    ck_assert_int_eq(given.status, AGENTHOST_OK);
    ck_assert_str_eq(given.text.data, "All is well.");
    ck_assert_uint_eq(given.sections_count, 0);
    kit_process(&kit, "en", "", SPAN_LITERAL(" *** "), &given);
    ck_assert_int_eq(given.status, AGENTHOST_REASK);
    ck_assert_ptr_nonnull(strstr(given.correct.data, "It is empty."));
}
END_TEST

START_TEST(a_system_message_is_put_together_in_a_fixed_order)
{
    begin(",\"depths\":[\"deep\"],\"styles\":{\"dry\":[]},\"defaults\":{\"depth\":\"deep\","
          "\"style\":\"dry\"},\"sections\":[{\"id\":\"a\",\"title\":\"First\"},"
          "{\"id\":\"b\",\"title\":{\"en\":\"Second\"}}]");
    kit_add_asset(&kit, "depth/deep.en.md", "DEPTH");
    kit_add_asset(&kit, "knowledge/one.md", "ONE {{as it stands}}");
    kit_add_asset(&kit, "knowledge/two.en.md", "TWO\n");
    kit_add_asset(&kit, "style/dry.en.md", "STYLE");
    kit_add_asset(&kit, "user.en.md", "USER");
    create();
    kit_build(&kit, "en", "{}", "", &given);
    ck_assert_ptr_nonnull(strstr(
        given.messages.data, "You are brief.\n\nONE {{as it stands}}\n\nTWO\n\nDEPTH\n\nSTYLE\n\n"
                             "Divide the answer"));
    ck_assert_ptr_nonnull(
        strstr(given.messages.data,
               "before the first:\n\n## 1. First\n## 2. Second\n=== user ===\nUSER\n"));
}
END_TEST

START_TEST(later_passes_see_what_was_answered_before)
{
    begin(",\"passes_max\":2,\"sections\":[{\"id\":\"a\",\"title\":\"Only\"}]");
    kit_add_asset(&kit, "user.en.md", "Make notes.");
    kit_add_asset(&kit, "user.2.en.md", "Now write.");
    create();
    kit_build(&kit, "en", "{}", "", &given);
    ck_assert_str_eq(given.messages.data,
                     "=== system ===\nYou are brief.\n=== user ===\nMake notes.\n");
    kit_process(&kit, "en", "", SPAN_LITERAL("some notes"), &given);
    ck_assert_int_eq(given.status, AGENTHOST_NEXT);
    kit_process(&kit, "en", "", SPAN_LITERAL(" \n"), &given);
    ck_assert_int_eq(given.status, AGENTHOST_REASK);
    kit.pass = 1;
    kit.earlier[0] = (struct agenthost_earlier){.pass = 0, .text = {"some notes", 10}};
    kit_build(&kit, "en", "{}", "", &given);
    ck_assert_ptr_nonnull(strstr(given.messages.data,
                                 "## 1. Only\n=== user ===\nMake notes.\n=== assistant ===\n"
                                 "some notes\n=== user ===\nNow write.\n"));
    kit_process(&kit, "en", "", SPAN_LITERAL("no heading"), &given);
    ck_assert_int_eq(given.status, AGENTHOST_REASK);
    kit_process(&kit, "en", "", SPAN_LITERAL("## 1. Only\n\nWords."), &given);
    ck_assert_int_eq(given.status, AGENTHOST_OK);
    kit.pass = 2;
    kit_build(&kit, "en", "{}", "", &given);
    ck_assert_int_eq(given.status, AGENTHOST_INTERNAL);
}
END_TEST

START_TEST(an_answer_can_be_json)
{
    static const char schema[] =
        "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{"
        "\"a\":{\"type\":\"array\",\"maxItems\":2,\"items\":{\"type\":\"string\"}},"
        "\"b\":{\"type\":\"integer\",\"maximum\":9}}}";
    char rest[512];
    (void)snprintf(rest, sizeof(rest), ",\"text\":{\"schema\":%s},\"forbidden\":[\"never ever\"]",
                   schema);
    begin(rest);
    kit_add_asset(&kit, "user.en.md", "Go.");
    create();
    kit_build(&kit, "en", "{}", "", &given);
    ck_assert_str_eq(given.json.data, schema);
    ck_assert_ptr_nonnull(strstr(given.messages.data, "exactly one JSON object"));
    kit_process(&kit, "en", "", SPAN_LITERAL("```json\n{\"a\": [\"x\"]}\n```\n"), &given);
    ck_assert_msg(given.status == AGENTHOST_OK, "%s", given.correct.data);
    ck_assert_str_eq(given.json.data, "{\"a\": [\"x\"]}");
    ck_assert_str_eq(given.text.data, "{\"a\": [\"x\"]}");
    static const struct {
        const char *answer, *told;
    } wrong[] = {
        {"Here: {\"a\":[\"x\"]}", "is not one JSON object"},
        {"{\"a\":[\"x\"]", "is not one JSON object"},
        {"[1]", "is not one JSON object"},
        {"7", "is not one JSON object"},
        {"{\"a\":[\"x\"]}{}", "is not one JSON object"},
        {"{\"a\":[\"never ever\"]}", "\"never ever\" does not belong"},
        {"{\"a\":[\"n\\u0065ver ever\"]}", "\"never ever\" does not belong"},
        {"{\"b\":1}",
         "given form: [{\"field\":\"a\",\"remedy\":\"is missing; send a list of at most 2 "
         "elements"},
        {"{\"a\":null}", "is missing"},
        {"{\"a\":[\"x\",1],\"b\":10}",
         "[{\"field\":\"a[1]\",\"remedy\":\"must be a text (found a number)\"},{\"field\":\"b\","},
        {"{\"a\":[\"x\",\"y\",\"z\"]}", "(found 3)"},
        {"{\"a\":[],\"c\":1}", "{\"field\":\"c\",\"remedy\":\"is not known"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        kit_process(&kit, "en", "", span_of(wrong[i].answer), &given);
        ck_assert_msg(given.status == AGENTHOST_REASK, "%s", wrong[i].answer);
        ck_assert_msg(strstr(given.correct.data, wrong[i].told) != NULL, "%s: %s", wrong[i].answer,
                      given.correct.data);
    }
}
END_TEST

START_TEST(of_very_many_wrong_fields_the_model_is_told_the_first)
{
    char rest[8192] = ",\"text\":{\"schema\":{\"type\":\"object\",\"properties\":{";
    char answer[2048] = "{";
    for (int i = 0; i < 16; i++) { /* each told at length: with all that it may be */
        size_t at = strlen(rest), in = strlen(answer);
        (void)snprintf(rest + at, sizeof(rest) - at,
                       "%s\"a_field_with_a_long_name_%02d\":{\"type\":\"string\",\"enum\":[\"%"
                       "090d\",\"%090d\"]}",
                       i > 0 ? "," : "", i, 1, 2);
        (void)snprintf(answer + in, sizeof(answer) - in,
                       "%s\"a_field_with_a_long_name_%02d\":\"x\"", i > 0 ? "," : "", i);
    }
    (void)strcat(rest, "}}}");
    (void)strcat(answer, "}");
    begin(rest);
    kit_add_asset(&kit, "user.en.md", "Go.");
    create();
    kit_process(&kit, "en", "", span_of(answer), &given);
    ck_assert_int_eq(given.status, AGENTHOST_REASK);
    ck_assert_msg(strstr(given.correct.data, "given form: a_field_with_a_long_name_00\n") != NULL,
                  "%s", given.correct.data);
}
END_TEST

START_TEST(sections_are_as_long_as_the_manifest_says)
{
    static const struct {
        const char *answer, *correction; /* NULL: accepted */
    } rows[] = {
        {"## 1. A\n\nfour", "too short; it needs at least 5"},
        {"## 1. A\n\nfive5", NULL},
        {"## 1. A\n\nten ten te", NULL},
        {"## 1. A\n\nten ten ten", "too long; it may have at most 10"},
    };
    begin(",\"sections\":[{\"id\":\"a\",\"title\":\"A\",\"chars_min\":5,\"chars_max\":10}],"
          "\"disclaimers\":[\"No advice.\"]");
    kit_add_asset(&kit, "user.en.md", "Go.");
    create();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        kit_process(&kit, "en", "", span_of(rows[i].answer), &given);
        ck_assert_int_eq(given.status, rows[i].correction == NULL ? AGENTHOST_OK : AGENTHOST_REASK);
        ck_assert_ptr_nonnull(
            strstr(rows[i].correction == NULL ? given.text.data : given.correct.data,
                   rows[i].correction == NULL ? "\n\n---\n\nNo advice." : rows[i].correction));
    }
}
END_TEST

START_TEST(a_chart_that_may_be_there_is_held_against_when_it_is)
{
    char *chart = kit_chart("apollo-11");
    begin(",\"text\":{\"facts\":true}");
    struct agenthost_text manifest = kit.setup.manifest;
    char *optional = strstr((char *)manifest.data, "\"chart\":\"none\"");
    (void)memcpy(optional, "\"chart\":\"ohne\"", strlen("\"chart\":\"none\""));
    refuse("manifest.json: /chart: 'ohne' is not one of");
    (void)memcpy(optional, "\"chart\":\"none\"", strlen("\"chart\":\"none\""));
    refuse("manifest.json: /text/facts: cannot be true where /chart is none");
    kit_unload(&kit);

    kit_begin(&kit, "tiny",
              "{\"manifest\":1,\"id\":\"tiny\",\"version\":\"1\",\"name\":{\"en\":\"Tiny\"},"
              "\"languages\":[\"en\"],\"engine\":\"text\",\"chart\":\"optional\","
              "\"text\":{\"facts\":true}}");
    kit_add_asset(&kit, "system.en.md", "You are brief.");
    kit_add_asset(&kit, "user.en.md", "Type: {{chart.type}}; {{chart.channels}}");
    create();
    kit_build(&kit, "en", "{}", "", &given);
    ck_assert_ptr_nonnull(strstr(given.messages.data, "Type: not given; not given\n"));
    kit_build(&kit, "en", "{}", chart, &given);
    ck_assert_ptr_nonnull(strstr(given.messages.data, "Type: Generator; 3-60\n"));
    kit_process(&kit, "en", "", SPAN_LITERAL("Gate 20 speaks."), &given);
    ck_assert_int_eq(given.status, AGENTHOST_OK);
    kit_process(&kit, "en", chart, SPAN_LITERAL("Gate 20 speaks."), &given);
    ck_assert_int_eq(given.status, AGENTHOST_REASK);
    ck_assert_ptr_nonnull(strstr(given.correct.data, "\"Gate 20\" is not so in the chart"));
    free(chart);
}
END_TEST

static const struct {
    const char *more;
    const char *name, *text; /* one more file */
    const char *said;
} refused[] = {
    {"", "sytem.en.md", "x", "assets/sytem.en.md: nothing reads it; there are system.LANG.md"},
    {"", "style/dry.en.md", "x", "assets/style/dry.en.md: nothing reads it"},
    {"", "user.2.en.md", "x", "assets/user.2.en.md: nothing reads it"},
    {"", "knowledge/a.fr.md", "x", "assets/knowledge/a.fr.md: nothing reads it"},
    {"", "danger/en.txt", "x", "assets/danger/en.txt: nothing reads it"},
    {"", "knowledge/a.md", "\xff", "assets/knowledge/a.md: is not UTF-8"},
    {",\"text\":{\"knowledge_bytes\":4}", "knowledge/a.md", "12345",
     "assets/knowledge: has 5 bytes in en, over the 4 of /text/knowledge_bytes"},
    {",\"text\":{\"danger\":true}", "knowledge/a.md", "x",
     "assets/danger: no NAME.txt is there, but manifest.json has /text/danger"},
    {",\"passes_max\":2", "knowledge/a.md", "x", "assets/user.2.en.md: is missing"},
    {",\"forbidden\":[\"a ..\"]", "knowledge/a.md", "x", "manifest.json: /forbidden: 'a ..': "},
    {",\"sections\":[{\"id\":\"a\",\"title\":{\"de\":\"Eins\"}}]", "knowledge/a.md", "x",
     "manifest.json: /sections/0/title: has no text in en"},
};

START_TEST(what_does_not_fit_is_refused)
{
    begin(refused[_i].more);
    kit_add_asset(&kit, refused[_i].name, refused[_i].text);
    kit_add_asset(&kit, "user.en.md", "Go.");
    refuse(refused[_i].said);
}
END_TEST

static const struct {
    const char *user, *said;
} places[] = {
    {"\n{{chart.type}}",
     "assets/user.en.md:2: {{chart.type}}: the agent takes no chart; set /chart"},
    {"{{job.name}}", "assets/user.en.md:1: {{job.name}}: manifest.json has no /inputs"},
};

START_TEST(a_place_that_can_never_be_filled_is_refused)
{
    begin("");
    kit_add_asset(&kit, "user.en.md", places[_i].user);
    refuse(places[_i].said);
}
END_TEST

START_TEST(knowledge_just_within_its_budget_is_whole)
{
    begin(",\"text\":{\"knowledge_bytes\":9}");
    kit_add_asset(&kit, "knowledge/a.md", "12345");
    kit_add_asset(&kit, "knowledge/b.en.md", "6789");
    kit_add_asset(&kit, "user.en.md", "Go.");
    create();
    kit_build(&kit, "en", "{}", "", &given);
    ck_assert_ptr_nonnull(strstr(given.messages.data, "12345\n\n6789\n"));
}
END_TEST

START_TEST(a_job_too_long_for_a_message_pays_for_itself)
{
    struct sbuf data;
    begin(INPUTS);
    kit_add_asset(&kit, "user.en.md", "{{job.note}}");
    create();
    sbuf_init(&data, 1024 * 1024);
    sbuf_puts(&data, "{\"note\":\"");
    for (int i = 0; i < 100 * 1024; i++) {
        sbuf_puts(&data, "x\\n");
    }
    sbuf_puts(&data, "\"}");
    kit_build(&kit, "en", data.data, "", &given);
    ck_assert_int_eq(given.status, AGENTHOST_INVALID);
    ck_assert_ptr_nonnull(strstr(given.say.data, "send shorter texts"));
    ck_assert_ptr_null(strstr(given.messages.data, "=== user"));
    sbuf_fini(&data);
}
END_TEST

/* Every correction is a template that stands for something, in both languages. */
START_TEST(the_engines_own_texts_are_complete)
{
    struct arena *arena = arena_create(1024 * 1024);
    struct json_object *text = NULL;
    struct err err;
    ck_assert(json_parse(SPAN_LITERAL("{\"type\":\"string\"}"), &text, &err));
    const struct template_root roots[] = {{.name = "title", .schema = text},
                                          {.name = "number", .schema = text}};
    const struct word *de = WORDS_DE;
    for (const struct word *en = WORDS_EN; en->key != NULL; en++) {
        struct template_parts template;
        if (strncmp(en->key, "correct.", 8) == 0) {
            const char *own = words_get(de, "correct", en->key + 8).data;
            ck_assert_str_ne(own, en->key + 8);
            ck_assert_msg(
                template_parse(arena, en->key, span_of(en->text), roots, 2, &template, &err), "%s",
                err.text);
            ck_assert_msg(template_parse(arena, en->key, span_of(own), roots, 2, &template, &err),
                          "%s", err.text);
        }
    }
    json_object_put(text);
    arena_destroy(&arena);
    begin("");
}
END_TEST

Suite *suite_text(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("text");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, two_files_are_an_agent);
    tcase_add_test(tcase, a_system_message_is_put_together_in_a_fixed_order);
    tcase_add_test(tcase, later_passes_see_what_was_answered_before);
    tcase_add_test(tcase, an_answer_can_be_json);
    tcase_add_test(tcase, of_very_many_wrong_fields_the_model_is_told_the_first);
    tcase_add_test(tcase, sections_are_as_long_as_the_manifest_says);
    tcase_add_test(tcase, a_chart_that_may_be_there_is_held_against_when_it_is);
    tcase_add_loop_test(tcase, what_does_not_fit_is_refused, 0, ARRAY_LEN(refused));
    tcase_add_loop_test(tcase, a_place_that_can_never_be_filled_is_refused, 0, ARRAY_LEN(places));
    tcase_add_test(tcase, knowledge_just_within_its_budget_is_whole);
    tcase_add_test(tcase, a_job_too_long_for_a_message_pays_for_itself);
    tcase_add_test(tcase, the_engines_own_texts_are_complete);
    suite_add_tcase(suite, tcase);
    return suite;
}
