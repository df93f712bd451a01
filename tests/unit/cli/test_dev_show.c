/* What agenthost dev prints of its host's log and of reloads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/dev-private.h"
#include "core/json.h"
#include "suites.h"

static struct dev_show show;
static int stdout_kept, stderr_kept;
static char printed[128 * 1024];

static int redirect(int fd)
{
    int kept = dup(fd);
    int to = memfd_create("printed", MFD_CLOEXEC);
    ck_assert_int_ge(dup2(to, fd), 0);
    (void)close(to);
    return kept;
}

static void give_back(int fd, int kept)
{
    ck_assert_int_ge(dup2(kept, fd), 0);
    (void)close(kept);
}

static void setup(void)
{
    show = (struct dev_show){.links = "/tmp/links"};
    (void)fflush(stdout);
    stdout_kept = redirect(STDOUT_FILENO);
    stderr_kept = redirect(STDERR_FILENO);
}

static void teardown(void)
{
    give_back(STDOUT_FILENO, stdout_kept);
    give_back(STDERR_FILENO, stderr_kept);
    dev_show_fini(&show);
}

/* What was printed to fd since. */
static const char *take(int fd)
{
    (void)fflush(stdout);
    ssize_t len = pread(fd, printed, sizeof(printed) - 1, 0);
    printed[len > 0 ? len : 0] = '\0';
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    (void)lseek(fd, 0, SEEK_SET);
    return printed;
}

static const struct {
    const char *line, *out;
} lines[] = {
    /* a warning, an agent's own line, and what is told elsewhere or to nobody */
    {"{\"module\":\"model\",\"level\":\"warning\",\"msg\":\"slow\"}", "── model warning: slow\n"},
    {"{\"module\":\"store\",\"level\":\"error\",\"agent\":\"a\",\"msg\":\"full\"}",
     "── a error: full\n"},
    {"{\"module\":\"agent\",\"level\":\"info\",\"agent\":\"a\",\"msg\":\"hi\"}", "── a info: hi\n"},
    {"{\"module\":\"agent\",\"level\":\"debug\",\"agent\":\"a\",\"msg\":\"hi\"}", ""},
    {"{\"module\":\"queue\",\"level\":\"info\",\"msg\":\"claimed\"}", ""},
    {"{\"module\":\"reload\",\"level\":\"error\",\"msg\":\"refused\"}", ""},
    {"{\"module\":\"job\",\"level\":\"warning\",\"msg\":\"failed\"}", ""},
    {"{\"level\":7,\"msg\":[]}", ""},
    {"{}", ""},
    /* records */
    {"{\"module\":\"transcript\",\"agent\":\"a\",\"image\":\"0123456789\",\"msg\":\"{\\\"what\\\":"
     "\\\"prompt\\\",\\\"pass\\\":1,\\\"round\\\":2,\\\"role\\\":\\\"user\\\",\\\"at\\\":0,"
     "\\\"of\\\":2,\\\"text\\\":\\\"hi\\\"}\"}",
     "── a 01234567 prompt, user (pass 1, round 2, 2 bytes)\nhi\n"},
    {"{\"module\":\"transcript\",\"agent\":\"a\",\"msg\":\"{\\\"what\\\":\\\"answer\\\",\\\"model"
     "\\\":\\\"m\\\",\\\"ms\\\":5,\\\"completionTokens\\\":3,\\\"finish\\\":\\\"stop\\\",\\\"at"
     "\\\":0,\\\"of\\\":0,\\\"text\\\":\\\"\\\"}\"}",
     "── a  answer of m in 5 ms (3 tokens, finish stop) \n"},
    {"{\"module\":\"transcript\",\"agent\":\"a\",\"msg\":\"{\\\"what\\\":\\\"finding\\\",\\\"call"
     "\\\":\\\"post_process\\\",\\\"finding\\\":\\\"refused\\\",\\\"facts\\\":\\\"passed\\\","
     "\\\"reason\\\":\\\"why\\\",\\\"at\\\":0,\\\"of\\\":0,\\\"text\\\":\\\"\\\"}\"}",
     "── a  post_process: refused; facts passed why\n"},
    {"{\"module\":\"transcript\",\"agent\":\"a\",\"msg\":\"{\\\"what\\\":\\\"end\\\",\\\"end\\\":"
     "\\\"failed\\\",\\\"ms\\\":9,\\\"code\\\":\\\"POISON\\\",\\\"at\\\":0,\\\"of\\\":0,\\\"text"
     "\\\":\\\"\\\"}\"}",
     "── a  failed in 9 ms: POISON\n"},
    {"{\"module\":\"transcript\",\"agent\":\"a\",\"msg\":\"{\\\"what\\\":\\\"end\\\",\\\"end\\\":"
     "\\\"completed\\\",\\\"ms\\\":9,\\\"readingId\\\":\\\"r\\\",\\\"version\\\":2,\\\"at\\\":0,"
     "\\\"of\\\":0,\\\"text\\\":\\\"\\\"}\"}",
     "── a  completed in 9 ms: reading r, version 2, is stored\n"},
    /* records that are none */
    {"{\"module\":\"transcript\",\"msg\":\"no json\"}", ""},
    {"{\"module\":\"transcript\",\"msg\":\"{\\\"what\\\":\\\"prompt\\\"}\"}", ""},
    {"{\"module\":\"transcript\"}", ""},
};

