/* Listening sockets, and who may come through them. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <stdbool.h>

#include "core/err.h"

/* Opens a listening socket; −1 and err naming the address. For "unix:PATH" *ret_path is the file
 * to remove at the end (the caller's), else NULL. Looks names up, so not on a running loop. [main]
 */
int http_listen(const char *address, char **ret_path, struct err *err) ATTR_MUST_CHECK;

/* True when a listening socket can be reached from other machines. [main] */
bool http_listen_is_public(int fd);

/* True for a peer of a unix socket that is root, our user, or in our group. [loop] */
bool http_peer_is_allowed(int fd);

#endif
