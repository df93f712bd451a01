/* Where options come from: every source in its rank, and what is shown of the outcome. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options_rig.h"
#include "suites.h"

/* --- ranks ---------------------------------------------------------------------------------- */

START_TEST(options_higher_sources_win)
{
    static const char conf[] = "[redis]\nhost = file\nport = 1\ndb = 1\nusername = file\n"
                               "password = file\n";
    static const char dotenv[] = "REDIS_PORT=2\nREDIS_DB=2\nREDIS_USERNAME=dotenv\n"
                                 "REDIS_PASSWORD=dotenv\n";
    static const char *const environment[] = {"HOME=/",
                                              "REDIS_DB=3",
                                              "REDIS_USERNAME=other",
                                              "REDIS_PASSWORD=other",
                                              "AGENTHOST_REDIS_USERNAME=own",
                                              "AGENTHOST_REDIS_PASSWORD=own",
                                              NULL};
    static const char *const sets[] = {"redis.password=flag", NULL};
    write_file(".env", dotenv, sizeof(dotenv) - 1);
    ck_assert_msg(load_with(conf, environment, sets), "%s", problems_text());
    ck_assert_str_eq(options->redis.host, "file");
    ck_assert_uint_eq(options->redis.port, 2);
    ck_assert_uint_eq(options->redis.db, 3);
    ck_assert_str_eq(options->redis.username, "own");
    ck_assert_str_eq(options->redis.password, "flag");
    ck_assert_str_eq(options->env_path + strlen(dir), "/.env");
    ck_assert_str_eq(options->config_path, conf_path);
}
END_TEST

START_TEST(options_earlier_names_of_the_environment_work)
{
    static const char *const environment[] = {"HOME=/",
                                              "REDIS_URL=redis://:pw@r:7/2",
                                              "OPENAI_API_KEY=sk-1",
                                              "OPENAI_MODEL=m1",
                                              "OPENAI_BASE_URL=http://127.0.0.1:9/v1/",
                                              "OPENAI_ORG_ID=o",
                                              "OPENAI_PROJECT_ID=p",
                                              "LOG_LEVEL=warn",
                                              "AGENTHOST_AGENTS_DIRS=/x,/y",
                                              "AGENTHOST_STATE_DIR=/s",
                                              "AGENTHOST_QUEUE_NAMES=a,b",
                                              "AGENTHOST_QUEUE_CONCURRENCY=7",
                                              "AGENTHOST_STORE_PATH=/s/db",
                                              "AGENTHOST_LOG_FORMAT=json",
                                              "SUPABASE_URL=https://x.example/rest/v1/",
                                              "SUPABASE_SERVICE_ROLE_KEY=sb_secret_1",
                                              "AGENTHOST_STORE_DRIVER=supabase",
                                              NULL};
    ck_assert_msg(load_with("", environment, no_sets), "%s", problems_text());
    ck_assert_uint_eq(problems.count, 0);
    ck_assert_str_eq(options->redis.url, "redis://:pw@r:7/2");
    const struct options_provider *openai = options_provider_find(options, "openai");
    ck_assert_str_eq(openai->api_key, "sk-1");
    ck_assert_str_eq(openai->model, "m1");
    ck_assert_str_eq(openai->base_url, "http://127.0.0.1:9/v1");
    ck_assert_str_eq(openai->organization, "o");
    ck_assert_str_eq(openai->project, "p");
    ck_assert_int_eq(options->log.level, LOG_WARNING);
    ck_assert_int_eq(options->log.format, LOG_FORMAT_JSON);
    ck_assert_uint_eq(options->agents.dirs.count, 2);
    ck_assert_str_eq(options->state.dir, "/s");
    ck_assert_str_eq(options->state.socket, "/s/control.sock");
    ck_assert_uint_eq(options->queues_count, 2);
    ck_assert_uint_eq(options->queues[1].concurrency, 7);
    ck_assert_str_eq(options->store.path, "/s/db");
    ck_assert_str_eq(options->store.url, "https://x.example");
    ck_assert_str_eq(options->store.key, "sb_secret_1");
}
END_TEST