START_TEST(a_line_of_the_log_is_shown_to_whom_it_concerns)
{
    dev_show_line(&show, span_of(lines[_i].line));
    ck_assert_str_eq(take(STDOUT_FILENO), lines[_i].out);
    ck_assert_str_eq(take(STDERR_FILENO), "");
}
END_TEST

START_TEST(what_is_no_line_of_the_log_goes_to_standard_error)
{
    dev_show_line(&show, SPAN_LITERAL("==1==ERROR: a report"));
    dev_show_line(&show, SPAN_LITERAL("[1]"));
    ck_assert_str_eq(take(STDERR_FILENO), "==1==ERROR: a report\n[1]\n");
    ck_assert_str_eq(take(STDOUT_FILENO), "");
}
END_TEST

/* A piece of a record of `of` bytes. */
static void show_piece(size_t at, size_t of, const char *text)
{
    struct json_object *record = json_object_new_object(), *line = json_object_new_object();
    json_object_object_add(record, "what", json_object_new_string("prompt"));
    json_object_object_add(record, "role", json_object_new_string("user"));
    json_object_object_add(record, "at", json_object_new_int64((int64_t)at));
    json_object_object_add(record, "of", json_object_new_int64((int64_t)of));
    json_object_object_add(record, "text", json_object_new_string(text));
    json_object_object_add(line, "module", json_object_new_string("transcript"));
    json_object_object_add(line, "msg", json_object_new_string(json_object_to_json_string(record)));
    dev_show_line(&show, span_of(json_object_to_json_string(line)));
    json_object_put(record);
    json_object_put(line);
}

START_TEST(pieces_are_put_together_and_a_record_without_its_begin_is_not_shown)
{
    show_piece(3, 6, "end");
    ck_assert_str_eq(take(STDOUT_FILENO), "");
    show_piece(0, 6, "beg");
    show_piece(0, 6, "one");
    show_piece(3, 6, "two");
    ck_assert_str_eq(take(STDOUT_FILENO),
                     "── ?  prompt, user (pass 0, round 0, 6 bytes)\nonetwo\n");
    show_piece(3, 6, "two");
    ck_assert_str_eq(take(STDOUT_FILENO), "");
}
END_TEST

/* One text of that many letters, the last being ü (two bytes). */
static const struct {
    size_t bytes;
    const char *ending;
} lengths[] = {
    {DEV_TEXT_BYTES_MAX, "xü\n"},
    {DEV_TEXT_BYTES_MAX + 1, "x\n… 2 bytes left out\n"},
    {DEV_TEXT_BYTES_MAX + 2, "x\n… 2 bytes left out\n"},
};

