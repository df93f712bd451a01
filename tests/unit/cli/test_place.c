/* How a bundle gets into a folder of agents.dirs, and back out of it. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "cli/install.h"
#include "core/attr.h"

Suite *suite_place(void);

static char dir[64], agents[80];
static struct place place;
static struct err err;

static void run(const char *command)
{
    ck_assert_msg(system(command) == 0, "%s", command);
}

static void setup(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/test-place-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(agents, sizeof(agents), "%s/agents", dir);
    ck_assert_int_eq(setenv("D", agents, 1), 0);
    err = (struct err){0};
}

static void teardown(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -r '%s'", dir);
    run(command);
}

/* A new bundle "one" in the work folder. */
static void open_with_bundle(void)
{
    ck_assert_msg(place_open(&place, agents, &err), "%s", err.text);
    ck_assert_int_eq(mkdirat(place.work_fd, "one", 0755), 0);
    static const char *const names[] = {"one/new", "one/manifest.json"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        int fd = openat(place.work_fd, names[i], O_WRONLY | O_CREAT, 0644);
        ck_assert_int_ge(fd, 0);
        (void)close(fd);
    }
}

START_TEST(a_first_bundle_comes_and_goes)
{
    open_with_bundle();
    ck_assert_msg(place_swap(&place, "one", &err), "%s", err.text);
    run("test -e $D/one/new");
    ck_assert_msg(place_swap_back(&place, "one", &err), "%s", err.text);
    run("test ! -e $D/one");
    ck_assert_msg(place_close(&place, &err), "%s", err.text);
    run("test -z \"$(ls -A $D)\"");
}
END_TEST

START_TEST(two_bundles_change_places_and_back)
{
    run("mkdir -p $D/one && touch $D/one/old");
    open_with_bundle();
    ck_assert_msg(place_swap(&place, "one", &err), "%s", err.text);
    run("test -e $D/one/new && test -e $D/.install-*/one/old");
    ck_assert_msg(place_swap_back(&place, "one", &err), "%s", err.text);
    run("test -e $D/one/old && test -e $D/.install-*/one/new");
    ck_assert_msg(place_swap(&place, "one", &err), "%s", err.text);
    ck_assert_msg(place_close(&place, &err), "%s", err.text);
    run("test \"$(ls -A $D)\" = one && test -e $D/one/new");
}
END_TEST

/* Looks for the bundle again and again, until told to stop; exits with 1 when it once was away. */
static pid_t start_looking(int stop_fd)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/one/manifest.json", agents);
        while (poll(&stop, 1, 0) == 0) {
            for (int i = 0; i < 1000; i++) {
                if (access(path, F_OK) != 0) {
                    _exit(1);
                }
            }
        }
        _exit(0);
    }
    return pid;
}

