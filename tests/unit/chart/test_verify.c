/* Good charts pass; each broken variant of a good chart is refused at the field that is wrong. */
#include "test_chart.h"

#include <stdio.h>
#include <stdlib.h>

#include "chart/verify.h"
#include "core/attr.h"
#include "core/json.h"
#include "core/mem.h"

static struct json_object *charts;

static void charts_load(void)
{
    FILE *file = fopen(TEST_CHARTS_PATH, "re");
    ck_assert_ptr_nonnull(file);
    static char text[64 * 1024];
    size_t len = fread(text, 1, sizeof(text), file);
    ck_assert_uint_lt(len, sizeof(text));
    ck_assert_int_eq(fclose(file), 0);
    struct err err;
    ck_assert_msg(json_parse((struct span){text, len}, &charts, &err), "%s", err.text);
}

static void charts_free(void)
{
    json_object_put(charts);
    charts = NULL;
}

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;
    struct err err;
    ck_assert_msg(json_parse(span_of(text), &value, &err), "%s: %s", text, err.text);
    return value;
}

/* Members of patch replace the chart's; null deletes; "a.b" goes one level down; "a+" appends
 * to the list a; "a-" drops the entry with that index. */
static void patch_apply(struct json_object *chart, struct json_object *patch)
{
    json_object_object_foreach(patch, path, value)
    {
        char key[64];
        (void)snprintf(key, sizeof(key), "%s", path);
        char *dot = strchr(key, '.');
        char *last = key + strlen(key) - 1;
        struct json_object *target = chart;
        if (dot != NULL) {
            *dot = '\0';
            target = json_get(chart, key);
            memmove(key, dot + 1, strlen(dot + 1) + 1);
        } else if (*last == '+') {
            *last = '\0';
            json_object_array_add(json_get(chart, key), json_object_get(value));
            continue;
        } else if (*last == '-') {
            *last = '\0';
            json_object_array_del_idx(json_get(chart, key), (size_t)json_object_get_int(value), 1);
            continue;
        }
        if (value == NULL) {
            json_object_object_del(target, key);
        } else {
            json_object_object_add(target, key, json_object_get(value));
        }
    }
}

static struct json_object *patched(const char *id, const char *patch_text)
{
    struct json_object *chart = NULL;
    ck_assert_int_eq(json_object_deep_copy(json_get(charts, id), &chart, NULL), 0);
    struct json_object *patch = parse(patch_text);
    patch_apply(chart, patch);
    json_object_put(patch);
    return chart;
}

START_TEST(known_good_charts_pass)
{
    unsigned count = 0;
    json_object_object_foreach(charts, id, chart)
    {
        struct chart_fault fault;
        ck_assert_msg(chart_verify(chart, &fault), "%s: %s %s", id, fault.field, fault.remedy);
        ck_assert_str_eq(fault.field, "");
        count++;
    }
    ck_assert_uint_ge(count, 15);
}
END_TEST

struct good_case {
    const char *id, *patch;
};

static const struct good_case good_cases[] = {
    {"berlin-wall", "{\"definition\":\"Split Definition\"}"},
    {"apollo-11", "{\"strategy\":\"To Respond\",\"authority\":\"Sacral Authority\"}"},
    {"apollo-11", "{\"profile\":\"2 / 4\"}"},
    {"apollo-11", "{\"channels\":[{\"gates\":[60,3],\"name\":\"Mutation\"}]}"},
    {"apollo-11", "{\"gates+\":{\"number\":6,\"name\":\"Conflict\"}}"},
    {"apollo-11", "{\"incarnationCross\":{\"name\":\"Laws\"},\"variables\":null}"},
    {"eiffel-tower", "{\"strategy\":\"To Respond & Inform\"}"},
    {"rare-6", "{\"authority\":\"None\"}"},
    {"rare-10", "{\"definition\":\"No Definition\"}"},
    {"rare-5", "{\"definition\":\"Quadruple Split Definition\"}"},
};

START_TEST(wording_variants_pass)
{
    struct json_object *chart = patched(good_cases[_i].id, good_cases[_i].patch);
    struct chart_fault fault;
    ck_assert_msg(chart_verify(chart, &fault), "%s: %s %s", good_cases[_i].patch, fault.field,
                  fault.remedy);
    json_object_put(chart);
}
END_TEST

struct bad_case {
    const char *id, *patch;
    const char *field;
    const char *remedy_part;
};

