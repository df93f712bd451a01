/* What an operator orders, with real cells: pause, rollback, canaries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "core/attr.h"
#include "core/hash.h"
#include "core/json.h"
#include "rig.h"
#include "suites.h"

static struct rig rig;
static struct options_agent section;

/* How the last order ended. */
static struct {
    bool is_done;
    enum err_kind kind;
    char said[ERR_TEXT_BYTES_MAX];
} ended;

static void setup(void)
{
    rig_open(&rig);
    section = (struct options_agent){.id = (char *)"one",
                                     .call_timeout_ms = -1,
                                     .memory_bytes_max = -1,
                                     .reask_max = -1,
                                     .canary_percent = -1};
    rig.options.agent_sections = &section;
    rig.options.agent_sections_count = 1;
}

static void teardown(void)
{
    rig_close(&rig);
}

static void reload(bool is_ok, const char *part)
{
    rig_expect_reload(&rig, is_ok, part);
}

static void on_ended(const char *said, const struct err *err, void *ctx)
{
    (void)ctx;
    ended.is_done = true;
    ended.kind = err != NULL ? err->kind : ERR_NONE;
    (void)snprintf(ended.said, sizeof(ended.said), "%s", err != NULL ? err->text : said);
}

static bool has_ended(struct rig *of)
{
    (void)of;
    return ended.is_done;
}

static void order(const char *id, enum agents_order what, enum err_kind kind, const char *said)
{
    ended.is_done = false;
    agents_order(rig.agents, id, what, on_ended, NULL);
    rig_wait(&rig, has_ended);
    ck_assert_msg(ended.kind == kind, "%s", ended.said);
    rig_assert_has(ended.said, said);
}

/* What the prompt of that job begins with. */
static void expect_prompt(const char *job_key, const char *expected)
{
    struct err err;
    struct unit *unit = agents_pin(rig.agents, "one", NULL, job_key, &err);
    ck_assert_msg(unit != NULL, "%s", err.text);
    rig_build(&rig, unit, "q:p", "ok");
    ck_assert_msg(rig.reply.outcome == AGENT_OK, "%s", rig.reply.reason);
    rig_assert_span(rig.reply.messages[0].text, expected);
    unit_unpin(&unit);
}

/* Waits until its cell runs, or does not. */
static bool is_ready(struct rig *of)
{
    const struct generation_entry *entry = generation_find(of->agents->generation, "one");
    return entry->unit->state == UNIT_READY &&
           (entry->canary == NULL || entry->canary->state == UNIT_READY);
}

static void expect_listed(const char *part)
{
    struct sbuf out;
    sbuf_init(&out, 100000);
    agents_render(rig.agents, &out);
    rig_assert_has(out.data, part);
    sbuf_fini(&out);
}

static void expect_history(const char *part)
{
    struct sbuf out;
    struct err err;
    sbuf_init(&out, 100000);
    ck_assert(agents_render_history(rig.agents, "one", &out, &err));
    rig_assert_has(out.data, part);
    sbuf_fini(&out);
}

static void restart(void)
{
    rig_settle(&rig);
    rig_restart(&rig);
}

/* --- pause --------------------------------------------------------------------------------- */

