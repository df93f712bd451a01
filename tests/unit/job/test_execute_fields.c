/* The body of a request for a reading: every wrong field is named, with what to send instead. */
#include <stdio.h>
#include <string.h>

#include "agent/manifest.h"
#include "core/json.h"
#include "core/problems.h"
#include "job/execute_fields.h"
#include "suites.h"

#define HEAD                                                                                       \
    "{\"manifest\":1,\"id\":\"a\",\"version\":\"1\",\"name\":{\"de\":\"A\"},"                      \
    "\"languages\":[\"de\",\"en\"],\"chart\":"
#define INPUTS                                                                                     \
    ",\"inputs\":{\"type\":\"object\",\"required\":[\"context\"],\"properties\":{"                 \
    "\"context\":{\"type\":\"string\"},\"partnerChartId\":{\"type\":\"string\"}}}}"
#define UUID "d8c78df3-981a-45cb-9c72-670a88847498"
#define BIRTH                                                                                      \
    "\"birthDate\":\"1990-01-15\",\"birthTime\":\"14:30\","                                        \
    "\"birthPlace\":{\"name\":\"Berlin\",\"latitude\":52.52,\"longitude\":13.405,"                 \
    "\"timezone\":\"Europe/Berlin\"}"
#define BASE "\"agentId\":\"a\",\"context\":\"x\","

enum wanted { REQUIRED, OPTIONAL, NONE, BARE };

static const char *const manifests[] = {
    [REQUIRED] = HEAD "\"required\"" INPUTS,
    [OPTIONAL] = HEAD "\"optional\"" INPUTS,
    [NONE] = HEAD "\"none\"" INPUTS,
    [BARE] = HEAD "\"required\"}",
};

static const struct {
    enum wanted wanted;
    const char *body;
    const char *field;  /* of the first problem; NULL: all is well */
    const char *remedy; /* how it begins */
    unsigned count;
} rows[] = {
    {REQUIRED, "{" BASE BIRTH "}", NULL, NULL, 0},
    {REQUIRED,
     "{" BASE BIRTH ",\"userId\":\"" UUID "\",\"readingId\":\"" UUID "\","
     "\"clientName\":\"Ada\",\"locale\":\"de-AT\",\"partnerChartId\":\"x\"}",
     NULL, NULL, 0},
    {REQUIRED, "{" BASE "\"chartId\":\"" UUID "\"}", NULL, NULL, 0},
    {REQUIRED, "{" BASE "\"chart\":{}}", NULL, NULL, 0}, /* looked into later */
    {REQUIRED, "{" BASE BIRTH ",\"clientName\":null,\"callbackUrl\":null,\"fold\":null}", NULL,
     NULL, 0},
    {OPTIONAL, "{" BASE "\"locale\":\"en\"}", NULL, NULL, 0},
    {NONE, "{" BASE "\"birthDate\":\"1990-13-15\"}", NULL, NULL, 0}, /* the agent's to judge */
    {BARE, "{\"agentId\":\"a\",\"anything\":1," BIRTH "}", NULL, NULL, 0},

    {REQUIRED, "{" BASE "\"locale\":\"de\"}", "birthDate",
     "is missing, and agent 'a' needs a chart; send birthDate, birthTime", 1},
    {REQUIRED, "{" BASE "\"birthTime\":\"14:30\"}", "birthDate", "missing; send the date", 1},
    {OPTIONAL, "{" BASE "\"birthTime\":\"14:30\"}", "birthDate", "missing; send the date", 1},
    {OPTIONAL, "{" BASE "\"timezone\":1}", "timezone", "must be a text (found a number)", 1},
    {NONE, "{" BASE "\"birthDate\":19900115}", "birthDate", "must be a text (found a number)", 1},
    {REQUIRED, "{" BASE BIRTH ",\"chart\":[]}", "chart", "must be an object (found an array)", 1},
    {REQUIRED, "{" BASE "\"chart\":{},\"chartId\":\"" UUID "\"}", "chartId", "came with a chart",
     1},
    {REQUIRED, "{" BASE "\"chartId\":\"7\"}", "chartId", "must be a UUID like", 1},
    {REQUIRED, "{" BASE BIRTH ",\"userId\":\"ada\"}", "userId", "must be a UUID like", 1},
    {REQUIRED, "{" BASE BIRTH ",\"userId\":7}", "userId", "must be a UUID like", 1},
    {REQUIRED, "{" BASE BIRTH ",\"readingId\":\"1\"}", "readingId", "must be a UUID like", 1},
    {REQUIRED, "{" BASE BIRTH ",\"clientName\":\"\"}", "clientName",
     "must have 1 to 256 bytes (found 0)", 1},
    {REQUIRED, "{" BASE BIRTH ",\"locale\":\"fr\"}", "locale",
     "'fr' is no language of agent 'a', which has [\"de\",\"en\"]", 1},
    {REQUIRED, "{" BASE BIRTH ",\"fold\":2}", "fold", "must be 0 or 1 (found 2)", 1},
    {REQUIRED, "{" BASE BIRTH ",\"birthdate\":\"1990-01-15\"}", "birthdate",
     "is not known; perhaps 'birthDate'", 1},
    {REQUIRED, "{" BASE BIRTH ",\"partnerChart\":\"x\"}", "partnerChart",
     "is not known; perhaps 'partnerChartId'", 1},
    {REQUIRED, "{" BASE BIRTH ",\"colour\":\"red\"}", "colour", "is not known; leave it out", 1},
    /* more are not looked at: names near to each would have to be searched */
    {REQUIRED,
     "{" BASE BIRTH
     ",\"q00\":1,\"q01\":1,\"q02\":1,\"q03\":1,\"q04\":1,\"q05\":1,\"q06\":1,\"q07\":1,\"q08\":1,"
     "\"q09\":1,\"q10\":1,\"q11\":1,\"q12\":1,\"q13\":1,\"q14\":1,\"q15\":1,\"q16\":1,\"q17\":1}",
     "q00", "is not known; leave it out", PROBLEMS_MAX},
    {REQUIRED, "{" BASE BIRTH ",\"callbackUrl\":\"https://x\"}", "callbackUrl",
     "is not taken by this version", 1},
    {REQUIRED, "{" BASE BIRTH ",\"idempotencyKey\":\"k\"}", "idempotencyKey",
     "belongs into the header Idempotency-Key", 1},
    {REQUIRED, "{" BASE BIRTH ",\"regenerate\":true}", "regenerate",
     "is asked for with POST /api/orchestrator/regenerate/", 1},
    {BARE, "{\"agentId\":\"a\",\"callbackUrl\":\"x\"," BIRTH "}", "callbackUrl",
     "is not taken by this version", 1},
    {REQUIRED, "{" BASE "\"chartId\":\"" UUID "\",\"birthPlace\":\"Berlin\"}", "birthPlace",
     "must be {name, latitude, longitude, timezone} (found a string)", 1},
    {REQUIRED, "{" BASE "\"chartId\":\"" UUID "\",\"birthPlace\":{\"name\":1}}", "birthPlace.name",
     "must be a text (found a number)", 1},
    {REQUIRED, "{" BASE "\"chartId\":\"" UUID "\",\"birthPlace\":{\"lattitude\":1}}",
     "birthPlace.lattitude", "is not known; perhaps 'latitude'", 1},
    {REQUIRED, "{\"agentId\":\"a\"," BIRTH "}", "context", "is missing; send a text", 1},
    {REQUIRED, "{\"agentId\":\"a\",\"context\":1,\"birthDate\":\"x\",\"userId\":1,\"a\":1}",
     "userId", "must be a UUID like", 4},
};

