/* A scripted HTTP server in a thread: poll, no locks but one around what the test reads. */
#include "support/http_script.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SCRIPT_CONNECTIONS_MAX 1024
#define SCRIPT_REQUESTS_MAX 4096
#define SCRIPT_REQUEST_BYTES_MAX (1 << 20)
#define SCRIPT_PORT_FIRST 20000
#define SCRIPT_PORTS 12000

struct connection {
    int fd;
    SSL *tls; /* NULL = plain */
    char *request;
    size_t request_len;
    const struct http_step *step; /* NULL = reading a request */
    size_t at;                    /* inside the step's text, or repetitions made */
    int64_t wait_until_ms;
    char *out;
    size_t out_len, out_at;
};

struct http_script {
    const struct http_step *const *answers;
    size_t answers_count;
    int listen_fd, wake_fd[2], port;
    SSL_CTX *tls; /* NULL = plain */
    pthread_t thread;
    struct connection connections[SCRIPT_CONNECTIONS_MAX];
    size_t connections_count;
    unsigned answering;
    pthread_mutex_t mutex; /* of what follows */
    char *requests[SCRIPT_REQUESTS_MAX];
    unsigned requests_count, accepted, at_once_max, hangups;
};

static int64_t script_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void script_die(const char *what)
{
    perror(what);
    abort();
}

static void connection_close(struct http_script *script, struct connection *connection)
{
    if (connection->step != NULL) {
        script->answering--;
    }
    SSL_free(connection->tls); /* accepts NULL */
    close(connection->fd);
    free(connection->request);
    free(connection->out);
    *connection = script->connections[--script->connections_count];
}

/* --- the wire, plain or TLS: as recv and send ---------------------------------------------- */

static ssize_t connection_tls_result(const struct connection *connection, int result)
{
    if (result > 0) {
        return result;
    }
    int error = SSL_get_error(connection->tls, result);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return -1;
}

static ssize_t connection_recv(struct connection *connection, char *bytes, size_t bytes_max)
{
    if (connection->tls == NULL) {
        return recv(connection->fd, bytes, bytes_max, 0);
    }
    return connection_tls_result(connection, SSL_read(connection->tls, bytes, (int)bytes_max));
}

static ssize_t connection_send(struct connection *connection, const char *bytes, size_t len)
{
    if (connection->tls == NULL) {
        return send(connection->fd, bytes, len, MSG_NOSIGNAL);
    }
    return connection_tls_result(connection, SSL_write(connection->tls, bytes, (int)len));
}

/* --- reading ------------------------------------------------------------------------------- */

/* Length of the whole request at the front of what was read, or 0. */
static size_t request_complete(const struct connection *connection)
{
    const char *end = memmem(connection->request, connection->request_len, "\r\n\r\n", 4);
    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - connection->request) + 4;
    const char *length = strcasestr(connection->request, "\r\nContent-Length:");
    size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return connection->request_len >= head + body ? head + body : 0;
}

static void request_take(struct http_script *script, struct connection *connection, size_t len)
{
    pthread_mutex_lock(&script->mutex);
    size_t i = script->requests_count;
    if (i < SCRIPT_REQUESTS_MAX) {
        script->requests[i] = strndup(connection->request, len);
    }
    script->requests_count++;
    script->answering++;
    if (script->answering > script->at_once_max) {
        script->at_once_max = script->answering;
    }
    pthread_mutex_unlock(&script->mutex);
    connection->request_len -= len;
    memmove(connection->request, connection->request + len, connection->request_len + 1);
    connection->step = script->answers[i < script->answers_count ? i : script->answers_count - 1];
    connection->at = 0;
    connection->wait_until_ms = 0;
}

static void connection_hung_up(struct http_script *script, const struct connection *connection)
{
    pthread_mutex_lock(&script->mutex);
    script->hangups += connection->step != NULL;
    pthread_mutex_unlock(&script->mutex);
}

/* False when the connection is gone. */
static bool connection_read(struct http_script *script, struct connection *connection)
{
    char bytes[16384];
    ssize_t got = connection_recv(connection, bytes, sizeof(bytes));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return true;
    }
    if (got <= 0) {
        connection_hung_up(script, connection);
        return false;
    }
    size_t len = connection->request_len + (size_t)got;
    if (len > SCRIPT_REQUEST_BYTES_MAX) {
        script_die("a request is too long");
    }
    connection->request = realloc(connection->request, len + 1);
    memcpy(connection->request + connection->request_len, bytes, (size_t)got);
    connection->request[len] = '\0';
    connection->request_len = len;
    size_t complete = connection->step == NULL ? request_complete(connection) : 0;
    if (complete > 0) {
        request_take(script, connection, complete);
    }
    return true;
}

