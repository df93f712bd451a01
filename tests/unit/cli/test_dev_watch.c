/* What agenthost dev watches: what counts as saved, and what it says when it cannot watch. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/dev-private.h"
#include "suites.h"

#define WAIT_S 2.0
#define QUIET_S 0.6 /* three times what the watch takes for quiet */

int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);
int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);

static int init_errno, add_errno; /* what the kernel says instead, unless 0 */
static int added, added_max;      /* folders the kernel watches before add_errno */

int __wrap_inotify_init1(int flags)
{
    errno = init_errno;
    return init_errno != 0 ? -1 : __real_inotify_init1(flags);
}

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
    if (++added > added_max && add_errno != 0) {
        errno = add_errno;
        return -1;
    }
    return __real_inotify_add_watch(fd, path, mask);
}

static struct loop loop;
static char top[64];
static char *dirs[1] = {top};
static struct dev_watch watch;
static struct err err;
static ev_timer patience;
static int changes;

static void on_patience(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)timer;
    (void)revents;
    loop_stop(&loop);
}

static void on_change(void *ctx)
{
    (void)ctx;
    changes++;
    loop_stop(&loop);
}

static void setup(void)
{
    (void)snprintf(top, sizeof(top), "/tmp/agenthost-watch-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(top));
    loop_init(&loop);
    ev_timer_init(&patience, on_patience, 0., 0.);
    watch =
        (struct dev_watch){.loop = &loop, .dirs = dirs, .dirs_count = 1, .on_change = on_change};
    init_errno = add_errno = added = added_max = changes = 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

static void teardown(void)
{
    dev_watch_stop(&watch);
    loop_fini(&loop);
    ck_assert_int_eq(nftw(top, remove_entry, 16, FTW_PHYS | FTW_DEPTH), 0);
}

static void make(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", top, name);
    if (name[strlen(name) - 1] == '/') {
        ck_assert_int_eq(mkdir(path, 0700), 0);
        return;
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fclose(file);
}

/* How many changes were told within the time. */
static int wait_s(double seconds)
{
    changes = 0;
    ev_timer_set(&patience, seconds, 0.);
    ev_timer_start(loop.ev, &patience);
    loop_run(&loop);
    ev_timer_stop(loop.ev, &patience);
    return changes;
}

START_TEST(what_is_saved_is_told_once_and_an_editors_own_files_are_not)
{
    make("assets/");
    ck_assert_msg(dev_watch_start(&watch, &err), "%s", err.text);
    make("assets/user.de.md");
    make("assets/user.en.md");
    ck_assert_int_eq(wait_s(WAIT_S), 1);
    ck_assert_int_eq(wait_s(QUIET_S), 0);
    make("assets/.user.de.md.swp");
    make("assets/user.de.md~");
    ck_assert_int_eq(wait_s(QUIET_S), 0);
}
END_TEST

START_TEST(a_folder_that_is_made_later_is_watched_too)
{
    ck_assert_msg(dev_watch_start(&watch, &err), "%s", err.text);
    make("assets/");
    ck_assert_int_eq(wait_s(WAIT_S), 1);
    make("assets/user.de.md");
    ck_assert_int_eq(wait_s(WAIT_S), 1);
}
END_TEST

static void make_folders(int count)
{
    char name[32];
    for (int i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "f%d/", i);
        make(name);
    }
}

START_TEST(as_many_folders_as_may_be_are_watched_and_one_more_is_refused)
{
    make_folders(DEV_FOLDERS_MAX - 1); /* and top itself */
    ck_assert_msg(dev_watch_start(&watch, &err), "%s", err.text);
    dev_watch_stop(&watch);
    make("one-more/");
    ck_assert(!dev_watch_start(&watch, &err));
    ck_assert_int_eq(err.kind, ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, ": more than 4096 folders to watch; give the folders "
                                           "of the bundles themselves"));
}
END_TEST

/* What the kernel says, and the remedy. */
static const struct {
    int init_errno, add_errno;
    const char *said; /* NULL: it is watched as far as possible */
} refusals[] = {
    {EMFILE, 0, "raise fs.inotify.max_user_instances"},
    {0, ENOSPC, "raise fs.inotify.max_user_watches"},
    {0, ENOMEM, "/assets' cannot be watched: Cannot allocate memory"},
    {0, EACCES, NULL},
    {0, ENOENT, NULL},
};

START_TEST(what_the_kernel_refuses_is_said_with_the_remedy)
{
    make("assets/");
    init_errno = refusals[_i].init_errno;
    add_errno = refusals[_i].add_errno;
    added_max = 1;
    bool is_good = dev_watch_start(&watch, &err);
    ck_assert_int_eq(is_good, refusals[_i].said == NULL);
    if (refusals[_i].said != NULL) {
        ck_assert_msg(strstr(err.text, refusals[_i].said) != NULL, "%s", err.text);
    }
}
END_TEST

Suite *suite_dev_watch(void)
{
    Suite *suite = suite_create("dev watch");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_saved_is_told_once_and_an_editors_own_files_are_not);
    tcase_add_test(tests, a_folder_that_is_made_later_is_watched_too);
    tcase_add_test(tests, as_many_folders_as_may_be_are_watched_and_one_more_is_refused);
    tcase_add_loop_test(tests, what_the_kernel_refuses_is_said_with_the_remedy, 0,
                        ARRAY_LEN(refusals));
    suite_add_tcase(suite, tests);
    return suite;
}
