/* The routes: one table, a path segment ":" being the parameter. */
#include "http/router.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/attr.h"
#include "http/request.h"

static const struct http_route http_routes[] = {
    {"GET", "/", HTTP_SCOPE_PROBE, http_get_page, false},
    {"GET", "/api/agents", HTTP_SCOPE_OPERATE, http_get_agents, false},
    {"GET", "/api/agents/:/history", HTTP_SCOPE_OPERATE, http_get_agent_history, false},
    {"GET", "/api/chart/:", HTTP_SCOPE_READ, http_get_chart, false},
    {"GET", "/api/config", HTTP_SCOPE_OPERATE, http_get_config, false},
    {"GET", "/api/orchestrator/agents", HTTP_SCOPE_READ, http_get_listing, false},
    {"GET", "/api/openapi.json", HTTP_SCOPE_PROBE, http_get_openapi, false},
    {"GET", "/api/orchestrator/events/:", HTTP_SCOPE_READ, http_get_events, true},
    {"GET", "/api/orchestrator/health", HTTP_SCOPE_PROBE, http_get_orchestrator_health, false},
    {"GET", "/api/orchestrator/queue-stats", HTTP_SCOPE_READ, http_get_queue_stats, false},
    {"GET", "/api/orchestrator/reading/:", HTTP_SCOPE_READ, http_get_orchestrator_reading, true},
    {"GET", "/api/orchestrator/status/:", HTTP_SCOPE_READ, http_get_reading_status, true},
    {"GET", "/api/reading/:", HTTP_SCOPE_OPERATE, http_get_reading, false},
    {"GET", "/api/status", HTTP_SCOPE_OPERATE, http_get_status, false},
    {"GET", "/assets/:", HTTP_SCOPE_PROBE, http_get_asset, false},
    {"GET", "/health", HTTP_SCOPE_PROBE, http_get_service_health, false},
    {"GET", "/healthz", HTTP_SCOPE_PROBE, http_get_health, false},
    {"GET", "/metrics", HTTP_SCOPE_PROBE, http_get_metrics, false},
    {"GET", "/readyz", HTTP_SCOPE_PROBE, http_get_ready, false},
    {"POST", "/api/agents/:/pause", HTTP_SCOPE_OPERATE, http_post_pause_agent, false},
    {"POST", "/api/agents/:/promote", HTTP_SCOPE_OPERATE, http_post_promote_agent, false},
    {"POST", "/api/agents/:/resume", HTTP_SCOPE_OPERATE, http_post_resume_agent, false},
    {"POST", "/api/agents/:/rollback", HTTP_SCOPE_OPERATE, http_post_rollback_agent, false},
    {"POST", "/api/chart/calculate", HTTP_SCOPE_EXECUTE, http_post_chart, false},
    {"POST", "/api/chart/composite", HTTP_SCOPE_EXECUTE, http_post_composite, false},
    {"POST", "/api/drain", HTTP_SCOPE_OPERATE, http_post_drain, false},
    {"POST", "/api/enqueue", HTTP_SCOPE_OPERATE, http_post_enqueue, false},
    {"POST", "/api/orchestrator/execute", HTTP_SCOPE_EXECUTE, http_post_execute, false},
    {"POST", "/api/orchestrator/cancel/:", HTTP_SCOPE_EXECUTE, http_post_cancel, false},
    {"POST", "/api/orchestrator/clean-queue", HTTP_SCOPE_OPERATE, http_post_clean_queue, false},
    {"POST", "/api/orchestrator/regenerate/:", HTTP_SCOPE_EXECUTE, http_post_regenerate, false},
    {"POST", "/api/orchestrator/retry/:", HTTP_SCOPE_EXECUTE, http_post_retry, false},
    {"POST", "/api/orchestrator/token/:", HTTP_SCOPE_READ, http_post_token, false},
    {"POST", "/api/queue/pause", HTTP_SCOPE_OPERATE, http_post_queue_pause, false},
    {"POST", "/api/queue/resume", HTTP_SCOPE_OPERATE, http_post_queue_resume, false},
    {"POST", "/api/reload", HTTP_SCOPE_OPERATE, http_post_reload, false},
    {"POST", "/api/store/adopt", HTTP_SCOPE_OPERATE, http_post_store_adopt, false},
};

/* For a pattern with a parameter. */
static bool http_path_matches(const char *pattern, const char *path,
                              char ret_param[HTTP_PARAM_BYTES_MAX])
{
    const char *colon = strchr(pattern, ':');
    if (colon == NULL) {
        return false;
    }
    size_t before = (size_t)(colon - pattern);
    if (strncmp(pattern, path, before) != 0) {
        return false;
    }
    size_t len = strcspn(path + before, "/");
    if (len == 0 || len >= HTTP_PARAM_BYTES_MAX || strcmp(colon + 1, path + before + len) != 0) {
        return false;
    }
    (void)snprintf(ret_param, HTTP_PARAM_BYTES_MAX, "%.*s", (int)len, path + before);
    return true;
}

/* A row that names the path keeps it from rows whose parameter would take it. */
static bool http_path_is_named(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(http_routes); i++) {
        const char *named = http_routes[i].path;
        if (strchr(named, ':') == NULL && strcmp(named, path) == 0) {
            return true;
        }
    }
    return false;
}

bool http_path_is_for_tokens(const char *path)
{
    char param[HTTP_PARAM_BYTES_MAX];
    for (size_t i = 0; i < ARRAY_LEN(http_routes); i++) {
        if (http_routes[i].is_for_tokens && http_path_matches(http_routes[i].path, path, param)) {
            return true;
        }
    }
    return false;
}

/* No row has this path with this method. */
static void http_refuse_route(struct http_request *request, const char *path, bool takes_get,
                              bool takes_post)
{
    if (!takes_get && !takes_post) {
        http_answer_error(request, 404, "NOT_FOUND", NULL, NULL, "no such route: %.200s", path);
        return;
    }
    const char *allow = takes_get && takes_post ? "GET, HEAD, POST" : "GET, HEAD";
    allow = takes_get ? allow : "POST";
    http_answer_header(request, "Allow", allow);
    http_answer_error(request, 405, "METHOD_NOT_ALLOWED", NULL, NULL, "%.200s takes %s", path,
                      allow);
}

const struct http_route *http_route_find(struct http_request *request, const char *method,
                                         const char *path)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    bool takes_get = false, takes_post = false, is_named = http_path_is_named(path);
    for (size_t i = 0; i < ARRAY_LEN(http_routes); i++) {
        const struct http_route *route = &http_routes[i];
        bool is_found = is_named ? strcmp(route->path, path) == 0
                                 : http_path_matches(route->path, path, request->param);
        if (!is_found) {
            continue;
        }
        if (strcmp(route->method, wanted) == 0) {
            return route;
        }
        bool is_get = strcmp(route->method, "GET") == 0;
        takes_get = takes_get || is_get;
        takes_post = takes_post || !is_get;
    }
    http_refuse_route(request, path, takes_get, takes_post);
    return NULL;
}
