/* rediss:// against a real server with a throw-away authority. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs.h"
#include "client.h"
#include "suites.h"
#include "support/redis_server.h"

static struct redis_server server;
static struct client client;
static uint16_t tls_port;
static char ca_path[160];

static void serve(const char *names, int valid_days)
{
    static char port[8], cert[160], key[160];
    redis_server_init(&server);
    certs_write(server.dir, names, valid_days);
    do {
        tls_port = test_free_port();
    } while (tls_port == server.port);
    (void)snprintf(port, sizeof(port), "%u", (unsigned)tls_port);
    (void)snprintf(ca_path, sizeof(ca_path), "%s/ca.pem", server.dir);
    (void)snprintf(cert, sizeof(cert), "%s/server.pem", server.dir);
    (void)snprintf(key, sizeof(key), "%s/server.key", server.dir);
    const char *args[] = {"--tls-port",
                          port,
                          "--tls-cert-file",
                          cert,
                          "--tls-key-file",
                          key,
                          "--tls-ca-cert-file",
                          ca_path,
                          "--tls-auth-clients",
                          "no",
                          NULL};
    redis_server_run(&server, args);
}

static struct redis_settings tls_settings(const char *host)
{
    struct redis_settings settings = client_settings_tcp(host, tls_port);
    settings.is_tls = true;
    settings.tls_verify = true;
    settings.tls_ca = ca_path;
    return settings;
}

static void teardown(void)
{
    redis_server_stop(&server);
}

static const char *const hosts[] = {"127.0.0.1", "localhost"};

START_TEST(trusted_server_is_used)
{
    serve("DNS:localhost,IP:127.0.0.1", 30);
    struct redis_settings settings = tls_settings(hosts[_i]);
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    client_ask(&client, "PING");
    ck_assert_str_eq(client.last_text.data, "PONG");
    client_close(&client);
}
END_TEST

START_TEST(large_values_pass_both_ways)
{
    serve("DNS:localhost,IP:127.0.0.1", 30);
    struct redis_settings settings = tls_settings("127.0.0.1");
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    size_t len = (size_t)3 << 20;
    char *value = malloc(len);
    ck_assert_ptr_nonnull(value);
    for (size_t i = 0; i < len; i++) {
        value[i] = (char)(i * 31 >> 3);
    }
    struct span set[] = {SPAN_LITERAL("SET"), SPAN_LITERAL("big"), {value, len}};
    ck_assert(redis_command(client.redis, client_on_reply, &client, 3, set));
    client_await(&client, &client.answers, 1);
    client.last_text.bytes_max = len;
    client_ask(&client, "GET", "big");
    ck_assert_uint_eq(client.last_text.len, len);
    ck_assert_mem_eq(client.last_text.data, value, len);
    free(value);
    client_close(&client);
}
END_TEST

static void on_counted(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct client *noted = ctx;
    ck_assert_ptr_nonnull(reply);
    noted->answers++;
    ck_assert_int_eq(reply->integer, noted->answers);
}

START_TEST(many_commands_are_pipelined)
{
    serve("DNS:localhost,IP:127.0.0.1", 30);
    struct redis_settings settings = tls_settings("127.0.0.1");
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    for (int i = 0; i < 30000; i++) {
        ck_assert(redis_send(client.redis, on_counted, &client, "INCR", "counter", NULL));
    }
    client_await(&client, &client.answers, 30000);
    client_close(&client);
}
END_TEST

static void assert_refused(const struct redis_settings *settings, const char *says)
{
    client_open(&client, settings);
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_DENIED);
    ck_assert_msg(strstr(client.why.text, says) != NULL, "%s", client.why.text);
    ck_assert_uint_eq(client.readies, 0);
    client_close(&client);
}

START_TEST(other_name_is_refused)
{
    serve("DNS:other.example,IP:127.0.0.2", 30);
    struct redis_settings settings = tls_settings("localhost");
    assert_refused(&settings, "ostname mismatch");
    settings = tls_settings("127.0.0.1");
    assert_refused(&settings, "IP address mismatch");
    settings.tls_verify = false;
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    client_close(&client);
}
END_TEST

START_TEST(unknown_authority_is_refused)
{
    serve("DNS:localhost,IP:127.0.0.1", 30);
    struct redis_settings settings = tls_settings("127.0.0.1");
    settings.tls_ca = NULL; /* the system's do not know it */
    assert_refused(&settings, "self-signed certificate");
}
END_TEST

START_TEST(expired_certificate_is_refused)
{
    serve("DNS:localhost,IP:127.0.0.1", -1);
    struct redis_settings settings = tls_settings("127.0.0.1");
    assert_refused(&settings, "expired");
}
END_TEST

START_TEST(missing_authority_file_is_said)
{
    serve("DNS:localhost,IP:127.0.0.1", 30);
    struct redis_settings settings = tls_settings("127.0.0.1");
    settings.tls_ca = (char *)"/nonexistent/ca.pem";
    client_open(&client, &settings);
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(client.why.text, "tls_ca"));
    ck_assert_ptr_nonnull(strstr(client.why.text, "No such file"));
    client_close(&client);
}
END_TEST

START_TEST(plain_server_is_no_tls_server)
{
    serve("DNS:localhost,IP:127.0.0.1", 30);
    struct redis_settings settings = tls_settings("127.0.0.1");
    settings.port = server.port;
    settings.connect_ms = 300;
    client_open(&client, &settings);
    client_await(&client, &client.downs, 1);
    ck_assert_uint_eq(client.readies, 0);
    client_close(&client);
}
END_TEST

Suite *suite_tls(void)
{
    Suite *suite = suite_create("tls");
    TCase *tcase = tcase_create("tls");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, trusted_server_is_used, 0, 2);
    tcase_add_test(tcase, large_values_pass_both_ways);
    tcase_add_test(tcase, many_commands_are_pipelined);
    tcase_add_test(tcase, other_name_is_refused);
    tcase_add_test(tcase, unknown_authority_is_refused);
    tcase_add_test(tcase, expired_certificate_is_refused);
    tcase_add_test(tcase, missing_authority_file_is_said);
    tcase_add_test(tcase, plain_server_is_no_tls_server);
    suite_add_tcase(suite, tcase);
    return suite;
}
