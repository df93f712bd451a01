/* A store in a temporary folder, and its verbs as calls that wait for the answer. */
#include "support.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"

#define PATIENCE_MS 8000
#define PAYLOAD "{\"birthDate\":\"1969-07-20\",\"birthPlace\":{\"name\":\"X\"}}"

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){.store = NULL};
    log_configure(LOG_FORMAT_TEXT, LOG_ERROR);
    loop_init(&fixture->loop);
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/agenthost-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(fixture->dir));
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/readings.db", fixture->dir);
    fixture->state.path = fixture->dir;
    fixture->options.store.busy_ms = 20;
}

void fixture_open(struct fixture *fixture)
{
    static char driver[] = "sqlite";
    fixture->options.store.driver = driver;
    struct err err;
    ck_assert_msg(
        store_open(&fixture->loop, &fixture->options, &fixture->state, &fixture->store, &err), "%s",
        err.text);
}

void fixture_fini(struct fixture *fixture)
{
    store_close(&fixture->store);
    loop_fini(&fixture->loop);
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->dir);
    ck_assert_int_eq(system(command), 0);
}

static void note_err(struct answer *answer, const struct err *err)
{
    ck_assert(!answer->has_come);
    answer->has_come = true;
    answer->err.kind = ERR_NONE;
    if (err != NULL) {
        answer->err = *err;
    }
}

static void note_text(struct answer *answer, struct span text)
{
    ck_assert_uint_lt(text.len, sizeof(answer->text));
    if (text.len > 0) {
        memcpy(answer->text, text.data, text.len);
    }
    answer->text[text.len] = '\0';
}

void answer_create(const struct store_create_result *result, const struct err *err, void *ctx)
{
    struct answer *answer = ctx;
    note_err(answer, err);
    if (result != NULL) {
        answer->created = result->created;
        note_text(answer, result->payload);
        (void)snprintf(answer->reading_id, sizeof(answer->reading_id), "%s",
                       result->reading_id != NULL ? result->reading_id : "");
        (void)snprintf(answer->job_key, sizeof(answer->job_key), "%s",
                       result->job_key != NULL ? result->job_key : "");
    }
}

void answer_begin(const struct store_begin_result *result, const struct err *err, void *ctx)
{
    struct answer *answer = ctx;
    note_err(answer, err);
    if (result != NULL) {
        answer->begun = result->begun;
        answer->run = result->run;
        answer->version = result->version;
        note_text(answer, result->return_value);
        (void)snprintf(answer->holder, sizeof(answer->holder), "%s",
                       result->holder != NULL ? result->holder : "");
    }
}

void answer_write(bool is_applied, const struct err *err, void *ctx)
{
    struct answer *answer = ctx;
    note_err(answer, err);
    answer->is_applied = is_applied;
}

void answer_text(struct span json, const struct err *err, void *ctx)
{
    struct answer *answer = ctx;
    note_err(answer, err);
    note_text(answer, json);
}

static void on_tick(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)timer;
    (void)revents; /* its purpose is to end the wait of the loop's turn */
}

void run_until(struct fixture *fixture, const bool *is_done)
{
    ev_timer tick;
    ev_timer_init(&tick, on_tick, 0.05, 0.05);
    ev_timer_start(fixture->loop.ev, &tick);
    int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
    while (!*is_done && clock_mono_ms() < end_ms) {
        ev_run(fixture->loop.ev, EVRUN_ONCE);
    }
    ev_timer_stop(fixture->loop.ev, &tick);
    ck_assert_msg(*is_done, "the store did not answer");
}

struct store_key key_of(const char *job_key, uint32_t run)
{
    return (struct store_key){.reading_id = READING, .job_key = job_key, .run = run};
}

struct store_create create_of(const char *reading_id, const char *job_key)
{
    return (struct store_create){
        .key = {.reading_id = reading_id, .job_key = job_key, .run = 1},
        .agent_id = "business",
        .user_id = "user-1",
        .client_name = "A Client",
        .queue = "readings",
        .payload = SPAN_LITERAL(PAYLOAD),
        .idempotency_ms = 24 * 3600 * 1000,
    };
}

