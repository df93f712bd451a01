/* Reloads with real cells: what changes, what stays, what comes back after a restart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agents-private.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/metrics.h"
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

static void reload(bool is_ok, const char *part)
{
    rig_expect_reload(&rig, is_ok, part);
}

/* What the agent's prompt begins with now. */
static void expect_prompt(const char *id, const char *image, const char *expected)
{
    struct unit *unit = rig_pin(&rig, id, image);
    rig_build(&rig, unit, "q:p", "ok");
    ck_assert_msg(rig.reply.outcome == AGENT_OK, "%s", rig.reply.reason);
    rig_assert_span(rig.reply.messages[0].text, expected);
    unit_unpin(&unit);
}

static char *image_of(const char *id)
{
    struct unit *unit = rig_pin(&rig, id, NULL);
    char *image = arena_strdup(rig.arena, unit_image(unit));
    unit_unpin(&unit);
    return image;
}

START_TEST(an_empty_folder_settles_with_no_agents)
{
    struct err err = {0};
    ck_assert(!agents_is_settled(rig.agents));
    ck_assert_ptr_null(agents_pin(rig.agents, "one", NULL, NULL, &err));
    reload(true, "\"bundles\":[]");
    ck_assert(agents_is_settled(rig.agents));
    ck_assert_uint_eq(agents_generation(rig.agents), 1);
    ck_assert_ptr_null(agents_pin(rig.agents, "one", NULL, NULL, &err));
    ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
}
END_TEST

START_TEST(an_edited_prompt_serves_new_pins_and_old_pins_keep_the_old_one)
{
    rig_install(&rig, "one", "1", "scripted", "old");
    reload(true, "\"result\":\"loaded\"");
    struct unit *old = rig_pin(&rig, "one", NULL);
    rig_write(&rig, "bundles/one/assets/prompt.txt", "new");
    reload(true, "\"result\":\"loaded\"");
    ck_assert_uint_eq(agents_generation(rig.agents), 2);
    expect_prompt("one", NULL, "new");
    rig_build(&rig, old, "q:1", "ok");
    rig_assert_span(rig.reply.messages[0].text, "old");
    expect_prompt("one", unit_image(old), "old"); /* also for one who asks for that image */
    rig_expect_children(&rig, 2);
    unit_unpin(&old);
    rig_expect_children(&rig, 1);
    ck_assert_str_eq(rig.available.data, "one one ");
}
END_TEST

START_TEST(an_unchanged_bundle_keeps_its_cell)
{
    rig_install(&rig, "one", "1", "scripted", "same");
    reload(true, "\"result\":\"loaded\"");
    struct unit *before = rig_pin(&rig, "one", NULL);
    rig_run("touch '%s/one/assets/prompt.txt' && cp -r '%s/one' '%s/two' && rm -r '%s/one' && "
            "mv '%s/two' '%s/one'",
            rig.bundles, rig.bundles, rig.bundles, rig.bundles, rig.bundles, rig.bundles);
    reload(true, "\"result\":\"unchanged\"");
    ck_assert_uint_eq(agents_generation(rig.agents), 1);
    struct unit *after = rig_pin(&rig, "one", NULL);
    ck_assert_ptr_eq(before, after);
    unit_unpin(&before);
    unit_unpin(&after);
}
END_TEST

START_TEST(garbage_over_the_installed_code_harms_nothing_and_is_refused)
{
    rig_install(&rig, "one", "1", "scripted", "works");
    reload(true, "\"result\":\"loaded\"");
    struct unit *pinned = rig_pin(&rig, "one", NULL);
    /* In place: the inode stays, as with cp. */
    rig_run("head -c 5000 /dev/urandom | dd of='%s/one/agent.so' conv=notrunc status=none",
            rig.bundles);
    rig_build(&rig, pinned, "q:1", "ok");
    ck_assert_int_eq(rig.reply.outcome, AGENT_OK);
    reload(false, "\"result\":\"refused\"");
    rig_assert_has(rig.report.data, "\"version\":\"1\"");
    rig_assert_has(rig.report.data, "\"error\":\"agent.so: ");
    expect_prompt("one", NULL, "works");
    rig_run(": > '%s/one/agent.so'", rig.bundles);
    reload(false, "\"result\":\"refused\"");
    expect_prompt("one", NULL, "works");
    unit_unpin(&pinned);
    /* Repaired, it is what serves already. */
    rig_install(&rig, "one", "1", "scripted", "works");
    reload(true, "\"result\":\"unchanged\"");
}
END_TEST

