/* The wire: what is written comes back; what is cut, bent or boundless is refused. */
#include <stdlib.h>

#include "core/arena.h"
#include "core/attr.h"
#include "rig.h"
#include "suites.h"

static struct sbuf frame;
static struct arena *arena;
static struct err err;

static void setup(void)
{
    sbuf_init(&frame, 64u * 1024 * 1024);
    arena = arena_create(16u * 1024 * 1024);
}

static void teardown(void)
{
    sbuf_fini(&frame);
    arena_destroy(&arena);
}

static struct span payload(void)
{
    struct span found;
    size_t used;
    ck_assert(!frame.is_failed);
    ck_assert_int_eq(wire_next_frame(sbuf_as_span(&frame), WIRE_FRAME_BYTES_MAX, &found, &used), 1);
    ck_assert_uint_eq(used, frame.len);
    return found;
}

static void write_setup(void)
{
    struct wire_asset assets[] = {{SPAN_LITERAL("a"), SPAN_LITERAL("\0\xff")},
                                  {SPAN_LITERAL("b"), SPAN_LITERAL("")}};
    struct wire_setup setup_out = {.id = SPAN_LITERAL("business"),
                                   .version = SPAN_LITERAL("1"),
                                   .manifest = SPAN_LITERAL("{}"),
                                   .assets = assets,
                                   .assets_count = 2};
    wire_write_setup(&frame, &setup_out);
}

static void write_call(enum wire_kind kind)
{
    struct wire_pair children[] = {{.key = SPAN_LITERAL("k"), .value = SPAN_LITERAL("v")}};
    struct wire_pair earlier[] = {{.pass = 0, .value = SPAN_LITERAL("e0")},
                                  {.pass = UINT32_MAX, .value = SPAN_LITERAL("e1")}};
    struct wire_job job = {.data = SPAN_LITERAL("{}"),
                           .chart = {NULL, 0},
                           .locale = SPAN_LITERAL(""),
                           .seed = UINT64_MAX,
                           .now_ms = INT64_MIN,
                           .pass = 3,
                           .children = children,
                           .children_count = 1,
                           .earlier = earlier,
                           .earlier_count = 2};
    struct wire_answer answer = {.pass = 1,
                                 .round = 2,
                                 .text = SPAN_LITERAL("t"),
                                 .finish_reason = SPAN_LITERAL("f"),
                                 .model = SPAN_LITERAL("m"),
                                 .prompt_tokens = -1,
                                 .completion_tokens = INT64_MAX};
    wire_write_call(&frame, kind, &job, &answer);
}

static void write_reply(void)
{
    static char large[70000]; /* needs the longest kind of length */
    struct wire_message messages[] = {{2, SPAN_LITERAL("m0")}, {UINT32_MAX, SPAN_LITERAL("m1")}};
    struct wire_section sections[] = {
        {SPAN_LITERAL("i"), SPAN_LITERAL("t"), {large, sizeof(large)}}};
    struct span stops[] = {SPAN_LITERAL("s"), SPAN_LITERAL("t")};
    struct wire_reply reply = {.status = -77,
                               .is_over_cap = true,
                               .facts = WIRE_FACTS_FAILED,
                               .say = SPAN_LITERAL("say"),
                               .field = SPAN_LITERAL("field"),
                               .text = {large, 300},
                               .correct = SPAN_LITERAL(""),
                               .has_temperature = true,
                               .temperature = 0.1,
                               .has_max_tokens = true,
                               .max_tokens = UINT32_MAX,
                               .messages = messages,
                               .messages_count = 2,
                               .sections = sections,
                               .sections_count = 1,
                               .stops = stops,
                               .stops_count = 2};
    wire_write_reply(&frame, &reply);
}

START_TEST(a_setup_comes_back)
{
    struct wire_setup in;
    enum wire_kind kind;
    write_setup();
    ck_assert(wire_kind_of(payload(), &kind) && kind == WIRE_SETUP);
    ck_assert_msg(wire_read_setup(payload(), arena, &in, &err), "%s", err.text);
    rig_assert_text(in.id, "business");
    rig_assert_text(in.manifest, "{}");
    ck_assert_ptr_null(in.config.data);
    ck_assert_uint_eq(in.assets_count, 2);
    ck_assert(span_equals(in.assets[0].bytes, SPAN_LITERAL("\0\xff")));
    ck_assert_ptr_nonnull(in.assets[1].bytes.data);
    ck_assert_uint_eq(in.assets[1].bytes.len, 0);
}
END_TEST

