/* How schedulers' jobs repeat: old keys, limits, and the options of the next job. */
#include <stdio.h>
#include <stdlib.h>

#include "core/json.h"
#include "queue/pack.h"
#include "queue/repeat.h"
#include "suites.h"

static const struct {
    const char *key;
    bool is_legacy;
} keys[] = {
    {"name:id:1700000000000:UTC:0 9 * * *", true},
    {"name::::* * * * *", true},
    {"name::::5000", true},
    {"a:b::d:e:f g", true},
    {"a:b:c:d:5000", false}, /* an end is a number */
    {"a:b::d:e:f", false},
    {"a:b::d:", false},
    {"a:b::5000", false},
    {"daily", false},
    {"", false},
    {":::::", false},
    {"::::5", true},
};

START_TEST(old_keys_are_known_by_their_shape)
{
    ck_assert_msg(queue_repeat_is_legacy(span_of(keys[_i].key)) == keys[_i].is_legacy, "%s",
                  keys[_i].key);
}
END_TEST

static bool read(const char *text, struct json_object **ret_opts, struct queue_repeat *ret_repeat,
                 struct err *err)
{
    ck_assert(json_parse(span_of(text), ret_opts, err));
    return queue_repeat_read(*ret_opts, ret_repeat, err);
}

static const struct {
    const char *opts, *reason;
} refused[] = {
    {"{}", "no options of repetition"},
    {"{\"repeat\":[]}", "no options of repetition"},
    {"{\"repeat\":{}}", "neither pattern nor every"},
    {"{\"repeat\":{\"pattern\":\"\",\"every\":0}}", "neither pattern nor every"},
    {"{\"repeat\":{\"pattern\":\"* * * * *\",\"every\":5}}", "both pattern and every"},
    {"{\"repeat\":{\"pattern\":5}}", "option pattern is a number, not a string"},
    {"{\"repeat\":{\"pattern\":\"* * * * *\",\"tz\":1}}", "option tz"},
    {"{\"repeat\":{\"every\":\"5\"}}", "option every is a string, not a number"},
    {"{\"repeat\":{\"every\":-5}}", "option every is a number, not a number from 0 up"},
    {"{\"repeat\":{\"every\":5,\"limit\":\"x\"}}", "option limit"},
    {"{\"repeat\":{\"every\":5,\"count\":true}}", "option count"},
    {"{\"repeat\":{\"every\":5,\"offset\":{}}}", "option offset"},
    {"{\"repeat\":{\"every\":5,\"startDate\":\"now\"}}", "option startDate"},
    {"{\"repeat\":{\"every\":5,\"endDate\":8640000000000001}}", "option endDate"},
    {"{\"repeat\":{\"every\":5},\"prevMillis\":\"1\"}", "option prevMillis"},
};

START_TEST(bad_options_are_named)
{
    struct json_object *opts = NULL;
    struct queue_repeat repeat;
    struct err err;
    ck_assert(!read(refused[_i].opts, &opts, &repeat, &err));
    ck_assert_msg(strstr(err.text, refused[_i].reason) != NULL, "%s: %s", refused[_i].opts,
                  err.text);
    json_object_put(opts);
}
END_TEST

static const struct {
    const char *more; /* members of repeat, then of the options */
    int64_t now_ms;
    int64_t after_ms; /* -1 = it was the last */
} on_cases[] = {
    {"}", 1000, 1000},
    {",\"limit\":3,\"count\":2}", 1000, 1000},
    {",\"limit\":3,\"count\":3}", 1000, -1},
    {",\"limit\":1}", 1000, 1000},
    {",\"limit\":0}", 1000, -1},
    {",\"endDate\":1000}", 1000, 1000},
    {",\"endDate\":999}", 1000, -1},
    {",\"endDate\":0}", 1000, 1000},
    {",\"endDate\":null,\"limit\":null,\"startDate\":null,\"tz\":null}", 1000, 1000},
    {",\"startDate\":5000}", 1000, 5000},
    {"},\"prevMillis\":4000", 1000, 4000},
    {",\"startDate\":5000},\"prevMillis\":6000", 1000, 6000},
    {"},\"prevMillis\":400", 1000, 1000},
};

