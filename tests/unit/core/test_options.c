/* The configuration: every option documented, every source in its rank, every mistake named. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/json.h"
#include "core/options-private.h"
#include "core/options.h"
#include "suites.h"

static char dir[64];
static char conf_path[96];
static struct options *options;
static struct options_problems problems;
static struct sbuf text; /* scratch */

static void setup(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/agenthost-options-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(conf_path, sizeof(conf_path), "%s/agenthost.conf", dir);
    sbuf_init(&text, 1 << 20);
    options = NULL;
}

static void teardown(void)
{
    char command[128];
    options_destroy(&options);
    options_problems_fini(&problems);
    sbuf_fini(&text);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *name, const char *content, size_t len)
{
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0600), 0);
}

static const char *const no_environ[] = {"HOME=/home/nobody", NULL};
static const char *const no_sets[] = {NULL};

static bool load_with(const char *conf, const char *const *environment, const char *const *sets)
{
    options_destroy(&options);
    options_problems_fini(&problems);
    write_file("agenthost.conf", conf, strlen(conf));
    struct options_source source = {.config_path = conf_path, .environ = environment, .sets = sets};
    while (sets[source.sets_count] != NULL) {
        source.sets_count++;
    }
    return options_load(&source, &options, &problems);
}

/* All problems, one a line, the temporary directory taken out. */
static const char *problems_text(void)
{
    sbuf_clear(&text);
    for (size_t i = 0; i < problems.count; i++) {
        const char *where = problems.items[i].where;
        where = strncmp(where, dir, strlen(dir)) == 0 ? where + strlen(dir) + 1 : where;
        sbuf_printf(&text, "%s%s: %s\n", problems.items[i].is_warning ? "warning " : "", where,
                    problems.items[i].text);
    }
    return text.data;
}

static void load(const char *conf)
{
    ck_assert_msg(load_with(conf, no_environ, no_sets), "%s", problems_text());
}

static void load_fails(const char *conf, const char *expected)
{
    ck_assert_msg(!load_with(conf, no_environ, no_sets), "accepted: %s", conf);
    ck_assert_str_eq(problems_text(), expected);
}

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

/* --- values ------------------------------------------------------------------------------- */

static const struct {
    const char *value;
    int64_t ms; /* -1: refused */
} duration_rows[] = {
    {"500ms", 500},
    {"30s", 30000},
    {"2m", 120000},
    {"24h", 86400000},
    {"1d", 86400000},
    {"600", -1},
    {"10 m", -1},
    {"1.5s", -1},
    {"-5s", -1},
    {"s", -1},
    {"5S", -1},
    {"1s500ms", -1},
    {"9ms", -1},
    {"25h", -1},
    {"0", -1},
    {"99999999999999999999s", -1},
    {"9223372036854775807h", -1},
};

START_TEST(options_durations_carry_units_and_ranges)
{
    char conf[128];
    (void)snprintf(conf, sizeof(conf), "[queue]\njob_timeout = %s\n", duration_rows[_i].value);
    bool is_ok = load_with(conf, no_environ, no_sets);
    ck_assert_msg(is_ok == (duration_rows[_i].ms >= 0), "%s: %s", duration_rows[_i].value,
                  problems_text());
    if (is_ok) {
        ck_assert_int_eq(options->queues[0].job_timeout_ms, duration_rows[_i].ms);
    } else {
        char expected[256];
        (void)snprintf(expected, sizeof(expected),
                       "agenthost.conf:2: queue.job_timeout must be a duration from 10ms to 24h, "
                       "not '%s'\n",
                       duration_rows[_i].value);
        ck_assert_str_eq(problems_text(), expected);
    }
}
END_TEST

static const struct {
    const char *value;
    int64_t bytes;
} size_rows[] = {
    {"64MB", 64 << 20}, {"65536KB", 64 << 20}, {"67108864B", 64 << 20},
    {"1GB", 1 << 30},   {"64M", -1},           {"64mb", -1},
    {"64", -1},         {"1MB", -1},           {"99999999999GB", -1},
};

START_TEST(options_sizes_carry_units_and_ranges)
{
    char conf[128];
    (void)snprintf(conf, sizeof(conf), "[limits]\nmemory_max = %s\n", size_rows[_i].value);
    bool is_ok = load_with(conf, no_environ, no_sets);
    ck_assert_int_eq(is_ok, size_rows[_i].bytes >= 0);
    if (is_ok) {
        ck_assert_int_eq(options->limits.memory_bytes_max, size_rows[_i].bytes);
    } else {
        ck_assert_ptr_nonnull(strstr(problems_text(), "must be a size from 16MB to 1024GB"));
    }
}
END_TEST

static const struct {
    const char *file, *environment; /* one of both */
    uint32_t max;
    int64_t duration_ms; /* -1: refused */
} limiter_rows[] = {
    {"10/60s", NULL, 10, 60000}, {"off", NULL, 0, 0},        {"1/500ms", NULL, 1, 500},
    {"10/60000", NULL, 0, -1},   {"0/60s", NULL, 0, -1},     {"10", NULL, 0, -1},
    {"10/", NULL, 0, -1},        {"10/2d", NULL, 0, -1},     {NULL, "10/60000", 10, 60000},
    {NULL, "10/60s", 10, 60000}, {NULL, "off", 0, 0},        {NULL, "0", 0, 0},
    {NULL, "10/0", 0, -1},       {NULL, "10/60000x", 0, -1},
};

