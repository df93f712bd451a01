/* Charts through real cells: cached, refused, computed again when a cell dies over one. */
#include "test_chart.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chart/birth.h"
#include "chart/chart_cache.h"
#include "chart/chart_call.h"
#include "core/json.h"
#include "core/loop.h"
#include "core/metrics.h"
#include "core/thread.h"
#include "support/cells.h"

#define WAIT_S 90.   /* the longest test makes hundreds of charts, perhaps on a busy machine */
#define HANG_MS 2000 /* far more than a chart takes on a busy machine */

struct rig {
    struct loop loop;
    struct thread *files;
    struct charts *charts;
    ev_timer patience;
    unsigned answers, expected;
    struct chart_answer last;
    char chart[8192], reason[512]; /* of the last answer */
};

static void rig_on_patience(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)timer;
    (void)revents;
    ck_abort_msg("no answer within %.0f s", WAIT_S);
}

static void rig_open(struct rig *rig, const char *program_path, int64_t call_ms)
{
    *rig = (struct rig){.expected = 1};
    loop_init(&rig->loop);
    rig->files = thread_create(&rig->loop, "files", 1024);
    const struct charts_settings settings = {
        .program_path = program_path, .start_ms = 10000, .call_ms = call_ms};
    struct err err;
    rig->charts = charts_create(&rig->loop, rig->files, &settings, &err);
    ck_assert_msg(rig->charts != NULL, "%s", err.text);
    ev_timer_init(&rig->patience, rig_on_patience, WAIT_S, 0.);
    ev_timer_start(rig->loop.ev, &rig->patience);
}

static void rig_close(struct rig *rig)
{
    ev_timer_stop(rig->loop.ev, &rig->patience);
    charts_destroy(&rig->charts);
    thread_destroy(&rig->files);
    loop_fini(&rig->loop);
}

static void rig_on_done(const struct chart_answer *answer, void *ctx)
{
    struct rig *rig = ctx;
    rig->last = *answer;
    (void)snprintf(rig->chart, sizeof(rig->chart), "%.*s", (int)answer->chart.len,
                   answer->chart.len > 0 ? answer->chart.data : "");
    (void)snprintf(rig->reason, sizeof(rig->reason), "%s",
                   answer->reason != NULL ? answer->reason : "");
    if (++rig->answers == rig->expected) {
        loop_stop(&rig->loop);
    }
}

static struct birth birth_at(int minute, const char *zone)
{
    struct birth birth = {.local = {1990, 1, 15, 14, minute, 0}, .fold = -1, .zone_field = "zone"};
    (void)snprintf(birth.zone, sizeof(birth.zone), "%s", zone);
    return birth;
}

static void rig_ask(struct rig *rig, int minute, const char *zone)
{
    struct birth birth = birth_at(minute, zone);
    struct err err;
    ck_assert_msg(charts_ask(rig->charts, &birth, rig_on_done, rig, &err), "%s", err.text);
}

/* Sends a signal to every chart cell this process has. */
static void signal_cells(int signal_number)
{
    char path[64], names[4096];
    (void)snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)getpid());
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    size_t len = fread(names, 1, sizeof(names) - 1, file);
    names[len] = '\0';
    ck_assert_int_eq(fclose(file), 0);
    unsigned count = 0;
    char *end = NULL;
    for (char *at = names; *at != '\0'; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at || pid <= 0) {
            break;
        }
        ck_assert_int_eq(kill((pid_t)pid, signal_number), 0);
        count++;
    }
    ck_assert_uint_gt(count, 0);
}

static double charts_counted(const char *outcome)
{
    char labels[48];
    (void)snprintf(labels, sizeof(labels), "outcome=\"%s\"", outcome);
    return metrics_value(
        metrics_counter("agenthost_charts_total", "Charts asked for, by outcome.", labels));
}

START_TEST(many_charts_are_made_each_its_own)
{
    struct rig rig;
    rig_open(&rig, CHART_PROGRAM, 10000);
    rig.expected = 20;
    for (int i = 0; i < 20; i++) {
        rig_ask(&rig, i, "Europe/Berlin");
    }
    loop_run(&rig.loop);
    ck_assert(charts_counted("made") == 20.);
    rig_close(&rig);
}
END_TEST

