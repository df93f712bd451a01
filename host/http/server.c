/* libmicrohttpd in external epoll mode: one daemon a listener, its epoll descriptor one watcher
 * of ours. Where an endpoint answers later, the connection is suspended meanwhile. */
#include "http/server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/mem.h"
#include "http/auth.h"
#include "http/head.h"
#include "http/listen.h"
#include "http/origin.h"
#include "http/server-private.h"

#define SERVER_MEMORY_BYTES (64 * 1024)

/* --- the loop -------------------------------------------------------------------------------- */

static void listener_run(struct http_listener *listener)
{
    struct ev_loop *ev = listener->server->loop->ev;
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    (void)MHD_run(listener->daemon);
    ev_timer_stop(ev, &listener->timer);
    if (MHD_get_timeout(listener->daemon, &timeout_ms) == MHD_YES) {
        ev_timer_set(&listener->timer, (double)timeout_ms / 1000., 0.);
        ev_timer_start(ev, &listener->timer);
    }
}

static void listener_on_io(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    (void)revents;
    listener_run(io->data);
}

static void listener_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    listener_run(timer->data);
}

/* A resumed connection makes no event: the daemon must be run by hand. */
static void listener_on_deferred(struct loop_deferred *deferred)
{
    listener_run(CONTAINER_OF(deferred, struct http_listener, run));
}

/* --- answers --------------------------------------------------------------------------------- */

void http_answer(struct http_request *request, unsigned status)
{
    struct http_connection *connection = request->connection;
    assert(request->status == 0);
    request->status = status;
    http_connection_wake(connection);
}

void http_connection_wake(struct http_connection *connection)
{
    if (connection->is_suspended) {
        connection->is_suspended = false;
        MHD_resume_connection(connection->mhd);
        loop_defer(connection->listener->server->loop, &connection->listener->run);
    }
}

struct thread *http_request_files(const struct http_request *request)
{
    return request->connection->listener->server->files;
}

/* What the endpoint has not said itself. */
static void server_add_header(struct http_request *request, const char *name, const char *value)
{
    for (size_t i = 0; i < request->headers_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            return;
        }
    }
    http_answer_header(request, name, value);
}

