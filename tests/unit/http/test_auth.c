/* Who is let in: keys and scopes, read tokens, Host and Origin, and how fast. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "http/limiter.h"
#include "http/origin.h"
#include "http/token.h"
#include "suites.h"
#include "support/tiny_host.h"

#define PROBE "probe-0123456789ab"
#define READ "read-0123456789abc"
#define EXECUTE "execute-0123456789"
#define OPERATE "operate-0123456789"
#define READING_ID "f0e0d0c0-0000-4000-8000-000000000001"
#define READING "/api/orchestrator/reading/" READING_ID
#define READING_LOUD "/api/orchestrator/reading/F0E0D0C0-0000-4000-8000-000000000001"

static struct tiny_host host;
static char address[32], own[32]; /* 127.0.0.1:port, localhost:port */

static void listen_on_loopback(void)
{
    for (unsigned port = 22000 + (unsigned)getpid() % 5000; port < 32000; port++) {
        (void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
        (void)snprintf(own, sizeof(own), "localhost:%u", port);
        if (http_server_listen(host.server, address, NULL)) {
            return;
        }
    }
    ck_abort_msg("no free port");
}

static void setup(void)
{
    tiny_host_start(&host);
    listen_on_loopback();
}

static void use_keys(void)
{
    static const char *const items[] = {"probe:probe:" PROBE, "read:read:" READ,
                                        "execute:execute:" EXECUTE, "operate:operate:" OPERATE};
    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        options_list_add(&host.options.keys, items[i], strlen(items[i]));
    }
    http_server_configure(host.server, &host.options);
}

static void teardown(void)
{
    options_list_fini(&host.options.keys);
    options_list_fini(&host.options.hosts);
    options_list_fini(&host.options.origins);
    tiny_host_stop(&host);
}

/* headers stand for themselves, with their CRLF; "" adds Host: localhost:port alone. */
static const char *ask(const char *method, const char *path, const char *headers)
{
    char request[4000];
    int len =
        snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nConnection: close\r\n%s%s%s%s\r\n",
                 method, path, strstr(headers, "Host: ") == NULL ? "Host: " : "",
                 strstr(headers, "Host: ") == NULL ? own : "",
                 strstr(headers, "Host: ") == NULL ? "\r\n" : "", headers);
    ck_assert_int_lt(len, (int)sizeof(request));
    return tiny_host_exchange(&host, address, request, (size_t)len);
}

static void expect(const char *answer, const char *status, const char *text)
{
    ck_assert_msg(strncmp(answer, "HTTP/1.1 ", 9) == 0 && strncmp(answer + 9, status, 3) == 0,
                  "not %s: %.400s", status, answer);
    ck_assert_msg(strstr(answer, text) != NULL, "no '%s': %.400s", text, answer);
}

/* --- keys ---------------------------------------------------------------------------------- */

