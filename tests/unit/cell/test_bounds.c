/* Agents that give too much or speak out of turn: what the host takes, cuts and breaks off. */
#include <signal.h>

#include "rig.h"
#include "suites.h"

static struct rig rig;

static void setup(void)
{
    rig_open(&rig);
}

static void teardown(void)
{
    rig_close(&rig);
}

START_TEST(a_reply_may_have_a_megabyte)
{
    rig_start(&rig, "greedy");
    rig_call(&rig, WIRE_BUILD, "full");
    ck_assert(!rig.reply.is_over_cap);
    ck_assert_uint_eq(rig.reply.messages[0].text.len, 1024 * 1024);
    rig_call(&rig, WIRE_BUILD, "replaced");
    ck_assert(!rig.reply.is_over_cap);
    ck_assert_uint_eq(rig.reply.text.len, 1024 * 1024);
}
END_TEST

static const struct {
    enum wire_kind kind;
    const char *data;
} overruns[] = {
    {WIRE_BUILD, "over"},
    {WIRE_BUILD, "messages"},
    {WIRE_BUILD, "stops"},
    {WIRE_PROCESS, "sections"},
};

START_TEST(an_overrun_is_told_and_empties_the_reply)
{
    rig_start(&rig, "greedy");
    rig_call(&rig, overruns[_i].kind, overruns[_i].data);
    ck_assert(rig.reply.is_over_cap);
    ck_assert_uint_eq(rig.reply.messages_count + rig.reply.sections_count + rig.reply.stops_count,
                      0);
    rig_call(&rig, WIRE_BUILD, "nothing"); /* the cell goes on */
    ck_assert(!rig.reply.is_over_cap);
}
END_TEST

START_TEST(a_status_is_passed_on_as_it_is)
{
    rig_start(&rig, "greedy");
    rig_call(&rig, WIRE_PROCESS, "status");
    ck_assert_int_eq(rig.reply.status, 77);
}
END_TEST

START_TEST(a_hundred_log_lines_a_call_are_kept)
{
    rig_start(&rig, "greedy");
    rig_call(&rig, WIRE_BUILD, "log lines");
    ck_assert_uint_eq(rig.log_lines, 101);
    ck_assert_ptr_nonnull(strstr(rig.log.data, "2 4900 more lines in this call were not kept\n"));
    rig_call(&rig, WIRE_BUILD, "log lines");
    ck_assert_uint_eq(rig.log_lines, 202);
}
END_TEST

START_TEST(a_log_line_is_cut_at_a_kilobyte)
{
    rig_start(&rig, "greedy");
    rig_call(&rig, WIRE_BUILD, "log bytes");
    ck_assert_uint_eq(rig.log.len, 2 + 1024 + 1);
    rig_call(&rig, WIRE_BUILD, "log level"); /* an unknown level is not kept */
    ck_assert_uint_eq(rig.log_lines, 2);
}
END_TEST

START_TEST(standard_error_is_limited)
{
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "stderr_flood"); /* is not slowed down by a host that reads less */
    rig_assert_text(rig.reply.text, "done");
    rig_run_ms(&rig, 300);
    ck_assert_uint_ge(rig.log_lines, 10);
    ck_assert_uint_le(rig.log_lines, 80); /* two seconds' allowance at most */
}
END_TEST

static const struct {
    const char *deed;
    enum cell_end end;
    const char *text;
} breaches[] = {
    {"wire_garbage", CELL_BROKE_WIRE, "a frame longer than it may be"},
    {"wire_huge", CELL_BROKE_WIRE, "a frame longer than it may be"},
    {"wire_empty", CELL_BROKE_WIRE, "a frame longer than it may be"},
    {"wire_half", CELL_BROKE_WIRE, "broke the wire in"},
    {"wire_ready", CELL_BROKE_WIRE, "a frame out of turn"},
    {"wire_log_flood", CELL_BROKE_WIRE, "a flood of frames"},
    {"wire_close_and_spin", CELL_BROKE_WIRE, "closed its socket in build_prompt"},
    {"wire_close", CELL_EXITED, "left with exit status"},
};

