/* Every route: what it answers when all is well, and when the host says no. */
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/metrics.h"
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

/* Checks the status, that the answer is strict JSON, and how its body begins. */
static void expect(const char *answer, const char *status, const char *body)
{
    ck_assert_msg(strncmp(answer, "HTTP/1.1 ", 9) == 0 &&
                      strncmp(answer + 9, status, strlen(status)) == 0,
                  "not %s: %.400s", status, answer);
    struct json_object *value = NULL;
    struct err err;
    ck_assert_msg(json_parse(span_of(tiny_host_body(answer)), &value, &err), "%s", err.text);
    json_object_put(value);
    ck_assert_msg(strncmp(tiny_host_body(answer), body, strlen(body)) == 0, "%s", answer);
}

START_TEST(http_health_and_readiness)
{
    expect(tiny_host_ask(&host, "GET", "/healthz", NULL, ""), "200", "{\"status\":\"ok\"}");
    expect(tiny_host_ask(&host, "GET", "/readyz", NULL, ""), "200", "{\"ready\":true");
    host.is_ready = false;
    const char *answer = tiny_host_ask(&host, "GET", "/readyz", NULL, "");
    expect(answer, "503", "{\"ready\":false,\"waitingFor\":\"the moon is down\\n\"}");
    ck_assert_ptr_nonnull(strstr(answer, "\r\nRetry-After: 5\r\n"));
    expect(tiny_host_ask(&host, "GET", "/healthz", NULL, ""), "200", "{\"status\":\"ok\"}");
}
END_TEST

START_TEST(http_health_is_told_as_the_earlier_system_did)
{
    static const char *const starts[] = {
        "{\"status\":\"ok\",\"service\":\"agenthost\",\"version\":\"" VERSION
        "\",\"timestamp\":\"2",
        "{\"status\":\"ok\",\"service\":\"orchestrator\",\"registry\":\"loaded\",\"agentCount\":4,"
        "\"timestamp\":\"2",
    };
    expect(tiny_host_ask(&host, "GET", "/health", NULL, ""), "200", starts[0]);
    expect(tiny_host_ask(&host, "GET", "/api/orchestrator/health", NULL, ""), "200", starts[1]);
    host.is_ready = false;
    expect(tiny_host_ask(&host, "GET", "/health", NULL, ""), "200", "{\"status\":\"degraded\",");
    expect(tiny_host_ask(&host, "GET", "/api/orchestrator/health", NULL, ""), "200",
           "{\"status\":\"degraded\",\"service\":\"orchestrator\",\"registry\":\"loading\",");
}
END_TEST

