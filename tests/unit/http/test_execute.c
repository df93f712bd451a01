/* POST /api/orchestrator/execute and the chart routes: what reaches the host, and how its words are
 * answered. */
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "http/request.h"
#include "suites.h"
#include "support/tiny_host.h"

#define UUID "d8c78df3-981a-45cb-9c72-670a88847498"

static struct tiny_host host;
static struct execute_result said;
static char asked[600]; /* "caller=… key=… body=…" */

static void on_execute(void *ctx, const struct execute_request *request, execute_done_fn done,
                       void *done_ctx)
{
    (void)ctx;
    struct execute_result result = said;
    struct problems problems;
    (void)snprintf(asked, sizeof(asked), "caller=%s key=%s body=%.*s", request->caller,
                   request->idempotency_key != NULL ? request->idempotency_key : "-",
                   (int)request->body.len, request->body.data);
    problems_init(&problems);
    problems_add(&problems, "agentId", "there is no agent 'x'");
    result.problems = &problems;
    done(&result, done_ctx);
    problems_fini(&problems);
}

static void on_chart(void *ctx, const char *chart_id, http_reading_fn done, void *done_ctx)
{
    (void)ctx;
    (void)snprintf(asked, sizeof(asked), "%s", chart_id);
    if (said.err.kind != ERR_NONE) {
        done((struct span){0}, &said.err, done_ctx);
    } else {
        done(SPAN_LITERAL("{\"type\":\"Generator\"}"), NULL, done_ctx);
    }
}

static void setup(void)
{
    said = (struct execute_result){0};
    asked[0] = '\0';
    tiny_host_start(&host);
    host.face.execute = on_execute;
    host.face.chart = on_chart;
    tiny_host_serve(&host);
}

static void teardown(void)
{
    tiny_host_stop(&host);
}

static void expect(const char *answer, const char *status, const char *part)
{
    struct json_object *value = NULL;
    ck_assert_msg(strncmp(answer + 9, status, strlen(status)) == 0, "not %s: %.400s", status,
                  answer);
    ck_assert_msg(strstr(answer, part) != NULL, "no %s: %s", part, answer);
    ck_assert(json_parse(span_of(tiny_host_body(answer)), &value, NULL));
    json_object_put(value);
}

static const struct {
    struct execute_result said;
    const char *status, *part;
} rows[] = {
    {{.outcome = EXECUTE_ACCEPTED, .reading_id = UUID, .job_id = UUID "-1", .chart_id = UUID},
     "200",
     "{\"success\":true,\"readingId\":\"" UUID "\",\"jobId\":\"" UUID "-1\",\"chartId\":\"" UUID
     "\",\"status\":\"pending\",\"pollUrl\":\"/api/orchestrator/status/" UUID
     "\",\"eventsUrl\":\"/api/orchestrator/events/" UUID "?token="},
    {{.outcome = EXECUTE_ACCEPTED, .reading_id = UUID, .job_id = UUID "-1"},
     "200",
     "\"chartId\":null"},
    {{.outcome = EXECUTE_REPLAYED, .reading_id = UUID, .job_id = UUID "-1"},
     "200",
     "\r\nIdempotent-Replayed: true\r\n"},
    {{.outcome = EXECUTE_INVALID}, "400", "\"code\":\"VALIDATION_ERROR\",\"details\":{\"field\":"},
    {{.outcome = EXECUTE_UNKNOWN_AGENT},
     "404",
     "\"code\":\"UNKNOWN_AGENT\",\"details\":{\"field\":\"agentId\",\"remedy\":\"there is no"},
    {{.outcome = EXECUTE_MISMATCH}, "409", "\"code\":\"IDEMPOTENCY_MISMATCH\""},
    {{.outcome = EXECUTE_FAILED, .err = {ERR_AGAIN, "the store is down"}},
     "503",
     "\"error\":\"the store is down\",\"code\":\"UNAVAILABLE\""},
    {{.outcome = EXECUTE_FAILED, .err = {ERR_LIMIT, "busy"}}, "503", "\r\nRetry-After: "},
};

START_TEST(what_became_of_a_request_is_answered)
{
    said = rows[_i].said;
    expect(tiny_host_ask(&host, "POST", "/api/orchestrator/execute", "{\"a\":1}", ""),
           rows[_i].status, rows[_i].part);
    ck_assert_str_eq(asked, "caller=- key=- body={\"a\":1}");
}
END_TEST

START_TEST(the_idempotency_key_is_judged_and_handed_on)
{
    static char header[400], longest[257];
    said = rows[0].said;
    memset(longest, '~', 255);
    (void)snprintf(header, sizeof(header), "Idempotency-Key: %s\r\n", longest);
    expect(tiny_host_ask(&host, "POST", "/api/orchestrator/execute", "{}", header), "200", "{");
    ck_assert_ptr_nonnull(strstr(asked, longest));
    memset(longest, '~', 256);
    (void)snprintf(header, sizeof(header), "Idempotency-Key: %s\r\n", longest);
    const char *const bad[] = {header, "Idempotency-Key: a b\r\n",
                               "Idempotency-Key: caf\xc3\xa9\r\n", "Idempotency-Key:\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        asked[0] = '\0';
        expect(tiny_host_ask(&host, "POST", "/api/orchestrator/execute", "{}", bad[i]), "400",
               "\"details\":{\"field\":\"Idempotency-Key\"");
        ck_assert_str_eq(asked, "");
    }
}
END_TEST

START_TEST(a_chart_is_given_by_its_id)
{
    expect(tiny_host_ask(&host, "GET", "/api/chart/" UUID, NULL, ""), "200",
           "{\"success\":true,\"chartId\":\"" UUID "\",\"chart\":{\"type\":\"Generator\"},"
           "\"source\":\"given\",\"version\":\"\"}");
    expect(tiny_host_ask(&host, "GET", "/api/chart/D8C78DF3-981A-45CB-9C72-670A88847498", NULL, ""),
           "200", UUID);
    ck_assert_str_eq(asked, UUID);
    said.err = (struct err){ERR_NOT_FOUND, "none"};
    expect(tiny_host_ask(&host, "GET", "/api/chart/" UUID, NULL, ""), "404", "NOT_FOUND");
    expect(tiny_host_ask(&host, "GET", "/api/chart/7", NULL, ""), "400", "\"field\":\"chartId\"");
    expect(tiny_host_ask(&host, "POST", "/api/chart/composite", "{}", ""), "501",
           "NOT_IMPLEMENTED");
}
END_TEST

Suite *suite_execute(void)
{
    Suite *suite = suite_create("execute");
    TCase *tcase = tcase_create("execute");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, what_became_of_a_request_is_answered, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, the_idempotency_key_is_judged_and_handed_on);
    tcase_add_test(tcase, a_chart_is_given_by_its_id);
    suite_add_tcase(suite, tcase);
    return suite;
}
