/* Strict JSON: what is refused and where, what is accepted and how it reads. */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/json_later.h"
#include "core/loop.h"
#include "core/mem.h"
#include "core/thread.h"
#include "suites.h"

struct refused {
    struct span text;
    const char *error; /* how the error begins */
};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const struct refused refused_texts[] = {
    {TEXT(""), "1:1: the text is empty"},
    {TEXT("  "), "1:3: the text ends too early"},
    {TEXT("{"), "1:2: the text ends too early"},
    {TEXT("[1,"), "1:4: the text ends too early"},
    {TEXT("[1,]"), "1:3: a comma that nothing follows"},
    {TEXT("{\"a\":1,\n\n }"), "1:7: a comma that nothing follows"},
    {TEXT("[]]"), "1:3: unexpected character"},
    {TEXT("]"), "1:1: "},
    {TEXT("{\"a\":1,}"), "1:7: a comma that nothing follows"},
    {TEXT("[1 2]"), "1:4: "},
    {TEXT("{\"a\" 1}"), "1:6: "},
    {TEXT("{a:1}"), "1:2: 'a' is not JSON"},
    {TEXT("{'a':1}"), "1:2: unexpected '''"},
    {TEXT("1 2"), "1:3: "},
    {TEXT("{}\n}"), "2:1: "},
    {TEXT("]"), "1:1: "},
    {TEXT("[}"), "1:2: "},
    {TEXT("// note\n1"), "1:1: unexpected '/'"},
    {TEXT("[1, /* two */ 2]"), "1:5: unexpected '/'"},
    {TEXT("NaN"), "1:1: 'NaN' is not JSON"},
    {TEXT("[\n  Infinity]"), "2:3: 'Infinity' is not JSON"},
    {TEXT("-Infinity"), "1:1: '-' is not a number"},
    {TEXT("True"), "1:1: 'True' is not JSON"},
    {TEXT("nulL"), "1:1: 'nulL' is not JSON"},
    {TEXT("01"), "1:1: '01' is not a number"},
    {TEXT("1."), "1:1: '1.' is not a number"},
    {TEXT(".5"), "1:1: unexpected '.'"},
    {TEXT("+1"), "1:1: unexpected '+'"},
    {TEXT("1e"), "1:1: '1e' is not a number"},
    {TEXT("--1"), "1:1: '--1' is not a number"},
    {TEXT("[1e999]"), "1:2: the number 1e999 is out of range"},
    {TEXT("18446744073709551616"), "1:1: the number 18446744073709551616 is out of range"},
    {TEXT("-9223372036854775809"), "1:1: the number -9223372036854775809 is out of range"},
    {TEXT("\"abc"), "1:1: the string has no end"},
    {TEXT("\"abc\\\""), "1:1: the string has no end"},
    {TEXT("\"abc\\"), "1:1: the string has no end"},
    {TEXT("\"a\nb\""), "1:3: raw control character 0x0a in a string"},
    {TEXT("\"a\0b\""), "1:3: raw control character 0x00 in a string"},
    {TEXT("1\0"), "1:2: unexpected byte 0x00"},
    {TEXT("[1,\0 2]"), "1:4: unexpected byte 0x00"},
    {TEXT("\"a\\u0000b\""), "1:3: the escape \\u0000 is not allowed"},
    {TEXT("\"a\\x\""), "1:"},
    {TEXT("\"a\\u12g4\""), "1:"},
    {TEXT("\xef\xbb\xbf{}"), "1:1: unexpected byte 0xef"},
    {TEXT("\"a\xff\""), "1:3: byte 0xff is not UTF-8"},
    {TEXT("\"\xc0\x80\""), "1:2: byte 0xc0 is not UTF-8"},
    {TEXT("\"\xed\xa0\x80\""), "1:2: byte 0xed is not UTF-8"},
    {TEXT("{\"\xff\":1}"), "1:3: byte 0xff is not UTF-8"},
    {TEXT("{\"a\":1,\"a\":2}"), "1:8: the key 'a' appears twice"},
    {TEXT("{\"a\":1,\n\"b\":{\"c\":1,\n\"c\":2}}"), "3:1: the key 'c' appears twice"},
    {TEXT("{\"a\":1,\"\\u0061\":2}"), "1:8: the key 'a' appears twice"},
    {TEXT("{\"\\u0061\":1,\"a\":2}"), "1:13: the key 'a' appears twice"},
    {TEXT("{\"\":1,\"\":2}"), "1:7: the key '' appears twice"},
    {TEXT("[{\"a\":[{\"a\":1}],\"a\":2}]"), "1:17: the key 'a' appears twice"},
};

