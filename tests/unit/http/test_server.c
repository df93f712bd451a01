/* The server: who may connect, smuggling, scopes, clients that leave, a host that ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/listen.h"
#include "http/request.h"
#include "suites.h"
#include "support/tiny_host.h"

static struct tiny_host host;
static char control[128];

static void setup(void)
{
    tiny_host_start(&host);
    (void)snprintf(control, sizeof(control), "unix:%s", host.socket_path);
}

static void teardown(void)
{
    tiny_host_stop(&host);
}

static const char *send_raw(const char *address, const char *request)
{
    return tiny_host_exchange(&host, address, request, strlen(request));
}

static void expect_status(const char *answer, const char *status)
{
    ck_assert_msg(strncmp(answer, "HTTP/1.1 ", 9) == 0 && strncmp(answer + 9, status, 3) == 0,
                  "not %s: %.300s", status, answer);
}

/* --- sockets ------------------------------------------------------------------------------- */

START_TEST(http_control_socket_is_for_user_and_group)
{
    struct stat info;
    ck_assert_int_eq(stat(host.socket_path, &info), 0);
    ck_assert(S_ISSOCK(info.st_mode));
    ck_assert_uint_eq(info.st_mode & 0777, 0660);
}
END_TEST

START_TEST(http_socket_of_a_dead_process_is_replaced_a_living_one_not)
{
    struct err err = {0};
    const struct http_settings settings = {host.socket_path, "secret", &host.options};
    struct http_server *second =
        http_server_create(&host.loop, host.files, &settings, &host.face, &err);
    ck_assert_ptr_null(second);
    ck_assert_msg(strstr(err.text, host.socket_path) != NULL, "%s", err.text);
    expect_status(tiny_host_ask(&host, "GET", "/healthz", NULL, ""), "200");
    http_server_destroy(&host.server);
    ck_assert_int_ne(access(host.socket_path, F_OK), 0); /* removed at the end */
    /* What kill -9 leaves: a bound file nobody listens on. */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", host.socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    tiny_host_serve(&host);
    expect_status(tiny_host_ask(&host, "GET", "/healthz", NULL, ""), "200");
}
END_TEST

START_TEST(http_addresses_that_cannot_be_listened_on_are_named)
{
    static const char *const addresses[] = {"unix:/nonexistent/s", "nowhere",
                                            "127.0.0.1:", "127.0.0.1:notaport", "256.1.1.1:80"};
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct err err = {0};
        ck_assert(!http_server_listen(host.server, addresses[i], &err));
        const char *name = strncmp(addresses[i], "unix:", 5) == 0 ? addresses[i] + 5 : addresses[i];
        ck_assert_msg(strstr(err.text, name) != NULL, "%s", err.text);
    }
    char path[300];
    struct err err = {0};
    (void)snprintf(path, sizeof(path), "unix:/%0150d", 0);
    ck_assert(!http_server_listen(host.server, path, &err));
    ck_assert_int_eq(err.kind, ERR_INVALID);
}
END_TEST

/* Tries from a child with other credentials: 0 allowed, 1 not, 2 the test could not. */
static int peer_verdict(uid_t uid, gid_t gid, const gid_t *groups, size_t groups_count)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    char path[] = "/tmp/agenthost-peer-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(path));
    ck_assert_int_eq(chmod(path, 0777), 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", path);
    int listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(chmod(address.sun_path, 0777), 0);
    ck_assert_int_eq(listen(listen_fd, 1), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        char byte;
        if (setgroups(groups_count, groups) != 0 || setgid(gid) != 0 || setuid(uid) != 0 ||
            connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
            _exit(2);
        }
        (void)!read(fd, &byte, 1); /* until the other end has looked */
        _exit(0);
    }
    int fd = accept(listen_fd, NULL, NULL);
    int verdict = fd >= 0 ? !http_peer_is_allowed(fd) : 2;
    close(fd);
    close(listen_fd);
    close(ends[0]);
    close(ends[1]);
    (void)waitpid(pid, NULL, 0);
    (void)unlink(address.sun_path);
    (void)rmdir(path);
    return verdict;
}