/* --- answering ----------------------------------------------------------------------------- */

static void connection_queue(struct connection *connection, const char *text, size_t len,
                             bool is_chunk)
{
    connection->out = realloc(connection->out, len + 32);
    size_t at = is_chunk ? (size_t)snprintf(connection->out, 32, "%zx\r\n", len) : 0;
    memcpy(connection->out + at, text, len);
    at += len;
    if (is_chunk) {
        memcpy(connection->out + at, "\r\n", 2);
        at += 2;
    }
    connection->out_len = at;
    connection->out_at = 0;
}

/* Prepares the next bytes of the script; false when it says to hang up. */
static bool connection_step(struct http_script *script, struct connection *connection)
{
    const struct http_step *step = connection->step;
    switch (step->kind) {
    case HTTP_OVER:
        connection->step = NULL;
        script->answering--;
        return true;
    case HTTP_CUT:
        return false;
    case HTTP_HANG:
        connection->wait_until_ms = INT64_MAX;
        return true;
    case HTTP_PAUSE:
        connection->wait_until_ms = script_now_ms() + step->ms;
        break;
    case HTTP_SEND:
    case HTTP_CHUNK:
        connection_queue(connection, step->text, strlen(step->text), step->kind == HTTP_CHUNK);
        break;
    case HTTP_CHUNK_END:
        connection_queue(connection, "0\r\n\r\n", 5, false);
        break;
    case HTTP_REPEAT:
        connection_queue(connection, step->text, strlen(step->text), true);
        connection->step += ++connection->at == (size_t)step->ms;
        connection->at = connection->step == step ? connection->at : 0;
        return true;
    case HTTP_BYTEWISE:
        connection_queue(connection, step->text + connection->at, 1, true);
        connection->wait_until_ms = script_now_ms() + 1;
        connection->step += step->text[++connection->at] == '\0';
        connection->at = connection->step == step ? connection->at : 0;
        return true;
    }
    connection->step++;
    return true;
}

/* Sends and steps on as far as it goes; false when the connection is over. */
static bool connection_write(struct http_script *script, struct connection *connection)
{
    for (;;) {
        while (connection->out_at < connection->out_len) {
            ssize_t sent = connection_send(connection, connection->out + connection->out_at,
                                           connection->out_len - connection->out_at);
            if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
                return true;
            }
            if (sent < 0) {
                connection_hung_up(script, connection);
                return false;
            }
            connection->out_at += (size_t)sent;
        }
        if (connection->step == NULL || script_now_ms() < connection->wait_until_ms) {
            return true;
        }
        if (!connection_step(script, connection)) {
            return false;
        }
    }
}

/* --- the thread ---------------------------------------------------------------------------- */

