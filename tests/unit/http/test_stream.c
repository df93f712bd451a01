/* Streams: pieces arrive, slow and vanished readers cost nothing, the end comes in good order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "http/request.h"
#include "http/stream.h"
#include "suites.h"
#include "support/tiny_host.h"

#define STREAMS_MAX 100
#define PATIENCE_MS 10000

struct reader {
    int fd;
    struct http_stream *stream; /* NULL: refused, or over */
    unsigned gone;
    struct sbuf got;
};

static struct tiny_host host;
static struct reader readers[STREAMS_MAX];
static size_t readers_count; /* whose streams are open */
static bool is_kept;         /* the next request waits for answer_kept */
static struct http_ticket *kept;

static void on_gone(void *ctx)
{
    struct reader *reader = ctx;
    reader->stream = NULL;
    reader->gone++;
}

static void open_stream(struct http_request *request)
{
    struct reader *reader = &readers[readers_count++];
    http_answer_header(request, "X-Extra", "yes");
    reader->stream = http_stream_open(request, "text/event-stream", on_gone, reader);
}

/* GET /api/reading/… opens a stream. */
static void stream_reading(void *ctx, const char *reading_id, http_reading_fn done, void *done_ctx)
{
    (void)ctx;
    (void)reading_id;
    (void)done;
    if (is_kept) {
        kept = done_ctx;
        return;
    }
    open_stream(http_ticket_redeem(done_ctx));
}

static void setup(void)
{
    tiny_host_start(&host);
    host.face.reading = stream_reading;
    tiny_host_serve(&host);
    memset(readers, 0, sizeof(readers));
    readers_count = 0;
    is_kept = false;
    kept = NULL;
}

static void teardown(void)
{
    tiny_host_stop(&host);
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (readers[i].fd > 0) {
            close(readers[i].fd);
        }
        if (readers[i].got.bytes_max > 0) {
            sbuf_fini(&readers[i].got);
        }
    }
}

static void turn(void)
{
    ev_run(host.loop.ev, EVRUN_NOWAIT);
    (void)usleep(500);
}

static int connect_and_ask(const char *method)
{
    char request[200];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(request, sizeof(request), "%s /api/reading/r1 HTTP/1.1\r\nHost: x\r\n\r\n",
                   method);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", host.socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
    return fd;
}

/* A reader whose stream is open. */
static struct reader *start(void)
{
    struct reader *reader = &readers[readers_count];
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
    reader->fd = connect_and_ask("GET");
    sbuf_init(&reader->got, 8 << 20);
    while (reader == &readers[readers_count]) {
        ck_assert(clock_mono_ms() < until_ms);
        turn();
    }
    return reader;
}

