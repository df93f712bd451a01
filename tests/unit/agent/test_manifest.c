/* Manifests, good and bad: each refusal names the exact place. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/manifest.h"
#include "core/attr.h"
#include "core/json.h"
#include "suites.h"

#define HEAD                                                                                       \
    "\"manifest\":1,\"id\":\"a\",\"version\":\"1.0.0\",\"name\":{\"de\":\"Eins\"},"                \
    "\"languages\":[\"de\",\"en\"],\"chart\":\"none\""

static const char full[] =
    "{\"manifest\": 1, \"id\": \"a\", \"version\": \"1.2.0-rc.1\",\n"
    " \"name\": {\"de\": \"Geschäft\", \"en\": \"Business\"},\n"
    " \"description\": {\"de\": \"Ein Text\", \"en\": \"A text\"},\n"
    " \"contact\": \"team@example.org\", \"languages\": [\"de\", \"en\", \"pt-BR\"],\n"
    " \"depths\": [\"basic\", \"advanced\", \"professional\"],\n"
    " \"styles\": {\"klar\": [], \"empathisch\": [\"einfühlsam\", \"einfuehlsam\"]},\n"
    " \"defaults\": {\"depth\": \"basic\", \"style\": \"empathisch\", \"language\": \"en\"},\n"
    " \"chart\": \"required\", \"passes_max\": 2, \"priority\": 2097151,\n"
    " \"limits\": {\"call_ms\": 500, \"memory_bytes\": 67108864, \"prompt_bytes\": 65536,\n"
    "              \"answer_bytes\": 131072},\n"
    " \"model\": {\"class\": \"large\", \"temperature\": 0.7, \"max_tokens\": 2000},\n"
    " \"inputs\": {\"type\": \"object\", \"required\": [\"context\"], \"properties\": {\n"
    "   \"context\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 2000,\n"
    "               \"title\": {\"de\": \"Anliegen\", \"en\": \"Concern\"}, \"example\": "
    "\"Arbeit\"},\n"
    "   \"birthDate\": {\"type\": \"string\", \"pattern\": \"^\\\\d{4}-\\\\d{2}-\\\\d{2}$\"},\n"
    "   \"depth\": {\"type\": \"string\", \"enum\": [\"basic\", \"advanced\"], \"default\": "
    "\"basic\"},\n"
    "   \"years\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 9, \"example\": 3},\n"
    "   \"place\": {\"type\": \"object\", \"required\": [\"name\"], \"properties\": {\n"
    "     \"name\": {\"type\": \"string\"}, \"latitude\": {\"type\": \"number\"}}},\n"
    "   \"topics\": {\"type\": \"array\", \"maxItems\": 5, \"items\": {\"type\": \"string\"}}}},\n"
    " \"config\": {\"tone\": {\"type\": \"string\", \"enum\": [\"warm\", \"dry\"], \"default\": "
    "\"dry\"},\n"
    "            \"retries\": {\"type\": \"integer\"}},\n"
    " \"sections\": [{\"id\": \"context\", \"title\": {\"de\": \"Einordnung\"}},\n"
    "              {\"id\": \"close\", \"title\": \"Schluss\"}],\n"
    " \"disclaimers\": {\"de\": [\"Keine Beratung.\"], \"en\": [\"No advice.\"]},\n"
    " \"forbidden\": [\"garantiert\"], \"stream\": false, \"x-team\": {\"anything\": null}}\n";

static struct manifest *parse(const char *text, struct err *err)
{
    struct manifest *manifest = NULL;
    return manifest_parse("m.json", "a", span_of(text), &manifest, err) ? manifest : NULL;
}

START_TEST(a_full_manifest_is_read)
{
    struct err err = {0};
    struct manifest *manifest = parse(full, &err);
    ck_assert_msg(manifest != NULL, "%s", err.text);
    ck_assert_str_eq(manifest->id, "a");
    ck_assert_str_eq(manifest->version, "1.2.0-rc.1");
    ck_assert_str_eq(manifest->contact, "team@example.org");
    ck_assert_int_eq(manifest->priority, 2097151);
    ck_assert_str_eq(manifest->description, "A text");
    ck_assert_str_eq(manifest->default_language, "en");
    ck_assert_int_eq(manifest->chart, MANIFEST_CHART_REQUIRED);
    ck_assert_uint_eq(manifest->passes_max, 2);
    ck_assert_int_eq(manifest->call_ms, 500);
    ck_assert_int_eq(manifest->memory_bytes, 67108864);
    ck_assert_int_eq(manifest->prompt_bytes, 65536);
    ck_assert_int_eq(manifest->answer_bytes, 131072);
    ck_assert_str_eq(manifest->model_class, "large");
    ck_assert_double_eq(manifest->model_temperature, 0.7);
    ck_assert_int_eq(manifest->model_max_tokens, 2000);
    ck_assert(!manifest->is_streamed);
    ck_assert_uint_eq(manifest->text_len, strlen(full));
    ck_assert_str_eq(manifest->text, full);
    ck_assert(manifest_declares_config(manifest, "tone"));
    ck_assert(!manifest_declares_config(manifest, "model"));
    manifest_destroy(&manifest);
    ck_assert_ptr_null(manifest);
}
END_TEST

START_TEST(a_minimal_manifest_has_defaults)
{
    struct err err = {0};
    struct manifest *manifest = parse("{" HEAD "}", &err);
    ck_assert_msg(manifest != NULL, "%s", err.text);
    ck_assert_uint_eq(manifest->passes_max, 1);
    ck_assert_int_eq(manifest->priority, 0);
    ck_assert_ptr_null(manifest->description);
    ck_assert_ptr_null(manifest->default_language);
    ck_assert_ptr_null(manifest->model_class);
    ck_assert(isnan(manifest->model_temperature));
    ck_assert_int_eq(manifest->call_ms, 0);
    ck_assert_int_eq(manifest->chart, MANIFEST_CHART_NONE);
    ck_assert(manifest->is_streamed);
    ck_assert(!manifest_declares_config(manifest, "tone"));
    manifest_destroy(&manifest);
}
END_TEST

START_TEST(the_language_is_the_nearest_the_manifest_has)
{
    static const struct {
        const char *wanted, *fallback, *expected;
    } rows[] = {
        {"en", "de", "en"}, {"pt-BR", "de", "pt-BR"}, {"de-AT", "en", "de"}, {"en_GB", "de", "en"},
        {"fr", "de", "de"}, {NULL, "en", "en"},       {"fr", "it", "de"},    {NULL, NULL, "de"},
        {"", "", "de"},     {"englisch", NULL, "de"},
    };
    struct err err = {0};
    struct manifest *manifest =
        parse("{\"manifest\":1,\"id\":\"a\",\"version\":\"1\",\"name\":{\"de\":\"x\"},"
              "\"languages\":[\"de\",\"en\",\"pt-BR\"],\"chart\":\"none\"}",
              &err);
    ck_assert_msg(manifest != NULL, "%s", err.text);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_str_eq(manifest_language(manifest, rows[i].wanted, rows[i].fallback),
                         rows[i].expected);
    }
    ck_assert(manifest_has_language(manifest, "de-AT"));
    ck_assert(manifest_has_language(manifest, "pt-BR"));
    ck_assert(!manifest_has_language(manifest, "fr"));
    ck_assert(!manifest_has_language(manifest, ""));
    manifest_destroy(&manifest);
}
END_TEST

/* What is wrong, and the whole of the error. */
static const struct {
    const char *text;
    const char *error;
} bad[] = {
    {"", "m.json:1:1: the text is empty"},
    {"{\n  \"a\" 1}", "m.json:2:7: "},
    {"{" HEAD ",\n}", "m.json:1:101: a comma that nothing follows"},
    {"{" HEAD "} x", "m.json:1:103: 'x' is not JSON"},
    {"{" HEAD ",\n \"chart\":\"none\"}", "m.json:2:2: the key 'chart' appears twice"},
    {"[1]", "m.json: : must be an object, not an array"},
    {"{}", "m.json: /manifest: is missing"},
    {"{\"manifest\":1}", "m.json: /id: is missing"},
    {"{" HEAD ",\"verison\":\"1\"}", "m.json: /verison: unknown key, perhaps 'version'"},
    {"{" HEAD ",\"a/b~c\":1}", "m.json: /a~1b~0c: unknown key (own keys begin with x-)"},
    {"{\"manifest\":2}", "m.json: /manifest: 2 is not between 1 and 1"},
    {"{\"manifest\":\"1\"}", "m.json: /manifest: must be a whole number, not a string"},
    {"{\"id\":\"b\"}", "m.json: /id: 'b' is not the folder's name 'a'"},
    {"{\"id\":\"A\"}", "m.json: /id: 'A' must match [a-z][a-z0-9_-]{0,31}"},
    {"{\"id\":null}", "m.json: /id: must be a string, not null"},
    {"{\"version\":\"\"}", "m.json: /version: must not be empty"},
    {"{\"version\":\"1 0\"}", "m.json: /version: may hold letters, digits and .+_- only"},
    {"{\"version\":1.0}", "m.json: /version: must be a string, not a number"},
    {"{\"name\":\"x\"}", "m.json: /name: must be an object, not a string"},
    {"{\"name\":{}}", "m.json: /name: must have at least one language"},
    {"{\"name\":{\"de\":\"\"}}", "m.json: /name/de: must not be empty"},
    {"{\"name\":{\"german\":\"x\"}}",
     "m.json: /name/german: is not a language code like de or pt-BR"},
    {"{\"description\":7}",
     "m.json: /description: must be a string or an object of languages, not a whole number"},
    {"{\"contact\":[]}", "m.json: /contact: must be a string, not an array"},
    {"{\"languages\":\"de\"}", "m.json: /languages: must be an array, not a string"},
    {"{\"languages\":[]}", "m.json: /languages: must have 1 to 32 elements, not 0"},
    {"{\"languages\":[\"de\",\"DE\"]}",
     "m.json: /languages/1: 'DE' is not a language code like de or pt-BR"},
    {"{\"languages\":[\"de\",\"en\",\"de\"]}", "m.json: /languages/2: is the same as element 0"},
    {"{\"depths\":[\"basic\",\"Deep\"]}",
     "m.json: /depths/1: 'Deep' must match [a-z][a-z0-9_-]{0,31}"},
    {"{\"styles\":{}}", "m.json: /styles: must have 1 to 64 styles, not 0"},
    {"{\"styles\":{\"Klar\":[]}}", "m.json: /styles/Klar: must match [a-z][a-z0-9_-]{0,31}"},
    {"{\"styles\":{\"klar\":\"x\"}}", "m.json: /styles/klar: must be an array, not a string"},
    {"{\"styles\":{\"klar\":[\"\"]}}", "m.json: /styles/klar/0: must not be empty"},
    {"{\"styles\":{\"a\":[\"x\"],\"b\":[\"x\"]}}",
     "m.json: /styles/a/0: 'x' already means the style 'b'"},
    {"{\"styles\":{\"a\":[\"b\"],\"b\":[]}}",
     "m.json: /styles/a/0: 'b' already means the style 'b'"},
    {"{" HEAD ",\"defaults\":{\"depth\":\"basic\"}}",
     "m.json: /defaults/depth: 'basic' is not among the depths"},
    {"{" HEAD ",\"styles\":{\"klar\":[\"hell\"]},\"defaults\":{\"style\":\"hell\"}}",
     "m.json: /defaults/style: 'hell' is not among the styles"},
    {"{" HEAD ",\"defaults\":{\"language\":\"fr\"}}",
     "m.json: /defaults/language: 'fr' is not among the languages"},
    {"{\"defaults\":{\"mood\":\"x\"}}",
     "m.json: /defaults/mood: unknown key (own keys begin with x-)"},
    {"{\"chart\":\"maybe\"}", "m.json: /chart: 'maybe' is not one of required, optional, none"},
    {"{\"chart\":true}", "m.json: /chart: must be a string, not true or false"},
    {"{\"priority\":0}", "m.json: /priority: 0 is not between 1 and 2097151"},
    {"{\"priority\":2097152}", "m.json: /priority: 2097152 is not between 1 and 2097151"},
    {"{\"passes_max\":0}", "m.json: /passes_max: 0 is not between 1 and 16"},
    {"{\"passes_max\":1.5}", "m.json: /passes_max: must be a whole number, not a number"},
    {"{\"limits\":{\"call_ms\":0}}", "m.json: /limits/call_ms: 0 is not between 1 and 600000"},
    {"{\"limits\":{\"memory_bytes\":1024}}",
     "m.json: /limits/memory_bytes: 1024 is not between 1048576 and 4294967296"},
    {"{\"limits\":{\"prompt_bytes\":-1}}",
     "m.json: /limits/prompt_bytes: -1 is not between 1 and 4294967296"},
    {"{\"limits\":{\"answer_bytes\":\"1MB\"}}",
     "m.json: /limits/answer_bytes: must be a whole number, not a string"},
    {"{\"limits\":{\"cpu\":1}}", "m.json: /limits/cpu: unknown key (own keys begin with x-)"},
    {"{\"model\":{\"class\":\"\"}}", "m.json: /model/class: must not be empty"},
    {"{\"model\":{\"temperature\":2.5}}", "m.json: /model/temperature: 2.5 is not between 0 and 2"},
    {"{\"model\":{\"max_tokens\":0}}", "m.json: /model/max_tokens: 0 is not between 1 and 1000000"},
    {"{\"stream\":\"no\"}", "m.json: /stream: must be true or false, not a string"},
    {"{\"engine\":\"A B\"}", "m.json: /engine: 'A B' must match [a-z][a-z0-9_-]{0,31}"},
    {"{\"sections\":[{\"id\":\"a\"}]}", "m.json: /sections/0/title: is missing"},
    {"{\"sections\":[{\"id\":\"a\",\"title\":\"x\"},{\"id\":\"a\",\"title\":\"y\"}]}",
     "m.json: /sections/1/id: is the same as that of section 0"},
    {"{\"sections\":[{\"id\":\"a\",\"title\":\"x\",\"chars_min\":0}]}",
     "m.json: /sections/0/chars_min: 0 is not between 1 and 1000000"},
    {"{\"sections\":[{\"id\":\"a\",\"title\":\"x\",\"chars_max\":1000001}]}",
     "m.json: /sections/0/chars_max: 1000001 is not between 1 and 1000000"},
    {"{\"sections\":[{\"id\":\"a\",\"title\":\"x\",\"chars_min\":7,\"chars_max\":6}]}",
     "m.json: /sections/0: chars_min is over chars_max"},
    {"{\"engine\":\"../x\"}", "m.json: /engine: "},
    {"{" HEAD ",\"text\":{}}",
     "m.json: /text: is read by the engine text only; add \"engine\": \"text\""},
    {"{" HEAD ",\"engine\":\"other\",\"text\":{}}",
     "m.json: /text: is read by the engine text only; add \"engine\": \"text\""},
    {"{\"engine\":\"text\",\"text\":{\"fact\":true}}",
     "m.json: /text/fact: unknown key, perhaps 'facts'"},
    {"{\"engine\":\"text\",\"text\":{\"facts\":1}}",
     "m.json: /text/facts: must be true or false, not a whole number"},
    {"{" HEAD ",\"engine\":\"text\",\"text\":{\"facts\":true}}",
     "m.json: /text/facts: cannot be true where /chart is none"},
    {"{\"engine\":\"text\",\"text\":{\"knowledge_bytes\":1048577}}",
     "m.json: /text/knowledge_bytes: 1048577 is not between 0 and 1048576"},
    {"{\"engine\":\"text\",\"text\":{\"schema\":[]}}",
     "m.json: /text/schema: must be an object, not an array"},
    {"{\"engine\":\"text\",\"text\":{\"schema\":{}}}", "m.json: /text/schema/type: is missing"},
    {"{\"engine\":\"text\",\"text\":{\"schema\":{\"type\":\"string\"}}}",
     "m.json: /text/schema/type: must be object, as the answer is one"},
    {"{\"engine\":\"text\",\"text\":{\"schema\":{\"type\":\"object\",\"properties\":{},\"anyOf\":[]"
     "}}}",
     "m.json: /text/schema/anyOf: unknown key (own keys begin with x-)"},
    {"{" HEAD ",\"engine\":\"text\",\"text\":{\"schema\":{\"type\":\"object\",\"properties\":{}}},"
     "\"disclaimers\":[\"x\"]}",
     "m.json: /text/schema: makes the answer JSON: take out /sections and /disclaimers"},
    {"{\"disclaimers\":{\"de\":\"x\"}}", "m.json: /disclaimers/de: must be an array, not a string"},
    {"{\"forbidden\":[\"\"]}", "m.json: /forbidden/0: must not be empty"},
    {"{\"forbidden\":{\"xx1\":[\"a\"]}}",
     "m.json: /forbidden/xx1: is not a language code like de or pt-BR"},
    {"{\"config\":[]}", "m.json: /config: must be an object, not an array"},
    {"{\"config\":{\"Tone\":{\"type\":\"string\"}}}",
     "m.json: /config/Tone: an option's name must match [a-z][a-z0-9_]{0,47}"},
    {"{\"config\":{\"model\":{\"type\":\"string\"}}}",
     "m.json: /config/model: is an option of the host's own"},
    {"{\"config\":{\"tone\":{}}}", "m.json: /config/tone/type: is missing"},
    {"{\"config\":{\"tone\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}",
     "m.json: /config/tone/type: an option is a string, integer, number or boolean"},
    {"{\"inputs\":{\"type\":\"string\"}}",
     "m.json: /inputs/type: must be object, as a job's data is one"},
    {"{\"inputs\":{\"type\":\"object\"}}", "m.json: /inputs/properties: is missing"},
};

