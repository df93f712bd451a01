/* Starts and stops a real Redis server for a test. */
#include "redis_server.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

#define SERVER_START_MS_MAX 10000
#define SERVER_ARGS_MAX 48

uint16_t test_free_port(void)
{
    for (int i = 0; i < 100; i++) {
        uint16_t port = (uint16_t)(12000 + clock_random_u64() % 20000);
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_ge(fd, 0);
        int one = 1;
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        int bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
        (void)close(fd);
        if (bound == 0) {
            return port;
        }
    }
    ck_abort_msg("no free port found");
    return 0;
}

static void server_remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)rmdir(path);
}

/* A failing test ends without its teardown: a process outside the group that Check kills waits for
 * the end of the test's, which closes the pipe, and cleans up. */
static void server_start_janitor(struct redis_server *server)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    server->janitor = fork();
    ck_assert_int_ge(server->janitor, 0);
    if (server->janitor == 0) {
        char byte;
        (void)setpgid(0, 0);
        (void)close(ends[1]);
        while (read(ends[0], &byte, 1) < 0 && errno == EINTR) {
        }
        server_remove_dir(server->dir);
        _exit(0);
    }
    (void)close(ends[0]);
    server->janitor_fd = ends[1];
}

void redis_server_init(struct redis_server *server)
{
    *server = (struct redis_server){.port = test_free_port()};
    const char *base = getenv("TMPDIR");
    (void)snprintf(server->dir, sizeof(server->dir), "%s/agenthost-redis-XXXXXX",
                   base != NULL && strlen(base) < 48 ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(server->dir));
    (void)snprintf(server->socket_path, sizeof(server->socket_path), "%s/sock", server->dir);
    server_start_janitor(server);
}

/* In the child: never returns. */
static void server_exec(const struct redis_server *server, const char *const *more, pid_t parent)
{
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", (unsigned)server->port);
    const char *args[SERVER_ARGS_MAX] = {"redis-server",
                                         "--port",
                                         port,
                                         "--bind",
                                         "127.0.0.1",
                                         "--unixsocket",
                                         server->socket_path,
                                         "--save",
                                         "",
                                         "--appendonly",
                                         "no",
                                         "--dir",
                                         server->dir,
                                         "--daemonize",
                                         "no",
                                         "--loglevel",
                                         "warning",
                                         "--maxclients",
                                         "200"};
    size_t count = 0;
    while (args[count] != NULL) {
        count++;
    }
    for (; more != NULL && *more != NULL && count < SERVER_ARGS_MAX - 1; more++) {
        args[count++] = *more;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (getppid() != parent || log < 0 || dup2(log, STDOUT_FILENO) < 0) {
        _exit(126);
    }
    (void)execvp("redis-server", (char *const *)args);
    /* Debian's redis-tools carry the server under this name; it goes by its argv[0]. */
    (void)execvp("redis-check-rdb", (char *const *)args);
    _exit(127);
}

static int server_connect(const struct redis_server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", server->socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void server_await(struct redis_server *server)
{
    int64_t until_ms = clock_mono_ms() + SERVER_START_MS_MAX;
    for (;;) {
        int fd = server_connect(server);
        if (fd >= 0) {
            (void)close(fd);
            return;
        }
        int status;
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            server->pid = 0;
            ck_abort_msg("redis-server ended at once with status %d", status);
        }
        ck_assert_msg(clock_mono_ms() < until_ms, "redis-server does not answer");
        struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
        (void)nanosleep(&pause, NULL);
    }
}

void redis_server_run(struct redis_server *server, const char *const *args)
{
    (void)unlink(server->socket_path);
    pid_t parent = getpid();
    server->pid = fork();
    ck_assert_int_ge(server->pid, 0);
    if (server->pid == 0) {
        server_exec(server, args, parent);
    }
    server_await(server);
}

void redis_server_start(struct redis_server *server, const char *const *args)
{
    redis_server_init(server);
    redis_server_run(server, args);
}

void redis_server_kill(struct redis_server *server)
{
    if (server->pid > 0) {
        (void)kill(server->pid, SIGKILL);
        while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        server->pid = 0;
    }
}

void redis_server_stop(struct redis_server *server)
{
    redis_server_kill(server);
    /* A byte: another janitor may hold this end of the pipe open too. */
    ck_assert_int_eq(write(server->janitor_fd, "x", 1), 1);
    (void)close(server->janitor_fd);
    while (waitpid(server->janitor, NULL, 0) < 0 && errno == EINTR) {
    }
}
