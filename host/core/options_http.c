/* [http]: what only the whole can tell about addresses, keys and origins. */
#include "core/options-private.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "core/mem.h"

#define KEY_NAME_BYTES_MAX 48
#define SECRET_BYTES_MIN 16
#define SECRET_BYTES_MAX 256
#define HOST_BYTES_MAX 253

#define DIGITS "0123456789"
#define WORD DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"

static const char *const scope_words[] = {"probe", "read", "execute", "operate"};

static bool key_has_form(struct span text, size_t bytes_min, size_t bytes_max)
{
    return text.len >= bytes_min && text.len <= bytes_max && strspn(text.data, WORD) >= text.len;
}

bool options_key_parse(const char *item, struct options_key *ret_key, struct err *err)
{
    size_t name_len = strcspn(item, ":");
    const char *scope = item[name_len] != '\0' ? item + name_len + 1 : "";
    size_t scope_len = strcspn(scope, ":");
    struct options_key key = {.name = {item, name_len}, .scope = ARRAY_LEN(scope_words)};
    if (scope[scope_len] != ':') {
        return err_set(err, ERR_INVALID, "must be name:scope:secret");
    }
    key.secret = span_of(scope + scope_len + 1);
    for (unsigned i = 0; i < ARRAY_LEN(scope_words); i++) {
        key.scope = span_is((struct span){scope, scope_len}, scope_words[i]) ? i : key.scope;
    }
    if (!key_has_form(key.name, 1, KEY_NAME_BYTES_MAX) || item[0] == '-') {
        return err_set(err, ERR_INVALID,
                       "its name must have 1 to %d of A-Z a-z 0-9 - _ and not begin with -",
                       KEY_NAME_BYTES_MAX);
    }
    if (key.scope == ARRAY_LEN(scope_words)) {
        return err_set(err, ERR_INVALID, "its scope must be probe, read, execute or operate");
    }
    if (!key_has_form(key.secret, SECRET_BYTES_MIN, SECRET_BYTES_MAX)) {
        return err_set(err, ERR_INVALID, "its secret must have %d to %d of A-Z a-z 0-9 - _",
                       SECRET_BYTES_MIN, SECRET_BYTES_MAX);
    }
    *ret_key = key;
    return true;
}

static void http_problem(struct options_loader *loader, const void *field, const char *option,
                         const char *text)
{
    const struct options_origin *origin = options_origin_of(loader->loaded, field);
    options_problem(loader->problems, false, origin != NULL ? origin->where : option, "%s %s",
                    option, text);
}

/* Items are named by their number: what is malformed may be a secret. */
static void http_finish_keys(struct options_loader *loader)
{
    const struct options_list *keys = &loader->loaded->options.http.keys;
    for (size_t i = 0; i < keys->count; i++) {
        struct options_key key, other;
        struct err err;
        char text[ERR_TEXT_BYTES_MAX + 32];
        if (!options_key_parse(keys->items[i], &key, &err)) {
            (void)snprintf(text, sizeof(text), "item %zu: %s", i + 1, err.text);
            http_problem(loader, keys, "http.keys", text);
            continue;
        }
        for (size_t j = 0; j < i; j++) {
            if (options_key_parse(keys->items[j], &other, NULL) &&
                (span_equals(key.name, other.name) || span_equals(key.secret, other.secret))) {
                (void)snprintf(text, sizeof(text), "item %zu: has the name or secret of item %zu",
                               i + 1, j + 1);
                http_problem(loader, keys, "http.keys", text);
            }
        }
    }
}

static bool http_is_host(struct span host)
{
    char literal[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.len > 2 && host.len < sizeof(literal) && host.data[0] == '[') {
        (void)snprintf(literal, sizeof(literal), "%.*s", (int)host.len - 2, host.data + 1);
        return host.data[host.len - 1] == ']' && inet_pton(AF_INET6, literal, &address) == 1;
    }
    return host.len > 0 && host.len <= HOST_BYTES_MAX && strspn(host.data, WORD ".") >= host.len;
}

