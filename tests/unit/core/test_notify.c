/* Notifications, received by real datagram sockets and a real channel. */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/attr.h"
#include "core/loop.h"
#include "core/notify.h"
#include "suites.h"

static struct notify notify;
static int listener = -1;
static char dir[64], address[96];

static void listen_on(const char *name)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(own.sun_path, name, len);
    bool is_abstract = *name == '@';
    own.sun_path[0] = is_abstract ? '\0' : *name;
    listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(
        bind(listener, (struct sockaddr *)&own,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (is_abstract ? 0 : 1))),
        0);
    ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
}

/* The next message, or "" when none is there. */
static const char *heard(void)
{
    static char text[8192];
    ssize_t len = recv(listener, text, sizeof(text) - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

static void setup(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/agenthost-notify-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(address, sizeof(address), "%s/socket", dir);
    listen_on(address);
}

static void teardown(void)
{
    notify_fini(&notify);
    (void)close(listener);
    (void)unlink(address);
    (void)rmdir(dir);
}

START_TEST(notify_reaches_a_socket_with_a_path)
{
    notify_init(&notify);
    ck_assert(notify_is_heard(&notify));
    notify_send(&notify, "READY=1\nSTATUS=%d agents", 4);
    ck_assert_str_eq(heard(), "READY=1\nSTATUS=4 agents");
    ck_assert_int_eq(fcntl(notify.fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(notify_reaches_an_abstract_socket)
{
    char name[64];
    (void)close(listener);
    (void)snprintf(name, sizeof(name), "@agenthost-notify-%ld", (long)getpid());
    listen_on(name);
    notify_init(&notify);
    notify_send(&notify, "READY=1");
    ck_assert_str_eq(heard(), "READY=1");
}
END_TEST

START_TEST(notify_leaves_nothing_in_the_environment)
{
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                        "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE"};
    for (size_t i = 1; i < ARRAY_LEN(names); i++) {
        ck_assert_int_eq(setenv(names[i], "1", 1), 0);
    }
    notify_init(&notify);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        ck_assert_ptr_null(getenv(names[i]));
    }
}
END_TEST

START_TEST(notify_does_nothing_without_a_supervisor)
{
    static const char *const useless[] = {"", "@", "relative/path", "vsock:2:1234",
                                          "/much-too-long-"
                                          "0123456789012345678901234567890123456789012345678901"
                                          "0123456789012345678901234567890123456789012345678901"};
    for (size_t i = 0; i < ARRAY_LEN(useless); i++) {
        ck_assert_int_eq(setenv("NOTIFY_SOCKET", useless[i], 1), 0);
        notify_init(&notify);
        ck_assert_msg(!notify_is_heard(&notify), "'%s'", useless[i]);
        notify_send(&notify, "READY=1");
        notify_channel_ready(&notify);
        notify_fini(&notify);
    }
    ck_assert_str_eq(heard(), "");
}
END_TEST

START_TEST(notify_survives_a_supervisor_that_is_away)
{
    notify_init(&notify);
    (void)close(listener);
    notify_send(&notify, "STATUS=nobody hears this");
    (void)unlink(address);
    notify_send(&notify, "STATUS=nor this");
    listen_on(address);
    notify_send(&notify, "READY=1");
    ck_assert_str_eq(heard(), "READY=1");
}
END_TEST

START_TEST(notify_keeps_what_a_full_queue_refuses)
{
    notify_init(&notify);
    int sent = 0;
    for (; sent < 100000 && notify.pending.len == 0; sent++) {
        notify_send(&notify, "WATCHDOG=1");
    }
    ck_assert_uint_gt(notify.pending.len, 0);
    notify_send(&notify, "RELOADING=1");
    notify_send(&notify, "READY=1");
    for (int i = 0; i + 1 < sent; i++) {
        ck_assert_str_eq(heard(), "WATCHDOG=1");
    }
    ck_assert_str_eq(heard(), "");
    notify_flush(&notify);
    ck_assert_str_eq(heard(), "WATCHDOG=1\nRELOADING=1\nREADY=1");
    notify_flush(&notify);
    ck_assert_str_eq(heard(), "");
}
END_TEST

START_TEST(notify_keeps_a_bounded_part)
{
    notify_init(&notify);
    for (int i = 0; i < 100000 && notify.pending.len == 0; i++) {
        notify_send(&notify, "WATCHDOG=1");
    }
    for (int i = 0; i < 100; i++) {
        notify_send(&notify, "STATUS=%0500d", i);
    }
    ck_assert_uint_gt(notify.pending.len, 3000);
    ck_assert_uint_le(notify.pending.len, NOTIFY_PENDING_BYTES_MAX);
    ck_assert(!notify.pending.is_failed);
}
END_TEST

static void on_enough(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)timer;
    (void)revents;
    ev_break(ev, EVBREAK_ALL);
}

/* How many pings come within a quarter of a second of the loop's time. */
static int count_pings(void)
{
    struct loop loop;
    loop_init(&loop);
    notify_init(&notify);
    notify_watchdog_start(&notify, &loop);
    ev_timer enough;
    ev_timer_init(&enough, on_enough, 0.25, 0.);
    ev_timer_start(loop.ev, &enough);
    loop_run(&loop);
    int pings = 0;
    while (strcmp(heard(), "WATCHDOG=1") == 0) {
        pings++;
    }
    notify_fini(&notify);
    loop_fini(&loop);
    return pings;
}

START_TEST(notify_pings_at_half_of_the_time)
{
    char pid[24];
    (void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    (void)setenv("WATCHDOG_USEC", "100000", 1);
    (void)setenv("WATCHDOG_PID", pid, 1);
    int pings = count_pings();
    ck_assert_msg(pings >= 2 && pings <= 6, "%d pings", pings);
}
END_TEST

START_TEST(notify_does_not_ping_for_another_process)
{
    (void)setenv("WATCHDOG_USEC", "100000", 1);
    (void)setenv("WATCHDOG_PID", "1", 1);
    ck_assert_int_eq(count_pings(), 0);
}
END_TEST

START_TEST(notify_does_not_ping_unasked)
{
    static const char *const useless[] = {"0", "-5", "1x", "99999999999999999999", ""};
    for (size_t i = 0; i < ARRAY_LEN(useless); i++) {
        (void)setenv("WATCHDOG_USEC", useless[i], 1);
        (void)setenv("NOTIFY_SOCKET", address, 1);
        notify_init(&notify);
        ck_assert_int_eq(notify.watchdog_us, 0);
        notify_fini(&notify);
    }
}
END_TEST

static void set_channel(int fd)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%d", fd);
    (void)setenv("NODE_CHANNEL_FD", text, 1);
}

START_TEST(notify_tells_a_node_parent_once)
{
    int pair[2];
    char text[64];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    set_channel(pair[1]);
    notify_init(&notify);
    ck_assert_int_eq(fcntl(pair[1], F_GETFD), FD_CLOEXEC);
    notify_channel_ready(&notify);
    notify_channel_ready(&notify);
    ck_assert_int_eq(read(pair[0], text, sizeof(text)), 8);
    ck_assert_int_eq(memcmp(text, "\"ready\"\n", 8), 0);
    ck_assert_int_eq(read(pair[0], text, sizeof(text)), 0);
    (void)close(pair[0]);
}
END_TEST

START_TEST(notify_survives_a_node_parent_that_is_gone)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    set_channel(pair[1]);
    notify_init(&notify);
    (void)close(pair[0]);
    notify_channel_ready(&notify); /* SIGPIPE would end this process */
}
END_TEST

START_TEST(notify_leaves_descriptors_alone_that_are_no_channel)
{
    int file = open("/dev/null", O_WRONLY); /* without CLOEXEC, which must stay so */
    ck_assert_int_ge(file, 0);
    set_channel(file);
    notify_init(&notify);
    ck_assert_int_eq(notify.channel_fd, -1);
    notify_channel_ready(&notify);
    ck_assert_int_eq(fcntl(file, F_GETFD), 0);
    notify_fini(&notify);
    set_channel(STDERR_FILENO);
    notify_init(&notify);
    ck_assert_int_eq(notify.channel_fd, -1);
    (void)close(file);
}
END_TEST

Suite *suite_notify(void)
{
    Suite *suite = suite_create("notify");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, notify_reaches_a_socket_with_a_path);
    tcase_add_test(tests, notify_reaches_an_abstract_socket);
    tcase_add_test(tests, notify_leaves_nothing_in_the_environment);
    tcase_add_test(tests, notify_does_nothing_without_a_supervisor);
    tcase_add_test(tests, notify_survives_a_supervisor_that_is_away);
    tcase_add_test(tests, notify_keeps_what_a_full_queue_refuses);
    tcase_add_test(tests, notify_keeps_a_bounded_part);
    tcase_add_test(tests, notify_pings_at_half_of_the_time);
    tcase_add_test(tests, notify_does_not_ping_for_another_process);
    tcase_add_test(tests, notify_does_not_ping_unasked);
    tcase_add_test(tests, notify_tells_a_node_parent_once);
    tcase_add_test(tests, notify_survives_a_node_parent_that_is_gone);
    tcase_add_test(tests, notify_leaves_descriptors_alone_that_are_no_channel);
    suite_add_tcase(suite, tests);
    return suite;
}