/* The same below /inputs/properties/f. */
static const struct {
    const char *field;
    const char *error;
} bad_fields[] = {
    {"7", ": must be an object, not a whole number"},
    {"{}", "/type: is missing"},
    {"{\"type\":\"text\"}",
     "/type: 'text' is not one of string, integer, number, boolean, object, array"},
    {"{\"type\":\"string\",\"maxLenght\":3}", "/maxLenght: unknown key, perhaps 'maxLength'"},
    {"{\"type\":\"string\",\"minLength\":5,\"maxLength\":3}",
     "/minLength: is larger than maxLength"},
    {"{\"type\":\"string\",\"maxLength\":99999999}",
     "/maxLength: 99999999 is not between 0 and 65536"},
    {"{\"type\":\"integer\",\"maxLength\":3}", "/maxLength: has no meaning for the type integer"},
    {"{\"type\":\"string\",\"minimum\":3}", "/minimum: has no meaning for the type string"},
    {"{\"type\":\"integer\",\"minimum\":3,\"maximum\":1}", "/minimum: is larger than maximum"},
    {"{\"type\":\"string\",\"enum\":[]}", "/enum: must have 1 to 64 elements, not 0"},
    {"{\"type\":\"string\",\"enum\":[\"a\",1]}", "/enum/1: must be a string, not a whole number"},
    {"{\"type\":\"string\",\"enum\":[\"a\",\"a\"]}", "/enum/1: is the same as element 0"},
    {"{\"type\":\"string\",\"enum\":[\"a\"],\"default\":\"b\"}",
     "/default: is none of the field's enum"},
    {"{\"type\":\"integer\",\"minimum\":1,\"default\":0}",
     "/default: is below the field's own minimum"},
    {"{\"type\":\"number\",\"maximum\":1,\"example\":1.5}",
     "/example: is above the field's own maximum"},
    {"{\"type\":\"string\",\"minLength\":5,\"example\":\"abc\"}",
     "/example: is below the field's own minimum"},
    {"{\"type\":\"boolean\",\"default\":\"yes\"}", "/default: must be true or false, not a string"},
    {"{\"type\":\"string\",\"title\":\"x\"}", "/title: must be an object, not a string"},
    {"{\"type\":\"array\"}", "/items: is missing"},
    {"{\"type\":\"array\",\"items\":{\"type\":\"what\"}}",
     "/items/type: 'what' is not one of string, integer, number, boolean, object, array"},
    {"{\"type\":\"object\",\"properties\":{\"a-b\":{\"type\":\"string\"}}}",
     "/properties/a-b: a field's name must match [A-Za-z_][A-Za-z0-9_]{0,63}"},
    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"b\"]}",
     "/required/0: 'b' is not among the properties"},
    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"object\",\"properties\":{\"a\":"
     "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"object\",\"properties\":"
     "{\"a\":{\"type\":\"string\"}}}}}}}}}",
     "/properties/a/properties/a/properties/a/properties/a: is nested deeper than 4"},
    {"{\"type\":\"string\",\"pattern\":\"\"}", "/pattern: must not be empty"},
    {"{\"type\":\"string\",\"pattern\":\"abc\"}",
     "/pattern: 'abc' at 1: the pattern must begin with ^ and end with $"},
    {"{\"type\":\"string\",\"pattern\":\"^(a|b)$\"}",
     "/pattern: '^(a|b)$' at 2: groups and alternation are not allowed"},
    {"{\"type\":\"string\",\"pattern\":\"^a+$\"}",
     "/pattern: '^a+$' at 3: unbounded repeats are not allowed, write {1,256}"},
};

