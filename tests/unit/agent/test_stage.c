/* Staging: what becomes an image, and what is kept out of the state directory. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "agent/manifest.h"
#include "agent/stage.h"
#include "core/clock.h"
#include "rig.h"
#include "suites.h"

static struct rig rig;
static char images[200], bundle[200], engines[200];
static struct stage_outcome outcome;

static void setup(void)
{
    rig_open(&rig);
    rig_install(&rig, "one", "1.0.0", "scripted", "a prompt");
    (void)snprintf(images, sizeof(images), "%s/images", rig.state_path);
    (void)snprintf(bundle, sizeof(bundle), "%s/one", rig.bundles);
    /* one that is good, one that is half written, one that is a link. */
    (void)snprintf(engines, sizeof(engines), "%s/engines", rig.directory);
    rig_run(
        "mkdir '%s' && cp '%s/scripted.so' '%s/one.so' && head -c 2000 '%s/one.so' > '%s/cut.so' "
        "&& ln -s one.so '%s/link.so'",
        engines, AGENTS_DIR, engines, engines, engines, engines);
}

static void teardown(void)
{
    rig_close(&rig);
}

static enum stage_result stage(int64_t still_ms)
{
    struct stage_request request = {.bundle_path = bundle,
                                    .id = "one",
                                    .images_path = images,
                                    .engines_path = engines,
                                    .still_ms = still_ms};
    enum stage_result result = stage_bundle(&request, &outcome);
    manifest_destroy(&outcome.manifest);
    return result;
}

/* Entries of images/, unfinished copies too. */
static unsigned count_images(void)
{
    unsigned count = 0;
    DIR *dir = opendir(images);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(dir);
    return count;
}

static void refuse(const char *error)
{
    ck_assert_int_eq(stage(0), STAGE_REFUSED);
    rig_assert_has(outcome.err.text, error);
    ck_assert_uint_eq(count_images(), 0);
}

START_TEST(an_image_is_a_protected_copy_named_by_its_hash)
{
    struct stat info;
    char path[512];
    ck_assert_msg(stage(0) == STAGE_DONE, "%s", outcome.err.text);
    ck_assert(outcome.is_new);
    ck_assert_uint_eq(strlen(outcome.hash), 64);
    static const struct {
        const char *path;
        mode_t mode;
    } rows[] = {{"", S_IFDIR | 0555},
                {"/manifest.json", S_IFREG | 0444},
                {"/agent.so", S_IFREG | 0444},
                {"/assets", S_IFDIR | 0555},
                {"/assets/prompt.txt", S_IFREG | 0444}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s%s", images, outcome.hash, rows[i].path);
        ck_assert_int_eq(stat(path, &info), 0);
        ck_assert_uint_eq(info.st_mode, rows[i].mode);
    }
    rig_run("cmp '%s/agent.so' '%s/%s/agent.so'", bundle, images, outcome.hash);
}
END_TEST

START_TEST(the_hash_is_that_of_the_documented_lines)
{
    ck_assert_int_eq(stage(0), STAGE_DONE);
    rig_run("cd '%s' && for f in agent.so assets/prompt.txt manifest.json; do "
            "printf '%%s\\0%%s\\0%%s\\n' $f $(stat -c %%s $f) $(sha256sum < $f | cut -d' ' -f1); "
            "done | sha256sum | grep -q '^%s '",
            bundle, outcome.hash);
}
END_TEST

START_TEST(an_engine_is_part_of_the_image_and_a_new_one_makes_another)
{
    char first[HASH_SHA256_HEX_BYTES];
    rig_run("cd '%s' && rm agent.so && sed -i 's/}$/,\"engine\":\"one\"}/' manifest.json", bundle);
    ck_assert_msg(stage(0) == STAGE_DONE, "%s", outcome.err.text);
    rig_run("cmp '%s/one.so' '%s/%s/agent.so'", engines, images, outcome.hash);
    memcpy(first, outcome.hash, sizeof(first));
    ck_assert_int_eq(stage(0), STAGE_DONE);
    ck_assert_str_eq(outcome.hash, first);
    ck_assert(!outcome.is_new);
    rig_run("cp '%s/good.so' '%s/one.so'", AGENTS_DIR, engines);
    ck_assert_msg(stage(0) == STAGE_DONE, "%s", outcome.err.text);
    ck_assert_str_ne(outcome.hash, first);
    rig_run("cmp '%s/one.so' '%s/%s/agent.so'", engines, images, outcome.hash);
}
END_TEST

