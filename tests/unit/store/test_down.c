/* A store that cannot be used for a while answers "not now", loses nothing, and comes back. */
#include "test_store.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/sbuf.h"
#include "support.h"

static struct fixture fixture;

static void setup(void)
{
    fixture_init(&fixture);
}

static void setup_open(void)
{
    fixture_init(&fixture);
    fixture_open(&fixture);
}

static void teardown(void)
{
    fixture_fini(&fixture);
}

/* The store's own probe must find it back; nobody asks for anything. */
static void wait_until_up(void)
{
    int64_t end_ms = clock_mono_ms() + 5000;
    while (!store_is_up(fixture.store) && clock_mono_ms() < end_ms) {
        ev_run(fixture.loop.ev, EVRUN_ONCE);
    }
    ck_assert(store_is_up(fixture.store));
}

START_TEST(locked_by_another_process)
{
    sqlite3 *other = other_open(&fixture);
    ck_assert_int_eq(other_run(other, "BEGIN IMMEDIATE"), SQLITE_OK);
    ck_assert_int_eq(begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL).err.kind, ERR_AGAIN);
    ck_assert(!store_is_up(fixture.store));
    /* Reads go on, but do not make it look well. */
    ck_assert_int_eq(reading(&fixture).err.kind, ERR_NOT_FOUND);
    ck_assert(!store_is_up(fixture.store));
    ck_assert_int_eq(other_run(other, "ROLLBACK"), SQLITE_OK);
    wait_until_up();
    ck_assert_int_eq(begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL).begun, STORE_NEW);
    sqlite3_close(other);
}
END_TEST

START_TEST(full_disk_takes_the_whole_batch_back)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "one");
    size_t len = 400 * 1024;
    char *payload = mem_alloc(len + 1);
    memset(payload, 'x', len);
    struct rlimit limit = {64 * 1024, RLIM_INFINITY};
    ck_assert_int_eq(signal(SIGXFSZ, SIG_IGN) == SIG_ERR, 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);

    struct answer answers[2] = {{.has_come = false}};
    struct store_begin small = begin_of(JOB_B, 1, STORE_NORMAL, NULL);
    small.key.reading_id = "small";
    struct store_begin large = begin_of(JOB_C, 1, STORE_NORMAL, NULL);
    large.key.reading_id = "large";
    large.payload = (struct span){payload, len};
    store_begin(fixture.store, &small, answer_begin, &answers[0]);
    store_begin(fixture.store, &large, answer_begin, &answers[1]);
    run_until(&fixture, &answers[1].has_come);
    ck_assert_int_eq(answers[1].err.kind, ERR_AGAIN);
    ck_assert(!store_is_up(fixture.store));

    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    wait_until_up();
    /* Whatever was answered is what is there. */
    sqlite3 *other = other_open(&fixture);
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM coach_readings WHERE id = 'small'"),
                     answers[0].err.kind == ERR_NONE ? "1" : "0");
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM coach_readings WHERE id = 'large'"),
                     "0");
    ck_assert_str_eq(other_ask(other, "PRAGMA integrity_check"), "ok");
    sqlite3_close(other);
    struct answer answer = {.has_come = false};
    store_begin(fixture.store, &large, answer_begin, &answer);
    run_until(&fixture, &answer.has_come);
    ck_assert_int_eq(answer.begun, STORE_NEW);
    free(payload);
}
END_TEST

static void move(const char *from, const char *to)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        char a[160], b[160];
        (void)snprintf(a, sizeof(a), "%s%s", from, endings[i]);
        (void)snprintf(b, sizeof(b), "%s%s", to, endings[i]);
        (void)rename(a, b); /* the latter two may be absent */
    }
}

START_TEST(file_taken_away_is_not_made_anew)
{
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "one");
    char aside[160];
    (void)snprintf(aside, sizeof(aside), "%s/aside.db", fixture.dir);
    move(fixture.path, aside);
    ck_assert_int_eq(begin(&fixture, JOB_B, 1, STORE_NORMAL, NULL).err.kind, ERR_AGAIN);
    ck_assert_int_eq(access(fixture.path, F_OK), -1);
    move(aside, fixture.path);
    ck_assert_int_eq(begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL).begun, STORE_DONE);
    ck_assert(store_is_up(fixture.store));
}
END_TEST

