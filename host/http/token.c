/* Read tokens. */
#include "http/token.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/sbuf.h"
#include "http/server-private.h"

#define TOKEN_EXPIRY_DIGITS_MAX 12
#define TOKEN_SIGNED_BYTES_MAX (HTTP_PARAM_BYTES_MAX + 32)
#define TOKEN_BYTES_MAX 64 /* 12 digits, a dot, 43 characters */

/* RFC 4648 section 5, without padding. */
static void token_base64url(const unsigned char *bytes, size_t len, struct sbuf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        unsigned value = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0u);
        for (size_t digit = 0; digit < 4 && digit <= left; digit++) {
            sbuf_putc(out, digits[value >> (18 - 6 * digit) & 63]);
        }
    }
}

void http_token_render(struct span secret, const char *reading_id, int64_t expiry_s,
                       struct sbuf *out)
{
    assert(strlen(reading_id) < HTTP_PARAM_BYTES_MAX);
    unsigned char digest[HASH_SHA256_BYTES];
    struct sbuf text;
    sbuf_init(&text, TOKEN_SIGNED_BYTES_MAX);
    sbuf_append(&text, "read", sizeof("read"));
    sbuf_append(&text, reading_id, strlen(reading_id) + 1);
    sbuf_printf(&text, "%lld", (long long)expiry_s);
    hash_hmac_sha256(secret, sbuf_as_span(&text), digest);
    sbuf_fini(&text);
    sbuf_printf(out, "%lld.", (long long)expiry_s);
    token_base64url(digest, sizeof(digest), out);
}

bool http_token_is_good(struct span secret, const char *token, const char *reading_id,
                        int64_t now_s)
{
    size_t digits = strspn(token, "0123456789");
    if (digits == 0 || digits > TOKEN_EXPIRY_DIGITS_MAX || token[digits] != '.') {
        return false;
    }
    int64_t expiry_s = strtoll(token, NULL, 10);
    struct sbuf good;
    sbuf_init(&good, TOKEN_BYTES_MAX);
    http_token_render(secret, reading_id, expiry_s, &good);
    bool is_good = strlen(token) == good.len && hash_is_equal(token, good.data, good.len);
    sbuf_fini(&good);
    return is_good && expiry_s > now_s;
}

int64_t http_token_make(const struct http_request *request, const char *reading_id,
                        struct sbuf *out)
{
    int64_t expiry_s = clock_wall_ms() / 1000 + HTTP_TOKEN_SECONDS;
    const struct http_server *server = request->connection->listener->server;
    http_token_render(span_of(server->token_secret), reading_id, expiry_s, out);
    return expiry_s;
}

void http_token_members(const struct http_request *request, const char *reading_id,
                        struct sbuf *out)
{
    char expires_at[CLOCK_TEXT_BYTES];
    struct sbuf token, url;
    sbuf_init(&token, TOKEN_BYTES_MAX);
    sbuf_init(&url, 2 * TOKEN_SIGNED_BYTES_MAX);
    clock_format(1000 * http_token_make(request, reading_id, &token), expires_at);
    sbuf_printf(&url, "/api/orchestrator/events/%s?token=%s", reading_id, token.data);
    sbuf_puts(out, "\"eventsUrl\":");
    sbuf_json_string(out, sbuf_as_span(&url));
    sbuf_puts(out, ",\"readToken\":");
    sbuf_json_string(out, sbuf_as_span(&token));
    sbuf_printf(out, ",\"readTokenExpiresAt\":\"%s\"", expires_at);
    sbuf_fini(&token);
    sbuf_fini(&url);
}