START_TEST(http_metrics_are_in_prometheus_text)
{
    metrics_inc(metrics_counter("things_total", "Things.", NULL));
    const char *answer = tiny_host_ask(&host, "GET", "/metrics", NULL, "");
    ck_assert_ptr_nonnull(
        strstr(answer, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    ck_assert_str_eq(tiny_host_body(answer),
                     "# HELP things_total Things.\n# TYPE things_total counter\nthings_total 1\n");
    metrics_reset();
}
END_TEST

START_TEST(http_status_agents_and_configuration)
{
    const char *answer = tiny_host_ask(&host, "GET", "/api/status", NULL, "");
    expect(answer, "200", "{\"version\":\"9.9\"");
    ck_assert_ptr_nonnull(strstr(answer, "\r\nCache-Control: no-store\r\n"));
    ck_assert_ptr_nonnull(strstr(answer, "\r\nContent-Type: application/json\r\n"));
    expect(tiny_host_ask(&host, "GET", "/api/agents", NULL, ""), "200",
           "{\"success\":true,\"agents\":[{\"id\":\"crisis\"");
    expect(tiny_host_ask(&host, "GET", "/api/orchestrator/agents", NULL, ""), "200",
           "{\"success\":true,\"agents\":[{\"id\":\"crisis\"}]");
    answer = tiny_host_ask(&host, "GET", "/api/config", NULL, "");
    ck_assert_ptr_nonnull(strstr(answer, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    ck_assert_str_eq(tiny_host_body(answer), "[redis]\n# password = (set, hidden)\n");
}
END_TEST

START_TEST(http_reload_answers_at_its_end)
{
    expect(tiny_host_ask(&host, "POST", "/api/reload", "{}", ""), "200",
           "{\"bundles\":[{\"id\":\"crisis\",\"result\":\"loaded\"");
    host.is_late = true;
    expect(tiny_host_ask(&host, "POST", "/api/reload", NULL, "Content-Length: 0\r\n"), "200",
           "{\"bundles\":");
    host.is_reload_refused = true;
    expect(tiny_host_ask(&host, "POST", "/api/reload", "{}", ""), "409",
           "{\"bundles\":[{\"id\":\"crisis\",\"result\":\"refused\"");
    ck_assert_uint_eq(host.reloads, 3);
}
END_TEST

START_TEST(http_drain_is_accepted)
{
    expect(tiny_host_ask(&host, "POST", "/api/drain", "{}", ""), "202", "{\"success\":true");
    ck_assert_uint_eq(host.drains, 1);
}
END_TEST

START_TEST(http_reading_is_handed_through)
{
    expect(tiny_host_ask(&host, "GET", "/api/reading/r-1_2.a", NULL, ""), "200",
           "{\"success\":true,\"reading\":{\"id\":\"r1\"");
    ck_assert_str_eq(host.reading_id, "r-1_2.a");
    host.is_late = true;
    expect(tiny_host_ask(&host, "GET", "/api/reading/r2", NULL, ""), "200", "{\"success\":true");
    ck_assert_str_eq(host.reading_id, "r2");
}
END_TEST

START_TEST(http_reading_ids_are_checked)
{
    expect(tiny_host_ask(&host, "GET", "/api/reading/a%27b", NULL, ""), "400",
           "{\"success\":false,\"error\":\"readingId: ");
    expect(tiny_host_ask(&host, "GET", "/api/reading/", NULL, ""), "404", "{\"success\":false");
    expect(tiny_host_ask(&host, "GET", "/api/reading/a/b", NULL, ""), "404", "{\"success\":false");
    char path[256] = "/api/reading/";
    memset(path + strlen(path), 'a', 200);
    expect(tiny_host_ask(&host, "GET", path, NULL, ""), "404", "{\"success\":false");
    ck_assert_uint_eq(host.readings, 0);
}
END_TEST

static const struct {
    enum err_kind kind;
    const char *status, *code;
} error_rows[] = {
    {ERR_INVALID, "400", "VALIDATION_ERROR"},
    {ERR_NOT_FOUND, "404", "NOT_FOUND"},
    {ERR_DENIED, "403", "DENIED"},
    {ERR_AGAIN, "503", "UNAVAILABLE"},
    {ERR_TIMEOUT, "503", "UNAVAILABLE"},
    {ERR_LIMIT, "503", "BUSY"},
    {ERR_PROTOCOL, "502", "PROTOCOL"},
    {ERR_INTERNAL, "500", "INTERNAL"},
};

START_TEST(http_errors_of_the_host_become_statuses)
{
    char code[64];
    (void)err_set(&host.fails, error_rows[_i].kind, "the \"reason\"");
    (void)snprintf(code, sizeof(code), ",\"code\":\"%s\"}", error_rows[_i].code);
    for (int late = 0; late < 2; late++) {
        host.is_late = late == 1;
        const char *answer = tiny_host_ask(&host, "GET", "/api/reading/a", NULL, "");
        expect(answer, error_rows[_i].status,
               "{\"success\":false,\"error\":\"the \\\"reason\\\"\",");
        ck_assert_ptr_nonnull(strstr(answer, code));
        answer = tiny_host_ask(&host, "POST", "/api/enqueue", "{\"agent\":\"crisis\"}", "");
        expect(answer, error_rows[_i].status, "{\"success\":false");
    }
}
END_TEST

START_TEST(http_queues_are_paused_and_resumed_by_name)
{
    static const char *const words[] = {"pause", "resume"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        char path[32], told[32];
        (void)snprintf(path, sizeof(path), "/api/queue/%s", words[i]);
        (void)snprintf(told, sizeof(told), "%s readings", words[i]);
        expect(tiny_host_ask(&host, "POST", path, "{\"queue\":\"readings\"}", ""), "200",
               "{\"success\":true}");
        ck_assert_str_eq(host.paused, told);
        expect(tiny_host_ask(&host, "POST", path, "{}", ""), "400",
               "{\"success\":false,\"error\":\"queue: the name");
    }
}
END_TEST

START_TEST(http_store_adopt_names_its_queue)
{
    expect(tiny_host_ask(&host, "POST", "/api/store/adopt", "{\"queue\":\"readings\"}", ""), "200",
           "{\"success\":true}");
    ck_assert_str_eq(host.adopted, "readings");
    static const char *const bodies[] = {"{}",          "[]", "{\"queue\":7}",
                                         "{\"queue\":", "",   "{\"queue\":\"a\",\"force\":true}"};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        const char *answer = tiny_host_ask(&host, "POST", "/api/store/adopt", bodies[i], "");
        expect(answer, "400", "{\"success\":false,\"error\":\"queue: the name");
        ck_assert_ptr_nonnull(strstr(answer, "\"field\":\"queue\""));
    }
    (void)err_set(&host.fails, ERR_NOT_FOUND, "no such queue");
    expect(tiny_host_ask(&host, "POST", "/api/store/adopt", "{\"queue\":\"others\"}", ""), "404",
           "{\"success\":false,\"error\":\"no such queue\"");
}
END_TEST

START_TEST(http_unknown_routes_and_methods_are_refused)
{
    expect(tiny_host_ask(&host, "GET", "//", NULL, ""), "404",
           "{\"success\":false,\"error\":\"no such route: //\"");
    expect(tiny_host_ask(&host, "GET", "/api/statusx", NULL, ""), "404", "{\"success\":false");
    expect(tiny_host_ask(&host, "GET", "/api/status/", NULL, ""), "404", "{\"success\":false");
    const char *answer = tiny_host_ask(&host, "POST", "/api/status", "{}", "");
    expect(answer, "405", "{\"success\":false");
    ck_assert_ptr_nonnull(strstr(answer, "\r\nAllow: GET, HEAD\r\n"));
    answer = tiny_host_ask(&host, "GET", "/api/reload", NULL, "");
    expect(answer, "405", "{\"success\":false");
    ck_assert_ptr_nonnull(strstr(answer, "\r\nAllow: POST\r\n"));
    answer = tiny_host_ask(&host, "DELETE", "/api/reading/a", NULL, "");
    expect(answer, "405", "{\"success\":false");
    /* A chart may not be called as a route is. */
    answer = tiny_host_ask(&host, "GET", "/api/chart/composite", NULL, "");
    expect(answer, "405", "{\"success\":false");
    ck_assert_ptr_nonnull(strstr(answer, "\r\nAllow: POST\r\n"));
    ck_assert_uint_eq(host.reloads + host.readings, 0);
}
END_TEST

START_TEST(http_head_is_get_without_a_body)
{
    const char *answer = tiny_host_ask(&host, "HEAD", "/healthz", NULL, "");
    ck_assert_int_eq(strncmp(answer, "HTTP/1.1 200", 12), 0);
    ck_assert_ptr_nonnull(strstr(answer, "\r\nContent-Length: 15\r\n"));
    ck_assert_str_eq(tiny_host_body(answer), "");
}
END_TEST

Suite *suite_routes(void)
{
    Suite *suite = suite_create("routes");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, http_health_and_readiness);
    tcase_add_test(tests, http_health_is_told_as_the_earlier_system_did);
    tcase_add_test(tests, http_metrics_are_in_prometheus_text);
    tcase_add_test(tests, http_status_agents_and_configuration);
    tcase_add_test(tests, http_reload_answers_at_its_end);
    tcase_add_test(tests, http_drain_is_accepted);
    tcase_add_test(tests, http_reading_is_handed_through);
    tcase_add_test(tests, http_reading_ids_are_checked);
    tcase_add_loop_test(tests, http_errors_of_the_host_become_statuses, 0,
                        (int)ARRAY_LEN(error_rows));
    tcase_add_test(tests, http_queues_are_paused_and_resumed_by_name);
    tcase_add_test(tests, http_store_adopt_names_its_queue);
    tcase_add_test(tests, http_unknown_routes_and_methods_are_refused);
    tcase_add_test(tests, http_head_is_get_without_a_body);
    suite_add_tcase(suite, tests);
    return suite;
}
