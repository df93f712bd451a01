/* The fields of a job's data: good ones are read, bad ones are named with the remedy. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/json.h"
#include "job/job.h"
#include "suites.h"

static struct queue_job queued;

static struct job *job_of(const char *data)
{
    queued = (struct queue_job){.job_key = "bull:q:1:2", .id = "1", .name = "n", .run = 1};
    struct job *job = job_create(NULL, &queued, 64 * 1024);
    struct err err;
    ck_assert_msg(json_parse(span_of(data), &job->data, &err), "%s", err.text);
    return job;
}

START_TEST(good_fields_are_read)
{
    struct job *job = job_of("{\"agentId\":\"business\",\"locale\":\"en\",\"timeoutMs\":1500,"
                             "\"readingId\":\"0b9c7a3e-5a53-4f0e-9d4a-0f6f7c1f2a11\","
                             "\"userId\":\"u\",\"returnContent\":false,\"regenerate\":true,"
                             "\"mine\":[1,2]}");
    struct err err;
    ck_assert_msg(job_read_fields(job, &err), "%s", err.text);
    ck_assert_str_eq(job->agent_id, "business");
    ck_assert_str_eq(job->locale_wanted, "en");
    ck_assert_int_eq(job->timeout_ms, 1500);
    ck_assert_int_eq(job->return_content, 0);
    ck_assert(job->is_regenerate);
    job_destroy(&job);
}
END_TEST

START_TEST(a_reading_id_has_one_form)
{
    struct job *job = job_of("{\"readingId\":\"0B9C7A3E-5A53-4F0E-9D4A-0F6F7C1F2A11\"}");
    struct err err;
    ck_assert(job_read_fields(job, &err));
    ck_assert_str_eq(job->reading_id, "0b9c7a3e-5a53-4f0e-9d4a-0f6f7c1f2a11");
    job_destroy(&job);
}
END_TEST

START_TEST(absent_and_null_fields_mean_not_given)
{
    struct job *job = job_of("{\"agentId\":null,\"timeoutMs\":null,\"returnContent\":null}");
    struct err err;
    ck_assert(job_read_fields(job, &err));
    ck_assert_ptr_null(job->agent_id);
    ck_assert_int_eq(job->timeout_ms, 0);
    ck_assert_int_eq(job->return_content, -1);
    job_destroy(&job);
}
END_TEST

static const struct {
    const char *data;
    const char *says; /* the error begins with */
} bad_rows[] = {
    {"{\"agentId\":5}", "agentId: must be a string"},
    {"{\"agentId\":\"\"}", "agentId: must have 1 to 256 bytes"},
    {"{\"readingId\":\"r1\"}", "readingId: must be a UUID"},
    {"{\"readingId\":\"0b9c7a3e-5a53-4f0e-9d4a-0f6f7c1f2a1g\"}", "readingId: must be a UUID"},
    {"{\"readingId\":{}}", "readingId: must be a string"},
    {"{\"userId\":[]}", "userId: must be a string"},
    {"{\"chartId\":1}", "chartId: must be a string"},
    {"{\"chart\":\"x\"}", "chart: must be an object"},
    {"{\"birthDate\":19900115}", "birthDate: must be a string \"YYYY-MM-DD\""},
    {"{\"birthTime\":14}", "birthTime: must be a string \"HH:MM\""},
    {"{\"birthPlace\":\"Berlin\"}", "birthPlace: must be an object"},
    {"{\"timezone\":2}", "timezone: must be an IANA zone name"},
    {"{\"locale\":true}", "locale: must be a string"},
    {"{\"callbackUrl\":0}", "callbackUrl: must be a URL"},
    {"{\"timeoutMs\":\"5s\"}", "timeoutMs: must be a whole number"},
    {"{\"timeoutMs\":0}", "timeoutMs: must be a whole number"},
    {"{\"timeoutMs\":-1}", "timeoutMs: must be a whole number"},
    {"{\"timeoutMs\":1.5}", "timeoutMs: must be a whole number"},
    {"{\"timeoutMs\":86400001}", "timeoutMs: must be a whole number"},
    {"{\"returnContent\":1}", "returnContent: must be true or false"},
    {"{\"regenerate\":\"yes\"}", "regenerate: must be true or false"},
    {"{\"idempotencyKey\":1}", "idempotencyKey: must be a string"},
};

START_TEST(a_bad_field_is_named)
{
    struct job *job = job_of(bad_rows[_i].data);
    struct err err;
    ck_assert(!job_read_fields(job, &err));
    ck_assert_int_eq(err.kind, ERR_INVALID);
    ck_assert_msg(strncmp(err.text, bad_rows[_i].says, strlen(bad_rows[_i].says)) == 0,
                  "expected '%s…', got '%s'", bad_rows[_i].says, err.text);
    job_destroy(&job);
}
END_TEST

START_TEST(the_longest_word_fits_and_one_more_byte_does_not)
{
    char data[400], word[258];
    memset(word, 'a', sizeof(word));
    word[256] = '\0';
    (void)snprintf(data, sizeof(data), "{\"userId\":\"%s\"}", word);
    struct job *job = job_of(data);
    struct err err;
    ck_assert(job_read_fields(job, &err));
    job_destroy(&job);
    word[256] = 'a';
    word[257] = '\0';
    (void)snprintf(data, sizeof(data), "{\"userId\":\"%s\"}", word);
    job = job_of(data);
    ck_assert(!job_read_fields(job, &err));
    job_destroy(&job);
}
END_TEST

Suite *fields_suite(void)
{
    Suite *suite = suite_create("fields");
    TCase *cases = tcase_create("fields");
    tcase_add_test(cases, good_fields_are_read);
    tcase_add_test(cases, a_reading_id_has_one_form);
    tcase_add_test(cases, absent_and_null_fields_mean_not_given);
    tcase_add_loop_test(cases, a_bad_field_is_named, 0, ARRAY_LEN(bad_rows));
    tcase_add_test(cases, the_longest_word_fits_and_one_more_byte_does_not);
    suite_add_tcase(suite, cases);
    return suite;
}
