/* What the server's own files share: connections and their listeners. */
#ifndef HTTP_SERVER_PRIVATE_H
#define HTTP_SERVER_PRIVATE_H

#include <stdbool.h>

#include <microhttpd.h>

#include "core/loop.h"
#include "core/options.h"
#include "http/keys.h"
#include "http/limiter.h"
#include "http/request.h"
#include "http/router.h"
#include "http/server.h"

#define HTTP_LIMITER_TOKENS 1024 /* slots that readings with tokens share */

struct http_connection {
    struct http_request request;
    struct http_listener *listener;
    struct MHD_Connection *mhd;
    struct http_connection *previous, *next; /* of the listener's list */
    http_endpoint_fn endpoint;
    size_t body_bytes; /* that came, kept or not */
    struct http_stream *stream; /* the answer's body, or NULL */
    bool is_dispatched;
    bool is_suspended;
};

struct http_listener {
    struct http_server *server;
    struct http_listener *next; /* of the server's list */
    struct MHD_Daemon *daemon;
    struct http_connection *connections;
    unsigned connections_count, connections_max;
    unsigned streams_count;
    bool is_control;
    bool is_public;    /* may be reached from other machines */
    char *host;        /* its address's name, or NULL */
    char *socket_path; /* NULL for TCP */
    ev_io io;
    ev_timer timer;
    struct loop_deferred run;
};

struct http_server {
    struct loop *loop;
    struct thread *files;
    struct http_host face;
    struct http_listener *listeners;
    struct http_keys keys;
    struct http_limiter limiter;
    struct options_list hosts, origins;
    char *token_secret;
    unsigned connections_max; /* of one listener */
    unsigned idle_s;
    bool is_ending;
};

/* connection.c */

/* What libmicrohttpd calls: for the head, each piece of the body, and the end of a request; when
 * it is over; to decode a path or query. */
enum MHD_Result http_on_request(void *ctx, struct MHD_Connection *mhd, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *data_len, void **connection_ctx);
void http_on_completed(void *ctx, struct MHD_Connection *mhd, void **connection_ctx,
                       enum MHD_RequestTerminationCode code);
size_t http_on_unescape(void *ctx, struct MHD_Connection *mhd, char *text);
/* 503: the server ends. */
void http_connection_answer_ending(struct http_connection *connection);
/* Lets the daemon look at a suspended connection again; else nothing. */
void http_connection_wake(struct http_connection *connection);

/* stream.c */

/* The answer's head and body for the daemon; NULL when memory ran out. */
struct MHD_Response *http_stream_response(struct http_connection *connection);
/* The server ends: tells the writer, and the body with what is written. */
void http_stream_end(struct http_stream *stream);
/* The connection is over: tells the writer, and frees. */
void http_stream_destroy(struct http_stream *stream);

#endif