START_TEST(equal_bundles_are_one_image_and_any_byte_makes_another)
{
    char first[HASH_SHA256_HEX_BYTES];
    ck_assert_int_eq(stage(0), STAGE_DONE);
    memcpy(first, outcome.hash, sizeof(first));
    ck_assert_int_eq(stage(0), STAGE_DONE);
    ck_assert_str_eq(outcome.hash, first);
    ck_assert(!outcome.is_new);
    rig_write(&rig, "bundles/one/assets/prompt.txt", "a Prompt");
    ck_assert_int_eq(stage(0), STAGE_DONE);
    ck_assert_str_ne(outcome.hash, first);
    rig_run("mv '%s/assets/prompt.txt' '%s/assets/Prompt.txt'", bundle, bundle);
    ck_assert_int_eq(stage(0), STAGE_DONE);
    ck_assert_uint_eq(count_images(), 3);
}
END_TEST

START_TEST(an_image_that_changed_on_disk_is_made_again)
{
    ck_assert_int_eq(stage(0), STAGE_DONE);
    rig_run("cd '%s/%s' && chmod u+w . assets assets/* && echo x > assets/prompt.txt", images,
            outcome.hash);
    ck_assert_int_eq(stage(0), STAGE_DONE);
    ck_assert(outcome.is_new);
    rig_run("cmp '%s/assets/prompt.txt' '%s/%s/assets/prompt.txt'", bundle, images, outcome.hash);
}
END_TEST

START_TEST(hidden_and_foreign_files_are_left_out)
{
    char first[HASH_SHA256_HEX_BYTES];
    ck_assert_int_eq(stage(0), STAGE_DONE);
    memcpy(first, outcome.hash, sizeof(first));
    rig_write(&rig, "bundles/one/README", "x");
    rig_write(&rig, "bundles/one/.hidden", "x");
    rig_write(&rig, "bundles/one/assets/.prompt.txt.swp", "x");
    rig_run("mkdir '%s/testdata' && mkfifo '%s/testdata/fifo'", bundle, bundle);
    ck_assert_int_eq(stage(0), STAGE_DONE);
    ck_assert_str_eq(outcome.hash, first);
}
END_TEST

static const struct {
    const char *command; /* in the bundle's folder */
    const char *error;
} bad_bundles[] = {
    {"ln -s /etc/passwd assets/secret", "assets/secret is a symbolic link, not a regular file"},
    {"ln -s prompt.txt assets/other.txt", "assets/other.txt is a symbolic link"},
    {"mkdir ../real && mv assets/* ../real && rmdir assets && ln -s ../real assets",
     "assets is not a folder"},
    {"ln -s /etc assets/etc", "assets/etc is a symbolic link"},
    {"mkfifo assets/pipe", "assets/pipe is a FIFO, not a regular file"},
    {"rm agent.so && mkfifo agent.so", "agent.so is a FIFO"},
    {"rm agent.so && ln -s /usr/lib/x86_64-linux-gnu/libc.so.6 agent.so",
     "agent.so is a symbolic link"},
    {"rm agent.so && mkdir agent.so", "agent.so is a folder"},
    {"rm manifest.json && ln -s /etc/passwd manifest.json", "manifest.json is a symbolic link"},
    {"rm manifest.json", "manifest.json is missing"},
    {"rm agent.so", "agent.so is missing"},
    {"rm -r assets && touch assets", "assets is not a folder"},
    {"for i in $(seq 256); do touch assets/f$i; done", "assets has over 256 files"},
    {"truncate -s 16777216 assets/large", "assets is over 16 MB"},
    {"truncate -s 67108865 agent.so", "agent.so is over 64 MB"},
    {"truncate -s 70000 manifest.json", "manifest.json is over 64 KB"},
    {"mkdir -p assets/1/2/3/4/5/6/7/8/9", "is nested deeper than 8"},
    {"touch \"assets/$(printf 'x%.0s' $(seq 220))\"", "a path below assets is over 200 bytes"},
    {"touch \"$(printf 'assets/a\\nb')\"", "whose name is not UTF-8 or holds control characters"},
    {"touch \"$(printf 'assets/a\\377b')\"", "whose name is not UTF-8"},
    {"head -c 50 manifest.json > m && mv m manifest.json", "one/manifest.json:1:"},
    {"sed -i 's/none/maybe/' manifest.json", "one/manifest.json: /chart: 'maybe'"},
    {"sed -i 's/}$/,\"engine\":\"one\"}/' manifest.json",
     "one/manifest.json: /engine: the bundle has an agent.so, too; take out one of the two"},
    {"rm agent.so && sed -i 's/}$/,\"engine\":\"tow\"}/' manifest.json",
     "/engines; there is cut, link, one"},
    {"rm agent.so && sed -i 's/}$/,\"engine\":\"cut\"}/' manifest.json", "agent.so: "},
    {"rm agent.so && sed -i 's/}$/,\"engine\":\"link\"}/' manifest.json",
     "/engines/link.so is not a regular file"},
    {"echo 'not code' > agent.so", "agent.so: "},
    {"cp /bin/true agent.so", "agent.so: "},
    {"cp /lib/x86_64-linux-gnu/libm.so.6 agent.so", "agent.so: "},
    {": > agent.so", "agent.so: "},
};

