/* Calls into real cells: what agents may answer, and what becomes of those that fail. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "core/clock.h"
#include "rig.h"
#include "suites.h"

static struct rig rig;
static struct unit *unit;

static void setup(void)
{
    rig_open(&rig);
    rig_install(&rig, "one", "1.0.0", "scripted", "first prompt");
    rig_reload(&rig);
    ck_assert_msg(rig.is_ok, "%s", rig.report.data);
    unit = rig_pin(&rig, "one", NULL);
}

static void teardown(void)
{
    unit_unpin(&unit);
    rig_close(&rig);
}

START_TEST(a_prompt_is_built_from_the_assets)
{
    rig_build(&rig, unit, "q:1", "ok");
    ck_assert_int_eq(rig.reply.outcome, AGENT_OK);
    ck_assert_uint_eq(rig.reply.messages_count, 2);
    rig_assert_span(rig.reply.messages[0].text, "first prompt");
    rig_assert_span(rig.reply.messages[1].text, "{}");
    ck_assert_str_eq(rig.reply.reason, "so it is");
}
END_TEST

static const struct {
    const char *function; /* c, b or p */
    const char *word;
    enum agent_outcome outcome;
    const char *reason;
} verdicts[] = {
    {"c", "ok", AGENT_OK, "it is not so"},
    {"c", "invalid", AGENT_INVALID, "it is not so"},
    {"c", "decline", AGENT_INTERNAL, "check_input returned 5, which it may not"},
    {"c", "internal", AGENT_INTERNAL, "check_input returned 6, which it may not"},
    {"b", "ok", AGENT_OK, "so it is"},
    {"b", "invalid", AGENT_INVALID, "so it is"},
    {"b", "again", AGENT_AGAIN, "so it is"},
    {"b", "decline", AGENT_DECLINE, "so it is"},
    {"b", "decline without a text", AGENT_BAD_REPLY, "declined without a text"},
    {"b", "internal", AGENT_INTERNAL, "so it is"},
    {"b", "next", AGENT_INTERNAL, "build_prompt returned 1, which it may not"},
    {"b", "reask", AGENT_INTERNAL, "build_prompt returned 4, which it may not"},
    {"b", "status99", AGENT_INTERNAL, "build_prompt returned 99, which it may not"},
    {"b", "silent", AGENT_BAD_REPLY, "gave OK without a message"},
    {"b", "latin1", AGENT_BAD_REPLY, "not UTF-8"},
    {"b", "hot", AGENT_BAD_REPLY, "a temperature that is not between 0 and 2"},
    {"b", "schema", AGENT_BAD_REPLY, "gave JSON that is none"},
    {"b", "big", AGENT_OVER_CAP, "gave more than 102400 bytes"},
    {"b", "flood", AGENT_OVER_CAP, "more than a sink takes"},
    {"b", "crash", AGENT_CRASHED, ""},
    {"b", "exit", AGENT_CRASHED, ""},
    {"b", "hang", AGENT_DEADLINE, "no answer within 1000 ms"},
    {"p", "ok", AGENT_OK, ""},
    {"p", "next", AGENT_NEXT, ""},
    {"p", "reask", AGENT_BAD_REPLY, "gave REASK without a correction"},
    {"p", "again", AGENT_AGAIN, ""},
    {"p", "decline", AGENT_DECLINE, ""},
    {"p", "invalid", AGENT_INVALID, ""},
    {"p", "internal", AGENT_INTERNAL, ""},
    {"p", "no text", AGENT_BAD_REPLY, "gave OK without a text"},
    {"p", "bad content", AGENT_BAD_REPLY, "it is not an object"},
    {"p", "long content", AGENT_OK, ""},
    {"p", "long bad content", AGENT_BAD_REPLY, "gave JSON that is none"},
    {"p", "crash", AGENT_CRASHED, ""},
};

START_TEST(each_ending_of_a_call_has_its_outcome)
{
    const char *word = verdicts[_i].word;
    switch (verdicts[_i].function[0]) {
    case 'c':
        rig_check(&rig, unit, "q:1", word);
        break;
    case 'b':
        rig_build(&rig, unit, "q:1", word);
        break;
    default:
        rig_process(&rig, unit, "q:1", word);
    }
    ck_assert_msg(rig.reply.outcome == verdicts[_i].outcome, "%s: %s, '%s'", word,
                  agent_outcome_name(rig.reply.outcome), rig.reply.reason);
    rig_assert_has(rig.reply.reason, verdicts[_i].reason);
    ck_assert(!rig.reply.is_poison);
    rig_build(&rig, unit, "q:2", "ok"); /* whatever it was, the next call is served */
    ck_assert_int_eq(rig.reply.outcome, AGENT_OK);
}
END_TEST

