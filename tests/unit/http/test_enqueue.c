/* POST /api/enqueue: what reaches the host, and every wrong field named. */
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "http/request.h"
#include "suites.h"
#include "support/tiny_host.h"

static struct tiny_host host;

static void setup(void)
{
    tiny_host_start(&host);
}

static void teardown(void)
{
    tiny_host_stop(&host);
}

static const struct {
    const char *body, *enqueued;
} good_rows[] = {
    {"{\"agent\":\"crisis\"}",
     "queue=- agent=crisis id=- priority=0 attempts=0 data={\"agentId\":\"crisis\"}"},
    {"{\"agent\":\"a-1\",\"data\":{\"x\":1.50,\"u\":\"https://a/\xc3\xa4\"},\"queue\":\"q.1\","
     "\"opts\":{\"jobId\":\"r1-1\",\"priority\":3,\"attempts\":5}}",
     "queue=q.1 agent=a-1 id=r1-1 priority=3 attempts=5 "
     "data={\"x\":1.50,\"u\":\"https://a/\xc3\xa4\",\"agentId\":\"a-1\"}"},
    {"{\"agent\":\"a\",\"data\":{\"agentId\":\"a\",\"b\":null},\"queue\":null,\"opts\":{}}",
     "queue=- agent=a id=- priority=0 attempts=0 data={\"agentId\":\"a\",\"b\":null}"},
};

START_TEST(http_enqueue_hands_the_job_to_the_host)
{
    for (int late = 0; late < 2; late++) {
        host.is_late = late == 1;
        const char *answer = tiny_host_ask(&host, "POST", "/api/enqueue", good_rows[_i].body, "");
        ck_assert_int_eq(strncmp(answer, "HTTP/1.1 202", 12), 0);
        ck_assert_str_eq(tiny_host_body(answer), "{\"success\":true,\"jobId\":\"job-1\"}");
        ck_assert_str_eq(host.enqueued.data, good_rows[_i].enqueued);
    }
}
END_TEST

static const struct {
    const char *body;
    const char *fields; /* all wrong ones, in order */
    const char *remedy; /* how the first one's begins */
} bad_rows[] = {
    {"{\"agent\":\"a\"", "body", "send one JSON object (1:13: the text ends too early)"},
    {"[1]", "body", "send one JSON object (found an array)"},
    {"null", "body", "send one JSON object (found null)"},
    {"{\"agent\":\"a\",\"agent\":\"b\"}", "body", "send one JSON object (1:14: the key 'agent'"},
    {"{}", "agent", "is missing; name the agent"},
    {"{\"agent\":7}", "agent", "must be a string"},
    {"{\"agent\":\"\"}", "agent", "must be a string"},
    {"{\"agent\":\"Crisis\"}", "agent", "must be an agent id"},
    {"{\"agent\":\"a\",\"data\":[]}", "data", "must be an object"},
    {"{\"agent\":\"a\",\"data\":{\"agentId\":\"b\"}}", "data.agentId", "leave it out"},
    {"{\"agent\":\"a\",\"opts\":3}", "opts", "must be an object {jobId"},
    {"{\"agent\":\"a\",\"opts\":{\"jobId\":\"17\"}}", "opts.jobId", "must not be a number"},
    {"{\"agent\":\"a\",\"opts\":{\"jobId\":\"a:b\"}}", "opts.jobId", "must not be a number"},
    {"{\"agent\":\"a\",\"opts\":{\"jobId\":5}}", "opts.jobId", "must be a string"},
    {"{\"agent\":\"a\",\"opts\":{\"priority\":2097152}}", "opts.priority",
     "must be a whole number from 0 to 2097151"},
    {"{\"agent\":\"a\",\"opts\":{\"attempts\":1.5}}", "opts.attempts", "must be a whole number"},
    {"{\"agent\":\"a\",\"opts\":{\"attempts\":-1}}", "opts.attempts", "must be a whole number"},
    {"{\"agent\":\"a\",\"opts\":{\"delay\":5}}", "opts.delay",
     "is not known; known are jobId, priority, attempts"},
    {"{\"agent\":\"a\",\"dat\":{}}", "dat", "is not known; known are agent, data, queue, opts"},
    {"{\"agent\":\"a\",\"\":{}}", "", "is not known"},
    {"{\"agent\":\"A\",\"queue\":1,\"opts\":{\"priority\":-1},\"data\":1}",
     "agent queue opts.priority data", "must be an agent id"},
};

