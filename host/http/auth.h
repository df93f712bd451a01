/* Whether a caller may use a route: keys, read tokens, and how fast. */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include <stdbool.h>

struct http_request;
struct http_route;

/* The read token the request brings, or NULL. [loop] */
const char *http_request_token(const struct http_request *request);

/* Fills in request->caller. False after answering with 401, 403 or 429. [loop] */
bool http_auth_admits(struct http_request *request, const struct http_route *route);

#endif
