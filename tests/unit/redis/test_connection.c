/* The connection against a real server: commands, scripts, rights, loss and return. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "core/clock.h"
#include "core/hash.h"
#include "redis/script.h"
#include "suites.h"
#include "support/redis_server.h"

static struct redis_server server;
static struct client client;

static void open_unix(void)
{
    struct redis_settings settings = client_settings_unix(server.socket_path);
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
}

static void setup(void)
{
    redis_server_start(&server, NULL);
}

static void teardown(void)
{
    redis_server_stop(&server);
}

START_TEST(commands_are_answered_in_order)
{
    open_unix();
    ck_assert_uint_ge(redis_version(client.redis), 60200);
    client_ask(&client, "SET", "a", "1");
    ck_assert_int_eq(client.last_type, REDIS_REPLY_STATUS);
    client_ask(&client, "INCR", "a");
    ck_assert_int_eq(client.last_integer, 2);
    client_ask(&client, "GET", "nothing");
    ck_assert_int_eq(client.last_type, REDIS_REPLY_NIL);
    client_ask(&client, "NONSENSE");
    ck_assert_int_eq(client.last_type, REDIS_REPLY_ERROR);
    struct span binary[] = {SPAN_LITERAL("SET"), SPAN_LITERAL("b"), {"x\0y\r\n", 5}};
    ck_assert(redis_command(client.redis, NULL, NULL, 3, binary));
    client_ask(&client, "GET", "b");
    ck_assert_uint_eq(client.last_text.len, 5);
    ck_assert_mem_eq(client.last_text.data, "x\0y\r\n", 5);
    ck_assert_uint_eq(redis_pending(client.redis), 0);
    client_close(&client);
}
END_TEST

START_TEST(tcp_and_a_name_work_too)
{
    struct redis_settings settings = client_settings_tcp("localhost", server.port);
    client_open(&client, &settings);
    /* The server listens on IPv4 alone; the name may give ::1 first. */
    client_await(&client, &client.readies, 1);
    client_ask(&client, "PING");
    ck_assert_str_eq(client.last_text.data, "PONG");
    client_close(&client);
}
END_TEST

START_TEST(unknown_host_is_explained_and_tried_again)
{
    struct redis_settings settings = client_settings_tcp("redis-queue", server.port);
    client_open(&client, &settings);
    client_await(&client, &client.downs, 2);
    ck_assert_int_eq(client.why.kind, ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(client.why.text, "container"));
    client_close(&client);
}
END_TEST

START_TEST(database_and_name_are_set)
{
    struct redis_settings settings = client_settings_unix(server.socket_path);
    settings.db = 3;
    settings.client_name = (char *)"bull:abc:w:me";
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    client_ask(&client, "CLIENT", "LIST", "TYPE", "normal");
    ck_assert_ptr_nonnull(strstr(client.last_text.data, "name=bull:abc:w:me "));
    ck_assert_ptr_nonnull(strstr(client.last_text.data, " db=3 "));
    client_close(&client);
}
END_TEST

START_TEST(database_that_is_not_there_is_said)
{
    struct redis_settings settings = client_settings_unix(server.socket_path);
    settings.db = 99;
    client_open(&client, &settings);
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(client.why.text, "out of range"));
    client_close(&client);
}
END_TEST

/* --- scripts ---------------------------------------------------------------------------------- */

static struct redis_script script;

static void adder_init(void)
{
    static const char text[] = "return {redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2]}";
    script = (struct redis_script){
        .name = "adder", .text = text, .text_len = sizeof(text) - 1, .keys_count = 1};
    hash_sha1_hex((struct span){text, sizeof(text) - 1}, script.sha1);
}

static void on_added(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct client *noted = ctx;
    ck_assert_ptr_nonnull(reply);
    ck_assert_msg(reply->type == REDIS_REPLY_ARRAY, "%s", reply->str);
    ck_assert_uint_eq(reply->elements, 2);
    noted->last_integer = reply->element[0]->integer;
    ck_assert_str_eq(reply->element[1]->str, "echo");
    noted->answers++;
}

