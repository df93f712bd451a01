/* The life of cells: ready, called, crashed, hung, destroyed. */
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

START_TEST(a_good_agent_answers)
{
    rig_start(&rig, "good");
    rig_call(&rig, WIRE_PROCESS, "an answer");
    rig_assert_text(rig.reply.text, "an answer");
    ck_assert_uint_eq(rig.reply.sections_count, 2);
    rig_assert_text(rig.reply.sections[0].text, "pass=0/0 round=0 finish=stop model= tokens=0,0");
}
END_TEST

Suite *suite_cell(void)
{
    Suite *suite = suite_create("cell");
    TCase *tcase = tcase_create("life");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_good_agent_answers);
    suite_add_tcase(suite, tcase);
    return suite;
}