START_TEST(a_call_comes_back)
{
    struct wire_job job;
    struct wire_answer answer;
    write_call(WIRE_PROCESS);
    ck_assert_msg(wire_read_call(payload(), arena, &job, &answer, &err), "%s", err.text);
    ck_assert_ptr_null(job.chart.data);
    ck_assert_ptr_nonnull(job.locale.data);
    ck_assert_uint_eq(job.seed, UINT64_MAX);
    ck_assert_int_eq(job.now_ms, INT64_MIN);
    ck_assert_uint_eq(job.pass, 3);
    rig_assert_text(job.children[0].value, "v");
    ck_assert_uint_eq(job.earlier[1].pass, UINT32_MAX);
    rig_assert_text(job.earlier[1].value, "e1");
    ck_assert_int_eq(answer.prompt_tokens, -1);
    ck_assert_int_eq(answer.completion_tokens, INT64_MAX);
    rig_assert_text(answer.model, "m");
    sbuf_clear(&frame);
    write_call(WIRE_BUILD);
    ck_assert_msg(wire_read_call(payload(), arena, &job, &answer, &err), "%s", err.text);
    ck_assert_ptr_null(answer.text.data);
}
END_TEST

START_TEST(a_reply_comes_back)
{
    struct wire_reply reply;
    write_reply();
    ck_assert_msg(wire_read_reply(payload(), arena, &reply, &err), "%s", err.text);
    ck_assert_int_eq(reply.status, -77);
    ck_assert(reply.is_over_cap && reply.facts == WIRE_FACTS_FAILED && reply.has_temperature &&
              reply.has_max_tokens);
    ck_assert(reply.temperature == 0.1);
    ck_assert_uint_eq(reply.max_tokens, UINT32_MAX);
    ck_assert_uint_eq(reply.text.len, 300);
    ck_assert_ptr_null(reply.content.data);
    ck_assert_ptr_nonnull(reply.correct.data);
    ck_assert_uint_eq(reply.messages[1].role, UINT32_MAX);
    ck_assert_uint_eq(reply.sections[0].text.len, 70000);
    rig_assert_text(reply.stops[1], "t");
}
END_TEST

START_TEST(a_text_comes_back)
{
    static const int32_t numbers[] = {0,    1,    127,   128,       -1,        -32,  -33,
                                      -128, -129, 65535, INT32_MAX, INT32_MIN, 65536};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        int32_t number;
        struct span text, more;
        enum wire_kind kind;
        sbuf_clear(&frame);
        wire_write_text(&frame, WIRE_LOG, numbers[i], SPAN_LITERAL("x"), (struct span){NULL, 0});
        ck_assert(wire_kind_of(payload(), &kind) && kind == WIRE_LOG);
        ck_assert_msg(wire_read_text(payload(), &number, &text, &more, &err), "%s", err.text);
        ck_assert_int_eq(number, numbers[i]);
        rig_assert_text(text, "x");
        ck_assert_ptr_null(more.data);
    }
}
END_TEST

START_TEST(every_reader_refuses_every_other_frame)
{
    struct wire_setup in;
    struct wire_job job;
    struct wire_answer answer;
    struct wire_reply reply;
    write_setup();
    ck_assert(!wire_read_call(payload(), arena, &job, &answer, &err));
    ck_assert(!wire_read_reply(payload(), arena, &reply, &err));
    ck_assert_int_eq(err.kind, ERR_PROTOCOL);
    sbuf_clear(&frame);
    write_reply();
    ck_assert(!wire_read_setup(payload(), arena, &in, &err));
    ck_assert(!wire_read_call(payload(), arena, &job, &answer, &err));
}
END_TEST