static void script_accept(struct http_script *script)
{
    int fd = accept4(script->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (script->connections_count == SCRIPT_CONNECTIONS_MAX) {
        script_die("too many connections");
    }
    int yes = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    struct connection connection = {.fd = fd};
    if (script->tls != NULL) {
        connection.tls = SSL_new(script->tls);
        (void)SSL_set_fd(connection.tls, fd);
        SSL_set_accept_state(connection.tls);
    }
    script->connections[script->connections_count++] = connection;
    pthread_mutex_lock(&script->mutex);
    script->accepted++;
    pthread_mutex_unlock(&script->mutex);
}

static int script_poll(struct http_script *script, struct pollfd *polled)
{
    int64_t now_ms = script_now_ms(), wait_ms = 1000;
    polled[0] = (struct pollfd){.fd = script->wake_fd[0], .events = POLLIN};
    polled[1] = (struct pollfd){.fd = script->listen_fd, .events = POLLIN};
    for (size_t i = 0; i < script->connections_count; i++) {
        const struct connection *connection = &script->connections[i];
        bool is_full = connection->out_at < connection->out_len;
        polled[i + 2] = (struct pollfd){.fd = connection->fd,
                                        .events = (short)(POLLIN | (is_full ? POLLOUT : 0))};
        if (connection->step != NULL && !is_full) {
            int64_t left_ms = connection->wait_until_ms - now_ms;
            wait_ms = left_ms < wait_ms ? (left_ms > 0 ? left_ms : 0) : wait_ms;
        }
    }
    return poll(polled, script->connections_count + 2, (int)wait_ms);
}

static void *script_run(void *ctx)
{
    struct http_script *script = ctx;
    static _Thread_local struct pollfd polled[SCRIPT_CONNECTIONS_MAX + 2];
    for (;;) {
        size_t count = script->connections_count;
        if (script_poll(script, polled) < 0 && errno != EINTR) {
            script_die("poll");
        }
        if (polled[0].revents != 0) {
            return NULL;
        }
        for (size_t i = count; i-- > 0;) { /* from the end: closing moves the last one here */
            struct connection *connection = &script->connections[i];
            bool is_open = polled[i + 2].revents == 0 || connection_read(script, connection);
            if (!is_open || !connection_write(script, connection)) {
                connection_close(script, connection);
            }
        }
        if (polled[1].revents != 0) {
            script_accept(script);
        }
    }
}

static void script_listen(struct http_script *script)
{
    script->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int tries = 0; tries < SCRIPT_PORTS; tries++) {
        script->port = SCRIPT_PORT_FIRST + (getpid() * 7 + tries * 11) % SCRIPT_PORTS;
        address.sin_port = htons((uint16_t)script->port);
        if (bind(script->listen_fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
            listen(script->listen_fd, 1024) == 0) {
            return;
        }
    }
    script_die("no free port");
}

static struct http_script *script_start(const struct http_step *const *answers,
                                        size_t answers_count, SSL_CTX *tls)
{
    struct http_script *script = calloc(1, sizeof(*script));
    script->tls = tls;
    script->answers = answers;
    script->answers_count = answers_count;
    (void)pthread_mutex_init(&script->mutex, NULL);
    script_listen(script);
    if (pipe2(script->wake_fd, O_CLOEXEC) != 0 ||
        pthread_create(&script->thread, NULL, script_run, script) != 0) {
        script_die("server thread");
    }
    return script;
}

struct http_script *http_script_start(const struct http_step *const *answers, size_t answers_count)
{
    return script_start(answers, answers_count, NULL);
}

struct http_script *http_script_start_tls(const struct http_step *const *answers,
                                          size_t answers_count, const char *dir)
{
    char cert[512], key[512];
    (void)snprintf(cert, sizeof(cert), "%s/server.pem", dir);
    (void)snprintf(key, sizeof(key), "%s/server.key", dir);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
        script_die("certificate");
    }
    return script_start(answers, answers_count, tls);
}

void http_script_stop(struct http_script **script)
{
    if (*script == NULL) {
        return;
    }
    struct http_script *old = *script;
    *script = NULL;
    close(old->wake_fd[1]);
    (void)pthread_join(old->thread, NULL);
    close(old->wake_fd[0]);
    close(old->listen_fd);
    while (old->connections_count > 0) {
        connection_close(old, &old->connections[0]);
    }
    for (unsigned i = 0; i < old->requests_count && i < SCRIPT_REQUESTS_MAX; i++) {
        free(old->requests[i]);
    }
    SSL_CTX_free(old->tls);
    (void)pthread_mutex_destroy(&old->mutex);
    free(old);
}

int http_script_port(const struct http_script *script)
{
    return script->port;
}

static unsigned script_read(struct http_script *script, const unsigned *value)
{
    pthread_mutex_lock(&script->mutex);
    unsigned copy = *value;
    pthread_mutex_unlock(&script->mutex);
    return copy;
}

unsigned http_script_requests(struct http_script *script)
{
    return script_read(script, &script->requests_count);
}

unsigned http_script_connections(struct http_script *script)
{
    return script_read(script, &script->accepted);
}

unsigned http_script_at_once_max(struct http_script *script)
{
    return script_read(script, &script->at_once_max);
}

unsigned http_script_hangups(struct http_script *script)
{
    return script_read(script, &script->hangups);
}

char *http_script_request(struct http_script *script, unsigned i)
{
    pthread_mutex_lock(&script->mutex);
    char *copy =
        i < script->requests_count && i < SCRIPT_REQUESTS_MAX ? strdup(script->requests[i]) : NULL;
    pthread_mutex_unlock(&script->mutex);
    return copy;
}