START_TEST(another_store_in_its_place_is_refused)
{
    char aside[160], uuid[64];
    (void)snprintf(uuid, sizeof(uuid), "%s", store_uuid(fixture.store));
    (void)snprintf(aside, sizeof(aside), "%s/aside.db", fixture.dir);
    write_version(&fixture, JOB_A, 1, STORE_NORMAL, "one");
    move(fixture.path, aside);
    struct store *second = NULL;
    struct err err;
    ck_assert(store_open(&fixture.loop, &fixture.options, &fixture.state, &second, &err));
    ck_assert_str_ne(store_uuid(second), uuid);
    store_close(&second);
    struct answer answer = begin(&fixture, JOB_B, 1, STORE_NORMAL, NULL);
    ck_assert_int_eq(answer.err.kind, ERR_AGAIN);
    ck_assert_ptr_nonnull(strstr(answer.err.text, "replaced"));
    move(aside, fixture.path);
    ck_assert_int_eq(begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL).begun, STORE_DONE);
}
END_TEST

START_TEST(down_at_start_opens_and_comes_up_later)
{
    fixture_open(&fixture);
    char uuid[64];
    (void)snprintf(uuid, sizeof(uuid), "%s", store_uuid(fixture.store));
    store_close(&fixture.store);
    sqlite3 *other = other_open(&fixture);
    ck_assert_int_eq(other_run(other, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE"),
                     SQLITE_OK);
    fixture_open(&fixture);
    ck_assert(!store_is_up(fixture.store));
    ck_assert_str_eq(store_uuid(fixture.store), "");
    ck_assert_int_eq(begin(&fixture, JOB_A, 1, STORE_NORMAL, NULL).err.kind, ERR_AGAIN);
    ck_assert_int_eq(other_run(other, "ROLLBACK"), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
    wait_until_up();
    ck_assert_str_eq(store_uuid(fixture.store), uuid);
}
END_TEST

START_TEST(what_can_never_be_a_store_is_refused_at_start)
{
    static char missing[] = "/nonexistent/readings.db", folder[] = "/tmp";
    struct err err;
    fixture.options.store.driver = (char[]){"sqlite"};
    fixture.options.store.path = missing;
    ck_assert(!store_open(&fixture.loop, &fixture.options, &fixture.state, &fixture.store, &err));
    ck_assert_int_eq(err.kind, ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, missing));
    fixture.options.store.path = folder;
    ck_assert(!store_open(&fixture.loop, &fixture.options, &fixture.state, &fixture.store, &err));
    ck_assert_int_eq(err.kind, ERR_INVALID);
    fixture.options.store.path = NULL;

    FILE *file = fopen(fixture.path, "we");
    ck_assert_int_gt(fputs("this is a letter to my aunt, and surely no database at all; it is "
                           "long enough to fill the header of one, though, and then some more",
                           file),
                     0);
    fclose(file);
    ck_assert(!store_open(&fixture.loop, &fixture.options, &fixture.state, &fixture.store, &err));
    ck_assert_msg(err.kind == ERR_INVALID, "%s", err.text);
    unlink(fixture.path);

    sqlite3 *other = other_open(&fixture);
    ck_assert_int_eq(other_run(other, "CREATE TABLE cats (name)"), SQLITE_OK);
    ck_assert(!store_open(&fixture.loop, &fixture.options, &fixture.state, &fixture.store, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "another program"));
    ck_assert_int_eq(other_run(other, "PRAGMA user_version = 99"), SQLITE_OK);
    ck_assert(!store_open(&fixture.loop, &fixture.options, &fixture.state, &fixture.store, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "newer agenthost"));
    sqlite3_close(other);

    fixture.options.store.driver = (char[]){"paper"};
    ck_assert(!store_open(&fixture.loop, &fixture.options, &fixture.state, &fixture.store, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "'paper'"));
}
END_TEST

#define MANY 6000

START_TEST(full_queue_refuses_and_every_verb_is_answered)
{
    static struct answer answers[MANY];
    store_close(&fixture.store);
    fixture.options.store.busy_ms = 5000; /* the thread stands still until the lock is given up */
    fixture_open(&fixture);
    sqlite3 *other = other_open(&fixture);
    ck_assert_int_eq(other_run(other, "BEGIN IMMEDIATE"), SQLITE_OK);
    struct store_key key = key_of(JOB_A, 1);
    for (int i = 0; i < MANY; i++) {
        store_processing(fixture.store, &key, answer_write, &answers[i]);
        ck_assert(!answers[i].has_come);
    }
    ck_assert_int_eq(other_run(other, "ROLLBACK"), SQLITE_OK);
    int refused = 0;
    for (int i = 0; i < MANY; i++) {
        run_until(&fixture, &answers[i].has_come);
        refused += strstr(answers[i].err.text, "too much waits") != NULL;
    }
    ck_assert_int_gt(refused, 0);
    sqlite3_close(other);
}
END_TEST

START_TEST(queued_bytes_are_limited)
{
    size_t len = 1024 * 1024;
    char *payload = mem_alloc(len);
    memset(payload, 'x', len);
    static struct answer answers[100];
    struct store_begin large = begin_of(JOB_A, 1, STORE_NORMAL, NULL);
    large.payload = (struct span){payload, len};
    int refused = 0;
    for (int i = 0; i < 100; i++) {
        store_begin(fixture.store, &large, answer_begin, &answers[i]);
    }
    for (int i = 0; i < 100; i++) {
        run_until(&fixture, &answers[i].has_come);
        refused += answers[i].err.kind == ERR_AGAIN;
    }
    ck_assert_int_ge(refused, 36);
    ck_assert(store_is_up(fixture.store));
    free(payload);
}
END_TEST

START_TEST(close_runs_what_is_queued)
{
    static struct answer answers[200];
    static char ids[200][16];
    for (int i = 0; i < 200; i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "r%d", i);
        struct store_begin one = begin_of(JOB_A, 1, STORE_NORMAL, NULL);
        one.key.reading_id = ids[i];
        store_begin(fixture.store, &one, answer_begin, &answers[i]);
    }
    store_close(&fixture.store);
    for (int i = 0; i < 200; i++) {
        ck_assert(answers[i].has_come);
        ck_assert_int_eq(answers[i].begun, STORE_NEW);
    }
    fixture_open(&fixture);
    sqlite3 *other = other_open(&fixture);
    ck_assert_str_eq(other_ask(other, "SELECT count(*) FROM coach_readings"), "200");
    sqlite3_close(other);
}
END_TEST