static void build(const char *job_key, const char *word, enum agent_outcome outcome)
{
    rig_build(&rig, unit, job_key, word);
    ck_assert_msg(rig.reply.outcome == outcome, "%s: %s, '%s'", word,
                  agent_outcome_name(rig.reply.outcome), rig.reply.reason);
}

START_TEST(what_an_agent_logs_goes_to_the_job_of_its_call)
{
    build("q:1", "log", AGENT_OK);
    rig_assert_has(rig.log.data, "q:1 1 said in a call\n");
}
END_TEST

static int compare_ms(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

START_TEST(after_a_crash_the_next_call_is_answered_at_once)
{
    int ms[9];
    for (size_t i = 0; i < ARRAY_LEN(ms); i++) {
        build("q:crash", "crash", AGENT_CRASHED);
        int64_t crashed_us = clock_mono_us();
        build("q:next", "ok", AGENT_OK);
        ms[i] = (int)((clock_mono_us() - crashed_us) / 1000);
    }
    qsort(ms, ARRAY_LEN(ms), sizeof(ms[0]), compare_ms);
    ck_assert_msg(ms[ARRAY_LEN(ms) / 2] <= 20, "median %d ms, worst %d ms", ms[ARRAY_LEN(ms) / 2],
                  ms[ARRAY_LEN(ms) - 1]);
}
END_TEST

static bool has_four_replies(struct rig *with)
{
    return with->replies == 4;
}

START_TEST(calls_that_wait_survive_a_crash_and_only_the_one_in_flight_pays)
{
    rig.replies = 0;
    (void)rig_send_build(&rig, unit, "q:1", "crash");
    (void)rig_send_build(&rig, unit, "q:2", "ok");
    (void)rig_send_build(&rig, unit, "q:3", "crash");
    (void)rig_send_build(&rig, unit, "q:4", "ok");
    rig_wait(&rig, has_four_replies);
    ck_assert_int_eq(rig.reply.outcome, AGENT_OK); /* of the last */
    build("q:1", "ok", AGENT_OK);                  /* one crash is no poison */
    ck_assert(!rig.reply.is_poison);
}
END_TEST

START_TEST(a_job_that_crashes_the_image_twice_is_poison)
{
    build("q:1", "crash", AGENT_CRASHED);
    ck_assert(!rig.reply.is_poison);
    rig_process(&rig, unit, "q:1", "crash");
    ck_assert_int_eq(rig.reply.outcome, AGENT_CRASHED);
    ck_assert(rig.reply.is_poison);
    build("q:1", "internal", AGENT_INTERNAL);
    ck_assert(rig.reply.is_poison);
}
END_TEST

START_TEST(how_a_cell_ended_is_in_the_jobs_log_and_in_the_list_of_agents)
{
    build("q:1", "crash", AGENT_CRASHED);
    rig_assert_has(rig.log.data, "q:1 2 crashed in build_prompt: killed by signal 11 (SIGSEGV) in "
                                 "build_prompt; strike 1 of 3 against image ");
    rig_assert_has(rig.log.data, "; crash 1 of 2 over this job\n");
    build("q:1", "exit", AGENT_CRASHED);
    rig_assert_has(rig.log.data, "left with exit status 3 in build_prompt; strike 1 of 3");
    rig_assert_has(rig.log.data, "; crash 2 of 2 over this job: it is poison\n");
    build("q:2", "latin1", AGENT_BAD_REPLY);
    rig_assert_has(rig.log.data, "q:2 2 bad_reply in build_prompt: build_prompt gave text that is "
                                 "not UTF-8; strike 2 of 3 against image ");

    struct sbuf out;
    sbuf_init(&out, 100000);
    agents_render(rig.agents, &out);
    rig_assert_has(out.data, "\"strikes\":2,\"struck\":[{\"crashes\":2,\"cause\":\"crashed\","
                             "\"job\":\"q:1\"},{\"crashes\":0,\"cause\":\"bad_reply\"");
    rig_assert_has(out.data, "\"ends\":2,\"lastEnd\":{\"image\":\"");
    rig_assert_has(out.data, "\"end\":\"exited\",\"exitStatus\":3,\"refusedCalls\":0,"
                             "\"phase\":\"build_prompt\",\"text\":\"left with exit status 3");
    sbuf_fini(&out);
}
END_TEST

START_TEST(a_call_taken_back_is_not_answered_and_no_strike)
{
    for (int i = 0; i < 5; i++) {
        struct agent_call *running = rig_send_build(&rig, unit, i % 2 == 0 ? "q:1" : "q:2", "hang");
        struct agent_call *waiting = rig_send_build(&rig, unit, "q:3", "hang");
        rig_run_ms(&rig, 10);
        rig.replies = 0;
        agent_call_cancel(&waiting);
        agent_call_cancel(&running);
        ck_assert_ptr_null(running);
        build("q:4", "ok", AGENT_OK);
        ck_assert_uint_eq(rig.replies, 1);
    }
    struct sbuf out;
    sbuf_init(&out, 100000);
    agents_render(rig.agents, &out);
    rig_assert_has(out.data, "\"strikes\":0");
    sbuf_fini(&out);
    struct agent_call *call = rig_send_build(&rig, unit, "q:5", "ok");
    agent_call_cancel(&call);
    agent_call_cancel(&call); /* nothing there any more */
}
END_TEST

START_TEST(long_content_taken_back_while_it_is_parsed_is_forgotten)
{
    for (int us = 0; us < 3000; us += 100) {
        struct agent_job job = {.job_key = "q:1",
                                .arena = rig.arena,
                                .locale = "en",
                                .prompt_bytes_max = 1000,
                                .result_bytes_max = 512 * 1024};
        struct agent_answer answer = {.text = SPAN_LITERAL("long content")};
        struct agent_call *call = unit_post_process(unit, &job, &answer, rig_count_reply, &rig);
        rig.replies = 0;
        int64_t until_us = clock_mono_us() + us;
        while (clock_mono_us() < until_us && rig.replies == 0) {
            ev_run(rig.loop.ev, EVRUN_NOWAIT);
        }
        if (rig.replies == 0) {
            agent_call_cancel(&call);
        }
    }
    build("q:1", "ok", AGENT_OK);
}
END_TEST

START_TEST(an_image_that_fails_three_jobs_gives_way_to_the_last_good_one)
{
    rig_write(&rig, "bundles/one/assets/prompt.txt", "second prompt");
    rig_reload(&rig);
    ck_assert(rig.is_ok);
    unit_unpin(&unit);
    unit = rig_pin(&rig, "one", NULL);
    build("q:1", "crash", AGENT_CRASHED);
    build("q:1", "crash", AGENT_CRASHED);
    build("q:2", "internal", AGENT_INTERNAL);
    build("q:3", "latin1", AGENT_BAD_REPLY);
    rig_run_ms(&rig, 5);

    struct unit *next = rig_pin(&rig, "one", NULL);
    ck_assert_ptr_ne(next, unit);
    rig_build(&rig, next, "q:4", "ok");
    rig_assert_span(rig.reply.messages[0].text, "first prompt");
    unit_unpin(&next);
    next = rig_pin(&rig, "one", unit_image(unit)); /* not even for a run that wants it */
    ck_assert_ptr_ne(next, unit);
    unit_unpin(&next);
    build("q:5", "ok", AGENT_UNAVAILABLE); /* who still holds it is told, and may park */
    rig_assert_has(rig.reply.reason, "failed 3 jobs within 10 minutes");

    struct sbuf out;
    sbuf_init(&out, 100000);
    agents_render(rig.agents, &out);
    rig_assert_has(out.data, "\"quarantined\":[{\"image\":\"");
    sbuf_fini(&out);
    ck_assert_str_eq(rig.available.data, "one one one ");

    rig_reload(&rig); /* the same bundle stays out, also after a restart */
    ck_assert(!rig.is_ok);
    rig_assert_has(rig.report.data, "is quarantined: failed 3 jobs");
    unit_unpin(&unit);
    rig_restart(&rig);
    rig_reload(&rig);
    rig_assert_has(rig.report.data, "is quarantined: failed 3 jobs");
    unit = rig_pin(&rig, "one", NULL);
    rig_build(&rig, unit, "q:6", "ok");
    rig_assert_span(rig.reply.messages[0].text, "first prompt");

    rig_write(&rig, "bundles/one/assets/prompt.txt", "third prompt"); /* a corrected one comes in */
    rig_reload(&rig);
    ck_assert(rig.is_ok);
    unit_unpin(&unit);
    unit = rig_pin(&rig, "one", NULL);
    rig_build(&rig, unit, "q:7", "ok");
    rig_assert_span(rig.reply.messages[0].text, "third prompt");
}
END_TEST

START_TEST(without_a_last_good_image_the_agent_waits)
{
    struct err err = {0};
    rig.replies = 0;
    (void)rig_send_build(&rig, unit, "q:1", "crash");
    (void)rig_send_build(&rig, unit, "q:2", "crash");
    (void)rig_send_build(&rig, unit, "q:3", "crash");
    (void)rig_send_build(&rig, unit, "q:4", "ok");
    rig_wait(&rig, has_four_replies);
    ck_assert_int_eq(rig.reply.outcome, AGENT_UNAVAILABLE);
    ck_assert_ptr_null(agents_pin(rig.agents, "one", NULL, NULL, &err));
    ck_assert_int_eq(err.kind, ERR_AGAIN);
    rig_assert_has(err.text, "quarantined");
    ck_assert(agents_knows(rig.agents, "one"));
    rig_expect_children(&rig, 0);
}
END_TEST

static bool is_available_again(struct rig *with)
{
    return strcmp(with->available.data, "one one ") == 0;
}

START_TEST(a_cell_that_cannot_be_started_again_is_nobodys_fault)
{
    struct err err = {0};
    char code[512];
    (void)snprintf(code, sizeof(code), "%s/images/%s", rig.state_path, unit_image(unit));
    rig.agents->down_ms = 200;
    rig_run("chmod u+w '%s' && mv '%s/agent.so' '%s/gone'", code, code, code);
    build("q:1", "crash", AGENT_CRASHED);
    build("q:2", "ok", AGENT_UNAVAILABLE);
    rig_assert_has(rig.reply.reason, "agent.so");
    ck_assert_ptr_null(agents_pin(rig.agents, "one", NULL, NULL, &err));
    ck_assert_int_eq(err.kind, ERR_AGAIN);
    build("q:3", "ok", AGENT_UNAVAILABLE); /* at once, without waiting for another try */
    rig_run("mv '%s/gone' '%s/agent.so'", code, code);
    rig_wait(&rig, is_available_again);
    build("q:2", "ok", AGENT_OK);
    struct sbuf out;
    sbuf_init(&out, 100000);
    agents_render(rig.agents, &out);
    rig_assert_has(out.data, "\"strikes\":1"); /* of q:1 */
    sbuf_fini(&out);
}
END_TEST

START_TEST(a_cell_killed_from_outside_is_replaced)
{
    rig_kill_children();
    rig_run_ms(&rig, 20);
    build("q:1", "ok", AGENT_OK);
    rig_expect_children(&rig, 1);
}
END_TEST

START_TEST(a_queue_that_is_full_answers_unavailable)
{
    rig.replies = 0;
    for (int i = 0; i < 10010; i++) {
        (void)rig_send_build(&rig, unit, "q:1", "ok");
    }
    ck_assert_uint_eq(rig.replies, 0);
    while (rig.replies < 10010) {
        ev_run(rig.loop.ev, EVRUN_ONCE);
    }
    ck_assert_uint_eq(rig.outcomes[AGENT_OK], 10000);
    ck_assert_uint_eq(rig.outcomes[AGENT_UNAVAILABLE], 10);
}
END_TEST

Suite *suite_calls(void)
{
    Suite *suite = suite_create("calls");
    TCase *tcase = tcase_create("cells");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_prompt_is_built_from_the_assets);
    tcase_add_loop_test(tcase, each_ending_of_a_call_has_its_outcome, 0, ARRAY_LEN(verdicts));
    tcase_add_test(tcase, what_an_agent_logs_goes_to_the_job_of_its_call);
    tcase_add_test(tcase, after_a_crash_the_next_call_is_answered_at_once);
    tcase_add_test(tcase, calls_that_wait_survive_a_crash_and_only_the_one_in_flight_pays);
    tcase_add_test(tcase, a_job_that_crashes_the_image_twice_is_poison);
    tcase_add_test(tcase, how_a_cell_ended_is_in_the_jobs_log_and_in_the_list_of_agents);
    tcase_add_test(tcase, a_call_taken_back_is_not_answered_and_no_strike);
    tcase_add_test(tcase, long_content_taken_back_while_it_is_parsed_is_forgotten);
    tcase_add_test(tcase, an_image_that_fails_three_jobs_gives_way_to_the_last_good_one);
    tcase_add_test(tcase, without_a_last_good_image_the_agent_waits);
    tcase_add_test(tcase, a_cell_that_cannot_be_started_again_is_nobodys_fault);
    tcase_add_test(tcase, a_cell_killed_from_outside_is_replaced);
    tcase_add_test(tcase, a_queue_that_is_full_answers_unavailable);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return suite;
}
