/* The command line against a host on a real socket: what it asks, prints and exits with. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "cli/cli.h"
#include "core/json.h"
#include "core/options.h"
#include "suites.h"
#include "support/tiny_host.h"

#define ARGS_MAX 16
#define RUN_STATUS 42

static struct tiny_host host;
static char conf_path[128], out_path[128], err_path[128], in_path[128];

/* One run of the program. */
struct run {
    char *args[ARGS_MAX];
    int status;
    char out[16384], err[4096];
};

static struct run ran;

/* What `agenthost run` would do: says what it was given. */
static int run_stub(struct options *options, const struct options_source *source)
{
    (void)printf("would run %s with %zu sets\n", options->queues[0].name, source->sets_count);
    options_destroy(&options);
    return RUN_STATUS;
}

static void setup(void)
{
    tiny_host_start(&host);
    (void)snprintf(conf_path, sizeof(conf_path), "%s/agenthost.conf", host.dir);
    (void)snprintf(out_path, sizeof(out_path), "%s/out", host.dir);
    (void)snprintf(err_path, sizeof(err_path), "%s/err", host.dir);
    (void)snprintf(in_path, sizeof(in_path), "%s/in", host.dir);
    FILE *conf = fopen(conf_path, "w");
    ck_assert_ptr_nonnull(conf);
    (void)fprintf(conf, "[state]\nsocket = %s\n", host.socket_path);
    (void)fclose(conf);
}

