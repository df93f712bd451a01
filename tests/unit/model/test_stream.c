/* Good answers in every shape, over real sockets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "suites.h"

static struct rig rig;

static void stream_setup(const struct http_step *answer)
{
    const struct http_step *answers[] = {answer};
    static const struct http_step *kept[1];
    kept[0] = answers[0];
    rig_init(&rig, kept, 1);
}

static void check_hello(const struct rig_call *call)
{
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_str_eq(call->text, "Hello, w\xc3\xb6rld");
    ck_assert_str_eq(call->deltas.data, "Hello, w\xc3\xb6rld");
    ck_assert_str_eq(call->finish, "stop");
    ck_assert_str_eq(call->result.reason, "");
}

START_TEST(good_answer_is_told_whole)
{
    stream_setup(answer_good);
    const struct rig_call *call = rig_ask(&rig);
    check_hello(call);
    ck_assert_str_eq(call->model, "m-1");
    ck_assert_str_eq(call->request_id, "req_1");
    ck_assert_int_eq(call->result.prompt_tokens, 11);
    ck_assert_int_eq(call->result.completion_tokens, 7);
    ck_assert_int_eq(call->result.total_tokens, 18);
    ck_assert_double_eq_tol(call->result.cost_usd, (11 * 2. + 7 * 10.) / 1e6, 1e-12);
    ck_assert_uint_eq(call->result.tries, 1);
    ck_assert_uint_eq(call->tokens, 2);
    ck_assert_int_ge(call->result.first_token_ms, 0);
    ck_assert_int_ge(call->result.duration_ms, call->result.first_token_ms);
    ck_assert_double_eq(rig_metric("agenthost_llm_requests_total{provider=\"openai\","
                                   "model=\"m-1\",code=\"ok\"}"),
                        1);
    ck_assert_double_eq(rig_metric("agenthost_llm_tokens_total{provider=\"openai\","
                                   "model=\"m-1\",kind=\"completion\"}"),
                        7);
    ck_assert_double_eq(rig_metric("agenthost_llm_in_flight{provider=\"openai\"}"), 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(request_is_what_the_api_wants)
{
    stream_setup(answer_good);
    rig.provider.organization = (char *)"org-1";
    rig.provider.project = (char *)"proj-1";
    rig_configure(&rig);
    const struct rig_call *call = rig_ask(&rig);
    char *request = http_script_request(rig.server, 0);
    const char *const wanted[] = {
        "POST /v1/chat/completions HTTP/1.1\r\n", "\r\nAuthorization: Bearer sk-secret-key\r\n",
        "\r\nContent-Type: application/json\r\n", "\r\nOpenAI-Organization: org-1\r\n",
        "\r\nOpenAI-Project: proj-1\r\n",         "\r\nUser-Agent: agenthost/",
        "\r\nAccept: text/event-stream\r\n",
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        ck_assert_msg(strstr(request, wanted[i]) != NULL, "%s misses %s", request, wanted[i]);
    }
    ck_assert_ptr_null(strcasestr(request, "expect:"));
    const char *body = strstr(request, "\r\n\r\n") + 4;
    ck_assert_str_eq(body, "{\"model\":\"m-1\",\"messages\":[{\"role\":\"system\",\"content\":"
                           "\"Be brief.\"},{\"role\":\"user\",\"content\":\"Say \\\"hello\\\"\\n"
                           "\xc3\xb6\"}],\"temperature\":0.7,\"max_completion_tokens\":100,"
                           "\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
    char hash[HASH_SHA256_HEX_BYTES];
    hash_sha256_hex(span_of(body), hash);
    ck_assert_str_eq(call->result.request_hash, hash);
    free(request);
    rig_fini(&rig);
}
END_TEST

START_TEST(every_byte_may_come_by_itself)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_BYTEWISE,
         .text = CONTENT("Hello, ") CONTENT("w\xc3\xb6rld") FINISH("stop") DONE},
        {.kind = HTTP_CHUNK_END},
        {.kind = HTTP_OVER},
    };
    stream_setup(answer);
    check_hello(rig_ask(&rig));
    rig_fini(&rig);
}
END_TEST

START_TEST(connection_is_used_again)
{
    stream_setup(answer_good);
    for (int i = 0; i < 5; i++) {
        check_hello(rig_ask(&rig));
    }
    ck_assert_uint_eq(http_script_connections(rig.server), 1);
    ck_assert_uint_eq(http_script_requests(rig.server), 5);
    ck_assert_double_eq(rig_metric("agenthost_llm_connections_total{provider=\"openai\"}"), 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(connection_closed_while_idle_is_made_anew)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_CHUNK, .text = CONTENT("Hello, w\xc3\xb6rld") FINISH("stop") DONE},
        {.kind = HTTP_CHUNK_END},
        {.kind = HTTP_CUT},
    };
    stream_setup(answer);
    for (unsigned i = 0; i < 3; i++) {
        const struct rig_call *call = rig_ask(&rig);
        check_hello(call);
        ck_assert_uint_eq(call->result.tries, 1);
        rig_run_ms(&rig, 10);
    }
    ck_assert_uint_eq(http_script_connections(rig.server), 3);
    rig_fini(&rig);
}
END_TEST

START_TEST(answer_without_usage_has_unknown_costs)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_CHUNK, .text = CONTENT("Hi") FINISH("stop") DONE},
        {.kind = HTTP_CHUNK_END},
        {.kind = HTTP_OVER},
    };
    stream_setup(answer);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_str_eq(call->text, "Hi");
    ck_assert_int_eq(call->result.prompt_tokens, -1);
    ck_assert_int_eq(call->result.total_tokens, -1);
    ck_assert(isnan(call->result.cost_usd));
    rig_fini(&rig);
}
END_TEST

START_TEST(practice_costs_nothing_known)
{
    stream_setup(answer_good);
    rig.provider.practice = true;
    rig_configure(&rig);
    const struct rig_call *call = rig_ask(&rig);
    check_hello(call);
    ck_assert(isnan(call->result.cost_usd));
    rig_fini(&rig);
}
END_TEST

START_TEST(length_is_truncated_with_its_text)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_CHUNK, .text = CONTENT("Half of") FINISH("length") USAGE DONE},
        {.kind = HTTP_CHUNK_END},
        {.kind = HTTP_OVER},
    };
    stream_setup(answer);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_TRUNCATED);
    ck_assert_str_eq(call->text, "Half of");
    ck_assert_str_eq(call->finish, "length");
    ck_assert_uint_eq(call->result.tries, 1);
    rig_fini(&rig);
}
END_TEST

/* What the server ended with, and what it means. */
static const struct finish_row {
    const char *name;
    const char *events;
    enum model_outcome outcome;
    const char *reason_has;
} finish_rows[] = {
    {"content filter", CONTENT("x") FINISH("content_filter") DONE, MODEL_REFUSED, "filter"},
    {"refusal",
     EVENT("{\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"I cannot\"}}]}") FINISH("stop")
         DONE,
     MODEL_REFUSED, "I cannot"},
    {"tool calls", FINISH("tool_calls") DONE, MODEL_BAD_RESPONSE, "tool_calls"},
    {"function call", FINISH("function_call") DONE, MODEL_BAD_RESPONSE, "function_call"},
    {"unknown finish", CONTENT("x") FINISH("because") DONE, MODEL_BAD_RESPONSE, "because"},
    {"content is a list", EVENT("{\"choices\":[{\"delta\":{\"content\":[1]}}]}"),
     MODEL_BAD_RESPONSE, "'content' is an array"},
    {"event is no JSON", EVENT("{\"choices\":[}"), MODEL_BAD_RESPONSE, "no chunk"},
    {"event is not UTF-8", CONTENT("\xff"), MODEL_BAD_RESPONSE, "no chunk"},
    {"event has a NUL", CONTENT("\\u0000"), MODEL_BAD_RESPONSE, "no chunk"},
    {"finished before it goes wrong", CONTENT("x") FINISH("stop") EVENT("nonsense"), MODEL_OK, ""},
};

