/* Which images are kept, and which one serves when the installed bundle cannot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/image.h"
#include "agent/manifest.h"
#include "core/clock.h"
#include "core/sbuf.h"
#include "rig.h"
#include "suites.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct images images;
static char directory[64];
static int64_t now_ms = INT64_C(1700000000000);

static void pass(int64_t ms)
{
    now_ms += ms;
    clock_test_fix_wall_ms(now_ms);
}

static void setup(void)
{
    struct err err = {0};
    (void)snprintf(directory, sizeof(directory), "image-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_msg(images_open(&images, directory, &err), "%s", err.text);
    pass(0);
}

static void teardown(void)
{
    images_close(&images);
    clock_test_fix_wall_ms(-1);
    rig_run("rm -rf %s", directory);
}

/* An image of agent "a" whose hash is 64 times this digit. */
static struct image *add(char digit)
{
    static const char text[] = "{\"manifest\":1,\"id\":\"a\",\"version\":\"1\",\"name\":{\"de\":"
                               "\"x\"},\"languages\":[\"de\"],\"chart\":\"none\"}";
    char hash[HASH_SHA256_HEX_BYTES] = "";
    struct manifest *manifest = NULL;
    struct err err = {0};
    memset(hash, digit, sizeof(hash) - 1);
    ck_assert_msg(manifest_parse("m", "a", span_of(text), &manifest, &err), "%s", err.text);
    rig_run("mkdir -p %s/images/%s && echo '%s' > %s/images/%s/manifest.json", directory, hash,
            text, directory, hash);
    return images_add(&images, "a", hash, manifest);
}

static unsigned count(void)
{
    unsigned found = 0;
    for (const struct image *image = images.first; image != NULL; image = image->next) {
        found++;
    }
    return found;
}

/* Writes images.json as the files thread would, and reads it as the next start does. */
static void restart(void)
{
    struct sbuf out;
    struct err err = {0};
    char path[128];
    sbuf_init(&out, 1024 * 1024);
    images_render(&images, &out);
    (void)snprintf(path, sizeof(path), "%s", images.file);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(out.data, 1, out.len, file), out.len);
    ck_assert_int_eq(fclose(file), 0);
    sbuf_fini(&out);
    images_close(&images);
    ck_assert_msg(images_open(&images, directory, &err), "%s", err.text);
}

START_TEST(the_fallback_is_the_current_one_then_the_last_good_but_none_in_quarantine)
{
    ck_assert_ptr_null(images_fallback(&images, "a", NULL));
    struct image *first = add('1'), *second = add('2'), *third = add('3');
    ck_assert_ptr_null(images_fallback(&images, "a", NULL)); /* none has served */
    images_set_current(&images, first);
    ck_assert_ptr_eq(images_fallback(&images, "a", NULL), first);
    images_set_current(&images, second);
    ck_assert_ptr_eq(images_fallback(&images, "a", NULL), second);
    ck_assert_ptr_eq(images_fallback(&images, "a", second), first);
    images_quarantine(second, "c", "it failed");
    ck_assert_ptr_eq(images_fallback(&images, "a", NULL), first);
    images_set_current(&images, third); /* the quarantined one is nothing to fall back on */
    ck_assert_ptr_eq(images_fallback(&images, "a", third), first);
    images_lift_quarantine(second);
    images_set_current(&images, second); /* a rollback */
    ck_assert_ptr_eq(images_fallback(&images, "a", second), third);
    ck_assert_ptr_null(images_fallback(&images, "b", NULL));
}
END_TEST