static bool read_any(struct span bytes)
{
    struct wire_setup in;
    struct wire_job job;
    struct wire_answer answer;
    struct wire_reply reply;
    enum wire_kind kind;
    if (!wire_kind_of(bytes, &kind)) {
        return false;
    }
    switch (kind) {
    case WIRE_SETUP:
        return wire_read_setup(bytes, arena, &in, &err);
    case WIRE_REPLY:
        return wire_read_reply(bytes, arena, &reply, &err);
    default:
        return wire_read_call(bytes, arena, &job, &answer, &err);
    }
}

START_TEST(cut_anywhere_or_with_more_it_is_refused)
{
    for (int frame_kind = 0; frame_kind < 3; frame_kind++) {
        sbuf_clear(&frame);
        if (frame_kind == 0) {
            write_setup();
        } else if (frame_kind == 1) {
            write_call(WIRE_PROCESS);
        } else {
            write_reply();
        }
        struct span whole = payload();
        ck_assert(read_any(whole));
        for (size_t len = 0; len < whole.len; len += len < 600 ? 1 : 997) {
            /* A copy of its own, so that a sanitizer sees a byte read past the end. */
            char *copy = malloc(len > 0 ? len : 1);
            ck_assert_ptr_nonnull(copy);
            memcpy(copy, whole.data, len);
            ck_assert(!read_any((struct span){copy, len}));
            free(copy);
        }
        sbuf_putc(&frame, '\xc0');
        ck_assert(!read_any((struct span){frame.data + WIRE_HEADER_BYTES, whole.len + 1}));
        ck_assert_ptr_nonnull(strstr(err.text, "bytes follow its end"));
    }
}
END_TEST

/* A header alone that claims the world must cost nothing. */
static const struct {
    const char *data;
    size_t len;
} boundless[] = {
    {"\xdd\xff\xff\xff\xff", 5},
    {"\xdc\xff\xff\x02", 4},
    {"\x96\x02\xc0\xc0\xc0\xc0\xdd\x7f\xff\xff\xff", 11},
    {"\x96\x02\xc0\xc0\xc0\xc0\xdd\x00\x00\x01\x00", 11},
    {"\x96\x02\xc6\xff\xff\xff\xff", 7},
    {"\x9a\x06\xc0\xc0\xc0\x00\x00\x00\xdc\xff\xff\x90\xc0", 13},
    {"\x9f\x08\x00\xc2\xc0\xc0\xc0\xc0\xc0\xc0\xc0\xc0\xc0\xdd\xff\xff\xff\xff\x90\x90", 20},
};

START_TEST(a_claim_of_boundless_tables_is_refused)
{
    struct span bytes = {boundless[_i].data, boundless[_i].len};
    struct wire_setup in;
    struct wire_job job;
    struct wire_answer answer;
    struct wire_reply reply;
    size_t before = arena_bytes(arena);
    ck_assert(!wire_read_setup(bytes, arena, &in, &err));
    ck_assert(!wire_read_call(bytes, arena, &job, &answer, &err));
    ck_assert(!wire_read_reply(bytes, arena, &reply, &err));
    ck_assert_uint_eq(arena_bytes(arena), before);
}
END_TEST

START_TEST(tables_have_their_maxima)
{
    struct wire_message messages[WIRE_MESSAGES_MAX + 1] = {{0}};
    struct wire_reply reply = {.messages = messages, .messages_count = WIRE_MESSAGES_MAX};
    struct wire_reply in;
    wire_write_reply(&frame, &reply);
    ck_assert(wire_read_reply(payload(), arena, &in, &err));
    ck_assert_uint_eq(in.messages_count, WIRE_MESSAGES_MAX);
    sbuf_clear(&frame);
    reply.messages_count++;
    wire_write_reply(&frame, &reply);
    ck_assert(!wire_read_reply(payload(), arena, &in, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "a list is too long"));
}
END_TEST

START_TEST(a_full_arena_is_an_error_and_no_crash)
{
    struct arena *small = arena_create(16);
    struct wire_reply reply;
    write_reply();
    ck_assert(!wire_read_reply(payload(), small, &reply, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "do not fit into memory"));
    arena_destroy(&small);
}
END_TEST

