/* Keys of callers: kept as hashes, found in a time that tells nothing about them. */
#ifndef HTTP_KEYS_H
#define HTTP_KEYS_H

#include <stddef.h>

#include "http/caller.h"

struct options_list;

struct http_key {
    char name[HTTP_KEY_NAME_BYTES_MAX];
    enum http_scope scope;
    char digest[65]; /* SHA-256 of the secret, in hex */
};

struct http_keys {
    struct http_key *items;
    size_t count;
};

/* From http.keys, whose items options_load has checked. Pair with http_keys_fini. [any] */
void http_keys_init(struct http_keys *keys, const struct options_list *list);
void http_keys_fini(struct http_keys *keys);

/* The key with this secret, or NULL. [any] */
const struct http_key *http_keys_find(const struct http_keys *keys, const char *secret);

#endif
