/* Metrics: the text format, one series a name and labels, the limit of series. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/metrics.h"
#include "core/process.h"
#include "core/sbuf.h"
#include "suites.h"

static struct sbuf out;

static void setup(void)
{
    metrics_reset();
    sbuf_init(&out, 1 << 20);
}

static void teardown(void)
{
    sbuf_fini(&out);
    metrics_reset();
}

START_TEST(metrics_render_counters_and_gauges)
{
    struct metric *done =
        metrics_counter("jobs_completed_total", "Jobs completed.", "queue=\"readings\"");
    metrics_inc(done);
    metrics_add(done, 2);
    ck_assert_ptr_eq(metrics_counter("jobs_completed_total", "x", "queue=\"readings\""), done);
    (void)metrics_counter("jobs_completed_total", "x", "queue=\"other\"");
    metrics_set(metrics_gauge("jobs_active", "Back\\slash\nand line.", NULL), 0.5);
    metrics_render(&out);
    ck_assert_str_eq(out.data, "# HELP jobs_completed_total Jobs completed.\n"
                               "# TYPE jobs_completed_total counter\n"
                               "jobs_completed_total{queue=\"readings\"} 3\n"
                               "jobs_completed_total{queue=\"other\"} 0\n"
                               "# HELP jobs_active Back\\\\slash\\nand line.\n"
                               "# TYPE jobs_active gauge\n"
                               "jobs_active 0.5\n");
}
END_TEST

START_TEST(metrics_histogram_buckets_are_cumulative)
{
    static const double bounds[] = {0.1, 1};
    struct metric *seconds = metrics_histogram("call_seconds", "Calls.", "agent=\"a\"", bounds, 2);
    metrics_observe(seconds, 0.1); /* a bound belongs to its bucket */
    metrics_observe(seconds, 0.5);
    metrics_observe(seconds, 7);
    metrics_render(&out);
    ck_assert_str_eq(out.data, "# HELP call_seconds Calls.\n"
                               "# TYPE call_seconds histogram\n"
                               "call_seconds_bucket{agent=\"a\",le=\"0.1\"} 1\n"
                               "call_seconds_bucket{agent=\"a\",le=\"1\"} 2\n"
                               "call_seconds_bucket{agent=\"a\",le=\"+Inf\"} 3\n"
                               "call_seconds_sum{agent=\"a\"} 7.6\n"
                               "call_seconds_count{agent=\"a\"} 3\n");
}
END_TEST

START_TEST(metrics_labels_are_escaped_and_joined)
{
    metrics_label(&out, "queue", "a\"b\\c\nd");
    metrics_label(&out, "reason", "store");
    ck_assert_str_eq(out.data, "queue=\"a\\\"b\\\\c\\nd\",reason=\"store\"");
}
END_TEST

START_TEST(metrics_series_of_a_family_are_limited)
{
    char labels[32];
    struct metric *metric = NULL;
    for (int i = 0; i < 250; i++) {
        (void)snprintf(labels, sizeof(labels), "model=\"m%d\"", i);
        metric = metrics_counter("calls_total", "Calls.", labels);
        metrics_inc(metric);
    }
    ck_assert_ptr_eq(metrics_counter("calls_total", "Calls.", "model=\"one more\""), metric);
    metrics_render(&out);
    ck_assert_ptr_nonnull(strstr(out.data, "calls_total{other=\"true\"} 50\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "calls_total{model=\"m199\"} 1\n"));
    ck_assert_ptr_null(strstr(out.data, "model=\"m200\""));
}
END_TEST

static void refresh(void *ctx)
{
    metrics_set(metrics_gauge("asked", "Asked.", NULL), *(int *)ctx);
}

START_TEST(metrics_hooks_run_before_rendering)
{
    int value = 4;
    metrics_on_render(refresh, &value);
    metrics_render(&out);
    ck_assert_ptr_nonnull(strstr(out.data, "asked 4\n"));
}
END_TEST

static double rendered(const char *name)
{
    char line[64];
    sbuf_clear(&out);
    metrics_render(&out);
    (void)snprintf(line, sizeof(line), "\n%s ", name);
    const char *at = strstr(out.data, line);
    ck_assert_msg(at != NULL, "%s is missing in %s", name, out.data);
    return strtod(at + strlen(line), NULL);
}

START_TEST(metrics_of_the_process_follow_it)
{
    process_add_metrics();
    double fds = rendered("process_open_fds");
    double cpu = rendered("process_cpu_seconds_total");
    int fd = dup(STDERR_FILENO);
    ck_assert_double_eq(rendered("process_open_fds"), fds + 1);
    close(fd);
    ck_assert_double_ge(rendered("process_cpu_seconds_total"), cpu);
    ck_assert_double_lt(rendered("process_cpu_seconds_total"), 3600);
    ck_assert_double_gt(rendered("process_resident_memory_bytes"), 100000);
    ck_assert_double_gt(rendered("process_max_fds"), 10);
    ck_assert_double_gt(rendered("process_start_time_seconds"), 1.7e9);
}
END_TEST

Suite *suite_metrics(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, metrics_render_counters_and_gauges);
    tcase_add_test(tests, metrics_histogram_buckets_are_cumulative);
    tcase_add_test(tests, metrics_labels_are_escaped_and_joined);
    tcase_add_test(tests, metrics_series_of_a_family_are_limited);
    tcase_add_test(tests, metrics_hooks_run_before_rendering);
    tcase_add_test(tests, metrics_of_the_process_follow_it);
    suite_add_tcase(suite, tests);
    return suite;
}
