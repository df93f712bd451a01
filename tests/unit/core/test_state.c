/* The state directory: identity that stays, epochs that rise, one owner at a time. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/state.h"
#include "suites.h"

static char base[64];
static char path[128];
static struct err err;
static long waited_for;

static void setup(void)
{
    (void)snprintf(base, sizeof(base), "/tmp/agenthost-state-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    (void)snprintf(path, sizeof(path), "%s/deep/state", base);
    waited_for = 0;
    memset(&err, 0, sizeof(err));
}

static void teardown(void)
{
    char command[160];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", base);
    ck_assert_int_eq(system(command), 0);
}

static void on_wait(long pid)
{
    ck_assert_int_eq(waited_for, 0); /* told once */
    waited_for = pid;
}

static void write_file(const char *name, const char *text)
{
    char file[192];
    (void)snprintf(file, sizeof(file), "%s/%s", path, name);
    FILE *stream = fopen(file, "w");
    ck_assert_ptr_nonnull(stream);
    (void)fputs(text, stream);
    (void)fclose(stream);
}

START_TEST(state_keeps_host_id_and_counts_epochs)
{
    struct state_dir state;
    char host_id[33];
    ck_assert_msg(state_open(&state, path, 0, on_wait, &err), "%s", err.text);
    ck_assert_uint_eq(state.epoch, 1);
    ck_assert_uint_eq(strspn(state.host_id, "0123456789abcdef"), 32);
    memcpy(host_id, state.host_id, sizeof(host_id));
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0700);
    state_close(&state);
    ck_assert_msg(state_open(&state, path, 0, on_wait, &err), "%s", err.text);
    ck_assert_uint_eq(state.epoch, 2);
    ck_assert_str_eq(state.host_id, host_id);
    ck_assert_int_eq(waited_for, 0);
    state_close(&state);
}
END_TEST

/* Holds the directory in a child until the returned pipe end is closed. */
static pid_t hold_in_child(int *ret_release_fd)
{
    int ready[2], release[2];
    ck_assert_int_eq(pipe(ready), 0);
    ck_assert_int_eq(pipe(release), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct state_dir state;
        char byte = 0;
        close(release[1]);
        if (!state_open(&state, path, 0, NULL, NULL) || write(ready[1], "r", 1) != 1) {
            _exit(1);
        }
        (void)!read(release[0], &byte, 1); /* ends when the parent closes its end */
        _exit(0);
    }
    close(ready[1]);
    close(release[0]);
    char byte = 0;
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *ret_release_fd = release[1];
    return pid;
}

START_TEST(state_in_use_is_refused_naming_the_process)
{
    int release_fd;
    pid_t pid = hold_in_child(&release_fd);
    struct state_dir state;
    ck_assert(!state_open(&state, path, 60, on_wait, &err));
    ck_assert_int_eq(err.kind, ERR_AGAIN);
    char expected[32];
    (void)snprintf(expected, sizeof(expected), "process %ld", (long)pid);
    ck_assert_msg(strstr(err.text, expected) != NULL, "%s", err.text);
    ck_assert_int_eq(waited_for, pid);
    close(release_fd);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static int release_on_wait_fd;

static void on_wait_release(long pid)
{
    waited_for = pid;
    close(release_on_wait_fd);
}

START_TEST(state_waits_for_a_predecessor_to_end)
{
    pid_t pid = hold_in_child(&release_on_wait_fd);
    struct state_dir state;
    ck_assert_msg(state_open(&state, path, 5000, on_wait_release, &err), "%s", err.text);
    ck_assert_int_eq(waited_for, pid);
    ck_assert_uint_eq(state.epoch, 2);
    state_close(&state);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(state_refuses_a_damaged_identity)
{
    static const struct {
        const char *name, *text, *error;
    } rows[] = {
        {"host-id", "not hex\n", "host-id' is damaged"},
        {"epoch", "12x\n", "epoch' is damaged"},
        {"epoch", "", "epoch' is missing"},
        {"epoch", "9999999999999999999\n", "epoch' is damaged"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct state_dir state;
        ck_assert_msg(state_open(&state, path, 0, NULL, &err), "%s", err.text);
        state_close(&state);
        write_file(rows[i].name, rows[i].text);
        ck_assert(!state_open(&state, path, 0, NULL, &err));
        ck_assert_int_eq(err.kind, ERR_INVALID);
        ck_assert_msg(strstr(err.text, rows[i].error) != NULL, "%s", err.text);
        write_file("host-id", "");
        write_file("epoch", "");
    }
}
END_TEST

START_TEST(state_refuses_what_everybody_may_write)
{
    struct state_dir state;
    ck_assert_msg(state_open(&state, path, 0, NULL, &err), "%s", err.text);
    state_close(&state);
    ck_assert_int_eq(chmod(path, 0777), 0);
    ck_assert(!state_open(&state, path, 0, NULL, &err));
    ck_assert_int_eq(err.kind, ERR_DENIED);
}
END_TEST

START_TEST(state_names_the_path_it_cannot_make)
{
    struct state_dir state;
    ck_assert(!state_open(&state, "/proc/agenthost/state", 0, NULL, &err));
    ck_assert_msg(strstr(err.text, "'/proc/agenthost'") != NULL, "%s", err.text);
}
END_TEST

START_TEST(state_keeps_a_secret_and_refuses_a_damaged_one)
{
    struct state_dir state;
    struct stat info;
    char secret[STATE_SECRET_BYTES], again[STATE_SECRET_BYTES], file[192];
    ck_assert_msg(state_open(&state, path, 0, NULL, &err), "%s", err.text);
    ck_assert_msg(state_secret(&state, "token-secret", secret, &err), "%s", err.text);
    ck_assert_uint_eq(strspn(secret, "0123456789abcdef"), 64);
    (void)snprintf(file, sizeof(file), "%s/token-secret", path);
    ck_assert_int_eq(stat(file, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0600);
    ck_assert_msg(state_secret(&state, "token-secret", again, &err), "%s", err.text);
    ck_assert_str_eq(again, secret);
    ck_assert_msg(state_secret(&state, "other-secret", again, &err), "%s", err.text);
    ck_assert_str_ne(again, secret);
    write_file("token-secret", "short\n");
    ck_assert(!state_secret(&state, "token-secret", again, &err));
    ck_assert_msg(strstr(err.text, "token-secret' is damaged") != NULL, "%s", err.text);
    state_close(&state);
}
END_TEST

Suite *suite_state(void)
{
    Suite *suite = suite_create("state");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, state_keeps_host_id_and_counts_epochs);
    tcase_add_test(tests, state_in_use_is_refused_naming_the_process);
    tcase_add_test(tests, state_waits_for_a_predecessor_to_end);
    tcase_add_test(tests, state_refuses_a_damaged_identity);
    tcase_add_test(tests, state_refuses_what_everybody_may_write);
    tcase_add_test(tests, state_keeps_a_secret_and_refuses_a_damaged_one);
    tcase_add_test(tests, state_names_the_path_it_cannot_make);
    suite_add_tcase(suite, tests);
    return suite;
}