START_TEST(a_paused_agent_stays_so_over_reload_and_restart_until_it_is_resumed)
{
    struct err err = {0};
    rig_install(&rig, "one", "1", "scripted", "x");
    reload(true, "loaded");
    ck_assert(agents_may_run(rig.agents, "one", &err));
    order("one", AGENTS_PAUSE, ERR_NONE, "agent 'one' is paused");
    ck_assert(!agents_may_run(rig.agents, "one", &err));
    ck_assert_int_eq(err.kind, ERR_AGAIN);
    rig_assert_has(err.text, "paused by an operator since 20");
    rig_write(&rig, "bundles/one/assets/prompt.txt", "y");
    reload(true, "loaded");
    ck_assert(!agents_may_run(rig.agents, "one", &err));
    rig_restart(&rig);
    reload(true, "loaded");
    ck_assert(!agents_may_run(rig.agents, "one", &err));
    expect_listed("\"pausedSince\":\"20");
    sbuf_clear(&rig.available);
    order("one", AGENTS_RESUME, ERR_NONE, "agent 'one' is resumed");
    order("one", AGENTS_RESUME, ERR_NONE, "resumed"); /* twice tells nobody twice */
    ck_assert_str_eq(rig.available.data, "one ");
    ck_assert(agents_may_run(rig.agents, "one", &err));
    rig_restart(&rig);
    reload(true, "loaded");
    ck_assert(agents_may_run(rig.agents, "one", &err));
}
END_TEST

START_TEST(an_order_that_is_answered_is_on_disk)
{
    struct err err = {0};
    char *path = NULL;
    rig_install(&rig, "one", "1", "scripted", "x");
    reload(true, "loaded");
    order("one", AGENTS_PAUSE, ERR_NONE, "paused");
    ck_assert_int_gt(asprintf(&path, "%s/images.json", rig.state_path), 0);
    FILE *file = fopen(path, "re");
    char text[4096] = "";
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, file), 0);
    (void)fclose(file);
    free(path);
    rig_assert_has(text, "\"pausedMs\":");
    /* A folder where the file should be: it cannot be replaced. */
    rig_run("rm '%s/images.json' && mkdir '%s/images.json'", rig.state_path, rig.state_path);
    order("one", AGENTS_RESUME, ERR_INTERNAL,
          "agent 'one' is resumed, but a restart will not know");
    ck_assert(agents_may_run(rig.agents, "one", &err));
}
END_TEST

START_TEST(an_agent_without_an_image_can_be_paused_and_an_unknown_one_not)
{
    struct err err = {0};
    rig_install(&rig, "one", "1", "scripted", "x");
    rig_write(&rig, "bundles/one/assets/refuse.txt", "no");
    reload(false, "refused");
    order("ona", AGENTS_PAUSE, ERR_NOT_FOUND, "no agent 'ona'; the nearest is 'one'");
    order("one", AGENTS_PAUSE, ERR_NONE, "paused");
    rig_restart(&rig);
    reload(false, "refused");
    ck_assert(!agents_may_run(rig.agents, "one", &err));
}
END_TEST

/* --- rollback ------------------------------------------------------------------------------ */

static void install_two(void)
{
    rig_install(&rig, "one", "1", "scripted", "a");
    reload(true, "loaded");
    rig_run_ms(&rig, 5); /* another time of loading */
    rig_install(&rig, "one", "2", "scripted", "b");
    reload(true, "\"loaded\"");
}

START_TEST(a_rollback_holds_over_reload_and_restart_until_another_bundle_comes)
{
    install_two();
    expect_prompt(NULL, "b");
    order("one", AGENTS_ROLLBACK, ERR_NONE, "agent 'one' is back at version 1");
    expect_prompt(NULL, "a");
    expect_listed("\"refused\":\"version 2 (image ");
    reload(true, "\"unchanged\"");
    expect_prompt(NULL, "a");
    restart();
    reload(true, "is installed and was rolled back");
    expect_prompt(NULL, "a");
    expect_history("\"version\":\"1\",\"state\":\"current\",\"serves\":true");
    rig_install(&rig, "one", "3", "scripted", "c");
    reload(true, "\"loaded\"");
    expect_prompt(NULL, "c");
    rig_install(&rig, "one", "2", "scripted", "b"); /* on purpose, this time */
    reload(true, "\"loaded\"");
    expect_prompt(NULL, "b");
}
END_TEST

