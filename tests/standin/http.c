/* Connections of the stand-in: reading requests, writing what answers put into the buffer. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/attr.h"
#include "core/clock.h"
#include "core/mem.h"
#include "server.h"

#define PEER_HEAD_BYTES_MAX (64 * 1024)
#define PEER_BODY_BYTES_MAX (8 * 1024 * 1024)
#define PEER_OUT_BYTES_MAX (64 * 1024 * 1024)

struct head {
    struct span method, path, key;
    size_t body_bytes;
    bool is_chunked, closes, expects;
};

static void peer_next(struct peer *peer);

void peer_close(struct peer *peer)
{
    struct server *server = peer->server;
    if (peer->reply.is_active) {
        chat_end(peer);
    }
    ev_io_stop(server->ev, &peer->io);
    ev_timer_stop(server->ev, &peer->timer);
    (void)close(peer->io.fd);
    sbuf_fini(&peer->in);
    sbuf_fini(&peer->out);
    if (peer->prev != NULL) {
        peer->prev->next = peer->next;
    } else {
        server->peers = peer->next;
    }
    if (peer->next != NULL) {
        peer->next->prev = peer->prev;
    }
    free(peer);
}

static void peer_watch(struct peer *peer, int events)
{
    if (peer->io.events != events) {
        int fd = peer->io.fd;
        ev_io_stop(peer->server->ev, &peer->io);
        ev_io_set(&peer->io, fd, events);
        ev_io_start(peer->server->ev, &peer->io);
    }
}

/* Everything is written: the answer may be complete, and the next request may wait already. */
static void peer_written(struct peer *peer)
{
    peer->out_at = 0;
    sbuf_clear(&peer->out);
    peer_watch(peer, EV_READ);
    if (peer->reply.is_active && !peer->reply.is_over) {
        return;
    }
    if (peer->reply.is_active) {
        chat_end(peer);
    }
    if (peer->closes) {
        peer_close(peer);
        return;
    }
    if (peer->request_bytes > 0) {
        sbuf_consume(&peer->in, peer->request_bytes);
        peer->request_bytes = 0;
        peer_next(peer);
    }
}

void peer_flush(struct peer *peer)
{
    while (peer->out_at < peer->out.len) {
        ssize_t put = send(peer->io.fd, peer->out.data + peer->out_at, peer->out.len - peer->out_at,
                           MSG_NOSIGNAL);
        if (put < 0 && errno == EAGAIN) {
            peer_watch(peer, EV_READ | EV_WRITE);
            return;
        }
        if (put < 0) {
            peer_close(peer);
            return;
        }
        peer->out_at += (size_t)put;
    }
    peer_written(peer);
}

void peer_answer(struct peer *peer, int status, const char *type, struct span body,
                 const char *more_headers)
{
    sbuf_printf(&peer->out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s%s\r\n",
                status, status < 400 ? "OK" : "Error", type, body.len, more_headers,
                peer->closes ? "Connection: close\r\n" : "");
    sbuf_span(&peer->out, body);
}

/* --- requests -----------------------------------------------------------------------------------
 */

static bool head_number(struct span text, size_t *ret_number)
{
    size_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || number > PEER_BODY_BYTES_MAX) {
            return false;
        }
        number = number * 10 + (size_t)(text.data[i] - '0');
    }
    *ret_number = number;
    return text.len > 0;
}

static bool head_is(struct span name, const char *word)
{
    return name.len == strlen(word) && strncasecmp(name.data, word, name.len) == 0;
}

static bool head_field(struct head *head, struct span line)
{
    const char *colon = memchr(line.data, ':', line.len);
    if (colon == NULL) {
        return false;
    }
    struct span name = {line.data, (size_t)(colon - line.data)};
    struct span value = {colon + 1, line.len - name.len - 1};
    while (value.len > 0 && *value.data == ' ') {
        value = (struct span){value.data + 1, value.len - 1};
    }
    if (head_is(name, "content-length")) {
        return head_number(value, &head->body_bytes);
    }
    if (head_is(name, "transfer-encoding")) {
        head->is_chunked = true;
    } else if (head_is(name, "connection")) {
        head->closes = head_is(value, "close");
    } else if (head_is(name, "expect")) {
        head->expects = true;
    } else if (head_is(name, "authorization") && value.len > 7 &&
               strncasecmp(value.data, "Bearer ", 7) == 0) {
        head->key = (struct span){value.data + 7, value.len - 7};
    }
    return true;
}