START_TEST(options_limiter_takes_bare_milliseconds_only_from_the_environment)
{
    char conf[64] = "", variable[64];
    const char *environment[] = {"HOME=/", NULL, NULL};
    if (limiter_rows[_i].file != NULL) {
        (void)snprintf(conf, sizeof(conf), "[queue]\nlimiter = %s\n", limiter_rows[_i].file);
    } else {
        (void)snprintf(variable, sizeof(variable), "AGENTHOST_QUEUE_LIMITER=%s",
                       limiter_rows[_i].environment);
        environment[1] = variable;
    }
    bool is_ok = load_with(conf, environment, no_sets);
    ck_assert_int_eq(is_ok, limiter_rows[_i].duration_ms >= 0);
    if (is_ok) {
        ck_assert_uint_eq(options->queues[0].limiter.max, limiter_rows[_i].max);
        ck_assert_int_eq(options->queues[0].limiter.duration_ms, limiter_rows[_i].duration_ms);
    }
}
END_TEST

START_TEST(options_lists_words_numbers_and_prices)
{
    load("[agents]\ndirs = /a , /b/c\nsandbox = require\n"
         "[queue]\nagents = crisis,business\nreturn_content = no\n"
         "[redis]\ntls_verify = off\n"
         "[agent.crisis]\ntemperature = 0.7\nmax_tokens = 900\n"
         "[model.gpt-4.1]\ninput_price = 2.5\n");
    ck_assert_uint_eq(options->agents.dirs.count, 2);
    ck_assert_str_eq(options->agents.dirs.items[1], "/b/c");
    ck_assert_int_eq(options->agents.sandbox, SANDBOX_REQUIRE);
    ck_assert_uint_eq(options->queues[0].agents.count, 2);
    ck_assert_str_eq(options->queues[0].agents.items[1], "business");
    ck_assert(options_queue_takes(&options->queues[0], "business"));
    ck_assert(!options_queue_takes(&options->queues[0], "personality"));
    ck_assert_int_eq(options->queues[0].return_content, RETURN_CONTENT_NO);
    ck_assert(!options->redis.tls_verify);
    const struct options_agent *crisis = options_agent_find(options, "crisis");
    ck_assert_double_eq(crisis->temperature, 0.7);
    ck_assert_int_eq(crisis->max_tokens, 900);
    ck_assert_int_eq(crisis->reask_max, -1);
    ck_assert_int_eq(crisis->call_timeout_ms, -1);
    ck_assert_ptr_null(crisis->model);
    const struct options_model *model = options_model_find(options, "gpt-4.1");
    ck_assert_double_eq(model->input_price, 2.5);
    ck_assert(isnan(model->output_price));
    ck_assert_ptr_null(options_model_find(options, "gpt-5"));
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
    tcase_add_loop_test(tests, options_durations_carry_units_and_ranges, 0,
                        (int)ARRAY_LEN(duration_rows));
    tcase_add_loop_test(tests, options_sizes_carry_units_and_ranges, 0, (int)ARRAY_LEN(size_rows));
    tcase_add_loop_test(tests, options_limiter_takes_bare_milliseconds_only_from_the_environment, 0,
                        (int)ARRAY_LEN(limiter_rows));
    tcase_add_test(tests, options_lists_words_numbers_and_prices);
    tcase_add_loop_test(tests, options_mistakes_are_named_with_their_place, 0,
                        (int)ARRAY_LEN(mistake_rows));
    tcase_add_test(tests, options_after_a_bad_section_are_not_taken_for_the_one_before);
    tcase_add_test(tests, options_long_lines_are_whole_or_refused);
    tcase_add_test(tests, options_file_may_have_a_bom_crlf_and_no_last_newline);
    tcase_add_test(tests, options_file_with_a_nul_is_refused);
    tcase_add_test(tests, options_missing_file_is_an_error_only_when_asked_for);
}

static void add_ranks(TCase *tests)
{
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
}

Suite *suite_options(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, options_defaults_are_the_documented_ones);
    tcase_add_test(tests, options_sample_names_every_option_with_its_default);
    tcase_add_test(tests, options_sample_is_a_good_configuration);
    tcase_add_test(tests, options_sample_is_good_with_every_comment_taken_away);
    tcase_add_test(tests, options_manual_names_every_option_with_its_default);
    tcase_add_test(tests, options_describe_names_every_option);
    add_mistakes(tests);
    add_ranks(tests);
    tcase_add_test(tests, options_queue_sections_override_the_common_one);
    tcase_add_test(tests, options_queue_names_of_the_environment_replace_the_set);
    tcase_add_test(tests, options_keys_of_an_agent_go_to_it_as_json);
    tcase_add_test(tests, options_state_and_socket_follow_the_service_manager);
    tcase_add_test(tests, options_socket_path_that_cannot_be_bound_is_named);
    tcase_add_test(tests, options_render_says_where_and_hides_secrets);
    tcase_add_test(tests, options_render_can_be_read_again);
    tcase_add_test(tests, options_changes_that_need_a_restart_are_named);
    tcase_add_test(tests, options_nearest_is_near_or_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