START_TEST(a_second_rollback_undoes_the_first)
{
    install_two();
    order("one", AGENTS_ROLLBACK, ERR_NONE, "back at version 1");
    order("one", AGENTS_ROLLBACK, ERR_NONE, "back at version 2");
    expect_prompt(NULL, "b");
    reload(true, "\"unchanged\"");
    expect_prompt(NULL, "b");
    restart();
    reload(true, "\"loaded\"");
    expect_prompt(NULL, "b");
}
END_TEST

START_TEST(without_an_earlier_image_there_is_no_rollback)
{
    rig_install(&rig, "one", "1", "scripted", "a");
    reload(true, "loaded");
    order("one", AGENTS_ROLLBACK, ERR_CONFLICT, "has no earlier image to go back to");
    order("one", AGENTS_PROMOTE, ERR_CONFLICT, "agent 'one' has no canary");
    order("two", AGENTS_ROLLBACK, ERR_NOT_FOUND, "no agent 'two'");
    expect_prompt(NULL, "a");
}
END_TEST

START_TEST(an_image_that_does_not_start_any_more_is_not_gone_back_to)
{
    rig.agents->idle_ms = 1; /* its cell is to be started again */
    install_two();
    rig_settle(&rig);
    rig_expect_children(&rig, 1);
    const struct image *image = images_before(&rig.agents->images, "one", NULL);
    rig_run("chmod -R u+w '%s/images/%s' && : > '%s/images/%s/agent.so'", rig.state_path,
            image->hash, rig.state_path, image->hash);
    order("one", AGENTS_ROLLBACK, ERR_CONFLICT, "does not start");
    expect_prompt(NULL, "b");
}
END_TEST

START_TEST(orders_wait_for_no_reload)
{
    install_two();
    rig_ask_reload(&rig);
    order("one", AGENTS_ROLLBACK, ERR_AGAIN, "a reload is under way");
    rig_wait(&rig, rig_is_reloaded);
}
END_TEST

START_TEST(one_agent_is_rolled_back_at_a_time)
{
    rig.agents->idle_ms = 1; /* its cell is to be started again */
    install_two();
    rig_settle(&rig);
    rig_expect_children(&rig, 1);
    ended.is_done = false;
    agents_order(rig.agents, "one", AGENTS_ROLLBACK, on_ended, NULL);
    ck_assert(!ended.is_done);
    order("one", AGENTS_ROLLBACK, ERR_AGAIN, "another agent is being rolled back");
    ended.is_done = false;
    rig_wait(&rig, has_ended);
    rig_assert_has(ended.said, "back at version 1");
}
END_TEST

START_TEST(a_registry_can_end_in_the_middle_of_a_rollback)
{
    install_two();
    ended.is_done = false;
    agents_order(rig.agents, "one", AGENTS_ROLLBACK, on_ended, NULL);
    rig_restart(&rig);
    ck_assert(ended.is_done);
}
END_TEST

/* --- canary -------------------------------------------------------------------------------- */

/* How many of 2000 jobs the canary gets. */
static unsigned count_canary(void)
{
    const struct generation_entry *entry = generation_find(rig.agents->generation, "one");
    unsigned count = 0;
    for (unsigned i = 0; i < 2000; i++) {
        char job_key[64];
        (void)snprintf(job_key, sizeof(job_key), "bull:readings:%u:1764000000000", i);
        count += generation_unit_for(entry, job_key) == entry->canary;
    }
    return entry->canary != NULL ? count : 0;
}

static void start_canary(double percent)
{
    section.canary_percent = percent;
    rig_install(&rig, "one", "1", "scripted", "a");
    reload(true, "\"loaded\""); /* the first one is for all */
    ck_assert_uint_eq(count_canary(), 0);
    rig_run_ms(&rig, 5);
    rig_install(&rig, "one", "2", "scripted", "b");
    reload(true, "\"result\":\"canary\"");
}

