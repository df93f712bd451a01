/* The log: both formats, levels, and that a reader who does not read blocks nobody. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/thread.h"
#include "suites.h"

#define LINES_MAX_MS 5000

static int saved_stderr, read_fd;
static struct sbuf got;

/* Standard error becomes a pipe. */
static void setup(void)
{
    int ends[2];
    saved_stderr = dup(STDERR_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
    close(ends[1]);
    read_fd = ends[0];
    ck_assert_int_eq(fcntl(read_fd, F_SETFL, O_NONBLOCK), 0);
    sbuf_init(&got, 8 << 20);
    clock_test_fix_wall_ms(1767323045678);
    (void)unsetenv("JOURNAL_STREAM");
}

static void teardown(void)
{
    (void)dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(read_fd);
    sbuf_fini(&got);
    clock_test_fix_wall_ms(-1);
    log_configure(LOG_FORMAT_AUTO, LOG_INFO);
}

static void drain_pipe(void)
{
    char chunk[4096];
    for (;;) {
        ssize_t len = read(read_fd, chunk, sizeof(chunk));
        if (len <= 0) {
            return;
        }
        sbuf_append(&got, chunk, (size_t)len);
    }
}

static const struct log_job job = {
    .job_key = "bull:readings:1:2", .queue = "readings", .agent = "crisis", .attempt = 2};

START_TEST(log_json_lines_carry_the_job)
{
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
    log_info("queue", &job, "said '%s'", "a\"b\n\xff");
    log_debug("queue", NULL, "not shown");
    drain_pipe();
    ck_assert_str_eq(got.data,
                     "{\"ts\":\"2026-01-02T03:04:05.678Z\",\"level\":\"info\",\"module\":\"queue\","
                     "\"msg\":\"said 'a\\\"b\\n\xef\xbf\xbd'\",\"job\":\"bull:readings:1:2\","
                     "\"queue\":\"readings\",\"agent\":\"crisis\",\"attempt\":2}\n");
}
END_TEST

START_TEST(log_text_lines_stay_one_line)
{
    log_configure(LOG_FORMAT_TEXT, LOG_DEBUG);
    ck_assert(log_enabled(LOG_DEBUG));
    log_debug("cell", &job, "wrote\n\x1b[31mred");
    drain_pipe();
    ck_assert_str_eq(got.data, "2026-01-02T03:04:05.678Z debug   cell: wrote  [31mred "
                               "job=bull:readings:1:2 queue=readings agent=crisis attempt=2\n");
}
END_TEST

START_TEST(log_auto_is_json_without_a_terminal)
{
    log_configure(LOG_FORMAT_AUTO, LOG_WARNING);
    log_info("main", NULL, "hidden");
    log_error("main", NULL, "shown");
    drain_pipe();
    ck_assert_ptr_null(strstr(got.data, "hidden"));
    ck_assert_int_eq(got.data[0], '{');
    ck_assert_ptr_nonnull(strstr(got.data, "\"level\":\"error\""));
    ck_assert_int_eq(log_level_current(), LOG_WARNING);
}
END_TEST

START_TEST(log_under_journald_has_priorities)
{
    char stream[64];
    struct stat info;
    ck_assert_int_eq(fstat(STDERR_FILENO, &info), 0);
    (void)snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)info.st_dev,
                   (unsigned long)info.st_ino);
    ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
    log_configure(LOG_FORMAT_TEXT, LOG_INFO);
    log_warning("main", NULL, "w");
    log_error("main", NULL, "e");
    drain_pipe();
    ck_assert_int_eq(strncmp(got.data, "<4>2026", 7), 0);
    ck_assert_ptr_nonnull(strstr(got.data, "\n<3>2026"));
}
END_TEST

START_TEST(log_message_over_the_maximum_is_cut_at_a_character)
{
    char *message = malloc(20001);
    for (size_t i = 0; i < 20000; i += 2) {
        memcpy(message + i, "\xc3\xa4", 2);
    }
    message[20000] = '\0';
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
    log_info("main", NULL, "x%s", message);
    free(message);
    drain_pipe();
    ck_assert_uint_lt(got.len, 9000);
    ck_assert(span_is_utf8(sbuf_as_span(&got)));
    ck_assert_ptr_null(strstr(got.data, "\xef\xbf\xbd"));
    struct json_object *line = NULL;
    ck_assert(json_parse((struct span){got.data, got.len - 1}, &line, NULL));
    json_object_put(line);
}
END_TEST