static void refuse(const char *text, const char *error, bool is_prefix)
{
    struct err err = {0};
    struct manifest *manifest = parse(text, &err);
    ck_assert_msg(manifest == NULL, "'%s' was taken", text);
    bool is_equal =
        is_prefix ? strncmp(err.text, error, strlen(error)) == 0 : strcmp(err.text, error) == 0;
    ck_assert_msg(is_equal, "'%s': '%s', expected '%s'", text, err.text, error);
}

START_TEST(a_bad_manifest_is_refused_with_its_place)
{
    const char *error = bad[_i].error;
    /* Where json-c found the fault, the wording is its own: only the place is compared. */
    refuse(bad[_i].text, error, error[strlen(error) - 1] == ' ');
}
END_TEST

START_TEST(a_bad_field_is_refused_with_its_place)
{
    char text[1024], error[512];
    (void)snprintf(text, sizeof(text),
                   "{\"inputs\":{\"type\":\"object\",\"properties\":{\"f\":%s}}}",
                   bad_fields[_i].field);
    (void)snprintf(error, sizeof(error), "m.json: /inputs/properties/f%s", bad_fields[_i].error);
    refuse(text, error, false);
}
END_TEST

START_TEST(a_manifest_that_is_too_long_is_refused)
{
    size_t len = 70 * 1024;
    char *text = malloc(len);
    ck_assert_ptr_nonnull(text);
    memset(text, ' ', len);
    struct manifest *manifest = NULL;
    struct err err = {0};
    ck_assert(!manifest_parse("m.json", "a", (struct span){text, len}, &manifest, &err));
    ck_assert_str_eq(err.text, "m.json: is longer than 65536 bytes");
    free(text);
}
END_TEST