static const struct {
    const char *method, *path, *headers, *status, *text;
} key_rows[] = {
    /* probes need none, whatever is sent */
    {"GET", "/healthz", "", "200", ""},
    {"GET", "/metrics", "X-Api-Key: nonsense\r\n", "200", ""},
    /* none, or nothing that is one */
    {"GET", READING, "", "401", "\"code\":\"AUTH_ERROR\""},
    {"GET", READING, "", "401", "\r\nWWW-Authenticate: Bearer\r\n"},
    {"GET", READING, "X-Api-Key:\r\n", "401", "AUTH_ERROR"},
    {"GET", READING, "X-Api-Key: nonsense\r\n", "401", "AUTH_ERROR"},
    {"GET", READING, "X-Api-Key: read:read:" READ "\r\n", "401", "AUTH_ERROR"},
    {"GET", READING, "Authorization: " READ "\r\n", "401", "AUTH_ERROR"},
    {"GET", READING, "Authorization: Basic " READ "\r\n", "401", "AUTH_ERROR"},
    {"GET", READING, "Authorization: Bearer\r\n", "401", "AUTH_ERROR"},
    {"GET", READING, "Authorization: Bearer nonsense\r\n", "401", "AUTH_ERROR"},
    /* of another length, or another case */
    {"GET", READING, "X-Api-Key: " READ "x\r\n", "401", "AUTH_ERROR"},
    {"GET", READING, "X-Api-Key: read-0123456789ab\r\n", "401", "AUTH_ERROR"},
    {"GET", READING, "X-Api-Key: READ-0123456789ABC\r\n", "401", "AUTH_ERROR"},
    /* both ways to send one */
    {"GET", READING, "X-Api-Key: " READ "\r\n", "200", "\"success\":true"},
    {"GET", READING, "x-api-key: " READ "\r\n", "200", ""},
    {"GET", READING, "Authorization: Bearer " READ "\r\n", "200", ""},
    {"GET", READING, "authorization: bearer " READ "\r\n", "200", ""},
    {"GET", READING, "X-Api-Key: nonsense\r\nAuthorization: Bearer " READ "\r\n", "401", ""},
    /* scopes */
    {"GET", READING, "X-Api-Key: " PROBE "\r\n", "403", "\"code\":\"DENIED\""},
    {"GET", READING, "X-Api-Key: " EXECUTE "\r\n", "200", ""},
    {"GET", READING, "X-Api-Key: " OPERATE "\r\n", "200", ""},
    {"GET", "/api/status", "X-Api-Key: " READ "\r\n", "403",
     "needs scope operate, the key has read"},
    {"GET", "/api/status", "X-Api-Key: " EXECUTE "\r\n", "403", "DENIED"},
    {"GET", "/api/status", "X-Api-Key: " OPERATE "\r\n", "200", ""},
    {"POST", "/api/drain", "X-Api-Key: " EXECUTE "\r\nContent-Length: 0\r\n", "403", "DENIED"},
    {"POST", "/api/drain", "X-Api-Key: " OPERATE "\r\nContent-Length: 0\r\n", "202", ""},
    /* unknown routes are no secret */
    {"GET", "/api/nothing", "", "404", "NOT_FOUND"},
};

START_TEST(http_keys_open_what_their_scope_names)
{
    use_keys();
    const char *answer = ask(key_rows[_i].method, key_rows[_i].path, key_rows[_i].headers);
    expect(answer, key_rows[_i].status, key_rows[_i].text);
    ck_assert_ptr_null(strstr(answer, READ));
}
END_TEST

START_TEST(http_without_keys_loopback_executes)
{
    expect(ask("GET", READING, ""), "200", "");
    expect(ask("GET", READING, "X-Api-Key: whatever\r\n"), "200", "");
    expect(ask("GET", "/api/status", ""), "403", "a caller without a key has execute");
}
END_TEST

START_TEST(http_keys_change_at_once)
{
    expect(ask("GET", READING, ""), "200", "");
    use_keys();
    expect(ask("GET", READING, ""), "401", "");
    expect(ask("GET", READING, "X-Api-Key: " READ "\r\n"), "200", "");
    options_list_fini(&host.options.keys);
    options_list_add(&host.options.keys, "new:read:" OPERATE, strlen("new:read:" OPERATE));
    http_server_configure(host.server, &host.options);
    expect(ask("GET", READING, "X-Api-Key: " READ "\r\n"), "401", "");
    expect(ask("GET", READING, "X-Api-Key: " OPERATE "\r\n"), "200", "");
    expect(ask("GET", "/api/status", "X-Api-Key: " OPERATE "\r\n"), "403", "");
}
END_TEST

START_TEST(http_control_socket_needs_no_key)
{
    use_keys();
    expect(tiny_host_ask(&host, "GET", "/api/status", NULL, ""), "200", "");
    expect(tiny_host_ask(&host, "GET", "/api/status", NULL, "Origin: http://evil.example\r\n"),
           "200", "");
}
END_TEST

