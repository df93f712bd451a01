/* Where to connect: addresses of a host name, found on the files thread. */
#ifndef REDIS_RESOLVE_H
#define REDIS_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/attr.h"
#include "core/err.h"

#define REDIS_ADDRESSES_MAX 8

struct thread;
struct redis_resolve; /* one look-up under way */

struct redis_address {
    struct sockaddr_storage sockaddr;
    socklen_t len;
};

struct redis_addresses {
    struct redis_address items[REDIS_ADDRESSES_MAX];
    size_t count;
};

/* found is empty when why tells what went wrong. Both live for the callback only. */
typedef void (*redis_resolve_fn)(const struct redis_addresses *found, const struct err *why,
                                 void *ctx);

/* The address of a unix socket; false when the path is too long. [any] */
bool redis_address_unix(const char *path, struct redis_addresses *ret_found,
                        struct err *err) ATTR_MUST_CHECK;

/* True when host is an IPv4 or IPv6 address, written into *ret_found. [any] */
bool redis_address_numeric(const char *host, uint16_t port,
                           struct redis_addresses *ret_found) ATTR_MUST_CHECK;

/* Looks host up on the files thread and calls done on the loop. NULL when the thread has too
 * much to do. [loop] */
struct redis_resolve *redis_resolve_start(struct thread *files, const char *host, uint16_t port,
                                          redis_resolve_fn done, void *ctx);

/* done will not be called; sets *resolve to NULL, accepts NULL. [loop] */
void redis_resolve_cancel(struct redis_resolve **resolve);

#endif