START_TEST(options_of_http_take_keys_hosts_and_origins)
{
    load("[http]\nlisten = 0.0.0.0:3000, [::1]:3001, unix:/run/x\n"
         "keys = shop:execute:0123456789abcdef, board_1:probe:ABCDEFGHIJKLMNO-_\n"
         "hosts = readings.example, [2001:db8::1], localhost\n"
         "origins = https://shop.example, http://127.0.0.1:8080, https://[2001:db8::1]:8443\n"
         "limiter = off\n");
    struct options_key key;
    ck_assert(options_key_parse(options->http.keys.items[1], &key, NULL));
    ck_assert(span_is(key.name, "board_1") && span_is(key.secret, "ABCDEFGHIJKLMNO-_"));
    ck_assert_uint_eq(key.scope, 0);
    ck_assert_uint_eq(options->http.limiter.max, 0);
    sbuf_clear(&text);
    options_render(options, &text);
    ck_assert_ptr_null(strstr(text.data, "0123456789abcdef"));
    ck_assert_ptr_nonnull(strstr(text.data, "# keys = (set, hidden)\n"));
}
END_TEST

START_TEST(options_port_is_where_to_listen_when_nothing_else_says)
{
    static const char *const port[] = {"HOME=/", "PORT=3100", NULL};
    static const char *const both[] = {"HOME=/", "PORT=3100", "AGENTHOST_HTTP_LISTEN=off", NULL};
    static const char *const bad[] = {"HOME=/", "PORT=tcp://10.0.0.1:80", NULL};
    ck_assert(load_with("", port, no_sets));
    ck_assert_str_eq(options->http.listen.items[0], "127.0.0.1:3100");
    ck_assert_uint_eq(options->http.listen.count, 1);
    ck_assert(load_with("[http]\nlisten = 127.0.0.1:3200\n", port, no_sets));
    ck_assert_str_eq(options->http.listen.items[0], "127.0.0.1:3200");
    ck_assert(load_with("", both, no_sets));
    ck_assert_uint_eq(options->http.listen.count, 0);
    ck_assert(!load_with("", bad, no_sets));
    ck_assert_str_eq(problems_text(), "environment PORT: PORT must be a number from 1 to 65535\n");
    ck_assert(load_with("[http]\nlisten = off\n", bad, no_sets));
    write_file(".env", "PORT=3300\n", 10);
    ck_assert(load_with("", no_environ, no_sets));
    ck_assert_str_eq(options->http.listen.items[0], "127.0.0.1:3300");
    ck_assert(load_with("", port, no_sets));
    ck_assert_str_eq(options->http.listen.items[0], "127.0.0.1:3100");
}
END_TEST

START_TEST(options_empty_variables_count_as_not_set)
{
    static const char *const environment[] = {
        "HOME=/", "REDIS_PASSWORD=", "REDIS_HOST=", "AGENTHOST_REDIS_DB=", NULL};
    ck_assert_msg(load_with("[redis]\nhost = file\n", environment, no_sets), "%s", problems_text());
    ck_assert_str_eq(options->redis.host, "file");
    ck_assert_ptr_null(options->redis.password);
}
END_TEST

static const struct {
    const char *variables[3];
    const char *host;
    uint32_t port;
} link_rows[] = {
    {{"REDIS_PORT=tcp://10.0.0.1:7000"}, "10.0.0.1", 7000},
    {{"REDIS_PORT=tcp://10.0.0.1:7000", "REDIS_HOST=redis"}, "redis", 7000},
    {{"REDIS_HOST=tcp://redis:7001"}, "redis", 7001},
    {{"REDIS_HOST=tcp://redis:7001", "REDIS_PORT=7002"}, "redis", 7002},
    {{"REDIS_HOST=tcp://redis"}, "redis", 6379},
};

START_TEST(options_container_links_are_understood)
{
    const char *environment[] = {"HOME=/", link_rows[_i].variables[0], link_rows[_i].variables[1],
                                 NULL};
    ck_assert_msg(load_with("", environment, no_sets), "%s", problems_text());
    ck_assert_str_eq(options->redis.host, link_rows[_i].host);
    ck_assert_uint_eq(options->redis.port, link_rows[_i].port);
}
END_TEST

START_TEST(options_host_of_a_higher_source_beats_a_lower_url)
{
    static const char *const environment[] = {"HOME=/", "REDIS_HOST=redis", NULL};
    ck_assert(load_with("[redis]\nurl = redis://file\n", environment, no_sets));
    ck_assert_ptr_null(options->redis.url);
    ck_assert_str_eq(options->redis.host, "redis");
    ck_assert(load_with("[redis]\nurl = redis://file\nhost = b\n", no_environ, no_sets));
    ck_assert_str_eq(options->redis.url, "redis://file");
}
END_TEST

