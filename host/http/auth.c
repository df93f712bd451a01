/* Keys and read tokens. Without keys, whoever reaches a loopback address is let in. */
#include "http/auth.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/clock.h"
#include "core/hash.h"
#include "http/server-private.h"
#include "http/token.h"

/* Slots of the limiter: callers without a key, tokens by hash of their reading, keys. */
#define AUTH_SLOT_KEYLESS 0
#define AUTH_SLOT_TOKENS 1
#define AUTH_SLOT_KEYS (AUTH_SLOT_TOKENS + HTTP_LIMITER_TOKENS)

static const char *auth_bearer(const struct http_request *request)
{
    const char *header = http_request_header(request, "Authorization");
    return header != NULL && strncasecmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
}

/* A key has no dot in it, a token has one. */
const char *http_request_token(const struct http_request *request)
{
    const char *token = http_request_query(request, "token");
    const char *bearer = auth_bearer(request);
    return token == NULL && bearer != NULL && strchr(bearer, '.') != NULL ? bearer : token;
}

static const char *auth_secret(const struct http_request *request)
{
    const char *secret = http_request_header(request, "X-Api-Key");
    const char *bearer = auth_bearer(request);
    return secret == NULL && bearer != NULL && strchr(bearer, '.') == NULL ? bearer : secret;
}

static bool auth_refuse(struct http_request *request, const char *text)
{
    http_answer_header(request, "WWW-Authenticate", "Bearer");
    http_answer_error(request, 401, "AUTH_ERROR", NULL, NULL, "%s", text);
    return false;
}

static bool auth_is_slow_enough(struct http_request *request, size_t slot)
{
    struct http_server *server = request->connection->listener->server;
    int64_t wait_us = http_limiter_take(&server->limiter, slot, clock_mono_us());
    if (wait_us == 0) {
        return true;
    }
    char seconds[24];
    (void)snprintf(seconds, sizeof(seconds), "%lld", (long long)((wait_us + 999999) / 1000000));
    http_answer_header(request, "Retry-After", seconds);
    http_answer_error(request, 429, "RATE_LIMIT", NULL, NULL,
                      "more requests than http.limiter allows; try again in %s s", seconds);
    return false;
}

static bool auth_admits_token(struct http_request *request, const struct http_route *route,
                              const char *token)
{
    const struct http_server *server = request->connection->listener->server;
    for (char *at = request->param; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at); /* the token was made for the id as it is kept */
    }
    if (!route->is_for_tokens || !http_token_is_good(span_of(server->token_secret), token,
                                                     request->param, clock_wall_ms() / 1000)) {
        return auth_is_slow_enough(request, AUTH_SLOT_KEYLESS) &&
               auth_refuse(request, "the read token has expired or does not open this");
    }
    memcpy(request->caller.reading_id, request->param, sizeof(request->param));
    uint64_t hash = hash_fnv64(span_of(request->param));
    return auth_is_slow_enough(request, AUTH_SLOT_TOKENS + hash % HTTP_LIMITER_TOKENS);
}

static bool auth_admits_scope(struct http_request *request, const struct http_route *route,
                              enum http_scope scope)
{
    static const char *const words[] = {"probe", "read", "execute", "operate"};
    request->caller.scope = scope;
    if (scope >= route->scope) {
        return true;
    }
    http_answer_error(
        request, 403, "DENIED", NULL, NULL, "this needs scope %s, %s has %s", words[route->scope],
        request->caller.key_name[0] != '-' ? "the key" : "a caller without a key", words[scope]);
    return false;
}

static bool auth_admits_secret(struct http_request *request, const struct http_route *route,
                               const char *secret)
{
    const struct http_keys *keys = &request->connection->listener->server->keys;
    const struct http_key *key = http_keys_find(keys, secret);
    if (key == NULL) {
        return auth_is_slow_enough(request, AUTH_SLOT_KEYLESS) &&
               auth_refuse(request, "this key is not known");
    }
    memcpy(request->caller.key_name, key->name, sizeof(key->name));
    return auth_is_slow_enough(request, AUTH_SLOT_KEYS + (size_t)(key - keys->items)) &&
           auth_admits_scope(request, route, key->scope);
}

bool http_auth_admits(struct http_request *request, const struct http_route *route)
{
    const struct http_listener *listener = request->connection->listener;
    size_t keys_count = listener->server->keys.count;
    const char *secret = auth_secret(request);
    const char *token = http_request_token(request);
    if (listener->is_control) {
        request->caller.scope = HTTP_SCOPE_OPERATE;
        return true;
    }
    if (route->scope == HTTP_SCOPE_PROBE) {
        return true;
    }
    if (secret != NULL && keys_count > 0) {
        return auth_admits_secret(request, route, secret);
    }
    if (token != NULL) {
        return auth_admits_token(request, route, token);
    }
    if (keys_count > 0 || listener->is_public) {
        return auth_is_slow_enough(request, AUTH_SLOT_KEYLESS) &&
               auth_refuse(request, "send a key of http.keys as x-api-key");
    }
    return auth_is_slow_enough(request, AUTH_SLOT_KEYLESS) &&
           auth_admits_scope(request, route, HTTP_SCOPE_EXECUTE);
}
