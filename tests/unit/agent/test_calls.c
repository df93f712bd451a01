/* Calls into real cells: what agents may answer, and what becomes of those that fail. */
#include <stdio.h>
#include <string.h>

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

Suite *suite_calls(void)
{
    Suite *suite = suite_create("calls");
    TCase *tcase = tcase_create("cells");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_prompt_is_built_from_the_assets);
    tcase_add_loop_test(tcase, each_ending_of_a_call_has_its_outcome, 0,
                        (int)(sizeof(verdicts) / sizeof(verdicts[0])));
    tcase_set_timeout(tcase, 30);
    suite_add_tcase(suite, tcase);
    return suite;
}
