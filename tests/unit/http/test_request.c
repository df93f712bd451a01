/* What endpoints are given and can say beside a body: headers and queries. */
#include <stdio.h>
#include <string.h>

#include "http/request.h"
#include "suites.h"
#include "support/tiny_host.h"

static struct tiny_host host;

static void put(struct http_request *request, const char *name, const char *value)
{
    sbuf_printf(&request->answer, "%s=%s;", name, value != NULL ? value : "(none)");
}

/* GET /api/reading/… tells what it sees. */
static void tell(void *ctx, const char *reading_id, http_reading_fn done, void *done_ctx)
{
    (void)ctx;
    (void)done;
    struct http_request *request = http_ticket_redeem(done_ctx);
    put(request, "id", reading_id);
    put(request, "q", http_request_query(request, "q"));
    put(request, "empty", http_request_query(request, "empty"));
    put(request, "x-thing", http_request_header(request, "X-Thing"));
    put(request, "key", request->caller.key_name);
    http_answer_header(request, "X-Said", "first");
    http_answer_header(request, "x-said", "last");
    http_answer_header(request, "Cache-Control", "max-age=5");
    http_answer_header(request, "Retry-After", "77");
    request->content_type = "text/plain";
    http_answer(request, 503);
}

static void setup(void)
{
    tiny_host_start(&host);
    host.face.reading = tell;
    tiny_host_serve(&host);
}

static void teardown(void)
{
    tiny_host_stop(&host);
}

static const struct {
    const char *path, *headers, *body;
} rows[] = {
    {"/api/reading/a", "", "id=a;q=(none);empty=(none);x-thing=(none);key=-;"},
    {"/api/reading/a%2Db?q=c%26d+e&empty=", "x-THING: some thing\r\n",
     "id=a-b;q=c&d e;empty=;x-thing=some thing;key=-;"},
    {"/api/reading/a?q=1&q=2&empty", "X-Thing:\r\n", "id=a;q=1;empty=(none);x-thing=;key=-;"},
    {"/api/reading/a?q=c%00d", "", "id=a;q=c%00d;empty=(none);x-thing=(none);key=-;"},
    {"/api/reading/a?%71=decoded&%ff%", "", "id=a;q=decoded;empty=(none);x-thing=(none);key=-;"},
};

START_TEST(http_request_gives_headers_and_queries)
{
    const char *answer = tiny_host_ask(&host, "GET", rows[_i].path, NULL, rows[_i].headers);
    ck_assert_str_eq(tiny_host_body(answer), rows[_i].body);
}
END_TEST

START_TEST(http_answer_takes_headers_and_the_last_word)
{
    const char *answer = tiny_host_ask(&host, "GET", "/api/reading/a", NULL, "");
    ck_assert_ptr_nonnull(strstr(answer, "\r\nx-said: last\r\n"));
    ck_assert_ptr_null(strstr(answer, "first"));
    ck_assert_ptr_nonnull(strstr(answer, "\r\nCache-Control: max-age=5\r\n"));
    ck_assert_ptr_null(strstr(answer, "no-store"));
    ck_assert_ptr_nonnull(strstr(answer, "\r\nRetry-After: 77\r\n"));
    ck_assert_ptr_null(strstr(answer, "Retry-After: 5"));
}
END_TEST

Suite *suite_request(void)
{
    Suite *suite = suite_create("request");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, http_request_gives_headers_and_queries, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(tests, http_answer_takes_headers_and_the_last_word);
    suite_add_tcase(suite, tests);
    return suite;
}
