/* Chunks: the scanner against json-c, on chosen shapes and on many random ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "model/delta.h"
#include "suites.h"

#define TEXT_MAX 4096
#define ROUNDS 60000

/* One choice with this inside. */
#define CHOICE(inside) "{\"choices\":[{" inside "}]}"
#define DELTA(inside) CHOICE("\"index\":0,\"delta\":{" inside "}")

static const struct delta_row {
    const char *event;
    enum delta_kind kind;
    bool is_scanned; /* of the shape the scanner was made for */
    const char *text;
    const char *finish;
    const char *refusal;
    int64_t total; /* total_tokens */
} rows[] = {
    {DELTA("\"content\":\"abc\""), DELTA_EVENT, true, "abc", "", "", -1},
    {DELTA("\"role\":\"assistant\",\"content\":\"\""), DELTA_EVENT, true, "", "", "", -1},
    {DELTA("\"content\":null,\"refusal\":null"), DELTA_EVENT, true, "", "", "", -1},
    {DELTA("\"refusal\":\"no\""), DELTA_EVENT, true, "", "", "no", -1},
    {" { \"choices\" : [ { \"delta\" :\t{ \"content\" : \"a\" } , \"index\":0 } ] }\r\n",
     DELTA_EVENT, true, "a", "", "", -1},
    {CHOICE("\"finish_reason\":\"stop\",\"delta\":{},\"index\":0,\"logprobs\":null"), DELTA_EVENT,
     true, "", "stop", "", -1},
    {CHOICE("\"finish_reason\":null"), DELTA_EVENT, true, "", "", "", -1},
    {CHOICE("\"delta\":null,\"content_filter_results\":{\"hate\":{\"filtered\":false}}"),
     DELTA_EVENT, true, "", "", "", -1},
    {"{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m\","
     "\"system_fingerprint\":null,\"choices\":[],\"usage\":{\"prompt_tokens\":1,"
     "\"completion_tokens\":2,\"total_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":0,"
     "\"audio_tokens\":0}},\"obfuscation\":\"Xy9\"}",
     DELTA_EVENT, true, "", "", "", 3},
    {"{\"object\":\"\",\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}",
     DELTA_EVENT, true, "", "", "", -1},
    {"{\"choices\":[],\"usage\":null}", DELTA_EVENT, true, "", "", "", -1},
    {"{\"choices\":[],\"error\":null}", DELTA_EVENT, true, "", "", "", -1},
    {"{}", DELTA_EVENT, true, "", "", "", -1},
    /* text */
    {DELTA("\"content\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), DELTA_EVENT, true, "\"\\/\b\f\n\r\t", "",
     "", -1},
    {DELTA("\"content\":\"\\u0041\\u00f6\\u20ac\\uD83D\\ude42!\""), DELTA_EVENT, true,
     "A\xc3\xb6\xe2\x82\xac\xf0\x9f\x99\x82!", "", "", -1},
    {DELTA("\"content\":\"\xc3\xb6\xf0\x9f\x99\x82\""), DELTA_EVENT, true,
     "\xc3\xb6\xf0\x9f\x99\x82", "", "", -1},
    {DELTA("\"content\":\"}]\\\\\""), DELTA_EVENT, true, "}]\\", "", "", -1},
    {DELTA("\"content\":\"\\u0000\""), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"x\":\"\\u0000\",\"content\":\"a\""), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":\"\xff\""), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":\"\xc3\""), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":\"\xed\xa0\x80\""), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"x\":\"\xff\""), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":\"\\x41\""), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":\"\\u12g4\""), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":\"abc"), DELTA_BAD, false, "", "", "", -1},
    /* shapes the scanner leaves to json-c */
    {DELTA("\"\\u0063ontent\":\"abc\""), DELTA_EVENT, false, "abc", "", "", -1},
    {CHOICE("\"index\":1,\"delta\":{\"content\":\"b\"}"), DELTA_EVENT, false, "", "", "", -1},
    {"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}},"
     "{\"index\":0,\"delta\":{\"content\":\"a\"}}]}",
     DELTA_EVENT, false, "a", "", "", -1},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"delta\":{\"content\":\"b\"}}]}", DELTA_EVENT,
     false, "a", "", "", -1},
    {"{\"choices\":null}", DELTA_EVENT, false, "", "", "", -1},
    {"{\"choices\":[],\"usage\":{\"total_tokens\":null}}", DELTA_EVENT, false, "", "", "", -1},
    {"{\"choices\":[],\"usage\":{\"total_tokens\":-4}}", DELTA_EVENT, false, "", "", "", -1},
    {"{\"choices\":[],\"usage\":{\"total_tokens\":1.5}}", DELTA_EVENT, false, "", "", "", -1},
    {"{\"choices\":[],\"usage\":7}", DELTA_EVENT, false, "", "", "", -1},
    {"{\"object\":\"chat.completion\",\"choices\":[]}", DELTA_EVENT, false, "", "", "", -1},
    {"{\"model\":5,\"choices\":[]}", DELTA_EVENT, false, "", "", "", -1},
    /* errors */
    {"{\"error\":{\"message\":\"x\"}}", DELTA_ERROR, false, "", "", "", -1},
    {"{\"error\":\"x\"}", DELTA_ERROR, false, "", "", "", -1},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"error\":{\"code\":502}}", DELTA_ERROR, false,
     "", "", "", -1},
    {"{\"object\":\"error\",\"message\":\"x\",\"code\":400}", DELTA_ERROR, false, "", "", "", -1},
    /* nonsense */
    {"", DELTA_BAD, false, "", "", "", -1},
    {"null", DELTA_BAD, false, "", "", "", -1},
    {"[]", DELTA_BAD, false, "", "", "", -1},
    {"{\"choices\":{}}", DELTA_BAD, false, "", "", "", -1},
    {"{\"choices\":[7]}", DELTA_BAD, false, "", "", "", -1},
    {CHOICE("\"delta\":[]"), DELTA_BAD, false, "", "", "", -1},
    {CHOICE("\"finish_reason\":7"), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":7"), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":[{\"type\":\"text\",\"text\":\"a\"}]"), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":\"a\",\"content\":\"b\""), DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":\"a\"") " x", DELTA_BAD, false, "", "", "", -1},
    {DELTA("\"content\":\"a\","), DELTA_BAD, false, "", "", "", -1},
    {DELTA(",\"content\":\"a\""), DELTA_BAD, false, "", "", "", -1},
    {"{\"a\":01,\"choices\":[]}", DELTA_BAD, false, "", "", "", -1},
    {"{\"a\":1.,\"choices\":[]}", DELTA_BAD, false, "", "", "", -1},
    {"{\"a\":-,\"choices\":[]}", DELTA_BAD, false, "", "", "", -1},
    {"{\"a\":NaN,\"choices\":[]}", DELTA_BAD, false, "", "", "", -1},
    {"{\"a\":tru,\"choices\":[]}", DELTA_BAD, false, "", "", "", -1},
    {"{\"a\":[1,],\"choices\":[]}", DELTA_BAD, false, "", "", "", -1},
};

