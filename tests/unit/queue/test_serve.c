/* Queues of one process against a real Redis: served side by side, ended in any state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/loop.h"
#include "core/metrics.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "core/state.h"
#include "core/thread.h"
#include "queue/queue.h"
#include "redis/redis.h"
#include "suites.h"
#include "support/redis_server.h"

#define SERVE_WAIT_MS_MAX 15000

static struct redis_server server;
static struct loop loop;
static struct thread *files;
static struct state_dir state;

/* What one queue's owner sees. */
struct owner {
    struct queue *queue;
    unsigned jobs, ended[QUEUE_LOST + 1], added, answered, readies;
    struct queue_job *held; /* when it does not complete at once */
    bool is_holding;
};

static void on_answer(struct queue_job *job, void *ctx)
{
    (void)job;
    ((struct owner *)ctx)->answered++;
}

static void on_job(struct queue_job *job, void *ctx)
{
    struct owner *owner = ctx;
    owner->jobs++;
    if (owner->is_holding) {
        owner->held = job;
    } else {
        queue_complete(job, job->data);
    }
}

static void on_disowned(struct queue_job *job, void *ctx)
{
    (void)ctx;
    queue_drop(job);
}

static void on_cancel(struct queue_job *job, const char *reason, void *ctx)
{
    (void)ctx;
    queue_fail(job, span_of(reason), (struct span){0}, true);
}

static void on_ended(struct queue_job *job, enum queue_end end, void *ctx)
{
    struct owner *owner = ctx;
    owner->ended[end]++;
    if (owner->held == job) {
        owner->held = NULL;
    }
}

static void on_ready(struct queue *queue, void *ctx)
{
    struct owner *owner = ctx;
    ck_assert_str_eq(queue_trouble(queue), "");
    owner->readies++;
}

static void on_added(const char *job_id, const struct err *err, void *ctx)
{
    ck_assert_msg(job_id != NULL, "%s", err != NULL ? err->text : "");
    ((struct owner *)ctx)->added++;
}

static void owner_open(struct owner *owner, const char *name)
{
    const struct redis_settings settings = {
        .unix_path = server.socket_path,
        .connect_ms = 2000,
        .command_ms = 2000,
        .write_bytes_max = (size_t)64 << 20,
    };
    const struct options_queue options = {
        .name = (char *)name,
        .prefix = (char *)"bull",
        .concurrency = 2,
        .lock_ms = 30000,
        .stalled_ms = 30000,
        .max_stalled = 5,
        .keep_completed = {-1, -1, -1},
        .keep_failed = {-1, -1, -1},
        .park_max_ms = 60000,
        .unpark_per_second = 100,
        .drain_delay_ms = 5000,
    };
    const struct queue_handlers handlers = {
        .on_job = on_job,
        .on_disowned = on_disowned,
        .on_cancel = on_cancel,
        .on_ended = on_ended,
        .on_ready = on_ready,
        .ctx = owner,
    };
    owner->queue = queue_create(&loop, files, &settings, &options, &state,
                                "11111111-1111-4111-8111-111111111111", &handlers);
    queue_start_claiming(owner->queue);
}

static void on_tick(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)timer;
    (void)revents;
    ev_break(ev, EVBREAK_ONE);
}

/* Runs the loop until *counter is value. */
static void await(const unsigned *counter, unsigned value)
{
    int64_t until_ms = clock_mono_ms() + SERVE_WAIT_MS_MAX;
    ev_timer tick;
    ev_timer_init(&tick, on_tick, 0.05, 0.05); /* bounds ev_run, decides nothing */
    ev_timer_start(loop.ev, &tick);
    while (*counter < value) {
        ck_assert_msg(clock_mono_ms() < until_ms, "waited in vain: %u of %u", *counter, value);
        (void)ev_run(loop.ev, EVRUN_ONCE);
    }
    ev_timer_stop(loop.ev, &tick);
}

