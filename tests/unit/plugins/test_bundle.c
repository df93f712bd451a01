/* A bundle with something missing or wrong is refused by create, which says what. */
#include <stdlib.h>

#include "agent/manifest.h"
#include "kit.h"

static const struct {
    const char *agent, *asset;
    const char *bytes; /* NULL: taken out */
    const char *said;
} rows[] = {
    {"business", "system.de.md", NULL, "assets/system.de.md: is missing"},
    {"business", "user.en.md", NULL, "assets/user.en.md: is missing"},
    {"business", "style/klar.en.md", NULL, "assets/style/klar.en.md: is missing"},
    {"business", "depth/basic.de.md", " \n", "assets/depth/basic.de.md: is empty"},
    {"business", "user.en.md", "\xff", "assets/user.en.md: is not UTF-8"},
    {"business", "user.de.md", "Chart:\n\nTyp {{chart.tpye}}",
     "assets/user.de.md:3: {{chart.tpye}}: a chart has no 'tpye'; perhaps 'type'"},
    {"business", "style/klar.de.md", "{{job.contxt}}",
     "assets/style/klar.de.md:1: {{job.contxt}}: /inputs of manifest.json declares no 'contxt'; "
     "perhaps 'context'"},
    {"crisis", "help.en.md", NULL, "assets/help.en.md: is missing"},
    {"crisis", "danger/de.txt", "[danger]\nsuizid*\nkaputt ..99 hier",
     "danger/de.txt:3: '..99' must be .. or ..1 to ..12"},
    {"crisis", "danger/en.txt", "suicide", "danger/en.txt:1: stands before the first section"},
    {"crisis", "danger/en.txt", "[harmless]\nx", "danger/en.txt: has no line in [danger]"},
    {"crisis", "danger/en.txt", "[wrong]", "danger/en.txt:1: sections are [always]"},
};

START_TEST(refuses_and_says_why)
{
    struct kit kit;
    struct kit_given given;
    kit_load(&kit, rows[_i].agent);
    kit_given_init(&given);
    kit_set_asset(&kit, rows[_i].asset, rows[_i].bytes);
    kit_create(&kit, &given);
    ck_assert_ptr_null(kit.agent);
    ck_assert_msg(strstr(given.say.data, rows[_i].said) != NULL, "%s", given.say.data);
    kit_given_fini(&given);
    kit_unload(&kit);
}
END_TEST

static const struct {
    const char *manifest, *said;
} manifests[] = {
    {"", "manifest.json:1:1"},
    {"[1]", "manifest.json: : must be an object"},
    {"{}", "manifest.json: /manifest: is missing"},
};

START_TEST(refuses_a_manifest_it_cannot_use)
{
    struct kit kit;
    struct kit_given given;
    kit_load(&kit, "personality");
    kit_given_init(&given);
    struct agenthost_text whole = kit.setup.manifest;
    kit.setup.manifest =
        (struct agenthost_text){manifests[_i].manifest, strlen(manifests[_i].manifest)};
    kit_create(&kit, &given);
    ck_assert_ptr_null(kit.agent);
    ck_assert_msg(strstr(given.say.data, manifests[_i].said) != NULL, "%s", given.say.data);
    kit.setup.manifest = whole;
    kit_given_fini(&given);
    kit_unload(&kit);
}
END_TEST

START_TEST(a_changed_prompt_file_changes_the_prompt)
{
    struct kit kit;
    struct kit_given given;
    char *chart = kit_chart("apollo-11");
    kit_load(&kit, "business");
    kit_given_init(&given);
    kit_set_asset(&kit, "style/klar.de.md", "Ton: wie geändert.");
    kit_create(&kit, &given);
    ck_assert_ptr_nonnull(kit.agent);
    kit_build(&kit, "de", "{\"context\":\"x\"}", chart, &given);
    ck_assert_ptr_nonnull(strstr(given.messages.data, "Ton: wie geändert."));
    kit_given_fini(&given);
    kit_unload(&kit);
    free(chart);
}
END_TEST

START_TEST(the_host_reads_its_manifest)
{
    struct kit kit;
    struct manifest *manifest = NULL;
    struct err err = {ERR_NONE, ""};
    kit_load(&kit, KIT_AGENTS[_i]);
    struct span text = {kit.setup.manifest.data, kit.setup.manifest.len};
    bool is_read = manifest_parse("manifest.json", KIT_AGENTS[_i], text, &manifest, &err);
    ck_assert_msg(is_read, "%s: %s", KIT_AGENTS[_i], err.text);
    ck_assert_int_eq(manifest->chart, MANIFEST_CHART_REQUIRED);
    ck_assert_uint_eq(manifest->passes_max, 1);
    ck_assert_int_eq(manifest->is_streamed, strcmp(KIT_AGENTS[_i], "crisis") != 0);
    manifest_destroy(&manifest);
    kit_unload(&kit);
}
END_TEST

START_TEST(says_what_it_is)
{
    struct kit kit;
    kit_load(&kit, KIT_AGENTS[_i]);
    ck_assert_uint_eq(kit.entry->magic, AGENTHOST_MAGIC);
    ck_assert_uint_eq(kit.entry->abi_major, AGENTHOST_ABI_MAJOR);
    ck_assert_uint_eq(kit.entry->size, sizeof(struct agenthost_agent));
    kit_unload(&kit);
}
END_TEST

Suite *suite_bundle(void)
{
    Suite *suite = suite_create("bundle");
    TCase *tcase = tcase_create("bundle");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, refuses_and_says_why, 0, ARRAY_LEN(rows));
    tcase_add_loop_test(tcase, refuses_a_manifest_it_cannot_use, 0, ARRAY_LEN(manifests));
    tcase_add_test(tcase, a_changed_prompt_file_changes_the_prompt);
    tcase_add_loop_test(tcase, the_host_reads_its_manifest, 0, ARRAY_LEN(KIT_AGENTS));
    tcase_add_loop_test(tcase, says_what_it_is, 0, ARRAY_LEN(KIT_AGENTS));
    suite_add_tcase(suite, tcase);
    return suite;
}