static void http_finish_hosts(struct options_loader *loader)
{
    const struct options_list *hosts = &loader->loaded->options.http.hosts;
    for (size_t i = 0; i < hosts->count; i++) {
        if (!http_is_host(span_of(hosts->items[i]))) {
            http_problem(loader, hosts, "http.hosts",
                         "must be names like readings.example.org, without port and scheme");
            return;
        }
    }
}

/* scheme://host[:port], as browsers write it. */
static bool http_is_origin(const char *origin)
{
    bool is_https = strncasecmp(origin, "https://", 8) == 0;
    if (!is_https && strncasecmp(origin, "http://", 7) != 0) {
        return false;
    }
    const char *host = origin + (is_https ? 8 : 7);
    size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    const char *port = len <= strlen(host) ? host + len : "";
    size_t digits = *port == ':' ? strspn(port + 1, DIGITS) : 0;
    return http_is_host((struct span){host, len}) &&
           (*port == '\0' || (digits > 0 && digits <= 5 && port[1 + digits] == '\0'));
}

static void http_finish_origins(struct options_loader *loader)
{
    const struct options_list *origins = &loader->loaded->options.http.origins;
    for (size_t i = 0; i < origins->count; i++) {
        if (!http_is_origin(origins->items[i])) {
            http_problem(loader, origins, "http.origins",
                         "must be like https://shop.example.org, without a path");
            return;
        }
    }
}

/* Earlier deployments name the port alone. */
static void http_finish_port(struct options_loader *loader)
{
    struct options_list *listen = &loader->loaded->options.http.listen;
    if (loader->port == NULL || options_origin_of(loader->loaded, listen) != NULL) {
        return;
    }
    const char *end = loader->port;
    int64_t port = 0;
    if (!options_parse_digits(loader->port, &end, &port) || *end != '\0' || port < 1 ||
        port > 65535) {
        options_problem(loader->problems, false, loader->port_where,
                        "PORT must be a number from 1 to 65535");
        return;
    }
    char address[32];
    int len = snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)port);
    options_list_fini(listen);
    options_list_add(listen, address, (size_t)len);
    options_set_origin(loader->loaded, listen, loader->port_where, RANK_ENVIRONMENT);
}

/* True for addresses that are public as they stand; names are looked up only when listening. */
static bool http_is_public(const char *address)
{
    const char *colon = strrchr(address, ':');
    char host[INET6_ADDRSTRLEN + 2];
    struct in_addr v4;
    struct in6_addr v6;
    if (strncmp(address, "unix:", 5) == 0 || colon == NULL ||
        (size_t)(colon - address) >= sizeof(host)) {
        return false;
    }
    (void)snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
    if (host[0] == '\0') {
        return true;
    }
    if (inet_pton(AF_INET, host, &v4) == 1) {
        return ntohl(v4.s_addr) >> 24 != 127;
    }
    host[strcspn(host, "]")] = '\0';
    return host[0] == '[' && inet_pton(AF_INET6, host + 1, &v6) == 1 && !IN6_IS_ADDR_LOOPBACK(&v6);
}

static void http_finish_listen(struct options_loader *loader)
{
    const struct options_http *http = &loader->loaded->options.http;
    for (size_t i = 0; i < http->listen.count && http->keys.count == 0; i++) {
        if (http_is_public(http->listen.items[i])) {
            char text[ERR_TEXT_BYTES_MAX];
            (void)snprintf(text, sizeof(text),
                           "'%.100s' can be reached from outside: set http.keys, or listen on "
                           "127.0.0.1 behind a proxy",
                           http->listen.items[i]);
            http_problem(loader, &http->listen, "http.listen", text);
        }
    }
}

void options_finish_http(struct options_loader *loader)
{
    const struct options_http *http = &loader->loaded->options.http;
    http_finish_port(loader);
    http_finish_keys(loader);
    http_finish_hosts(loader);
    http_finish_origins(loader);
    http_finish_listen(loader);
    if (http->token_secret != NULL && strlen(http->token_secret) < SECRET_BYTES_MIN) {
        http_problem(loader, &http->token_secret, "http.token_secret",
                     "must have 16 bytes or more");
    }
}
