/* Hashes and identifiers. */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

#define HASH_SHA256_BYTES 32
#define HASH_SHA256_HEX_BYTES 65 /* NUL included */
#define HASH_UUID_BYTES 37       /* NUL included */

struct hash_sha256; /* running hash */

struct hash_sha256 *hash_sha256_create(void);
void hash_sha256_update(struct hash_sha256 *hash, const void *data, size_t len);
/* Writes the hex digest and destroys the running hash. */
void hash_sha256_finish(struct hash_sha256 **hash, char ret_hex[HASH_SHA256_HEX_BYTES]);

/* Hex SHA-256 of one run of bytes. [any] */
void hash_sha256_hex(struct span data, char ret_hex[HASH_SHA256_HEX_BYTES]);

/* HMAC-SHA256 (RFC 2104) of one run of bytes. [any] */
void hash_hmac_sha256(struct span key, struct span data,
                      unsigned char ret_digest[HASH_SHA256_BYTES]);

/* True when both are the same; takes as long for bytes that differ. For what a caller must not
 * find out by trying. [any] */
bool hash_is_equal(const void *a, const void *b, size_t len);

/* Hex SHA-1: only for Redis' EVALSHA. [any] */
void hash_sha1_hex(struct span data, char ret_hex[41]);

/* UUIDv5 (RFC 9562) of name in agenthost's namespace
 * d8c78df3-981a-45cb-9c72-670a88847498 (see docs/jobs.md). Readings of jobs without a readingId are
 * named uuid5(job_key). [any] */
void hash_uuid5(struct span name, char ret_uuid[HASH_UUID_BYTES]);

/* A random UUIDv4. [any] */
void hash_uuid4(char ret_uuid[HASH_UUID_BYTES]);

/* True for 8-4-4-4-12 hexadecimal digits, in any case. [any] */
bool hash_is_uuid(const char *text);

/* 64-bit hash for tables and shares (FNV-1a); not for security. [any] */
uint64_t hash_fnv64(struct span data);

/* True for the 36 characters of a UUID, in either case. [any] */
bool hash_is_uuid(const char *text);

#endif
