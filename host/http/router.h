/* The routes: one table. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

struct http_request;

typedef void (*http_endpoint_fn)(struct http_request *request);

/* Endpoint for method and path; a path parameter is copied into the request. NULL after
 * answering with 404, 405 for a known path, 403 for a route beyond the caller's scope, or 401 for
 * one beyond its read token. HEAD is GET. [loop] */
http_endpoint_fn http_route(struct http_request *request, const char *method, const char *path);

void http_get_agents(struct http_request *request);
void http_get_config(struct http_request *request);
void http_get_health(struct http_request *request);
void http_get_metrics(struct http_request *request);
void http_get_reading(struct http_request *request);
void http_get_ready(struct http_request *request);
void http_get_status(struct http_request *request);
void http_post_drain(struct http_request *request);
void http_post_enqueue(struct http_request *request);
void http_post_reload(struct http_request *request);

#endif