START_TEST(options_unknown_own_variables_are_warned_about)
{
    static const char *const environment[] = {"HOME=/", "AGENTHOST_QUEUE_CONCURENCY=3",
                                              "AGENTHOST_PORT_80_TCP=tcp://1:1",
                                              "AGENTHOST_REDIS_PASSWORD_FILE=/nonexistent", NULL};
    ck_assert(!load_with("", environment, no_sets)); /* because of the file */
    const char *shown = problems_text();
    ck_assert_ptr_nonnull(strstr(shown, "warning environment AGENTHOST_QUEUE_CONCURENCY: no option "
                                        "has this name, ignoring it; did you mean "
                                        "AGENTHOST_QUEUE_CONCURRENCY\n"));
    ck_assert_ptr_nonnull(strstr(shown, "warning environment AGENTHOST_PORT_80_TCP: "));
    ck_assert_ptr_nonnull(strstr(shown, "environment AGENTHOST_REDIS_PASSWORD_FILE: cannot"));
    ck_assert_uint_eq(problems.count, 3);
}
END_TEST

START_TEST(options_secrets_may_stand_in_files)
{
    char variable[128], conf[256];
    write_file("key", "sk-from-file\n", 13);
    (void)snprintf(variable, sizeof(variable), "OPENAI_API_KEY_FILE=%s/key", dir);
    (void)snprintf(conf, sizeof(conf), "[redis]\npassword_file = %s/key\n", dir);
    const char *environment[] = {"HOME=/", variable, NULL, NULL};
    ck_assert_msg(load_with(conf, environment, no_sets), "%s", problems_text());
    ck_assert_str_eq(options->providers[0].api_key, "sk-from-file");
    ck_assert_str_eq(options->redis.password, "sk-from-file");
    environment[2] = "OPENAI_API_KEY=sk-other";
    ck_assert(!load_with(conf, environment, no_sets));
    ck_assert_str_eq(problems_text(),
                     "environment OPENAI_API_KEY_FILE: OPENAI_API_KEY is set too; keep one\n");
    load_fails("[redis]\nhost_file = /x\n",
               "agenthost.conf:2: [redis] has no option 'host_file'\n");
}
END_TEST

START_TEST(options_credentials_of_systemd_are_read)
{
    char variable[128];
    write_file("openai_api_key", "sk-cred", 7);
    write_file("redis_password", "pw-cred\r\n", 9);
    write_file("agenthost_http_keys", "a:read:0123456789abcdef, b:read:fedcba9876543210\n", 49);
    (void)snprintf(variable, sizeof(variable), "CREDENTIALS_DIRECTORY=%s", dir);
    const char *environment[] = {"HOME=/", variable, "REDIS_PASSWORD=env", NULL};
    ck_assert_msg(load_with("", environment, no_sets), "%s", problems_text());
    ck_assert_str_eq(options->providers[0].api_key, "sk-cred");
    ck_assert_str_eq(options->redis.password, "env");
    ck_assert_uint_eq(options->http.keys.count, 2);
}
END_TEST

START_TEST(options_readable_env_file_is_warned_about)
{
    char path[128];
    write_file(".env", "REDIS_PASSWORD=x\n", 17);
    (void)snprintf(path, sizeof(path), "%s/.env", dir);
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert(load_with("", no_environ, no_sets));
    ck_assert_str_eq(problems_text(), "warning .env: everybody may read this file and the secrets "
                                      "in it: chmod o-r it\n");
    write_file(".env", "REDIS_PASSWORD=x\noops\n", 22);
    load_fails("", ".env:2: the line is not NAME=value\n");
}
END_TEST

START_TEST(options_flags_are_written_group_option_value)
{
    static const char *const sets[] = {"queue.concurrency=9", "queue.slow.limiter=off",
                                       "model.gpt-4.1.input_price=3", "redis.host=a=b", NULL};
    ck_assert_msg(load_with("", no_environ, sets), "%s", problems_text());
    ck_assert_uint_eq(options_queue_find(options, "slow")->limiter.max, 0);
    ck_assert_uint_eq(options_queue_find(options, "slow")->concurrency, 9);
    ck_assert_double_eq(options_model_find(options, "gpt-4.1")->input_price, 3);
    ck_assert_str_eq(options->redis.host, "a=b");
    static const char *const bad[] = {"concurrency=9", "queue.concurrency", "queue.=1",
                                      ".concurrency=1", NULL};
    ck_assert(!load_with("", no_environ, bad));
    ck_assert_uint_eq(problems.count, 4);
    ck_assert_ptr_nonnull(
        strstr(problems_text(), "--set concurrency: is written group.option=value\n"));
}
END_TEST

/* --- queues, agents ------------------------------------------------------------------------- */

