/* Files that are served as they are: whole, with their type, and behind a strict policy. */
#include <stdio.h>
#include <string.h>

#include "http/page.h"
#include "suites.h"
#include "support/tiny_host.h"

static struct tiny_host host;

static void setup(void)
{
    tiny_host_start(&host);
}

static void teardown(void)
{
    tiny_host_stop(&host);
}

static const struct http_file *find(const char *name)
{
    for (size_t i = 0; i < http_files_count; i++) {
        if (strcmp(http_files[i].name, name) == 0) {
            return &http_files[i];
        }
    }
    return NULL;
}

static void expect_header(const char *answer, const char *name, const char *value)
{
    char line[400];
    (void)snprintf(line, sizeof(line), "\r\n%s: %s\r\n", name, value);
    ck_assert_msg(strstr(answer, line) != NULL, "no %s: %s in %.900s", name, value, answer);
}

static void expect_file(const char *path, const char *name, const char *type)
{
    const struct http_file *file = find(name);
    ck_assert_msg(file != NULL, "%s is not compiled in", name);
    const char *answer = tiny_host_ask(&host, "GET", path, NULL, "");
    ck_assert_msg(strncmp(answer, "HTTP/1.1 200", 12) == 0, "%.200s", answer);
    expect_header(answer, "Content-Type", type);
    expect_header(answer, "ETag", file->etag);
    expect_header(answer, "Cache-Control", "no-cache");
    expect_header(answer, "X-Content-Type-Options", "nosniff");
    expect_header(answer, "Referrer-Policy", "no-referrer");
    expect_header(answer, "Content-Security-Policy",
                  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                  "img-src 'self' data:; form-action 'none'; frame-ancestors 'none'; "
                  "base-uri 'none'");
    ck_assert_uint_eq(strlen(tiny_host_body(answer)), file->len);
    ck_assert(memcmp(tiny_host_body(answer), file->bytes, file->len) == 0);
}

START_TEST(http_page_and_its_files_are_served_whole)
{
    expect_file("/", "index.html", "text/html; charset=utf-8");
    expect_file("/api/openapi.json", "openapi.json", "application/json");
    for (size_t i = 0; i < http_files_count; i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "/assets/%s", http_files[i].name);
        expect_file(path, http_files[i].name, http_files[i].type);
    }
}
END_TEST

START_TEST(http_page_that_the_browser_has_is_not_sent_again)
{
    char header[200];
    const struct http_file *file = find("index.html");
    (void)snprintf(header, sizeof(header), "If-None-Match: \"x\", W/%s\r\n", file->etag);
    const char *answer = tiny_host_ask(&host, "GET", "/", NULL, header);
    ck_assert_msg(strncmp(answer, "HTTP/1.1 304", 12) == 0, "%.200s", answer);
    ck_assert_str_eq(tiny_host_body(answer), "");
    expect_header(answer, "ETag", file->etag);
    answer = tiny_host_ask(&host, "GET", "/", NULL, "If-None-Match: *\r\n");
    ck_assert_msg(strncmp(answer, "HTTP/1.1 304", 12) == 0, "%.200s", answer);
    answer = tiny_host_ask(&host, "GET", "/", NULL, "If-None-Match: \"x\"\r\n");
    ck_assert_msg(strncmp(answer, "HTTP/1.1 200", 12) == 0, "%.200s", answer);
}
END_TEST

START_TEST(http_page_has_no_other_files)
{
    static const char *const paths[] = {"/assets/", "/assets/nothing.js", "/assets/..",
                                        "/assets/%2e%2e%2findex.html", "/index.html"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const char *answer = tiny_host_ask(&host, "GET", paths[i], NULL, "");
        ck_assert_msg(strncmp(answer, "HTTP/1.1 404", 12) == 0, "%s: %.200s", paths[i], answer);
    }
}
END_TEST

Suite *suite_page(void)
{
    Suite *suite = suite_create("page");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, http_page_and_its_files_are_served_whole);
    tcase_add_test(tests, http_page_that_the_browser_has_is_not_sent_again);
    tcase_add_test(tests, http_page_has_no_other_files);
    suite_add_tcase(suite, tests);
    return suite;
}