START_TEST(json_refuses_with_line_and_column)
{
    const struct refused *refused = &refused_texts[_i];
    struct json_object *value = NULL;
    struct err err = {0};
    ck_assert_msg(!json_parse(refused->text, &value, &err), "accepted: %s", refused->text.data);
    ck_assert_ptr_null(value);
    ck_assert_int_eq(err.kind, ERR_INVALID);
    ck_assert_msg(strncmp(err.text, refused->error, strlen(refused->error)) == 0,
                  "'%s' gave '%s', not '%s'", refused->text.data, err.text, refused->error);
}
END_TEST

static const char *const accepted_texts[] = {
    "true",
    "null",
    "0",
    "-0.5e-3",
    "18446744073709551615",
    "-9223372036854775808",
    "\"\"",
    "[]",
    "{}",
    "\"a/b\"",
    "{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"b\":\"\\u00e4\xc3\xa4\\n\\\\u0000\"}",
    "[[],{},[{}]]",
};

START_TEST(json_accepts_and_renders_what_it_read)
{
    /* Rendering and parsing again must give the same tree. */
    struct json_object *value = NULL, *again = NULL;
    struct err err = {0};
    struct sbuf out;
    sbuf_init(&out, 4096);
    ck_assert_msg(json_parse(span_of(accepted_texts[_i]), &value, &err), "%s", err.text);
    json_render(&out, value);
    ck_assert_msg(json_parse(sbuf_as_span(&out), &again, &err), "%s: %s", out.data, err.text);
    ck_assert(json_object_equal(value, again));
    json_object_put(value);
    json_object_put(again);
    sbuf_fini(&out);
}
END_TEST

START_TEST(json_text_needs_no_terminator)
{
    struct json_object *value = NULL;
    struct err err;
    ck_assert(json_parse((struct span){"1234", 2}, &value, &err));
    ck_assert_int_eq(json_object_get_int64(value), 12);
    json_object_put(value);
}
END_TEST

START_TEST(json_depth_has_a_limit)
{
    char text[2 * JSON_DEPTH_MAX + 4] = "";
    struct json_object *value = NULL;
    struct err err;
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    ck_assert_msg(json_parse(span_of(text), &value, &err), "%s", err.text);
    json_object_put(value);
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    ck_assert(!json_parse(span_of(text), &value, &err));
    ck_assert_str_eq(err.text, "1:33: nested deeper than 32");
    /* The innermost level may hold a value. */
    memset(text, '[', JSON_DEPTH_MAX);
    text[JSON_DEPTH_MAX] = '1';
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX);
    text[2 * JSON_DEPTH_MAX + 1] = '\0';
    ck_assert_msg(json_parse(span_of(text), &value, &err), "%s", err.text);
    json_object_put(value);
}
END_TEST

static void put_many_keys(struct sbuf *text, int count)
{
    sbuf_putc(text, '{');
    for (int i = 0; i < count; i++) {
        sbuf_printf(text, "%s\"%s%d\":%d", i > 0 ? "," : "", i % 7 == 0 ? "\\u006b" : "k", i, i);
    }
}

START_TEST(json_finds_a_duplicate_among_many_keys)
{
    struct sbuf text;
    struct json_object *value = NULL;
    struct err err;
    sbuf_init(&text, 1 << 20);
    put_many_keys(&text, 20000);
    sbuf_putc(&text, '}');
    ck_assert_msg(json_parse(sbuf_as_span(&text), &value, &err), "%s", err.text);
    ck_assert_int_eq(json_object_object_length(value), 20000);
    json_object_put(value);
    sbuf_clear(&text);
    put_many_keys(&text, 20000);
    sbuf_puts(&text, ",\"k14\":0}");
    ck_assert(!json_parse(sbuf_as_span(&text), &value, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "the key 'k14' appears twice"));
    sbuf_fini(&text);
}
END_TEST

