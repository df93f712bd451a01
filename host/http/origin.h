/* Which names and which pages a request may come by: against foreign pages, and names that are
 * made to point at this host. */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include <stdbool.h>

struct http_request;
struct options_list;

/* True when the Host header's name, its port aside, is localhost, own or ip (either may be
 * NULL), or one of hosts. [any] */
bool http_host_is_served(const char *header, const char *own, const char *ip,
                         const struct options_list *hosts);

/* True when origin is the one of the Host header, by that scheme. [any] */
bool http_origin_is_own(const char *origin, const char *scheme, const char *header);

/* True when the request may go on, with the headers other origins' pages need set. Else it has
 * been answered: with 403, or 204 for a preflight. [loop] */
bool http_origin_admits(struct http_request *request, const char *method, const char *path);

#endif
