/* Published charts: what their sources say of them is what comes out here. */
#include "test_chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "chart/verify.h"
#include "core/attr.h"
#include "core/json.h"
#include "maker.h"
#include "time/civil.h"

#define DESIGN_TOLERANCE_S 90 /* sources give the minute, cut or rounded */
#define EXAMPLE_TOLERANCE_S 2

static struct json_object *goldens, *examples;

static void load(void)
{
    goldens = maker_load(TEST_GOLDENS_PATH);
    examples = maker_load(TEST_EXAMPLES_PATH);
}

static void unload(void)
{
    json_object_put(goldens);
    json_object_put(examples);
}

static const char *text_at(struct json_object *object, const char *key)
{
    return json_object_get_string(json_get(object, key));
}

/* "1999-04-21T23:31" and "…:31:05Z" */
static int64_t seconds_of(const char *utc)
{
    struct civil civil = {0};
    int year = 0;
    int found = sscanf(utc, "%d-%d-%dT%d:%d:%d", &year, &civil.month, &civil.day, &civil.hour,
                       &civil.minute, &civil.second);
    ck_assert_int_ge(found, 5);
    civil.year = year;
    return civil_seconds(&civil);
}

/* --- one check for each key the sources use ------------------------------------------------------
 */

typedef void (*golden_check_fn)(struct json_object *expected, struct json_object *chart);

static void check_type(struct json_object *expected, struct json_object *chart)
{
    ck_assert_str_eq(text_at(chart, "type"), json_object_get_string(expected));
}

static void check_authority(struct json_object *expected, struct json_object *chart)
{
    ck_assert_str_eq(text_at(chart, "authority"), json_object_get_string(expected));
}

static void check_definition(struct json_object *expected, struct json_object *chart)
{
    ck_assert_str_eq(text_at(chart, "definition"), json_object_get_string(expected));
}

static void check_profile(struct json_object *expected, struct json_object *chart)
{
    ck_assert_str_eq(text_at(chart, "profile"), json_object_get_string(expected));
}

static void check_strategy(struct json_object *expected, struct json_object *chart)
{
    ck_assert_str_eq(text_at(chart, "strategy"), json_object_get_string(expected));
}

static void check_signature(struct json_object *expected, struct json_object *chart)
{
    ck_assert_str_eq(text_at(chart, "signature"), json_object_get_string(expected));
}

static void check_not_self(struct json_object *expected, struct json_object *chart)
{
    ck_assert_str_eq(text_at(chart, "not_self_theme"), json_object_get_string(expected));
}

static void check_variables(struct json_object *expected, struct json_object *chart)
{
    ck_assert_str_eq(text_at(json_get(chart, "variables"), "short_code"),
                     json_object_get_string(expected));
}

static void check_angle(struct json_object *expected, struct json_object *chart)
{
    static const char *const words[][2] = {
        {"RAX", "Right Angle"}, {"LAX", "Left Angle"}, {"JUX", "Juxtaposition"}};
    const char *found = text_at(json_get(chart, "incarnationCross"), "type");
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(words[i][0], json_object_get_string(expected)) == 0) {
            ck_assert_str_eq(found, words[i][1]);
            return;
        }
    }
    ck_abort_msg("unknown angle %s", json_object_get_string(expected));
}

/* Some sources leave the number away, and write "The" large. */
static void check_cross(struct json_object *expected, struct json_object *chart)
{
    static const char *const keys[] = {"personalitySun", "personalityEarth", "designSun",
                                       "designEarth"};
    struct json_object *cross = json_get(chart, "incarnationCross");
    struct json_object *gates = json_get(expected, "gates");
    for (size_t i = 0; gates != NULL && i < ARRAY_LEN(keys); i++) {
        ck_assert_int_eq(json_object_get_int(json_get(json_get(cross, "gates"), keys[i])),
                         json_object_get_int(json_object_array_get_idx(gates, i)));
    }
    const char *name = text_at(expected, "name"), *full = text_at(cross, "fullName");
    if (name != NULL) {
        size_t len = strlen(name);
        ck_assert_msg(strncasecmp(full, name, len) == 0 && (full[len] == '\0' || full[len] == ' '),
                      "%s is not %s", full, name);
    }
    if (json_get(expected, "angle") != NULL) {
        check_angle(json_get(expected, "angle"), chart);
    }
}

