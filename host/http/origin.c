/* Host and Origin. */
#include "http/origin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/options.h"
#include "http/auth.h"
#include "http/router.h"
#include "http/server-private.h"

#define ORIGIN_PREFLIGHT_S "600"

static bool origin_list_has(const struct options_list *list, const char *text, size_t len)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strlen(list->items[i]) == len && strncasecmp(list->items[i], text, len) == 0) {
            return true;
        }
    }
    return false;
}

static bool origin_is(const char *text, size_t len, const char *name)
{
    return name != NULL && strlen(name) == len && strncasecmp(name, text, len) == 0;
}

bool http_host_is_served(const char *header, const char *own, const char *ip,
                         const struct options_list *hosts)
{
    bool is_bracketed = header[0] == '[';
    const char *end = is_bracketed ? strchr(header, ']') : header + strcspn(header, ":");
    if (end == NULL) {
        return false;
    }
    size_t len = (size_t)(end - header) + is_bracketed;
    const char *port = header + len;
    if (*port == ':' ? strspn(port + 1, "0123456789") != strlen(port + 1) : *port != '\0') {
        return false;
    }
    return origin_is(header, len, "localhost") || origin_is(header, len, own) ||
           origin_is(header, len, ip) || origin_list_has(hosts, header, len);
}

bool http_origin_is_own(const char *origin, const char *scheme, const char *header)
{
    size_t len = strlen(scheme);
    return strncasecmp(origin, scheme, len) == 0 && strncmp(origin + len, "://", 3) == 0 &&
           strcasecmp(origin + len + 3, header) == 0;
}

/* The address the connection has reached, as a Host header would have it. */
static const char *origin_own_ip(const struct http_connection *connection,
                                 char ret_text[INET6_ADDRSTRLEN + 2])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr_storage address = {0};
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
    socklen_t len = sizeof(address);
    char text[INET6_ADDRSTRLEN];
    if (info == NULL || getsockname(info->connect_fd, (struct sockaddr *)&address, &len) != 0) {
        return NULL;
    }
    if (address.ss_family == AF_INET) {
        return inet_ntop(AF_INET, &v4->sin_addr, ret_text, INET6_ADDRSTRLEN);
    }
    if (address.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        return inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], ret_text, INET6_ADDRSTRLEN);
    }
    if (address.ss_family == AF_INET6 &&
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text)) != NULL) {
        (void)snprintf(ret_text, INET6_ADDRSTRLEN + 2, "[%s]", text);
        return ret_text;
    }
    return NULL; /* a unix socket */
}

static bool origin_admits_host(struct http_request *request, const char *header)
{
    const struct http_connection *connection = request->connection;
    char text[INET6_ADDRSTRLEN + 2];
    const char *ip = origin_own_ip(connection, text);
    const struct options_list *hosts = &connection->listener->server->hosts;
    if (http_host_is_served(header, connection->listener->host, ip, hosts) ||
        (!connection->listener->is_public &&
         (http_host_is_served(header, "127.0.0.1", "[::1]", hosts)))) {
        return true;
    }
    http_answer_error(request, 403, "DENIED_HOST", "Host", "add this name to http.hosts",
                      "Host: this host is not called '%.100s'", header);
    return false;
}

/* A proxy that ends TLS says so; a foreign page cannot without being asked about first. */
static const char *origin_scheme(const struct http_request *request)
{
    const char *proto = http_request_header(request, "X-Forwarded-Proto");
    return proto != NULL && strcasecmp(proto, "https") == 0 ? "https" : "http";
}

static void origin_answer_preflight(struct http_request *request)
{
    http_answer_header(request, "Access-Control-Allow-Methods", "GET, HEAD, POST");
    http_answer_header(request, "Access-Control-Allow-Headers",
                       "authorization, content-type, idempotency-key, last-event-id, prefer, "
                       "x-api-key");
    http_answer_header(request, "Access-Control-Max-Age", ORIGIN_PREFLIGHT_S);
    http_answer(request, 204);
}

static bool origin_admits_page(struct http_request *request, const char *header, const char *method,
                               const char *path)
{
    const char *origin = http_request_header(request, "Origin");
    const struct options_list *origins = &request->connection->listener->server->origins;
    bool has_token = http_request_token(request) != NULL && http_path_is_for_tokens(path);
    bool is_listed = origin != NULL && origin_list_has(origins, origin, strlen(origin));
    if (has_token) {
        http_answer_header(request, "Access-Control-Allow-Origin", "*");
    } else if (is_listed) {
        http_answer_header(request, "Access-Control-Allow-Origin", origin);
        http_answer_header(request, "Vary", "Origin");
    } else if (origin != NULL &&
               (header == NULL || !http_origin_is_own(origin, origin_scheme(request), header))) {
        http_answer_error(request, 403, "DENIED_ORIGIN", "Origin", "add it to http.origins",
                          "Origin: pages of '%.100s' may not call this host", origin);
        return false;
    }
    if (has_token || is_listed) {
        http_answer_header(request, "Access-Control-Expose-Headers",
                           "Idempotent-Replayed, Preference-Applied, Retry-After");
    }
    if (origin != NULL && strcmp(method, "OPTIONS") == 0 &&
        http_request_header(request, "Access-Control-Request-Method") != NULL) {
        origin_answer_preflight(request);
        return false;
    }
    return true;
}

bool http_origin_admits(struct http_request *request, const char *method, const char *path)
{
    const char *header = http_request_header(request, "Host");
    if (request->connection->listener->is_control) {
        return true; /* no browser reaches it */
    }
    return (header == NULL || origin_admits_host(request, header)) &&
           origin_admits_page(request, header, method, path);
}
