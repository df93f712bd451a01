/* The routes: one table. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include <stdbool.h>

#include "http/caller.h"

struct http_request;

typedef void (*http_endpoint_fn)(struct http_request *request);

struct http_route {
    const char *method; /* GET answers HEAD too */
    const char *path;   /* at most one segment is ":", a parameter */
    enum http_scope scope;
    http_endpoint_fn endpoint;
    bool is_for_tokens; /* a read token opens it for the reading that is its parameter */
};

/* The route for method and path; a path parameter is copied into the request. NULL after
 * answering with 404, or with 405 for a known path. HEAD is GET. [loop] */
const struct http_route *http_route_find(struct http_request *request, const char *method,
                                         const char *path);

/* True when a read token may open that path. [loop] */
bool http_path_is_for_tokens(const char *path);

void http_get_agent_history(struct http_request *request);
void http_get_agents(struct http_request *request);
void http_get_asset(struct http_request *request);
void http_get_chart(struct http_request *request);
void http_get_config(struct http_request *request);
void http_get_events(struct http_request *request);
void http_get_health(struct http_request *request);
void http_get_listing(struct http_request *request);
void http_get_metrics(struct http_request *request);
void http_get_openapi(struct http_request *request);
void http_get_orchestrator_health(struct http_request *request);
void http_get_page(struct http_request *request);
void http_get_orchestrator_reading(struct http_request *request);
void http_get_queue_stats(struct http_request *request);
void http_get_reading(struct http_request *request);
void http_get_reading_status(struct http_request *request);
void http_get_ready(struct http_request *request);
void http_get_service_health(struct http_request *request);
void http_get_status(struct http_request *request);
void http_post_chart(struct http_request *request);
void http_post_composite(struct http_request *request);
void http_post_drain(struct http_request *request);
void http_post_pause_agent(struct http_request *request);
void http_post_promote_agent(struct http_request *request);
void http_post_resume_agent(struct http_request *request);
void http_post_rollback_agent(struct http_request *request);
void http_post_enqueue(struct http_request *request);
void http_post_execute(struct http_request *request);
void http_post_cancel(struct http_request *request);
void http_post_clean_queue(struct http_request *request);
void http_post_regenerate(struct http_request *request);
void http_post_reload(struct http_request *request);
void http_post_retry(struct http_request *request);
void http_post_queue_pause(struct http_request *request);
void http_post_queue_resume(struct http_request *request);
void http_post_store_adopt(struct http_request *request);
void http_post_token(struct http_request *request);

#endif