START_TEST(http_unix_addresses_are_like_loopback)
{
    char path[128], request[300];
    (void)snprintf(path, sizeof(path), "unix:%s/http.sock", host.dir);
    ck_assert(http_server_listen(host.server, path, NULL));
    (void)snprintf(request, sizeof(request),
                   "GET " READING " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(tiny_host_exchange(&host, path, request, strlen(request)), "200", "");
    use_keys();
    expect(tiny_host_exchange(&host, path, request, strlen(request)), "401", "");
    (void)snprintf(request, sizeof(request),
                   "GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    expect(tiny_host_exchange(&host, path, request, strlen(request)), "403", "DENIED_HOST");
}
END_TEST

/* --- tokens -------------------------------------------------------------------------------- */

/* before, a token, after. */
static const char *token_text(const char *before, const char *reading_id, int64_t seconds,
                              const char *after, char ret_text[400])
{
    struct sbuf token;
    sbuf_init(&token, 200);
    http_token_render(span_of(TINY_TOKEN_SECRET), reading_id, clock_wall_ms() / 1000 + seconds,
                      &token);
    (void)snprintf(ret_text, 400, "%s%s%s", before, token.data, after);
    sbuf_fini(&token);
    return ret_text;
}

START_TEST(http_token_opens_its_reading_only)
{
    char text[400];
    for (int has_keys = 0; has_keys < 2; has_keys++) {
        expect(ask("GET", token_text(READING "?token=", READING_ID, 60, "", text), ""), "200",
               "\r\nAccess-Control-Allow-Origin: *\r\n");
        expect(
            ask("GET", READING, token_text("Authorization: Bearer ", READING_ID, 60, "\r\n", text)),
            "200", "\r\nAccess-Control-Allow-Origin: *\r\n");
        expect(ask("GET", token_text(READING "?token=", READING_ID, 60, "", text),
                   "Origin: https://else.example\r\n"),
               "200", "\r\nAccess-Control-Allow-Origin: *\r\n");
        expect(ask("GET", token_text("/metrics?token=", READING_ID, 60, "", text),
                   "Origin: https://else.example\r\n"),
               "403", "DENIED_ORIGIN");
        expect(ask("GET", token_text(READING_LOUD "?token=", READING_ID, 60, "", text), ""), "200",
               "");
        expect(ask("GET", token_text(READING "?token=", "r2", 60, "", text), ""), "401",
               "AUTH_ERROR");
        expect(ask("GET", token_text(READING "?token=", READING_ID, -1, "", text),
                   "Origin: https://else.example\r\n"),
               "401", "AUTH_ERROR");
        expect(ask("GET", token_text(READING "?token=", READING_ID, 60, "x", text), ""), "401",
               "AUTH_ERROR");
        expect(ask("GET", READING "?token=", ""), "401", "AUTH_ERROR");
        expect(ask("GET", READING, "Authorization: Bearer a.b\r\n"), "401", "AUTH_ERROR");
        expect(ask("GET", token_text("/api/status?token=", READING_ID, 60, "", text), ""), "401",
               "AUTH_ERROR");
        use_keys();
    }
    /* A key beside a token wins. */
    expect(ask("GET", READING "?token=1.x", "X-Api-Key: " READ "\r\n"), "200", "");
}
END_TEST

/* --- Host ---------------------------------------------------------------------------------- */

static const struct {
    const char *header, *own, *ip;
    bool is_served;
} host_rows[] = {
    {"localhost", NULL, NULL, true},
    {"LOCALHOST:3000", NULL, NULL, true},
    {"localhost:", NULL, NULL, true},
    {"a.example", "a.example", NULL, true},
    {"A.Example:80", "a.example", NULL, true},
    {"10.0.0.7:3000", NULL, "10.0.0.7", true},
    {"[::1]:3000", NULL, "[::1]", true},
    {"[::1]", NULL, "[::1]", true},
    {"listed.example:443", NULL, NULL, true},
    {"10.0.0.8", NULL, "10.0.0.7", false},
    {"evil.example", "a.example", "10.0.0.7", false},
    {"localhost.evil.example", NULL, NULL, false},
    {"evil.example:localhost", NULL, NULL, false},
    {"localhost:80:90", NULL, NULL, false},
    {"localhost:80@evil.example", NULL, NULL, false},
    {"localhost.", NULL, NULL, false},
    {"", NULL, NULL, false},
    {"[::1", NULL, "[::1]", false},
    {"[::1]x", NULL, "[::1]", false},
    {"xlisted.example", NULL, NULL, false},
    {"listed.exampl", NULL, NULL, false},
};

START_TEST(http_host_names_are_compared_whole)
{
    char listed[] = "listed.example";
    char *items[] = {listed};
    const struct options_list hosts = {items, 1};
    for (size_t i = 0; i < ARRAY_LEN(host_rows); i++) {
        bool is_served =
            http_host_is_served(host_rows[i].header, host_rows[i].own, host_rows[i].ip, &hosts);
        ck_assert_msg(is_served == host_rows[i].is_served, "%s", host_rows[i].header);
    }
}
END_TEST

START_TEST(http_host_that_was_pointed_here_is_refused)
{
    expect(ask("GET", READING, "Host: evil.example\r\n"), "403", "\"code\":\"DENIED_HOST\"");
    expect(ask("GET", "/healthz", "Host: evil.example:3000\r\n"), "403", "\"field\":\"Host\"");
    expect(ask("GET", READING, "Host: 127.0.0.1\r\n"), "200", "");
    expect(ask("GET", READING, "Host: [::1]:3000\r\n"), "200", "");
    expect(ask("GET", READING, "Host: 10.1.2.3\r\n"), "403", "DENIED_HOST");
    options_list_add(&host.options.hosts, "readings.example", 16);
    http_server_configure(host.server, &host.options);
    expect(ask("GET", READING, "Host: Readings.Example:3000\r\n"), "200", "");
    expect(ask("GET", READING, "Host: evil.example\r\n"), "403", "DENIED_HOST");
    /* Without a Host, as HTTP/1.0 allows, no name was looked up. */
    static const char old[] = "GET /healthz HTTP/1.0\r\n\r\n";
    expect(tiny_host_exchange(&host, address, old, sizeof(old) - 1), "200", "");
}
END_TEST

/* --- Origin -------------------------------------------------------------------------------- */

static const struct {
    const char *origin, *scheme, *header;
    bool is_own;
} origin_rows[] = {
    {"http://localhost:3000", "http", "localhost:3000", true},
    {"http://LOCALHOST:3000", "http", "localhost:3000", true},
    {"https://readings.example", "https", "readings.example", true},
    {"https://localhost:3000", "http", "localhost:3000", false},
    {"http://localhost", "http", "localhost:3000", false},
    {"http://localhost:3001", "http", "localhost:3000", false},
    {"http://localhost:30000", "http", "localhost:3000", false},
    {"http://localhost:3000/", "http", "localhost:3000", false},
    {"null", "http", "localhost:3000", false},
    {"", "http", "localhost:3000", false},
    {"http:", "http", "", false},
    {"http://evil.example", "http", "localhost:3000", false},
};

START_TEST(http_origin_is_own_by_scheme_host_and_port)
{
    for (size_t i = 0; i < ARRAY_LEN(origin_rows); i++) {
        bool is_own =
            http_origin_is_own(origin_rows[i].origin, origin_rows[i].scheme, origin_rows[i].header);
        ck_assert_msg(is_own == origin_rows[i].is_own, "%s", origin_rows[i].origin);
    }
}
END_TEST

START_TEST(http_origin_of_another_page_is_refused)
{
    char same[64], secure[100];
    (void)snprintf(same, sizeof(same), "Origin: http://%s\r\n", own);
    (void)snprintf(secure, sizeof(secure), "Origin: https://%s\r\nX-Forwarded-Proto: https\r\n",
                   own);
    const char *answer = ask("GET", READING, same);
    expect(answer, "200", "");
    ck_assert_ptr_null(strstr(answer, "Access-Control-"));
    expect(ask("GET", READING, secure), "200", "");
    (void)snprintf(secure, sizeof(secure), "Origin: https://%s\r\n", own);
    expect(ask("GET", READING, secure), "403", "DENIED_ORIGIN");
    expect(ask("GET", READING, "Origin: https://evil.example\r\n"), "403",
           "\"code\":\"DENIED_ORIGIN\"");
    expect(ask("GET", READING, "Origin: null\r\n"), "403", "\"field\":\"Origin\"");
    expect(ask("GET", "/healthz", "Origin: https://evil.example\r\n"), "403", "DENIED_ORIGIN");
    use_keys();
    answer = ask("GET", READING, "Origin: https://evil.example\r\nX-Api-Key: " OPERATE "\r\n");
    expect(answer, "403", "DENIED_ORIGIN");
    ck_assert_ptr_null(strstr(answer, "Access-Control-"));
}
END_TEST

START_TEST(http_origin_that_is_listed_may_call)
{
    use_keys();
    options_list_add(&host.options.origins, "https://shop.example", 20);
    http_server_configure(host.server, &host.options);
    static const char from_shop[] = "Origin: https://shop.example\r\n";
    const char *answer =
        ask("GET", READING, "Origin: https://shop.example\r\nX-Api-Key: " READ "\r\n");
    expect(answer, "200", "\r\nAccess-Control-Allow-Origin: https://shop.example\r\n");
    expect(answer, "200", "\r\nVary: Origin\r\n");
    expect(answer, "200", "Idempotent-Replayed");
    /* It reads also what went wrong. */
    expect(ask("GET", READING, from_shop), "401", "\r\nAccess-Control-Allow-Origin: https://shop");
    expect(ask("GET", READING, "Origin: https://shop.example:8443\r\n"), "403", "DENIED_ORIGIN");
    expect(ask("GET", READING, "Origin: http://shop.example\r\n"), "403", "DENIED_ORIGIN");
}
END_TEST

START_TEST(http_preflight_of_listed_origins_is_answered)
{
    char text[400];
    use_keys();
    options_list_add(&host.options.origins, "https://shop.example", 20);
    http_server_configure(host.server, &host.options);
    const char *answer = ask("OPTIONS", "/api/orchestrator/execute",
                             "Origin: https://shop.example\r\nAccess-Control-Request-Method: "
                             "POST\r\nAccess-Control-Request-Headers: x-api-key\r\n");
    expect(answer, "204", "\r\nAccess-Control-Allow-Origin: https://shop.example\r\n");
    expect(answer, "204", "\r\nAccess-Control-Allow-Methods: GET, HEAD, POST\r\n");
    expect(answer, "204",
           "authorization, content-type, idempotency-key, last-event-id, prefer, "
           "x-api-key\r\n");
    expect(ask("OPTIONS", READING,
               "Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n"),
           "403", "DENIED_ORIGIN");
    expect(ask("OPTIONS", token_text(READING "?token=", READING_ID, 60, "", text),
               "Origin: https://else.example\r\nAccess-Control-Request-Method: GET\r\n"),
           "204", "\r\nAccess-Control-Allow-Origin: *\r\n");
    expect(ask("OPTIONS", READING, "Origin: https://shop.example\r\n"), "405", "\r\nAllow: ");
}
END_TEST

/* --- limiter ------------------------------------------------------------------------------- */

START_TEST(http_limiter_serves_max_at_once_then_one_by_one)
{
    const struct options_limiter options = {.max = 4, .duration_ms = 1000};
    struct http_limiter limiter;
    http_limiter_init(&limiter, &options, 2);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(http_limiter_take(&limiter, 0, 5000000), 0);
    }
    ck_assert_int_eq(http_limiter_take(&limiter, 0, 5000000), 250000);
    ck_assert_int_eq(http_limiter_take(&limiter, 0, 5249999), 1);
    ck_assert_int_eq(http_limiter_take(&limiter, 1, 5249999), 0); /* another caller */
    ck_assert_int_eq(http_limiter_take(&limiter, 0, 5250000), 0);
    ck_assert_int_eq(http_limiter_take(&limiter, 0, 5250000), 250000);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(http_limiter_take(&limiter, 0, 9000000), 0);
    }
    ck_assert_int_gt(http_limiter_take(&limiter, 0, 9000000), 0);
    http_limiter_fini(&limiter);
}
END_TEST

