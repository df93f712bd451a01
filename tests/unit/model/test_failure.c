/* Failures of servers and networks, over real sockets: what is tried again, and what is told. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/attr.h"
#include "model/breaker.h"
#include "rig.h"
#include "suites.h"

#define ERROR_BODY(message, type, code)                                                            \
    "{\"error\":{\"message\":\"" message "\",\"type\":\"" type "\",\"param\":null,\"code\":" code  \
    "}}"
#define HEAD(status, headers)                                                                      \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\n" headers                            \
    "Transfer-Encoding: chunked\r\n\r\n"
#define ANSWER(name, head, body)                                                                   \
    static const struct http_step name[] = {                                                       \
        {.kind = HTTP_SEND, .text = head},                                                         \
        {.kind = HTTP_CHUNK, .text = body},                                                        \
        {.kind = HTTP_CHUNK_END},                                                                  \
        {.kind = HTTP_OVER},                                                                       \
    }

ANSWER(answer_500, HEAD("500 Oops", ""), ERROR_BODY("boom", "server_error", "null"));
ANSWER(answer_rate_now, HEAD("429 Too Many", "Retry-After: 0.02\r\n"),
       ERROR_BODY("slower", "requests", "\"rate_limit_exceeded\""));
ANSWER(answer_rate_later, HEAD("429 Too Many", "Retry-After: 6\r\n"),
       ERROR_BODY("slower", "requests", "\"rate_limit_exceeded\""));
ANSWER(answer_rate_ms, HEAD("429 Too Many", "retry-after-ms: 30\r\nRetry-After: 600\r\n"),
       ERROR_BODY("slower", "requests", "\"rate_limit_exceeded\""));
ANSWER(answer_400, HEAD("400 Bad", ""),
       ERROR_BODY("too many tokens", "invalid_request_error", "\"context_length_exceeded\""));

static const struct http_step answer_cut[] = {
    {.kind = HTTP_SEND, .text = HEAD_STREAM},
    {.kind = HTTP_CHUNK, .text = CONTENT("Half ")},
    {.kind = HTTP_PAUSE, .ms = 20},
    {.kind = HTTP_CUT},
};
static const struct http_step answer_unfinished[] = {
    {.kind = HTTP_SEND, .text = HEAD_STREAM},
    {.kind = HTTP_CHUNK, .text = CONTENT("Half ") DONE},
    {.kind = HTTP_CHUNK_END},
    {.kind = HTTP_OVER},
};
static const struct http_step answer_nothing[] = {{.kind = HTTP_CUT}};

static struct rig rig;

#define ASK(...)                                                                                   \
    ask((const struct http_step *const[]){__VA_ARGS__},                                            \
        sizeof((const struct http_step *const[]){__VA_ARGS__}) / sizeof(struct http_step *))

static const struct http_step *asked_answers[8];

static const struct rig_call *ask(const struct http_step *const *answers, size_t count)
{
    memcpy(asked_answers, answers, count * sizeof(*answers));
    rig_init(&rig, asked_answers, count);
    return rig_ask(&rig);
}

static double retries_of(const char *reason)
{
    char series[128];
    (void)snprintf(series, sizeof(series),
                   "agenthost_llm_retries_total{provider=\"openai\",reason=\"%s\"}", reason);
    return rig_metric(series);
}

START_TEST(rate_limit_is_waited_for)
{
    const struct rig_call *call = ASK(answer_rate_now, answer_good);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_uint_eq(call->result.tries, 2);
    ck_assert_int_ge(call->result.duration_ms, 19);
    ck_assert_double_eq(retries_of("rate_limit"), 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(milliseconds_win_over_seconds)
{
    const struct rig_call *call = ASK(answer_rate_ms, answer_good);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_int_ge(call->result.duration_ms, 29);
    rig_fini(&rig);
}
END_TEST

START_TEST(rate_limit_without_end_is_told)
{
    const struct rig_call *call = ASK(answer_rate_now);
    ck_assert_int_eq(call->result.outcome, MODEL_RATE_LIMIT);
    ck_assert_uint_eq(call->result.tries, 3);
    ck_assert_int_eq(call->result.retry_after_ms, 20);
    ck_assert_str_eq(call->result.reason, "openai: HTTP 429: slower (rate_limit_exceeded)");
    rig_fini(&rig);
}
END_TEST

START_TEST(long_wait_is_not_held_but_told_to_all)
{
    const struct rig_call *call = ASK(answer_rate_later, answer_good);
    ck_assert_int_eq(call->result.outcome, MODEL_RATE_LIMIT);
    ck_assert_uint_eq(call->result.tries, 1);
    ck_assert_int_eq(call->result.retry_after_ms, 6000);
    struct model_result why;
    ck_assert(!model_is_available(rig.model, "openai", "m-1", &why));
    ck_assert_int_eq(why.outcome, MODEL_RATE_LIMIT);
    ck_assert_int_gt(why.retry_after_ms, 5000);
    ck_assert_int_le(why.retry_after_ms, 6000);
    ck_assert_double_eq(rig_metric("agenthost_llm_blocked{provider=\"openai\"}"), 1);
    call = rig_ask(&rig); /* does not ask */
    ck_assert_int_eq(call->result.outcome, MODEL_RATE_LIMIT);
    ck_assert_uint_eq(call->result.tries, 0);
    ck_assert_uint_eq(http_script_requests(rig.server), 1);
    rig_wait_available(&rig, 1);
    ck_assert(model_is_available(rig.model, "openai", "m-1", &why));
    ck_assert_int_eq(rig_ask(&rig)->result.outcome, MODEL_OK);
    rig_fini(&rig);
}
END_TEST

