/* A connection under test with its loop, counting what happens to it. */
#ifndef TESTS_UNIT_REDIS_CLIENT_H
#define TESTS_UNIT_REDIS_CLIENT_H

#include <check.h>

#include "core/loop.h"
#include "core/sbuf.h"
#include "core/thread.h"
#include "redis/redis.h"

#define CLIENT_WAIT_MS_MAX 15000

struct client {
    struct loop loop;
    struct thread *files;
    struct redis *redis;
    unsigned readies, downs;
    struct err why; /* last on_down */
    unsigned answers, nulls;
    int last_type;
    long long last_integer;
    struct sbuf last_text;
    struct sbuf messages; /* "channel=payload;" */
};

/* Settings for tests: short deadlines. Texts are borrowed. */
struct redis_settings client_settings_unix(const char *path);
struct redis_settings client_settings_tcp(const char *host, uint16_t port);

void client_open(struct client *client, const struct redis_settings *settings);
void client_close(struct client *client);

/* Runs the loop until *counter reaches value; fails the test after CLIENT_WAIT_MS_MAX. */
void client_await(struct client *client, const unsigned *counter, unsigned value);

/* Sends a command of texts and waits for its answer, noted in last_*. */
#define client_ask(client, ...)                                                                    \
    do {                                                                                           \
        unsigned before = (client)->answers;                                                       \
        ck_assert(redis_send((client)->redis, client_on_reply, client, __VA_ARGS__, NULL));        \
        client_await(client, &(client)->answers, before + 1);                                      \
    } while (0)

/* Notes the reply in ctx, a struct client. */
void client_on_reply(struct redis *redis, const redisReply *reply, void *ctx);

#endif