struct answer create(struct fixture *fixture, const struct store_create *create)
{
    struct answer answer = {.has_come = false};
    store_create(fixture->store, create, answer_create, &answer);
    ck_assert(!answer.has_come);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct answer enqueued(struct fixture *fixture, const struct store_key *key)
{
    struct answer answer = {.has_come = false};
    store_enqueued(fixture->store, key, answer_write, &answer);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct answer unqueued(struct fixture *fixture, int64_t before_ms, uint32_t limit)
{
    struct answer answer = {.has_come = false};
    store_unqueued_rows(fixture->store, "readings", before_ms, limit, answer_text, &answer);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct store_begin begin_of(const char *job_key, uint32_t run, enum store_intent intent,
                            const char *takeover)
{
    return (struct store_begin){
        .key = key_of(job_key, run),
        .intent = intent,
        .takeover = takeover,
        .agent_id = "business",
        .user_id = "user-1",
        .queue = "readings",
        .payload = SPAN_LITERAL(PAYLOAD),
    };
}

struct answer begin(struct fixture *fixture, const char *job_key, uint32_t run,
                    enum store_intent intent, const char *takeover)
{
    struct answer answer = {.has_come = false};
    struct store_begin begin = begin_of(job_key, run, intent, takeover);
    store_begin(fixture->store, &begin, answer_begin, &answer);
    ck_assert(!answer.has_come);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct answer processing(struct fixture *fixture, const char *job_key, uint32_t run)
{
    struct answer answer = {.has_come = false};
    struct store_key key = key_of(job_key, run);
    store_processing(fixture->store, &key, answer_write, &answer);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct answer complete(struct fixture *fixture, const char *job_key, uint32_t run,
                       const char *value)
{
    char content[128], return_value[128];
    (void)snprintf(content, sizeof(content), "{\"text\":\"%s\"}", value);
    (void)snprintf(return_value, sizeof(return_value), "{\"value\":\"%s\"}", value);
    struct answer answer = {.has_come = false};
    struct store_complete complete = {
        .key = key_of(job_key, run),
        .content = span_of(content),
        .return_value = span_of(return_value),
        .chart = SPAN_LITERAL("{\"type\":\"Projector\",\"incarnationCross\":{\"name\":\"Y\"}}"),
        .outcome = "completed",
    };
    store_complete(fixture->store, &complete, answer_write, &answer);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct answer fail_run(struct fixture *fixture, const char *job_key, uint32_t run)
{
    struct answer answer = {.has_come = false};
    struct store_key key = key_of(job_key, run);
    struct store_error error = {
        .code = "TIMEOUT", .message = "no answer within \"60 s\"", .is_retryable = true};
    store_fail(fixture->store, &key, &error, answer_write, &answer);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct answer put_chart(struct fixture *fixture, const struct store_chart *chart)
{
    struct answer answer = {.has_come = false};
    store_put_chart(fixture->store, chart, answer_write, &answer);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct answer get_chart(struct fixture *fixture, const char *chart_id)
{
    struct answer answer = {.has_come = false};
    store_get_chart(fixture->store, chart_id, answer_text, &answer);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct answer row(struct fixture *fixture, const char *reading_id)
{
    struct answer answer = {.has_come = false};
    store_get_row(fixture->store, reading_id, answer_text, &answer);
    run_until(fixture, &answer.has_come);
    return answer;
}

struct answer reading(struct fixture *fixture)
{
    struct answer answer = {.has_come = false};
    store_get_reading(fixture->store, READING, answer_text, &answer);
    run_until(fixture, &answer.has_come);
    return answer;
}

void write_version(struct fixture *fixture, const char *job_key, uint32_t run,
                   enum store_intent intent, const char *value)
{
    ck_assert_int_eq(begin(fixture, job_key, run, intent, NULL).begun, STORE_NEW);
    ck_assert(processing(fixture, job_key, run).is_applied);
    ck_assert(complete(fixture, job_key, run, value).is_applied);
}

sqlite3 *other_open(const struct fixture *fixture)
{
    sqlite3 *other = NULL;
    ck_assert_int_eq(sqlite3_open(fixture->path, &other), SQLITE_OK);
    return other;
}

const char *other_ask(sqlite3 *other, const char *sql)
{
    static char text[8192];
    sqlite3_stmt *statement = NULL;
    ck_assert_msg(sqlite3_prepare_v2(other, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(other));
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    const unsigned char *value = sqlite3_column_text(statement, 0);
    (void)snprintf(text, sizeof(text), "%s", value != NULL ? (const char *)value : "");
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    return text;
}

int other_run(sqlite3 *other, const char *sql)
{
    return sqlite3_exec(other, sql, NULL, NULL, NULL);
}