static void check_channels(struct json_object *expected, struct json_object *chart)
{
    struct json_object *found = json_get(chart, "channels");
    size_t count = json_object_array_length(expected);
    ck_assert_uint_eq(json_object_array_length(found), count);
    for (size_t i = 0; i < count; i++) {
        struct json_object *gates = json_get(json_object_array_get_idx(found, i), "gates");
        char text[16];
        (void)snprintf(text, sizeof(text), "%d-%d",
                       json_object_get_int(json_object_array_get_idx(gates, 0)),
                       json_object_get_int(json_object_array_get_idx(gates, 1)));
        ck_assert_str_eq(text, json_object_get_string(json_object_array_get_idx(expected, i)));
    }
}

static void check_centers(struct json_object *expected, struct json_object *chart)
{
    size_t defined = 0;
    json_object_object_foreach(json_get(chart, "centers"), key, is_defined)
    {
        bool is_expected = false;
        for (size_t i = 0; i < json_object_array_length(expected); i++) {
            const char *name = json_object_get_string(json_object_array_get_idx(expected, i));
            is_expected |=
                strcasecmp(strcmp(name, "SolarPlexus") == 0 ? "solar-plexus" : name, key) == 0;
        }
        ck_assert_msg(json_object_get_boolean(is_defined) == is_expected, "%s", key);
        defined += is_expected ? 1 : 0;
    }
    ck_assert_uint_eq(defined, json_object_array_length(expected));
}

static void check_design_utc(struct json_object *expected, struct json_object *chart)
{
    int64_t found_s = seconds_of(text_at(chart, "design_utc"));
    bool is_near = false;
    for (size_t i = 0; i < json_object_array_length(expected); i++) {
        struct json_object *one = json_object_array_get_idx(expected, i);
        is_near |= llabs(found_s - seconds_of(json_object_get_string(one))) < DESIGN_TOLERANCE_S;
    }
    ck_assert_msg(is_near, "%s, not %s", text_at(chart, "design_utc"),
                  json_object_to_json_string(expected));
}

/* "NorthNode" → our key. */
static struct json_object *planet_find(struct json_object *chart, const char *side,
                                       const char *name)
{
    struct json_object *planets = json_get(json_get(chart, side), "planets");
    const char *key = strcmp(name, "NorthNode") == 0   ? "north_node"
                      : strcmp(name, "SouthNode") == 0 ? "south_node"
                                                       : name;
    json_object_object_foreach(planets, own, planet)
    {
        if (strcasecmp(own, key) == 0) {
            return planet;
        }
    }
    ck_abort_msg("no planet %s", name);
    return NULL;
}

/* "56.4.2.3.4", or its beginning. A node's base is a vendor's own affair. */
static void check_place(struct json_object *planet, const char *name, const char *expected)
{
    static const char *const keys[] = {"gate", "line", "color", "tone", "base"};
    const char *at = expected;
    for (size_t i = 0; i < ARRAY_LEN(keys) && *at != '\0'; i++) {
        char *end = NULL;
        long number = strtol(at, &end, 10);
        bool is_own_affair = i == 4 && strstr(name, "Node") != NULL;
        ck_assert_msg(is_own_affair || json_object_get_int(json_get(planet, keys[i])) == number,
                      "%s: %s of %s is %s", name, keys[i], expected, text_at(planet, keys[i]));
        at = *end == '.' ? end + 1 : end;
    }
}

static void check_side(struct json_object *expected, struct json_object *chart, const char *side)
{
    json_object_object_foreach(expected, name, place)
    {
        check_place(planet_find(chart, side, name), name, json_object_get_string(place));
    }
}

static void check_personality(struct json_object *expected, struct json_object *chart)
{
    check_side(expected, chart, "personality");
}

static void check_design(struct json_object *expected, struct json_object *chart)
{
    check_side(expected, chart, "design");
}

static void check_color(struct json_object *expected, struct json_object *chart)
{
    json_object_object_foreach(expected, path, color)
    {
        char side[32];
        (void)snprintf(side, sizeof(side), "%s", path);
        char *dot = strchr(side, '.');
        ck_assert_ptr_nonnull(dot);
        *dot = '\0';
        ck_assert_int_eq(json_object_get_int(json_get(planet_find(chart, side, dot + 1), "color")),
                         json_object_get_int(color));
    }
}

