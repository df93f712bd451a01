/* Names in Redis: keys, job keys taken apart, worker and client names, job ids. */
#include <stdlib.h>

#include "core/arena.h"
#include "queue/keys.h"
#include "suites.h"

static struct queue_keys keys;

static void setup(void)
{
    queue_keys_init(&keys, "bull", "readings", "0123456789abcdef0123456789abcdef");
}

static void teardown(void)
{
    queue_keys_fini(&keys);
}

START_TEST(keys_are_bullmqs)
{
    ck_assert_str_eq(keys.base.data, "bull:readings:");
    ck_assert_str_eq(keys.of[QUEUE_KEY_WAIT].data, "bull:readings:wait");
    ck_assert_str_eq(keys.of[QUEUE_KEY_PC].data, "bull:readings:pc");
    ck_assert_str_eq(keys.of[QUEUE_KEY_STALLED_CHECK].data, "bull:readings:stalled-check");
    ck_assert_str_eq(keys.of[QUEUE_KEY_METRICS_FAILED].data, "bull:readings:metrics:failed");
    ck_assert_str_eq(keys.of[QUEUE_KEY_NONCE].data,
                     "bull:readings:agenthost:host:0123456789abcdef0123456789abcdef:nonce");
    for (int i = 0; i < QUEUE_KEYS_COUNT; i++) {
        ck_assert_uint_eq(keys.of[i].len, strlen(keys.of[i].data));
    }
}
END_TEST

START_TEST(own_keys_carry_word_and_job)
{
    struct arena *arena = arena_create(4096);
    ck_assert_str_eq(queue_keys_own(&keys, arena, "run", SPAN_LITERAL("5:1700")),
                     "bull:readings:agenthost:run:5:1700");
    arena_destroy(&arena);
}
END_TEST

static const struct {
    const char *job_key;
    const char *id; /* NULL: refused */
    const char *timestamp;
} job_keys[] = {
    {"bull:readings:5:1700", "5", "1700"},
    {"bull:readings:a:b:c:1700", "a:b:c", "1700"},
    {"bull:readings:repeat:x:1700:1800", "repeat:x:1700", "1800"},
    {"bull:readings:5:", NULL, NULL},
    {"bull:readings::1700", NULL, NULL},
    {"bull:readings:5", NULL, NULL},
    {"bull:readings:1700", NULL, NULL},
    {"bull:readings:5:17x", NULL, NULL},
    {"bull:reading:5:1700", NULL, NULL},
    {"bull:readings:", NULL, NULL},
    {"", NULL, NULL},
};

START_TEST(job_keys_come_apart)
{
    struct queue_job_key parts;
    bool is_one = queue_keys_parse(&keys, span_of(job_keys[_i].job_key), &parts);
    ck_assert_int_eq(is_one, job_keys[_i].id != NULL);
    if (is_one) {
        ck_assert(span_is(parts.id, job_keys[_i].id));
        ck_assert(span_is(parts.timestamp, job_keys[_i].timestamp));
        ck_assert_uint_eq(parts.hash.len, keys.base.len + parts.id.len);
        ck_assert_uint_eq(parts.tail.len, parts.id.len + 1 + parts.timestamp.len);
    }
}
END_TEST

static const struct {
    const char *queue;
    const char *client_name;
} client_names[] = {
    {"a", "bull:YQ==:w:host-1"},
    {"ab", "bull:YWI=:w:host-1"},
    {"abc", "bull:YWJj:w:host-1"},
    {"readings", "bull:cmVhZGluZ3M=:w:host-1"},
    {"\xC3\xBC~~~?", "bull:w7x+fn4/:w:host-1"},
};

START_TEST(client_names_carry_base64)
{
    char *name = queue_client_name("bull", client_names[_i].queue, "host-1");
    ck_assert_str_eq(name, client_names[_i].client_name);
    free(name);
}
END_TEST

START_TEST(worker_names_are_printable)
{
    char *name = queue_worker_name("my host\n\xC3\xBC", "0123456789abcdef");
    ck_assert_str_eq(name, "my-host----01234567");
    free(name);
}
END_TEST

static const struct {
    const char *id;
    bool is_good;
} job_ids[] = {
    {"reading-1", true}, {"a", true},    {"a:b:c", true},    {"1a", true},   {"01-x", true},
    {"", false},         {"0", false},   {"17", false},      {"007", false}, {"0:x", false},
    {"0:x:y", false},    {"a:b", false}, {"a:b:c:d", false},
};

START_TEST(job_ids_are_judged_as_in_node)
{
    struct err err;
    ck_assert_int_eq(queue_job_id_check(job_ids[_i].id, &err), job_ids[_i].is_good);
}
END_TEST

Suite *suite_keys(void)
{
    Suite *suite = suite_create("queue/keys");
    TCase *tests = tcase_create("names");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, keys_are_bullmqs);
    tcase_add_test(tests, own_keys_carry_word_and_job);
    tcase_add_loop_test(tests, job_keys_come_apart, 0, ARRAY_LEN(job_keys));
    tcase_add_loop_test(tests, client_names_carry_base64, 0, ARRAY_LEN(client_names));
    tcase_add_test(tests, worker_names_are_printable);
    tcase_add_loop_test(tests, job_ids_are_judged_as_in_node, 0, ARRAY_LEN(job_ids));
    suite_add_tcase(suite, tests);
    return suite;
}