START_TEST(equal_data_are_computed_once)
{
    struct rig rig;
    rig_open(&rig, CHART_PROGRAM, 10000);
    rig_ask(&rig, 30, "Europe/Berlin");
    loop_run(&rig.loop);
    ck_assert_int_eq(rig.last.outcome, CHART_MADE);
    char first[sizeof(rig.chart)];
    memcpy(first, rig.chart, sizeof(first));
    ck_assert_ptr_nonnull(strstr(first, "\"birth_utc\":\"1990-01-15T13:30:00Z\""));
    rig.expected = 2;
    rig_ask(&rig, 30, "Europe/Berlin");
    loop_run(&rig.loop);
    ck_assert_str_eq(rig.chart, first);
    ck_assert(charts_counted("made") == 1.);
    ck_assert(charts_counted("cached") == 1.);
    rig_close(&rig);
}
END_TEST

START_TEST(wrong_zones_and_times_are_refused)
{
    struct rig rig;
    rig_open(&rig, CHART_PROGRAM, 10000);
    rig_ask(&rig, 30, "Europe/Nowhere");
    loop_run(&rig.loop);
    ck_assert_int_eq(rig.last.outcome, CHART_REFUSED);
    ck_assert_str_eq(rig.last.fault.field, "zone");
    ck_assert_ptr_nonnull(strstr(rig.last.fault.remedy, "Europe/Nowhere"));

    struct birth gap = birth_at(30, "Europe/Berlin");
    struct err err;
    gap.local = (struct civil){2024, 3, 31, 2, 30, 0};
    rig.expected = 2;
    ck_assert(charts_ask(rig.charts, &gap, rig_on_done, &rig, &err));
    loop_run(&rig.loop);
    ck_assert_int_eq(rig.last.outcome, CHART_REFUSED);
    ck_assert_str_eq(rig.last.fault.field, "birthTime");
    ck_assert(charts_counted("refused") == 2.);
    rig_close(&rig);
}
END_TEST

START_TEST(a_killed_cell_is_replaced)
{
    struct rig rig;
    rig_open(&rig, CHART_PROGRAM, 10000);
    rig_ask(&rig, 1, "UTC");
    loop_run(&rig.loop);
    signal_cells(SIGKILL);
    rig.expected = 2;
    rig_ask(&rig, 2, "UTC");
    loop_run(&rig.loop);
    ck_assert_int_eq(rig.last.outcome, CHART_MADE);
    rig_close(&rig);
}
END_TEST

START_TEST(a_hanging_cell_is_killed_and_its_chart_made_by_the_next)
{
    struct rig rig;
    rig_open(&rig, CHART_PROGRAM, HANG_MS);
    rig_ask(&rig, 1, "UTC");
    loop_run(&rig.loop);
    signal_cells(SIGSTOP);
    rig.expected = 2;
    rig_ask(&rig, 2, "UTC");
    loop_run(&rig.loop);
    ck_assert_int_eq(rig.last.outcome, CHART_MADE);
    ck_assert(charts_counted("made") == 2.);
    rig_close(&rig);
}
END_TEST

START_TEST(a_chart_whose_cell_dies_twice_is_given_up)
{
    struct rig rig;
    rig_open(&rig, DYING_CELL, 10000);
    rig_ask(&rig, 1, "UTC");
    loop_run(&rig.loop);
    ck_assert_int_eq(rig.last.outcome, CHART_FAILED);
    ck_assert_ptr_nonnull(strstr(rig.reason, "SIGABRT"));
    ck_assert(charts_counted("failed") == 1.);
    rig_close(&rig);
}
END_TEST

