/* Servers that misbehave: nonsense, strays, halves, silence, greed. */
#include <string.h>

#include "client.h"
#include "core/attr.h"
#include "core/clock.h"
#include "fake_server.h"
#include "suites.h"

_Static_assert(sizeof(FAKE_INFO_TEXT) - 1 == 35, "the length in FAKE_GREETING");

static struct fake_server fake;
static struct client client;

#define begin(steps) begin_with(steps, ARRAY_LEN(steps))

static void begin_with(const struct fake_step *steps, size_t count)
{
    fake_start(&fake, steps, count);
    struct redis_settings settings = client_settings_unix(fake.path);
    settings.command_ms = 300;
    client_open(&client, &settings);
}

static void end(void)
{
    client_close(&client);
    fake_stop(&fake);
}

START_TEST(stray_reply_is_a_protocol_error)
{
    static const struct fake_step steps[] = {FAKE_GREETING,
                                             {FAKE_SEND, "+EXTRA\r\n"},
                                             {FAKE_HOLD, NULL},
                                             FAKE_GREETING,
                                             {FAKE_HOLD, NULL}};
    begin(steps);
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_PROTOCOL);
    client_await(&client, &client.readies, 2);
    end();
}
END_TEST

static const char *const nonsense[] = {
    "%1\r\n",
    "hello\r\n",
    "*-5\r\n",
    "$99999999999999999999\r\n",
    "*2147483647\r\n",
    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
    "HTTP/1.1 400 Bad\r\n\r\n",
};

START_TEST(nonsense_ends_the_connection)
{
    const struct fake_step steps[] = {
        FAKE_GREETING, {FAKE_AWAIT, "PING\r\n"}, {FAKE_SEND, nonsense[_i]}, {FAKE_HOLD, NULL},
        FAKE_GREETING, {FAKE_HOLD, NULL}};
    begin(steps);
    client_await(&client, &client.readies, 1);
    ck_assert(redis_send(client.redis, client_on_reply, &client, "PING", NULL));
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_PROTOCOL);
    ck_assert_uint_eq(client.nulls, 1);
    client_await(&client, &client.readies, 2);
    end();
}
END_TEST

START_TEST(pieces_are_put_together)
{
    static const struct fake_step steps[] = {
        FAKE_GREETING,
        {FAKE_AWAIT, "PING\r\n"},
        {FAKE_SEND_SLOWLY, "$5\r\nhe\r\no\r\n*2\r\n:1\r\n$-1\r\n:7\r\n"},
        {FAKE_HOLD, NULL}};
    begin(steps);
    client_await(&client, &client.readies, 1);
    for (int i = 0; i < 3; i++) {
        ck_assert(redis_send(client.redis, client_on_reply, &client, "PING", NULL));
    }
    client_await(&client, &client.answers, 1);
    ck_assert_mem_eq(client.last_text.data, "he\r\no", 5);
    client_await(&client, &client.answers, 3);
    ck_assert_int_eq(client.last_integer, 7);
    end();
}
END_TEST

START_TEST(half_a_reply_is_no_answer)
{
    static const struct fake_step steps[] = {
        FAKE_GREETING, {FAKE_AWAIT, "PING\r\n"}, {FAKE_SEND, "$100\r\nhalf"}, {FAKE_CLOSE, NULL},
        FAKE_GREETING, {FAKE_AWAIT, "PING\r\n"}, {FAKE_SEND, "+PONG\r\n"},    {FAKE_HOLD, NULL}};
    begin(steps);
    client_await(&client, &client.readies, 1);
    ck_assert(redis_send(client.redis, client_on_reply, &client, "PING", NULL));
    client_await(&client, &client.downs, 1);
    ck_assert_uint_eq(client.nulls, 1);
    ck_assert_str_eq(client.why.text, "connection closed");
    client_await(&client, &client.readies, 2);
    client_ask(&client, "PING"); /* nothing of the half is left */
    ck_assert_str_eq(client.last_text.data, "PONG");
    end();
}
END_TEST

START_TEST(silence_is_noticed)
{
    static const struct fake_step steps[] = {FAKE_GREETING, {FAKE_HOLD, NULL}, {FAKE_HOLD, NULL}};
    begin(steps);
    client_await(&client, &client.readies, 1);
    int64_t from_ms = clock_mono_ms();
    ck_assert(redis_send(client.redis, client_on_reply, &client, "PING", NULL));
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_TIMEOUT);
    ck_assert_int_ge(clock_mono_ms() - from_ms, 290);
    client_await(&client, &client.downs, 2); /* not even a greeting */
    ck_assert_int_eq(client.why.kind, ERR_TIMEOUT);
    end();
}
END_TEST

START_TEST(slow_but_talking_server_is_alive)
{
    /* 80 bytes take 1.6 s: longer than a command may take, but never as long in silence. */
    static const struct fake_step steps[] = {FAKE_GREETING,
                                             {FAKE_AWAIT, "PING\r\n"},
                                             {FAKE_SEND_SLOWLY,
                                              "$72\r\nabcdefghijklmnopqrstuvwxyz0123456789"
                                              "abcdefghijklmnopqrstuvwxyz0123456789\r\n"},
                                             {FAKE_HOLD, NULL}};
    fake_start(&fake, steps, ARRAY_LEN(steps));
    struct redis_settings settings = client_settings_unix(fake.path);
    settings.command_ms = 1000;
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    int64_t from_ms = clock_mono_ms();
    client_ask(&client, "PING");
    ck_assert_int_ge(clock_mono_ms() - from_ms, 1000);
    ck_assert_uint_eq(client.downs, 0);
    end();
}
END_TEST

