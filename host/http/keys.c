/* Keys of callers. Hashes have one length, so comparing them tells not even that of a secret. */
#include "http/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/options.h"

void http_keys_init(struct http_keys *keys, const struct options_list *list)
{
    *keys = (struct http_keys){.items = mem_array(list->count, sizeof(*keys->items))};
    for (size_t i = 0; i < list->count; i++) {
        struct options_key key;
        struct http_key *mine = &keys->items[keys->count];
        if (!options_key_parse(list->items[i], &key, NULL)) {
            continue; /* options_load refuses such */
        }
        (void)snprintf(mine->name, sizeof(mine->name), "%.*s", (int)key.name.len, key.name.data);
        mine->scope = (enum http_scope)key.scope;
        hash_sha256_hex(key.secret, mine->digest);
        keys->count++;
    }
}

void http_keys_fini(struct http_keys *keys)
{
    if (keys->items != NULL) {
        explicit_bzero(keys->items, keys->count * sizeof(*keys->items));
    }
    free(keys->items);
    *keys = (struct http_keys){0};
}

const struct http_key *http_keys_find(const struct http_keys *keys, const char *secret)
{
    char digest[HASH_SHA256_HEX_BYTES];
    const struct http_key *found = NULL;
    hash_sha256_hex(span_of(secret), digest);
    for (size_t i = 0; i < keys->count; i++) { /* all of them, wherever it is found */
        if (hash_is_equal(keys->items[i].digest, digest, sizeof(digest))) {
            found = &keys->items[i];
        }
    }
    return found;
}