START_TEST(every_wrong_field_is_named)
{
    struct manifest *manifest = NULL;
    struct json_object *body = NULL;
    struct problems problems;
    struct err err = {0};
    bool is_read =
        manifest_parse("m.json", "a", span_of(manifests[rows[_i].wanted]), &manifest, &err) &&
        json_parse(span_of(rows[_i].body), &body, &err);
    ck_assert_msg(is_read, "%s", err.text);
    problems_init(&problems);
    execute_check_fields(body, manifest, &problems);
    ck_assert_msg(problems.count == rows[_i].count, "%s: %u problems, %s: %s", rows[_i].body,
                  problems.count, problems.field, problems.remedy);
    if (rows[_i].field != NULL) {
        ck_assert_str_eq(problems.field, rows[_i].field);
        ck_assert_msg(strncmp(problems.remedy, rows[_i].remedy, strlen(rows[_i].remedy)) == 0,
                      "%s: %s", problems.field, problems.remedy);
    }
    problems_fini(&problems);
    json_object_put(body);
    manifest_destroy(&manifest);
}
END_TEST

static const struct {
    const char *body;
    const char *field; /* NULL: all is well */
} births[] = {
    {"{" BIRTH "}", NULL},
    {"{" BIRTH ",\"userId\":\"" UUID "\",\"fold\":null}", NULL},
    {"{}", "birthDate"},
    {"{" BIRTH ",\"userId\":\"x\"}", "userId"},
    {"{" BIRTH ",\"agentId\":\"a\"}", "agentId"},
    {"{" BIRTH ",\"chart\":{}}", "chart"},
    {"{" BIRTH ",\"timezone\":\"Europe/Paris\"}", "birthPlace.timezone"},
};

START_TEST(a_request_for_a_chart_has_a_birth_and_nothing_else)
{
    struct json_object *body = NULL;
    struct problems problems;
    ck_assert(json_parse(span_of(births[_i].body), &body, NULL));
    problems_init(&problems);
    execute_check_birth(body, &problems);
    ck_assert_uint_eq(problems.count, births[_i].field != NULL);
    ck_assert_str_eq(problems.field, births[_i].field != NULL ? births[_i].field : "");
    problems_fini(&problems);
    json_object_put(body);
}
END_TEST

Suite *execute_fields_suite(void)
{
    Suite *suite = suite_create("execute fields");
    TCase *tcase = tcase_create("fields");
    tcase_add_loop_test(tcase, every_wrong_field_is_named, 0, ARRAY_LEN(rows));
    tcase_add_loop_test(tcase, a_request_for_a_chart_has_a_birth_and_nothing_else, 0,
                        ARRAY_LEN(births));
    suite_add_tcase(suite, tcase);
    return suite;
}
