/* Files that the SDK's programs are given. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job_file.h"
#include "test_sdk.h"

#define FILE_BYTES 5000 /* more than one piece of reading */

static char folder[32], path[sizeof(folder) + 16];

static void job_file_setup(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/test-job-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/file", folder);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < FILE_BYTES; i++) {
        ck_assert_int_ne(fputc('a' + i % 26, file), EOF);
    }
    ck_assert_int_eq(fclose(file), 0);
}

static void job_file_teardown(void)
{
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(a_file_is_read_whole_up_to_its_limit)
{
    struct sbuf text = {0};
    struct err err = {0};
    ck_assert_msg(job_file_text(path, FILE_BYTES, &text, &err), "%s", err.text);
    ck_assert_uint_eq(text.len, FILE_BYTES);
    ck_assert_int_eq(text.data[FILE_BYTES - 1], 'a' + (FILE_BYTES - 1) % 26);
    ck_assert(!job_file_text(path, FILE_BYTES - 1, &text, &err));
    ck_assert_int_eq(err.kind, ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "is longer than 4999 bytes"));
    sbuf_fini(&text);
}
END_TEST

START_TEST(what_is_no_file_is_named)
{
    struct sbuf text = {0};
    struct err err = {0};
    ck_assert(!job_file_text(folder, 100, &text, &err));
    ck_assert_int_eq(err.kind, ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, folder));
    ck_assert(!job_file_text("/tmp/test-job-file-absent/none", 100, &text, &err));
    ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "none: No such file"));
    sbuf_fini(&text);
}
END_TEST

TCase *job_file_case(void)
{
    TCase *tcase = tcase_create("job_file");
    tcase_add_checked_fixture(tcase, job_file_setup, job_file_teardown);
    tcase_add_test(tcase, a_file_is_read_whole_up_to_its_limit);
    tcase_add_test(tcase, what_is_no_file_is_named);
    return tcase;
}