START_TEST(http_limiter_that_is_off_serves_all)
{
    const struct options_limiter options = {0};
    struct http_limiter limiter;
    http_limiter_init(&limiter, &options, 1);
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(http_limiter_take(&limiter, 0, 1), 0);
    }
    http_limiter_fini(&limiter);
}
END_TEST

START_TEST(http_limiter_holds_for_each_key)
{
    char text[400];
    host.options.limiter = (struct options_limiter){.max = 2, .duration_ms = 3600000};
    use_keys();
    for (int i = 0; i < 2; i++) {
        expect(ask("GET", READING, "X-Api-Key: " READ "\r\n"), "200", "");
    }
    const char *answer = ask("GET", READING, "X-Api-Key: " READ "\r\n");
    expect(answer, "429", "\"code\":\"RATE_LIMIT\"");
    expect(answer, "429", "\r\nRetry-After: 1800\r\n");
    expect(ask("GET", READING, "X-Api-Key: " EXECUTE "\r\n"), "200", "");
    expect(ask("GET", token_text(READING "?token=", READING_ID, 60, "", text), ""), "200", "");
    expect(ask("GET", "/healthz", "X-Api-Key: " READ "\r\n"), "200", "");
    /* Who tries keys is a caller without one. */
    expect(ask("GET", READING, "X-Api-Key: guess-1\r\n"), "401", "");
    expect(ask("GET", READING, ""), "401", "");
    expect(ask("GET", READING, "X-Api-Key: guess-2\r\n"), "429", "RATE_LIMIT");
    expect(ask("GET", READING "?token=1.x", ""), "429", "RATE_LIMIT");
}
END_TEST

Suite *suite_auth(void)
{
    Suite *suite = suite_create("auth");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, http_keys_open_what_their_scope_names, 0, (int)ARRAY_LEN(key_rows));
    tcase_add_test(tests, http_without_keys_loopback_executes);
    tcase_add_test(tests, http_keys_change_at_once);
    tcase_add_test(tests, http_control_socket_needs_no_key);
    tcase_add_test(tests, http_unix_addresses_are_like_loopback);
    tcase_add_test(tests, http_token_opens_its_reading_only);
    tcase_add_test(tests, http_host_names_are_compared_whole);
    tcase_add_test(tests, http_host_that_was_pointed_here_is_refused);
    tcase_add_test(tests, http_origin_is_own_by_scheme_host_and_port);
    tcase_add_test(tests, http_origin_of_another_page_is_refused);
    tcase_add_test(tests, http_origin_that_is_listed_may_call);
    tcase_add_test(tests, http_preflight_of_listed_origins_is_answered);
    tcase_add_test(tests, http_limiter_serves_max_at_once_then_one_by_one);
    tcase_add_test(tests, http_limiter_that_is_off_serves_all);
    tcase_add_test(tests, http_limiter_holds_for_each_key);
    suite_add_tcase(suite, tests);
    return suite;
}