START_TEST(a_long_text_is_cut_between_letters_and_the_rest_is_counted)
{
    static char text[DEV_TEXT_BYTES_MAX + 3];
    size_t bytes = lengths[_i].bytes;
    memset(text, 'x', bytes - 2);
    (void)strcpy(text + bytes - 2, "ü");
    show_piece(0, bytes, text);
    const char *out = take(STDOUT_FILENO);
    size_t len = strlen(lengths[_i].ending);
    ck_assert_uint_gt(strlen(out), len);
    ck_assert_str_eq(out + strlen(out) - len, lengths[_i].ending);
}
END_TEST

START_TEST(json_has_one_object_a_line)
{
    show.is_json = true;
    dev_show_started(&show, 3000, "/tmp/redis.sock", "practice text");
    ck_assert_str_eq(take(STDOUT_FILENO),
                     "{\"event\":\"started\",\"page\":\"http://127.0.0.1:3000\",\"redis\":"
                     "\"/tmp/redis.sock\",\"queue\":\"readings\",\"model\":\"practice text\"}\n");
    show_piece(0, 2, "hi");
    ck_assert_str_eq(take(STDOUT_FILENO),
                     "{\"what\":\"prompt\",\"role\":\"user\",\"text\":\"hi\",\"event\":\"run\","
                     "\"bytes\":2,\"ts\":null,\"job\":null,\"agent\":null,\"image\":null,"
                     "\"leftOutBytes\":0}\n");
}
END_TEST

static const struct {
    const char *answer;
    bool is_first, is_loaded;
    const char *out;
} reloads[] = {
    {"{\"bundles\":[{\"id\":\"a\",\"result\":\"unchanged\",\"version\":\"1.0.0\",\"image\":"
     "\"0123456789\"}]}",
     true, false, "agents\n  a                serves    1.0.0 01234567\n"},
    {"{\"bundles\":[{\"id\":\"a\",\"result\":\"loaded\",\"version\":\"1.0.1\",\"image\":"
     "\"89abcdef0\"}]}",
     false, true, "reloaded\n  a                loaded    1.0.1 89abcdef\n"},
    {"{\"bundles\":[{\"id\":\"a\",\"result\":\"refused\",\"error\":\"/tmp/links/a/manifest.json:"
     "2:1: no\"}]}",
     true, false, "agents\n  a                refused   /home/me/a/manifest.json:2:1: no\n"},
    {"{\"bundles\":[{\"id\":\"b\",\"result\":\"refused\",\"error\":\"/else/b: no\",\"version\":"
     "\"1.0.0\",\"image\":\"0123456789\"}]}",
     false, false,
     "not reloaded\n  b                refused   /else/b: no; 1.0.0 01234567 serves on\n"},
    {"{\"bundles\":[]}", false, false, "reloaded\n"},
    {"no json", false, false, ""},
};

START_TEST(a_reload_tells_of_each_agent_and_where_its_files_are)
{
    char dir[] = "/home/me/a";
    char *dirs[] = {dir};
    show.dirs = dirs;
    show.dirs_count = 1;
    ck_assert_int_eq(dev_show_reload(&show, span_of(reloads[_i].answer), reloads[_i].is_first),
                     reloads[_i].is_loaded);
    ck_assert_str_eq(take(STDOUT_FILENO), reloads[_i].out);
}
END_TEST

Suite *suite_dev_show(void)
{
    Suite *suite = suite_create("dev show");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_line_of_the_log_is_shown_to_whom_it_concerns, 0, ARRAY_LEN(lines));
    tcase_add_test(tests, what_is_no_line_of_the_log_goes_to_standard_error);
    tcase_add_test(tests, pieces_are_put_together_and_a_record_without_its_begin_is_not_shown);
    tcase_add_loop_test(tests, a_long_text_is_cut_between_letters_and_the_rest_is_counted, 0,
                        ARRAY_LEN(lengths));
    tcase_add_test(tests, json_has_one_object_a_line);
    tcase_add_loop_test(tests, a_reload_tells_of_each_agent_and_where_its_files_are, 0,
                        ARRAY_LEN(reloads));
    suite_add_tcase(suite, tests);
    return suite;
}