static const struct bad_case bad_cases[] = {
    /* missing */
    {"apollo-11", "{\"type\":null}", "chart.type", "missing"},
    {"apollo-11", "{\"authority\":null}", "chart.authority", "missing"},
    {"apollo-11", "{\"strategy\":null}", "chart.strategy", "missing"},
    {"apollo-11", "{\"profile\":null}", "chart.profile", "missing"},
    {"apollo-11", "{\"definition\":null}", "chart.definition", "missing"},
    {"apollo-11", "{\"centers\":null}", "chart.centers", "missing"},
    {"apollo-11", "{\"channels\":null}", "chart.channels", "missing"},
    {"apollo-11", "{\"gates\":null}", "chart.gates", "missing"},
    {"apollo-11", "{\"centers.root\":null}", "chart.centers.root", "missing"},
    {"apollo-11", "{\"centers\":{}}", "chart.centers.head", "missing"},
    /* wrong forms */
    {"apollo-11", "{\"type\":7}", "chart.type", "a number"},
    {"apollo-11", "{\"authority\":true}", "chart.authority", "a boolean"},
    {"apollo-11", "{\"strategy\":[\"Respond\"]}", "chart.strategy", "an array"},
    {"apollo-11", "{\"profile\":2.4}", "chart.profile", "a number"},
    {"apollo-11", "{\"definition\":{}}", "chart.definition", "an object"},
    {"apollo-11", "{\"centers\":[\"sacral\",\"root\"]}", "chart.centers", "an array"},
    {"apollo-11", "{\"centers.sacral\":\"defined\"}", "chart.centers.sacral", "a string"},
    {"apollo-11", "{\"centers.sacral\":1}", "chart.centers.sacral", "a number"},
    {"apollo-11", "{\"channels\":\"3-60\"}", "chart.channels", "a string"},
    {"apollo-11", "{\"channels\":[\"3-60\"]}", "chart.channels[0].gates", "not a pair"},
    {"apollo-11", "{\"channels\":[{\"gates\":[3]}]}", "chart.channels[0].gates", "not a pair"},
    {"apollo-11", "{\"channels\":[{\"gates\":[3,60,9]}]}", "chart.channels[0].gates", "pair"},
    {"apollo-11", "{\"channels\":[{\"gates\":[\"3\",60]}]}", "chart.channels[0].gates", "a string"},
    {"apollo-11", "{\"channels\":[{\"gates\":[3.5,60]}]}", "chart.channels[0].gates", "a number"},
    {"apollo-11", "{\"channels+\":{}}", "chart.channels[1].gates", "not a pair"},
    {"apollo-11", "{\"gates\":[3,60]}", "chart.gates[0].number", "not an integer"},
    {"apollo-11", "{\"gates+\":{\"number\":\"7\"}}", "chart.gates[18].number", "not an integer"},
    {"apollo-11", "{\"gates\":{\"3\":true}}", "chart.gates", "an object"},
    /* out of range, unknown words */
    {"apollo-11", "{\"gates+\":{\"number\":0}}", "chart.gates[18].number", "1 to 64"},
    {"apollo-11", "{\"gates+\":{\"number\":65}}", "chart.gates[18].number", "1 to 64"},
    {"apollo-11", "{\"gates+\":{\"number\":-9223372036854775808}}", "chart.gates[18].number",
     "1 to 64"},
    {"apollo-11", "{\"channels+\":{\"gates\":[0,8]}}", "chart.channels[1].gates", "gate 0"},
    {"apollo-11", "{\"channels+\":{\"gates\":[1,65]}}", "chart.channels[1].gates", "gate 65"},
    {"apollo-11", "{\"channels+\":{\"gates\":[3,61]}}", "chart.channels[1].gates", "3-61 is none"},
    {"apollo-11", "{\"channels+\":{\"gates\":[60,60]}}", "chart.channels[1].gates", "is none"},
    {"apollo-11", "{\"channels+\":{\"gates\":[60,3]}}", "chart.channels[1].gates", "twice"},
    {"apollo-11", "{\"type\":\"Initiator\"}", "chart.type", "'Initiator' is not known"},
    {"apollo-11", "{\"type\":\"\"}", "chart.type", "not known"},
    {"apollo-11", "{\"authority\":\"Stomach\"}", "chart.authority", "not known"},
    {"apollo-11", "{\"strategy\":\"Push\"}", "chart.strategy", "not known"},
    {"apollo-11", "{\"definition\":\"Double\"}", "chart.definition", "not known"},
    {"apollo-11", "{\"centers.ego\":true}", "chart.centers.ego", "no centre"},
    {"apollo-11", "{\"profile\":\"2/3\"}", "chart.profile", "twelve"},
    {"apollo-11", "{\"profile\":\"24\"}", "chart.profile", "twelve"},
    {"apollo-11", "{\"profile\":\"2//4\"}", "chart.profile", "twelve"},
    {"apollo-11", "{\"profile\":\"2/4/6\"}", "chart.profile", "no profile"},
    {"apollo-11", "{\"profile\":\"\"}", "chart.profile", "twelve"},
    {"apollo-11", "{\"profile\":\"7/1\"}", "chart.profile", "twelve"},
    /* contradictions */
    {"apollo-11", "{\"gates-\":0}", "chart.gates", "lacks gate 3"},
    {"apollo-11", "{\"gates-\":16}", "chart.gates", "lacks gate 60"},
    {"apollo-11", "{\"channels\":[]}", "chart.channels", "lacks 3-60"},
    {"apollo-11", "{\"gates+\":{\"number\":59}}", "chart.channels", "lacks 6-59"},
    {"apollo-11", "{\"channels+\":{\"gates\":[6,59]}}", "chart.gates", "lacks gate 59"},
    {"apollo-11", "{\"centers.throat\":true}", "chart.centers.throat", "no listed channel"},
    {"apollo-11", "{\"centers.root\":false}", "chart.centers.root", "touches it"},
    {"apollo-11", "{\"type\":\"Projector\"}", "chart.type", "make it Generator"},
    {"apollo-11", "{\"type\":\"Manifesting Generator\"}", "chart.type", "make it Generator"},
    {"eiffel-tower", "{\"type\":\"Generator\"}", "chart.type", "Manifesting Generator"},
    {"apollo-11", "{\"authority\":\"Emotional\"}", "chart.authority", "make it Sacral"},
    {"berlin-wall", "{\"authority\":\"Sacral\"}", "chart.authority", "make it Emotional"},
    {"philae", "{\"authority\":\"None\"}", "chart.authority", "make it Splenic"},
    {"apollo-11", "{\"definition\":\"Split\"}", "chart.definition", "make it Single"},
    {"apollo-11", "{\"definition\":\"None\"}", "chart.definition", "make it Single"},
    {"rare-5", "{\"definition\":\"Triple Split\"}", "chart.definition", "Quadruple Split"},
    {"apollo-11", "{\"strategy\":\"Inform\"}", "chart.strategy", "make it Respond"},
    {"apollo-11", "{\"strategy\":\"Respond & Inform\"}", "chart.strategy", "make it Respond"},
    {"rare-10", "{\"strategy\":\"Wait for the Invitation\"}", "chart.strategy", "Lunar"},
};