static void owner_add(struct owner *owner)
{
    const struct queue_add add = {
        .name = "n",
        .data = SPAN_LITERAL("{\"a\":1}"),
        .attempts = 1,
        .keep_completed_s = -1,
        .keep_failed_s = -1,
    };
    queue_enqueue(owner->queue, &add, on_added, owner);
}

static void setup(void)
{
    static char path[128];
    struct err err;
    redis_server_start(&server, NULL);
    (void)snprintf(path, sizeof(path), "%s/state", server.dir);
    ck_assert_msg(state_open(&state, path, 0, NULL, &err), "%s", err.text);
    loop_init(&loop);
    files = thread_create(&loop, "files", 64);
}

static void teardown(void)
{
    thread_destroy(&files);
    loop_fini(&loop);
    state_close(&state);
    redis_server_stop(&server);
    metrics_reset();
}

START_TEST(two_queues_of_one_process_do_not_mix)
{
    struct owner one = {0}, two = {0};
    owner_open(&one, "one");
    owner_open(&two, "two");
    await(&one.readies, 1);
    await(&two.readies, 1);
    for (int i = 0; i < 10; i++) {
        owner_add(&one);
        owner_add(&two);
    }
    await(&one.ended[QUEUE_COMPLETED], 10);
    await(&two.ended[QUEUE_COMPLETED], 10);
    ck_assert_uint_eq(one.jobs, 10);
    ck_assert_uint_eq(two.jobs, 10);
    ck_assert_uint_eq(queue_jobs_count(one.queue) + queue_ending_count(one.queue), 0);
    queue_destroy(&one.queue);
    ck_assert_ptr_null(one.queue);
    queue_destroy(&two.queue);
}
END_TEST

START_TEST(destroyed_with_a_running_job_the_next_one_gets_it)
{
    struct owner first = {.is_holding = true}, second = {0};
    owner_open(&first, "one");
    await(&first.readies, 1);
    owner_add(&first);
    await(&first.jobs, 1);
    queue_destroy(&first.queue);
    ck_assert_uint_eq(first.ended[QUEUE_LOST], 0);
    owner_open(&second, "one");
    await(&second.ended[QUEUE_COMPLETED], 1);
    queue_destroy(&second.queue);
}
END_TEST

START_TEST(an_outcome_waits_while_redis_is_down)
{
    struct owner owner = {.is_holding = true};
    owner_open(&owner, "one");
    await(&owner.readies, 1);
    owner_add(&owner);
    await(&owner.jobs, 1);
    redis_server_kill(&server);
    queue_complete(owner.held, SPAN_LITERAL("1"));
    ck_assert_uint_eq(queue_ending_count(owner.queue), 1);
    queue_destroy(&owner.queue); /* dropped: it is redelivered */
    ck_assert_uint_eq(owner.ended[QUEUE_COMPLETED], 0);
}
END_TEST