static const struct {
    const char *pattern;
    bool is_legal;
} patterns[] = {
    {"^abc$", true},
    {"^$", true},
    {"^\\d{4}-\\d{2}$", true},
    {"^[A-Za-z_][A-Za-z0-9_]{0,63}$", true},
    {"^[^ -]{1,256}$", true},
    {"^[a\\]b]?$", true},
    {"^a\\.b\\\\$", true},
    {"^Grüße{1,3}$", true},
    {"^a-$", true},
    {"", false},
    {"^", false},
    {"a$", false},
    {"^a", false},
    {"^a$b", false},
    {"^.$", false},
    {"^(a)$", false},
    {"^a|b$", false},
    {"^a*$", false},
    {"^a{2}{3}$", false},
    {"^a{,3}$", false},
    {"^a{3,}$", false},
    {"^a{3,2}$", false},
    {"^a{0}$", false},
    {"^a{257}$", false},
    {"^a{99999999999999999999}$", false},
    {"^a{3$", false},
    {"^\\1$", false},
    {"^\\w$", false},
    {"^[abc$", false},
    {"^[]$", false},
    {"^[z-a]$", false},
    {"^[[:alpha:]]$", false},
    {"^[ä]$", false},
    {"^]$", false},
    {"^\\", false},
};

START_TEST(only_patterns_that_match_in_linear_time_are_allowed)
{
    char text[512], quoted[200] = "";
    for (const char *c = patterns[_i].pattern; *c != '\0'; c++) {
        size_t len = strlen(quoted);
        (void)snprintf(quoted + len, sizeof(quoted) - len, *c == '\\' ? "\\%c" : "%c", *c);
    }
    (void)snprintf(text, sizeof(text),
                   "{" HEAD ",\"inputs\":{\"type\":\"object\",\"properties\":{\"f\":{\"type\":"
                   "\"string\",\"pattern\":\"%s\"}}}}",
                   quoted);
    struct err err = {0};
    struct manifest *manifest = parse(text, &err);
    ck_assert_msg((manifest != NULL) == patterns[_i].is_legal, "'%s': %s", patterns[_i].pattern,
                  err.text);
    manifest_destroy(&manifest);
}
END_TEST