START_TEST(broken_charts_are_refused_at_their_field)
{
    const struct bad_case *bad = &bad_cases[_i];
    struct json_object *chart = patched(bad->id, bad->patch);
    struct chart_fault fault;
    ck_assert_msg(!chart_verify(chart, &fault), "%s %s passed", bad->id, bad->patch);
    ck_assert_msg(strcmp(fault.field, bad->field) == 0, "%s %s: %s", bad->id, bad->patch,
                  fault.field);
    ck_assert_msg(strstr(fault.remedy, bad->remedy_part) != NULL, "%s %s: %s", bad->id, bad->patch,
                  fault.remedy);
    json_object_put(chart);
}
END_TEST

START_TEST(what_is_no_object_is_refused)
{
    static const char *const texts[] = {"[]", "\"chart\"", "7", "true", "{}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct json_object *value = parse(texts[i]);
        struct chart_fault fault;
        ck_assert_msg(!chart_verify(value, &fault), "%s", texts[i]);
        ck_assert_str_eq(fault.field, i + 1 < ARRAY_LEN(texts) ? "chart" : "chart.type");
        json_object_put(value);
    }
    struct chart_fault fault;
    ck_assert(!chart_verify(NULL, &fault));
    ck_assert_str_eq(fault.field, "chart");
}
END_TEST

START_TEST(lists_and_foreign_words_are_cut)
{
    struct json_object *chart = patched("apollo-11", "{}");
    for (int i = 0; i < 200; i++) {
        json_object_array_add(json_get(chart, "gates"), parse("{\"number\":6}"));
    }
    struct chart_fault fault;
    ck_assert(!chart_verify(chart, &fault));
    ck_assert_str_eq(fault.field, "chart.gates");

    char *word = mem_alloc(10001);
    memset(word, 'x', 10000);
    json_object_object_add(chart, "type", json_object_new_string(word));
    ck_assert(!chart_verify(chart, &fault));
    ck_assert_str_eq(fault.field, "chart.type");
    ck_assert_uint_lt(strlen(fault.remedy), CHART_REMEDY_BYTES_MAX);
    json_object_object_add(json_get(chart, "centers"), word, json_object_new_boolean(true));
    json_object_object_add(chart, "type", json_object_new_string("Generator"));
    ck_assert(!chart_verify(chart, &fault));
    ck_assert_uint_lt(strlen(fault.field), CHART_FIELD_BYTES_MAX);
    free(word);
    json_object_put(chart);
}
END_TEST

Suite *verify_suite(void)
{
    Suite *suite = suite_create("verify");
    TCase *tcase = tcase_create("verify");
    tcase_add_checked_fixture(tcase, charts_load, charts_free);
    tcase_add_test(tcase, known_good_charts_pass);
    tcase_add_loop_test(tcase, wording_variants_pass, 0, (int)ARRAY_LEN(good_cases));
    tcase_add_loop_test(tcase, broken_charts_are_refused_at_their_field, 0,
                        (int)ARRAY_LEN(bad_cases));
    tcase_add_test(tcase, what_is_no_object_is_refused);
    tcase_add_test(tcase, lists_and_foreign_words_are_cut);
    suite_add_tcase(suite, tcase);
    return suite;
}