static struct MHD_Response *server_response(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    if (connection->stream != NULL) {
        return http_stream_response(connection);
    }
    if (request->answer.is_failed) {
        request->status = 500;
        sbuf_clear(&request->answer);
        sbuf_puts(&request->answer, "{\"success\":false,\"error\":\"the answer is too long\","
                                    "\"code\":\"INTERNAL\"}");
    }
    return MHD_create_response_from_buffer(request->answer.len, request->answer.data,
                                           MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result server_send(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    struct MHD_Response *response = server_response(connection);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", request->content_type);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (request->is_closing) {
        (void)MHD_add_response_header(response, "Connection", "close");
    }
    server_add_header(request, "Cache-Control", "no-store");
    if (request->status == 503) {
        server_add_header(request, "Retry-After", "5");
    }
    for (size_t i = 0; i < request->headers_count; i++) {
        (void)MHD_add_response_header(response, request->headers[i].name,
                                      request->headers[i].value);
    }
    enum MHD_Result result = MHD_queue_response(connection->mhd, request->status, response);
    MHD_destroy_response(response);
    return result;
}

/* A NUL would end the text before what follows it: such escapes stay as they are, and whoever
 * reads the text refuses the percent sign. */
static size_t server_on_unescape(void *ctx, struct MHD_Connection *mhd, char *text)
{
    (void)ctx;
    (void)mhd;
    return strstr(text, "%00") == NULL ? MHD_http_unescape(text) : strlen(text);
}

/* --- requests -------------------------------------------------------------------------------- */

static bool server_is_peer_allowed(const struct http_connection *connection)
{
    if (connection->listener->socket_path == NULL) {
        return true; /* TCP: its scope is for everybody who reaches it */
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info != NULL && http_peer_is_allowed(info->connect_fd);
}

static struct http_connection *server_accept(struct http_listener *listener,
                                             struct MHD_Connection *mhd)
{
    struct http_connection *connection = mem_alloc(sizeof(*connection));
    connection->listener = listener;
    connection->mhd = mhd;
    http_request_init(&connection->request, &listener->server->face);
    connection->request.connection = connection;
    connection->next = listener->connections;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    listener->connections = connection;
    return connection;
}

static void server_answer_ending(struct http_connection *connection)
{
    http_answer_error(&connection->request, 503, "ENDING", NULL, NULL, "the host is ending");
}

/* The head is there: either it is answered now, or its endpoint is known. */
static void server_route(struct http_connection *connection, const char *method, const char *url)
{
    struct http_request *request = &connection->request;
    const struct http_route *route;
    if (connection->listener->server->is_ending) {
        request->is_closing = true;
        server_answer_ending(connection);
    } else if (!server_is_peer_allowed(connection)) {
        request->is_closing = true;
        http_answer_error(request, 403, "DENIED", NULL, NULL,
                          "this socket serves root, the host's user and its group");
    } else if (http_head_is_good(request, connection->mhd, method) &&
               http_origin_admits(request, method) &&
               (route = http_route_find(request, method, url)) != NULL &&
               http_auth_admits(request, route)) {
        connection->endpoint = route->endpoint;
    }
}

static void server_dispatch(struct http_connection *connection)
{
    connection->is_dispatched = true;
    if (connection->request.body.is_failed) { /* of a length that was not told */
        http_answer_error(&connection->request, 413, "TOO_LARGE", "body", "send less",
                          "body: more than %d bytes", HTTP_BODY_BYTES_MAX);
        return;
    }
    if (connection->listener->server->is_ending) {
        server_answer_ending(connection);
        return;
    }
    connection->endpoint(&connection->request);
}

static enum MHD_Result server_on_request(void *ctx, struct MHD_Connection *mhd, const char *url,
                                         const char *method, const char *version, const char *data,
                                         size_t *data_len, void **connection_ctx)
{
    (void)version;
    struct http_connection *connection = *connection_ctx;
    if (connection == NULL) {
        connection = server_accept(ctx, mhd);
        *connection_ctx = connection;
        server_route(connection, method, url);
        if (connection->request.status != 0 && connection->request.is_closing) {
            return server_send(connection); /* without reading the body */
        }
        connection->request.is_closing = false;
        return MHD_YES;
    }
    if (*data_len > 0) {
        sbuf_append(&connection->request.body, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    if (connection->request.status == 0 && !connection->is_dispatched) {
        server_dispatch(connection);
    }
    if (connection->request.status != 0) {
        return server_send(connection);
    }
    connection->is_suspended = true;
    MHD_suspend_connection(mhd);
    return MHD_YES;
}

static void server_on_completed(void *ctx, struct MHD_Connection *mhd, void **connection_ctx,
                                enum MHD_RequestTerminationCode code)
{
    (void)mhd;
    (void)code;
    struct http_listener *listener = ctx;
    struct http_connection *connection = *connection_ctx;
    if (connection == NULL) {
        return;
    }
    *connection_ctx = NULL;
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        listener->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    if (connection->request.ticket != NULL) {
        connection->request.ticket->request = NULL; /* its answer will find nobody */
    }
    if (connection->stream != NULL) {
        http_stream_destroy(connection->stream);
    }
    http_request_fini(&connection->request);
    free(connection);
}

/* --- start and end --------------------------------------------------------------------------- */

static void listener_watch(struct http_listener *listener)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ev_io_init(&listener->io, listener_on_io, info->epoll_fd, EV_READ);
    listener->io.data = listener;
    ev_io_start(listener->server->loop->ev, &listener->io);
    ev_timer_init(&listener->timer, listener_on_timer, 0., 0.);
    listener->timer.data = listener;
    listener->run.run = listener_on_deferred;
}

/* Names in the file system or the network; unix sockets have none that a Host header knows. */
static char *listener_host(const char *address)
{
    size_t len = (size_t)(strrchr(address, ':') - address);
    return strncmp(address, "unix:", 5) != 0 ? mem_strndup(address, len) : NULL;
}

/* Takes the socket over, and what path names it. */
static struct http_listener *listener_create(struct http_server *server, int fd, char *socket_path)
{
    struct http_listener *listener = mem_alloc(sizeof(*listener));
    listener->server = server;
    listener->socket_path = socket_path;
    listener->is_public = http_listen_is_public(fd);
    listener->connections_max = server->connections_max;
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, server_on_request, listener,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, listener->connections_max,
        MHD_OPTION_CONNECTION_TIMEOUT, server->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)SERVER_MEMORY_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
        server_on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, server_on_completed, listener,
        MHD_OPTION_END);
    if (listener->daemon == NULL) {
        (void)close(fd);
        if (socket_path != NULL) {
            (void)unlink(socket_path);
        }
        free(socket_path);
        free(listener);
        return NULL;
    }
    listener_watch(listener);
    listener->next = server->listeners;
    server->listeners = listener;
    return listener;
}

bool http_server_listen(struct http_server *server, const char *address, struct err *err)
{
    char *socket_path = NULL;
    int fd = http_listen(address, &socket_path, err);
    if (fd < 0) {
        return false;
    }
    if (http_listen_is_public(fd) && server->keys.count == 0) {
        (void)close(fd);
        return err_set(err, ERR_DENIED,
                       "address '%s' of http.listen can be reached from outside: set http.keys, "
                       "or listen on 127.0.0.1 behind a proxy",
                       address);
    }
    struct http_listener *listener = listener_create(server, fd, socket_path);
    if (listener == NULL) {
        return err_set(err, ERR_INTERNAL, "address '%s': the HTTP daemon does not start", address);
    }
    listener->host = listener_host(address);
    return true;
}

static bool server_listen_control(struct http_server *server, const char *path, struct err *err)
{
    char address[sizeof("unix:") + 128];
    (void)snprintf(address, sizeof(address), "unix:%.127s", path); /* 107 is too long */
    if (!http_server_listen(server, address, err)) {
        return false;
    }
    server->listeners->is_control = true;
    return true;
}

struct http_server *http_server_create(struct loop *loop, struct thread *files,
                                       const struct http_settings *settings,
                                       const struct http_host *face, struct err *err)
{
    struct http_server *server = mem_alloc(sizeof(*server));
    server->loop = loop;
    server->files = files;
    server->face = *face;
    server->token_secret = mem_strdup(settings->token_secret);
    server->connections_max = settings->options->connections_max;
    server->idle_s = (unsigned)(settings->options->idle_ms / 1000);
    http_server_configure(server, settings->options);
    if (!server_listen_control(server, settings->socket_path, err)) {
        http_server_destroy(&server);
    }
    return server;
}

static void server_forget_options(struct http_server *server)
{
    http_keys_fini(&server->keys);
    http_limiter_fini(&server->limiter);
    options_list_fini(&server->hosts);
    options_list_fini(&server->origins);
}

void http_server_configure(struct http_server *server, const struct options_http *options)
{
    server_forget_options(server);
    http_keys_init(&server->keys, &options->keys);
    http_limiter_init(&server->limiter, &options->limiter,
                      1 + HTTP_LIMITER_TOKENS + server->keys.count);
    options_list_copy(&options->hosts, &server->hosts);
    options_list_copy(&options->origins, &server->origins);
}

static void listener_destroy(struct http_listener *listener)
{
    struct loop *loop = listener->server->loop;
    /* The daemon cannot be stopped over suspended connections. */
    for (struct http_connection *at = listener->connections; at != NULL; at = at->next) {
        if (at->stream != NULL) {
            http_stream_end(at->stream);
        } else if (at->is_suspended) {
            server_answer_ending(at);
        }
    }
    (void)MHD_run(listener->daemon);
    ev_io_stop(loop->ev, &listener->io);
    ev_timer_stop(loop->ev, &listener->timer);
    loop_cancel(loop, &listener->run);
    MHD_stop_daemon(listener->daemon);
    if (listener->socket_path != NULL) {
        (void)unlink(listener->socket_path);
    }
    free(listener->socket_path);
    free(listener->host);
    free(listener);
}

void http_server_destroy(struct http_server **server)
{
    if (*server == NULL) {
        return;
    }
    struct http_server *doomed = *server;
    *server = NULL;
    doomed->is_ending = true;
    for (struct http_listener *listener = doomed->listeners; listener != NULL;) {
        struct http_listener *next = listener->next;
        listener_destroy(listener);
        listener = next;
    }
    server_forget_options(doomed);
    mem_wipe_free(&doomed->token_secret);
    free(doomed);
}