START_TEST(options_queue_sections_override_the_common_one)
{
    load("[queue.fast]\nconcurrency = 50\n[queue]\nconcurrency = 5\nlock = 20s\nnames = slow\n");
    ck_assert_uint_eq(options->queues_count, 2);
    ck_assert_uint_eq(options_queue_find(options, "slow")->concurrency, 5);
    ck_assert_uint_eq(options_queue_find(options, "fast")->concurrency, 50);
    ck_assert_int_eq(options_queue_find(options, "fast")->lock_ms, 20000);
    load("[queue.fast]\nconcurrency = 50\n");
    ck_assert_uint_eq(options->queues_count, 1); /* no "readings" beside named ones */
}
END_TEST

START_TEST(options_queue_names_of_the_environment_replace_the_set)
{
    static const char *const environment[] = {"HOME=/", "AGENTHOST_QUEUE_NAMES=other",
                                              "AGENTHOST_QUEUE_CONCURRENCY=3", NULL};
    ck_assert(load_with("[queue]\nnames = a\n[queue.fast]\nconcurrency = 50\n"
                        "[queue.other]\nconcurrency = 9\nlock = 7s\n",
                        environment, no_sets));
    ck_assert_uint_eq(options->queues_count, 1);
    ck_assert_str_eq(options->queues[0].name, "other");
    ck_assert_int_eq(options->queues[0].lock_ms, 7000);
    ck_assert_uint_eq(options->queues[0].concurrency, 3); /* the environment beats the file */
    ck_assert_str_eq(problems_text(), "warning environment AGENTHOST_QUEUE_NAMES: replaces the set "
                                      "of queues: [queue.fast] is not served\n");
}
END_TEST

START_TEST(options_keys_of_an_agent_go_to_it_as_json)
{
    static const char *const sets[] = {"agent.crisis.tone=calm", NULL};
    ck_assert_msg(load_with("[agent.crisis]\nmodel = m\nhelp-line = \"112\" / TelefonSeelsorge\n"
                            "tone = firm\n",
                            no_environ, sets),
                  "%s", problems_text());
    const struct options_agent *agent = options_agent_find(options, "crisis");
    ck_assert_str_eq(agent->model, "m");
    ck_assert_str_eq(agent->extra_json,
                     "{\"help-line\":\"\\\"112\\\" / TelefonSeelsorge\",\"tone\":\"calm\"}");
    ck_assert_uint_eq(agent->extra_keys.count, 2);
    ck_assert_str_eq(agent->extra_keys.items[1], "tone");
    ck_assert_str_eq(agent->extra_where.items[0] + strlen(dir), "/agenthost.conf:3");
    ck_assert_str_eq(agent->extra_where.items[1], "--set agent.crisis.tone");
    load("[agent.plain]\nmodel = m\n");
    ck_assert_str_eq(options_agent_find(options, "plain")->extra_json, "{}");
}
END_TEST

/* --- places --------------------------------------------------------------------------------- */

START_TEST(options_state_and_socket_follow_the_service_manager)
{
    static const char *const systemd[] = {"STATE_DIRECTORY=/var/lib/a:/var/lib/b",
                                          "RUNTIME_DIRECTORY=/run/a", NULL};
    ck_assert(load_with("", systemd, no_sets));
    ck_assert_str_eq(options->state.dir, "/var/lib/a");
    ck_assert_str_eq(options->state.socket, "/run/a/control.sock");
    static const char *const person[] = {"HOME=/home/p", "XDG_STATE_HOME=/home/p/s", NULL};
    ck_assert(load_with("", person, no_sets));
    ck_assert_str_eq(options->state.dir,
                     geteuid() == 0 ? "/var/lib/agenthost" : "/home/p/s/agenthost");
    load("[state]\ndir = /x\nsocket = /y/z.sock\n");
    ck_assert_str_eq(options->state.dir, "/x");
    ck_assert_str_eq(options->state.socket, "/y/z.sock");
}
END_TEST

START_TEST(options_socket_path_that_cannot_be_bound_is_named)
{
    char conf[256];
    (void)snprintf(conf, sizeof(conf), "[state]\nsocket = /%0106d\n", 0);
    load(conf); /* 107 bytes */
    (void)snprintf(conf, sizeof(conf), "[state]\nsocket = /%0107d\n", 0);
    ck_assert(!load_with(conf, no_environ, no_sets));
    ck_assert_ptr_nonnull(strstr(problems_text(), "agenthost.conf:2: the path of the control "
                                                  "socket is longer than 107 bytes"));
    ck_assert_ptr_nonnull(strstr(problems.items[0].text, "state.socket"));
}
END_TEST

/* --- rendering ------------------------------------------------------------------------------ */

