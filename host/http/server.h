/* The HTTP server: libmicrohttpd on the loop, behind the control socket. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "core/attr.h"
#include "core/err.h"
#include "http/face.h"

struct http_server;
struct loop;

/* Listens on a unix socket (mode 0660; peers must be root, this user, or of this group; a stale
 * socket file is replaced). face is copied. NULL and err when the path cannot be bound. [main] */
struct http_server *http_server_create(struct loop *loop, const char *socket_path,
                                       const struct http_host *face,
                                       struct err *err) ATTR_MUST_CHECK;

/* Answers what still waits with 503, closes, removes the socket file; NULLs the pointer. [loop] */
void http_server_destroy(struct http_server **server);

#endif
