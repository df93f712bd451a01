/* The two halves of the pool: curl_shard.c puts one of libcurl's multi handles on the loop,
 * curl_loop.c spreads transfers over several of them. */
#ifndef NET_PRIVATE_H
#define NET_PRIVATE_H

#include <ev.h>

#include "core/loop.h"
#include "net/curl_loop.h"

#define CURL_SHARDS_MAX 64
/* In one shard before the next one is used. 10 000 streams cost 0.33 ms a call in one shard,
 * 0.23 in ten and 0.20 in forty; up to 2 000 it makes no difference. */
#define CURL_SHARD_TRANSFERS 250

struct curl_list {
    struct curl_transfer *first, *last;
};

void curl_list_append(struct curl_list *list, struct curl_transfer *transfer);
void curl_list_remove(struct curl_list *list, struct curl_transfer *transfer);

struct curl_shard {
    struct curl_loop *pool;
    CURLM *multi;
    ev_timer timer;
    struct loop_deferred kick; /* libcurl's timer at zero */
    ev_timer idle;             /* runs while it has no transfers */
    struct curl_socket *sockets;
    struct curl_list ready;
    uint32_t transfers;
    bool is_shared;   /* as the pool was when the limit was set */
    bool is_added_to; /* transfers were added that libcurl has not begun with */
};

struct curl_loop {
    struct loop *loop;
    CURLSH *share; /* names and TLS sessions, for all shards */
    char *ca_file;
    bool is_shared; /* few connections, many transfers on each */
    struct curl_list starting;
    struct loop_deferred start;
    struct curl_shard *shards[CURL_SHARDS_MAX];
    uint32_t shards_count;
};

/* NULL when memory is out. [loop] */
struct curl_shard *curl_shard_create(struct curl_loop *pool);
void curl_shard_destroy(struct curl_shard *shard);
/* Takes over is_shared of the pool, when it has changed. [loop] */
void curl_shard_limit(struct curl_shard *shard);
/* Hands the transfer to libcurl, which begins with it at curl_shard_begin. [loop] */
bool curl_shard_add(struct curl_shard *shard, struct curl_transfer *transfer);
void curl_shard_begin(struct curl_shard *shard);
/* Takes it out again; its handle is the owner's alone. [loop] */
void curl_shard_remove(struct curl_shard *shard, struct curl_transfer *transfer);

/* curl_loop.c: an idle shard goes, with the connections that servers may long have closed. */
void curl_loop_drop_shard(struct curl_shard *shard);

#endif