START_TEST(a_bundle_whose_agent_is_not_made_is_refused_and_others_go_on)
{
    rig_install(&rig, "one", "1", "scripted", "one");
    rig_install(&rig, "two", "1", "scripted", "two");
    reload(true, "\"id\":\"two\",\"result\":\"loaded\"");
    rig_install(&rig, "one", "2", "scripted", "one!");
    rig_write(&rig, "bundles/one/assets/refuse.txt", "not today");
    rig_install(&rig, "two", "2", "scripted", "two!");
    reload(false, "\"id\":\"one\",\"result\":\"refused\"");
    rig_assert_has(rig.report.data, "not today");
    rig_assert_has(rig.report.data, "\"id\":\"two\",\"result\":\"loaded\"");
    expect_prompt("one", NULL, "one");
    expect_prompt("two", NULL, "two!");
    rig_expect_children(&rig, 2);
    struct sbuf out;
    sbuf_init(&out, 100000);
    agents_render(rig.agents, &out);
    rig_assert_has(out.data, "\"refused\":\"");
    rig_assert_has(out.data, "not today");
    sbuf_fini(&out);
}
END_TEST

START_TEST(an_agent_that_never_ran_and_is_refused_is_known_but_waits)
{
    struct err err = {0};
    rig_install(&rig, "one", "1", "scripted", "x");
    rig_write(&rig, "bundles/one/assets/refuse.txt", "no");
    reload(false, "\"result\":\"refused\"");
    ck_assert(agents_knows(rig.agents, "one"));
    ck_assert_ptr_null(agents_pin(rig.agents, "one", NULL, NULL, &err));
    ck_assert_int_eq(err.kind, ERR_AGAIN);
    rig_assert_has(err.text, "no");
    ck_assert_ptr_null(agents_pin(rig.agents, "ona", NULL, NULL, &err));
    ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
    rig_assert_has(err.text, "'one'");
    rig_expect_children(&rig, 0);
    rig_run("rm '%s/one/assets/refuse.txt'", rig.bundles);
    reload(true, "\"result\":\"loaded\"");
    ck_assert_str_eq(rig.available.data, "one ");
    expect_prompt("one", NULL, "x");
}
END_TEST

START_TEST(after_a_restart_with_a_broken_bundle_the_last_good_image_serves)
{
    rig_install(&rig, "one", "1", "scripted", "good");
    reload(true, "\"result\":\"loaded\"");
    rig_run(": > '%s/one/agent.so'", rig.bundles);
    rig_restart(&rig);
    reload(false, "\"result\":\"refused\"");
    rig_assert_has(rig.report.data, "\"version\":\"1\"");
    expect_prompt("one", NULL, "good");
    rig_restart(&rig); /* and again: the refused one has not replaced it */
    reload(false, "\"result\":\"refused\"");
    expect_prompt("one", NULL, "good");
    rig_run("echo '{' > '%s/one/manifest.json'", rig.bundles);
    rig_restart(&rig);
    reload(false, "manifest.json:2:1:");
    expect_prompt("one", NULL, "good");
}
END_TEST

START_TEST(when_the_stored_image_is_damaged_the_one_before_serves)
{
    rig_install(&rig, "one", "1", "scripted", "first");
    reload(true, "loaded");
    rig_write(&rig, "bundles/one/assets/prompt.txt", "second");
    reload(true, "loaded");
    const char *second = image_of("one");
    rig_run(": > '%s/one/agent.so' && cd '%s/images/%s/assets' && chmod u+w prompt.txt && "
            "echo x > prompt.txt",
            rig.bundles, rig.state_path, second);
    rig_restart(&rig);
    reload(false, "refused");
    expect_prompt("one", NULL, "first");
}
END_TEST

START_TEST(a_broken_images_json_is_set_aside)
{
    rig_install(&rig, "one", "1", "scripted", "good");
    reload(true, "loaded");
    rig_settle(&rig);
    rig_write(&rig, "state/images.json", "{\"version\":1,\"agents\":{\"one\":");
    rig_restart(&rig);
    reload(true, "loaded");
    expect_prompt("one", NULL, "good");
    rig_settle(&rig);
    rig_run("test -e '%s/images.json.broken' && grep -q current '%s/images.json'", rig.state_path,
            rig.state_path);
}
END_TEST

