/* The records of a run in the log: which there are, and how their texts are cut into lines. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "core/json.h"
#include "core/log.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "job/job.h"
#include "job/pipeline.h"
#include "job/transcript.h"
#include "suites.h"

#define LINES_MAX 16
#define LINE_BYTES_MAX 8191 /* what the log keeps of a message */

void __real_log_line(enum log_level level, const char *module, const struct log_job *job,
                     const char *fmt, ...) ATTR_PRINTF(4, 5);
void __wrap_log_line(enum log_level level, const char *module, const struct log_job *job,
                     const char *fmt, ...) ATTR_PRINTF(4, 5);
const char *__wrap_queue_name(const struct queue *queue);

static struct json_object *lines[LINES_MAX]; /* as the transcript wrote them */
static size_t lines_count, longest;

void __wrap_log_line(enum log_level level, const char *module, const struct log_job *job,
                     const char *fmt, ...)
{
    static char text[64 * 1024];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (strcmp(module, "transcript") != 0) {
        __real_log_line(level, module, job, "%s", text);
        return;
    }
    struct err err;
    ck_assert_uint_lt(lines_count, LINES_MAX);
    ck_assert_str_eq(job->job_key, "bull:readings:1:2");
    ck_assert_msg(json_parse(span_of(text), &lines[lines_count], &err), "%s", err.text);
    lines_count++;
    longest = (size_t)len > longest ? (size_t)len : longest;
}

const char *__wrap_queue_name(const struct queue *queue)
{
    (void)queue;
    return "readings";
}

static struct options options;
static struct pipeline pipeline = {.options = &options};
static struct queue_job queued = {.job_key = "bull:readings:1:2", .id = "1", .name = "n", .run = 1};
static struct job *job;
static struct model_message messages[3];

static void setup(void)
{
    log_configure(LOG_FORMAT_JSON, LOG_DEBUG);
    options = (struct options){.log.texts = true};
    job = job_create(&pipeline, &queued, 64 * 1024);
    job->agent_id = "business";
    job->prompt.has_max_tokens = true;
    job->prompt.max_tokens = 700;
    job->messages = messages;
    job->messages_count = 2;
    messages[0] = (struct model_message){"system", SPAN_LITERAL("write")};
    messages[1] = (struct model_message){"user", SPAN_LITERAL("about me")};
    messages[2] = (struct model_message){"user", SPAN_LITERAL("better")};
    lines_count = longest = 0;
}

static void teardown(void)
{
    for (size_t i = 0; i < lines_count; i++) {
        json_object_put(lines[i]);
    }
    job->messages = NULL;
    job_destroy(&job);
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
}

static void expect(size_t line, const char *json)
{
    ck_assert_uint_lt(line, lines_count);
    ck_assert_str_eq(json_object_to_json_string_ext(lines[line], JSON_C_TO_STRING_PLAIN), json);
}

START_TEST(nothing_is_written_without_being_asked_for)
{
    struct agent_reply reply = {0};
    struct model_result result = {.model = "m"};
    for (int i = 0; i < 2; i++) {
        options.log.texts = i == 1;
        log_configure(LOG_FORMAT_JSON, i == 1 ? LOG_INFO : LOG_DEBUG);
        transcript_prompt(job);
        transcript_answer(job, &result);
        transcript_finding(job, "post_process", "accepted", &reply, SPAN_LITERAL("text"));
        transcript_end(job, QUEUE_COMPLETED);
    }
    ck_assert_uint_eq(lines_count, 0);
}
END_TEST

START_TEST(the_messages_of_a_call_are_written_and_of_a_correction_only_the_new_one)
{
    transcript_prompt(job);
    ck_assert_uint_eq(lines_count, 2);
    expect(0, "{\"what\":\"prompt\",\"pass\":1,\"round\":1,\"try\":1,\"maxTokens\":700,\"role\":"
              "\"system\",\"at\":0,\"of\":5,\"text\":\"write\"}");
    expect(1, "{\"what\":\"prompt\",\"pass\":1,\"round\":1,\"try\":1,\"maxTokens\":700,\"role\":"
              "\"user\",\"at\":0,\"of\":8,\"text\":\"about me\"}");
    job->round = 1;
    job->try_ = 1;
    job->messages_count = 3;
    transcript_prompt(job);
    ck_assert_uint_eq(lines_count, 3);
    expect(2, "{\"what\":\"prompt\",\"pass\":1,\"round\":2,\"try\":2,\"maxTokens\":1400,\"role\":"
              "\"user\",\"at\":0,\"of\":6,\"text\":\"better\"}");
}
END_TEST

START_TEST(an_answer_says_who_gave_it_and_what_it_took)
{
    struct model_result result = {.model = "m",
                                  .finish_reason = NULL,
                                  .text = SPAN_LITERAL("a \"reading\""),
                                  .prompt_tokens = 3,
                                  .completion_tokens = 5,
                                  .duration_ms = 8};
    transcript_answer(job, &result);
    expect(0, "{\"what\":\"answer\",\"pass\":1,\"round\":1,\"model\":\"m\",\"finish\":\"\","
              "\"reason\":\"\",\"promptTokens\":3,\"completionTokens\":5,\"ms\":8,\"at\":0,"
              "\"of\":11,\"text\":\"a \\\"reading\\\"\"}");
}
END_TEST

static const struct {
    bool is_checked, is_beyond_chart;
    const char *facts;
} facts[] = {
    {false, false, "not checked"},
    {true, false, "passed"},
    {false, true, "beyond the chart"},
    {true, true, "beyond the chart"},
};

