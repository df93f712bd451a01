/* The most a worker could do with BullMQ's scripts: K times moveToActive, then moveToFinished with
 * fetch-next for whatever comes back, and nothing else. No job is looked at.
 *
 *   ceiling PORT QUEUE CONCURRENCY      until SIGTERM */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/signals.h"
#include "queue/keys.h"
#include "queue/opts.h"
#include "queue/pack.h"
#include "redis/redis.h"
#include "redis/script.h"

#define TOKEN SPAN_LITERAL("bench-token")

struct driver {
    struct loop loop;
    struct redis *redis;
    const struct redis_script *claim, *finish;
    struct queue_keys keys;
    struct queue_pack claim_pack, finish_pack, fields_pack;
    struct span claim_opts, finish_opts, fields; /* packed once */
    unsigned concurrency;
};

static struct span now_text(char *buf, size_t size)
{
    int len = snprintf(buf, size, "%" PRId64, clock_wall_ms());
    return (struct span){buf, (size_t)len};
}

static struct span key(const struct driver *driver, enum queue_key which)
{
    return driver->keys.of[which];
}

static void on_tuple(struct redis *redis, const redisReply *reply, void *ctx);

static void finish(struct driver *driver, struct span id)
{
    char now[24], hash[256];
    int hash_len = snprintf(hash, sizeof(hash), "%.*s%.*s", (int)driver->keys.base.len,
                            driver->keys.base.data, (int)id.len, id.data);
    const struct span keys[] = {
        key(driver, QUEUE_KEY_WAIT),
        key(driver, QUEUE_KEY_ACTIVE),
        key(driver, QUEUE_KEY_PRIORITIZED),
        key(driver, QUEUE_KEY_EVENTS),
        key(driver, QUEUE_KEY_STALLED),
        key(driver, QUEUE_KEY_LIMITER),
        key(driver, QUEUE_KEY_DELAYED),
        key(driver, QUEUE_KEY_PAUSED),
        key(driver, QUEUE_KEY_META),
        key(driver, QUEUE_KEY_PC),
        key(driver, QUEUE_KEY_COMPLETED),
        {hash, (size_t)hash_len},
        key(driver, QUEUE_KEY_METRICS_COMPLETED),
        key(driver, QUEUE_KEY_MARKER),
    };
    const struct span args[] = {
        id,
        now_text(now, sizeof(now)),
        SPAN_LITERAL("returnvalue"),
        SPAN_LITERAL("{\"ok\":true}"),
        SPAN_LITERAL("completed"),
        SPAN_LITERAL("1"),
        driver->keys.base,
        driver->finish_opts,
        driver->fields,
    };
    (void)redis_eval(driver->redis, driver->finish, on_tuple, driver, ARRAY_LEN(keys), keys,
                     ARRAY_LEN(args), args);
}

static void claim(struct driver *driver)
{
    char now[24];
    const struct span keys[] = {
        key(driver, QUEUE_KEY_WAIT),        key(driver, QUEUE_KEY_ACTIVE),
        key(driver, QUEUE_KEY_PRIORITIZED), key(driver, QUEUE_KEY_EVENTS),
        key(driver, QUEUE_KEY_STALLED),     key(driver, QUEUE_KEY_LIMITER),
        key(driver, QUEUE_KEY_DELAYED),     key(driver, QUEUE_KEY_PAUSED),
        key(driver, QUEUE_KEY_META),        key(driver, QUEUE_KEY_PC),
        key(driver, QUEUE_KEY_MARKER),
    };
    const struct span args[] = {driver->keys.base, now_text(now, sizeof(now)), driver->claim_opts};
    (void)redis_eval(driver->redis, driver->claim, on_tuple, driver, ARRAY_LEN(keys), keys,
                     ARRAY_LEN(args), args);
}

static void on_tuple(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct driver *driver = ctx;
    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        (void)fprintf(stderr, "ceiling: %s\n", reply != NULL ? reply->str : "connection lost");
        loop_stop(&driver->loop);
        return;
    }
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements >= 2 &&
        reply->element[1]->type == REDIS_REPLY_STRING && reply->element[1]->len > 0) {
        finish(driver, (struct span){reply->element[1]->str, reply->element[1]->len});
    } /* else the queue is empty: this slot is done */
}

static void on_ready(struct redis *redis, void *ctx)
{
    (void)redis;
    struct driver *driver = ctx;
    for (unsigned i = 0; i < driver->concurrency; i++) {
        claim(driver);
    }
}

static void on_stop(void *ctx)
{
    loop_stop(ctx);
}

static void pack(struct driver *driver)
{
    static const struct queue_pack_worker worker = {.name = {"bench", 5}, .lock_ms = 30000};
    static const struct queue_keep keep = {.has_count = true, .count = -1};
    static const struct span fields[] = {{"agenthost", 9}, {"1", 1}};
    queue_pack_init(&driver->claim_pack);
    queue_pack_init(&driver->finish_pack);
    queue_pack_init(&driver->fields_pack);
    driver->claim_opts = queue_pack_claim(&driver->claim_pack, &worker, TOKEN);
    driver->finish_opts = queue_pack_finish(&driver->finish_pack, &worker, TOKEN, &keep, 0.);
    driver->fields = queue_pack_texts(&driver->fields_pack, fields, ARRAY_LEN(fields));
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fputs("usage: ceiling PORT QUEUE CONCURRENCY\n", stderr);
        return EXIT_FAILURE;
    }
    log_configure(LOG_FORMAT_TEXT, LOG_WARNING);
    static struct driver driver;
    driver.concurrency = (unsigned)strtoul(argv[3], NULL, 10);
    driver.claim = redis_script_find("moveToActive");
    driver.finish = redis_script_find("moveToFinished");
    queue_keys_init(&driver.keys, "bull", argv[2], "bench");
    pack(&driver);
    loop_init(&driver.loop);
    const struct redis_settings settings = {
        .host = (char *)"127.0.0.1",
        .port = (uint16_t)strtoul(argv[1], NULL, 10),
        .connect_ms = 5000,
        .command_ms = 10000,
        .write_bytes_max = (size_t)64 << 20,
    };
    const struct redis_handlers handlers = {.on_ready = on_ready, .ctx = &driver};
    const struct signals_handlers signals = {
        .on_reload = on_stop, .on_drain = on_stop, .on_stop = on_stop, .ctx = &driver.loop};
    signals_start(&driver.loop, &signals);
    driver.redis = redis_create(&driver.loop, NULL, &settings, &handlers);
    loop_run(&driver.loop);
    redis_destroy(&driver.redis);
    signals_stop(&driver.loop);
    loop_fini(&driver.loop);
    queue_pack_fini(&driver.claim_pack);
    queue_pack_fini(&driver.finish_pack);
    queue_pack_fini(&driver.fields_pack);
    queue_keys_fini(&driver.keys);
    return EXIT_SUCCESS;
}
