/* Which folders are agents. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/scan.h"
#include "core/attr.h"
#include "rig.h"
#include "suites.h"

static char directory[64], first[80], second[80], missing[80];
static char *dirs[] = {first, second, missing};

static void setup(void)
{
    (void)snprintf(directory, sizeof(directory), "scan-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(first, sizeof(first), "%s/first", directory);
    (void)snprintf(second, sizeof(second), "%s/second", directory);
    (void)snprintf(missing, sizeof(missing), "%s/missing", directory);
    rig_run("cd %s && mkdir first second", directory);
}

static void teardown(void)
{
    rig_run("rm -rf %s", directory);
}

START_TEST(agent_ids_have_one_form)
{
    static const char *const good[] = {"a", "a-1", "crisis", "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const bad[] = {
        "", "A", "1a", "-a", "a_b", "a.b", "a b", "abcdefghijklmnopqrstuvwxyz0123456", "ä"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        ck_assert_msg(scan_is_agent_id(good[i]), "%s", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert_msg(!scan_is_agent_id(bad[i]), "%s", bad[i]);
    }
}
END_TEST

START_TEST(later_folders_win_and_strangers_are_named)
{
    struct scan scan;
    struct err err = {0};
    rig_run(
        "cd %s && mkdir first/b first/a second/b first/.hidden first/Bad && touch first/file && "
        "mkdir target && ln -s ../target first/c && ln -s ../nowhere second/d && "
        "ln -s ../target first/also.bad && ln -s file first/e",
        directory);
    ck_assert_msg(scan_dirs(dirs, 3, &scan, &err), "%s", err.text);
    ck_assert_uint_eq(scan.bundles_count, 4);
    static const struct {
        const char *id, *in;
        bool is_link;
    } rows[] = {{"a", "/first/a", false},
                {"b", "/second/b", false},
                {"c", "/first/c", true},
                {"d", "/second/d", true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_str_eq(scan.bundles[i].id, rows[i].id);
        rig_assert_has(scan.bundles[i].path, rows[i].in);
        ck_assert_int_eq(scan.bundles[i].is_link, rows[i].is_link);
    }
    ck_assert_uint_eq(scan.refusals_count, 2);
    rig_assert_has(scan.refusals[0].text, "[a-z][a-z0-9-]{0,31}");
    scan_fini(&scan);
}
END_TEST

START_TEST(a_folder_that_cannot_be_read_fails_the_scan)
{
    struct scan scan;
    struct err err = {0};
    rig_run("cd %s && mkdir first/a && touch missing", directory);
    ck_assert(!scan_dirs(dirs, 3, &scan, &err));
    rig_assert_has(err.text, "missing' cannot be read");
}
END_TEST

START_TEST(too_many_agents_fail_the_scan)
{
    struct scan scan;
    struct err err = {0};
    rig_run("cd %s/first && for i in $(seq 257); do mkdir a$i; done", directory);
    ck_assert(!scan_dirs(dirs, 3, &scan, &err));
    ck_assert_str_eq(err.text, "more than 256 agents are installed");
}
END_TEST

Suite *suite_scan(void)
{
    Suite *suite = suite_create("scan");
    TCase *tcase = tcase_create("folders");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, agent_ids_have_one_form);
    tcase_add_test(tcase, later_folders_win_and_strangers_are_named);
    tcase_add_test(tcase, a_folder_that_cannot_be_read_fails_the_scan);
    tcase_add_test(tcase, too_many_agents_fail_the_scan);
    suite_add_tcase(suite, tcase);
    return suite;
}