START_TEST(a_canary_gets_its_share_and_no_other_job)
{
    start_canary(10);
    unsigned count = count_canary();
    ck_assert_uint_gt(count, 140); /* 200, and five standard deviations */
    ck_assert_uint_lt(count, 260);
    ck_assert_uint_eq(count_canary(), count); /* the same jobs */
    expect_prompt(NULL, "a");
    expect_listed("\"percent\":10,\"strikes\":0");
    expect_history("\"version\":\"2\",\"state\":\"canary\",\"serves\":true");
    expect_history("\"version\":\"1\",\"state\":\"current\",\"serves\":true");
    section.canary_percent = 100;
    reload(true, "unchanged");
    ck_assert_uint_eq(count_canary(), 2000);
    expect_prompt("any:job", "b");
    section.canary_percent = 0.01; /* the least there is */
    reload(true, "unchanged");
    ck_assert_uint_lt(count_canary(), 5);
}
END_TEST

START_TEST(a_share_of_nothing_makes_no_canary)
{
    section.canary_percent = 0;
    rig_install(&rig, "one", "1", "scripted", "a");
    reload(true, "\"loaded\"");
    rig_install(&rig, "one", "2", "scripted", "b");
    reload(true, "\"loaded\"");
    ck_assert_uint_eq(count_canary(), 0);
    expect_prompt("any:job", "b");
}
END_TEST