static void add(const char *amount)
{
    struct span keys[] = {SPAN_LITERAL("sum")};
    struct span args[] = {span_of(amount), SPAN_LITERAL("echo")};
    ck_assert(redis_eval(client.redis, &script, on_added, &client, 1, keys, 2, args));
}

START_TEST(scripts_survive_a_flush_in_between)
{
    adder_init();
    open_unix();
    add("1");
    client_await(&client, &client.answers, 1);
    ck_assert(redis_send(client.redis, NULL, NULL, "SCRIPT", "FLUSH", NULL));
    for (int i = 0; i < 10; i++) {
        add("1"); /* all of these meet NOSCRIPT */
    }
    client_await(&client, &client.answers, 11);
    ck_assert_int_eq(client.last_integer, 11);
    add("1");
    client_await(&client, &client.answers, 12);
    ck_assert_int_eq(client.last_integer, 12);
    client_close(&client);
}
END_TEST

START_TEST(script_is_loaded_before_its_first_use)
{
    adder_init();
    open_unix();
    add("5");
    client_await(&client, &client.answers, 1);
    client_ask(&client, "INFO", "commandstats");
    ck_assert_ptr_nonnull(strstr(client.last_text.data, "cmdstat_evalsha:calls=1,"));
    ck_assert_ptr_null(strstr(client.last_text.data, "cmdstat_eval:"));
    client_close(&client);
}
END_TEST

START_TEST(bullmq_scripts_run)
{
    open_unix();
    struct span keys[] = {SPAN_LITERAL("bull:q:")};
    struct span args[] = {SPAN_LITERAL(""), SPAN_LITERAL("wait"), SPAN_LITERAL("active")};
    ck_assert(redis_eval(client.redis, redis_script_find("getCounts"), client_on_reply, &client, 1,
                         keys, 3, args));
    client_await(&client, &client.answers, 1);
    ck_assert_int_eq(client.last_type, REDIS_REPLY_ARRAY);
    client_close(&client);
}
END_TEST

/* --- rights ----------------------------------------------------------------------------------- */

START_TEST(password_is_sent)
{
    static const char *const args[] = {"--requirepass", "open sesame", NULL};
    redis_server_kill(&server);
    redis_server_run(&server, args);
    struct redis_settings settings = client_settings_unix(server.socket_path);
    settings.password = (char *)"open sesame";
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    client_ask(&client, "ACL", "SETUSER", "worker", "on", ">pw", "~bull:*", "+@all");
    client_close(&client);

    settings.username = (char *)"worker";
    settings.password = (char *)"pw";
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    client_ask(&client, "SET", "bull:a", "1");
    ck_assert_int_eq(client.last_type, REDIS_REPLY_STATUS);
    client_ask(&client, "SET", "other", "1");
    ck_assert_int_eq(client.last_type, REDIS_REPLY_ERROR);
    client_close(&client);
}
END_TEST

START_TEST(wrong_password_is_said_and_tried_slowly)
{
    static const char *const args[] = {"--requirepass", "open sesame", NULL};
    redis_server_kill(&server);
    redis_server_run(&server, args);
    struct redis_settings settings = client_settings_unix(server.socket_path);
    settings.password = (char *)"guess";
    client_open(&client, &settings);
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(client.why.text, "WRONGPASS"));
    ck_assert_ptr_null(strstr(client.why.text, "guess"));
    client_close(&client);

    settings.password = NULL;
    client_open(&client, &settings);
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(client.why.text, "NOAUTH"));
    client_close(&client);
}
END_TEST

START_TEST(needless_password_is_forgiven)
{
    struct redis_settings settings = client_settings_unix(server.socket_path);
    settings.password = (char *)"unneeded";
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    client_close(&client);
}
END_TEST

START_TEST(cluster_is_refused_with_its_name)
{
    static const char *const args[] = {"--cluster-enabled", "yes", NULL};
    redis_server_kill(&server);
    redis_server_run(&server, args);
    struct redis_settings settings = client_settings_unix(server.socket_path);
    client_open(&client, &settings);
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(redis_trouble(client.redis), "cluster"));
    client_close(&client);
}
END_TEST

