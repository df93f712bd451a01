/* Providers: what is missing, the breaker on real refusals, new settings, the rendering. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "rig.h"
#include "suites.h"

static const struct http_step answer_401[] = {
    {.kind = HTTP_SEND,
     .text = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n"
             "Transfer-Encoding: chunked\r\n\r\n"},
    {.kind = HTTP_CHUNK,
     .text = "{\"error\":{\"message\":\"Incorrect API key provided: sk-s**-key\",\"type\":"
             "\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}"},
    {.kind = HTTP_CHUNK_END},
    {.kind = HTTP_OVER},
};
static const struct http_step answer_401_later[] = {
    {.kind = HTTP_PAUSE, .ms = 60},
    {.kind = HTTP_SEND, .text = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"},
    {.kind = HTTP_OVER},
};
static const struct http_step answer_hang[] = {{.kind = HTTP_HANG}};

static struct rig rig;

static void provider_setup(const struct http_step *first, const struct http_step *then)
{
    static const struct http_step *answers[2];
    answers[0] = first;
    answers[1] = then;
    rig_init(&rig, answers, 2);
}

START_TEST(missing_settings_are_named)
{
    struct model_result why;
    provider_setup(answer_good, answer_good);
    rig.provider.api_key = NULL;
    rig_configure(&rig);
    ck_assert(!model_is_available(rig.model, "openai", "m-1", &why));
    ck_assert_int_eq(why.outcome, MODEL_NOT_CONFIGURED);
    ck_assert_str_eq(why.reason, "provider 'openai' has no key: set OPENAI_API_KEY or api_key in "
                                 "[provider.openai]");
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_NOT_CONFIGURED);
    ck_assert_str_eq(call->result.reason, why.reason);
    rig.provider.needs_key = false;
    rig.provider.model = NULL;
    rig_configure(&rig);
    ck_assert(model_is_available(rig.model, "openai", "m-1", &why));
    ck_assert(!model_is_available(rig.model, "openai", NULL, &why));
    ck_assert_int_eq(why.outcome, MODEL_NOT_CONFIGURED);
    ck_assert_str_eq(why.reason, "no model is named for provider 'openai': set OPENAI_MODEL or "
                                 "model in [provider.openai]");
    ck_assert(!model_is_available(rig.model, "other", "m-1", &why));
    ck_assert_str_eq(why.reason, "provider 'other' is not configured: add [provider.other]");
    struct model_request request = rig_request;
    request.provider = "other";
    struct rig_call *other = rig_start(&rig, &request);
    rig_wait_done(&rig, 2);
    ck_assert_int_eq(other->result.outcome, MODEL_NOT_CONFIGURED);
    rig.options.providers_count = 0;
    rig_configure(&rig);
    ck_assert(!model_is_available(rig.model, "openai", "m-1", &why));
    ck_assert_int_eq(why.outcome, MODEL_NOT_CONFIGURED);
    ck_assert_uint_eq(http_script_requests(rig.server), 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(no_key_is_sent_where_none_is_needed)
{
    provider_setup(answer_good, answer_good);
    rig.provider.api_key = NULL;
    rig.provider.needs_key = false;
    rig_configure(&rig);
    ck_assert_int_eq(rig_ask(&rig)->result.outcome, MODEL_OK);
    char *request = http_script_request(rig.server, 0);
    ck_assert_ptr_null(strcasestr(request, "authorization"));
    free(request);
    rig_fini(&rig);
}
END_TEST

START_TEST(key_that_comes_later_is_told)
{
    provider_setup(answer_good, answer_good);
    rig.provider.api_key = NULL;
    rig_configure(&rig);
    unsigned before = rig.available;
    rig.provider.api_key = (char *)"sk-new";
    rig_configure(&rig);
    ck_assert_uint_eq(rig.available, before + 1);
    ck_assert_int_eq(rig_ask(&rig)->result.outcome, MODEL_OK);
    rig_configure(&rig); /* nothing had been blocked */
    ck_assert_uint_eq(rig.available, before + 1);
    rig_fini(&rig);
}
END_TEST

START_TEST(refused_key_opens_the_breaker)
{
    struct model_result why;
    provider_setup(answer_401, answer_good);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_PROVIDER_DOWN);
    ck_assert_uint_eq(call->result.tries, 1);
    ck_assert_str_eq(call->result.reason, "openai: HTTP 401: Incorrect API key provided: [key] "
                                          "(invalid_api_key)");
    ck_assert_int_gt(call->result.retry_after_ms, 29000);
    ck_assert_int_le(call->result.retry_after_ms, 30000);
    ck_assert(!model_is_available(rig.model, "openai", "m-1", &why));
    ck_assert_int_eq(why.outcome, MODEL_PROVIDER_DOWN);
    ck_assert_str_eq(why.reason, call->result.reason);
    call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_PROVIDER_DOWN);
    ck_assert_uint_eq(call->result.tries, 0);
    ck_assert_uint_eq(http_script_requests(rig.server), 1);
    rig.provider.api_key = (char *)"sk-other";
    rig_configure(&rig);
    ck_assert_uint_eq(rig.available, 1);
    ck_assert_int_eq(rig_ask(&rig)->result.outcome, MODEL_OK);
    rig_fini(&rig);
}
END_TEST

