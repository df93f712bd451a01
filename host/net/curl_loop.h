/* libcurl's transfers on our event loop: one pool of connections to one server. */
#ifndef NET_CURL_LOOP_H
#define NET_CURL_LOOP_H

#include <stdbool.h>

#include <curl/curl.h>

#include "core/attr.h"

struct curl_loop;
struct curl_shard;
struct loop;

/* One transfer; embedded in its owner's struct, which sets the first three members. */
struct curl_transfer {
    CURL *easy; /* the owner's, from curl_loop_easy */
    /* Bytes have arrived, and curl_transfer_mark was called for them. */
    void (*on_turn)(struct curl_transfer *transfer);
    /* It is over, and out of the pool already. */
    void (*on_done)(struct curl_transfer *transfer, CURLcode code);
    /* the pool's own */
    struct curl_loop *pool;            /* NULL = neither starting nor running */
    struct curl_shard *shard;          /* NULL = not running yet */
    struct curl_transfer *next, *prev; /* in the pool's start list, or the shard's ready list */
    bool is_ready;
};

/* Both callbacks of a transfer are called outside libcurl, so that anything may be done in
 * them: curl_loop_start, curl_transfer_stop, curl_easy_cleanup of a stopped one. libcurl's own
 * callbacks (write, pre-request) may do nothing but look and curl_transfer_mark. */

/* An empty pool. [loop] */
struct curl_loop *curl_loop_create(struct loop *loop);
/* All its transfers must have been stopped. Sets *pool to NULL. [loop] */
void curl_loop_destroy(struct curl_loop **pool);

/* Says whether the server carries many requests on one connection (HTTP/2): then transfers
 * share a few. Otherwise each gets its own, as HTTP/1.1 needs. [loop; also inside libcurl's
 * callbacks] */
void curl_loop_set_shared(struct curl_loop *pool, bool is_shared);

/* From a pre-request or write callback: did the transfer's connection agree on HTTP/2? [loop] */
bool curl_transfer_is_http2(const struct curl_transfer *transfer);

/* A handle with everything set that is the same for all transfers: no signals, own sockets
 * (close-on-exec), certificates, HTTP(S) only, no redirects, keep-alive; HTTP/2 is offered to
 * an https address (is_tls). NULL when memory is out. The caller's. [loop] */
CURL *curl_loop_easy(struct curl_loop *pool, bool is_tls) ATTR_MUST_CHECK;

/* Starts the transfer, at the end of this turn or, when many start, of one of the next; it is
 * the pool's until on_done or curl_transfer_stop. [loop] */
void curl_loop_start(struct curl_loop *pool, struct curl_transfer *transfer);

/* Ends it at once, closing its connection unless the answer was complete; no callback
 * follows. Does nothing when it is not running. [loop] */
void curl_transfer_stop(struct curl_transfer *transfer);

/* From a write callback: call on_turn when libcurl is through. [loop] */
void curl_transfer_mark(struct curl_transfer *transfer);

#endif
