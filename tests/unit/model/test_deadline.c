/* The four deadlines, over real sockets that keep silent. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "suites.h"

static const struct http_step answer_no_head[] = {{.kind = HTTP_HANG}};
static const struct http_step answer_no_event[] = {
    {.kind = HTTP_SEND, .text = HEAD_STREAM},
    {.kind = HTTP_HANG},
};
static const struct http_step answer_one_event[] = {
    {.kind = HTTP_SEND, .text = HEAD_STREAM},
    {.kind = HTTP_CHUNK, .text = CONTENT("Hello, ")},
    {.kind = HTTP_HANG},
};
/* Comments keep the connection busy and tell nothing. */
static const struct http_step answer_comments[] = {
    {.kind = HTTP_SEND, .text = HEAD_STREAM},
    {.kind = HTTP_CHUNK, .text = CONTENT("Hello, ")},
    {.kind = HTTP_BYTEWISE,
     .text = ": PROCESSING\n\n: PROCESSING\n\n: PROCESSING\n\n: PROCESSING\n\n: PROCESSING\n\n"
             ": PROCESSING\n\n: PROCESSING\n\n: PROCESSING\n\n: PROCESSING\n\n: PROCESSING\n\n"
             ": PROCESSING\n\n: PROCESSING\n\n: PROCESSING\n\n: PROCESSING\n\n: PROCESSING\n\n"},
    {.kind = HTTP_HANG},
};
static const struct http_step answer_slow[] = {
    {.kind = HTTP_SEND, .text = HEAD_STREAM},
    {.kind = HTTP_CHUNK, .text = CONTENT("a")},
    {.kind = HTTP_PAUSE, .ms = 60},
    {.kind = HTTP_CHUNK, .text = CONTENT("b")},
    {.kind = HTTP_PAUSE, .ms = 60},
    {.kind = HTTP_CHUNK, .text = CONTENT("c")},
    {.kind = HTTP_PAUSE, .ms = 60},
    {.kind = HTTP_CHUNK, .text = CONTENT("d")},
    {.kind = HTTP_PAUSE, .ms = 60},
    {.kind = HTTP_CHUNK, .text = FINISH("stop") DONE},
    {.kind = HTTP_CHUNK_END},
    {.kind = HTTP_OVER},
};

static struct rig rig;

static void deadline_setup(const struct http_step *answer)
{
    static const struct http_step *answers[1];
    answers[0] = answer;
    rig_init(&rig, answers, 1);
}

static const struct deadline_row {
    const char *name;
    const struct http_step *answer;
    int64_t first_token_ms, silence_ms, answer_ms;
    const char *reason;
    int64_t ms; /* about how long it takes */
} rows[] = {
    {"no head", answer_no_head, 100, 2000, 5000, "openai: no first token within 100 ms", 100},
    {"no event", answer_no_event, 100, 2000, 5000, "openai: no first token within 100 ms", 100},
    {"silence", answer_one_event, 2000, 100, 5000, "openai: no further token within 100 ms", 100},
    {"comments are silence", answer_comments, 2000, 100, 5000,
     "openai: no further token within 100 ms", 100},
    {"whole answer", answer_slow, 2000, 2000, 150, "openai: no complete answer within 150 ms", 150},
};