START_TEST(a_run_finds_the_image_of_its_prompt_after_a_restart)
{
    rig_install(&rig, "one", "1", "scripted", "old");
    reload(true, "loaded");
    const char *old = image_of("one");
    rig_write(&rig, "bundles/one/assets/prompt.txt", "new");
    reload(true, "loaded");
    rig_restart(&rig);
    reload(true, "\"result\":\"loaded\"");
    rig_expect_children(&rig, 1); /* the old one only when it is asked for */
    struct unit *unit = rig_pin(&rig, "one", old);
    ck_assert_str_eq(unit_image(unit), old);
    ck_assert_str_eq(unit_manifest(unit)->version, "1");
    rig_process(&rig, unit, "q:1", "an answer");
    ck_assert_msg(rig.reply.outcome == AGENT_OK, "%s", rig.reply.reason);
    unit_unpin(&unit);
    expect_prompt("one", NULL, "new");
    /* An image that is gone: the current one takes over. */
    expect_prompt("one", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "new");
}
END_TEST

START_TEST(a_removed_bundle_leaves_and_its_pins_go_on)
{
    struct err err = {0};
    rig_install(&rig, "one", "1", "scripted", "one");
    rig_install(&rig, "two", "1", "scripted", "two");
    reload(true, "loaded");
    struct unit *pinned = rig_pin(&rig, "one", NULL);
    rig_run("rm -r '%s/one'", rig.bundles);
    reload(true, "{\"id\":\"one\",\"result\":\"removed\"}");
    ck_assert(!agents_knows(rig.agents, "one"));
    ck_assert_uint_eq(agents_count(rig.agents), 1);
    ck_assert_ptr_null(agents_pin(rig.agents, "one", NULL, NULL, &err));
    ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
    rig_build(&rig, pinned, "q:1", "ok");
    ck_assert_int_eq(rig.reply.outcome, AGENT_OK);
    unit_unpin(&pinned);
    rig_expect_children(&rig, 1);
}
END_TEST

START_TEST(folders_that_cannot_be_read_remove_nothing)
{
    rig_install(&rig, "one", "1", "scripted", "one");
    reload(true, "loaded");
    rig_run("touch '%s'", rig.later_bundles); /* a file where a folder is configured */
    reload(false, "cannot be read");
    expect_prompt("one", NULL, "one");
    rig_restart(&rig);
    reload(false, "cannot be read");
    expect_prompt("one", NULL, "one");
    rig_run("rm '%s'", rig.later_bundles);
    reload(true, "unchanged");
}
END_TEST

START_TEST(later_folders_win)
{
    rig_install(&rig, "one", "1", "scripted", "packaged");
    reload(true, "loaded");
    rig_run("mkdir '%s' && cp -r '%s/one' '%s/one' && printf site > '%s/one/assets/prompt.txt'",
            rig.later_bundles, rig.bundles, rig.later_bundles, rig.later_bundles);
    reload(true, "loaded");
    expect_prompt("one", NULL, "site");
    rig_run("rm -r '%s/one'", rig.later_bundles);
    reload(true, "loaded");
    expect_prompt("one", NULL, "packaged");
}
END_TEST

static unsigned reloads_done;

static void count_reload(bool is_ok, struct span report, void *ctx)
{
    (void)is_ok;
    (void)report;
    (void)ctx;
    reloads_done++;
}

static bool all_told(struct rig *ignored)
{
    (void)ignored;
    return reloads_done == 20;
}

START_TEST(reloads_asked_for_while_one_runs_become_one_more)
{
    rig_install(&rig, "one", "1", "scripted", "x");
    for (int i = 0; i < 20; i++) {
        agents_reload(rig.agents, &rig.options, count_reload, NULL);
    }
    rig_wait(&rig, all_told);
    struct sbuf out;
    sbuf_init(&out, 100000);
    metrics_render(&out);
    rig_assert_has(out.data, "agenthost_reloads_total{result=\"ok\"} 2\n");
    rig_assert_has(out.data, "agenthost_generation 1\n");
    sbuf_fini(&out);
}
END_TEST