START_TEST(speaking_out_of_turn_ends_the_cell)
{
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, breaches[_i].deed);
    ck_assert_msg(rig.call_report.end == breaches[_i].end &&
                      strstr(rig.call_report.text, breaches[_i].text) != NULL,
                  "%s: %s", cell_end_name(rig.call_report.end), rig.call_report.text);
}
END_TEST

START_TEST(a_forged_reply_ends_the_cell_when_the_real_one_comes)
{
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "wire_reply");
    rig_wait(&rig, &rig.is_ended);
    ck_assert_int_eq(rig.report.end, CELL_BROKE_WIRE);
}
END_TEST

START_TEST(an_answer_to_a_call_that_is_still_being_sent_ends_the_cell)
{
    static char large[8 * 1024 * 1024]; /* more than the socket holds */
    struct wire_job job = {.data = {large, sizeof(large)}};
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "wire_takeover");
    ck_assert_str_eq(rig.call_report.phase, "");
    rig_send(&rig, WIRE_BUILD, &job, NULL);
    rig_wait(&rig, &rig.is_ended);
    ck_assert_int_eq(rig.report.end, CELL_BROKE_WIRE);
    ck_assert_ptr_nonnull(strstr(rig.report.text, "a reply out of turn"));
}
END_TEST

START_TEST(last_words_after_a_flood_are_kept)
{
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "stderr_flood");
    rig_run_ms(&rig, 1500); /* the host reads on, at its own pace */
    rig_call(&rig, WIRE_BUILD, "abort:x");
    ck_assert_msg(strstr(rig.call_report.text, "it wrote 'last words: x'") != NULL, "%s",
                  rig.call_report.text);
}
END_TEST

START_TEST(a_reply_over_the_calls_maximum_breaks_the_wire)
{
    rig.reply_bytes_max = 64 * 1024;
    rig_start(&rig, "greedy");
    rig_call(&rig, WIRE_BUILD, "full");
    ck_assert_int_eq(rig.call_report.end, CELL_BROKE_WIRE);
}
END_TEST

START_TEST(a_forged_ready_while_loading_gains_nothing)
{
    rig.spec.start_ms = 1000;
    rig_spawn(&rig, "constructor_forges_ready");
    rig_wait(&rig, &rig.is_ended);
    ck_assert_int_eq(rig.report.end, CELL_NOT_STARTED);
    ck_assert_ptr_nonnull(strstr(rig.report.text, "broke the wire in dlopen: "));
}
END_TEST

Suite *suite_bounds(void)
{
    Suite *suite = suite_create("bounds");
    TCase *tcase = tcase_create("bounds");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_reply_may_have_a_megabyte);
    tcase_add_loop_test(tcase, an_overrun_is_told_and_empties_the_reply, 0, ARRAY_LEN(overruns));
    tcase_add_test(tcase, a_status_is_passed_on_as_it_is);
    tcase_add_test(tcase, a_hundred_log_lines_a_call_are_kept);
    tcase_add_test(tcase, a_log_line_is_cut_at_a_kilobyte);
    tcase_add_test(tcase, standard_error_is_limited);
    tcase_add_loop_test(tcase, speaking_out_of_turn_ends_the_cell, 0, ARRAY_LEN(breaches));
    tcase_add_test(tcase, a_forged_reply_ends_the_cell_when_the_real_one_comes);
    tcase_add_test(tcase, an_answer_to_a_call_that_is_still_being_sent_ends_the_cell);
    tcase_add_test(tcase, last_words_after_a_flood_are_kept);
    tcase_add_test(tcase, a_reply_over_the_calls_maximum_breaks_the_wire);
    tcase_add_test(tcase, a_forged_ready_while_loading_gains_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
