/* The connection under test. */
#include "client.h"

#include <string.h>

#include "core/clock.h"

struct redis_settings client_settings_unix(const char *path)
{
    return (struct redis_settings){.unix_path = (char *)path,
                                   .connect_ms = 2000,
                                   .command_ms = 2000,
                                   .write_bytes_max = (size_t)64 << 20};
}

struct redis_settings client_settings_tcp(const char *host, uint16_t port)
{
    struct redis_settings settings = client_settings_unix(NULL);
    settings.host = (char *)host;
    settings.port = port;
    return settings;
}

static void client_on_ready(struct redis *redis, void *ctx)
{
    struct client *client = ctx;
    ck_assert_int_eq(redis_state(redis), REDIS_READY);
    ck_assert_str_eq(redis_trouble(redis), "");
    client->readies++;
}

static void client_on_down(struct redis *redis, const struct err *why, void *ctx)
{
    struct client *client = ctx;
    ck_assert_int_eq(redis_state(redis), REDIS_DOWN);
    ck_assert_uint_eq(redis_pending(redis), 0);
    client->why = *why;
    client->downs++;
}

static void client_on_message(struct redis *redis, struct span channel, struct span payload,
                              void *ctx)
{
    (void)redis;
    struct client *client = ctx;
    sbuf_span(&client->messages, channel);
    sbuf_putc(&client->messages, '=');
    sbuf_span(&client->messages, payload);
    sbuf_putc(&client->messages, ';');
    client->answers++;
}

void client_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct client *client = ctx;
    client->answers++;
    if (reply == NULL) {
        client->nulls++;
        return;
    }
    client->last_type = reply->type;
    client->last_integer = reply->integer;
    sbuf_clear(&client->last_text);
    if (reply->str != NULL) {
        sbuf_append(&client->last_text, reply->str, reply->len);
    }
}

void client_open(struct client *client, const struct redis_settings *settings)
{
    memset(client, 0, sizeof(*client));
    loop_init(&client->loop);
    client->files = thread_create(&client->loop, "files", 16);
    sbuf_init(&client->last_text, 1 << 20);
    sbuf_init(&client->messages, 1 << 16);
    struct redis_handlers handlers = {.on_ready = client_on_ready,
                                      .on_down = client_on_down,
                                      .on_message = client_on_message,
                                      .ctx = client};
    client->redis = redis_create(&client->loop, client->files, settings, &handlers);
}

void client_close(struct client *client)
{
    redis_destroy(&client->redis);
    thread_destroy(&client->files);
    loop_fini(&client->loop);
    sbuf_fini(&client->last_text);
    sbuf_fini(&client->messages);
}

static void client_on_tick(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)timer;
    (void)revents;
    ev_break(ev, EVBREAK_ONE);
}

void client_await(struct client *client, const unsigned *counter, unsigned value)
{
    int64_t until_ms = clock_mono_ms() + CLIENT_WAIT_MS_MAX;
    ev_timer tick;
    ev_timer_init(&tick, client_on_tick, 0.05, 0.05); /* bounds ev_run, decides nothing */
    ev_timer_start(client->loop.ev, &tick);
    while (*counter < value) {
        ck_assert_msg(clock_mono_ms() < until_ms, "waited in vain: %u of %u, trouble '%s'",
                      *counter, value, redis_trouble(client->redis));
        (void)ev_run(client->loop.ev, EVRUN_ONCE);
    }
    ev_timer_stop(client->loop.ev, &tick);
}
