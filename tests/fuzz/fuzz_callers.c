/* Fuzz target of what callers say about themselves: keys of the configuration, read tokens, Host
 * and Origin. The first byte chooses; of the rest what the reader's rules promise must hold. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/options.h"
#include "core/sbuf.h"
#include "http/origin.h"
#include "http/token.h"

#define NOW_S 1800000000
#define SECRET SPAN_LITERAL("a secret of this fuzz target")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_key(const char *text)
{
    struct options_key key;
    struct err err = {0};
    if (!options_key_parse(text, &key, &err)) {
        assert(err.kind == ERR_INVALID);
        return;
    }
    assert(key.name.len > 0 && key.secret.len >= 16 && key.scope <= 3);
    assert(strlen(text) > key.name.len + key.secret.len);
    assert(key.secret.data + key.secret.len == text + strlen(text));
    assert(strpbrk(key.secret.data, ":.") == NULL); /* a dot would make it a token */
}

/* A good token is the one that would be made for its expiry, and no other. */
static void fuzz_token(const char *text)
{
    struct sbuf made;
    sbuf_init(&made, 100);
    http_token_render(SECRET, "r1", strtoll(text, NULL, 10) % INT64_C(1000000000000), &made);
    if (http_token_is_good(SECRET, text, "r1", NOW_S)) {
        assert(strcmp(made.data, text) == 0);
    }
    sbuf_fini(&made);
}

static void fuzz_host(const char *text)
{
    char listed[] = "listed.example";
    char *items[] = {listed};
    const struct options_list hosts = {items, 1};
    if (http_host_is_served(text, "[::1]", "10.0.0.7", &hosts)) {
        size_t len = text[0] == '[' ? 5 : strcspn(text, ":");
        assert(len == 5 || len == 8 || len == 9 || len == 14);
        assert(text[len] == ':' ? strspn(text + len + 1, "0123456789") == strlen(text + len + 1)
                                : text[len] == '\0');
    }
}

static void fuzz_origin(const char *text)
{
    if (http_origin_is_own(text, "http", "localhost:3000")) {
        assert(strlen(text) == strlen("http://localhost:3000"));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const targets[])(const char *text) = {fuzz_key, fuzz_token, fuzz_host,
                                                        fuzz_origin};
    if (size == 0) {
        return 0;
    }
    char *text = strndup((const char *)data + 1, size - 1);
    assert(text != NULL);
    targets[data[0] % 4](text);
    free(text);
    return 0;
}