START_TEST(reload_lets_one_call_find_out)
{
    struct model_result why;
    provider_setup(answer_401, answer_good);
    (void)rig_ask(&rig);
    rig_configure(&rig); /* the same key: somebody may have paid */
    ck_assert_uint_eq(rig.available, 1);
    ck_assert(model_is_available(rig.model, "openai", "m-1", &why));
    struct rig_call *probe = rig_start(&rig, &rig_request);
    ck_assert(!model_is_available(rig.model, "openai", "m-1", &why));
    ck_assert_int_eq(why.outcome, MODEL_PROVIDER_DOWN);
    rig_wait_done(&rig, 2);
    ck_assert_int_eq(probe->result.outcome, MODEL_OK);
    ck_assert_uint_eq(rig.available, 2);
    ck_assert(model_is_available(rig.model, "openai", "m-1", &why));
    rig_fini(&rig);
}
END_TEST

START_TEST(failed_probe_doubles_the_wait)
{
    provider_setup(answer_401, answer_401);
    (void)rig_ask(&rig);
    rig_configure(&rig);
    const struct rig_call *probe = rig_ask(&rig);
    ck_assert_int_eq(probe->result.outcome, MODEL_PROVIDER_DOWN);
    ck_assert_int_gt(probe->result.retry_after_ms, 59000);
    ck_assert_int_le(probe->result.retry_after_ms, 60000);
    rig_fini(&rig);
}
END_TEST

START_TEST(aborted_probe_lets_the_next_one_try)
{
    struct model_result why;
    provider_setup(answer_401, answer_hang);
    (void)rig_ask(&rig);
    rig_configure(&rig);
    struct rig_call *probe = rig_start(&rig, &rig_request);
    rig_wait_requests(&rig, 2);
    ck_assert(!model_is_available(rig.model, "openai", "m-1", &why));
    model_abort(&probe->call);
    ck_assert(model_is_available(rig.model, "openai", "m-1", &why));
    rig_fini(&rig);
}
END_TEST