START_TEST(an_answer_is_safe_though_redis_and_queue_are_gone)
{
    struct owner owner = {.is_holding = true};
    owner_open(&owner, "one");
    await(&owner.readies, 1);
    owner_add(&owner);
    await(&owner.jobs, 1);
    redis_server_kill(&server);
    queue_run_answer(owner.held, 1, 0, 0, SPAN_LITERAL("{\"text\":\"x\"}"), on_answer, &owner);
    queue_destroy(&owner.queue);
    thread_destroy(&files); /* runs what is queued */
    files = thread_create(&loop, "files", 64);
    ck_assert_uint_eq(owner.answered, 0); /* the job was gone */
    char command[300];
    (void)snprintf(command, sizeof(command), "ls %s/state/spool/*.answer >/dev/null", server.dir);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* Runs commands, a line each, whose replies are one line each. */
static void tell_server(const char *commands)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", server.socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    size_t len = strlen(commands), lines = 0;
    ck_assert_int_eq(write(fd, commands, len), (ssize_t)len);
    for (const char *at = commands; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    for (char c = '\0'; lines > 0; lines -= c == '\n') {
        ck_assert_int_eq(read(fd, &c, 1), 1);
    }
    (void)close(fd);
}

struct busy {
    struct thread_task task; /* first member */
    int fds[2];
};

static void busy_run(struct thread_task *task)
{
    char c;
    ck_assert_int_eq(read(((struct busy *)task)->fds[0], &c, 1), 1);
}

START_TEST(an_answer_goes_to_a_file_while_its_job_is_claimed_again)
{
    struct owner owner = {.is_holding = true};
    struct busy busy = {.task = {.run = busy_run}};
    owner_open(&owner, "one");
    await(&owner.readies, 1);
    owner_add(&owner);
    await(&owner.jobs, 1);
    ck_assert_int_eq(pipe(busy.fds), 0);
    ck_assert(thread_submit(files, &busy.task)); /* a slow disk */
    size_t before = thread_pending(files);
    tell_server("CONFIG SET maxmemory 1\n");
    queue_run_answer(owner.held, 1, 0, 0, SPAN_LITERAL("{\"text\":\"x\"}"), on_answer, &owner);
    while (thread_pending(files) == before) {
        (void)ev_run(loop.ev, EVRUN_ONCE);
    }
    tell_server("CONFIG SET maxmemory 0\nDEL bull:one:1:lock\nLREM bull:one:active 1 1\n"
                "RPUSH bull:one:wait 1\nZADD bull:one:marker 0 0\n");
    await(&owner.held->attempts_started, 2);
    ck_assert_uint_eq(owner.jobs, 1);
    ck_assert_int_eq(write(busy.fds[1], "", 1), 1);
    await(&owner.answered, 1);
    queue_destroy(&owner.queue);
    (void)close(busy.fds[0]);
    (void)close(busy.fds[1]);
}
END_TEST

/* How often each question was answered, and by what. */
struct asker {
    struct queue *queue;
    unsigned answers, failures;
    int64_t removed;
    struct queue_counts counts;
};

static void note(struct asker *asker, const struct err *err)
{
    asker->answers++;
    if (err != NULL) {
        asker->failures++;
        ck_assert_int_eq(err->kind, ERR_AGAIN);
        ck_assert_str_ne(err->text, "");
    }
}

static void on_looked(const struct queue_job_view *view, const struct err *err, void *ctx)
{
    ck_assert_int_eq(view == NULL, err != NULL);
    note(ctx, err);
}

static void on_counted(const struct queue_counts *counts, const struct err *err, void *ctx)
{
    struct asker *asker = ctx;
    if (counts != NULL) {
        asker->counts = *counts;
    }
    note(asker, err);
}

static void on_retried(bool was_retried, const struct err *err, void *ctx)
{
    ck_assert(!was_retried);
    note(ctx, err);
}

static void on_emptied(int64_t removed, const struct err *err, void *ctx)
{
    struct asker *asker = ctx;
    asker->removed = removed;
    note(asker, err);
}

static void ask_all(struct asker *asker)
{
    queue_look(asker->queue, "bull:one:1:1", on_looked, asker);
    queue_counts(asker->queue, on_counted, asker);
    queue_retry(asker->queue, "bull:one:1:1", on_retried, asker);
    queue_empty(asker->queue, on_emptied, asker);
}

/* Does what a careless caller would do: asks again. */
static void on_added_never(const char *job_id, const struct err *err, void *ctx)
{
    struct asker *asker = ctx;
    ck_assert_ptr_null(job_id);
    note(asker, err);
    if (asker->answers == 1) {
        ask_all(asker);
    }
}

START_TEST(questions_in_the_air_are_answered_when_the_queue_goes)
{
    struct owner owner = {0};
    owner_open(&owner, "one");
    await(&owner.readies, 1);
    struct asker asker = {.queue = owner.queue};
    ask_all(&asker);
    ck_assert_uint_eq(asker.answers, 0);
    queue_destroy(&owner.queue);
    ck_assert_uint_eq(asker.answers, 4);
    ck_assert_uint_eq(asker.failures, 4);
}
END_TEST

START_TEST(asking_again_while_the_queue_goes_is_refused)
{
    struct owner owner = {0};
    owner_open(&owner, "one");
    await(&owner.readies, 1);
    struct asker asker = {.queue = owner.queue};
    const struct queue_add add = {.name = "n"};
    queue_enqueue(owner.queue, &add, on_added_never, &asker);
    queue_destroy(&owner.queue);
    ck_assert_uint_eq(asker.answers, 5);
    ck_assert_uint_eq(asker.failures, 5);
}
END_TEST

START_TEST(questions_before_the_connection_stands_are_refused_at_once)
{
    struct owner owner = {0};
    owner_open(&owner, "one");
    struct asker asker = {.queue = owner.queue};
    ask_all(&asker);
    ck_assert_uint_eq(asker.failures, 4);
    queue_destroy(&owner.queue);
    ck_assert_uint_eq(asker.answers, 4);
}
END_TEST

START_TEST(emptying_goes_on_over_the_size_of_one_piece)
{
    struct owner owner = {0};
    owner_open(&owner, "one");
    await(&owner.readies, 1);
    for (unsigned i = 0; i < 401; i++) {
        owner_add(&owner);
    }
    await(&owner.ended[QUEUE_COMPLETED], 401);
    struct asker asker = {.queue = owner.queue};
    queue_empty(owner.queue, on_emptied, &asker);
    await(&asker.answers, 1);
    ck_assert_int_eq(asker.removed, 401);
    queue_counts(owner.queue, on_counted, &asker);
    await(&asker.answers, 2);
    ck_assert_int_eq(asker.counts.completed, 0);
    queue_destroy(&owner.queue);
}
END_TEST

START_TEST(a_job_key_is_made_of_prefix_queue_id_and_time)
{
    struct owner owner = {0};
    owner_open(&owner, "one");
    char *key = queue_make_job_key(owner.queue, "r-1", 1790000000000);
    ck_assert_str_eq(key, "bull:one:r-1:1790000000000");
    ck_assert(queue_has_key(owner.queue, key));
    free(key);
    queue_destroy(&owner.queue);
}
END_TEST

START_TEST(status_is_json_and_tells_what_is_wrong)
{
    struct owner owner = {0};
    owner_open(&owner, "one");
    struct sbuf out;
    sbuf_init(&out, 65536);
    queue_render_status(owner.queue, &out);
    ck_assert_ptr_nonnull(strstr(out.data, "\"connected\":false"));
    ck_assert_ptr_null(strstr(out.data, "\"trouble\":\"\""));
    await(&owner.readies, 1);
    sbuf_clear(&out);
    queue_render_status(owner.queue, &out);
    ck_assert_ptr_nonnull(strstr(out.data, "\"connected\":true"));
    ck_assert_ptr_nonnull(strstr(out.data, "\"trouble\":\"\""));
    sbuf_fini(&out);
    queue_destroy(&owner.queue);
}
END_TEST

Suite *suite_serve(void)
{
    Suite *suite = suite_create("queue/serve");
    TCase *tests = tcase_create("real redis");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, two_queues_of_one_process_do_not_mix);
    tcase_add_test(tests, destroyed_with_a_running_job_the_next_one_gets_it);
    tcase_add_test(tests, an_outcome_waits_while_redis_is_down);
    tcase_add_test(tests, an_answer_is_safe_though_redis_and_queue_are_gone);
    tcase_add_test(tests, an_answer_goes_to_a_file_while_its_job_is_claimed_again);
    tcase_add_test(tests, questions_in_the_air_are_answered_when_the_queue_goes);
    tcase_add_test(tests, asking_again_while_the_queue_goes_is_refused);
    tcase_add_test(tests, questions_before_the_connection_stands_are_refused_at_once);
    tcase_add_test(tests, emptying_goes_on_over_the_size_of_one_piece);
    tcase_add_test(tests, a_job_key_is_made_of_prefix_queue_id_and_time);
    tcase_add_test(tests, status_is_json_and_tells_what_is_wrong);
    suite_add_tcase(suite, tests);
    return suite;
}
