/* The routes: one table, a path segment ":" being the parameter. */
#include "http/router.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/attr.h"
#include "http/request.h"

static const struct {
    const char *method; /* GET answers HEAD too */
    const char *path;   /* ends in "/:" when its last segment is a parameter */
    enum http_scope scope;
    http_endpoint_fn endpoint;
} http_routes[] = {
    {"GET", "/api/agents", HTTP_SCOPE_OPERATE, http_get_agents},
    {"GET", "/api/config", HTTP_SCOPE_OPERATE, http_get_config},
    {"GET", "/api/reading/:", HTTP_SCOPE_OPERATE, http_get_reading},
    {"GET", "/api/status", HTTP_SCOPE_OPERATE, http_get_status},
    {"GET", "/healthz", HTTP_SCOPE_PROBE, http_get_health},
    {"GET", "/metrics", HTTP_SCOPE_PROBE, http_get_metrics},
    {"GET", "/readyz", HTTP_SCOPE_PROBE, http_get_ready},
    {"POST", "/api/drain", HTTP_SCOPE_OPERATE, http_post_drain},
    {"POST", "/api/enqueue", HTTP_SCOPE_OPERATE, http_post_enqueue},
    {"POST", "/api/reload", HTTP_SCOPE_OPERATE, http_post_reload},
};

static bool http_path_matches(const char *pattern, const char *path,
                              char ret_param[HTTP_PARAM_BYTES_MAX])
{
    size_t len = strlen(pattern);
    if (pattern[len - 1] != ':') {
        return strcmp(pattern, path) == 0;
    }
    const char *param = path + len - 1;
    if (strncmp(pattern, path, len - 1) != 0 || *param == '\0' || strchr(param, '/') != NULL ||
        strlen(param) >= HTTP_PARAM_BYTES_MAX) {
        return false;
    }
    (void)snprintf(ret_param, HTTP_PARAM_BYTES_MAX, "%s", param);
    return true;
}

http_endpoint_fn http_route(struct http_request *request, enum http_scope scope, const char *method,
                            const char *path)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    for (size_t i = 0; i < ARRAY_LEN(http_routes); i++) {
        if (!http_path_matches(http_routes[i].path, path, request->param)) {
            continue;
        }
        if (http_routes[i].scope > scope) {
            http_answer_error(request, 403, "DENIED", NULL, NULL,
                              "this address serves probes; use the control socket");
            return NULL;
        }
        if (strcmp(http_routes[i].method, wanted) == 0) {
            return http_routes[i].endpoint;
        }
        request->allow = strcmp(http_routes[i].method, "GET") == 0 ? "GET, HEAD" : "POST";
    }
    if (request->allow != NULL) {
        http_answer_error(request, 405, "METHOD_NOT_ALLOWED", NULL, NULL, "%.200s takes %s", path,
                          request->allow);
    } else {
        http_answer_error(request, 404, "NOT_FOUND", NULL, NULL, "no such route: %.200s", path);
    }
    return NULL;
}