/* --- loss and return -------------------------------------------------------------------------- */

static void on_null_counted(struct redis *redis, const redisReply *reply, void *ctx)
{
    unsigned *nulls = ctx;
    if (reply == NULL) {
        (*nulls)++;
        /* While it is being lost nothing new is taken. */
        ck_assert(!redis_send(redis, NULL, NULL, "PING", NULL));
    }
}

START_TEST(server_killed_and_started_again)
{
    open_unix();
    unsigned nulls = 0;
    struct span pop[] = {SPAN_LITERAL("BLPOP"), SPAN_LITERAL("none"), SPAN_LITERAL("60")};
    ck_assert(redis_command_blocking(client.redis, 60000, on_null_counted, &nulls, 3, pop));
    ck_assert(redis_send(client.redis, on_null_counted, &nulls, "PING", NULL));
    redis_server_kill(&server);
    client_await(&client, &client.downs, 1);
    ck_assert_uint_eq(nulls, 2);
    ck_assert_int_eq(redis_state(client.redis), REDIS_DOWN);
    client_await(&client, &client.downs, 3);
    redis_server_run(&server, NULL);
    client_await(&client, &client.readies, 2);
    client_ask(&client, "PING");
    ck_assert_str_eq(client.last_text.data, "PONG");
    client_close(&client);
}
END_TEST

START_TEST(replica_is_left_for_the_master)
{
    open_unix();
    client_ask(&client, "REPLICAOF", "127.0.0.1", "1");
    ck_assert_int_eq(client.last_type, REDIS_REPLY_STATUS);
    unsigned nulls = client.nulls;
    ck_assert(redis_send(client.redis, client_on_reply, &client, "SET", "a", "1", NULL));
    client_await(&client, &client.downs, 1); /* READONLY */
    ck_assert_uint_eq(client.nulls, nulls + 1);
    ck_assert_ptr_nonnull(strstr(client.why.text, "READONLY"));
    client_await(&client, &client.downs, 2); /* role:slave */
    ck_assert_ptr_nonnull(strstr(client.why.text, "replica"));
    ck_assert_uint_eq(client.readies, 1);
    client_close(&client);
}
END_TEST

START_TEST(script_on_a_replica_is_no_answer)
{
    adder_init();
    open_unix();
    add("1");
    client_await(&client, &client.answers, 1);
    client_ask(&client, "REPLICAOF", "127.0.0.1", "1");
    struct span keys[] = {SPAN_LITERAL("sum")};
    struct span args[] = {SPAN_LITERAL("1"), SPAN_LITERAL("echo")};
    ck_assert(redis_eval(client.redis, &script, client_on_reply, &client, 1, keys, 2, args));
    client_await(&client, &client.downs, 1);
    ck_assert_uint_eq(client.nulls, 1);
    client_close(&client);
}
END_TEST

START_TEST(stopped_server_counts_as_dead)
{
    struct redis_settings settings = client_settings_unix(server.socket_path);
    settings.command_ms = 100;
    settings.connect_ms = 200;
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    ck_assert_int_eq(kill(server.pid, SIGSTOP), 0);
    int64_t from_ms = clock_mono_ms();
    ck_assert(redis_send(client.redis, client_on_reply, &client, "PING", NULL));
    client_await(&client, &client.downs, 1);
    ck_assert_int_eq(client.why.kind, ERR_TIMEOUT);
    ck_assert_int_ge(clock_mono_ms() - from_ms, 100);
    ck_assert_uint_eq(client.nulls, 1);
    client_await(&client, &client.downs, 2); /* connects, but no greeting comes back */
    ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
    client_await(&client, &client.readies, 2);
    client_close(&client);
}
END_TEST

START_TEST(idle_connection_stays)
{
    struct redis_settings settings = client_settings_unix(server.socket_path);
    settings.command_ms = 500;
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    /* A blocking command may take its own time, then the connection is still good. */
    struct span pop[] = {SPAN_LITERAL("BLPOP"), SPAN_LITERAL("none"), SPAN_LITERAL("1")};
    ck_assert(redis_command_blocking(client.redis, 1000, client_on_reply, &client, 3, pop));
    client_await(&client, &client.answers, 1);
    ck_assert_int_eq(client.last_type, REDIS_REPLY_NIL);
    ck_assert_uint_eq(client.downs, 0);
    client_close(&client);
}
END_TEST