START_TEST(deadline_passes)
{
    const struct deadline_row *row = &rows[_i];
    deadline_setup(row->answer);
    rig.provider.first_token_ms = row->first_token_ms;
    rig.provider.silence_ms = row->silence_ms;
    rig.provider.answer_ms = row->answer_ms;
    rig_configure(&rig);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_msg(call->result.outcome == MODEL_TIMEOUT, "%s: %s, %s", row->name,
                  model_outcome_name(call->result.outcome), call->result.reason);
    ck_assert_str_eq(call->result.reason, row->reason);
    ck_assert_uint_eq(call->result.tries, 1); /* it may have been billed */
    ck_assert_int_ge(call->result.duration_ms, row->ms);
    ck_assert_int_lt(call->result.duration_ms, row->ms + 1000);
    rig_wait_hangups(&rig, 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(events_put_the_silence_off)
{
    deadline_setup(answer_slow);
    rig.provider.silence_ms = 150;
    rig_configure(&rig);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_str_eq(call->text, "abcd");
    ck_assert_int_ge(call->result.duration_ms, 240);
    rig_fini(&rig);
}
END_TEST

/* A listener that accepts nothing and whose queue is full: connections to it hang. */
static int hanging_port(int *ret_listen_fd, int *fillers, int fillers_count)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int port = 10000 + getpid() % 5000;
    for (;; port++) {
        ck_assert_int_lt(port, 20000);
        address.sin_port = htons((uint16_t)port);
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
            break;
        }
    }
    ck_assert_int_eq(listen(fd, 0), 0);
    for (int i = 0; i < fillers_count; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
    }
    *ret_listen_fd = fd;
    return port;
}

START_TEST(connection_that_hangs_is_tried_again)
{
    int listen_fd, fillers[8];
    deadline_setup(answer_good);
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1",
                   hanging_port(&listen_fd, fillers, 8));
    rig.provider.base_url = url;
    rig.provider.connect_ms = 60;
    rig_configure(&rig);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_PROVIDER_DOWN);
    ck_assert_uint_eq(call->result.tries, 3);
    ck_assert_str_eq(call->result.reason, "openai: no connection within 60 ms");
    for (int i = 0; i < 8; i++) {
        close(fillers[i]);
    }
    close(listen_fd);
    rig_fini(&rig);
}
END_TEST

START_TEST(callers_deadline_covers_the_tries)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_PAUSE, .ms = 40},
        {.kind = HTTP_SEND, .text = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"},
        {.kind = HTTP_OVER},
    };
    deadline_setup(answer);
    rig.provider.retries = 100;
    rig.provider.retry_base_ms = 1;
    rig_configure(&rig);
    struct model_request request = rig_request;
    request.deadline_ms = 250;
    struct rig_call *call = rig_start(&rig, &request);
    rig_wait_done(&rig, 1);
    ck_assert(call->result.outcome == MODEL_TIMEOUT || call->result.outcome == MODEL_NETWORK_ERROR);
    ck_assert_int_lt(call->result.duration_ms, 1000);
    ck_assert_uint_gt(call->result.tries, 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(callers_deadline_covers_the_line)
{
    deadline_setup(answer_no_head);
    rig.provider.concurrency = 1;
    rig_configure(&rig);
    struct model_request request = rig_request;
    (void)rig_start(&rig, &request);
    request.deadline_ms = 80;
    struct rig_call *second = rig_start(&rig, &request);
    rig_wait_done(&rig, 1);
    ck_assert_uint_eq(second->done, 1);
    ck_assert_int_eq(second->result.outcome, MODEL_TIMEOUT);
    ck_assert_str_eq(second->result.reason, "openai: no free seat within 80 ms");
    ck_assert_uint_eq(second->result.tries, 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(loop_held_up_is_not_the_servers_silence)
{
    deadline_setup(answer_slow);
    rig.provider.silence_ms = 150;
    rig_configure(&rig);
    struct rig_call *call = rig_start(&rig, &rig_request);
    rig_wait_requests(&rig, 1);
    rig_run_ms(&rig, 30);
    usleep(600000); /* what the server sends meanwhile lies in the socket */
    rig_wait_done(&rig, 1);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_str_eq(call->text, "abcd");
    rig_fini(&rig);
}
END_TEST

Suite *suite_deadline(void)
{
    Suite *suite = suite_create("deadline");
    TCase *tcase = tcase_create("deadlines");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, deadline_passes, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(tcase, events_put_the_silence_off);
    tcase_add_test(tcase, connection_that_hangs_is_tried_again);
    tcase_add_test(tcase, callers_deadline_covers_the_tries);
    tcase_add_test(tcase, callers_deadline_covers_the_line);
    tcase_add_test(tcase, loop_held_up_is_not_the_servers_silence);
    suite_add_tcase(suite, tcase);
    return suite;
}