START_TEST(there_is_no_moment_without_a_bundle)
{
    int ends[2], status = -1;
    run("mkdir -p $D/one && touch $D/one/manifest.json");
    open_with_bundle();
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = start_looking(ends[0]);
    for (int i = 0; i < 300; i++) {
        ck_assert_msg(place_swap(&place, "one", &err), "%s", err.text);
        ck_assert_msg(place_swap_back(&place, "one", &err), "%s", err.text);
    }
    ck_assert_int_eq((int)write(ends[1], "", 1), 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
    ck_assert(place_close(&place, &err));
}
END_TEST

START_TEST(what_a_killed_install_left_is_removed_and_nothing_else)
{
    run("mkdir -p $D/.install-1/one/assets $D/.install-2 $D/.mine && chmod 0555 "
        "$D/.install-1/one/assets && touch $D/install-3");
    ck_assert_msg(place_open(&place, agents, &err), "%s", err.text);
    ck_assert_msg(place_close(&place, &err), "%s", err.text);
    run("test \"$(ls -A $D | tr '\\n' ' ')\" = '.mine install-3 '");
}
END_TEST

START_TEST(one_install_holds_the_folder_at_a_time)
{
    struct place other;
    open_with_bundle();
    ck_assert(!place_open(&other, agents, &err));
    ck_assert_int_eq(err.kind, ERR_AGAIN);
    ck_assert(place_close(&other, &err));
    run("test -e $D/.install-*/one/new"); /* the first one's work is left alone */
    ck_assert(place_close(&place, &err));
    ck_assert(place_open(&other, agents, &err));
    ck_assert(place_close(&other, &err));
}
END_TEST

START_TEST(a_bundle_that_cannot_be_put_back_stays_where_the_error_says)
{
    run("mkdir -p $D/one && touch $D/one/old");
    open_with_bundle();
    ck_assert(place_swap(&place, "one", &err));
    run("rm -r $D/one"); /* somebody else's doing */
    ck_assert(!place_swap_back(&place, "one", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "/agents/one' cannot be put back; take it from '"));
    ck_assert(place_close(&place, &err));
    run("test -e $D/.install-*/one/old");
}
END_TEST

START_TEST(a_folder_that_cannot_be_there_is_an_error)
{
    ck_assert(!place_open(&place, "/nonexistent/agents", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "'/nonexistent/agents' cannot be made: No such file"));
    ck_assert(place_close(&place, &err));
    run("touch $D");
    ck_assert(!place_open(&place, agents, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "cannot be read: Not a directory"));
    ck_assert(place_close(&place, &err));
}
END_TEST

START_TEST(a_folder_becomes_a_bundle_of_nothing_but_its_files)
{
    char id[AGENT_ID_BYTES];
    char from[128];
    run("mkdir -p $D/../one/assets/deep $D/../one/.git && cd $D/../one && touch agent.so notes "
        "assets/deep/a .git/b && echo '{}' > manifest.json && chmod 0600 agent.so");
    ck_assert_msg(place_open(&place, agents, &err), "%s", err.text);
    (void)snprintf(from, sizeof(from), "%s/one//", dir);
    ck_assert_msg(bring_bundle(from, place.work_fd, id, &err), "%s", err.text);
    ck_assert_str_eq(id, "one");
    run("cd $D/.install-*/one && test \"$(find . -type f | sort | tr '\\n' ' ')\" = "
        "'./agent.so ./assets/deep/a ./manifest.json '");
    run("test \"$(stat -c %a $D/.install-*/one/agent.so)\" = 644");
    ck_assert(place_close(&place, &err));
}
END_TEST

START_TEST(what_is_no_bundle_is_not_brought)
{
    char id[AGENT_ID_BYTES];
    char from[128];
    run("mkdir -p $D/../Two $D/../one && cd $D/../one && ln -s /etc/hostname manifest.json");
    ck_assert(place_open(&place, agents, &err));
    (void)snprintf(from, sizeof(from), "%s/Two", dir);
    ck_assert(!bring_bundle(from, place.work_fd, id, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "'Two' cannot be an agent's id"));
    (void)snprintf(from, sizeof(from), "%s/one", dir);
    ck_assert(!bring_bundle(from, place.work_fd, id, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "manifest.json"));
    ck_assert(!bring_bundle("/dev/null", place.work_fd, id, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "neither a .tar.gz nor a folder"));
    ck_assert(place_close(&place, &err));
}
END_TEST

Suite *suite_place(void)
{
    Suite *suite = suite_create("place");
    TCase *tcase = tcase_create("install");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_first_bundle_comes_and_goes);
    tcase_add_test(tcase, two_bundles_change_places_and_back);
    tcase_add_test(tcase, there_is_no_moment_without_a_bundle);
    tcase_add_test(tcase, what_a_killed_install_left_is_removed_and_nothing_else);
    tcase_add_test(tcase, one_install_holds_the_folder_at_a_time);
    tcase_add_test(tcase, a_bundle_that_cannot_be_put_back_stays_where_the_error_says);
    tcase_add_test(tcase, a_folder_that_cannot_be_there_is_an_error);
    tcase_add_test(tcase, a_folder_becomes_a_bundle_of_nothing_but_its_files);
    tcase_add_test(tcase, what_is_no_bundle_is_not_brought);
    suite_add_tcase(suite, tcase);
    return suite;
}
