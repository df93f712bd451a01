/* What is let out of an archive, and what has the whole of it refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <check.h>

#include "core/attr.h"
#include "unpack/judge.h"

static struct judge judge;
static struct err err;

static void setup(void)
{
    judge = (struct judge){0};
    err = (struct err){0};
}

static bool take(const char *path, mode_t type, int64_t bytes, const char **ret_path)
{
    const struct judge_entry entry = {.path = path, .type = type, .bytes = bytes};
    return judge_take(&judge, &entry, ret_path, &err);
}

#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *path;
    mode_t type;
    const char *as;    /* where it is written; NULL: refused */
    const char *error; /* part of it */
} path_rows[] = {
    {"echo/", S_IFDIR, "echo/", NULL},
    {"echo/manifest.json", S_IFREG, "echo/manifest.json", NULL},
    {"./echo/assets/a.txt", S_IFREG, "echo/assets/a.txt", NULL},
    {".//./echo/a", S_IFREG, "echo/a", NULL},
    {"echo/..a", S_IFREG, "echo/..a", NULL},
    {"echo/.hidden", S_IFREG, "echo/.hidden", NULL},
    {"./", S_IFDIR, "", NULL},
    {".", S_IFDIR, "", NULL},
    {"echo/1/2/3/4/5/6/7/8", S_IFREG, "echo/1/2/3/4/5/6/7/8", NULL},
    {"echo/1/2/3/4/5/6/7/8/9", S_IFREG, NULL, "more than 9 folders deep"},
    {"/etc/passwd", S_IFREG, NULL, "'/etc/passwd' is an absolute path"},
    {".//etc/passwd", S_IFREG, "etc/passwd", NULL}, /* below the working folder */
    {"../echo/a", S_IFREG, NULL, "leads out"},
    {"echo/../../a", S_IFREG, NULL, "leads out"},
    {"echo/assets/..", S_IFDIR, NULL, "leads out"},
    {"..", S_IFDIR, NULL, "leads out"},
    {"echo//a", S_IFREG, NULL, "no plain path"},
    {"echo/./a", S_IFREG, NULL, "no plain path"},
    {"manifest.json", S_IFREG, NULL, "lies in no folder"},
    {".", S_IFREG, NULL, "lies in no folder"},
    {"", S_IFREG, NULL, "lies in no folder"},
    {"Echo/a", S_IFREG, NULL, "'Echo' cannot be an agent's id"},
    {".echo/a", S_IFREG, NULL, "cannot be an agent's id"},
    {"an-agent-of-thirty-three-letters-/a", S_IFREG, NULL, "cannot be an agent's id"},
    {"echo/a\nb", S_IFREG, NULL, "name is no text"},
    {"echo/\x1b[2J", S_IFREG, NULL, "name is no text"},
    {NULL, S_IFREG, NULL, "name is no text"},
    {"echo/link", S_IFLNK, NULL, "neither a file nor a folder"},
    {"echo/device", S_IFCHR, NULL, "neither a file nor a folder"},
    {"echo/disk", S_IFBLK, NULL, "neither a file nor a folder"},
    {"echo/fifo", S_IFIFO, NULL, "neither a file nor a folder"},
    {"echo/socket", S_IFSOCK, NULL, "neither a file nor a folder"},
    {"echo/" LONG LONG LONG LONG "/" LONG, S_IFREG, NULL, "more than 233 bytes"},
};

START_TEST(only_plain_files_and_folders_below_one_agents_folder_are_let_out)
{
    const char *as = NULL;
    bool is_ok = take(path_rows[_i].path, path_rows[_i].type, 1, &as);
    ck_assert_msg(is_ok == (path_rows[_i].as != NULL), "%s: %s", path_rows[_i].path, err.text);
    if (is_ok) {
        ck_assert_str_eq(as, path_rows[_i].as);
        return;
    }
    ck_assert_msg(strstr(err.text, path_rows[_i].error) != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_hard_link_is_refused)
{
    const struct judge_entry entry = {.path = "echo/a", .type = S_IFREG, .is_hardlink = true};
    const char *as = NULL;
    ck_assert(!judge_take(&judge, &entry, &as, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "neither a file nor a folder"));
}
END_TEST

START_TEST(one_archive_holds_one_folder)
{
    const char *as = NULL;
    ck_assert(take("echo/a", S_IFREG, 1, &as));
    ck_assert(take("./echo/b", S_IFREG, 1, &as));
    ck_assert(!take("echo2/a", S_IFREG, 1, &as));
    ck_assert_ptr_nonnull(strstr(err.text, "two folders, 'echo' and 'echo2'"));
    ck_assert_str_eq(judge.id, "echo");
}
END_TEST

START_TEST(entries_are_counted)
{
    const char *as = NULL;
    char path[32];
    for (int i = 0; i < JUDGE_ENTRIES_MAX; i++) {
        (void)snprintf(path, sizeof(path), "echo/%d", i);
        ck_assert_msg(take(path, S_IFREG, 0, &as), "%d: %s", i, err.text);
    }
    ck_assert(!take("echo/more", S_IFREG, 0, &as));
    ck_assert_ptr_nonnull(strstr(err.text, "more than 1000 files and folders"));
}
END_TEST

START_TEST(bytes_are_counted_over_all_files)
{
    const char *as = NULL;
    ck_assert(take("echo/a", S_IFREG, JUDGE_BYTES_MAX - 1, &as));
    ck_assert(take("echo/d", S_IFDIR, INT64_MAX, &as)); /* a folder has none */
    ck_assert(take("echo/b", S_IFREG, 1, &as));
    ck_assert(!take("echo/c", S_IFREG, 1, &as));
    ck_assert_ptr_nonnull(strstr(err.text, "longer than 100663296 bytes together"));
    setup();
    ck_assert(!take("echo/a", S_IFREG, JUDGE_BYTES_MAX + 1, &as));
    ck_assert(!take("echo/a", S_IFREG, INT64_MAX, &as));
    ck_assert(!take("echo/a", S_IFREG, -1, &as));
    ck_assert_ptr_nonnull(strstr(err.text, "does not say how long"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unpack");
    TCase *tcase = tcase_create("judge");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_loop_test(tcase, only_plain_files_and_folders_below_one_agents_folder_are_let_out, 0,
                        (int)ARRAY_LEN(path_rows));
    tcase_add_test(tcase, a_hard_link_is_refused);
    tcase_add_test(tcase, one_archive_holds_one_folder);
    tcase_add_test(tcase, entries_are_counted);
    tcase_add_test(tcase, bytes_are_counted_over_all_files);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
