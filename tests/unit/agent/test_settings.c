/* What of the configuration an agent gets to see, and how its wishes are bounded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/manifest.h"
#include "agent/settings.h"
#include "core/options.h"
#include "suites.h"

static const char text[] =
    "{\"manifest\":1,\"id\":\"a\",\"version\":\"1\",\"name\":{\"de\":\"x\"},\"languages\":[\"de\"],"
    "\"chart\":\"none\",\"limits\":{\"call_ms\":500,\"memory_bytes\":33554432},\"config\":{"
    "\"tone\":{\"type\":\"string\",\"enum\":[\"warm\",\"dry\"],\"default\":\"dry\"},"
    "\"tries\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9},"
    "\"share\":{\"type\":\"number\"},\"loud\":{\"type\":\"boolean\"}}}";

static char *keys[8], *wheres[8];
static struct options_agent section;
static struct options options;
static struct manifest *manifest;
static char json[512];

static void setup(void)
{
    struct err err = {0};
    ck_assert_msg(manifest_parse("m", "a", span_of(text), &manifest, &err), "%s", err.text);
    section = (struct options_agent){.id = (char *)"a",
                                     .call_timeout_ms = -1,
                                     .memory_bytes_max = -1,
                                     .extra_keys = {keys, 0},
                                     .extra_where = {wheres, 0}};
    options = (struct options){.agent_sections = &section, .agent_sections_count = 1};
    options.agents.call_ms = 2000;
    options.agents.memory_bytes_max = 64 * 1024 * 1024;
}

static void teardown(void)
{
    manifest_destroy(&manifest);
}

/* Adds "key": "value" to the section, standing in line n. */
static void set(const char *key, const char *value, const char *where)
{
    size_t i = section.extra_keys.count++;
    section.extra_where.count++;
    keys[i] = (char *)key;
    wheres[i] = (char *)where;
    size_t len = i == 0 ? 0 : strlen(json) - 1;
    (void)snprintf(json + len, sizeof(json) - len, "%s\"%s\":\"%s\"}", i == 0 ? "{" : ",", key,
                   value);
    section.extra_json = json;
}

static bool config(bool is_lenient, char **ret_json, struct err *err)
{
    struct settings *settings = settings_create(&options);
    bool is_ok = settings_config(settings, manifest, is_lenient, ret_json, err);
    settings_destroy(&settings);
    return is_ok;
}

static void expect(const char *expected)
{
    char *found = NULL;
    struct err err = {0};
    ck_assert_msg(config(false, &found, &err), "%s", err.text);
    ck_assert_str_eq(found, expected);
    free(found);
}

START_TEST(declared_keys_are_converted_and_defaults_filled_in)
{
    expect("{\"tone\":\"dry\"}");
    set("tries", "3", "x.conf:1");
    set("share", "0.5", "x.conf:2");
    set("loud", "yes", "x.conf:3");
    set("tone", "warm", "x.conf:4");
    expect("{\"tone\":\"warm\",\"tries\":3,\"share\":0.5,\"loud\":true}");
}
END_TEST

static const struct {
    const char *key, *value, *error;
} bad[] = {
    {"mood", "x", "x.conf:7: [agent.a] has no option 'mood' (its manifest's config declares none)"},
    {"tone", "sour",
     "x.conf:7: option 'tone' of [agent.a] is not a string that its manifest allows"},
    {"tries", "many",
     "x.conf:7: option 'tries' of [agent.a] is not a integer that its manifest allows"},
    {"tries", "10",
     "x.conf:7: option 'tries' of [agent.a] is not a integer that its manifest allows"},
    {"tries", "3x",
     "x.conf:7: option 'tries' of [agent.a] is not a integer that its manifest allows"},
    {"share", "inf",
     "x.conf:7: option 'share' of [agent.a] is not a number that its manifest allows"},
    {"loud", "maybe",
     "x.conf:7: option 'loud' of [agent.a] is not a boolean that its manifest allows"},
};

START_TEST(what_is_not_declared_so_is_refused_with_file_and_line)
{
    char *found = NULL;
    struct err err = {0};
    set(bad[_i].key, bad[_i].value, "x.conf:7");
    ck_assert(!config(false, &found, &err));
    ck_assert_str_eq(err.text, bad[_i].error);
    ck_assert(config(true, &found, &err)); /* a stored image runs all the same */
    ck_assert_str_eq(found, "{\"tone\":\"dry\"}");
    free(found);
}
END_TEST

START_TEST(wishes_are_clamped_and_the_section_wins_over_the_group)
{
    struct settings *settings = settings_create(&options);
    ck_assert_int_eq(settings_call_ms(settings, manifest), 500);
    ck_assert_int_eq(settings_memory_bytes(settings, manifest), 33554432);
    settings_destroy(&settings);

    section.call_timeout_ms = 100;
    section.memory_bytes_max = 1048576;
    settings = settings_create(&options);
    ck_assert_int_eq(settings_call_ms(settings, manifest), 100);
    ck_assert_int_eq(settings_memory_bytes(settings, manifest), 1048576);
    settings_destroy(&settings);

    manifest->call_ms = 0;
    manifest->memory_bytes = INT64_C(1) << 40;
    section.call_timeout_ms = section.memory_bytes_max = -1;
    settings = settings_create(&options);
    ck_assert_int_eq(settings_call_ms(settings, manifest), 2000);
    ck_assert_int_eq(settings_memory_bytes(settings, manifest), 64 * 1024 * 1024);
    settings_destroy(&settings);
}
END_TEST

Suite *suite_settings(void)
{
    Suite *suite = suite_create("settings");
    TCase *tcase = tcase_create("sections");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, declared_keys_are_converted_and_defaults_filled_in);
    tcase_add_loop_test(tcase, what_is_not_declared_so_is_refused_with_file_and_line, 0,
                        (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_test(tcase, wishes_are_clamped_and_the_section_wins_over_the_group);
    suite_add_tcase(suite, tcase);
    return suite;
}
