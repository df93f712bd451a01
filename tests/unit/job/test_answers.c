/* Answers: what is written to the run record is what a successor reads. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/arena.h"
#include "job/answers.h"
#include "model/model.h"
#include "queue/queue.h"
#include "suites.h"

static struct arena *arena;

static void setup(void)
{
    arena = arena_create(1024 * 1024);
}

static void teardown(void)
{
    arena_destroy(&arena);
}

static struct model_result result_of(const char *text, int64_t tokens, double cost_usd)
{
    struct model_result result = {
        .text = span_of(text),
        .finish_reason = "stop",
        .model = "m-1",
        .request_id = "req_1",
        .request_hash = "abc",
        .prompt_tokens = tokens,
        .completion_tokens = tokens,
        .total_tokens = tokens < 0 ? -1 : 2 * tokens,
        .cost_usd = cost_usd,
        .first_token_ms = 12,
        .duration_ms = 340,
    };
    return result;
}

static struct answer *add_answer(struct answers *answers, uint32_t round, const char *text,
                                 int64_t tokens, double cost_usd)
{
    struct model_result result = result_of(text, tokens, cost_usd);
    struct answer borrowed = answer_of_result(&result, "openai", "call-1");
    borrowed.round = round;
    struct answer *answer = answers_keep(answers, &borrowed, arena);
    ck_assert_ptr_nonnull(answer);
    return answer;
}

static void read_back(const char *json, const char *verdict, struct answers *ret_answers)
{
    struct queue_answer recorded = {.pass = 0, .round = 1, .try_ = 0, .json = span_of(json)};
    struct queue_answer judged = {.pass = 0, .round = 1, .json = span_of(verdict)};
    struct queue_run run = {.answers = &recorded,
                            .answers_count = 1,
                            .verdicts = &judged,
                            .verdicts_count = verdict != NULL ? 1 : 0};
    *ret_answers = (struct answers){0};
    ck_assert(answers_read(ret_answers, &run, arena));
}

START_TEST(an_answer_survives_the_record)
{
    struct answers answers = {0}, again;
    struct answer *answer = add_answer(&answers, 1, "Zeile 1\n\"zwei\" \xc3\xa4 \x01", 100, 0.0123);
    struct sbuf json;
    sbuf_init(&json, 4096);
    answer_render(answer, &json);
    read_back(json.data, NULL, &again);
    struct answer *found = answers_find(&again, 0, 1, 0);
    ck_assert_ptr_nonnull(found);
    ck_assert(span_equals(found->text, answer->text));
    ck_assert_str_eq(found->finish_reason, "stop");
    ck_assert_str_eq(found->model, "m-1");
    ck_assert_str_eq(found->provider, "openai");
    ck_assert_str_eq(found->call_id, "call-1");
    ck_assert_str_eq(found->request_hash, "abc");
    ck_assert_int_eq(found->total_tokens, 200);
    ck_assert_double_eq_tol(found->cost_usd, 0.0123, 1e-12);
    ck_assert_int_eq(found->duration_ms, 340);
    ck_assert_int_eq(found->verdict, ANSWER_UNJUDGED);
    sbuf_fini(&json);
}
END_TEST

START_TEST(a_reask_keeps_its_correction)
{
    struct answers answers = {0}, again;
    struct answer *answer = add_answer(&answers, 1, "x", 1, NAN);
    struct sbuf json, verdict;
    sbuf_init(&json, 4096);
    sbuf_init(&verdict, 4096);
    answer_render(answer, &json);
    answer_render_verdict(ANSWER_REASKED, SPAN_LITERAL("say \"five\" parts"), &verdict);
    read_back(json.data, verdict.data, &again);
    struct answer *found = answers_find(&again, 0, 1, 0);
    ck_assert_int_eq(found->verdict, ANSWER_REASKED);
    ck_assert(span_is(found->correction, "say \"five\" parts"));
    ck_assert(isnan(found->cost_usd));
    sbuf_fini(&json);
    sbuf_fini(&verdict);
}
END_TEST

START_TEST(a_broken_entry_is_left_out)
{
    static const char *const rows[] = {"", "{", "[]", "{\"text\":5}", "{\"model\":\"m\"}", "null"};
    struct answers answers;
    read_back(rows[_i], NULL, &answers);
    ck_assert_uint_eq(answers.count, 0);
}
END_TEST

START_TEST(unknown_counts_make_the_sum_unknown)
{
    struct answers answers = {0};
    struct answers_usage usage;
    (void)add_answer(&answers, 0, "a", 10, 0.5);
    (void)add_answer(&answers, 1, "b", 5, 0.25);
    answers_sum(&answers, &usage);
    ck_assert_int_eq(usage.total_tokens, 30);
    ck_assert_double_eq_tol(usage.cost_usd, 0.75, 1e-12);
    ck_assert_int_eq(usage.duration_ms, 680);
    (void)add_answer(&answers, 2, "c", -1, NAN);
    answers_sum(&answers, &usage);
    ck_assert_int_eq(usage.total_tokens, -1);
    ck_assert(isnan(usage.cost_usd));
}
END_TEST

Suite *answers_suite(void)
{
    Suite *suite = suite_create("answers");
    TCase *cases = tcase_create("answers");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, an_answer_survives_the_record);
    tcase_add_test(cases, a_reask_keeps_its_correction);
    tcase_add_loop_test(cases, a_broken_entry_is_left_out, 0, 6);
    tcase_add_test(cases, unknown_counts_make_the_sum_unknown);
    suite_add_tcase(suite, cases);
    return suite;
}
