/* A store in a temporary folder, and its verbs as calls that wait for the answer. */
#ifndef TEST_STORE_SUPPORT_H
#define TEST_STORE_SUPPORT_H

#include <sqlite3.h>

#include "core/loop.h"
#include "core/options.h"
#include "core/state.h"
#include "store/store.h"

#define READING "11111111-2222-4333-8444-555555555555"
#define JOB_A "bull:readings:1:1700000000000"
#define JOB_B "bull:readings:2:1700000000000"
#define JOB_C "bull:readings:3:1700000000000"

struct fixture {
    struct loop loop;
    struct options options;
    struct state_dir state;
    struct store *store;
    char dir[64];
    char path[128];
};

/* The folder and the store in it (opened unless the caller wants to do so itself). */
void fixture_init(struct fixture *fixture);
void fixture_open(struct fixture *fixture);
void fixture_fini(struct fixture *fixture);

/* A copy of what a verb answered. */
struct answer {
    bool has_come;
    struct err err; /* kind ERR_NONE: worked */
    enum store_begun begun;
    uint32_t run, version;
    char holder[128];
    char text[64 * 1024]; /* return value or JSON */
    bool is_applied;
    enum store_created created;
    char reading_id[40], job_key[128]; /* create; its payload is in text */
};

/* Callbacks that fill a struct answer. */
void answer_create(const struct store_create_result *result, const struct err *err, void *ctx);
void answer_begin(const struct store_begin_result *result, const struct err *err, void *ctx);
void answer_write(bool is_applied, const struct err *err, void *ctx);
void answer_text(struct span json, const struct err *err, void *ctx);

/* Runs the loop until *is_done; fails the test after some seconds. */
void run_until(struct fixture *fixture, const bool *is_done);

struct store_key key_of(const char *job_key, uint32_t run);
struct store_begin begin_of(const char *job_key, uint32_t run, enum store_intent intent,
                            const char *takeover);
/* The payload has birthDate 1969-07-20 and a place named X; no chart, no idempotency key. */
struct store_create create_of(const char *reading_id, const char *job_key);
struct answer create(struct fixture *fixture, const struct store_create *create);
struct answer enqueued(struct fixture *fixture, const struct store_key *key);
struct answer unqueued(struct fixture *fixture, int64_t before_ms, uint32_t limit);
struct answer begin(struct fixture *fixture, const char *job_key, uint32_t run,
                    enum store_intent intent, const char *takeover);
struct answer processing(struct fixture *fixture, const char *job_key, uint32_t run);
/* content is {"text":"<value>"}, the return value is {"value":"<value>"}. */
struct answer complete(struct fixture *fixture, const char *job_key, uint32_t run,
                       const char *value);
struct answer fail_run(struct fixture *fixture, const char *job_key, uint32_t run);
struct answer put_chart(struct fixture *fixture, const struct store_chart *chart);
struct answer get_chart(struct fixture *fixture, const char *chart_id);
struct answer reading(struct fixture *fixture);
struct answer row(struct fixture *fixture, const char *reading_id);
/* begin, processing, complete; each must be applied. */
void write_version(struct fixture *fixture, const char *job_key, uint32_t run,
                   enum store_intent intent, const char *value);

/* A second connection, as another process would have. */
sqlite3 *other_open(const struct fixture *fixture);
/* The first column of the query's only row; "" for NULL. */
const char *other_ask(sqlite3 *other, const char *sql);
/* SQLITE_OK or the error. */
int other_run(sqlite3 *other, const char *sql);

#endif
