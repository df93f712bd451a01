/* The scripts compiled in are whole, and are found. */
#include "redis/script.h"

#include <string.h>

#include "core/hash.h"
#include "suites.h"

static unsigned scripts_check(const struct redis_script *table)
{
    unsigned count = 0;
    for (const struct redis_script *script = table; script->name != NULL; script++, count++) {
        char sha1[41];
        ck_assert_uint_eq(script->text_len, strlen(script->text));
        hash_sha1_hex((struct span){script->text, script->text_len}, sha1);
        ck_assert_str_eq(sha1, script->sha1);
        ck_assert_ptr_eq(redis_script_find(script->name), script);
    }
    return count;
}

START_TEST(every_script_has_its_length_and_hash)
{
    ck_assert_uint_gt(scripts_check(redis_scripts_bullmq), 20);
    (void)scripts_check(redis_scripts_own);
    ck_assert_str_eq(redis_scripts_bullmq_version, "6.7.0");
}
END_TEST

START_TEST(scripts_know_their_keys)
{
    ck_assert_uint_eq(redis_script_find("moveToActive")->keys_count, 11);
    ck_assert_uint_eq(redis_script_find("moveToFinished")->keys_count, 14);
    ck_assert_uint_eq(redis_script_find("getCounts")->keys_count, 1);
}
END_TEST

Suite *suite_script(void)
{
    Suite *suite = suite_create("script");
    TCase *tcase = tcase_create("script");
    tcase_add_test(tcase, every_script_has_its_length_and_hash);
    tcase_add_test(tcase, scripts_know_their_keys);
    suite_add_tcase(suite, tcase);
    return suite;
}