START_TEST(one_job_changes_sides_at_the_share_that_its_key_has)
{
    const char *job_key = "bull:readings:1:1764000000000";
    unsigned place = (unsigned)(hash_fnv64(span_of(job_key)) % GENERATION_SHARE_ALL);
    start_canary(100);
    struct generation_entry *entry = generation_find(rig.agents->generation, "one");
    const struct {
        unsigned share;
        bool is_canary;
    } rows[] = {{0, false}, {place, false}, {place + 1, true}, {GENERATION_SHARE_ALL, true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        entry->canary_share = rows[i].share;
        ck_assert_ptr_eq(generation_unit_for(entry, job_key),
                         rows[i].is_canary ? entry->canary : entry->unit);
    }
}
END_TEST

START_TEST(a_newer_bundle_takes_the_place_of_the_canary)
{
    start_canary(100);
    rig_install(&rig, "one", "3", "scripted", "c");
    reload(true, "\"result\":\"canary\"");
    expect_prompt("any:job", "c");
    expect_prompt(NULL, "a");
    reload(true, "\"result\":\"unchanged\"");
    rig_assert_has(rig.report.data, "\"version\":\"3\""); /* what is installed is reported */
}
END_TEST

START_TEST(a_canary_stays_one_over_reload_and_restart)
{
    start_canary(50);
    unsigned count = count_canary();
    reload(true, "unchanged");
    ck_assert_uint_eq(count_canary(), count);
    restart();
    reload(true, "\"result\":\"canary\"");
    ck_assert_uint_eq(count_canary(), count);
    rig_wait(&rig, is_ready);
    expect_prompt(NULL, "a");
    rig_write(&rig, "bundles/one/assets/refuse.txt", "no");
    reload(false, "refused"); /* a third bundle that is no good changes nothing */
    ck_assert_uint_eq(count_canary(), count);
}
END_TEST

START_TEST(a_promoted_canary_gets_all_jobs_also_after_a_restart)
{
    start_canary(10);
    order("one", AGENTS_PROMOTE, ERR_NONE, "agent 'one' is at version 2");
    expect_prompt(NULL, "b");
    ck_assert_uint_eq(count_canary(), 0);
    reload(true, "unchanged");
    restart();
    reload(true, "\"loaded\"");
    expect_prompt(NULL, "b");
    order("one", AGENTS_ROLLBACK, ERR_NONE, "back at version 1");
    expect_prompt(NULL, "a");
}
END_TEST

START_TEST(a_rollback_ends_the_canary)
{
    start_canary(10);
    order("one", AGENTS_ROLLBACK, ERR_NONE, "has no canary any more: version 2 gets no jobs");
    ck_assert_uint_eq(count_canary(), 0);
    reload(true, "was rolled back");
    ck_assert_uint_eq(count_canary(), 0);
    expect_prompt(NULL, "a");
}
END_TEST

START_TEST(without_a_share_the_next_reload_takes_the_canary_for_all)
{
    start_canary(10);
    section.canary_percent = -1;
    reload(true, "\"loaded\"");
    ck_assert_uint_eq(count_canary(), 0);
    expect_prompt(NULL, "b");
}
END_TEST

START_TEST(a_bundle_put_back_ends_the_canary)
{
    start_canary(10);
    rig_install(&rig, "one", "1", "scripted", "a");
    reload(true, "unchanged");
    ck_assert_uint_eq(count_canary(), 0);
    expect_prompt("any:job", "a");
}
END_TEST

static bool is_canary_gone(struct rig *of)
{
    return generation_find(of->agents->generation, "one")->canary == NULL;
}

START_TEST(a_canary_that_crashes_is_taken_back)
{
    start_canary(100);
    for (unsigned i = 0; i < STRIKES_QUARANTINE; i++) {
        struct err err;
        char job_key[32];
        (void)snprintf(job_key, sizeof(job_key), "q:%u", i);
        struct unit *unit = agents_pin(rig.agents, "one", NULL, job_key, &err);
        ck_assert_msg(unit != NULL, "%s", err.text);
        rig_build(&rig, unit, job_key, "crash");
        ck_assert_int_eq(rig.reply.outcome, AGENT_CRASHED);
        unit_unpin(&unit);
    }
    rig_wait(&rig, is_canary_gone);
    expect_prompt("q:9", "a");
    expect_listed("is quarantined: failed 3 jobs within 10 minutes, the last by 'crashed'");
    expect_history("\"state\":\"quarantined\",\"serves\":false");
    reload(false, "is quarantined");
    expect_prompt("q:9", "a");
    restart();
    reload(false, "is quarantined");
    expect_prompt("q:9", "a");
}
END_TEST

Suite *suite_order(void)
{
    Suite *suite = suite_create("order");
    TCase *tcase = tcase_create("orders");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_paused_agent_stays_so_over_reload_and_restart_until_it_is_resumed);
    tcase_add_test(tcase, an_order_that_is_answered_is_on_disk);
    tcase_add_test(tcase, an_agent_without_an_image_can_be_paused_and_an_unknown_one_not);
    tcase_add_test(tcase, a_rollback_holds_over_reload_and_restart_until_another_bundle_comes);
    tcase_add_test(tcase, a_second_rollback_undoes_the_first);
    tcase_add_test(tcase, without_an_earlier_image_there_is_no_rollback);
    tcase_add_test(tcase, an_image_that_does_not_start_any_more_is_not_gone_back_to);
    tcase_add_test(tcase, orders_wait_for_no_reload);
    tcase_add_test(tcase, one_agent_is_rolled_back_at_a_time);
    tcase_add_test(tcase, a_registry_can_end_in_the_middle_of_a_rollback);
    tcase_add_test(tcase, a_canary_gets_its_share_and_no_other_job);
    tcase_add_test(tcase, a_share_of_nothing_makes_no_canary);
    tcase_add_test(tcase, one_job_changes_sides_at_the_share_that_its_key_has);
    tcase_add_test(tcase, a_newer_bundle_takes_the_place_of_the_canary);
    tcase_add_test(tcase, a_canary_stays_one_over_reload_and_restart);
    tcase_add_test(tcase, a_promoted_canary_gets_all_jobs_also_after_a_restart);
    tcase_add_test(tcase, a_rollback_ends_the_canary);
    tcase_add_test(tcase, without_a_share_the_next_reload_takes_the_canary_for_all);
    tcase_add_test(tcase, a_bundle_put_back_ends_the_canary);
    tcase_add_test(tcase, a_canary_that_crashes_is_taken_back);
    suite_add_tcase(suite, tcase);
    return suite;
}
