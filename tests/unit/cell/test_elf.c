/* The check of a shared object's bytes: whole ones pass, and no way of cutting or bending one does
 * harm or gets through. */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agenthost/agent.h>

#include "cell/elf.h"
#include "paths.h"
#include "suites.h"

static char *file;
static size_t file_bytes;
static int scratch = -1;

static void setup(void)
{
    int fd = open(rig_agent_path("good"), O_RDONLY | O_CLOEXEC);
    struct stat status;
    ck_assert(fd >= 0 && fstat(fd, &status) == 0);
    file_bytes = (size_t)status.st_size;
    file = malloc(file_bytes);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(read(fd, file, file_bytes), status.st_size);
    ck_assert_int_eq(close(fd), 0);
    char name[] = "elf-test-XXXXXX";
    scratch = mkstemp(name);
    ck_assert(scratch >= 0 && unlink(name) == 0);
}

static void teardown(void)
{
    free(file);
    ck_assert_int_eq(close(scratch), 0);
}

static bool check_bytes(const char *data, size_t len, struct err *err)
{
    struct elf_agent_info info;
    ck_assert_int_eq(ftruncate(scratch, 0), 0);
    ck_assert_int_eq(pwrite(scratch, data, len, 0), (ssize_t)len);
    return elf_check_agent(scratch, &info, err);
}

START_TEST(a_whole_agent_passes)
{
    struct elf_agent_info info = {0};
    struct err err;
    ck_assert_int_eq(pwrite(scratch, file, file_bytes, 0), (ssize_t)file_bytes);
    ck_assert_msg(elf_check_agent(scratch, &info, &err), "%s", err.text);
    ck_assert_uint_eq(info.abi_major, AGENTHOST_ABI_MAJOR);
    ck_assert_uint_eq(info.abi_minor, AGENTHOST_ABI_MINOR);
    ck_assert_uint_eq(info.struct_bytes, sizeof(struct agenthost_agent));
    ck_assert_uint_eq(info.file_bytes, file_bytes);
}
END_TEST

START_TEST(cut_at_any_512_bytes_it_fails)
{
    struct err err;
    for (size_t len = 0; len < file_bytes; len += 512) {
        ck_assert_msg(!check_bytes(file, len, &err), "cut at %zu of %zu", len, file_bytes);
        ck_assert_int_eq(err.kind, ERR_INVALID);
    }
    ck_assert(!check_bytes(file, file_bytes - 1, &err));
}
END_TEST

START_TEST(zeros_from_any_512_bytes_on_do_no_harm)
{
    /* A copy whose end is not written yet has its length already. */
    struct err err;
    for (size_t len = 0; len + 512 < file_bytes; len += 512) {
        char *copy = calloc(1, file_bytes);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, file, len);
        ck_assert_msg(!check_bytes(copy, file_bytes, &err), "zeros from %zu of %zu", len,
                      file_bytes);
        free(copy);
    }
}
END_TEST

START_TEST(any_bent_byte_of_the_tables_does_no_harm)
{
    struct err err;
    Elf64_Ehdr header;
    memcpy(&header, file, sizeof(header));
    srand(1);
    for (int i = 0; i < 20000; i++) {
        size_t at = i % 2 == 0 ? (size_t)rand() % 1024
                               : header.e_shoff + (size_t)rand() % (file_bytes - header.e_shoff);
        char saved = file[at];
        file[at] = (char)(rand() % 3 == 0 ? 0xff : rand());
        (void)check_bytes(file, file_bytes, &err); /* may pass: the byte may not matter */
        file[at] = saved;
    }
}
END_TEST

START_TEST(other_files_are_named)
{
    struct err err;
    ck_assert(
        !check_bytes("#!/bin/sh\necho this is no shared object at all, by far not\n\n", 60, &err));
    ck_assert_str_eq(err.text, "the file is too short for a shared object");
    static char zeros[4096];
    ck_assert(!check_bytes(zeros, sizeof(zeros), &err));
    ck_assert_ptr_nonnull(strstr(err.text, "no ELF header"));
    Elf64_Ehdr header;
    memcpy(&header, file, sizeof(header));
    Elf64_Half machine = header.e_machine;
    header.e_machine = EM_S390;
    memcpy(file, &header, sizeof(header));
    ck_assert(!check_bytes(file, file_bytes, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "another machine"));
    header.e_machine = machine;
    header.e_type = ET_EXEC;
    memcpy(file, &header, sizeof(header));
    ck_assert(!check_bytes(file, file_bytes, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "no shared object"));
}
END_TEST

START_TEST(a_folder_is_no_file)
{
    struct elf_agent_info info;
    struct err err;
    int fd = open(".", O_RDONLY | O_CLOEXEC);
    ck_assert(!elf_check_agent(fd, &info, &err));
    ck_assert_int_eq(err.kind, ERR_INVALID);
    ck_assert_int_eq(close(fd), 0);
}
END_TEST

Suite *suite_elf(void)
{
    Suite *suite = suite_create("elf");
    TCase *tcase = tcase_create("elf");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_whole_agent_passes);
    tcase_add_test(tcase, cut_at_any_512_bytes_it_fails);
    tcase_add_test(tcase, zeros_from_any_512_bytes_on_do_no_harm);
    tcase_add_test(tcase, any_bent_byte_of_the_tables_does_no_harm);
    tcase_add_test(tcase, other_files_are_named);
    tcase_add_test(tcase, a_folder_is_no_file);
    suite_add_tcase(suite, tcase);
    return suite;
}