static void teardown(void)
{
    (void)unlink(conf_path);
    (void)unlink(out_path);
    (void)unlink(err_path);
    (void)unlink(in_path);
    tiny_host_stop(&host);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void read_file(const char *path, char *ret_text, size_t bytes)
{
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ret_text[fread(ret_text, 1, bytes - 1, file)] = '\0';
    (void)fclose(file);
}

static void child_redirect(const char *path, int fd, int flags)
{
    int opened = open(path, flags, 0600);
    if (opened < 0 || dup2(opened, fd) < 0) {
        _exit(99);
    }
}

/* In a process of its own: getopt and stdio are the process's. */
static void run_child(void *ctx)
{
    struct run *run = ctx;
    pid_t pid = fork();
    if (pid == 0) {
        static char home[] = "HOME=/nonexistent";
        static char *variables[] = {home, NULL};
        int argc = 0;
        while (run->args[argc] != NULL) {
            argc++;
        }
        environ = variables;
        child_redirect(access(in_path, F_OK) == 0 ? in_path : "/dev/null", STDIN_FILENO, O_RDONLY);
        child_redirect(out_path, STDOUT_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        child_redirect(err_path, STDERR_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        int status = cli_main(argc, run->args, run_stub);
        (void)fflush(stdout);
        _exit(status);
    }
    int status = 0;
    (void)waitpid(pid, &status, 0);
    run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Splits at blanks; CONF stands for the flags that name the test's configuration. */
static void agenthost(const char *line)
{
    static char words[2048];
    size_t argc = 0;
    memset(&ran, 0, sizeof(ran));
    (void)snprintf(words, sizeof(words), "agenthost %s", line);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        ck_assert_uint_lt(argc, ARGS_MAX - 2);
        if (strcmp(word, "CONF") == 0) {
            static char flag[] = "--config";
            ran.args[argc++] = flag;
            ran.args[argc++] = conf_path;
        } else {
            ran.args[argc++] = word;
        }
    }
    tiny_host_while(&host, run_child, &ran);
    read_file(out_path, ran.out, sizeof(ran.out));
    read_file(err_path, ran.err, sizeof(ran.err));
}

static void expect(int status, const char *out, const char *err)
{
    ck_assert_msg(ran.status == status, "status %d: %s%s", ran.status, ran.out, ran.err);
    ck_assert_str_eq(ran.out, out);
    ck_assert_str_eq(ran.err, err);
}

static void expect_part(int status, const char *out, const char *err)
{
    ck_assert_msg(ran.status == status, "status %d: %s%s", ran.status, ran.out, ran.err);
    ck_assert_msg(strstr(ran.out, out) != NULL, "out: %s", ran.out);
    ck_assert_msg(strstr(ran.err, err) != NULL, "err: %s", ran.err);
}

/* --- words and flags ------------------------------------------------------------------------ */

START_TEST(cli_run_is_the_default)
{
    agenthost("CONF --set queue.names=a");
    expect(RUN_STATUS, "would run a with 1 sets\n", "");
    agenthost("CONF run");
    expect(RUN_STATUS, "would run readings with 0 sets\n", "");
    agenthost("CONF run now");
    expect(CLI_USAGE, "", "agenthost run: unexpected argument 'now'; see agenthost --help\n");
}
END_TEST

START_TEST(cli_mistyped_commands_and_flags_are_wrong_usage)
{
    agenthost("CONF statsu");
    expect(CLI_USAGE, "",
           "agenthost: no command 'statsu', did you mean 'status'; see agenthost --help\n");
    agenthost("--nonsense");
    expect_part(CLI_USAGE, "", "see agenthost --help\n");
    agenthost("CONF get");
    expect_part(CLI_USAGE, "", "agenthost get: give one reading id;");
    agenthost("CONF get a/b");
    expect_part(CLI_USAGE, "", "'a/b' is no reading id");
    agenthost("CONF enqueue");
    expect_part(CLI_USAGE, "", "agenthost enqueue: give one agent id;");
    agenthost("CONF enqueue crisis --date {}");
    expect_part(CLI_USAGE, "", "date");
    agenthost("CONF status now");
    expect_part(CLI_USAGE, "", "unexpected argument 'now'");
}
END_TEST

START_TEST(cli_version_and_help_need_no_host)
{
    http_server_destroy(&host.server);
    agenthost("--version");
    expect(CLI_OK, "agenthost " VERSION "\n", "");
    agenthost("--help");
    expect_part(CLI_OK, "78 wrong configuration", "");
    agenthost("enqueue --help");
    expect_part(CLI_OK, "  enqueue AGENT [--data JSON|FILE|-]", "");
}
END_TEST

START_TEST(cli_commands_are_sorted)
{
    agenthost("--help");
    char last[64] = "";
    for (char *line = strtok(ran.out, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, "  ", 2) == 0 && line[2] >= 'a' && line[2] <= 'z') {
            char word[64];
            ck_assert_int_eq(sscanf(line, "  %63s", word), 1);
            if (strcmp(word, "running,") == 0) {
                break; /* the text below */
            }
            ck_assert_msg(strcmp(last, word) < 0, "%s before %s", last, word);
            (void)strcpy(last, word);
        }
    }
    ck_assert_str_eq(last, "store");
}
END_TEST

START_TEST(cli_manual_has_every_command)
{
    static char manual[32768];
    read_file(TEST_SRCDIR "/man/agenthost.1", manual, sizeof(manual));
    agenthost("--help");
    for (char *line = strtok(ran.out, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char word[64], entry[3][80];
        if (strncmp(line, "  ", 2) != 0 || line[2] < 'a' || line[2] > 'z' ||
            sscanf(line, "  %63s", word) != 1 || strcmp(word, "running,") == 0) {
            continue;
        }
        (void)snprintf(entry[0], sizeof(entry[0]), "\n.B %s\n", word);
        (void)snprintf(entry[1], sizeof(entry[1]), "\n.BR %s ", word);
        (void)snprintf(entry[2], sizeof(entry[2]), "\n.BI %s ", word);
        ck_assert_msg(strstr(manual, entry[0]) != NULL || strstr(manual, entry[1]) != NULL ||
                          strstr(manual, entry[2]) != NULL,
                      "%s is missing", word);
    }
}
END_TEST

/* --- configuration --------------------------------------------------------------------------- */

START_TEST(cli_check_config_names_every_problem)
{
    agenthost("CONF check-config");
    ck_assert_int_eq(ran.status, CLI_OK);
    ck_assert_int_eq(strncmp(ran.out, "configuration is good (", 23), 0);
    agenthost("CONF --set queue.lock=5 --set quue.x=1 -t");
    expect(CLI_CONFIGURATION, "",
           "--set quue.x: there is no section [quue]; did you mean [queue]?\n"
           "--set queue.lock: queue.lock must be a duration from 100ms to 1h, not '5'\n");
    agenthost("CONF --set queue.lock=5 status");
    ck_assert_int_eq(ran.status, CLI_CONFIGURATION);
    agenthost("CONF --set queue.lock=5");
    ck_assert_int_eq(ran.status, CLI_CONFIGURATION);
    agenthost("--config /nonexistent check-config");
    expect_part(CLI_CONFIGURATION, "", "--config: cannot open '/nonexistent'");
}
END_TEST

START_TEST(cli_config_prints_what_is_in_force)
{
    agenthost("CONF --set redis.password=hunter2 --state /x config");
    expect_part(CLI_OK, "# from --set redis.password:\n# password = (set, hidden)\n", "");
    ck_assert_ptr_nonnull(strstr(ran.out, "# from --set state.dir:\ndir = /x\n"));
    ck_assert_ptr_null(strstr(ran.out, "hunter2"));
    agenthost("config --describe");
    expect_part(CLI_OK, "[provider.NAME]\nbase_url\n", "");
    ck_assert_ptr_null(strstr(ran.out, "hunter2"));
}
END_TEST

/* --- the host -------------------------------------------------------------------------------- */

START_TEST(cli_says_when_no_host_answers)
{
    char expected[256];
    http_server_destroy(&host.server);
    (void)snprintf(
        expected, sizeof(expected),
        "agenthost status: no host answers on %s; start it with 'agenthost run', or name "
        "its configuration with --config\n",
        host.socket_path);
    agenthost("CONF status");
    expect(CLI_NOT_RUNNING, "", expected);
    agenthost("CONF enqueue crisis --wait");
    ck_assert_int_eq(ran.status, CLI_NOT_RUNNING);
    agenthost("--socket /nonexistent/s drain");
    expect_part(CLI_NOT_RUNNING, "", "no host answers on /nonexistent/s");
}
END_TEST

START_TEST(cli_gives_orders_for_an_agent)
{
    static const char *const orders[] = {"pause", "rollback", "promote", "resume"};
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        char line[64], ordered[64];
        (void)snprintf(line, sizeof(line), "CONF agents %s crisis", orders[i]);
        (void)snprintf(ordered, sizeof(ordered), "%s crisis", orders[i]);
        agenthost(line);
        expect(CLI_OK, "it is so\n", "");
        ck_assert_str_eq(host.ordered, ordered);
    }
    agenthost("CONF agents resume crisis --json");
    expect_part(CLI_OK, "\"message\": \"it is so\"", "");
    agenthost("CONF agents pause crysis");
    expect(CLI_FAILED, "", "agenthost agents: no agent 'crysis'; the nearest is 'crisis'\n");
    static const char *const bad[] = {
        "agents pause",       "agents install",    "agents install a b", "agents pause a b",
        "agents stop crisis", "agents pause ../x", "agents pause Crisis"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[64];
        (void)snprintf(line, sizeof(line), "CONF %s", bad[i]);
        agenthost(line);
        expect_part(CLI_USAGE, "", "; see agenthost --help");
    }
    ck_assert_str_eq(host.ordered, "resume crisis");
}
END_TEST

START_TEST(cli_tells_which_images_of_an_agent_are_kept)
{
    agenthost("CONF agents history crisis");
    expect(CLI_OK,
           "IMAGE        VERSION    STATE        LOADED                   REPLACED\n"
           "0123456789ab 1.2        quarantined  2026-01-02T03:04:05.678Z -\n"
           "  3 strikes\n",
           "");
    agenthost("CONF agents history crisis --json");
    expect_part(CLI_OK, "\"image\": \"0123456789abcdef\"", "");
    agenthost("CONF agents history crysis");
    expect(CLI_FAILED, "", "agenthost agents: no agent 'crysis'; the nearest is 'crisis'\n");
}
END_TEST

START_TEST(cli_status_is_readable_and_has_json)
{
    agenthost("CONF status");
    expect(CLI_OK,
           "agenthost 9.9, pid 7, up 61 s, ready\n"
           "jobs  1 running, 5 completed, 0 failed, 0 retried, 0 parked\n"
           "agents 2, generation 3, sandbox ?\n"
           "queue readings     1 active of 2, 4 parked (no_model)\n",
           "");
    host.is_ready = false;
    agenthost("CONF status");
    expect_part(CLI_OK, "not ready:\nthe moon\n", "");
    agenthost("CONF --json status");
    expect_part(CLI_OK, "\"version\": \"9.9\"", "");
    struct json_object *status = NULL;
    ck_assert(json_parse(span_of(ran.out), &status, NULL));
    json_object_put(status);
    agenthost("CONF status --json");
    expect_part(CLI_OK, "\"version\": \"9.9\"", "");
}
END_TEST

START_TEST(cli_agents_lists_them)
{
    agenthost("CONF agents");
    expect_part(CLI_OK,
                "crisis           1.2        ready          0123456789ab\n"
                "  refused: agent.so: half of it\n"
                "  quarantined: fedcba987654: 3 strikes\n",
                "");
    agenthost("CONF --json agents");
    struct json_object *agents = NULL;
    ck_assert(json_parse(span_of(ran.out), &agents, NULL));
    ck_assert_uint_eq(json_object_array_length(agents), 1);
    json_object_put(agents);
}
END_TEST

START_TEST(cli_reload_tells_the_outcome_by_its_status)
{
    host.is_late = true;
    agenthost("CONF reload");
    expect(CLI_OK, "crisis           loaded     0123\n", "");
    host.is_reload_refused = true;
    agenthost("CONF reload --wait");
    expect(CLI_FAILED, "crisis           refused      bad\n", "");
    ck_assert_uint_eq(host.reloads, 2);
}
END_TEST

START_TEST(cli_drain_asks_for_it)
{
    agenthost("CONF drain");
    expect(CLI_OK, "draining\n", "");
    ck_assert_uint_eq(host.drains, 1);
}
END_TEST

START_TEST(cli_enqueue_takes_data_from_everywhere)
{
    static const char expected[] =
        "queue=q agent=crisis id=j-1 priority=0 attempts=0 "
        "data={\"readingId\":\"r1\",\"context\":\"x\",\"agentId\":\"crisis\"}";
    agenthost("CONF enqueue crisis --queue q --job-id j-1 "
              "--data {\"readingId\":\"r1\",\"context\":\"x\"}");
    expect(CLI_OK, "job job-1, reading r1\n", "");
    ck_assert_str_eq(host.enqueued.data, expected);
    char line[256];
    write_file(in_path, "{\"readingId\":\"r1\",\n \"context\":\"x\"}\n");
    (void)snprintf(line, sizeof(line), "CONF enqueue crisis --queue q --job-id j-1 --data %s",
                   in_path);
    agenthost(line);
    ck_assert_str_eq(host.enqueued.data, expected);
    agenthost("CONF enqueue crisis --queue q --job-id j-1 --data -");
    ck_assert_str_eq(host.enqueued.data, expected);
    ck_assert_uint_eq(host.enqueues, 3);
}
END_TEST

START_TEST(cli_enqueue_names_the_reading_itself_when_the_data_does_not)
{
    agenthost("CONF --json enqueue crisis");
    struct json_object *answer = NULL;
    struct span reading_id;
    ck_assert_msg(json_parse(span_of(ran.out), &answer, NULL), "%s%s", ran.out, ran.err);
    ck_assert(json_get_text(answer, "readingId", &reading_id));
    ck_assert_uint_eq(reading_id.len, 36);
    ck_assert_ptr_nonnull(strstr(host.enqueued.data, reading_id.data));
    json_object_put(answer);
}
END_TEST

START_TEST(cli_enqueue_refuses_data_that_is_no_object)
{
    static const char *const lines[] = {
        "CONF enqueue crisis --data {\"a\":}", "CONF enqueue crisis --data {\"a\":1,\"a\":2}",
        "CONF enqueue crisis --data /nonexistent", "CONF enqueue crisis --data -"};
    write_file(in_path, "[1]\n");
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        agenthost(lines[i]);
        ck_assert_msg(ran.status == CLI_USAGE && *ran.err != '\0', "%s: %d %s", lines[i],
                      ran.status, ran.err);
    }
    ck_assert_uint_eq(host.enqueues, 0);
}
END_TEST

START_TEST(cli_enqueue_shows_what_the_host_refuses)
{
    agenthost("CONF enqueue Crisis");
    expect_part(CLI_FAILED, "", "agenthost enqueue: agent: must be an agent id");
    ck_assert_ptr_nonnull(strstr(ran.err, "(agent); must be an agent id"));
    (void)err_set(&host.fails, ERR_AGAIN, "redis is away");
    agenthost("CONF enqueue crisis");
    expect(CLI_FAILED, "", "agenthost enqueue: redis is away\n");
}
END_TEST

START_TEST(cli_enqueue_can_wait_for_the_reading)
{
    agenthost("CONF enqueue crisis --wait");
    expect(CLI_OK, "calm words\n", "");
    host.reading = "{\"id\":\"r1\",\"status\":\"failed\",\"error\":{\"code\":\"TRUNCATED\","
                   "\"message\":\"cut\"},\"versions\":[]}";
    agenthost("CONF enqueue crisis --wait");
    expect(CLI_FAILED, "", "failed: TRUNCATED: cut\n");
}
END_TEST

static void on_turn(struct ev_loop *ev, ev_prepare *prepare, int revents)
{
    (void)prepare;
    (void)revents;
    (void)ev;
    if (host.readings >= 2) {
        host.fails.kind = ERR_NONE; /* the row is there from the second look on */
    }
}

START_TEST(cli_wait_goes_on_until_there_is_a_row_but_not_over_a_failure)
{
    ev_prepare prepare;
    ev_prepare_init(&prepare, on_turn);
    ev_prepare_start(host.loop.ev, &prepare);
    agenthost("CONF enqueue crisis"); /* the loop has turned; now no row yet */
    ck_assert_int_eq(ran.status, CLI_OK);
    host.is_late = true;
    (void)err_set(&host.fails, ERR_NOT_FOUND, "no such reading");
    host.is_enqueue_good = true;
    agenthost("CONF enqueue crisis --wait");
    expect(CLI_OK, "calm words\n", "");
    ck_assert_uint_ge(host.readings, 2);
    ev_prepare_stop(host.loop.ev, &prepare);
    (void)err_set(&host.fails, ERR_AGAIN, "the store is down");
    agenthost("CONF enqueue crisis --wait");
    expect(CLI_FAILED, "", "agenthost enqueue: the store is down\n");
}
END_TEST

START_TEST(cli_get_prints_text_or_json)
{
    agenthost("CONF get r1");
    expect(CLI_OK, "calm words\n", "");
    ck_assert_str_eq(host.reading_id, "r1");
    agenthost("CONF --json get r1");
    expect_part(CLI_OK, "\"status\": \"completed\"", "");
    host.reading = "{\"id\":\"r1\",\"status\":\"processing\",\"versions\":[]}";
    agenthost("CONF get r1");
    expect(CLI_OK, "processing\n", "");
    (void)err_set(&host.fails, ERR_NOT_FOUND, "no such reading");
    agenthost("CONF get r2");
    expect(CLI_FAILED, "", "agenthost get: no reading r2\n");
    (void)err_set(&host.fails, ERR_AGAIN, "the store is down");
    agenthost("CONF get r2");
    expect(CLI_FAILED, "", "agenthost get: the store is down\n");
}
END_TEST

START_TEST(cli_store_adopt_names_one_queue)
{
    agenthost("CONF store adopt readings");
    expect(CLI_OK, "this host's store serves the queue 'readings'\n", "");
    ck_assert_str_eq(host.adopted, "readings");
    (void)err_set(&host.fails, ERR_AGAIN, "connecting to redis");
    agenthost("CONF store adopt others");
    expect(CLI_FAILED, "", "agenthost store: connecting to redis\n");
    host.adopted[0] = '\0';
    agenthost("CONF store");
    expect(CLI_USAGE, "",
           "agenthost store: say 'adopt' and the name of one queue; see agenthost --help\n");
    agenthost("CONF store adopt");
    ck_assert_int_eq(ran.status, CLI_USAGE);
    agenthost("CONF store adopt a b");
    ck_assert_int_eq(ran.status, CLI_USAGE);
    agenthost("CONF store drop a");
    ck_assert_int_eq(ran.status, CLI_USAGE);
    ck_assert_str_eq(host.adopted, "");
}
END_TEST

#define A_READING "f0e0d0c0-0000-4000-8000-000000000001"

START_TEST(cli_cancel_names_the_reading_and_a_reason)
{
    agenthost("CONF cancel " A_READING);
    expect(CLI_OK, "reading " A_READING " is being cancelled\n", "");
    ck_assert_str_eq(host.acted, "cancel cancelled by an operator");
    agenthost("CONF cancel " A_READING " --reason mistake");
    ck_assert_int_eq(ran.status, CLI_OK);
    ck_assert_str_eq(host.acted, "cancel mistake");
    (void)err_set(&host.fails, ERR_CONFLICT, "it is completed already");
    agenthost("CONF cancel " A_READING);
    expect(CLI_FAILED, "", "agenthost cancel: it is completed already\n");
    agenthost("CONF cancel");
    ck_assert_int_eq(ran.status, CLI_USAGE);
    agenthost("CONF cancel " A_READING " --reason");
    ck_assert_int_eq(ran.status, CLI_USAGE);
    agenthost("CONF cancel ../drain");
    ck_assert_int_eq(ran.status, CLI_USAGE);
}
END_TEST

START_TEST(cli_retry_names_the_job)
{
    agenthost("CONF retry " A_READING);
    expect(CLI_OK, "reading " A_READING " is retried by job job-1\n", "");
    ck_assert_str_eq(host.acted, "retry");
    (void)err_set(&host.fails, ERR_NOT_FOUND, "no such reading");
    agenthost("CONF retry " A_READING);
    expect(CLI_FAILED, "", "agenthost retry: no such reading\n");
    agenthost("CONF retry");
    ck_assert_int_eq(ran.status, CLI_USAGE);
    agenthost("CONF retry a b");
    ck_assert_int_eq(ran.status, CLI_USAGE);
}
END_TEST

static void add_host_tests(TCase *tests)
{
    tcase_add_test(tests, cli_says_when_no_host_answers);
    tcase_add_test(tests, cli_gives_orders_for_an_agent);
    tcase_add_test(tests, cli_tells_which_images_of_an_agent_are_kept);
    tcase_add_test(tests, cli_status_is_readable_and_has_json);
    tcase_add_test(tests, cli_agents_lists_them);
    tcase_add_test(tests, cli_reload_tells_the_outcome_by_its_status);
    tcase_add_test(tests, cli_drain_asks_for_it);
    tcase_add_test(tests, cli_enqueue_takes_data_from_everywhere);
    tcase_add_test(tests, cli_enqueue_names_the_reading_itself_when_the_data_does_not);
    tcase_add_test(tests, cli_enqueue_refuses_data_that_is_no_object);
    tcase_add_test(tests, cli_enqueue_shows_what_the_host_refuses);
    tcase_add_test(tests, cli_enqueue_can_wait_for_the_reading);
    tcase_add_test(tests, cli_wait_goes_on_until_there_is_a_row_but_not_over_a_failure);
    tcase_add_test(tests, cli_store_adopt_names_one_queue);
    tcase_add_test(tests, cli_get_prints_text_or_json);
    tcase_add_test(tests, cli_cancel_names_the_reading_and_a_reason);
    tcase_add_test(tests, cli_retry_names_the_job);
}

Suite *suite_cli(void)
{
    Suite *suite = suite_create("cli");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, cli_run_is_the_default);
    tcase_add_test(tests, cli_mistyped_commands_and_flags_are_wrong_usage);
    tcase_add_test(tests, cli_version_and_help_need_no_host);
    tcase_add_test(tests, cli_commands_are_sorted);
    tcase_add_test(tests, cli_manual_has_every_command);
    tcase_add_test(tests, cli_check_config_names_every_problem);
    tcase_add_test(tests, cli_config_prints_what_is_in_force);
    add_host_tests(tests);
    suite_add_tcase(suite, tests);
    return suite;
}