START_TEST(reconnect_interrupts_a_blocking_command)
{
    open_unix();
    struct span pop[] = {SPAN_LITERAL("BLPOP"), SPAN_LITERAL("none"), SPAN_LITERAL("60")};
    ck_assert(redis_command_blocking(client.redis, 60000, client_on_reply, &client, 3, pop));
    int64_t from_ms = clock_mono_ms();
    redis_reconnect(client.redis);
    ck_assert_uint_eq(client.nulls, 1);
    ck_assert_uint_eq(client.downs, 1);
    redis_reconnect(client.redis); /* down: nothing to do */
    client_await(&client, &client.readies, 2);
    ck_assert_int_lt(clock_mono_ms() - from_ms, 1000);
    client_close(&client);
}
END_TEST

static void on_reply_destroy(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct client *held = ctx;
    held->answers++;
    if (reply == NULL) {
        held->nulls++;
    } else if (held->redis != NULL) {
        redis_destroy(&held->redis);
        ck_assert_ptr_null(held->redis);
        ck_assert_str_eq(reply->str, "PONG"); /* still valid */
    }
}

START_TEST(destroyed_in_a_callback)
{
    open_unix();
    for (int i = 0; i < 3; i++) {
        ck_assert(redis_send(client.redis, on_reply_destroy, &client, "PING", NULL));
    }
    client_await(&client, &client.answers, 3);
    ck_assert_uint_eq(client.nulls, 2);
    ck_assert_uint_eq(client.downs, 0);
    client_close(&client);
}
END_TEST

static void on_reply_reconnect(struct redis *redis, const redisReply *reply, void *ctx)
{
    struct client *held = ctx;
    held->answers++;
    if (reply == NULL) {
        held->nulls++;
    } else {
        redis_reconnect(redis);
        ck_assert_str_eq(reply->str, "PONG");
    }
}

START_TEST(reconnected_in_a_callback)
{
    open_unix();
    for (int i = 0; i < 3; i++) {
        ck_assert(redis_send(client.redis, on_reply_reconnect, &client, "PING", NULL));
    }
    client_await(&client, &client.readies, 2);
    ck_assert_uint_eq(client.nulls, 2);
    client_ask(&client, "ECHO", "again");
    ck_assert_str_eq(client.last_text.data, "again");
    client_close(&client);
}
END_TEST

/* --- many and much ---------------------------------------------------------------------------- */

static void on_counted(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct client *noted = ctx;
    ck_assert_ptr_nonnull(reply);
    noted->answers++;
    ck_assert_int_eq(reply->integer, noted->answers);
}

START_TEST(hundred_thousand_pipelined)
{
    open_unix();
    for (int i = 0; i < 120000; i++) {
        ck_assert(redis_send(client.redis, on_counted, &client, "INCR", "counter", NULL));
    }
    ck_assert_uint_eq(redis_pending(client.redis), 120000);
    client_await(&client, &client.answers, 120000);
    ck_assert_uint_eq(redis_pending(client.redis), 0);
    ck_assert_uint_eq(redis_unwritten(client.redis), 0);
    client_close(&client);
}
END_TEST

START_TEST(write_queue_has_a_cap)
{
    struct redis_settings settings = client_settings_unix(server.socket_path);
    settings.write_bytes_max = 4096;
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    unsigned taken = 0;
    while (redis_send(client.redis, client_on_reply, &client, "PING", NULL)) {
        taken++;
        ck_assert_uint_lt(taken, 1000);
    }
    ck_assert_uint_gt(taken, 50);
    client_await(&client, &client.answers, taken);
    static char big[5000];
    memset(big, 'x', sizeof(big) - 1);
    ck_assert(!redis_send(client.redis, NULL, NULL, "ECHO", big, NULL));
    client_ask(&client, "PING"); /* there is room again */
    client_close(&client);
}
END_TEST

