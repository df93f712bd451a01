/* Hashes and identifiers on OpenSSL's EVP. */
#include "core/hash.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/clock.h"
#include "core/mem.h"

#define HASH_SHA1_BYTES 20
#define HASH_UUID_RAW_BYTES 16

struct hash_sha256 {
    EVP_MD_CTX *ctx;
};

/* d8c78df3-981a-45cb-9c72-670a88847498, made at random once. Changing it would give every
 * reading without a readingId another name. */
static const unsigned char hash_namespace[HASH_UUID_RAW_BYTES] = {
    0xd8, 0xc7, 0x8d, 0xf3, 0x98, 0x1a, 0x45, 0xcb, 0x9c, 0x72, 0x67, 0x0a, 0x88, 0x84, 0x74, 0x98};

/* EVP fails only without memory or with a broken OpenSSL: nothing the host could go on with. */
static void hash_require(bool is_ok)
{
    if (!is_ok) {
        (void)fprintf(stderr, "agenthost: OpenSSL cannot hash\n");
        abort();
    }
}

static void hash_hex(const unsigned char *digest, size_t len, char *ret_hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        ret_hex[2 * i] = digits[digest[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest[i] & 0x0f];
    }
    ret_hex[2 * len] = '\0';
}

struct hash_sha256 *hash_sha256_create(void)
{
    struct hash_sha256 *hash = mem_alloc(sizeof(*hash));
    hash->ctx = EVP_MD_CTX_new();
    hash_require(hash->ctx != NULL);
    hash_require(EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL) == 1);
    return hash;
}

void hash_sha256_update(struct hash_sha256 *hash, const void *data, size_t len)
{
    hash_require(EVP_DigestUpdate(hash->ctx, data, len) == 1);
}

void hash_sha256_finish(struct hash_sha256 **hash, char ret_hex[HASH_SHA256_HEX_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    hash_require(EVP_DigestFinal_ex((*hash)->ctx, digest, NULL) == 1);
    EVP_MD_CTX_free((*hash)->ctx);
    free(*hash);
    *hash = NULL;
    hash_hex(digest, HASH_SHA256_BYTES, ret_hex);
}

void hash_sha256_hex(struct span data, char ret_hex[HASH_SHA256_HEX_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    hash_require(EVP_Digest(data.data, data.len, digest, NULL, EVP_sha256(), NULL) == 1);
    hash_hex(digest, HASH_SHA256_BYTES, ret_hex);
}

void hash_hmac_sha256(struct span key, struct span data,
                      unsigned char ret_digest[HASH_SHA256_BYTES])
{
    unsigned len = HASH_SHA256_BYTES;
    hash_require(HMAC(EVP_sha256(), key.data, (int)key.len, (const unsigned char *)data.data,
                      data.len, ret_digest, &len) != NULL);
}

bool hash_is_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void hash_sha1_hex(struct span data, char ret_hex[41])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    hash_require(EVP_Digest(data.data, data.len, digest, NULL, EVP_sha1(), NULL) == 1);
    hash_hex(digest, HASH_SHA1_BYTES, ret_hex);
}

/* Sets version and variant and writes the dashed form. */
static void hash_uuid_text(unsigned char raw[HASH_UUID_RAW_BYTES], unsigned version,
                           char ret_uuid[HASH_UUID_BYTES])
{
    raw[6] = (unsigned char)((raw[6] & 0x0f) | version << 4);
    raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
    char hex[2 * HASH_UUID_RAW_BYTES + 1];
    hash_hex(raw, HASH_UUID_RAW_BYTES, hex);
    (void)snprintf(ret_uuid, HASH_UUID_BYTES, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                   hex + 16, hex + 20);
}

void hash_uuid5(struct span name, char ret_uuid[HASH_UUID_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    hash_require(ctx != NULL);
    hash_require(EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1);
    hash_require(EVP_DigestUpdate(ctx, hash_namespace, sizeof(hash_namespace)) == 1);
    hash_require(EVP_DigestUpdate(ctx, name.data, name.len) == 1);
    hash_require(EVP_DigestFinal_ex(ctx, digest, NULL) == 1);
    EVP_MD_CTX_free(ctx);
    hash_uuid_text(digest, 5, ret_uuid);
}

void hash_uuid4(char ret_uuid[HASH_UUID_BYTES])
{
    unsigned char raw[HASH_UUID_RAW_BYTES];
    clock_random(raw, sizeof(raw));
    hash_uuid_text(raw, 4, ret_uuid);
}

bool hash_is_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (strlen(text) != sizeof(shape) - 1) {
        return false;
    }
    for (size_t i = 0; shape[i] != '\0'; i++) {
        bool is_right = shape[i] == '-' ? text[i] == '-' : isxdigit((unsigned char)text[i]) != 0;
        if (!is_right) {
            return false;
        }
    }
    return true;
}