static const struct {
    const char *key;
    golden_check_fn check;
} golden_checks[] = {
    {"type", check_type},
    {"authority", check_authority},
    {"definition", check_definition},
    {"profile", check_profile},
    {"strategy", check_strategy},
    {"signature", check_signature},
    {"notSelf", check_not_self},
    {"variables", check_variables},
    {"angle", check_angle},
    {"cross", check_cross},
    {"channels", check_channels},
    {"centers", check_centers},
    {"designUtcAny", check_design_utc},
    {"personality", check_personality},
    {"design", check_design},
    {"color", check_color},
};

static void check_key(const char *key, struct json_object *expected, struct json_object *chart)
{
    for (size_t i = 0; i < ARRAY_LEN(golden_checks); i++) {
        if (strcmp(golden_checks[i].key, key) == 0) {
            golden_checks[i].check(expected, chart);
            return;
        }
    }
    ck_abort_msg("nothing checks %s", key);
}

START_TEST(published_charts_agree)
{
    struct json_object *golden = json_object_array_get_idx(goldens, (size_t)_i);
    struct chart_fault fault;
    struct json_object *chart = maker_chart(json_get(golden, "birth"), &fault);
    ck_assert_msg(chart != NULL, "%s: %s: %s", text_at(golden, "id"), fault.field, fault.remedy);
    ck_assert_str_eq(text_at(chart, "birth_utc"), text_at(golden, "utc"));
    /* "differs" has what its "note" explains: our value where the source has another. */
    json_object_object_foreach(json_get(golden, "expected"), key, expected)
    {
        struct json_object *own = json_get(json_get(golden, "differs"), key);
        check_key(key, own != NULL ? own : expected, chart);
    }
    json_object_put(chart);
}
END_TEST

/* Everything in expected is in found, which may have more. */
static void assert_contains(struct json_object *found, struct json_object *expected,
                            const char *path)
{
    if (json_object_is_type(expected, json_type_object)) {
        json_object_object_foreach(expected, key, member)
        {
            assert_contains(json_get(found, key), member, key);
        }
    } else if (json_object_is_type(expected, json_type_array)) {
        ck_assert_uint_eq(json_object_array_length(found), json_object_array_length(expected));
        for (size_t i = 0; i < json_object_array_length(expected); i++) {
            assert_contains(json_object_array_get_idx(found, i),
                            json_object_array_get_idx(expected, i), path);
        }
    } else if (strcmp(path, "design_utc") == 0) {
        ck_assert_int_le(llabs(seconds_of(json_object_get_string(found)) -
                               seconds_of(json_object_get_string(expected))),
                         EXAMPLE_TOLERANCE_S);
    } else {
        ck_assert_msg(json_object_equal(found, expected), "%s: %s, not %s", path,
                      json_object_to_json_string(found), json_object_to_json_string(expected));
    }
}

START_TEST(example_charts_agree_in_every_key)
{
    for (size_t i = 0; i < json_object_array_length(examples); i++) {
        struct json_object *example = json_object_array_get_idx(examples, i);
        struct chart_fault fault;
        struct json_object *chart = maker_chart(json_get(example, "birth"), &fault);
        ck_assert_msg(chart != NULL, "%s: %s", fault.field, fault.remedy);
        assert_contains(chart, json_get(example, "chart"), text_at(example, "id"));
        json_object_put(chart);
    }
}
END_TEST

START_TEST(computed_charts_pass_as_sent_ones)
{
    for (size_t i = 0; i < json_object_array_length(goldens); i++) {
        struct json_object *golden = json_object_array_get_idx(goldens, i);
        struct chart_fault fault;
        struct json_object *chart = maker_chart(json_get(golden, "birth"), &fault);
        ck_assert_ptr_nonnull(chart);
        ck_assert_msg(chart_verify(chart, &fault), "%s: %s", fault.field, fault.remedy);
        json_object_put(chart);
    }
}
END_TEST

Suite *goldens_suite(void)
{
    Suite *suite = suite_create("goldens");
    TCase *tcase = tcase_create("goldens");
    tcase_add_unchecked_fixture(tcase, load, unload);
    tcase_add_loop_test(tcase, published_charts_agree, 0, TEST_GOLDENS_COUNT);
    tcase_add_test(tcase, example_charts_agree_in_every_key);
    tcase_add_test(tcase, computed_charts_pass_as_sent_ones);
    suite_add_tcase(suite, tcase);
    return suite;
}