START_TEST(frames_are_found_in_pieces)
{
    struct span found;
    size_t used;
    wire_write_text(&frame, WIRE_READY, 0, (struct span){NULL, 0}, (struct span){NULL, 0});
    size_t first = frame.len;
    wire_write_text(&frame, WIRE_PHASE, 0, SPAN_LITERAL("create"), (struct span){NULL, 0});
    for (size_t len = 0; len < first; len++) {
        ck_assert_int_eq(wire_next_frame((struct span){frame.data, len}, 100, &found, &used), 0);
    }
    ck_assert_int_eq(wire_next_frame(sbuf_as_span(&frame), 100, &found, &used), 1);
    ck_assert_uint_eq(used, first);
    sbuf_consume(&frame, used);
    ck_assert_int_eq(wire_next_frame(sbuf_as_span(&frame), 100, &found, &used), 1);
    ck_assert_uint_eq(used, frame.len);
    ck_assert_int_eq(wire_next_frame(sbuf_as_span(&frame), found.len, &found, &used), 1);
    ck_assert_int_eq(wire_next_frame(sbuf_as_span(&frame), found.len - 1, &found, &used), -1);
    ck_assert_int_eq(wire_next_frame(SPAN_LITERAL("\0\0\0\0"), 100, &found, &used), -1);
    ck_assert_int_eq(wire_next_frame(SPAN_LITERAL("\xff\xff\xff\xff"), 100, &found, &used), -1);
}
END_TEST

START_TEST(an_overrun_while_writing_sticks)
{
    struct sbuf small;
    sbuf_init(&small, 20);
    struct wire_setup out = {.id = SPAN_LITERAL("an id that is longer than the buffer")};
    wire_write_setup(&small, &out);
    ck_assert(small.is_failed);
    sbuf_fini(&small);
}
END_TEST

START_TEST(a_full_sink_makes_no_longer_frame_than_promised)
{
    static char text[WIRE_SINK_BYTES_MAX];
    struct wire_message messages[WIRE_MESSAGES_MAX];
    struct wire_section sections[WIRE_SECTIONS_MAX];
    struct span stops[WIRE_STOPS_MAX];
    struct span one = {text, 1};
    for (size_t i = 0; i < WIRE_MESSAGES_MAX; i++) {
        messages[i] = (struct wire_message){UINT32_MAX, one};
        sections[i] = (struct wire_section){one, one, one};
        stops[i % WIRE_STOPS_MAX] = one;
    }
    struct wire_reply reply = {.status = INT32_MIN,
                               .text = {text, sizeof(text)},
                               .has_temperature = true,
                               .has_max_tokens = true,
                               .max_tokens = UINT32_MAX,
                               .messages = messages,
                               .messages_count = WIRE_MESSAGES_MAX,
                               .sections = sections,
                               .sections_count = WIRE_SECTIONS_MAX,
                               .stops = stops,
                               .stops_count = WIRE_STOPS_MAX};
    wire_write_reply(&frame, &reply);
    ck_assert_uint_le(payload().len, WIRE_REPLY_BYTES_MAX);
}
END_TEST

Suite *suite_wire(void)
{
    Suite *suite = suite_create("wire");
    TCase *tcase = tcase_create("wire");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_setup_comes_back);
    tcase_add_test(tcase, a_call_comes_back);
    tcase_add_test(tcase, a_reply_comes_back);
    tcase_add_test(tcase, a_text_comes_back);
    tcase_add_test(tcase, every_reader_refuses_every_other_frame);
    tcase_add_test(tcase, cut_anywhere_or_with_more_it_is_refused);
    tcase_add_loop_test(tcase, a_claim_of_boundless_tables_is_refused, 0, ARRAY_LEN(boundless));
    tcase_add_test(tcase, tables_have_their_maxima);
    tcase_add_test(tcase, a_full_arena_is_an_error_and_no_crash);
    tcase_add_test(tcase, frames_are_found_in_pieces);
    tcase_add_test(tcase, an_overrun_while_writing_sticks);
    tcase_add_test(tcase, a_full_sink_makes_no_longer_frame_than_promised);
    suite_add_tcase(suite, tcase);
    return suite;
}