START_TEST(chunk_is_read)
{
    const struct delta_row *row = &rows[_i];
    struct delta_answer answer;
    struct err err = {.text = ""};
    delta_answer_init(&answer, TEXT_MAX);
    enum delta_kind kind = delta_read(span_of(row->event), &answer, &err);
    ck_assert_msg(kind == row->kind, "%s: kind %d, %s", row->event, kind, err.text);
    ck_assert_str_eq(answer.text.data, row->text);
    ck_assert_str_eq(answer.finish, row->finish);
    ck_assert_str_eq(answer.refusal, row->refusal);
    ck_assert_int_eq(answer.total_tokens, row->total);
    delta_answer_fini(&answer);
    delta_answer_init(&answer, TEXT_MAX);
    ck_assert_msg(delta_read_scanned(span_of(row->event), &answer, &kind) == row->is_scanned, "%s",
                  row->event);
    delta_answer_fini(&answer);
}
END_TEST

START_TEST(end_mark_ends)
{
    struct delta_answer answer;
    delta_answer_init(&answer, TEXT_MAX);
    ck_assert_int_eq(delta_read(SPAN_LITERAL("[DONE]"), &answer, NULL), DELTA_DONE);
    ck_assert(answer.is_done);
    delta_answer_fini(&answer);
}
END_TEST

START_TEST(answer_over_its_maximum_stays_as_it_was)
{
    static const char *const events[] = {DELTA("\"content\":\"abcdef\""),
                                         DELTA("\"content\":\"abc\\ndef\"")};
    for (int i = 0; i < 2; i++) {
        struct delta_answer answer;
        delta_answer_init(&answer, 8);
        ck_assert_int_eq(delta_read(SPAN_LITERAL(DELTA("\"content\":\"12345\"")), &answer, NULL),
                         DELTA_EVENT);
        ck_assert_int_eq(delta_read(span_of(events[i]), &answer, NULL), DELTA_LONG);
        ck_assert_str_eq(answer.text.data, "12345");
        ck_assert_int_eq(answer.content_events, 1);
        delta_answer_fini(&answer);
    }
}
END_TEST

