/* Verdicts: what every outcome of an agent, a model and the store means for the job. */
#include <check.h>
#include <string.h>

#include "agent/agents.h"
#include "core/attr.h"
#include "core/err.h"
#include "job/charting.h"
#include "job/verdict.h"
#include "model/model.h"
#include "suites.h"

START_TEST(agent_outcomes_become_codes)
{
    static const struct {
        enum agent_outcome outcome;
        bool is_poison;
        enum verdict_kind kind;
        enum outcome_code code;
        bool is_retryable;
    } rows[] = {
        {AGENT_INVALID, false, VERDICT_FAIL, OUTCOME_VALIDATION_ERROR, false},
        {AGENT_AGAIN, false, VERDICT_FAIL, OUTCOME_AGENT_BUSY, true},
        {AGENT_INTERNAL, false, VERDICT_FAIL, OUTCOME_AGENT_ERROR, true},
        {AGENT_CRASHED, false, VERDICT_FAIL, OUTCOME_AGENT_CRASH, true},
        {AGENT_CRASHED, true, VERDICT_FAIL, OUTCOME_POISON, false},
        {AGENT_DEADLINE, false, VERDICT_FAIL, OUTCOME_AGENT_TIMEOUT, true},
        {AGENT_DEADLINE, true, VERDICT_FAIL, OUTCOME_POISON, false},
        {AGENT_OVER_CAP, false, VERDICT_FAIL, OUTCOME_AGENT_ERROR, true},
        {AGENT_BAD_REPLY, false, VERDICT_FAIL, OUTCOME_AGENT_ERROR, true},
        {AGENT_UNAVAILABLE, false, VERDICT_PARK, 0, false},
    };
    struct agent_reply reply = {.outcome = rows[_i].outcome, .is_poison = rows[_i].is_poison};
    struct verdict verdict = verdict_of_agent(&reply, "build_prompt");
    ck_assert_int_eq(verdict.kind, rows[_i].kind);
    ck_assert_str_ne(verdict.text, "");
    if (verdict.kind == VERDICT_FAIL) {
        ck_assert_int_eq(verdict.code, rows[_i].code);
        ck_assert(outcome_of(verdict.code)->is_retryable == rows[_i].is_retryable);
    } else {
        ck_assert_int_eq(verdict.reason, PARK_AGENT_UNAVAILABLE);
        ck_assert_int_gt(verdict.wait_ms, 0);
    }
}
END_TEST

START_TEST(invalid_names_the_field_first)
{
    struct agent_reply reply = {.outcome = AGENT_INVALID,
                                .reason = "must be one of basic, advanced",
                                .field = SPAN_LITERAL("depth")};
    struct verdict verdict = verdict_of_agent(&reply, "check_input");
    ck_assert_str_eq(verdict.text, "depth: must be one of basic, advanced");
}
END_TEST

START_TEST(model_outcomes_become_codes_or_parks)
{
    static const struct {
        enum model_outcome outcome;
        int64_t retry_after_ms;
        enum verdict_kind kind;
        int what; /* outcome_code or queue_park_reason */
        int64_t wait_ms;
    } rows[] = {
        {MODEL_REFUSED, 0, VERDICT_FAIL, OUTCOME_REFUSED, 0},
        {MODEL_BAD_RESPONSE, 0, VERDICT_FAIL, OUTCOME_BAD_RESPONSE, 0},
        {MODEL_NETWORK_ERROR, 0, VERDICT_FAIL, OUTCOME_NETWORK_ERROR, 0},
        {MODEL_TIMEOUT, 0, VERDICT_FAIL, OUTCOME_TIMEOUT, 0},
        {MODEL_RATE_LIMIT, 0, VERDICT_FAIL, OUTCOME_RATE_LIMIT, 0},
        {MODEL_RATE_LIMIT, 7000, VERDICT_PARK, PARK_RATE_LIMIT, 7000},
        {MODEL_PROVIDER_DOWN, 0, VERDICT_PARK, PARK_PROVIDER, 30000},
        {MODEL_PROVIDER_DOWN, 60000, VERDICT_PARK, PARK_PROVIDER, 60000},
        {MODEL_BAD_REQUEST, 0, VERDICT_FAIL, OUTCOME_VALIDATION_ERROR, 0},
        {MODEL_NOT_CONFIGURED, 0, VERDICT_PARK, PARK_NO_MODEL, 300000},
        {MODEL_BUSY, 0, VERDICT_PARK, PARK_BUDGET, 30000},
        {MODEL_BUSY, 1, VERDICT_PARK, PARK_BUDGET, 1},
    };
    struct model_result result = {.outcome = rows[_i].outcome,
                                  .retry_after_ms = rows[_i].retry_after_ms,
                                  .reason = "because"};
    struct verdict verdict = verdict_of_model(&result);
    ck_assert_int_eq(verdict.kind, rows[_i].kind);
    if (verdict.kind == VERDICT_FAIL) {
        ck_assert_int_eq((int)verdict.code, rows[_i].what);
    } else {
        ck_assert_int_eq((int)verdict.reason, rows[_i].what);
        ck_assert_int_eq(verdict.wait_ms, rows[_i].wait_ms);
    }
    ck_assert_ptr_nonnull(strstr(verdict.text, "because"));
}
END_TEST