/* text ends before the blank line. */
static bool head_parse(struct span text, struct head *ret_head)
{
    *ret_head = (struct head){0};
    bool is_first = true;
    while (text.len > 0) {
        const char *end = memmem(text.data, text.len, "\r\n", 2);
        struct span line = {text.data, end != NULL ? (size_t)(end - text.data) : text.len};
        size_t used = end != NULL ? line.len + 2 : line.len;
        text = (struct span){text.data + used, text.len - used};
        if (!is_first) {
            if (!head_field(ret_head, line)) {
                return false;
            }
            continue;
        }
        is_first = false;
        const char *space = memchr(line.data, ' ', line.len);
        const char *last = memrchr(line.data, ' ', line.len);
        if (space == NULL || last == space) {
            return false;
        }
        ret_head->method = (struct span){line.data, (size_t)(space - line.data)};
        ret_head->path = (struct span){space + 1, (size_t)(last - space) - 1};
    }
    return !is_first;
}

static void serve_stats(struct peer *peer)
{
    const struct server *server = peer->server;
    char text[160];
    int len = snprintf(text, sizeof(text),
                       "{\"requests\":%llu,\"active\":%u,\"active_max\":%u,\"complete\":%llu}\n",
                       (unsigned long long)server->requests, server->active, server->active_max,
                       (unsigned long long)server->complete);
    peer_answer(peer, 200, "application/json", (struct span){text, (size_t)len}, "");
}

static void serve_set(struct peer *peer, struct span body)
{
    struct err err = {0};
    while (body.len > 0) {
        const char *end = memchr(body.data, '\n', body.len);
        struct span line = {body.data, end != NULL ? (size_t)(end - body.data) : body.len};
        size_t used = end != NULL ? line.len + 1 : line.len;
        body = (struct span){body.data + used, body.len - used};
        const char *equals = line.len > 0 ? memchr(line.data, '=', line.len) : NULL;
        if (equals == NULL) {
            continue;
        }
        struct span name = {line.data, (size_t)(equals - line.data)};
        struct span value = {equals + 1, line.len - name.len - 1};
        if (!config_set(peer->server->config, name, value, &err)) {
            peer_answer(peer, 400, "text/plain", span_of(err.text), "");
            return;
        }
    }
    config_prepare(peer->server->config);
    peer_answer(peer, 200, "text/plain", SPAN_LITERAL("ok\n"), "");
}

static void serve_error(struct peer *peer, int status, const char *text)
{
    peer_answer(peer, status, "application/json", span_of(text), "");
}

static void peer_serve(struct peer *peer, const struct head *head, struct span body)
{
    const char *key = peer->server->config->key;
    bool is_chat = head->path.len >= 17 &&
                   memcmp(head->path.data + head->path.len - 17, "/chat/completions", 17) == 0;
    peer->closes = head->closes;
    if (span_is(head->path, "/standin/stats")) {
        serve_stats(peer);
    } else if (span_is(head->path, "/standin/set")) {
        serve_set(peer, body);
    } else if (key != NULL && !span_is(head->key, key)) {
        serve_error(peer, 401,
                    "{\"error\":{\"message\":\"Incorrect API key provided\",\"type\":"
                    "\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}");
    } else if (is_chat && span_is(head->method, "POST")) {
        chat_begin(peer, body);
        return; /* the peer may be gone */
    } else if (span_is(head->path, "/v1/models")) {
        peer_answer(peer, 200, "application/json",
                    SPAN_LITERAL("{\"object\":\"list\",\"data\":[{\"id\":\"standin\",\"object\":"
                                 "\"model\",\"created\":0,\"owned_by\":\"standin\"}]}"),
                    "");
    } else {
        serve_error(peer, 404,
                    "{\"error\":{\"message\":\"no such route\",\"type\":"
                    "\"invalid_request_error\",\"param\":null,\"code\":null}}");
    }
    peer_flush(peer);
}

static void peer_refuse(struct peer *peer, int status)
{
    peer->closes = true;
    peer->request_bytes = 0;
    peer_answer(peer, status, "text/plain", SPAN_LITERAL("bad request\n"), "");
    peer_flush(peer);
}