START_TEST(long_names_are_cut_between_characters)
{
    struct delta_answer answer;
    struct sbuf event;
    delta_answer_init(&answer, TEXT_MAX);
    sbuf_init(&event, TEXT_MAX);
    sbuf_puts(&event, "{\"model\":\"x");
    for (int i = 0; i < 100; i++) {
        sbuf_puts(&event, "\xc3\xb6");
    }
    sbuf_puts(&event, "\",\"choices\":[]}");
    ck_assert_int_eq(delta_read(sbuf_as_span(&event), &answer, NULL), DELTA_EVENT);
    ck_assert_uint_eq(strlen(answer.model), DELTA_MODEL_BYTES_MAX - 1);
    ck_assert(span_is_utf8(span_of(answer.model)));
    sbuf_fini(&event);
    delta_answer_fini(&answer);
}
END_TEST

/* --- random shapes ------------------------------------------------------------------------- */

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static void random_space(struct sbuf *out)
{
    static const char *const spaces[] = {"", "", "", "", " ", "\n", "\t ", "\r\n"};
    sbuf_puts(out, spaces[random_below(8)]);
}

static void random_text(struct sbuf *out)
{
    static const char *const pieces[] = {
        "a", "Hello ", "\xc3\xb6", "\xf0\x9f\x99\x82", "\\n", "\\\"", "\\\\", "\\u00e9", "\\/",
        "{", "]",      "data",     "\\ud83d\\ude42",   "\\t",
    };
    sbuf_putc(out, '"');
    for (uint32_t left = random_below(6); left > 0; left--) {
        sbuf_puts(out, pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))]);
    }
    sbuf_putc(out, '"');
}

static void random_value(struct sbuf *out, unsigned depth)
{
    static const char *const plain[] = {"null", "true", "false", "0", "-1", "17", "1.5", "2e3"};
    uint32_t kind = random_below(depth > 3 ? 10 : 14);
    if (kind < 8) {
        sbuf_puts(out, plain[kind]);
    } else if (kind < 10) {
        random_text(out);
    } else {
        bool is_object = kind < 12;
        sbuf_putc(out, is_object ? '{' : '[');
        for (uint32_t i = 0, count = random_below(3); i < count; i++) {
            sbuf_puts(out, i > 0 ? "," : "");
            if (is_object) {
                sbuf_printf(out, "\"k%u\":", i);
            }
            random_value(out, depth + 1);
        }
        sbuf_putc(out, is_object ? '}' : ']');
    }
}

static void random_member(struct sbuf *out, bool *is_first, const char *key)
{
    if (!*is_first) {
        sbuf_putc(out, ',');
    }
    *is_first = false;
    random_space(out);
    sbuf_printf(out, "\"%s\"", key);
    random_space(out);
    sbuf_putc(out, ':');
    random_space(out);
}

/* Some of the keys, in any order, each mostly with the kind of value it should have. */
static void random_object(struct sbuf *out, const char *const *keys, uint32_t keys_count,
                          void (*value)(struct sbuf *out, const char *key))
{
    bool is_first = true;
    uint32_t start = random_below(keys_count);
    sbuf_putc(out, '{');
    for (uint32_t i = 0; i < keys_count; i++) {
        if (random_below(3) > 0) {
            const char *key = keys[(start + i) % keys_count];
            random_member(out, &is_first, key);
            if (random_below(16) == 0) {
                random_value(out, 0);
            } else {
                value(out, key);
            }
            random_space(out);
        }
    }
    sbuf_putc(out, '}');
}

static void random_delta_value(struct sbuf *out, const char *key)
{
    if (strcmp(key, "tool_calls") == 0) {
        random_value(out, 2);
    } else {
        random_text(out);
    }
}

static void random_usage_value(struct sbuf *out, const char *key)
{
    (void)key;
    sbuf_printf(out, "%u", random_below(100000));
}

static void random_choice_value(struct sbuf *out, const char *key)
{
    static const char *const keys[] = {"content", "role", "refusal", "tool_calls"};
    if (strcmp(key, "delta") == 0) {
        random_object(out, keys, 4, random_delta_value);
    } else if (strcmp(key, "index") == 0) {
        sbuf_puts(out, random_below(8) == 0 ? "1" : "0");
    } else {
        sbuf_puts(out, random_below(2) == 0 ? "null" : "\"stop\"");
    }
}

static void random_chunk_value(struct sbuf *out, const char *key)
{
    static const char *const choice_keys[] = {"index", "delta", "finish_reason", "logprobs"};
    static const char *const usage_keys[] = {"prompt_tokens", "completion_tokens", "total_tokens",
                                             "details"};
    if (strcmp(key, "choices") == 0) {
        sbuf_putc(out, '[');
        for (uint32_t i = 0, count = random_below(8) == 0 ? 2 : random_below(4) != 0; i < count;
             i++) {
            sbuf_puts(out, i > 0 ? "," : "");
            random_object(out, choice_keys, 4, random_choice_value);
        }
        sbuf_putc(out, ']');
    } else if (strcmp(key, "usage") == 0) {
        random_object(out, usage_keys, 4, random_usage_value);
    } else if (strcmp(key, "object") == 0) {
        sbuf_puts(out, "\"chat.completion.chunk\"");
    } else if (strcmp(key, "error") == 0) {
        sbuf_puts(out, "null");
    } else {
        random_text(out);
    }
}