START_TEST(a_finding_says_what_became_of_the_facts)
{
    struct agent_reply reply = {.is_checked = facts[_i].is_checked,
                                .is_beyond_chart = facts[_i].is_beyond_chart,
                                .reason = "why"};
    char wanted[256];
    transcript_finding(job, "post_process", "correct", &reply, SPAN_LITERAL("say it"));
    (void)snprintf(wanted, sizeof(wanted),
                   "{\"what\":\"finding\",\"pass\":1,\"round\":1,\"call\":\"post_process\","
                   "\"finding\":\"correct\",\"facts\":\"%s\",\"reason\":\"why\",\"at\":0,"
                   "\"of\":6,\"text\":\"say it\"}",
                   facts[_i].facts);
    expect(0, wanted);
}
END_TEST

static const struct {
    enum queue_end end;
    bool is_declined;
    enum verdict_kind kind;
    const char *name, *code; /* code NULL: none */
} ends[] = {
    {QUEUE_COMPLETED, false, VERDICT_NONE, "completed", NULL},
    {QUEUE_COMPLETED, true, VERDICT_NONE, "declined", NULL},
    {QUEUE_FAILED, false, VERDICT_FAIL, "failed", "POISON"},
    {QUEUE_RETRYING, false, VERDICT_FAIL, "will be retried", "POISON"},
    {QUEUE_PARKED, false, VERDICT_PARK, "waits", "provider"},
    {QUEUE_RETURNED, false, VERDICT_NONE, "given back", NULL},
    {QUEUE_LOST, false, VERDICT_NONE, "lost", NULL},
};

START_TEST(an_end_has_a_name_and_a_code)
{
    job->is_declined = ends[_i].is_declined;
    job->concluded.kind = ends[_i].kind;
    job->concluded.code = OUTCOME_POISON;
    job->concluded.reason = PARK_PROVIDER;
    transcript_end(job, ends[_i].end);
    struct span name, code;
    ck_assert_uint_eq(lines_count, 1);
    ck_assert(json_get_text(lines[0], "end", &name) && span_is(name, ends[_i].name));
    ck_assert_int_eq(json_get_text(lines[0], "code", &code), ends[_i].code != NULL);
    ck_assert(ends[_i].code == NULL || span_is(code, ends[_i].code));
}
END_TEST

/* A text of so many letters x and an ending, and the bytes of its pieces. */
static const struct {
    size_t letters;
    const char *ending;
    size_t pieces[4];
} cuts[] = {
    {0, "", {0}},           {799, "", {799}},  {800, "", {800}},     {801, "", {800, 1}},
    {1600, "", {800, 800}}, {798, "ü", {800}}, {799, "ü", {799, 2}}, {797, "😀", {797, 4}},
};

START_TEST(a_long_text_is_cut_between_letters)
{
    static char text[4096];
    memset(text, 'x', cuts[_i].letters);
    (void)snprintf(text + cuts[_i].letters, sizeof(text) - cuts[_i].letters, "%s", cuts[_i].ending);
    struct model_result result = {.text = span_of(text)};
    transcript_answer(job, &result);
    size_t at = 0;
    for (size_t i = 0; i < lines_count; i++) {
        struct span piece;
        int64_t number;
        ck_assert(json_get_text(lines[i], "text", &piece));
        ck_assert_uint_eq(piece.len, cuts[_i].pieces[i]);
        ck_assert_mem_eq(piece.data, text + at, piece.len);
        ck_assert(json_get_int(lines[i], "at", &number) && number == (int64_t)at);
        ck_assert(json_get_int(lines[i], "of", &number) && number == (int64_t)strlen(text));
        at += piece.len;
    }
    ck_assert_uint_eq(at, strlen(text));
}
END_TEST

START_TEST(the_longest_record_fits_into_a_line_of_the_log)
{
    static char text[3000];
    struct agent_reply reply = {0};
    memset(text, 1, sizeof(text)); /* six bytes each, escaped */
    memset(reply.reason, 1, sizeof(reply.reason) - 1);
    transcript_finding(job, "post_process", "correct", &reply, (struct span){text, sizeof(text)});
    ck_assert_uint_eq(lines_count, 4);
    ck_assert_uint_le(longest, LINE_BYTES_MAX);
}
END_TEST

START_TEST(a_text_that_is_no_utf8_ends_where_it_stops_being_text)
{
    static char text[2000];
    memset(text, '\xff', sizeof(text));
    struct model_result result = {.text = {text, sizeof(text)}};
    transcript_answer(job, &result);
    ck_assert_uint_eq(lines_count, 1);
    expect(0, "{\"what\":\"answer\",\"pass\":1,\"round\":1,\"model\":\"\",\"finish\":\"\","
              "\"reason\":\"\",\"promptTokens\":0,\"completionTokens\":0,\"ms\":0,\"at\":0,"
              "\"of\":2000,\"text\":\"\"}");
}
END_TEST

Suite *transcript_suite(void)
{
    Suite *suite = suite_create("transcript");
    TCase *cases = tcase_create("transcript");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, nothing_is_written_without_being_asked_for);
    tcase_add_test(cases, the_messages_of_a_call_are_written_and_of_a_correction_only_the_new_one);
    tcase_add_test(cases, an_answer_says_who_gave_it_and_what_it_took);
    tcase_add_loop_test(cases, a_finding_says_what_became_of_the_facts, 0, ARRAY_LEN(facts));
    tcase_add_loop_test(cases, an_end_has_a_name_and_a_code, 0, ARRAY_LEN(ends));
    tcase_add_loop_test(cases, a_long_text_is_cut_between_letters, 0, ARRAY_LEN(cuts));
    tcase_add_test(cases, the_longest_record_fits_into_a_line_of_the_log);
    tcase_add_test(cases, a_text_that_is_no_utf8_ends_where_it_stops_being_text);
    suite_add_tcase(suite, cases);
    return suite;
}