START_TEST(server_errors_are_tried_again)
{
    const struct rig_call *call = ASK(answer_500, answer_500, answer_good);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_uint_eq(call->result.tries, 3);
    ck_assert_str_eq(call->deltas.data, "Hello, w\xc3\xb6rld");
    ck_assert_uint_eq(call->restarts, 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(server_errors_without_end_are_told)
{
    const struct rig_call *call = ASK(answer_500);
    ck_assert_int_eq(call->result.outcome, MODEL_NETWORK_ERROR);
    ck_assert_uint_eq(call->result.tries, 3);
    ck_assert_str_eq(call->result.reason, "openai: HTTP 500: boom (server_error)");
    ck_assert_uint_eq(http_script_requests(rig.server), 3);
    ck_assert_double_eq(retries_of("server_error"), 2);
    rig_fini(&rig);
}
END_TEST

START_TEST(bad_request_is_not_tried_again)
{
    const struct rig_call *call = ASK(answer_400, answer_good);
    ck_assert_int_eq(call->result.outcome, MODEL_BAD_REQUEST);
    ck_assert_uint_eq(call->result.tries, 1);
    ck_assert_str_eq(call->result.reason,
                     "openai: HTTP 400: too many tokens (context_length_exceeded)");
    rig_fini(&rig);
}
END_TEST

START_TEST(cut_stream_is_a_new_try_from_the_start)
{
    const struct rig_call *call = ASK(answer_cut, answer_good);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_uint_eq(call->result.tries, 2);
    ck_assert_str_eq(call->text, "Hello, w\xc3\xb6rld");
    ck_assert_str_eq(call->deltas.data, "Hello, w\xc3\xb6rld");
    ck_assert_uint_eq(call->restarts, 1);
    ck_assert_double_eq(retries_of("cut"), 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(cut_streams_without_end_are_told)
{
    const struct rig_call *call = ASK(answer_cut);
    ck_assert_int_eq(call->result.outcome, MODEL_NETWORK_ERROR);
    ck_assert_uint_eq(call->result.tries, 3);
    ck_assert_ptr_nonnull(strstr(call->result.reason, "broke off"));
    rig_fini(&rig);
}
END_TEST

START_TEST(end_without_finish_is_a_bad_response)
{
    const struct rig_call *call = ASK(answer_unfinished);
    ck_assert_int_eq(call->result.outcome, MODEL_BAD_RESPONSE);
    ck_assert_uint_eq(call->result.tries, 3);
    ck_assert_ptr_nonnull(strstr(call->result.reason, "without a finish reason"));
    rig_fini(&rig);
}
END_TEST

START_TEST(silent_hang_up_is_tried_again)
{
    const struct rig_call *call = ASK(answer_nothing, answer_good);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_uint_eq(call->result.tries, 2);
    rig_fini(&rig);
}
END_TEST

/* A port nobody listens on: bound by nobody, closed again. */
static int closed_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int port = 10000 + getpid() % 5000; port < 20000; port++) {
        address.sin_port = htons((uint16_t)port);
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
            close(fd);
            return port;
        }
    }
    ck_abort_msg("no free port");
}

/* The provider's address from now on: nobody listens there. */
static void move_away(void)
{
    static char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", closed_port());
    rig.provider.base_url = url;
    rig_configure(&rig);
}

START_TEST(provider_nobody_answers_at_is_down)
{
    const struct http_step *answers[] = {answer_good};
    rig_init(&rig, answers, 1);
    move_away();
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_PROVIDER_DOWN);
    ck_assert_uint_eq(call->result.tries, 3);
    ck_assert_ptr_nonnull(strstr(call->result.reason, "openai: "));
    ck_assert_ptr_nonnull(strstr(call->result.reason, "onnect"));
    ck_assert_int_gt(call->result.retry_after_ms, BREAKER_WAIT_MS_FIRST - 1000);
    ck_assert_double_eq(retries_of("unreachable"), 2);
    call = rig_ask(&rig); /* does not ask */
    ck_assert_int_eq(call->result.outcome, MODEL_PROVIDER_DOWN);
    ck_assert_uint_eq(call->result.tries, 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(provider_that_goes_away_during_a_call_is_not_down_yet)
{
    const struct http_step *answers[] = {answer_500};
    rig_init(&rig, answers, 1);
    rig.provider.retries = 3;
    rig.provider.retry_base_ms = 200;
    rig_configure(&rig);
    const struct rig_call *call = rig_start(&rig, &rig_request);
    rig_wait_requests(&rig, 1);
    http_script_stop(&rig.server);
    rig_wait_done(&rig, 1);
    ck_assert_int_eq(call->result.outcome, MODEL_NETWORK_ERROR);
    ck_assert_uint_eq(call->result.tries, 4);
    ck_assert_ptr_nonnull(strstr(call->result.reason, "onnect"));
    rig_fini(&rig);
}
END_TEST

START_TEST(calls_in_line_find_a_provider_down_that_has_gone_away)
{
    const struct http_step *answers[] = {answer_good};
    rig_init(&rig, answers, 1);
    rig.provider.concurrency = 1;
    rig_configure(&rig);
    const struct rig_call *calls[3];
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        calls[i] = rig_start(&rig, &rig_request);
    }
    rig_wait_done(&rig, 1);
    http_script_stop(&rig.server);
    rig_wait_done(&rig, ARRAY_LEN(calls));
    ck_assert_int_eq(calls[0]->result.outcome, MODEL_OK);
    for (size_t i = 1; i < ARRAY_LEN(calls); i++) {
        ck_assert_msg(calls[i]->result.outcome == MODEL_PROVIDER_DOWN, "%zu: %s", i,
                      model_outcome_name(calls[i]->result.outcome));
    }
    rig_fini(&rig);
}
END_TEST

START_TEST(call_of_before_a_reload_does_not_judge_the_new_server)
{
    const struct http_step *answers[] = {answer_good};
    rig_init(&rig, answers, 1);
    rig.provider.retry_base_ms = 100;
    move_away();
    const struct rig_call *call = rig_start(&rig, &rig_request);
    rig_run_ms(&rig, 20);
    ck_assert_uint_eq(call->done, 0);
    rig.provider.base_url = rig.base_url;
    rig_configure(&rig);
    rig_wait_done(&rig, 1);
    ck_assert_int_eq(call->result.outcome, MODEL_PROVIDER_DOWN);
    ck_assert_int_le(call->result.retry_after_ms, 1); /* ask again at once */
    ck_assert_int_eq(rig_ask(&rig)->result.outcome, MODEL_OK);
    rig_fini(&rig);
}
END_TEST

START_TEST(wait_for_another_key_is_not_held_against_the_new_one)
{
    static const struct http_step slow[] = {
        {.kind = HTTP_PAUSE, .ms = 200},
        {.kind = HTTP_SEND, .text = HEAD("429 Too Many", "Retry-After: 6\r\n")},
        {.kind = HTTP_CHUNK, .text = ERROR_BODY("slower", "requests", "\"rate_limit_exceeded\"")},
        {.kind = HTTP_CHUNK_END},
        {.kind = HTTP_OVER},
    };
    const struct http_step *answers[] = {slow, answer_good};
    rig_init(&rig, answers, 2);
    const struct rig_call *call = rig_start(&rig, &rig_request);
    rig_wait_requests(&rig, 1);
    rig.provider.api_key = (char *)"sk-other-key";
    rig_configure(&rig);
    rig_wait_done(&rig, 1);
    ck_assert_int_eq(call->result.outcome, MODEL_RATE_LIMIT);
    ck_assert_int_eq(call->result.retry_after_ms, 1); /* ask again at once */
    ck_assert_int_eq(rig_ask(&rig)->result.outcome, MODEL_OK);
    rig_fini(&rig);
}
END_TEST

/* An answer that is wrong in a way that shows at the first try. */
static const struct shape_row {
    const char *name;
    const char *head, *body;
    unsigned tries;
    enum model_outcome outcome;
    const char *reason;
} shape_rows[] = {
    {"HTML page with 502",
     "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n",
     "<html><head><title>502 Bad Gateway</title></head></html>", 3, MODEL_NETWORK_ERROR,
     "openai: HTTP 502: 502 Bad Gateway"},
    {"HTML page with 200",
     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n",
     "<html><title>Log in</title></html>", 1, MODEL_BAD_RESPONSE,
     "openai: the answer is no event stream: Log in"},
    {"HTML page with 404",
     "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n",
     "<html><title>404</title></html>", 1, MODEL_PROVIDER_DOWN, "openai: HTTP 404: 404"},
    {"plain text", "HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n", "overloaded", 3,
     MODEL_NETWORK_ERROR, "openai: HTTP 503: overloaded"},
    {"number code", HEAD("400 Bad", ""), "{\"error\":{\"message\":\"x\",\"code\":400}}", 1,
     MODEL_BAD_REQUEST, "openai: HTTP 400: x"},
    {"flat error", HEAD("404 No", ""),
     "{\"object\":\"error\",\"message\":\"no model z\",\"type\":\"NotFoundError\",\"code\":404}", 1,
     MODEL_BAD_REQUEST, "openai: HTTP 404: no model z (NotFoundError)"},
    {"error that is a text", HEAD("400 Bad", ""), "{\"error\":\"nope\"}", 1, MODEL_BAD_REQUEST,
     "openai: HTTP 400: nope"},
    {"framework's detail", HEAD("422 No", ""), "{\"detail\":\"field required\"}", 1,
     MODEL_BAD_REQUEST, "openai: HTTP 422: field required"},
    {"error in a 200 body", HEAD("200 OK", ""),
     ERROR_BODY("gone", "server_error", "\"server_error\""), 3, MODEL_NETWORK_ERROR,
     "openai: error in the answer: gone (server_error)"},
    {"error in a 200 body by number", HEAD("200 OK", ""),
     "{\"error\":{\"message\":\"slower\",\"code\":429}}", 3, MODEL_RATE_LIMIT,
     "openai: error in the answer: slower"},
    {"a whole completion instead of a stream", HEAD("200 OK", ""),
     "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}", 1, MODEL_BAD_RESPONSE,
     "openai: the answer is no event stream: {\"choices\":[{\"message\":{\"content\":\"x\"}}]}"},
    {"error as first event", HEAD_STREAM,
     EVENT("{\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}"), 3,
     MODEL_NETWORK_ERROR, "openai: error in the answer: overloaded (server_error)"},
    {"error after text", HEAD_STREAM,
     CONTENT("Half") EVENT("{\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}"), 1,
     MODEL_NETWORK_ERROR, "openai: error in the answer: overloaded (server_error)"},
    {"error with a finish reason", HEAD_STREAM,
     EVENT("{\"error\":{\"message\":\"bad\",\"code\":502},\"choices\":[{\"delta\":{},"
           "\"finish_reason\":\"error\"}]}"),
     3, MODEL_NETWORK_ERROR, "openai: error in the answer: bad"},
    {"quota as an event", HEAD_STREAM,
     EVENT("{\"error\":{\"message\":\"pay\",\"code\":\"insufficient_quota\"}}"), 1,
     MODEL_PROVIDER_DOWN, "openai: error in the answer: pay (insufficient_quota)"},
    {"key is repeated", HEAD("400 Bad", ""),
     ERROR_BODY("what is sk-secret-key?", "invalid_request_error", "null"), 1, MODEL_BAD_REQUEST,
     "openai: HTTP 400: what is [key]? (invalid_request_error)"},
    {"redirect", HEAD("302 Found", "Location: http://127.0.0.1:1/\r\n"), "{}", 1,
     MODEL_PROVIDER_DOWN, "openai: HTTP 302: {}"},
    {"told not to try again", HEAD("500 No", "x-should-retry: false\r\n"),
     ERROR_BODY("x", "y", "null"), 1, MODEL_NETWORK_ERROR, "openai: HTTP 500: x (y)"},
    {"told to try again", HEAD("400 No", "x-should-retry: true\r\n"), ERROR_BODY("x", "y", "null"),
     3, MODEL_BAD_REQUEST, "openai: HTTP 400: x (y)"},
};

START_TEST(shape_of_the_failure)
{
    const struct shape_row *row = &shape_rows[_i];
    struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = row->head},
        {.kind = HTTP_CHUNK, .text = row->body},
        {.kind = HTTP_CHUNK_END},
        {.kind = HTTP_OVER},
    };
    const struct rig_call *call = ASK(answer);
    ck_assert_msg(call->result.outcome == row->outcome, "%s: %s, %s", row->name,
                  model_outcome_name(call->result.outcome), call->result.reason);
    ck_assert_str_eq(call->result.reason, row->reason);
    ck_assert_msg(call->result.tries == row->tries, "%s: %u", row->name, call->result.tries);
    rig_fini(&rig);
}
END_TEST