START_TEST(a_folder_that_never_rests_is_refused_and_nothing_else_waits_longer)
{
    rig_install(&rig, "one", "1", "scripted", "x");
    rig.options.agents.still_ms = 60000;
    rig.options.agents.still_ms_max = 300;
    int64_t before_ms = clock_mono_ms();
    reload(false, "being changed: not still for 60000 ms within 300 ms");
    ck_assert_int_lt(clock_mono_ms() - before_ms, 5000);
    ck_assert_int_ge(clock_mono_ms() - before_ms, 300);
}
END_TEST

START_TEST(a_folder_is_taken_when_it_has_been_still)
{
    rig.options.agents.still_ms = 300;
    rig.options.agents.still_ms_max = 10000;
    rig_install(&rig, "one", "1", "scripted", "x");
    int64_t before_ms = clock_mono_ms();
    reload(true, "loaded");
    ck_assert_int_ge(clock_mono_ms() - before_ms, 200);
    rig_write(&rig, "bundles/one/assets/prompt.txt", "half");
    rig_ask_reload(&rig);
    rig_run_ms(&rig, 150);
    rig_write(&rig, "bundles/one/assets/prompt.txt", "whole");
    rig_wait(&rig, rig_is_reloaded);
    expect_prompt("one", NULL, "whole");
}
END_TEST

/* The swapMs of the last report. */
static double swap_ms(void)
{
    struct json_object *report = NULL;
    struct err err;
    ck_assert(json_parse(sbuf_as_span(&rig.report), &report, &err));
    double ms = json_object_get_double(json_get(report, "swapMs"));
    json_object_put(report);
    return ms;
}

START_TEST(the_swap_time_counts_from_when_all_are_still)
{
    rig.options.agents.still_ms = 1500;
    rig.options.agents.still_ms_max = 10000;
    rig_install(&rig, "one", "1", "scripted", "x");
    reload(true, "loaded");
    ck_assert_double_lt(swap_ms(), 1000);
    rig_run(": > '%s/one/agent.so'", rig.bundles);
    reload(false, "refused");
    ck_assert_double_lt(swap_ms(), 1000);
}
END_TEST

START_TEST(a_switched_link_needs_no_stillness)
{
    rig_install(&rig, "one", "1", "scripted", "first");
    rig_run("cd '%s' && mv one ../one-1 && cp -r ../one-1 ../one-2 && "
            "printf second > ../one-2/assets/prompt.txt && ln -s ../one-1 one",
            rig.bundles);
    rig.options.agents.still_ms = 60000;
    reload(true, "loaded");
    expect_prompt("one", NULL, "first");
    rig_run("cd '%s' && ln -sfn ../one-2 one", rig.bundles);
    reload(true, "loaded");
    expect_prompt("one", NULL, "second");
}
END_TEST

static char *extra_keys[] = {(char *)"tone"}, *extra_where[] = {(char *)"x.conf:9"};

START_TEST(a_changed_section_makes_a_new_unit_and_an_undeclared_key_refuses_the_bundle)
{
    struct options_agent section = {.id = (char *)"one",
                                    .call_timeout_ms = -1,
                                    .memory_bytes_max = -1,
                                    .extra_json = (char *)"{\"tone\":\"warm\"}",
                                    .extra_keys = {extra_keys, 1},
                                    .extra_where = {extra_where, 1}};
    rig_install(&rig, "one", "1", "scripted", "x");
    reload(true, "loaded");
    rig.options.agent_sections = &section;
    rig.options.agent_sections_count = 1;
    reload(false, "x.conf:9: [agent.one] has no option 'tone'");
    expect_prompt("one", NULL, "x");
    rig_write_manifest(&rig, "one", "2", ",\"config\":{\"tone\":{\"type\":\"string\"}}");
    reload(true, "loaded");
    struct unit *unit = rig_pin(&rig, "one", NULL);
    rig_build(&rig, unit, "q:1", "ok");
    rig_assert_span(rig.reply.messages[1].text, "{\"tone\":\"warm\"}");
    section.extra_json = (char *)"{\"tone\":\"cool\"}";
    reload(true, "loaded");
    rig_build(&rig, unit, "q:1", "ok"); /* who holds the old one keeps its configuration */
    rig_assert_span(rig.reply.messages[1].text, "{\"tone\":\"warm\"}");
    unit_unpin(&unit);
    unit = rig_pin(&rig, "one", NULL);
    rig_build(&rig, unit, "q:1", "ok");
    rig_assert_span(rig.reply.messages[1].text, "{\"tone\":\"cool\"}");
    unit_unpin(&unit);
    section.model = (char *)"another"; /* the host's own keys are no reason for a new cell */
    reload(true, "unchanged");
}
END_TEST

