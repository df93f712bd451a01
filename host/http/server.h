/* The HTTP server: libmicrohttpd on the loop, behind the control socket and other addresses. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/err.h"
#include "http/face.h"

struct http_server;
struct loop;
struct options_http;
struct thread;

struct http_settings {
    const char *socket_path;  /* of the control socket */
    const char *token_secret; /* signs read tokens */
    const struct options_http *options;
};

/* Listens on a unix socket with scope operate (mode 0660; peers must be root, this user, or of
 * this group; a stale socket file is replaced). settings and face are copied; files parses bodies
 * that are too long for the loop. NULL and err when the path cannot be bound. [main] */
struct http_server *http_server_create(struct loop *loop, struct thread *files,
                                       const struct http_settings *settings,
                                       const struct http_host *face,
                                       struct err *err) ATTR_MUST_CHECK;

/* Listens on one of http.listen: "host:port", "[::1]:port", ":port" or "unix:PATH". Callers need
 * a key when there are keys; without any, an address that is not loopback is refused. [main] */
bool http_server_listen(struct http_server *server, const char *address,
                        struct err *err) ATTR_MUST_CHECK;

/* Puts other keys, hosts, origins and another limiter in force. [loop] */
void http_server_configure(struct http_server *server, const struct options_http *options);

/* Answers what still waits with 503, closes, removes the socket files; NULLs the pointer. [loop] */
void http_server_destroy(struct http_server **server);

#endif