/* A program that can be probed and leaves when it is to be a cell. */
static void write_leaver(char path[64])
{
    (void)snprintf(path, 64, "chart-test-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    FILE *file = fdopen(fd, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs("#!/bin/sh\ntest \"$1\" = --probe && exec " CHART_PROGRAM " --probe\n", file);
    ck_assert_int_eq(fchmod(fd, 0700), 0);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(cells_that_do_not_start_are_said_to_be_unavailable)
{
    struct rig rig;
    char path[64];
    write_leaver(path);
    rig_open(&rig, path, 10000);
    rig_ask(&rig, 1, "UTC");
    loop_run(&rig.loop);
    ck_assert_int_eq(rig.last.outcome, CHART_UNAVAILABLE);
    ck_assert_str_ne(rig.reason, "");
    rig_close(&rig);
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(too_many_are_turned_away)
{
    struct rig rig;
    struct err err;
    rig_open(&rig, CHART_PROGRAM, 10000);
    struct birth birth = birth_at(1, "UTC");
    for (int i = 0; i < CHARTS_ASKED_MAX; i++) {
        rig_ask(&rig, 1, "UTC");
    }
    ck_assert(!charts_ask(rig.charts, &birth, rig_on_done, &rig, &err));
    ck_assert_int_eq(err.kind, ERR_LIMIT);
    rig.expected = CHARTS_ASKED_MAX;
    loop_run(&rig.loop);
    ck_assert_int_eq(rig.last.outcome, CHART_MADE);
    rig_close(&rig);
}
END_TEST

START_TEST(ending_forgets_what_was_asked)
{
    struct rig rig;
    rig_open(&rig, CHART_PROGRAM, 10000);
    for (int i = 0; i < 20; i++) {
        rig_ask(&rig, i, "UTC");
    }
    rig_close(&rig);
    ck_assert_uint_eq(rig.answers, 0);
}
END_TEST

START_TEST(a_program_that_is_no_cell_is_refused)
{
    struct loop loop;
    struct err err;
    loop_init(&loop);
    struct thread *files = thread_create(&loop, "files", 4);
    const struct charts_settings settings = {.program_path = "/bin/true"};
    ck_assert_ptr_null(charts_create(&loop, files, &settings, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "/bin/true"));
    thread_destroy(&files);
    loop_fini(&loop);
}
END_TEST

START_TEST(the_cache_drops_what_was_not_used)
{
    static struct chart_cache cache;
    char key[16], text[16];
    struct span found;
    for (int i = 0; i < CHART_CACHE_ENTRIES + 10; i++) {
        (void)snprintf(key, sizeof(key), "key %d", i);
        (void)snprintf(text, sizeof(text), "chart %d", i);
        chart_cache_put(&cache, key, span_of(text));
        ck_assert(chart_cache_get(&cache, "key 0", &found)); /* in use all the time */
        ck_assert(span_is(found, "chart 0"));
    }
    ck_assert(!chart_cache_get(&cache, "key 1", &found));
    ck_assert(!chart_cache_get(&cache, "key 10", &found));
    ck_assert(chart_cache_get(&cache, "key 11", &found));
    ck_assert(span_is(found, "chart 11"));
    chart_cache_put(&cache, "key 11", SPAN_LITERAL("another"));
    ck_assert(chart_cache_get(&cache, "key 11", &found));
    ck_assert(span_is(found, "another"));
    chart_cache_fini(&cache);
    ck_assert(!chart_cache_get(&cache, "key 11", &found));
}
END_TEST

Suite *chart_call_suite(void)
{
    Suite *suite = suite_create("chart calls");
    TCase *tcase = tcase_create("chart calls");
    tcase_set_timeout(tcase, WAIT_S + 10.);
    tcase_add_test(tcase, the_cache_drops_what_was_not_used);
    if (cells_can_run()) {
        tcase_add_test(tcase, many_charts_are_made_each_its_own);
        tcase_add_test(tcase, equal_data_are_computed_once);
        tcase_add_test(tcase, wrong_zones_and_times_are_refused);
        tcase_add_test(tcase, a_killed_cell_is_replaced);
        tcase_add_test(tcase, a_hanging_cell_is_killed_and_its_chart_made_by_the_next);
        tcase_add_test(tcase, a_chart_whose_cell_dies_twice_is_given_up);
        tcase_add_test(tcase, cells_that_do_not_start_are_said_to_be_unavailable);
        tcase_add_test(tcase, too_many_are_turned_away);
        tcase_add_test(tcase, ending_forgets_what_was_asked);
        tcase_add_test(tcase, a_program_that_is_no_cell_is_refused);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}