START_TEST(options_render_says_where_and_hides_secrets)
{
    static const char *const environment[] = {"HOME=/", "OPENAI_API_KEY=sk-secret",
                                              "REDIS_URL=redis://u:hunter2@h:1", NULL};
    struct sbuf out;
    sbuf_init(&out, 1 << 16);
    ck_assert(load_with("[queue]\nlimiter = 5/10s\npark_max = 48h\n[agent.a]\nfoo = bar\n",
                        environment, no_sets));
    options_render(options, &out);
    ck_assert_ptr_null(strstr(out.data, "sk-secret"));
    ck_assert_ptr_null(strstr(out.data, "hunter2"));
    ck_assert_ptr_nonnull(strstr(out.data, "\n# from environment OPENAI_API_KEY:\n"
                                           "# api_key = (set, hidden)\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "url = redis://********@h:1\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "agenthost.conf:2:\nlimiter = 5/10s\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\n# concurrency = 2 (default)\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "agenthost.conf:5:\nfoo = bar\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\n[queue.readings]\n"));
    sbuf_fini(&out);
}
END_TEST

START_TEST(options_render_can_be_read_again)
{
    struct sbuf first, second;
    sbuf_init(&first, 1 << 16);
    sbuf_init(&second, 1 << 16);
    load("[queue]\nnames = a,b\nlock = 90s\n[queue.b]\nlimiter = off\n[limits]\n"
         "memory_max = 1GB\n[provider.local]\nbase_url = http://h/v1\nneeds_key = no\n"
         "[model.m]\ninput_price = 0.25\n[agent.x]\ntemperature = 1.5\nown = word\n");
    options_render(options, &first);
    load(first.data);
    options_render(options, &second);
    /* Only the places differ. */
    for (char *a = strtok(first.data, "\n"), *b = strstr(second.data, "# conf"); a != NULL;
         a = strtok(NULL, "\n")) {
        size_t len = strcspn(b, "\n");
        if (strncmp(a, "# from", 6) != 0) {
            ck_assert_msg(strlen(a) == len && strncmp(a, b, len) == 0, "'%s' and '%.*s'", a,
                          (int)len, b);
        }
        b += len;
        b += strspn(b, "\n");
    }
    sbuf_fini(&first);
    sbuf_fini(&second);
}
END_TEST

START_TEST(options_changes_that_need_a_restart_are_named)
{
    struct sbuf out;
    sbuf_init(&out, 4096);
    load("[redis]\npassword = a\n[queue.a]\nlock = 10s\n");
    struct options *before = options;
    options = NULL;
    load("[redis]\npassword = b\n[queue.a]\nlock = 20s\nconcurrency = 9\n[queue.b]\nlock = 1s\n");
    ck_assert(options_needs_restart(before, options, &out));
    ck_assert_str_eq(out.data, "redis.password, queue.names, queue.a.lock");
    sbuf_clear(&out);
    ck_assert(!options_needs_restart(options, options, &out));
    options_destroy(&before);
    sbuf_fini(&out);
}
END_TEST

Suite *suite_options_sources(void)
{
    Suite *suite = suite_create("options sources");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, options_setup, options_teardown);
    tcase_add_test(tests, options_higher_sources_win);
    tcase_add_test(tests, options_earlier_names_of_the_environment_work);
    tcase_add_test(tests, options_of_http_take_keys_hosts_and_origins);
    tcase_add_test(tests, options_port_is_where_to_listen_when_nothing_else_says);
    tcase_add_test(tests, options_empty_variables_count_as_not_set);
    tcase_add_loop_test(tests, options_container_links_are_understood, 0,
                        (int)ARRAY_LEN(link_rows));
    tcase_add_test(tests, options_host_of_a_higher_source_beats_a_lower_url);
    tcase_add_test(tests, options_unknown_own_variables_are_warned_about);
    tcase_add_test(tests, options_secrets_may_stand_in_files);
    tcase_add_test(tests, options_credentials_of_systemd_are_read);
    tcase_add_test(tests, options_readable_env_file_is_warned_about);
    tcase_add_test(tests, options_flags_are_written_group_option_value);
    tcase_add_test(tests, options_queue_sections_override_the_common_one);
    tcase_add_test(tests, options_queue_names_of_the_environment_replace_the_set);
    tcase_add_test(tests, options_keys_of_an_agent_go_to_it_as_json);
    tcase_add_test(tests, options_state_and_socket_follow_the_service_manager);
    tcase_add_test(tests, options_socket_path_that_cannot_be_bound_is_named);
    tcase_add_test(tests, options_render_says_where_and_hides_secrets);
    tcase_add_test(tests, options_render_can_be_read_again);
    tcase_add_test(tests, options_changes_that_need_a_restart_are_named);
    suite_add_tcase(suite, tests);
    return suite;
}