START_TEST(json_members_are_read_by_type)
{
    struct json_object *value = NULL;
    struct err err;
    struct span text = {0};
    int64_t number = 7;
    bool flag = false;
    const char *source = "{\"t\":\"a\\u0001b\",\"n\":-5,\"d\":1.5,\"b\":true,\"z\":null}";
    ck_assert_msg(json_parse(span_of(source), &value, &err), "%s", err.text);
    ck_assert(json_get_text(value, "t", &text));
    ck_assert(span_equals(text, (struct span){"a\x01"
                                              "b",
                                              3}));
    ck_assert(json_get_int(value, "n", &number));
    ck_assert_int_eq(number, -5);
    ck_assert(json_get_bool(value, "b", &flag) && flag);
    ck_assert(!json_get_int(value, "d", &number));
    ck_assert(!json_get_int(value, "t", &number));
    ck_assert(!json_get_text(value, "n", &text));
    ck_assert(!json_get_bool(value, "absent", &flag));
    ck_assert_ptr_null(json_get(value, "z"));
    ck_assert_ptr_null(json_get(NULL, "z"));
    ck_assert_ptr_null(json_get(json_get(value, "t"), "z"));
    ck_assert_int_eq(number, -5);
    ck_assert_str_eq(json_type_text(json_get(value, "t")), "a string");
    ck_assert_str_eq(json_type_text(json_get(value, "d")), "a number");
    ck_assert_str_eq(json_type_text(NULL), "null");
    json_object_put(value);
}
END_TEST

START_TEST(json_renders_without_escaped_slashes)
{
    struct sbuf out;
    sbuf_init(&out, 100);
    struct json_object *value = json_object_new_string("https://a/b");
    json_render(&out, value);
    ck_assert_str_eq(out.data, "\"https://a/b\"");
    sbuf_clear(&out);
    json_render(&out, NULL);
    ck_assert_str_eq(out.data, "null");
    json_object_put(value);
    sbuf_fini(&out);
}
END_TEST

static struct loop *later_loop; /* NULL while it does not run */
static unsigned later_count;

static void on_parsed(struct json_later *later)
{
    ck_assert(later->is_parsed);
    later_count++;
    if (later_loop != NULL) {
        loop_stop(later_loop);
    }
}

static void parse_array(struct loop *loop, struct thread *files, size_t len)
{
    struct json_later later;
    char *text = mem_alloc(len);
    memset(text, ' ', len);
    text[0] = '[';
    text[len - 1] = ']';
    later_loop = NULL;
    later_count = 0;
    ck_assert(json_parse_later(&later, files, (struct span){text, len}, on_parsed));
    ck_assert_uint_eq(later_count, len <= JSON_LOOP_BYTES_MAX);
    if (later_count == 0) {
        later_loop = loop;
        loop_run(loop);
    }
    ck_assert_uint_eq(later_count, 1);
    ck_assert(json_object_is_type(later.value, json_type_array));
    json_object_put(later.value);
    free(text);
}

START_TEST(json_is_parsed_at_once_when_short_and_on_the_thread_when_long)
{
    struct loop loop;
    loop_init(&loop);
    struct thread *files = thread_create(&loop, "files", 1);
    parse_array(&loop, files, 2);
    parse_array(&loop, files, JSON_LOOP_BYTES_MAX);
    parse_array(&loop, files, JSON_LOOP_BYTES_MAX + 1);
    parse_array(&loop, files, 1000000);
    thread_destroy(&files);
    loop_fini(&loop);
}
END_TEST

Suite *suite_json(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, json_refuses_with_line_and_column, 0, (int)ARRAY_LEN(refused_texts));
    tcase_add_loop_test(tests, json_accepts_and_renders_what_it_read, 0,
                        (int)ARRAY_LEN(accepted_texts));
    tcase_add_test(tests, json_text_needs_no_terminator);
    tcase_add_test(tests, json_depth_has_a_limit);
    tcase_add_test(tests, json_finds_a_duplicate_among_many_keys);
    tcase_add_test(tests, json_members_are_read_by_type);
    tcase_add_test(tests, json_renders_without_escaped_slashes);
    tcase_add_test(tests, json_is_parsed_at_once_when_short_and_on_the_thread_when_long);
    suite_add_tcase(suite, tests);
    return suite;
}
