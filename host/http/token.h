/* Read tokens: a signed leave to read one reading for a while, for browsers that cannot send a
 * key. "<expiry, unix seconds>.<base64url of HMAC-SHA256(secret, "read" NUL id NUL expiry)>" */
#ifndef HTTP_TOKEN_H
#define HTTP_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

struct http_request;
struct sbuf;

#define HTTP_TOKEN_SECONDS (15 * 60)

/* Appends the token for a reading. [any] */
void http_token_render(struct span secret, const char *reading_id, int64_t expiry_s,
                       struct sbuf *out);

/* True for a token of this reading that was made with secret and has not expired. [any] */
bool http_token_is_good(struct span secret, const char *token, const char *reading_id,
                        int64_t now_s);

/* Appends a fresh token for the reading; gives its expiry in unix seconds. [loop] */
int64_t http_token_make(const struct http_request *request, const char *reading_id,
                        struct sbuf *out);

/* Appends what answers carry to follow a reading:
 * "eventsUrl":…,"readToken":…,"readTokenExpiresAt":… [loop] */
void http_token_members(const struct http_request *request, const char *reading_id,
                        struct sbuf *out);

#endif
