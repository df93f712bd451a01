/* The configuration file: every option documented, every value read, every mistake named. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options_rig.h"
#include "suites.h"

/* --- defaults and documentation ---------------------------------------------------------- */

START_TEST(options_defaults_are_the_documented_ones)
{
    load("");
    ck_assert_uint_eq(options->queues_count, 1);
    const struct options_queue *queue = options_queue_find(options, "readings");
    ck_assert_str_eq(queue->prefix, "bull");
    ck_assert_uint_eq(queue->concurrency, 2);
    ck_assert_uint_eq(queue->limiter.max, 10);
    ck_assert_int_eq(queue->limiter.duration_ms, 60000);
    ck_assert_int_eq(queue->lock_ms, 30000);
    ck_assert_int_eq(queue->stalled_ms, 30000);
    ck_assert_uint_eq(queue->max_stalled, 5);
    ck_assert_int_eq(queue->job_timeout_ms, 600000);
    ck_assert_int_eq(queue->park_max_ms, 86400000);
    ck_assert_int_eq(queue->unknown_agent_patience_ms, 600000);
    ck_assert_uint_eq(queue->unpark_per_second, 100);
    ck_assert_int_eq(queue->drain_delay_ms, 5000);
    ck_assert_int_eq(queue->return_content, RETURN_CONTENT_AUTO);
    ck_assert_uint_eq(queue->agents.count, 0);
    ck_assert(options_queue_takes(queue, "anyone"));
    const struct options_provider *openai = options_provider_find(options, "openai");
    ck_assert_str_eq(openai->base_url, "https://api.openai.com/v1");
    ck_assert_ptr_null(openai->api_key);
    ck_assert_ptr_null(openai->model);
    ck_assert_str_eq(openai->max_tokens_field, "max_completion_tokens");
    ck_assert(openai->needs_key && !openai->practice);
    ck_assert_int_eq(openai->answer_ms, 300000);
    ck_assert_uint_eq(openai->retries, 2);
    ck_assert_int_eq(options->agents.call_ms, 2000);
    ck_assert_int_eq(options->agents.memory_bytes_max, 256 << 20);
    ck_assert_str_eq(options->agents.dirs.items[0], PKGLIBDIR "/agents");
    ck_assert_int_eq(options->limits.drain_ms, 30000);
    ck_assert_int_eq(options->limits.data_bytes_max, 256 << 10);
    ck_assert_str_eq(options->redis.host, "localhost");
    ck_assert_ptr_null(options->redis.url);
    ck_assert_uint_eq(options->redis.port, 6379);
    ck_assert_uint_eq(options->http.listen.count, 1);
    ck_assert_str_eq(options->http.listen.items[0], "127.0.0.1:3000");
    ck_assert_uint_eq(options->http.keys.count, 0);
    ck_assert_uint_eq(options->http.limiter.max, 600);
    ck_assert_uint_eq(problems.count, 0);
}
END_TEST