START_TEST(a_restart_remembers_everything)
{
    images_set_current(&images, add('1'));
    pass(5);
    images_set_current(&images, add('2'));
    images_quarantine(images_fallback(&images, "a", NULL), "", "it \"failed\"");
    images_note_installed(&images, "a", false);
    char hash[HASH_SHA256_HEX_BYTES];
    memcpy(hash, images.first->hash, sizeof(hash));
    int64_t loaded_ms = images.first->loaded_ms, absent_ms = images.first->absent_ms;
    restart();
    ck_assert_uint_eq(count(), 2);
    struct image *second = images_find(&images, "a", hash);
    ck_assert_ptr_nonnull(second);
    ck_assert(second->is_current && !second->is_last_good && second->is_synced);
    ck_assert_str_eq(second->quarantine, "it \"failed\"");
    ck_assert_int_eq(second->quarantined_ms, now_ms);
    ck_assert_int_eq(second->loaded_ms, loaded_ms);
    ck_assert_int_eq(second->absent_ms, absent_ms);
    struct image *first = images_fallback(&images, "a", NULL);
    ck_assert_ptr_ne(first, second);
    ck_assert(first->is_last_good);
    ck_assert_int_eq(first->replaced_ms, now_ms);
    ck_assert_str_eq(first->manifest->version, "1");
}
END_TEST

START_TEST(an_image_whose_copy_is_gone_is_forgotten)
{
    images_set_current(&images, add('1'));
    images_set_current(&images, add('2'));
    rig_run("rm -r %s/images/2*", directory);
    restart();
    ck_assert_uint_eq(count(), 1);
    ck_assert(images_fallback(&images, "a", NULL)->is_last_good);
}
END_TEST

START_TEST(images_are_kept_for_fourteen_days)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 16; i++) {
        images_set_current(&images, add(digits[i]));
        pass(DAY_MS);
    }
    images_forget_old(&images);
    /* The current one, the last good one, and those replaced within 14 days. */
    ck_assert_uint_eq(count(), 14);
    images.first->next->next->refs++; /* held by a run */
    pass(DAY_MS * 30);
    images_forget_old(&images);
    ck_assert_uint_eq(count(), 3);
}
END_TEST

START_TEST(not_more_than_so_many_are_kept_however_often_an_agent_is_deployed)
{
    for (char digit = 'A'; digit < 'A' + IMAGE_KEPT_MAX + 8; digit++) {
        images_set_current(&images, add(digit));
        pass(1000);
    }
    images_forget_old(&images);
    ck_assert_uint_eq(count(), 1 + IMAGE_KEPT_MAX);
}
END_TEST

START_TEST(an_image_that_was_tried_and_refused_is_not_kept)
{
    struct image *image = add('1');
    image->refs = 1;
    images_forget_old(&images);
    ck_assert_uint_eq(count(), 1);
    image->refs = 0;
    images_forget_old(&images);
    ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(what_served_a_removed_agent_goes_after_fourteen_days)
{
    images_set_current(&images, add('1'));
    images_note_installed(&images, "a", false);
    pass(13 * DAY_MS);
    images_note_installed(&images, "a", false);
    images_forget_old(&images);
    ck_assert_uint_eq(count(), 1);
    images_note_installed(&images, "a", true); /* it came back */
    pass(30 * DAY_MS);
    images_forget_old(&images);
    ck_assert_uint_eq(count(), 1);
    images_note_installed(&images, "a", false);
    pass(14 * DAY_MS);
    images_forget_old(&images);
    ck_assert_uint_eq(count(), 0);
}
END_TEST

Suite *suite_image(void)
{
    Suite *suite = suite_create("image");
    TCase *tcase = tcase_create("kept");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase,
                   the_fallback_is_the_current_one_then_the_last_good_but_none_in_quarantine);
    tcase_add_test(tcase, a_restart_remembers_everything);
    tcase_add_test(tcase, an_image_whose_copy_is_gone_is_forgotten);
    tcase_add_test(tcase, images_are_kept_for_fourteen_days);
    tcase_add_test(tcase, not_more_than_so_many_are_kept_however_often_an_agent_is_deployed);
    tcase_add_test(tcase, an_image_that_was_tried_and_refused_is_not_kept);
    tcase_add_test(tcase, what_served_a_removed_agent_goes_after_fourteen_days);
    suite_add_tcase(suite, tcase);
    return suite;
}