START_TEST(status_without_a_body)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"},
        {.kind = HTTP_OVER},
    };
    const struct rig_call *call = ASK(answer);
    ck_assert_int_eq(call->result.outcome, MODEL_NETWORK_ERROR);
    ck_assert_str_eq(call->result.reason, "openai: HTTP 500");
    rig_fini(&rig);
}
END_TEST

START_TEST(endless_error_page_is_cut_short)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD("400 Bad", "")},
        {.kind = HTTP_REPEAT, .text = "0123456789012345678901234567890123456789", .ms = 1000000},
        {.kind = HTTP_HANG},
    };
    const struct rig_call *call = ASK(answer);
    ck_assert_int_eq(call->result.outcome, MODEL_BAD_REQUEST);
    rig_wait_hangups(&rig, 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(nonsense_instead_of_http)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = "SSH-2.0-OpenSSH_9.2\r\n"},
        {.kind = HTTP_CUT},
    };
    const struct rig_call *call = ASK(answer);
    ck_assert_int_ne(call->result.outcome, MODEL_OK);
    ck_assert_str_ne(call->result.reason, "");
    rig_fini(&rig);
}
END_TEST

START_TEST(abort_between_two_tries)
{
    const struct http_step *answers[] = {answer_500};
    rig_init(&rig, answers, 1);
    rig.provider.retry_base_ms = 2000;
    rig_configure(&rig);
    struct rig_call *call = rig_start(&rig, &rig_request);
    rig_wait_requests(&rig, 1);
    rig_run_ms(&rig, 100);
    model_abort(&call->call);
    rig_run_ms(&rig, 20);
    ck_assert_uint_eq(call->done, 0);
    ck_assert_uint_eq(http_script_requests(rig.server), 1);
    rig_fini(&rig);
}
END_TEST