/* Serves the next request when it is complete. */
static void peer_next(struct peer *peer)
{
    const char *blank = memmem(peer->in.data, peer->in.len, "\r\n\r\n", 4);
    if (blank == NULL) {
        if (peer->in.len > PEER_HEAD_BYTES_MAX) {
            peer_refuse(peer, 431);
        }
        return;
    }
    struct head head;
    size_t head_bytes = (size_t)(blank - peer->in.data);
    if (!head_parse((struct span){peer->in.data, head_bytes}, &head) || head.is_chunked ||
        head.body_bytes > PEER_BODY_BYTES_MAX) {
        peer_refuse(peer, head.is_chunked ? 411 : 400);
        return;
    }
    if (peer->in.len < head_bytes + 4 + head.body_bytes) {
        if (head.expects && peer->in.len == head_bytes + 4) {
            (void)send(peer->io.fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
        }
        return;
    }
    peer->request_bytes = head_bytes + 4 + head.body_bytes;
    peer_serve(peer, &head, (struct span){peer->in.data + head_bytes + 4, head.body_bytes});
}

static void peer_on_io(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    struct peer *peer = io->data;
    if ((revents & EV_READ) != 0) {
        char buf[65536];
        ssize_t got = recv(io->fd, buf, sizeof(buf), 0);
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            peer_close(peer);
            return;
        }
        if (got > 0) {
            if (peer->request_bytes > 0) {
                /* Pipelined, or noise: the answered request's spans must not move. */
                peer_close(peer);
                return;
            }
            sbuf_append(&peer->in, buf, (size_t)got);
            if (peer->in.is_failed) {
                peer_close(peer);
            } else {
                peer_next(peer);
            }
            return; /* the peer may be gone */
        }
    }
    if ((revents & EV_WRITE) != 0) {
        peer_flush(peer);
    }
}

static void peer_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    chat_continue(timer->data);
}

/* --- listening
 * ------------------------------------------------------------------------------------ */

static void server_on_accept(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)revents;
    struct server *server = io->data;
    for (;;) {
        int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        int one = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* not on unix */
        struct peer *peer = mem_alloc(sizeof(*peer));
        peer->server = server;
        peer->next = server->peers;
        if (peer->next != NULL) {
            peer->next->prev = peer;
        }
        server->peers = peer;
        sbuf_init(&peer->in, PEER_HEAD_BYTES_MAX + PEER_BODY_BYTES_MAX + 65536);
        sbuf_init(&peer->out, PEER_OUT_BYTES_MAX);
        ev_io_init(&peer->io, peer_on_io, fd, EV_READ);
        peer->io.data = peer;
        ev_timer_init(&peer->timer, peer_on_timer, 0., 0.);
        peer->timer.data = peer;
        ev_io_start(ev, &peer->io);
    }
}

static int server_listen_unix(const struct config *config)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(config->unix_path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, config->unix_path, strlen(config->unix_path) + 1);
    (void)unlink(config->unix_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* *port may be 0 and is then what the kernel chose. */
static int server_listen_tcp(struct config *config)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)config->port)};
    if (inet_pton(AF_INET, config->host, &address.sin_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        return -1;
    }
    socklen_t len = sizeof(address);
    (void)getsockname(fd, (struct sockaddr *)&address, &len);
    config->port = ntohs(address.sin_port);
    return fd;
}

bool server_start(struct server *server, struct ev_loop *ev, struct config *config, struct err *err)
{
    *server = (struct server){.ev = ev, .config = config, .journal_fd = -1};
    sbuf_init(&server->event, PEER_OUT_BYTES_MAX);
    if (config->journal_path != NULL) {
        server->journal_fd = journal_open(config->journal_path);
        if (server->journal_fd < 0) {
            return err_set_errno(err, "cannot open '%s'", config->journal_path);
        }
    }
    server->listen_fd =
        config->unix_path != NULL ? server_listen_unix(config) : server_listen_tcp(config);
    if (server->listen_fd < 0 || listen(server->listen_fd, 4096) != 0) {
        return err_set_errno(err, "cannot listen");
    }
    ev_io_init(&server->accept, server_on_accept, server->listen_fd, EV_READ);
    server->accept.data = server;
    ev_io_start(ev, &server->accept);
    if (config->unix_path != NULL) {
        (void)printf("listening unix:%s\n", config->unix_path);
    } else {
        (void)printf("listening %s:%u\n", config->host, (unsigned)config->port);
    }
    (void)fflush(stdout);
    return true;
}

void server_stop(struct server *server)
{
    while (server->peers != NULL) {
        peer_close(server->peers);
    }
    ev_io_stop(server->ev, &server->accept);
    (void)close(server->listen_fd);
    if (server->journal_fd >= 0) {
        (void)close(server->journal_fd);
    }
    if (server->config->unix_path != NULL) {
        (void)unlink(server->config->unix_path);
    }
    sbuf_fini(&server->event);
}