START_TEST(fifty_reloads_leak_no_process_and_no_descriptor)
{
    char text[32];
    unsigned fds = 0;
    rig_install(&rig, "one", "1", "scripted", "x");
    rig_install(&rig, "two", "1", "scripted", "x");
    for (int i = 0; i < 50; i++) {
        (void)snprintf(text, sizeof(text), "prompt %d", i);
        rig_write(&rig, "bundles/one/assets/prompt.txt", text);
        reload(true, "loaded");
        expect_prompt("one", NULL, text);
        rig_expect_children_at_most(&rig, 3);
        if (i == 5) {
            fds = rig_count_fds();
        }
    }
    rig_expect_children(&rig, 2);
    ck_assert_uint_le(rig_count_fds(), fds + 4);
    rig_settle(&rig);
    /* Kept: what serves, and the newest of what served within the last days. */
    rig_run("test $(ls '%s/images' | wc -l) -le 20 && test $(ls -A '%s/images' | grep -c new) = 0",
            rig.state_path, rig.state_path);
}
END_TEST

START_TEST(a_fourth_image_in_use_takes_the_place_of_an_idle_one)
{
    struct unit *units[5];
    char text[32];
    rig_install(&rig, "one", "1", "scripted", "x");
    for (int i = 0; i < 5; i++) {
        (void)snprintf(text, sizeof(text), "prompt %d", i);
        rig_write(&rig, "bundles/one/assets/prompt.txt", text);
        reload(true, "loaded");
        units[i] = rig_pin(&rig, "one", NULL);
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5; i++) {
            (void)snprintf(text, sizeof(text), "prompt %d", i);
            rig_build(&rig, units[i], "q:1", "ok");
            ck_assert_int_eq(rig.reply.outcome, AGENT_OK);
            rig_assert_span(rig.reply.messages[0].text, text);
            rig_expect_children_at_most(&rig, 3);
        }
    }
    for (int i = 0; i < 5; i++) {
        unit_unpin(&units[i]);
    }
}
END_TEST

START_TEST(a_retired_cell_that_idles_is_stopped_and_comes_back_for_a_call)
{
    rig_install(&rig, "one", "1", "scripted", "old");
    reload(true, "loaded");
    rig.agents->idle_ms = 300;
    struct unit *old = rig_pin(&rig, "one", NULL);
    rig_write(&rig, "bundles/one/assets/prompt.txt", "new");
    reload(true, "loaded");
    ck_assert_uint_eq(rig_count_children(), 2);
    rig_expect_children(&rig, 1);
    rig_build(&rig, old, "q:1", "ok");
    rig_assert_span(rig.reply.messages[0].text, "old");
    ck_assert_uint_eq(rig_count_children(), 2);
    rig_expect_children(&rig, 1);
    expect_prompt("one", NULL, "new"); /* what serves never idles away */
    rig_run_ms(&rig, 600);
    ck_assert_uint_eq(rig_count_children(), 1);
    unit_unpin(&old);
}
END_TEST

START_TEST(a_registry_can_end_in_the_middle_of_a_reload)
{
    rig_install(&rig, "one", "1", "scripted", "x");
    for (int ms = 0; ms < 12; ms++) {
        rig_ask_reload(&rig);
        rig_ask_reload(&rig);
        rig_run_ms(&rig, ms);
        rig_restart(&rig);
    }
    reload(true, "one");
}
END_TEST

START_TEST(four_agents_are_swapped_within_a_hundred_ms)
{
    static const char *const ids[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++) {
        rig_install(&rig, ids[i], "1", "scripted", "x");
    }
    reload(true, "loaded");
    char path[64];
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof(path), "bundles/%s/assets/prompt.txt", ids[i]);
        rig_write(&rig, path, "y");
    }
    reload(true, "loaded");
    /* The goal is 100 ms; a busy build machine gets room. */
    ck_assert_double_lt(swap_ms(), 1000);
    expect_prompt("d", NULL, "y");
}
END_TEST