START_TEST(http_peers_of_another_user_and_group_are_refused)
{
    if (geteuid() != 0) {
        return; /* only root can become somebody else; root is what CI runs as */
    }
    const gid_t other = 65500, ours = getegid();
    ck_assert_int_eq(peer_verdict(0, other, &other, 1), 0);     /* root */
    ck_assert_int_eq(peer_verdict(65501, ours, &other, 1), 0);  /* our group */
    ck_assert_int_eq(peer_verdict(65501, other, &ours, 1), 0);  /* our group, not the first */
    ck_assert_int_eq(peer_verdict(65501, other, &other, 1), 1); /* a stranger */
}
END_TEST

/* --- scopes -------------------------------------------------------------------------------- */

/* Below the ephemeral range, chosen by trying. */
static unsigned listen_somewhere(void)
{
    for (unsigned port = 21000 + (unsigned)getpid() % 5000; port < 32000; port++) {
        char address[32];
        (void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
        if (http_server_listen(host.server, address, NULL)) {
            return port;
        }
    }
    ck_abort_msg("no free port");
    return 0;
}

START_TEST(http_addresses_without_keys_do_not_operate)
{
    char address[32];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", listen_somewhere());
    static const struct {
        const char *request, *status;
    } rows[] = {
        {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "200"},
        {"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "200"},
        {"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "200"},
        {"GET /api/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "403"},
        {"GET /api/config HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "403"},
        {"GET /api/reading/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "403"},
        {"POST /api/drain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
         "Connection: close\r\n\r\n",
         "403"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        expect_status(send_raw(address, rows[i].request), rows[i].status);
    }
    ck_assert_uint_eq(host.drains + host.readings, 0);
    expect_status(tiny_host_ask(&host, "GET", "/api/status", NULL, ""), "200");
}
END_TEST

START_TEST(http_public_address_needs_keys)
{
    static const char *const addresses[] = {"0.0.0.0:0", ":0", "[::]:0"};
    char key[] = "me:read:0123456789abcdef";
    char *keys[] = {key};
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct err err = {0};
        ck_assert(!http_server_listen(host.server, addresses[i], &err));
        ck_assert_msg(strstr(err.text, "http.keys") != NULL, "%s", err.text);
        ck_assert_msg(strstr(err.text, addresses[i]) != NULL, "%s", err.text);
    }
    host.options.keys = (struct options_list){keys, 1};
    http_server_configure(host.server, &host.options);
    ck_assert(http_server_listen(host.server, "0.0.0.0:0", NULL));
}
END_TEST

START_TEST(http_address_in_use_is_named_with_its_option)
{
    struct err err = {0};
    char address[32];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", listen_somewhere());
    ck_assert(!http_server_listen(host.server, address, &err));
    ck_assert_msg(strstr(err.text, address) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, "http.listen") != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, "in use") != NULL, "%s", err.text);
}
END_TEST

/* --- requests that are not good ------------------------------------------------------------- */

static const struct {
    const char *request, *status;
} hostile_rows[] = {
    {"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", "400"}, /* no Host */
    {"nonsense\r\n\r\n", ""},                                      /* closed without a word */
    {"POST /api/drain HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", "400"},
    {"POST /api/drain HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
     "400"},
    {"POST /api/drain HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: "
     "chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
     "400"},
    {"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n", "400"},
    {"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Api-Key: a\r\nx-api-key: b\r\n\r\n", "400"},
    {"GET /healthz HTTP/1.1\r\nHost: x\r\nOrigin: a\r\nOrigin: b\r\n\r\n", "400"},
    {"GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", "400"},
    {"GET /healthz HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n", "400"},
    {"GET /healthz%00x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"},
    {"POST /api/drain HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\n{}", "400"},
    {"POST /api/drain HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
     "415"},
    {"POST /api/drain HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\n"
     "Content-Length: 2\r\n\r\n{}",
     "415"},
    {"POST /api/drain HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
     "application/jsonp\r\nContent-Length: 2\r\n\r\n{}",
     "415"},
    {"POST /api/drain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
     "9999999999\r\n\r\n",
     "413"},
};

START_TEST(http_hostile_requests_are_refused)
{
    const char *answer = send_raw(control, hostile_rows[_i].request);
    if (*hostile_rows[_i].status != '\0') {
        expect_status(answer, hostile_rows[_i].status);
    } else {
        ck_assert_str_eq(answer, "");
    }
    ck_assert_uint_eq(host.drains, 0);
    expect_status(tiny_host_ask(&host, "GET", "/healthz", NULL, ""), "200");
}
END_TEST

START_TEST(http_headers_over_the_limit_are_refused)
{
    struct sbuf request;
    sbuf_init(&request, 1 << 20);
    sbuf_puts(&request, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ");
    for (int i = 0; i < 100000; i++) {
        sbuf_putc(&request, 'a');
    }
    sbuf_puts(&request, "\r\n\r\n");
    const char *answer = send_raw(control, request.data);
    ck_assert_msg(strncmp(answer, "HTTP/1.1 431", 12) == 0 || *answer == '\0', "%.200s", answer);
    sbuf_fini(&request);
    expect_status(tiny_host_ask(&host, "GET", "/healthz", NULL, ""), "200");
}
END_TEST

/* A client that sends its whole body before it reads: each refusal must reach it, and the same
 * connection serves what follows. */
static const struct {
    const char *head, *status;
    size_t bytes;
} refused_rows[] = {
    {"POST /api/enqueue HTTP/1.1\r\nContent-Type: application/json", "413",
     HTTP_BODY_BYTES_MAX + 1},
    {"POST /api/enqueue HTTP/1.1\r\nContent-Type: application/json", "413", HTTP_DISCARD_BYTES_MAX},
    {"POST /api/enqueue HTTP/1.1\r\nContent-Type: text/plain", "415", HTTP_BODY_BYTES_MAX},
    {"POST /api/nothing HTTP/1.1\r\nContent-Type: application/json", "404", HTTP_BODY_BYTES_MAX},
};

START_TEST(http_refusals_reach_who_sends_first)
{
    struct sbuf request;
    sbuf_init(&request, HTTP_DISCARD_BYTES_MAX + 1024);
    sbuf_printf(&request, "%s\r\nHost: x\r\nContent-Length: %zu\r\n\r\n", refused_rows[_i].head,
                refused_rows[_i].bytes);
    for (size_t i = 0; i < refused_rows[_i].bytes; i++) {
        sbuf_putc(&request, 'x');
    }
    sbuf_puts(&request, "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ck_assert(!request.is_failed);
    const char *answer = tiny_host_exchange(&host, control, request.data, request.len);
    expect_status(answer, refused_rows[_i].status);
    ck_assert_ptr_nonnull(strstr(answer, "{\"ready\":true"));
    sbuf_fini(&request);
}
END_TEST

START_TEST(http_refusals_come_before_a_body_that_waits_for_them)
{
    const char *answer = send_raw(control, "POST /api/enqueue HTTP/1.1\r\nHost: x\r\n"
                                           "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    expect_status(answer, "415");
    ck_assert_ptr_null(strstr(answer, "100 Continue"));
    answer = send_raw(control, "POST /api/enqueue HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                               "Content-Type: application/json\r\nExpect: 100-continue\r\n"
                               "Content-Length: 13\r\n\r\n{\"agent\":\"a\"}");
    ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 202"));
}
END_TEST

START_TEST(http_body_without_end_ends_the_connection)
{
    struct sbuf request;
    sbuf_init(&request, 2 * HTTP_DISCARD_BYTES_MAX);
    sbuf_printf(&request,
                "POST /api/enqueue HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
                HTTP_DISCARD_BYTES_MAX + 1);
    for (int i = 0; i <= HTTP_DISCARD_BYTES_MAX; i++) {
        sbuf_putc(&request, 'x');
    }
    ck_assert_str_eq(tiny_host_exchange(&host, control, request.data, request.len), "");
    ck_assert_uint_eq(host.enqueues, 0);
    sbuf_fini(&request);
}
END_TEST

START_TEST(http_connection_serves_many_requests)
{
    const char *answer = send_raw(control, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                                           "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
                                           "GET /readyz HTTP/1.1\r\nHost: x\r\n"
                                           "Connection: close\r\n\r\n");
    expect_status(answer, "200");
    ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 404"));
    ck_assert_ptr_nonnull(strstr(answer, "{\"ready\":true"));
}
END_TEST

/* --- leaving -------------------------------------------------------------------------------- */

static void on_prepare(struct ev_loop *ev, ev_prepare *prepare, int revents)
{
    (void)prepare;
    (void)revents;
    if (host.enqueues > 0) {
        ev_break(ev, EVBREAK_ALL);
    }
}

/* Sends an enqueue that the host keeps, and turns the loop until it has it. */
static int send_and_stay(void)
{
    static const char request[] = "POST /api/enqueue HTTP/1.1\r\nHost: x\r\nContent-Type: "
                                  "application/json\r\nContent-Length: 13\r\n\r\n{\"agent\":\"a\"}";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", host.socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(write(fd, request, sizeof(request) - 1), sizeof(request) - 1);
    ev_prepare prepare;
    ev_prepare_init(&prepare, on_prepare);
    ev_prepare_start(host.loop.ev, &prepare);
    host.is_silent = true;
    loop_run(&host.loop);
    ev_prepare_stop(host.loop.ev, &prepare);
    ck_assert_uint_eq(host.enqueues, 1);
    return fd;
}

START_TEST(http_client_that_leaves_costs_nothing)
{
    close(send_and_stay());
    tiny_host_answer(&host); /* finds nobody who reads it */
    host.is_silent = false;
    expect_status(tiny_host_ask(&host, "GET", "/healthz", NULL, ""), "200");
}
END_TEST

START_TEST(http_connections_over_the_maximum_wait)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", host.socket_path);
    host.options.connections_max = 4;
    tiny_host_serve(&host);
    int fds[5];
    char answer[1000] = "";
    for (size_t i = 0; i < 5; i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        ck_assert_int_eq(connect(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
        ck_assert_int_eq(write(fds[i], request, sizeof(request) - 1), sizeof(request) - 1);
    }
    for (size_t i = 0; i < 4; i++) {
        while (recv(fds[i], answer, sizeof(answer) - 1, MSG_DONTWAIT) <= 0) {
            ev_run(host.loop.ev, EVRUN_NOWAIT);
        }
        expect_status(answer, "200");
    }
    for (int turn = 0; turn < 100; turn++) {
        ev_run(host.loop.ev, EVRUN_NOWAIT);
        ck_assert_int_lt(recv(fds[4], answer, sizeof(answer) - 1, MSG_DONTWAIT), 0);
    }
    close(fds[0]);
    while (recv(fds[4], answer, sizeof(answer) - 1, MSG_DONTWAIT) <= 0) {
        ev_run(host.loop.ev, EVRUN_NOWAIT);
    }
    expect_status(answer, "200");
    for (size_t i = 1; i < 5; i++) {
        close(fds[i]);
    }
}
END_TEST

START_TEST(http_end_answers_who_waits)
{
    int fd = send_and_stay();
    http_server_destroy(&host.server);
    char answer[1000] = "";
    ck_assert_int_gt(read(fd, answer, sizeof(answer) - 1), 0);
    expect_status(answer, "503");
    ck_assert_ptr_nonnull(strstr(answer, "\"code\":\"ENDING\""));
    close(fd);
    tiny_host_answer(&host); /* after the end: nobody is there any more */
}
END_TEST

START_TEST(http_late_answer_arrives)
{
    int fd = send_and_stay();
    tiny_host_answer(&host);
    char answer[1000] = "";
    for (int turn = 0; turn < 100 && recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT) <= 0;
         turn++) {
        ev_run(host.loop.ev, EVRUN_NOWAIT);
    }
    expect_status(answer, "202");
    close(fd);
}
END_TEST

Suite *suite_server(void)
{
    Suite *suite = suite_create("server");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, http_control_socket_is_for_user_and_group);
    tcase_add_test(tests, http_socket_of_a_dead_process_is_replaced_a_living_one_not);
    tcase_add_test(tests, http_addresses_that_cannot_be_listened_on_are_named);
    tcase_add_test(tests, http_peers_of_another_user_and_group_are_refused);
    tcase_add_test(tests, http_addresses_without_keys_do_not_operate);
    tcase_add_test(tests, http_public_address_needs_keys);
    tcase_add_test(tests, http_address_in_use_is_named_with_its_option);
    tcase_add_loop_test(tests, http_hostile_requests_are_refused, 0, (int)ARRAY_LEN(hostile_rows));
    tcase_add_test(tests, http_headers_over_the_limit_are_refused);
    tcase_add_loop_test(tests, http_refusals_reach_who_sends_first, 0,
                        (int)ARRAY_LEN(refused_rows));
    tcase_add_test(tests, http_refusals_come_before_a_body_that_waits_for_them);
    tcase_add_test(tests, http_body_without_end_ends_the_connection);
    tcase_add_test(tests, http_connection_serves_many_requests);
    tcase_add_test(tests, http_client_that_leaves_costs_nothing);
    tcase_add_test(tests, http_connections_over_the_maximum_wait);
    tcase_add_test(tests, http_end_answers_who_waits);
    tcase_add_test(tests, http_late_answer_arrives);
    suite_add_tcase(suite, tests);
    return suite;
}
