/* The routes: one table, a path segment ":" being the parameter. */
#include "http/router.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/attr.h"
#include "http/request.h"

static const struct {
    const char *method;
    const char *path; /* ends in "/:" when its last segment is a parameter */
    http_endpoint_fn endpoint;
} http_routes[] = {
    {"GET", "/api/agents", http_get_agents},     {"GET", "/api/config", http_get_config},
    {"GET", "/api/reading/:", http_get_reading}, {"GET", "/api/status", http_get_status},
    {"GET", "/healthz", http_get_health},        {"GET", "/metrics", http_get_metrics},
    {"GET", "/readyz", http_get_ready},          {"POST", "/api/drain", http_post_drain},
    {"POST", "/api/enqueue", http_post_enqueue}, {"POST", "/api/reload", http_post_reload},
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

http_endpoint_fn http_route(struct http_request *request, const char *method, const char *path)
{
    const char *allowed = NULL;
    for (size_t i = 0; i < ARRAY_LEN(http_routes); i++) {
        if (!http_path_matches(http_routes[i].path, path, request->param)) {
            continue;
        }
        if (strcmp(http_routes[i].method, method) == 0) {
            return http_routes[i].endpoint;
        }
        allowed = http_routes[i].method;
    }
    if (allowed != NULL) {
        http_answer_error(request, 405, "METHOD_NOT_ALLOWED", NULL, NULL, "%s takes %s", path,
                          allowed);
    } else {
        http_answer_error(request, 404, "NOT_FOUND", NULL, NULL, "no such route: %.200s", path);
    }
    return NULL;
}