START_TEST(what_is_no_bundle_is_refused)
{
    rig_run("cd '%s' && %s", bundle, bad_bundles[_i].command);
    refuse(bad_bundles[_i].error);
}
END_TEST

START_TEST(half_written_code_is_refused_wherever_it_was_cut)
{
    char from[512], to[512];
    struct stat info;
    (void)snprintf(from, sizeof(from), "%s/scripted.so", AGENTS_DIR);
    (void)snprintf(to, sizeof(to), "%s/agent.so", bundle);
    ck_assert_int_eq(stat(from, &info), 0);
    for (off_t len = 0; len < info.st_size; len += 512) {
        rig_copy(from, to, (size_t)len);
        refuse("agent.so: ");
    }
    rig_copy(from, to, (size_t)info.st_size - 1);
    refuse("agent.so: ");
    rig_copy(from, to, SIZE_MAX);
    ck_assert_int_eq(stage(0), STAGE_DONE);
}
END_TEST

START_TEST(a_folder_that_was_just_changed_is_not_taken_yet)
{
    int64_t before_ms = clock_mono_ms();
    ck_assert_int_eq(stage(60000), STAGE_MOVING);
    ck_assert_int_gt(outcome.wait_ms, 50000);
    ck_assert_int_lt(clock_mono_ms() - before_ms, 1000); /* waiting is not done here */
    ck_assert_uint_eq(count_images(), 0);

    /* What it serves already needs no stillness. */
    ck_assert_int_eq(stage(0), STAGE_DONE);
    char hash[HASH_SHA256_HEX_BYTES];
    memcpy(hash, outcome.hash, sizeof(hash));
    struct stage_request request = {.bundle_path = bundle,
                                    .id = "one",
                                    .images_path = images,
                                    .engines_path = engines,
                                    .still_ms = 60000,
                                    .current_hash = hash};
    ck_assert_int_eq(stage_bundle(&request, &outcome), STAGE_DONE);
    manifest_destroy(&outcome.manifest);

    /* Nor does a folder that is switched as a whole. */
    rig_write(&rig, "bundles/one/assets/prompt.txt", "another");
    request.is_link = true;
    ck_assert_int_eq(stage_bundle(&request, &outcome), STAGE_DONE);
    manifest_destroy(&outcome.manifest);

    /* Two equal looks, far enough apart, are stillness whatever the clocks say. */
    rig_write(&rig, "bundles/one/assets/prompt.txt", "a third");
    request.is_link = false;
    ck_assert_int_eq(stage_bundle(&request, &outcome), STAGE_MOVING);
    request.seen_fingerprint = outcome.fingerprint;
    request.seen_ms_ago = 59999;
    ck_assert_int_eq(stage_bundle(&request, &outcome), STAGE_MOVING);
    request.seen_ms_ago = 60000;
    ck_assert_int_eq(stage_bundle(&request, &outcome), STAGE_DONE);
    manifest_destroy(&outcome.manifest);
    rig_run("touch '%s/assets/prompt.txt'", bundle);
    ck_assert_int_eq(stage_bundle(&request, &outcome), STAGE_MOVING);
}
END_TEST