START_TEST(no_cut_of_a_manifest_is_taken)
{
    for (size_t len = 0; len + 2 < strlen(full); len++) {
        struct manifest *manifest = NULL;
        struct err err = {0};
        ck_assert(!manifest_parse("m.json", "a", (struct span){full, len}, &manifest, &err));
        ck_assert_int_eq(strncmp(err.text, "m.json:", 7), 0);
    }
}
END_TEST

Suite *suite_manifest(void)
{
    Suite *suite = suite_create("manifest");
    TCase *tcase = tcase_create("tables");
    tcase_add_test(tcase, a_full_manifest_is_read);
    tcase_add_test(tcase, a_minimal_manifest_has_defaults);
    tcase_add_test(tcase, the_language_is_the_nearest_the_manifest_has);
    tcase_add_loop_test(tcase, a_bad_manifest_is_refused_with_its_place, 0, ARRAY_LEN(bad));
    tcase_add_loop_test(tcase, a_bad_field_is_refused_with_its_place, 0, ARRAY_LEN(bad_fields));
    tcase_add_test(tcase, a_manifest_that_is_too_long_is_refused);
    tcase_add_loop_test(tcase, only_patterns_that_match_in_linear_time_are_allowed, 0,
                        ARRAY_LEN(patterns));
    tcase_add_test(tcase, no_cut_of_a_manifest_is_taken);
    suite_add_tcase(suite, tcase);
    return suite;
}