START_TEST(scripts_in_flight_count_against_the_cap)
{
    adder_init();
    struct redis_settings settings = client_settings_unix(server.socket_path);
    settings.write_bytes_max = 8192;
    client_open(&client, &settings);
    client_await(&client, &client.readies, 1);
    unsigned taken = 0;
    struct span keys[] = {SPAN_LITERAL("sum")};
    struct span args[] = {SPAN_LITERAL("1"), SPAN_LITERAL("echo")};
    while (redis_eval(client.redis, &script, on_added, &client, 1, keys, 2, args)) {
        taken++;
        ck_assert_uint_lt(taken, 1000);
    }
    ck_assert_uint_gt(taken, 5);
    client_await(&client, &client.answers, taken);
    ck_assert_int_eq(client.last_integer, taken);
    client_close(&client);
}
END_TEST

START_TEST(large_values_pass_both_ways)
{
    open_unix();
    size_t len = (size_t)8 << 20;
    char *value = malloc(len);
    ck_assert_ptr_nonnull(value);
    memset(value, 'v', len);
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

START_TEST(messages_come_to_a_subscriber)
{
    open_unix();
    ck_assert(redis_subscribe(client.redis, SPAN_LITERAL("news")));
    ck_assert(redis_subscribe(client.redis, SPAN_LITERAL("more")));
    /* A publisher on the same loop. */
    struct redis_settings settings = client_settings_unix(server.socket_path);
    struct redis_handlers handlers = {.ctx = &client};
    struct redis *publisher = redis_create(&client.loop, client.files, &settings, &handlers);
    while (redis_state(publisher) != REDIS_READY || redis_pending(client.redis) > 0) {
        (void)ev_run(client.loop.ev, EVRUN_ONCE);
    }
    ck_assert(redis_send(publisher, NULL, NULL, "PUBLISH", "news", "one", NULL));
    ck_assert(redis_send(publisher, NULL, NULL, "PUBLISH", "other", "two", NULL));
    ck_assert(redis_send(publisher, NULL, NULL, "PUBLISH", "more", "", NULL));
    client_await(&client, &client.answers, 2);
    ck_assert_str_eq(client.messages.data, "news=one;more=;");
    redis_destroy(&publisher);
    client_close(&client);
}
END_TEST

Suite *suite_connection(void)
{
    Suite *suite = suite_create("connection");
    TCase *tcase = tcase_create("real server");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, commands_are_answered_in_order);
    tcase_add_test(tcase, tcp_and_a_name_work_too);
    tcase_add_test(tcase, unknown_host_is_explained_and_tried_again);
    tcase_add_test(tcase, database_and_name_are_set);
    tcase_add_test(tcase, database_that_is_not_there_is_said);
    tcase_add_test(tcase, scripts_survive_a_flush_in_between);
    tcase_add_test(tcase, script_is_loaded_before_its_first_use);
    tcase_add_test(tcase, bullmq_scripts_run);
    tcase_add_test(tcase, password_is_sent);
    tcase_add_test(tcase, wrong_password_is_said_and_tried_slowly);
    tcase_add_test(tcase, needless_password_is_forgiven);
    tcase_add_test(tcase, cluster_is_refused_with_its_name);
    tcase_add_test(tcase, server_killed_and_started_again);
    tcase_add_test(tcase, replica_is_left_for_the_master);
    tcase_add_test(tcase, script_on_a_replica_is_no_answer);
    tcase_add_test(tcase, stopped_server_counts_as_dead);
    tcase_add_test(tcase, idle_connection_stays);
    tcase_add_test(tcase, reconnect_interrupts_a_blocking_command);
    tcase_add_test(tcase, destroyed_in_a_callback);
    tcase_add_test(tcase, reconnected_in_a_callback);
    tcase_add_test(tcase, hundred_thousand_pipelined);
    tcase_add_test(tcase, write_queue_has_a_cap);
    tcase_add_test(tcase, scripts_in_flight_count_against_the_cap);
    tcase_add_test(tcase, large_values_pass_both_ways);
    tcase_add_test(tcase, messages_come_to_a_subscriber);
    suite_add_tcase(suite, tcase);
    return suite;
}