START_TEST(limits_and_ends_are_kept)
{
    char text[256];
    struct json_object *opts = NULL;
    struct queue_repeat repeat;
    struct err err;
    int64_t after_ms = -1;
    (void)snprintf(text, sizeof(text), "{\"repeat\":{\"pattern\":\"* * * * *\"%s}",
                   on_cases[_i].more);
    ck_assert_msg(read(text, &opts, &repeat, &err), "%s: %s", text, err.text);
    bool goes_on = queue_repeat_goes_on(&repeat, on_cases[_i].now_ms, &after_ms);
    ck_assert_msg(goes_on == (on_cases[_i].after_ms >= 0), "%s", text);
    ck_assert_msg(after_ms == on_cases[_i].after_ms, "%s", text);
    json_object_put(opts);
}
END_TEST

/* The packed options as msgpack-c prints them. */
static char *packed(const char *text, int64_t next_ms)
{
    struct queue_pack pack;
    struct json_object *opts = NULL;
    struct queue_repeat repeat;
    struct err err;
    ck_assert_msg(read(text, &opts, &repeat, &err), "%s", err.text);
    queue_pack_init(&pack);
    struct span bytes =
        queue_repeat_pack(&pack, opts, &repeat, SPAN_LITERAL("s:1"), next_ms, 1700000000123);
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    ck_assert_int_eq(msgpack_unpack_next(&unpacked, bytes.data, bytes.len, NULL),
                     MSGPACK_UNPACK_SUCCESS);
    char *out_text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&out_text, &len);
    msgpack_object_print(out, unpacked.data);
    ck_assert_int_eq(fclose(out), 0);
    msgpack_unpacked_destroy(&unpacked);
    queue_pack_fini(&pack);
    json_object_put(opts);
    return out_text;
}

START_TEST(the_next_job_keeps_what_is_not_of_the_run)
{
    char *text =
        packed("{\"attempts\":3,\"backoff\":{\"type\":\"fixed\",\"delay\":0.5},\"tm\":\"x\","
               "\"list\":[1,null,\"a\"],\"lifo\":false,\"delay\":7,\"jobId\":\"old\","
               "\"timestamp\":1,\"prevMillis\":2,\"repeatJobKey\":\"other\",\"repeat\":{"
               "\"pattern\":\"* * * * *\",\"tz\":\"UTC\",\"count\":4,\"offset\":9,"
               "\"immediately\":true,\"limit\":9}}",
               1700000060000);
    ck_assert_str_eq(text,
                     "{\"attempts\"=>3, \"backoff\"=>{\"type\"=>\"fixed\", \"delay\"=>0.500000}, "
                     "\"tm\"=>\"x\", \"list\"=>[1, nil, \"a\"], \"lifo\"=>false, "
                     "\"timestamp\"=>1700000000123, \"repeatJobKey\"=>\"s:1\", "
                     "\"repeat\"=>{\"pattern\"=>\"* * * * *\", \"tz\"=>\"UTC\", \"limit\"=>9, "
                     "\"count\"=>5}, \"prevMillis\"=>1700000060000}");
    free(text);
    text = packed("{\"repeat\":{\"every\":5000,\"offset\":20},\"prevMillis\":5}", 0);
    ck_assert_str_eq(text, "{\"timestamp\"=>1700000000123, \"repeatJobKey\"=>\"s:1\", "
                           "\"repeat\"=>{\"every\"=>5000, \"count\"=>1, \"offset\"=>20}}");
    free(text);
}
END_TEST

Suite *suite_repeat(void)
{
    Suite *suite = suite_create("repeat");
    TCase *tcase = tcase_create("repeat");
    tcase_add_loop_test(tcase, old_keys_are_known_by_their_shape, 0, ARRAY_LEN(keys));
    tcase_add_loop_test(tcase, bad_options_are_named, 0, ARRAY_LEN(refused));
    tcase_add_loop_test(tcase, limits_and_ends_are_kept, 0, ARRAY_LEN(on_cases));
    tcase_add_test(tcase, the_next_job_keeps_what_is_not_of_the_run);
    suite_add_tcase(suite, tcase);
    return suite;
}