/* The file's options as "group.key = default" lines, of comments and of settings alike. */
static void list_documented(const char *path, struct sbuf *out)
{
    char *content = NULL;
    size_t len;
    struct err err;
    ck_assert_msg(options_read_file(path, 1 << 20, &content, &len, &err), "%s", err.text);
    char group[64] = "";
    for (char *line = strtok(content, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        line += *line == '#';
        if (*line == '[') {
            (void)snprintf(group, sizeof(group), "%.*s", (int)strcspn(line + 1, ".]"), line + 1);
        } else if (islower((unsigned char)*line) && strstr(line, " =") != NULL) {
            sbuf_printf(out, "%s.%s\n", group, line);
        }
    }
    free(content);
}

START_TEST(options_sample_names_every_option_with_its_default)
{
    struct sbuf expected, actual;
    sbuf_init(&expected, 1 << 16);
    sbuf_init(&actual, 1 << 16);
    list_documented(TEST_SRCDIR "/etc/agenthost.conf", &actual);
    for (size_t i = 0; i < options_table_count; i++) {
        const struct option *option = &options_table[i];
        const char *fallback = option->fallback;
        if (strcmp(option->key, "dirs") == 0) {
            fallback = "/usr/lib/agenthost/agents"; /* as packages configure it */
        }
        sbuf_printf(&expected, "%s.%s =%s%s\n", option->group, option->key,
                    fallback != NULL ? " " : "", fallback != NULL ? fallback : "");
    }
    ck_assert_str_eq(actual.data, expected.data);
    sbuf_fini(&expected);
    sbuf_fini(&actual);
}
END_TEST

START_TEST(options_sample_is_a_good_configuration)
{
    struct options_source source = {.config_path = TEST_SRCDIR "/etc/agenthost.conf",
                                    .environ = no_environ};
    ck_assert_msg(options_load(&source, &options, &problems), "%s", problems_text());
    ck_assert_uint_eq(problems.count, 0);
}
END_TEST

START_TEST(options_sample_is_good_with_every_comment_taken_away)
{
    /* Only the ones without a default have no value to stand with. */
    char *content = NULL;
    size_t len;
    ck_assert(options_read_file(TEST_SRCDIR "/etc/agenthost.conf", 1 << 20, &content, &len, NULL));
    struct sbuf conf;
    sbuf_init(&conf, 1 << 20);
    for (char *line = strtok(content, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        bool is_option = line[0] == '#' && (islower((unsigned char)line[1]) || line[1] == '[') &&
                         line[strlen(line) - 1] != '=';
        sbuf_printf(&conf, "%s\n", is_option ? line + 1 : line);
    }
    load(conf.data);
    ck_assert_uint_eq(options->agent_sections_count, 0);
    ck_assert_int_eq(options->queues[0].job_timeout_ms, 600000);
    sbuf_fini(&conf);
    free(content);
}
END_TEST

START_TEST(options_manual_names_every_option_with_its_default)
{
    char *manual = NULL;
    size_t len;
    ck_assert(options_read_file(TEST_SRCDIR "/man/agenthost.conf.5", 1 << 20, &manual, &len, NULL));
    const char *at = manual;
    for (size_t i = 0; i < options_table_count; i++) {
        const struct option *option = &options_table[i];
        const char *fallback = option->fallback;
        if (strcmp(option->key, "dirs") == 0) {
            fallback = "/usr/lib/agenthost/agents";
        }
        char entry[512];
        (void)snprintf(entry, sizeof(entry), ".TP\n.B %s%s%s\n%s\n", option->key,
                       fallback != NULL ? " = " : "", fallback != NULL ? fallback : "",
                       option->prose);
        at = strstr(at, entry); /* in the table's order */
        ck_assert_msg(at != NULL, "not there, or not in order: %s", entry);
    }
    free(manual);
}
END_TEST

START_TEST(options_describe_names_every_option)
{
    struct sbuf out;
    sbuf_init(&out, 1 << 16);
    options_describe(&out);
    for (size_t i = 0; i < options_table_count; i++) {
        char line[64];
        (void)snprintf(line, sizeof(line), "\n%s", options_table[i].key);
        ck_assert_msg(strstr(out.data, line) != NULL, "%s is missing", options_table[i].key);
        ck_assert_ptr_nonnull(strstr(out.data, options_table[i].prose));
    }
    ck_assert_ptr_nonnull(strstr(out.data, "AGENTHOST_REDIS_HOST, REDIS_HOST"));
    ck_assert_ptr_nonnull(strstr(out.data, "environment: OPENAI_API_KEY\n"));
    sbuf_fini(&out);
}
END_TEST

/* --- mistakes in the file ------------------------------------------------------------------ */

static const struct {
    const char *conf, *problems;
} mistake_rows[] = {
    {"[queue]\nconcurency = 3\n",
     "agenthost.conf:2: [queue] has no option 'concurency'; did you mean 'concurrency'?\n"},
    {"[queue]\nflavour = 3\n", "agenthost.conf:2: [queue] has no option 'flavour'\n"},
    {"[rediss]\nhost = a\n",
     "agenthost.conf:1: there is no section [rediss]; did you mean [redis]?\n"},
    {"[agent]\nmodel = a\n", "agenthost.conf:1: the section is written [agent.NAME]\n"},
    {"[redis.main]\nhost = a\n",
     "agenthost.conf:1: the section is written [redis], without a name\n"},
    {"[queue.]\nlock = 10s\n", "agenthost.conf:1: the section's name is empty\n"},
    {"[queue.a]\nnames = b\n", "agenthost.conf:2: [queue.a] has no option 'names'\n"},
    {"[redis]\nhost = a\nport = 1\nhost = b\n",
     "agenthost.conf:4: 'host' is set twice, first at agenthost.conf:2; keep one\n"},
    {"[redis]\nhost = a\n[log]\nlevel = info\n[redis]\nhost = b\n",
     "agenthost.conf:6: 'host' is set twice, first at agenthost.conf:2; keep one\n"},
    {"host = a\n", "agenthost.conf:1: 'host' stands before the first [section]\n"},
    {"[redis]\nhost\n", "agenthost.conf:2: the line is not 'option = value'\n"},
    {"[redis]\nhost: a\n", "agenthost.conf:2: the line is not 'option = value'\n"},
    {"[redis]\nhost =\n",
     "agenthost.conf:2: redis.host has no value; leave the line out for the default\n"},
    {"[redis]\nport = 6379 ; the usual\n",
     "agenthost.conf:2: redis.port must be a number from 1 to 65535, not '6379 ; the usual'\n"},
    {"[redis\nhost = a\n", "agenthost.conf:1: the section has no ]\n"},
    {"[redis] # main\nhost = a\n", "agenthost.conf:1: there is text after the section's ]\n"},
    {"[queue.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nlock = 1s\n",
     "agenthost.conf:1: a section's name has 1 to 48 bytes\n"},
    {"[redis]\nhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh = 1\n",
     "agenthost.conf:2: an option's name has 1 to 48 bytes\n"},
    {"[redis]\nho st = 1\n",
     "agenthost.conf:2: an option's name has letters, digits, _ and - only\n"},
    {"[redis]\nhost = \xff\n", "agenthost.conf:2: the line is not UTF-8\n"},
    {"[redis]\nurl = http://x\n",
     "agenthost.conf:2: redis.url begins with redis://, rediss://, tcp:// or unix:\n"},
    {"[agents]\nprovider = opanai\n",
     "agenthost.conf:2: there is no [provider.opanai]; did you mean 'openai'?\n"},
    {"[agent.x]\nprovider = local\n", "agenthost.conf:2: there is no [provider.local]\n"},
    {"[provider.local]\nmodel = a\n", "[provider.local]: has no base_url\n"},
    {"[provider.local]\nbase_url = ftp://a\n",
     "agenthost.conf:2: base_url begins with http:// or https://\n"},
    {"[provider.openai]\nmax_tokens_field = tokens\n",
     "agenthost.conf:2: max_tokens_field is max_completion_tokens or max_tokens\n"},
    {"[agent.Crisis]\nmodel = a\n",
     "agenthost.conf:2: 'Crisis': an agent's id is a lower-case letter, then up to 31 letters, "
     "digits and -\n"},
    {"[queue]\nnames = a:b\n",
     "agenthost.conf:2: 'a:b': a queue's name is not empty and has no colon or comma\n"
     "agenthost.conf:2: no queue is left to serve\n"},
    {"[queue]\nnames = a,,b\n",
     "agenthost.conf:2: queue.names must be a list separated by commas, not 'a,,b'\n"},
    {"[store]\ndriver = mysql\n",
     "agenthost.conf:2: store.driver is sqlite or supabase, not 'mysql'\n"},
    {"[store]\ndriver = supabase\nurl = db.example\n",
     "agenthost.conf:3: store.url begins with http:// or https://\n"},
    {"[http]\nkeys = 0123456789abcdef\n",
     "agenthost.conf:2: http.keys item 1: must be name:scope:secret\n"},
    {"[http]\nkeys = a:read:0123456789abcdef, b:0123456789abcdef\n",
     "agenthost.conf:2: http.keys item 2: must be name:scope:secret\n"},
    {"[http]\nkeys = a b:read:0123456789abcdef\n",
     "agenthost.conf:2: http.keys item 1: its name must have 1 to 48 of A-Z a-z 0-9 - _ and not "
     "begin with -\n"},
    {"[http]\nkeys = -:read:0123456789abcdef\n",
     "agenthost.conf:2: http.keys item 1: its name must have 1 to 48 of A-Z a-z 0-9 - _ and not "
     "begin with -\n"},
    {"[http]\nkeys = a:write:0123456789abcdef\n",
     "agenthost.conf:2: http.keys item 1: its scope must be probe, read, execute or operate\n"},
    {"[http]\nkeys = a:read:0123456789abcde\n",
     "agenthost.conf:2: http.keys item 1: its secret must have 16 to 256 of A-Z a-z 0-9 - _\n"},
    {"[http]\nkeys = a:read:0123456789abcdef.\n",
     "agenthost.conf:2: http.keys item 1: its secret must have 16 to 256 of A-Z a-z 0-9 - _\n"},
    {"[http]\nkeys = a:read:0123456789abcdef, a:read:fedcba9876543210, b:read:0123456789abcdef\n",
     "agenthost.conf:2: http.keys item 2: has the name or secret of item 1\n"
     "agenthost.conf:2: http.keys item 3: has the name or secret of item 1\n"},
    {"[http]\nhosts = readings.example:3000\n",
     "agenthost.conf:2: http.hosts must be names like readings.example.org, without port and "
     "scheme\n"},
    {"[http]\norigins = shop.example\n",
     "agenthost.conf:2: http.origins must be like https://shop.example.org, without a path\n"},
    {"[http]\norigins = https://shop.example/\n",
     "agenthost.conf:2: http.origins must be like https://shop.example.org, without a path\n"},
    {"[http]\norigins = https://[::1\n",
     "agenthost.conf:2: http.origins must be like https://shop.example.org, without a path\n"},
    {"[http]\norigins = null\n",
     "agenthost.conf:2: http.origins must be like https://shop.example.org, without a path\n"},
    {"[http]\nlisten = 127.0.0.1:3000, :3000\n",
     "agenthost.conf:2: http.listen ':3000' can be reached from outside: set http.keys, or listen "
     "on 127.0.0.1 behind a proxy\n"},
    {"[http]\nlisten = 10.0.0.1:3000, [::]:3000\n",
     "agenthost.conf:2: http.listen '10.0.0.1:3000' can be reached from outside: set http.keys, or "
     "listen on 127.0.0.1 behind a proxy\n"
     "agenthost.conf:2: http.listen '[::]:3000' can be reached from outside: set http.keys, or "
     "listen on 127.0.0.1 behind a proxy\n"},
    {"[http]\ntoken_secret = short\n",
     "agenthost.conf:2: http.token_secret must have 16 bytes or more\n"},
    {"[agents]\nstill = 20s\n", "agents.still_max: agents.still_max is less than agents.still\n"},
    {"[redis]\nport = 0\n[log]\nlevel = loud\n",
     "agenthost.conf:2: redis.port must be a number from 1 to 65535, not '0'\n"
     "agenthost.conf:4: log.level must be debug, info, warning or error, not 'loud'\n"},
};

START_TEST(options_mistakes_are_named_with_their_place)
{
    ck_assert(!load_with(mistake_rows[_i].conf, no_environ, no_sets));
    sbuf_clear(&text);
    /* A problem may name another place of the file too. */
    char *shown = strdup(problems_text());
    char *at;
    while ((at = strstr(shown, dir)) != NULL) {
        memmove(at, at + strlen(dir) + 1, strlen(at + strlen(dir) + 1) + 1);
    }
    ck_assert_str_eq(shown, mistake_rows[_i].problems);
    free(shown);
}
END_TEST

START_TEST(options_after_a_bad_section_are_not_taken_for_the_one_before)
{
    load_fails("[redis]\nhost = a\n[radis]\nport = 7\nhost = b\n",
               "agenthost.conf:3: there is no section [radis]; did you mean [redis]?\n");
}
END_TEST

START_TEST(options_long_lines_are_whole_or_refused)
{
    struct sbuf conf;
    sbuf_init(&conf, 1 << 20);
    sbuf_puts(&conf, "[agents]\ndirs = ");
    for (int i = 0; i < 50; i++) {
        sbuf_printf(&conf, "%s/a/directory/whose/name/is/long/%02d", i > 0 ? "," : "", i);
    }
    sbuf_puts(&conf, "\nlocale = en\n");
    load(conf.data);
    ck_assert_uint_eq(options->agents.dirs.count, 50);
    ck_assert_str_eq(options->agents.dirs.items[49], "/a/directory/whose/name/is/long/49");
    ck_assert_str_eq(options->agents.locale, "en");
    sbuf_clear(&conf);
    sbuf_puts(&conf, "[redis]\nhost = ");
    for (int i = 0; i < 9000; i++) {
        sbuf_putc(&conf, 'a');
    }
    sbuf_puts(&conf, "\nport = 0\n");
    load_fails(conf.data, "agenthost.conf:2: the line is longer than 8000 bytes\n"
                          "agenthost.conf:3: redis.port must be a number from 1 to 65535, "
                          "not '0'\n");
    sbuf_fini(&conf);
}
END_TEST

START_TEST(options_file_may_have_a_bom_crlf_and_no_last_newline)
{
    load("\xef\xbb\xbf[redis]\r\n; a comment\r\n  # another\r\n  host = a ;b\r\nport = 7");
    ck_assert_str_eq(options->redis.host, "a ;b"); /* no inline comments */
    ck_assert_uint_eq(options->redis.port, 7);
}
END_TEST

START_TEST(options_file_with_a_nul_is_refused)
{
    static const char conf[] = "[redis]\nhost = a\0b\n";
    write_file("agenthost.conf", conf, sizeof(conf) - 1);
    struct options_source source = {.config_path = conf_path, .environ = no_environ};
    ck_assert(!options_load(&source, &options, &problems));
    ck_assert_str_eq(problems_text(), "agenthost.conf:2: the line holds a NUL\n");
}
END_TEST

START_TEST(options_missing_file_is_an_error_only_when_asked_for)
{
    struct options_source source = {.config_path = "/nonexistent/agenthost.conf",
                                    .environ = no_environ};
    ck_assert(!options_load(&source, &options, &problems));
    ck_assert_ptr_nonnull(strstr(problems_text(), "--config: cannot open '/nonexistent"));
}
END_TEST

START_TEST(options_nearest_is_near_or_nothing)
{
    static const char *const words[] = {"business", "relationship", "crisis", "personality"};
    ck_assert_str_eq(options_nearest("buisness", words, 4), "business");
    ck_assert_str_eq(options_nearest("crises", words, 4), "crisis");
    ck_assert_str_eq(options_nearest("crisis", words, 4), "crisis");
    ck_assert_ptr_null(options_nearest("weather", words, 4));
    ck_assert_ptr_null(options_nearest("", words, 4));
    ck_assert_ptr_null(options_nearest("crisis", words, 0));
    char longer[200];
    memset(longer, 'a', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    ck_assert_ptr_null(options_nearest(longer, words, 4));
}
END_TEST

static void add_mistakes(TCase *tests)
{
    tcase_add_loop_test(tests, options_mistakes_are_named_with_their_place, 0,
                        (int)ARRAY_LEN(mistake_rows));
    tcase_add_test(tests, options_after_a_bad_section_are_not_taken_for_the_one_before);
    tcase_add_test(tests, options_long_lines_are_whole_or_refused);
    tcase_add_test(tests, options_file_may_have_a_bom_crlf_and_no_last_newline);
    tcase_add_test(tests, options_file_with_a_nul_is_refused);
    tcase_add_test(tests, options_missing_file_is_an_error_only_when_asked_for);
}

Suite *suite_options(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, options_setup, options_teardown);
    tcase_add_test(tests, options_defaults_are_the_documented_ones);
    tcase_add_test(tests, options_sample_names_every_option_with_its_default);
    tcase_add_test(tests, options_sample_is_a_good_configuration);
    tcase_add_test(tests, options_sample_is_good_with_every_comment_taken_away);
    tcase_add_test(tests, options_manual_names_every_option_with_its_default);
    tcase_add_test(tests, options_describe_names_every_option);
    add_mistakes(tests);
    tcase_add_test(tests, options_nearest_is_near_or_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