START_TEST(refusal_sends_the_line_home)
{
    provider_setup(answer_401_later, answer_good);
    rig.provider.concurrency = 1;
    rig_configure(&rig);
    for (int i = 0; i < 20; i++) {
        (void)rig_start(&rig, &rig_request);
    }
    rig_wait_done(&rig, 20);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(rig.calls[i].result.outcome, MODEL_PROVIDER_DOWN);
        ck_assert_uint_eq(rig.calls[i].result.tries, i == 0);
        ck_assert_int_gt(rig.calls[i].result.retry_after_ms, 29000);
    }
    ck_assert_uint_eq(http_script_requests(rig.server), 1);
    ck_assert_double_eq(rig_metric("agenthost_llm_waiting{provider=\"openai\"}"), 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(full_line_is_busy)
{
    provider_setup(answer_hang, answer_hang);
    struct model_request request = rig_request;
    struct model_result why;
    struct rig_call *first = rig_start(&rig, &request);
    static struct model_call *line[4096];
    static const struct model_handlers nobody = {.ctx = NULL};
    for (int i = 0; i < 4096; i++) {
        ck_assert(model_is_available(rig.model, "openai", "m-1", &why));
        line[i] = model_start(rig.model, &request, &nobody);
    }
    ck_assert(!model_is_available(rig.model, "openai", "m-1", &why));
    ck_assert_int_eq(why.outcome, MODEL_BUSY);
    ck_assert_int_gt(why.retry_after_ms, 0);
    struct rig_call *last = rig_start(&rig, &request);
    rig_wait_done(&rig, 1);
    ck_assert_int_eq(last->result.outcome, MODEL_BUSY);
    for (int i = 0; i < 4096; i++) {
        model_abort(&line[i]);
    }
    rig_wait_available(&rig, 1); /* who was turned away may come back */
    model_abort(&first->call);
    rig_fini(&rig);
}
END_TEST

START_TEST(call_keeps_the_settings_it_began_with)
{
    static const struct http_step answer_500_later[] = {
        {.kind = HTTP_PAUSE, .ms = 50},
        {.kind = HTTP_SEND, .text = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"},
        {.kind = HTTP_OVER},
    };
    provider_setup(answer_500_later, answer_good);
    struct rig_call *call = rig_start(&rig, &rig_request);
    rig_wait_requests(&rig, 1);
    rig.provider.api_key = (char *)"sk-other";
    rig_configure(&rig);
    rig_wait_done(&rig, 1);
    ck_assert_int_eq(call->result.outcome, MODEL_OK);
    char *request = http_script_request(rig.server, 1);
    ck_assert_ptr_nonnull(strstr(request, "Bearer sk-secret-key\r\n"));
    free(request);
    rig_fini(&rig);
}
END_TEST

START_TEST(new_key_does_not_wait_for_old_calls)
{
    static const struct http_step *answers[] = {answer_hang, answer_hang, answer_good};
    rig_init(&rig, answers, 3);
    struct rig_call *old[2] = {rig_start(&rig, &rig_request), rig_start(&rig, &rig_request)};
    rig_wait_requests(&rig, 2);
    rig.provider.api_key = (char *)"sk-other";
    rig_configure(&rig);
    ck_assert_int_eq(rig_ask(&rig)->result.outcome, MODEL_OK);
    model_abort(&old[0]->call);
    model_abort(&old[1]->call);
    rig_fini(&rig);
}
END_TEST

START_TEST(key_with_a_line_end_begins_no_other_header)
{
    provider_setup(answer_good, answer_good);
    rig.provider.api_key = (char *)"sk-key\r\nX-Evil: 1";
    rig_configure(&rig);
    ck_assert_int_eq(rig_ask(&rig)->result.outcome, MODEL_OK);
    char *request = http_script_request(rig.server, 0);
    ck_assert_ptr_nonnull(strstr(request, "\r\nAuthorization: Bearer sk-key\r\n"));
    ck_assert_ptr_null(strstr(request, "X-Evil"));
    free(request);
    rig.provider.api_key = (char *)"";
    rig_configure(&rig);
    ck_assert_int_eq(rig_ask(&rig)->result.outcome, MODEL_NOT_CONFIGURED);
    rig_fini(&rig);
}
END_TEST

START_TEST(refused_request_is_told_later)
{
    provider_setup(answer_good, answer_good);
    struct model_request request = rig_request;
    request.json_schema = SPAN_LITERAL("[]");
    struct rig_call *call = rig_start(&rig, &request);
    rig_wait_done(&rig, 1);
    ck_assert_int_eq(call->result.outcome, MODEL_BAD_REQUEST);
    ck_assert_ptr_nonnull(strstr(call->result.reason, "schema"));
    ck_assert_uint_eq(http_script_requests(rig.server), 0);
    rig_fini(&rig);
}
END_TEST

START_TEST(rendering_has_no_secrets)
{
    provider_setup(answer_401, answer_good);
    (void)rig_ask(&rig);
    struct sbuf out;
    struct json_object *list = NULL;
    struct err err;
    sbuf_init(&out, 1 << 16);
    rig.provider.base_url = (char *)"https://joe:pass@example.org/v1";
    rig.provider.api_key = (char *)"sk-other";
    rig_configure(&rig);
    model_render(rig.model, &out);
    ck_assert_msg(json_parse(sbuf_as_span(&out), &list, &err), "%s: %s", out.data, err.text);
    struct json_object *provider = json_object_array_get_idx(list, 0);
    struct span text;
    ck_assert(json_get_text(provider, "name", &text) && span_is(text, "openai"));
    ck_assert(json_get_text(provider, "baseUrl", &text));
    ck_assert(span_is(text, "https://example.org/v1"));
    ck_assert(json_get_text(provider, "breaker", &text) && span_is(text, "closed"));
    int64_t calls = 0;
    ck_assert(json_get_int(provider, "calls", &calls));
    ck_assert_int_eq(calls, 1);
    bool is_loaded = false;
    ck_assert(json_get_bool(provider, "keyLoaded", &is_loaded));
    ck_assert(is_loaded);
    ck_assert_ptr_null(strstr(out.data, "pass"));
    ck_assert_ptr_null(strstr(out.data, "sk-"));
    json_object_put(list);
    sbuf_fini(&out);
    rig_fini(&rig);
}
END_TEST

Suite *suite_provider(void)
{
    Suite *suite = suite_create("provider");
    TCase *tcase = tcase_create("providers");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, missing_settings_are_named);
    tcase_add_test(tcase, no_key_is_sent_where_none_is_needed);
    tcase_add_test(tcase, key_that_comes_later_is_told);
    tcase_add_test(tcase, refused_key_opens_the_breaker);
    tcase_add_test(tcase, reload_lets_one_call_find_out);
    tcase_add_test(tcase, failed_probe_doubles_the_wait);
    tcase_add_test(tcase, aborted_probe_lets_the_next_one_try);
    tcase_add_test(tcase, refusal_sends_the_line_home);
    tcase_add_test(tcase, full_line_is_busy);
    tcase_add_test(tcase, call_keeps_the_settings_it_began_with);
    tcase_add_test(tcase, new_key_does_not_wait_for_old_calls);
    tcase_add_test(tcase, key_with_a_line_end_begins_no_other_header);
    tcase_add_test(tcase, refused_request_is_told_later);
    tcase_add_test(tcase, rendering_has_no_secrets);
    suite_add_tcase(suite, tcase);
    return suite;
}