START_TEST(http_enqueue_names_every_wrong_field)
{
    const char *answer = tiny_host_ask(&host, "POST", "/api/enqueue", bad_rows[_i].body, "");
    ck_assert_msg(strncmp(answer, "HTTP/1.1 400", 12) == 0, "%s", answer);
    struct json_object *body = NULL;
    struct err err;
    ck_assert_msg(json_parse(span_of(tiny_host_body(answer)), &body, &err), "%s", err.text);
    struct json_object *details = json_get(body, "details");
    struct json_object *fields = json_get(details, "fields");
    struct sbuf names;
    struct span text;
    sbuf_init(&names, 1000);
    for (size_t i = 0; i < json_object_array_length(fields); i++) {
        ck_assert(json_get_text(json_object_array_get_idx(fields, i), "field", &text));
        sbuf_puts(&names, i > 0 ? " " : "");
        sbuf_span(&names, text);
    }
    ck_assert_str_eq(names.data, bad_rows[_i].fields);
    ck_assert(json_get_text(details, "remedy", &text));
    ck_assert_msg(strncmp(text.data, bad_rows[_i].remedy, strlen(bad_rows[_i].remedy)) == 0, "%s",
                  text.data);
    ck_assert(json_get_text(body, "code", &text) && span_is(text, "VALIDATION_ERROR"));
    ck_assert_uint_eq(host.enqueues, 0);
    sbuf_fini(&names);
    json_object_put(body);
}
END_TEST

static void big_body(struct sbuf *body, size_t bytes)
{
    sbuf_puts(body, "{\"agent\":\"a\",\"data\":{\"text\":\"");
    while (body->len < bytes - 3) {
        sbuf_putc(body, 'x');
    }
    sbuf_puts(body, "\"}}");
}

START_TEST(http_enqueue_reads_long_bodies_off_the_loop)
{
    struct sbuf body;
    sbuf_init(&body, 4 << 20);
    big_body(&body, HTTP_BODY_BYTES_MAX);
    const char *answer = tiny_host_ask(&host, "POST", "/api/enqueue", body.data, "");
    ck_assert_msg(strncmp(answer, "HTTP/1.1 202", 12) == 0, "%.200s", answer);
    ck_assert_uint_gt(host.enqueued.len, HTTP_BODY_BYTES_MAX);
    body.data[body.len - 1] = ' '; /* no end */
    answer = tiny_host_ask(&host, "POST", "/api/enqueue", body.data, "");
    ck_assert_msg(strncmp(answer, "HTTP/1.1 400", 12) == 0, "%.200s", answer);
    ck_assert_ptr_nonnull(strstr(answer, "\"field\":\"body\""));
    ck_assert_uint_eq(host.enqueues, 1);
    sbuf_fini(&body);
}
END_TEST

START_TEST(http_enqueue_refuses_bodies_over_the_maximum)
{
    struct sbuf body, request;
    char address[128];
    sbuf_init(&body, 4 << 20);
    sbuf_init(&request, 4 << 20);
    big_body(&body, HTTP_BODY_BYTES_MAX + 1);
    const char *answer = tiny_host_ask(&host, "POST", "/api/enqueue", body.data, "");
    ck_assert_msg(strncmp(answer, "HTTP/1.1 413", 12) == 0, "%.200s", answer);
    /* Chunked: the length shows only at the end. */
    sbuf_printf(&request,
                "POST /api/enqueue HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
                "application/json\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n0\r\n\r\n",
                body.len, body.data);
    (void)snprintf(address, sizeof(address), "unix:%s", host.socket_path);
    answer = tiny_host_exchange(&host, address, request.data, request.len);
    ck_assert_msg(strncmp(answer, "HTTP/1.1 413", 12) == 0, "%.200s", answer);
    ck_assert_uint_eq(host.enqueues, 0);
    sbuf_fini(&body);
    sbuf_fini(&request);
}
END_TEST

START_TEST(http_enqueue_takes_a_chunked_body)
{
    static const char request[] =
        "POST /api/enqueue HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
        "application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
        "9\r\n{\"agent\":\r\n4\r\n\"a\"}\r\n0\r\n\r\n";
    char address[128];
    (void)snprintf(address, sizeof(address), "unix:%s", host.socket_path);
    const char *answer = tiny_host_exchange(&host, address, request, sizeof(request) - 1);
    ck_assert_msg(strncmp(answer, "HTTP/1.1 202", 12) == 0, "%.200s", answer);
    ck_assert_uint_eq(host.enqueues, 1);
}
END_TEST

Suite *suite_enqueue(void)
{
    Suite *suite = suite_create("enqueue");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, http_enqueue_hands_the_job_to_the_host, 0,
                        (int)ARRAY_LEN(good_rows));
    tcase_add_loop_test(tests, http_enqueue_names_every_wrong_field, 0, (int)ARRAY_LEN(bad_rows));
    tcase_add_test(tests, http_enqueue_reads_long_bodies_off_the_loop);
    tcase_add_test(tests, http_enqueue_refuses_bodies_over_the_maximum);
    tcase_add_test(tests, http_enqueue_takes_a_chunked_body);
    suite_add_tcase(suite, tests);
    return suite;
}
