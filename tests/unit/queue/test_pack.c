/* The msgpack arguments, read back: every field a script reads is there. */
#include <stdio.h>
#include <stdlib.h>

#include "queue/opts.h"
#include "queue/pack.h"
#include "queue/queue.h"
#include "suites.h"

static struct queue_pack pack;

static void setup(void)
{
    queue_pack_init(&pack);
}

static void teardown(void)
{
    queue_pack_fini(&pack);
}

static const struct queue_pack_worker worker = {
    .name = {"host-1", 6},
    .lock_ms = 30000,
    .limiter_max = 10,
    .limiter_ms = 60000,
};

/* msgpack-c prints objects in a form of its own: good enough to compare. */
static void check_text(struct span packed, const char *expected)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    ck_assert_int_eq(msgpack_unpack_next(&unpacked, packed.data, packed.len, NULL),
                     MSGPACK_UNPACK_SUCCESS);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    msgpack_object_print(out, unpacked.data);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(text, expected);
    free(text);
    msgpack_unpacked_destroy(&unpacked);
}

START_TEST(claims_carry_token_lock_name_and_limiter)
{
    check_text(queue_pack_claim(&pack, &worker, SPAN_LITERAL("t:1")),
               "{\"token\"=>\"t:1\", \"lockDuration\"=>30000, \"name\"=>\"host-1\", "
               "\"limiter\"=>{\"max\"=>10, \"duration\"=>60000}}");
    struct queue_pack_worker free_worker = worker;
    free_worker.limiter_max = 0;
    check_text(queue_pack_claim(&pack, &free_worker, SPAN_LITERAL("t:2")),
               "{\"token\"=>\"t:2\", \"lockDuration\"=>30000, \"name\"=>\"host-1\", "
               "\"limiter\"=>nil}");
}
END_TEST

START_TEST(endings_carry_every_field)
{
    struct queue_pack_worker free_worker = worker;
    free_worker.limiter_max = 0;
    struct queue_keep keep = {.has_count = true, .count = -1};
    check_text(queue_pack_finish(&pack, &free_worker, SPAN_LITERAL("t"), &keep, 3),
               "{\"token\"=>\"t\", \"lockDuration\"=>30000, \"name\"=>\"host-1\", "
               "\"limiter\"=>nil, \"keepJobs\"=>{\"count\"=>-1}, \"attempts\"=>3, "
               "\"maxMetricsSize\"=>\"\", \"fpof\"=>false, \"cpof\"=>false, \"idof\"=>false, "
               "\"rdof\"=>false}");
    keep = (struct queue_keep){.has_age = true, .age_s = 3600, .has_limit = true, .limit = 5};
    free_worker.metrics = 60;
    check_text(queue_pack_finish(&pack, &free_worker, SPAN_LITERAL("t"), &keep, 0),
               "{\"token\"=>\"t\", \"lockDuration\"=>30000, \"name\"=>\"host-1\", "
               "\"limiter\"=>nil, \"keepJobs\"=>{\"age\"=>3600, \"limit\"=>5}, \"attempts\"=>0, "
               "\"maxMetricsSize\"=>60, \"fpof\"=>false, \"cpof\"=>false, \"idof\"=>false, "
               "\"rdof\"=>false}");
}
END_TEST

START_TEST(added_jobs_carry_ten_arguments)
{
    struct queue_add add = {.name = "crisis", .keep_completed_s = -1, .keep_failed_s = -1};
    check_text(queue_pack_add(&pack, SPAN_LITERAL("bull:q:"), &add, 1700),
               "[\"bull:q:\", \"\", \"crisis\", 1700, nil, nil, nil, nil, nil, nil]");
    check_text(queue_pack_add_opts(&pack, &add),
               "{\"attempts\"=>0, \"removeOnComplete\"=>false, \"removeOnFail\"=>false}");
    add = (struct queue_add){
        .name = "crisis",
        .job_id = "r-1",
        .priority = 7,
        .attempts = 3,
        .backoff_ms = 500,
        .keep_completed_s = 60,
        .keep_failed_s = 0,
        .timestamp_ms = 1700,
    };
    check_text(queue_pack_add_opts(&pack, &add),
               "{\"attempts\"=>3, \"removeOnComplete\"=>{\"age\"=>60}, \"removeOnFail\"=>true, "
               "\"backoff\"=>{\"type\"=>\"exponential\", \"delay\"=>500}, \"priority\"=>7, "
               "\"jobId\"=>\"r-1\", \"timestamp\"=>1700}");
}
END_TEST

START_TEST(texts_keep_their_bytes)
{
    static char large[70000];
    memset(large, 'x', sizeof(large));
    const struct span texts[] = {SPAN_LITERAL("a\0b"), {large, sizeof(large)}, {NULL, 0}};
    struct span packed = queue_pack_texts(&pack, texts, 3);
    ck_assert_uint_eq(packed.len, 1 + (1 + 3) + (5 + sizeof(large)) + 1);
    ck_assert_mem_eq(packed.data + 2, "a\0b", 3);
}
END_TEST

Suite *suite_pack(void)
{
    Suite *suite = suite_create("queue/pack");
    TCase *tests = tcase_create("read back");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, claims_carry_token_lock_name_and_limiter);
    tcase_add_test(tests, endings_carry_every_field);
    tcase_add_test(tests, added_jobs_carry_ten_arguments);
    tcase_add_test(tests, texts_keep_their_bytes);
    suite_add_tcase(suite, tests);
    return suite;
}