Suite *suite_failure(void)
{
    Suite *suite = suite_create("failure");
    TCase *tcase = tcase_create("tries");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, rate_limit_is_waited_for);
    tcase_add_test(tcase, milliseconds_win_over_seconds);
    tcase_add_test(tcase, rate_limit_without_end_is_told);
    tcase_add_test(tcase, long_wait_is_not_held_but_told_to_all);
    tcase_add_test(tcase, server_errors_are_tried_again);
    tcase_add_test(tcase, server_errors_without_end_are_told);
    tcase_add_test(tcase, bad_request_is_not_tried_again);
    tcase_add_test(tcase, cut_stream_is_a_new_try_from_the_start);
    tcase_add_test(tcase, cut_streams_without_end_are_told);
    tcase_add_test(tcase, end_without_finish_is_a_bad_response);
    tcase_add_test(tcase, silent_hang_up_is_tried_again);
    tcase_add_test(tcase, provider_nobody_answers_at_is_down);
    tcase_add_test(tcase, calls_in_line_find_a_provider_down_that_has_gone_away);
    tcase_add_test(tcase, call_of_before_a_reload_does_not_judge_the_new_server);
    tcase_add_test(tcase, wait_for_another_key_is_not_held_against_the_new_one);
    tcase_add_test(tcase, provider_that_goes_away_during_a_call_is_not_down_yet);
    tcase_add_loop_test(tcase, shape_of_the_failure, 0,
                        (int)(sizeof(shape_rows) / sizeof(shape_rows[0])));
    tcase_add_test(tcase, status_without_a_body);
    tcase_add_test(tcase, endless_error_page_is_cut_short);
    tcase_add_test(tcase, nonsense_instead_of_http);
    tcase_add_test(tcase, abort_between_two_tries);
    suite_add_tcase(suite, tcase);
    return suite;
}