START_TEST(a_broken_folder_that_was_just_changed_is_not_refused_yet)
{
    rig_run("rm '%s/manifest.json'", bundle);
    ck_assert_int_eq(stage(60000), STAGE_MOVING);
    rig_assert_has(outcome.err.text, "manifest.json is missing");
}
END_TEST

struct writer {
    char path[512];
    atomic_bool is_stopping;
};

/* Rewrites a large asset for ever, all x or all y, always of one length. */
static void *write_for_ever(void *arg)
{
    struct writer *writer = arg;
    static char text[256 * 1024];
    for (unsigned i = 0; !atomic_load(&writer->is_stopping); i++) {
        memset(text, i % 2 == 0 ? 'x' : 'y', sizeof(text));
        int fd = open(writer->path, O_WRONLY | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        for (size_t at = 0; at < sizeof(text); at += 4096) {
            ck_assert_int_eq(write(fd, text + at, 4096), 4096);
        }
        close(fd);
    }
    return NULL;
}

START_TEST(no_image_holds_a_file_that_changed_while_it_was_staged)
{
    struct writer writer = {0};
    pthread_t thread;
    (void)snprintf(writer.path, sizeof(writer.path), "%s/assets/large", bundle);
    rig_run("truncate -s 262144 '%s'", writer.path);
    ck_assert_int_eq(pthread_create(&thread, NULL, write_for_ever, &writer), 0);
    unsigned done = 0, moving = 0;
    for (int i = 0; i < 100; i++) {
        enum stage_result result = stage(0);
        ck_assert_int_ne(result, STAGE_REFUSED);
        done += result == STAGE_DONE;
        moving += result == STAGE_MOVING;
    }
    atomic_store(&writer.is_stopping, true);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_gt(moving, 0);
    /* Whatever was taken is what its name says, so it never was half of each. */
    char again[200];
    memcpy(again, bundle, sizeof(again));
    DIR *dir = opendir(images);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        ck_assert_int_ne(strncmp(entry->d_name, ".new-", 5), 0);
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/%s", images, entry->d_name);
        struct stage_request request = {.bundle_path = path,
                                        .id = "one",
                                        .images_path = images,
                                        .engines_path = engines,
                                        .still_ms = 0};
        ck_assert_int_eq(stage_bundle(&request, &outcome), STAGE_DONE);
        ck_assert_str_eq(outcome.hash, entry->d_name);
        manifest_destroy(&outcome.manifest);
    }
    closedir(dir);
}
END_TEST

START_TEST(a_full_disk_or_a_missing_state_directory_leaves_nothing_behind)
{
    rig_run("rm -r '%s'", images);
    ck_assert_int_eq(stage(0), STAGE_REFUSED);
    rig_assert_has(outcome.err.text, "cannot be read");
}
END_TEST

Suite *suite_stage(void)
{
    Suite *suite = suite_create("stage");
    TCase *tcase = tcase_create("folders");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_image_is_a_protected_copy_named_by_its_hash);
    tcase_add_test(tcase, the_hash_is_that_of_the_documented_lines);
    tcase_add_test(tcase, an_engine_is_part_of_the_image_and_a_new_one_makes_another);
    tcase_add_test(tcase, equal_bundles_are_one_image_and_any_byte_makes_another);
    tcase_add_test(tcase, an_image_that_changed_on_disk_is_made_again);
    tcase_add_test(tcase, hidden_and_foreign_files_are_left_out);
    tcase_add_loop_test(tcase, what_is_no_bundle_is_refused, 0, ARRAY_LEN(bad_bundles));
    tcase_add_test(tcase, half_written_code_is_refused_wherever_it_was_cut);
    tcase_add_test(tcase, a_folder_that_was_just_changed_is_not_taken_yet);
    tcase_add_test(tcase, a_broken_folder_that_was_just_changed_is_not_refused_yet);
    tcase_add_test(tcase, no_image_holds_a_file_that_changed_while_it_was_staged);
    tcase_add_test(tcase, a_full_disk_or_a_missing_state_directory_leaves_nothing_behind);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return suite;
}
