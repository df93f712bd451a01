/* Server-sent events: line ends, portions, comments, limits. */
#include <stdio.h>
#include <string.h>

#include "model/sse.h"
#include "suites.h"

#define LIMIT 4096

/* Collects events, each behind a bar. */
static bool collect(struct span data, void *ctx)
{
    struct sbuf *out = ctx;
    sbuf_putc(out, '|');
    sbuf_span(out, data);
    return true;
}

static const struct sse_row {
    const char *name;
    const char *stream;
    const char *events;
} sse_rows[] = {
    {"one event", "data: a\n\n", "|a"},
    {"no space after the colon", "data:a\n\n", "|a"},
    {"one space only is dropped", "data:  a\n\n", "| a"},
    {"carriage returns", "data: a\r\rdata: b\r\r", "|a|b"},
    {"both", "data: a\r\n\r\ndata: b\r\n\r\n", "|a|b"},
    {"mixed", "data: a\r\n\ndata: b\r\r\ndata: c\n\r", "|a|b|c"},
    {"several lines", "data: a\ndata: b\ndata\ndata: d\n\n", "|a\nb\n\nd"},
    {"empty data is an event", "data\n\n", "|"},
    {"empty data with a colon", "data:\n\n", "|"},
    {"two empty lines of data", "data:\ndata:\n\n", "|\n"},
    {"comments", ": keep-alive\n\n:\ndata: a\n: x\n\n: OPENROUTER PROCESSING\n\n", "|a"},
    {"other fields", "event: x\nid: 1\nretry: 5\ndata: a\nfoo\n\n", "|a"},
    {"longer name", "database: a\ndat: b\nDATA: c\ndata : d\n\n", ""},
    {"no data, no event", "event: x\n\nid: 3\n\n", ""},
    {"blank lines", "\n\n\ndata: a\n\n\n\n", "|a"},
    {"byte order mark",
     "\xef\xbb\xbf"
     "data: a\n\n",
     "|a"},
    {"byte order mark inside is data",
     "data: a\n\n\xef\xbb\xbf"
     "data: b\n\ndata: c\n\n",
     "|a|c"},
    {"unfinished event is dropped", "data: a\n\ndata: b\n", "|a"},
    {"unfinished line is dropped", "data: a\n\ndata: b", "|a"},
    {"UTF-8", "data: \xc3\xb6\xf0\x9f\x99\x82\n\n", "|\xc3\xb6\xf0\x9f\x99\x82"},
    {"colon in the data", "data: a: b\n\n", "|a: b"},
    {"nothing", "", ""},
};

static void check_portions(const struct sse_row *row, size_t first, size_t second)
{
    struct sse sse;
    struct sbuf events;
    sse_init(&sse, LIMIT);
    sbuf_init(&events, LIMIT);
    size_t len = strlen(row->stream);
    ck_assert(sse_feed(&sse, (struct span){row->stream, first}, collect, &events));
    ck_assert(sse_feed(&sse, (struct span){row->stream + first, second - first}, collect, &events));
    ck_assert(sse_feed(&sse, (struct span){row->stream + second, len - second}, collect, &events));
    ck_assert_msg(strcmp(events.data, row->events) == 0, "%s cut at %zu, %zu: %s", row->name, first,
                  second, events.data);
    sbuf_fini(&events);
    sse_fini(&sse);
}

START_TEST(events_in_three_portions_cut_anywhere)
{
    const struct sse_row *row = &sse_rows[_i];
    size_t len = strlen(row->stream);
    for (size_t first = 0; first <= len; first++) {
        for (size_t second = first; second <= len; second++) {
            check_portions(row, first, second);
        }
    }
}
END_TEST

START_TEST(events_byte_by_byte)
{
    const struct sse_row *row = &sse_rows[_i];
    struct sse sse;
    struct sbuf events;
    sse_init(&sse, LIMIT);
    sbuf_init(&events, LIMIT);
    for (const char *at = row->stream; *at != '\0'; at++) {
        ck_assert(sse_feed(&sse, (struct span){at, 1}, collect, &events));
    }
    ck_assert_str_eq(events.data, row->events);
    sbuf_fini(&events);
    sse_fini(&sse);
}
END_TEST

static bool feed_text(struct sse *sse, const char *text, struct sbuf *events)
{
    return sse_feed(sse, span_of(text), collect, events);
}

START_TEST(line_over_the_limit_fails)
{
    for (int is_in_one = 0; is_in_one < 2; is_in_one++) {
        struct sse sse;
        struct sbuf events;
        sse_init(&sse, 16);
        sbuf_init(&events, LIMIT);
        ck_assert(feed_text(&sse, "data: 0123456789\n\n", &events));
        if (is_in_one) {
            ck_assert(!feed_text(&sse, ": 0123456789abcdef\n", &events));
        } else {
            ck_assert(feed_text(&sse, ": 01234567", &events));
            ck_assert(!feed_text(&sse, "89abcdef", &events));
        }
        ck_assert_str_eq(events.data, "|0123456789");
        sbuf_fini(&events);
        sse_fini(&sse);
    }
}
END_TEST

START_TEST(event_over_the_limit_fails)
{
    struct sse sse;
    struct sbuf events;
    sse_init(&sse, 16);
    sbuf_init(&events, LIMIT);
    ck_assert(feed_text(&sse, "data: 01234567\n", &events));
    ck_assert(feed_text(&sse, "data: 0123456\n", &events)); /* 8 + 1 + 7 */
    ck_assert(!feed_text(&sse, "data:\n", &events));
    sbuf_fini(&events);
    sse_fini(&sse);
}
END_TEST

static bool stop_at_once(struct span data, void *ctx)
{
    (void)data;
    ++*(int *)ctx;
    return false;
}

START_TEST(handler_stops_the_parser)
{
    struct sse sse;
    int events = 0;
    sse_init(&sse, LIMIT);
    ck_assert(!sse_feed(&sse, SPAN_LITERAL("data: a\n\ndata: b\n\n"), stop_at_once, &events));
    ck_assert_int_eq(events, 1);
    sse_fini(&sse);
}
END_TEST

Suite *suite_sse(void)
{
    Suite *suite = suite_create("sse");
    TCase *tcase = tcase_create("events");
    int rows = (int)(sizeof(sse_rows) / sizeof(sse_rows[0]));
    tcase_add_loop_test(tcase, events_in_three_portions_cut_anywhere, 0, rows);
    tcase_add_loop_test(tcase, events_byte_by_byte, 0, rows);
    tcase_add_test(tcase, line_over_the_limit_fails);
    tcase_add_test(tcase, event_over_the_limit_fails);
    tcase_add_test(tcase, handler_stops_the_parser);
    suite_add_tcase(suite, tcase);
    return suite;
}
