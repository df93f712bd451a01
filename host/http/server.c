/* libmicrohttpd in external epoll mode: one daemon a listener, its epoll descriptor one watcher
 * of ours. */
#include "http/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "http/listen.h"
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

/* At its limit the daemon does not listen, and begins again only when it is run after a connection
 * has closed. */
static void listener_on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_ctx,
                                   enum MHD_ConnectionNotificationCode code)
{
    (void)mhd;
    (void)socket_ctx;
    struct http_listener *listener = ctx;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        listener->connections_count++;
    } else if (listener->connections_count-- == listener->connections_max) {
        loop_defer(listener->server->loop, &listener->run);
    }
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
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, http_on_request, listener,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, listener->connections_max,
        MHD_OPTION_CONNECTION_TIMEOUT, server->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)SERVER_MEMORY_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
        http_on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, listener,
        MHD_OPTION_NOTIFY_CONNECTION, listener_on_connection, listener, MHD_OPTION_END);
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
            http_connection_answer_ending(at);
        }
    }
    (void)MHD_run(listener->daemon);
    ev_io_stop(loop->ev, &listener->io);
    ev_timer_stop(loop->ev, &listener->timer);
    MHD_stop_daemon(listener->daemon);
    loop_cancel(loop, &listener->run);
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