static void random_chunk(struct sbuf *out)
{
    static const char *const keys[] = {"id",    "object", "model",   "choices",
                                       "usage", "error",  "created", "extra"};
    sbuf_clear(out);
    random_space(out);
    random_object(out, keys, 8, random_chunk_value);
    random_space(out);
}

/* Breaks some of the bytes. */
static void random_mutation(struct sbuf *out)
{
    static const char bytes[] = "\"\\{}[],:0en -.\xc3\xff\n";
    for (uint32_t left = 1 + random_below(3); left > 0 && out->len > 0; left--) {
        size_t at = random_below((uint32_t)out->len);
        switch (random_below(3)) {
        case 0:
            out->data[at] = bytes[random_below(sizeof(bytes) - 1)];
            break;
        case 1:
            memmove(out->data + at, out->data + at + 1, out->len - at);
            out->len--;
            break;
        default:
            out->len = at;
            out->data[at] = '\0';
        }
    }
}

static void check_same(const struct delta_answer *a, const struct delta_answer *b,
                       const char *event)
{
    ck_assert_msg(span_equals(sbuf_as_span(&a->text), sbuf_as_span(&b->text)), "%s: '%s' '%s'",
                  event, a->text.data, b->text.data);
    ck_assert_msg(a->content_events == b->content_events, "%s", event);
    ck_assert_msg(strcmp(a->finish, b->finish) == 0, "%s", event);
    ck_assert_msg(strcmp(a->model, b->model) == 0, "%s", event);
    ck_assert_msg(strcmp(a->refusal, b->refusal) == 0, "%s", event);
    ck_assert_msg(a->prompt_tokens == b->prompt_tokens &&
                      a->completion_tokens == b->completion_tokens &&
                      a->total_tokens == b->total_tokens,
                  "%s", event);
}

/* True when the scanner took it. */
static bool check_both_ways(const struct sbuf *event)
{
    struct delta_answer scanned, parsed;
    struct err err = {.text = ""};
    enum delta_kind kind;
    delta_answer_init(&scanned, TEXT_MAX);
    delta_answer_init(&parsed, TEXT_MAX);
    bool is_scanned = delta_read_scanned(sbuf_as_span(event), &scanned, &kind);
    enum delta_kind parsed_kind = delta_read_parsed(sbuf_as_span(event), &parsed, &err);
    if (is_scanned) {
        ck_assert_msg(parsed_kind == kind, "%s: %d by json-c, %s", event->data, parsed_kind,
                      err.text);
        check_same(&scanned, &parsed, event->data);
    } else {
        ck_assert_msg(scanned.text.len == 0 && scanned.finish[0] == '\0', "%s", event->data);
    }
    delta_answer_fini(&scanned);
    delta_answer_fini(&parsed);
    return is_scanned;
}

START_TEST(scanner_agrees_with_json_c_on_random_chunks)
{
    struct sbuf event;
    unsigned scanned = 0;
    sbuf_init(&event, 1 << 20);
    random_state = 20261122;
    for (int i = 0; i < ROUNDS; i++) {
        random_chunk(&event);
        scanned += check_both_ways(&event);
    }
    ck_assert_uint_gt(scanned, ROUNDS / 4); /* or the test would say nothing */
    ck_assert_uint_lt(scanned, ROUNDS);
    sbuf_fini(&event);
}
END_TEST

/* A key that comes twice in a part that is skipped is no matter to the scanner: the only
 * thing in which it is more lenient than json_parse, so random chunks have none. */
START_TEST(scanner_accepts_nothing_broken)
{
    struct sbuf event;
    sbuf_init(&event, 1 << 20);
    random_state = 7;
    for (int i = 0; i < ROUNDS; i++) {
        random_chunk(&event);
        random_mutation(&event);
        (void)check_both_ways(&event);
    }
    sbuf_fini(&event);
}
END_TEST

Suite *suite_delta(void)
{
    Suite *suite = suite_create("delta");
    TCase *tcase = tcase_create("chunks");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, chunk_is_read, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(tcase, end_mark_ends);
    tcase_add_test(tcase, answer_over_its_maximum_stays_as_it_was);
    tcase_add_test(tcase, long_names_are_cut_between_characters);
    tcase_add_test(tcase, scanner_agrees_with_json_c_on_random_chunks);
    tcase_add_test(tcase, scanner_accepts_nothing_broken);
    suite_add_tcase(suite, tcase);
    return suite;
}