START_TEST(a_store_that_is_down_never_costs_an_attempt)
{
    struct err err;
    (void)err_set(&err, ERR_AGAIN, "disk is full");
    struct verdict verdict = verdict_of_store(&err, OUTCOME_BAD_ANSWER);
    ck_assert_int_eq(verdict.kind, VERDICT_PARK);
    ck_assert_int_eq(verdict.reason, PARK_STORE);
    ck_assert_str_eq(verdict.text, "store: disk is full");
}
END_TEST

START_TEST(what_the_store_never_takes_does_not_wait)
{
    const enum err_kind kinds[] = {ERR_INVALID, ERR_LIMIT};
    struct err err;
    (void)err_set(&err, kinds[_i], "half a character");
    struct verdict verdict = verdict_of_store(&err, OUTCOME_BAD_ANSWER);
    ck_assert_int_eq(verdict.kind, VERDICT_FAIL);
    ck_assert_int_eq(verdict.code, OUTCOME_BAD_ANSWER);
    ck_assert_str_eq(verdict.text, "the store: half a character");
}
END_TEST

START_TEST(every_way_a_chart_is_not_had_has_a_verdict)
{
    static const struct {
        enum charting_outcome outcome;
        enum err_kind kind;
        enum verdict_kind verdict;
        int what; /* outcome_code or queue_park_reason */
    } rows[] = {
        {CHARTING_REFUSED, ERR_NONE, VERDICT_FAIL, OUTCOME_VALIDATION_ERROR},
        {CHARTING_BUSY, ERR_LIMIT, VERDICT_PARK, PARK_MEMORY},
        {CHARTING_STORE, ERR_AGAIN, VERDICT_PARK, PARK_STORE},
        {CHARTING_STORE, ERR_INVALID, VERDICT_FAIL, OUTCOME_VALIDATION_ERROR},
        {CHARTING_UNAVAILABLE, ERR_AGAIN, VERDICT_PARK, PARK_AGENT_UNAVAILABLE},
        {CHARTING_FAILED, ERR_INTERNAL, VERDICT_FAIL, OUTCOME_AGENT_CRASH},
    };
    struct charting charting = {.outcome = rows[_i].outcome};
    (void)chart_fault_set(&charting.fault, "birthDate", "because");
    (void)err_set(&charting.err, rows[_i].kind, "because");
    struct verdict verdict = verdict_of_charting(&charting);
    ck_assert_int_eq(verdict.kind, rows[_i].verdict);
    ck_assert_int_eq(verdict.kind == VERDICT_FAIL ? (int)verdict.code : (int)verdict.reason,
                     rows[_i].what);
    ck_assert_ptr_nonnull(strstr(verdict.text, "because"));
}
END_TEST

START_TEST(every_outcome_has_a_code_of_its_own)
{
    for (int i = 0; i < OUTCOME_CODES_COUNT; i++) {
        ck_assert_ptr_nonnull(outcome_of(i)->code);
        for (int j = 0; j < i; j++) {
            ck_assert_str_ne(outcome_of(i)->code, outcome_of(j)->code);
        }
    }
}
END_TEST

START_TEST(why_a_job_failed_is_taken_apart)
{
    static const struct {
        const char *reason;
        int code; /* -1 = none of ours */
        const char *text;
    } rows[] = {
        {"CANCELLED: by mistake", OUTCOME_CANCELLED, "by mistake"},
        {"TIMEOUT: a: b", OUTCOME_TIMEOUT, "a: b"},
        {"TIMEOUT_MAX_RETRIES: late", OUTCOME_TIMEOUT_MAX_RETRIES, "late"},
        {"UNKNOWN_AGENT: ", OUTCOME_UNKNOWN_AGENT, ""},
        {"CANCELLED", -1, NULL},
        {"CANCELLED:x", -1, NULL},
        {"cancelled: x", -1, NULL},
        {"job stalled more than allowable limit", -1, NULL},
        {"", -1, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *text = NULL;
        const struct outcome *outcome = outcome_parse(rows[i].reason, &text);
        ck_assert_ptr_eq(outcome, rows[i].code < 0 ? NULL : outcome_of(rows[i].code));
        ck_assert_pstr_eq(text, rows[i].text);
    }
}
END_TEST

Suite *verdict_suite(void)
{
    Suite *suite = suite_create("verdict");
    TCase *cases = tcase_create("verdict");
    tcase_add_loop_test(cases, agent_outcomes_become_codes, 0, 10);
    tcase_add_test(cases, invalid_names_the_field_first);
    tcase_add_loop_test(cases, model_outcomes_become_codes_or_parks, 0, 12);
    tcase_add_test(cases, a_store_that_is_down_never_costs_an_attempt);
    tcase_add_loop_test(cases, what_the_store_never_takes_does_not_wait, 0, 2);
    tcase_add_loop_test(cases, every_way_a_chart_is_not_had_has_a_verdict, 0, 6);
    tcase_add_test(cases, every_outcome_has_a_code_of_its_own);
    tcase_add_test(cases, why_a_job_failed_is_taken_apart);
    suite_add_tcase(suite, cases);
    return suite;
}