static const char *const dismissals[] = {
    "-READONLY You can't write against a read only replica.\r\n",
    "-LOADING Redis is loading the dataset in memory\r\n",
    "-MASTERDOWN Link with MASTER is down\r\n",
    "-UNBLOCKED force unblock from blocking operation\r\n",
    "-ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -READONLY You\r\n",
};

START_TEST(dismissed_connection_is_dropped)
{
    const struct fake_step steps[] = {
        FAKE_GREETING, {FAKE_AWAIT, "PING\r\n"}, {FAKE_SEND, dismissals[_i]}, {FAKE_HOLD, NULL},
        FAKE_GREETING, {FAKE_HOLD, NULL}};
    begin(steps);
    client_await(&client, &client.readies, 1);
    ck_assert(redis_send(client.redis, client_on_reply, &client, "PING", NULL));
    ck_assert(redis_send(client.redis, client_on_reply, &client, "PING", NULL));
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_AGAIN);
    ck_assert_uint_eq(client.nulls, 2);
    client_await(&client, &client.readies, 2);
    end();
}
END_TEST

START_TEST(ordinary_error_is_an_answer)
{
    static const struct fake_step steps[] = {FAKE_GREETING,
                                             {FAKE_AWAIT, "PING\r\n"},
                                             {FAKE_SEND, "-OOM command not allowed\r\n"},
                                             {FAKE_HOLD, NULL}};
    begin(steps);
    client_await(&client, &client.readies, 1);
    client_ask(&client, "PING");
    ck_assert_int_eq(client.last_type, REDIS_REPLY_ERROR);
    ck_assert_uint_eq(client.downs, 0);
    end();
}
END_TEST

START_TEST(no_more_than_four_tries_a_second)
{
    static const struct fake_step steps[] = {
        {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL},
        {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}, {FAKE_CLOSE, NULL}};
    begin(steps);
    int64_t from_ms = clock_mono_ms();
    client_await(&client, &client.downs, 5);
    ck_assert_int_ge(clock_mono_ms() - from_ms, 950);
    end();
}
END_TEST

START_TEST(old_server_is_refused)
{
    static const struct fake_step steps[] = {{FAKE_AWAIT, "INFO\r\n"},
                                             {FAKE_SEND, "$21\r\nredis_version:5.0.7\r\n\r\n"},
                                             {FAKE_HOLD, NULL}};
    begin(steps);
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(redis_trouble(client.redis), "5.0.7"));
    ck_assert_uint_eq(client.readies, 0);
    end();
}
END_TEST

START_TEST(info_refused_or_odd)
{
    static const char *const answers[] = {"-NOPERM no rights\r\n", ":5\r\n"};
    static const enum err_kind kinds[] = {ERR_DENIED, ERR_PROTOCOL};
    const struct fake_step steps[] = {
        {FAKE_AWAIT, "INFO\r\n"}, {FAKE_SEND, answers[_i]}, {FAKE_HOLD, NULL}};
    begin(steps);
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, kinds[_i]);
    end();
}
END_TEST

START_TEST(nothing_is_taken_before_ready)
{
    static const struct fake_step steps[] = {{FAKE_AWAIT, "INFO\r\n"}, {FAKE_HOLD, NULL}};
    begin(steps);
    ck_assert(!redis_send(client.redis, client_on_reply, &client, "PING", NULL));
    ck_assert(!redis_subscribe(client.redis, SPAN_LITERAL("c")));
    client_await(&client, &client.downs, 1);
    ck_assert_uint_eq(client.answers, 0);
    end();
}
END_TEST

START_TEST(no_socket_there)
{
    struct redis_settings settings = client_settings_unix("/nonexistent/agenthost.sock");
    client_open(&client, &settings);
    client_await(&client, &client.downs, 2);
    ck_assert_int_eq(client.why.kind, ERR_AGAIN);
    client_close(&client);
}
END_TEST

Suite *suite_faults(void)
{
    Suite *suite = suite_create("faults");
    TCase *tcase = tcase_create("fake server");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, stray_reply_is_a_protocol_error);
    tcase_add_loop_test(tcase, nonsense_ends_the_connection, 0, ARRAY_LEN(nonsense));
    tcase_add_test(tcase, pieces_are_put_together);
    tcase_add_test(tcase, half_a_reply_is_no_answer);
    tcase_add_test(tcase, silence_is_noticed);
    tcase_add_test(tcase, slow_but_talking_server_is_alive);
    tcase_add_loop_test(tcase, dismissed_connection_is_dropped, 0, ARRAY_LEN(dismissals));
    tcase_add_test(tcase, ordinary_error_is_an_answer);
    tcase_add_test(tcase, no_more_than_four_tries_a_second);
    tcase_add_test(tcase, old_server_is_refused);
    tcase_add_loop_test(tcase, info_refused_or_odd, 0, 2);
    tcase_add_test(tcase, nothing_is_taken_before_ready);
    tcase_add_test(tcase, no_socket_there);
    suite_add_tcase(suite, tcase);
    return suite;
}