START_TEST(status_says_how_it_is)
{
    struct sbuf out;
    sbuf_init(&out, 4096);
    store_render(fixture.store, &out);
    ck_assert_ptr_nonnull(strstr(out.data, "\"driver\":\"sqlite\""));
    ck_assert_ptr_nonnull(strstr(out.data, "\"up\":true"));
    ck_assert_ptr_nonnull(strstr(out.data, "\"lastError\":null"));
    ck_assert_ptr_nonnull(strstr(store_describe(fixture.store), fixture.path));
    sbuf_fini(&out);
}
END_TEST

Suite *down_suite(void)
{
    Suite *suite = suite_create("down");
    TCase *open = tcase_create("opened");
    tcase_add_checked_fixture(open, setup_open, teardown);
    tcase_set_timeout(open, 60);
    tcase_add_test(open, locked_by_another_process);
    tcase_add_test(open, full_disk_takes_the_whole_batch_back);
    tcase_add_test(open, file_taken_away_is_not_made_anew);
    tcase_add_test(open, another_store_in_its_place_is_refused);
    tcase_add_test(open, full_queue_refuses_and_every_verb_is_answered);
    tcase_add_test(open, queued_bytes_are_limited);
    tcase_add_test(open, close_runs_what_is_queued);
    tcase_add_test(open, status_says_how_it_is);
    suite_add_tcase(suite, open);
    TCase *start = tcase_create("start");
    tcase_add_checked_fixture(start, setup, teardown);
    tcase_set_timeout(start, 60);
    tcase_add_test(start, down_at_start_opens_and_comes_up_later);
    tcase_add_test(start, what_can_never_be_a_store_is_refused_at_start);
    suite_add_tcase(suite, start);
    return suite;
}