/* True when the other end has closed. */
static bool receive(struct reader *reader)
{
    char bytes[65536];
    ssize_t got;
    while ((got = recv(reader->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        sbuf_append(&reader->got, bytes, (size_t)got);
    }
    return got == 0;
}

static void expect_text(struct reader *reader, const char *text)
{
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
    while (reader->got.len == 0 || strstr(reader->got.data, text) == NULL) {
        ck_assert_msg(clock_mono_ms() < until_ms, "no '%s' in '%s'", text, reader->got.data);
        turn();
        (void)receive(reader);
    }
}

static void expect_closed(struct reader *reader)
{
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
    while (!receive(reader)) {
        ck_assert_msg(clock_mono_ms() < until_ms, "still open");
        turn();
    }
}

static void expect_gone(struct reader *reader)
{
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
    while (reader->gone == 0) {
        ck_assert(clock_mono_ms() < until_ms);
        ck_assert(http_stream_write(reader->stream, SPAN_LITERAL(": \n\n")));
        turn();
    }
    ck_assert_uint_eq(reader->gone, 1);
}

START_TEST(http_stream_delivers_pieces_as_they_come)
{
    struct reader *reader = start();
    expect_text(reader, "HTTP/1.1 200");
    expect_text(reader, "\r\nContent-Type: text/event-stream\r\n");
    expect_text(reader, "\r\nX-Extra: yes\r\n");
    expect_text(reader, "\r\nCache-Control: no-store\r\n");
    ck_assert(http_stream_write(reader->stream, SPAN_LITERAL("data: one\n\n")));
    expect_text(reader, "data: one\n\n");
    ck_assert(http_stream_write(reader->stream, SPAN_LITERAL("data: two\n\n")));
    ck_assert(http_stream_write(reader->stream, SPAN_LITERAL("data: three\n\n")));
    expect_text(reader, "data: two\n\ndata: three\n\n");
    ck_assert(http_stream_write(reader->stream, SPAN_LITERAL("data: last\n\n")));
    http_stream_close(reader->stream);
    expect_text(reader, "data: last\n\n\r\n0\r\n\r\n");
    ck_assert_uint_eq(reader->gone, 0);
    expect_text(start(), "HTTP/1.1 200");
}
END_TEST

START_TEST(http_stream_may_be_opened_late_and_written_at_once)
{
    struct reader *reader = &readers[0];
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
    is_kept = true;
    reader->fd = connect_and_ask("GET");
    sbuf_init(&reader->got, 8 << 20);
    while (kept == NULL) {
        ck_assert(clock_mono_ms() < until_ms);
        turn();
    }
    open_stream(http_ticket_redeem(kept));
    ck_assert(http_stream_write(reader->stream, SPAN_LITERAL("data: all\n\n")));
    http_stream_close(reader->stream);
    expect_text(reader, "data: all\n\n\r\n0\r\n\r\n");
    ck_assert_uint_eq(reader->gone, 0);
}
END_TEST

START_TEST(http_stream_of_a_head_request_is_over_at_once)
{
    struct reader *reader = &readers[0];
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
    reader->fd = connect_and_ask("HEAD");
    sbuf_init(&reader->got, 8 << 20);
    expect_text(reader, "\r\nContent-Type: text/event-stream\r\n");
    while (reader->gone == 0) {
        ck_assert(clock_mono_ms() < until_ms);
        turn();
    }
    ck_assert_uint_eq(reader->gone, 1);
}
END_TEST

START_TEST(http_stream_tells_when_its_reader_has_left)
{
    struct reader *reader = start();
    expect_text(reader, "HTTP/1.1 200");
    close(reader->fd);
    reader->fd = 0;
    expect_gone(reader);
}
END_TEST

START_TEST(http_stream_cuts_off_a_reader_that_does_not_keep_up)
{
    static const char piece[1000] = {'x'};
    struct reader *reader = start();
    size_t written = 0;
    expect_text(reader, "HTTP/1.1 200");
    while (http_stream_write(reader->stream, (struct span){piece, sizeof(piece)})) {
        written += sizeof(piece);
        ck_assert_uint_lt(written, 8 << 20);
        ev_run(host.loop.ev, EVRUN_NOWAIT); /* nobody reads at the other end */
    }
    ck_assert_uint_gt(written, HTTP_STREAM_BYTES_MAX - sizeof(piece));
    expect_closed(reader);
    ck_assert_uint_eq(reader->gone, 0);
    ck_assert_ptr_null(strstr(reader->got.data, "\r\n0\r\n\r\n")); /* not as if it were all */
}
END_TEST

START_TEST(http_stream_buffers_up_to_the_maximum)
{
    struct sbuf text;
    struct reader *reader = start();
    sbuf_init(&text, HTTP_STREAM_BYTES_MAX);
    while (text.len < HTTP_STREAM_BYTES_MAX) {
        sbuf_putc(&text, 'x');
    }
    ck_assert(http_stream_write(reader->stream, sbuf_as_span(&text)));
    http_stream_close(reader->stream);
    expect_text(reader, "\r\n0\r\n\r\n");
    ck_assert_uint_gt(reader->got.len, HTTP_STREAM_BYTES_MAX);
    reader = start();
    ck_assert(http_stream_write(reader->stream, SPAN_LITERAL("x")));
    ck_assert(!http_stream_write(reader->stream, sbuf_as_span(&text)));
    expect_closed(reader);
    sbuf_fini(&text);
}
END_TEST

START_TEST(http_streams_leave_a_quarter_of_the_connections)
{
    host.options.connections_max = 8;
    tiny_host_serve(&host);
    for (int i = 0; i < 6; i++) {
        ck_assert_ptr_nonnull(start()->stream);
    }
    struct reader *refused = start();
    ck_assert_ptr_null(refused->stream);
    expect_text(refused, "HTTP/1.1 503");
    expect_text(refused, "\r\nRetry-After: 5\r\n");
    close(readers[2].fd);
    readers[2].fd = 0;
    expect_gone(&readers[2]);
    ck_assert_ptr_nonnull(start()->stream);
}
END_TEST

START_TEST(http_serves_many_streams)
{
    for (int i = 0; i < STREAMS_MAX; i++) {
        (void)start();
    }
    for (int i = 0; i < STREAMS_MAX; i++) {
        char text[40];
        (void)snprintf(text, sizeof(text), "data: %d\n\n", i);
        ck_assert(http_stream_write(readers[i].stream, span_of(text)));
        if (i % 2 == 0) {
            http_stream_close(readers[i].stream);
        }
    }
    for (int i = 0; i < STREAMS_MAX; i++) {
        char text[40];
        (void)snprintf(text, sizeof(text), "data: %d\n\n", i);
        expect_text(&readers[i], text);
        ck_assert_uint_eq(readers[i].gone, 0);
    }
}
END_TEST

START_TEST(http_end_closes_open_streams)
{
    for (int i = 0; i < 5; i++) {
        expect_text(start(), "HTTP/1.1 200");
    }
    ck_assert(http_stream_write(readers[1].stream, SPAN_LITERAL("data: bye\n\n")));
    http_stream_close(readers[2].stream);
    is_kept = true;
    int waiting = connect_and_ask("GET"); /* its answer is not decided */
    while (kept == NULL) {
        turn();
    }
    int fresh = connect_and_ask("GET"); /* the server has not even seen it */
    http_server_destroy(&host.server);
    for (int i = 0; i < 5; i++) {
        expect_closed(&readers[i]);
        ck_assert_uint_eq(readers[i].gone, i != 2);
    }
    ck_assert_ptr_nonnull(strstr(readers[1].got.data, "data: bye\n\n"));
    ck_assert_ptr_null(http_ticket_redeem(kept));
    close(waiting);
    close(fresh);
}
END_TEST

START_TEST(http_idleness_ends_connections_but_not_streams)
{
    host.options.idle_ms = 1000;
    tiny_host_serve(&host);
    struct reader *reader = start();
    int64_t until_ms = clock_mono_ms() + 3500, next_ms = 0;
    struct reader idle = {.fd = connect_and_ask("DELETE")};
    sbuf_init(&idle.got, 10000);
    expect_text(&idle, "HTTP/1.1 405");
    bool is_idle_closed = false;
    while (clock_mono_ms() < until_ms) {
        if (clock_mono_ms() > next_ms) {
            next_ms = clock_mono_ms() + 500;
            ck_assert(http_stream_write(reader->stream, SPAN_LITERAL(": \n\n")));
        }
        is_idle_closed = is_idle_closed || receive(&idle);
        turn();
        ck_assert(!receive(reader));
    }
    ck_assert(is_idle_closed);
    ck_assert_uint_eq(reader->gone, 0);
    close(idle.fd);
    sbuf_fini(&idle.got);
}
END_TEST

Suite *suite_stream(void)
{
    Suite *suite = suite_create("stream");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, http_stream_delivers_pieces_as_they_come);
    tcase_add_test(tests, http_stream_may_be_opened_late_and_written_at_once);
    tcase_add_test(tests, http_stream_of_a_head_request_is_over_at_once);
    tcase_add_test(tests, http_stream_tells_when_its_reader_has_left);
    tcase_add_test(tests, http_stream_cuts_off_a_reader_that_does_not_keep_up);
    tcase_add_test(tests, http_stream_buffers_up_to_the_maximum);
    tcase_add_test(tests, http_streams_leave_a_quarter_of_the_connections);
    tcase_add_test(tests, http_serves_many_streams);
    tcase_add_test(tests, http_end_closes_open_streams);
    tcase_add_test(tests, http_idleness_ends_connections_but_not_streams);
    suite_add_tcase(suite, tests);
    return suite;
}