START_TEST(finish_decides)
{
    const struct finish_row *row = &finish_rows[_i];
    struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_CHUNK, .text = row->events},
        {.kind = HTTP_CHUNK_END},
        {.kind = HTTP_OVER},
    };
    stream_setup(answer);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_msg(call->result.outcome == row->outcome, "%s: %s, %s", row->name,
                  model_outcome_name(call->result.outcome), call->result.reason);
    ck_assert_msg(strstr(call->result.reason, row->reason_has) != NULL, "%s: %s", row->name,
                  call->result.reason);
    ck_assert_uint_eq(call->result.tries, 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(huge_answer_is_refused_and_closed)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_REPEAT,
         .text = CONTENT("0123456789012345678901234567890123456789"),
         .ms = 100000},
        {.kind = HTTP_HANG},
    };
    stream_setup(answer);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_BAD_RESPONSE);
    ck_assert_ptr_nonnull(strstr(call->result.reason, "65536 bytes"));
    ck_assert_uint_le(strlen(call->text), 65536);
    rig_wait_hangups(&rig, 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(end_mark_is_enough_when_the_server_dawdles)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_CHUNK, .text = CONTENT("Hi") FINISH("stop") USAGE DONE},
        {.kind = HTTP_HANG},
    };
    stream_setup(answer);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_str_eq(call->text, "Hi");
    ck_assert_int_eq(call->result.total_tokens, 18);
    ck_assert_int_lt(call->result.duration_ms, 1500);
    rig_wait_hangups(&rig, 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(cut_after_the_finish_reason_is_complete)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_CHUNK, .text = CONTENT("Hi") FINISH("stop")},
        {.kind = HTTP_CUT},
    };
    stream_setup(answer);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    ck_assert_uint_eq(call->result.tries, 1);
    ck_assert_int_eq(call->result.total_tokens, -1);
    rig_fini(&rig);
}
END_TEST