START_TEST(the_history_of_an_agent_has_the_newest_image_first_also_after_a_restart)
{
    struct err err = {0};
    struct sbuf out;
    sbuf_init(&out, 100000);
    rig_install(&rig, "one", "1", "scripted", "a");
    reload(true, "loaded");
    rig_run_ms(&rig, 5); /* another time of loading */
    rig_install(&rig, "one", "2", "scripted", "b");
    reload(true, "loaded");
    for (int round = 0; round < 2; round++) {
        sbuf_clear(&out);
        ck_assert(agents_render_history(rig.agents, "one", &out, &err));
        struct json_object *images = NULL;
        ck_assert(json_parse(sbuf_as_span(&out), &images, &err));
        ck_assert_uint_eq(json_object_array_length(images), 2);
        rig_assert_has(json_object_to_json_string(json_object_array_get_idx(images, 0)),
                       "\"version\": \"2\", \"state\": \"current\", \"serves\": true");
        rig_assert_has(json_object_to_json_string(json_object_array_get_idx(images, 1)),
                       "\"version\": \"1\", \"state\": \"lastGood\", \"serves\": false");
        ck_assert_ptr_nonnull(json_get(json_object_array_get_idx(images, 1), "replaced"));
        json_object_put(images);
        rig_restart(&rig);
        reload(true, "loaded");
    }
    ck_assert(!agents_render_history(rig.agents, "ona", &out, &err));
    ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
    rig_assert_has(err.text, "'one'");
    sbuf_fini(&out);
}
END_TEST

Suite *suite_reload(void)
{
    Suite *suite = suite_create("reload");
    TCase *tcase = tcase_create("cells");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_empty_folder_settles_with_no_agents);
    tcase_add_test(tcase, an_edited_prompt_serves_new_pins_and_old_pins_keep_the_old_one);
    tcase_add_test(tcase, an_unchanged_bundle_keeps_its_cell);
    tcase_add_test(tcase, garbage_over_the_installed_code_harms_nothing_and_is_refused);
    tcase_add_test(tcase, a_bundle_whose_agent_is_not_made_is_refused_and_others_go_on);
    tcase_add_test(tcase, an_agent_that_never_ran_and_is_refused_is_known_but_waits);
    tcase_add_test(tcase, after_a_restart_with_a_broken_bundle_the_last_good_image_serves);
    tcase_add_test(tcase, when_the_stored_image_is_damaged_the_one_before_serves);
    tcase_add_test(tcase, a_broken_images_json_is_set_aside);
    tcase_add_test(tcase, a_run_finds_the_image_of_its_prompt_after_a_restart);
    tcase_add_test(tcase, a_removed_bundle_leaves_and_its_pins_go_on);
    tcase_add_test(tcase, folders_that_cannot_be_read_remove_nothing);
    tcase_add_test(tcase, later_folders_win);
    tcase_add_test(tcase, reloads_asked_for_while_one_runs_become_one_more);
    tcase_add_test(tcase, a_folder_that_never_rests_is_refused_and_nothing_else_waits_longer);
    tcase_add_test(tcase, a_folder_is_taken_when_it_has_been_still);
    tcase_add_test(tcase, the_swap_time_counts_from_when_all_are_still);
    tcase_add_test(tcase, a_switched_link_needs_no_stillness);
    tcase_add_test(tcase,
                   a_changed_section_makes_a_new_unit_and_an_undeclared_key_refuses_the_bundle);
    tcase_add_test(tcase, fifty_reloads_leak_no_process_and_no_descriptor);
    tcase_add_test(tcase, a_fourth_image_in_use_takes_the_place_of_an_idle_one);
    tcase_add_test(tcase, a_retired_cell_that_idles_is_stopped_and_comes_back_for_a_call);
    tcase_add_test(tcase, a_registry_can_end_in_the_middle_of_a_reload);
    tcase_add_test(tcase, the_history_of_an_agent_has_the_newest_image_first_also_after_a_restart);
    tcase_add_test(tcase, four_agents_are_swapped_within_a_hundred_ms);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return suite;
}