static void on_tick(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)revents;
    drain_pipe();
    if (strstr(got.data, timer->data) != NULL) {
        ev_break(ev, EVBREAK_ALL);
    }
}

static void on_late(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)timer;
    (void)revents;
    ck_abort_msg("the line did not come: %.300s", got.data);
}

/* Turns the loop, reading the pipe, until the text has come. */
static void run_until(struct loop *loop, const char *text)
{
    ev_timer tick, late;
    ev_timer_init(&tick, on_tick, 0.0, 0.005);
    tick.data = (void *)text;
    ev_timer_start(loop->ev, &tick);
    ev_timer_init(&late, on_late, LINES_MAX_MS / 1000.0, 0.0);
    ev_timer_start(loop->ev, &late);
    loop_run(loop);
    ev_timer_stop(loop->ev, &tick);
    ev_timer_stop(loop->ev, &late);
}

static void *write_from_thread(void *arg)
{
    (void)arg;
    log_info("store", NULL, "from a thread");
    return NULL;
}

START_TEST(log_lines_of_any_thread_are_written_by_the_files_thread)
{
    struct loop loop;
    loop_init(&loop);
    struct thread *files = thread_create(&loop, "files", 16);
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
    log_start(&loop, files);
    log_info("main", NULL, "from the loop");
    drain_pipe();
    ck_assert_str_eq(got.data, ""); /* not before the loop turns */
    run_until(&loop, "from the loop");
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, write_from_thread, NULL), 0);
    run_until(&loop, "from a thread");
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    log_stop();
    log_info("main", NULL, "after the stop");
    drain_pipe();
    ck_assert_ptr_nonnull(strstr(got.data, "after the stop"));
    thread_destroy(&files);
    loop_fini(&loop);
}
END_TEST

START_TEST(log_reader_that_stands_still_costs_lines_not_time)
{
    struct loop loop;
    loop_init(&loop);
    struct thread *files = thread_create(&loop, "files", 16);
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
    log_start(&loop, files);
    uint64_t dropped_before = log_dropped();
    int64_t started_ms = clock_mono_ms();
    for (int i = 0; i < 20000; i++) { /* about 2 MB into a pipe of 64 KB nobody reads */
        log_info("main", NULL, "line %d of many", i);
        if (i % 1000 == 0) {
            ev_run(loop.ev, EVRUN_NOWAIT);
        }
    }
    ck_assert_int_lt(clock_mono_ms() - started_ms, LINES_MAX_MS);
    uint64_t dropped = log_dropped() - dropped_before;
    ck_assert_uint_gt(dropped, 0);
    run_until(&loop, "log lines were dropped"); /* the reader is back */
    log_info("main", NULL, "all is well");
    run_until(&loop, "all is well");
    ck_assert_ptr_nonnull(strstr(got.data, "line 0 of many"));
    log_stop();
    thread_destroy(&files);
    loop_fini(&loop);
}
END_TEST

START_TEST(log_stop_writes_what_is_queued)
{
    struct loop loop;
    loop_init(&loop);
    struct thread *files = thread_create(&loop, "files", 16);
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
    log_start(&loop, files);
    log_info("main", NULL, "last words");
    log_stop();
    drain_pipe();
    ck_assert_ptr_nonnull(strstr(got.data, "last words"));
    thread_destroy(&files);
    loop_fini(&loop);
}
END_TEST

Suite *suite_log(void)
{
    Suite *suite = suite_create("log");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 20);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, log_json_lines_carry_the_job);
    tcase_add_test(tests, log_text_lines_stay_one_line);
    tcase_add_test(tests, log_auto_is_json_without_a_terminal);
    tcase_add_test(tests, log_under_journald_has_priorities);
    tcase_add_test(tests, log_message_over_the_maximum_is_cut_at_a_character);
    tcase_add_test(tests, log_lines_of_any_thread_are_written_by_the_files_thread);
    tcase_add_test(tests, log_reader_that_stands_still_costs_lines_not_time);
    tcase_add_test(tests, log_stop_writes_what_is_queued);
    suite_add_tcase(suite, tests);
    return suite;
}
