/* One request from its head to its answer. Where an endpoint answers later, the connection is
 * suspended meanwhile. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "http/auth.h"
#include "http/head.h"
#include "http/listen.h"
#include "http/origin.h"
#include "http/server-private.h"

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

struct loop *http_request_loop(const struct http_request *request)
{
    return request->connection->listener->server->loop;
}

/* What the endpoint has not said itself. */
static void connection_add_header(struct http_request *request, const char *name, const char *value)
{
    for (size_t i = 0; i < request->headers_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            return;
        }
    }
    http_answer_header(request, name, value);
}

static struct MHD_Response *connection_response(struct http_connection *connection)
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

static enum MHD_Result connection_send(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    struct MHD_Response *response = connection_response(connection);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", request->content_type);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (request->is_closing) {
        (void)MHD_add_response_header(response, "Connection", "close");
    }
    connection_add_header(request, "Cache-Control", "no-store");
    if (request->status == 503) {
        connection_add_header(request, "Retry-After", "5");
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
size_t http_on_unescape(void *ctx, struct MHD_Connection *mhd, char *text)
{
    (void)ctx;
    (void)mhd;
    return strstr(text, "%00") == NULL ? MHD_http_unescape(text) : strlen(text);
}

/* --- requests -------------------------------------------------------------------------------- */

static bool connection_is_peer_allowed(const struct http_connection *connection)
{
    if (connection->listener->socket_path == NULL) {
        return true; /* TCP: its scope is for everybody who reaches it */
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info != NULL && http_peer_is_allowed(info->connect_fd);
}

static struct http_connection *connection_accept(struct http_listener *listener,
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

void http_connection_answer_ending(struct http_connection *connection)
{
    http_answer_error(&connection->request, 503, "ENDING", NULL, NULL, "the host is ending");
}

/* The head is there: either it is answered now, or its endpoint is known. */
static void connection_route(struct http_connection *connection, const char *method,
                             const char *url)
{
    struct http_request *request = &connection->request;
    const struct http_route *route;
    if (connection->listener->server->is_ending) {
        request->is_closing = true;
        http_connection_answer_ending(connection);
    } else if (!connection_is_peer_allowed(connection)) {
        request->is_closing = true;
        http_answer_error(request, 403, "DENIED", NULL, NULL,
                          "this socket serves root, the host's user and its group");
    } else if (http_head_is_good(request, connection->mhd, method) &&
               http_origin_admits(request, method, url) &&
               (route = http_route_find(request, method, url)) != NULL &&
               http_auth_admits(request, route)) {
        connection->endpoint = route->endpoint;
    }
}

/* A piece of the body. One without end, which only chunks can make, ends the connection. */
static enum MHD_Result connection_read(struct http_connection *connection, const char *data,
                                       size_t *data_len)
{
    if (connection->request.status == 0) {
        sbuf_append(&connection->request.body, data, *data_len);
    }
    connection->body_bytes += *data_len;
    *data_len = 0;
    return connection->body_bytes <= HTTP_DISCARD_BYTES_MAX ? MHD_YES : MHD_NO;
}

static void connection_dispatch(struct http_connection *connection)
{
    connection->is_dispatched = true;
    if (connection->request.body.is_failed) { /* of a length that was not told */
        http_answer_error(&connection->request, 413, "TOO_LARGE", "body", "send less",
                          "body: more than %d bytes", HTTP_BODY_BYTES_MAX);
        return;
    }
    if (connection->listener->server->is_ending) {
        http_connection_answer_ending(connection);
        return;
    }
    connection->endpoint(&connection->request);
}

enum MHD_Result http_on_request(void *ctx, struct MHD_Connection *mhd, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *data_len, void **connection_ctx)
{
    (void)version;
    struct http_connection *connection = *connection_ctx;
    if (connection == NULL) {
        connection = connection_accept(ctx, mhd);
        *connection_ctx = connection;
        connection_route(connection, method, url);
        if (connection->request.status != 0 && connection->request.is_closing) {
            return connection_send(connection); /* without reading the body */
        }
        connection->request.is_closing = false;
        return MHD_YES;
    }
    if (*data_len > 0) {
        return connection_read(connection, data, data_len);
    }
    if (connection->request.status == 0 && !connection->is_dispatched) {
        connection_dispatch(connection);
    }
    if (connection->request.status != 0) {
        return connection_send(connection);
    }
    connection->is_suspended = true;
    MHD_suspend_connection(mhd);
    return MHD_YES;
}

void http_on_completed(void *ctx, struct MHD_Connection *mhd, void **connection_ctx,
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
    struct http_ticket *ticket = connection->request.ticket;
    if (ticket != NULL) {
        ticket->request = NULL; /* its answer will find nobody */
        if (ticket->on_gone != NULL) {
            ticket->on_gone(ticket->ctx);
        }
    }
    if (connection->stream != NULL) {
        http_stream_destroy(connection->stream);
    }
    http_request_fini(&connection->request);
    free(connection);
}
