/* libmicrohttpd in external epoll mode: its epoll descriptor is one watcher of ours. Where an
 * endpoint answers later, the connection is suspended meanwhile. */
#include "http/server.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/log.h"
#include "core/loop.h"
#include "core/mem.h"
#include "http/request.h"
#include "http/router.h"

#define SERVER_CONNECTIONS_MAX 64
#define SERVER_IDLE_TIMEOUT_S 30
#define SERVER_MEMORY_BYTES (64 * 1024)

struct http_connection {
    struct http_request request;
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct http_connection *previous, *next; /* of the server's list */
    http_endpoint_fn endpoint;
    bool is_dispatched;
    bool is_suspended;
};

struct http_server {
    struct loop *loop;
    struct http_host face;
    struct MHD_Daemon *daemon;
    struct http_connection *connections;
    ev_io io;
    ev_timer timer;
    struct loop_deferred run;
    char *socket_path;
};

/* --- the loop ----------------------------------------------------------------------------------
 */

static void server_run(struct http_server *server)
{
    (void)MHD_run(server->daemon);
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    ev_timer_stop(server->loop->ev, &server->timer);
    if (MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES) {
        ev_timer_set(&server->timer, (double)timeout_ms / 1000., 0.);
        ev_timer_start(server->loop->ev, &server->timer);
    }
}

static void server_on_io(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    (void)revents;
    server_run(io->data);
}

static void server_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    server_run(timer->data);
}

/* A resumed connection makes no event: the daemon must be run by hand. */
static void server_on_deferred(struct loop_deferred *deferred)
{
    server_run(CONTAINER_OF(deferred, struct http_server, run));
}

/* --- answers ------------------------------------------------------------------------------------
 */

void http_answer(struct http_request *request, unsigned status)
{
    struct http_connection *connection = request->connection;
    assert(request->status == 0);
    request->status = status;
    if (connection->is_suspended) {
        connection->is_suspended = false;
        MHD_resume_connection(connection->mhd);
        loop_defer(connection->server->loop, &connection->server->run);
    }
}

static enum MHD_Result server_send(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    if (request->answer.is_failed) {
        request->status = 500;
        sbuf_clear(&request->answer);
        sbuf_puts(&request->answer, "{\"success\":false,\"error\":\"the answer is too long\","
                                    "\"code\":\"INTERNAL\"}");
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(
        request->answer.len, request->answer.data, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", request->content_type);
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    enum MHD_Result result = MHD_queue_response(connection->mhd, request->status, response);
    MHD_destroy_response(response);
    return result;
}

/* --- requests -----------------------------------------------------------------------------------
 */

/* Root, the user the host runs as, or a member of its group. */
static bool server_is_peer_allowed(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (info == NULL || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        return false;
    }
    return peer.uid == 0 || peer.uid == geteuid() || peer.gid == getegid();
}

static struct http_connection *server_accept(struct http_server *server, struct MHD_Connection *mhd,
                                             const char *method, const char *url)
{
    struct http_connection *connection = mem_alloc(sizeof(*connection));
    connection->server = server;
    connection->mhd = mhd;
    connection->request.host = &server->face;
    connection->request.connection = connection;
    connection->request.content_type = "application/json";
    sbuf_init(&connection->request.body, HTTP_BODY_BYTES_MAX);
    sbuf_init(&connection->request.answer, HTTP_ANSWER_BYTES_MAX);
    connection->next = server->connections;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    server->connections = connection;
    if (!server_is_peer_allowed(mhd)) {
        http_answer_error(&connection->request, 403, "DENIED", NULL, NULL,
                          "the control socket serves root, the host's user and its group");
    } else {
        connection->endpoint = http_route(&connection->request, method, url);
    }
    return connection;
}

static void server_dispatch(struct http_connection *connection)
{
    connection->is_dispatched = true;
    if (connection->request.body.is_failed) {
        http_answer_error(&connection->request, 413, "TOO_LARGE", "body", "send less",
                          "body: more than %d bytes", HTTP_BODY_BYTES_MAX);
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
        *connection_ctx = server_accept(ctx, mhd, method, url);
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
    struct http_server *server = ctx;
    struct http_connection *connection = *connection_ctx;
    if (connection == NULL) {
        return;
    }
    *connection_ctx = NULL;
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        server->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    if (connection->request.ticket != NULL) {
        connection->request.ticket->request = NULL; /* its answer will find nobody */
    }
    sbuf_fini(&connection->request.body);
    sbuf_fini(&connection->request.answer);
    free(connection);
}

/* --- start and end ------------------------------------------------------------------------------
 */

static bool server_is_stale(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_stale = fd >= 0 &&
                    connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
                    errno == ECONNREFUSED;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_stale;
}

static int server_listen(const char *socket_path, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(socket_path) >= sizeof(address.sun_path)) {
        (void)err_set(err, ERR_INVALID, "state.socket: '%s' is longer than %zu bytes", socket_path,
                      sizeof(address.sun_path) - 1);
        return -1;
    }
    strcpy(address.sun_path, socket_path);
    if (server_is_stale(&address)) {
        (void)unlink(socket_path); /* left by a process that is gone */
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0117);
    bool is_bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
                    listen(fd, SERVER_CONNECTIONS_MAX) == 0;
    (void)umask(before);
    if (!is_bound) {
        (void)err_set_errno(err, "control socket '%s'", socket_path);
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}

static void server_watch(struct http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ev_io_init(&server->io, server_on_io, info->epoll_fd, EV_READ);
    server->io.data = server;
    ev_io_start(server->loop->ev, &server->io);
    ev_timer_init(&server->timer, server_on_timer, 0., 0.);
    server->timer.data = server;
    server->run.run = server_on_deferred;
}

struct http_server *http_server_create(struct loop *loop, const char *socket_path,
                                       const struct http_host *face, struct err *err)
{
    int fd = server_listen(socket_path, err);
    if (fd < 0) {
        return NULL;
    }
    struct http_server *server = mem_alloc(sizeof(*server));
    server->loop = loop;
    server->face = *face;
    server->socket_path = mem_strdup(socket_path);
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, server_on_request, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, SERVER_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, SERVER_IDLE_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)SERVER_MEMORY_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
        server_on_completed, server, MHD_OPTION_END);
    if (server->daemon == NULL) {
        (void)err_set(err, ERR_INTERNAL, "control socket '%s': the HTTP daemon does not start",
                      socket_path);
        (void)close(fd);
        (void)unlink(socket_path);
        free(server->socket_path);
        free(server);
        return NULL;
    }
    server_watch(server);
    return server;
}

void http_server_destroy(struct http_server **server)
{
    if (*server == NULL) {
        return;
    }
    struct http_server *doomed = *server;
    *server = NULL;
    for (struct http_connection *at = doomed->connections; at != NULL; at = at->next) {
        if (at->is_suspended) { /* the daemon cannot be stopped over suspended connections */
            http_answer_error(&at->request, 503, "ENDING", NULL, NULL, "the host is ending");
        }
    }
    (void)MHD_run(doomed->daemon);
    ev_io_stop(doomed->loop->ev, &doomed->io);
    ev_timer_stop(doomed->loop->ev, &doomed->timer);
    loop_cancel(doomed->loop, &doomed->run);
    MHD_stop_daemon(doomed->daemon);
    (void)unlink(doomed->socket_path);
    free(doomed->socket_path);
    free(doomed);
}