START_TEST(many_at_once_keep_to_the_limit)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_CHUNK, .text = CONTENT("Hello, ")},
        {.kind = HTTP_PAUSE, .ms = 10},
        {.kind = HTTP_CHUNK, .text = CONTENT("w\xc3\xb6rld") FINISH("stop") USAGE DONE},
        {.kind = HTTP_CHUNK_END},
        {.kind = HTTP_OVER},
    };
    stream_setup(answer);
    rig.provider.concurrency = 20;
    rig_configure(&rig);
    for (int i = 0; i < 200; i++) {
        (void)rig_start(&rig, &rig_request);
    }
    ck_assert_double_eq(rig_metric("agenthost_llm_waiting{provider=\"openai\"}"), 199);
    rig_wait_done(&rig, 200);
    for (int i = 0; i < 200; i++) {
        check_hello(&rig.calls[i]);
        ck_assert_uint_eq(rig.calls[i].done, 1);
    }
    ck_assert_uint_le(http_script_at_once_max(rig.server), 20);
    ck_assert_uint_gt(http_script_at_once_max(rig.server), 10);
    ck_assert_uint_le(http_script_connections(rig.server), 20);
    ck_assert_double_eq(rig_metric("agenthost_llm_waiting{provider=\"openai\"}"), 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(line_is_served_in_order)
{
    static const struct http_step answer[] = {
        {.kind = HTTP_SEND, .text = HEAD_STREAM},
        {.kind = HTTP_CHUNK, .text = CONTENT("x") FINISH("stop") DONE},
        {.kind = HTTP_CHUNK_END},
        {.kind = HTTP_OVER},
    };
    stream_setup(answer);
    rig.provider.concurrency = 1;
    rig_configure(&rig);
    struct model_request request = rig_request;
    char name[8];
    request.model = name;
    for (int i = 0; i < 10; i++) {
        (void)snprintf(name, sizeof(name), "m-%d", i);
        (void)rig_start(&rig, &request);
    }
    rig_wait_done(&rig, 10);
    for (unsigned i = 0; i < 10; i++) {
        char wanted[32];
        (void)snprintf(wanted, sizeof(wanted), "{\"model\":\"m-%u\"", i);
        char *sent = http_script_request(rig.server, i);
        ck_assert_ptr_nonnull(strstr(sent, wanted));
        free(sent);
    }
    rig_fini(&rig);
}
END_TEST

static const struct http_step answer_endless[] = {
    {.kind = HTTP_SEND, .text = HEAD_STREAM},
    {.kind = HTTP_CHUNK, .text = CONTENT("Hello, ")},
    {.kind = HTTP_HANG},
};

START_TEST(abort_closes_the_connection)
{
    stream_setup(answer_endless);
    struct rig_call *call = rig_start(&rig, &rig_request);
    rig_wait_requests(&rig, 1);
    rig_run_ms(&rig, 50);
    ck_assert_str_eq(call->deltas.data, "Hello, ");
    model_abort(&call->call);
    ck_assert_ptr_null(call->call);
    rig_wait_hangups(&rig, 1);
    ck_assert_uint_eq(call->done, 0);
    ck_assert_double_eq(rig_metric("agenthost_llm_in_flight{provider=\"openai\"}"), 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(abort_inside_a_delta)
{
    stream_setup(answer_endless);
    struct rig_call *call = rig_start(&rig, &rig_request);
    call->abort_at_tokens = 1;
    rig_wait_hangups(&rig, 1);
    ck_assert_uint_eq(call->done, 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(abort_inside_done)
{
    stream_setup(answer_good);
    struct rig_call *call = rig_start(&rig, &rig_request);
    call->abort_in_done = true;
    rig_wait_done(&rig, 1);
    rig_run_ms(&rig, 20);
    ck_assert_uint_eq(call->done, 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(abort_while_waiting_frees_the_place)
{
    stream_setup(answer_endless);
    rig.provider.concurrency = 1;
    rig_configure(&rig);
    struct rig_call *first = rig_start(&rig, &rig_request);
    struct rig_call *second = rig_start(&rig, &rig_request);
    struct rig_call *third = rig_start(&rig, &rig_request);
    rig_wait_requests(&rig, 1);
    model_abort(&second->call);
    model_abort(&first->call);
    rig_wait_requests(&rig, 2); /* the third one's */
    rig_run_ms(&rig, 50);
    ck_assert_str_eq(third->deltas.data, "Hello, ");
    ck_assert_uint_eq(rig.done, 0);
    rig_fini(&rig); /* with a call under way */
}
END_TEST

START_TEST(abort_at_once)
{
    stream_setup(answer_good);
    struct rig_call *call = rig_start(&rig, &rig_request);
    model_abort(&call->call);
    model_abort(&call->call);
    rig_run_ms(&rig, 30);
    ck_assert_uint_eq(call->done, 0);
    ck_assert_uint_eq(http_script_requests(rig.server), 0);
    rig_fini(&rig);
}
END_TEST

Suite *suite_stream(void)
{
    Suite *suite = suite_create("stream");
    TCase *tcase = tcase_create("answers");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, good_answer_is_told_whole);
    tcase_add_test(tcase, request_is_what_the_api_wants);
    tcase_add_test(tcase, every_byte_may_come_by_itself);
    tcase_add_test(tcase, connection_is_used_again);
    tcase_add_test(tcase, connection_closed_while_idle_is_made_anew);
    tcase_add_test(tcase, answer_without_usage_has_unknown_costs);
    tcase_add_test(tcase, practice_costs_nothing_known);
    tcase_add_test(tcase, length_is_truncated_with_its_text);
    tcase_add_loop_test(tcase, finish_decides, 0, sizeof(finish_rows) / sizeof(finish_rows[0]));
    tcase_add_test(tcase, huge_answer_is_refused_and_closed);
    tcase_add_test(tcase, end_mark_is_enough_when_the_server_dawdles);
    tcase_add_test(tcase, cut_after_the_finish_reason_is_complete);
    tcase_add_test(tcase, many_at_once_keep_to_the_limit);
    tcase_add_test(tcase, line_is_served_in_order);
    tcase_add_test(tcase, abort_closes_the_connection);
    tcase_add_test(tcase, abort_inside_a_delta);
    tcase_add_test(tcase, abort_inside_done);
    tcase_add_test(tcase, abort_while_waiting_frees_the_place);
    tcase_add_test(tcase, abort_at_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
