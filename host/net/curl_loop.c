/* A pool of connections. It is split into shards, because one of libcurl's multi handles gets
 * dearer with every connection it knows. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "core/attr.h"
#include "core/mem.h"
#include "net/net-private.h"

#define CURL_STARTS_PER_TURN 16 /* each may cost a connect, and its first round through libcurl */
#define CURL_BUFFER_BYTES 1024L
#define CURL_UPLOAD_BUFFER_BYTES 16384L

/* The first shard with room, so that warm connections are used again; when all are full, the
 * emptiest. */
static struct curl_shard *curl_pick_shard(struct curl_loop *pool)
{
    struct curl_shard *best = NULL;
    for (uint32_t i = 0; i < pool->shards_count; i++) {
        struct curl_shard *shard = pool->shards[i];
        if (shard->transfers < CURL_SHARD_TRANSFERS) {
            return shard;
        }
        if (best == NULL || shard->transfers < best->transfers) {
            best = shard;
        }
    }
    if (pool->shards_count == CURL_SHARDS_MAX) {
        return best;
    }
    struct curl_shard *shard = curl_shard_create(pool);
    if (shard != NULL) {
        pool->shards[pool->shards_count++] = shard;
    }
    return shard != NULL ? shard : best;
}

static void curl_loop_begin(struct curl_loop *pool, struct curl_transfer *transfer)
{
    struct curl_shard *shard = curl_pick_shard(pool);
    curl_list_remove(&pool->starting, transfer);
    if (shard == NULL || !curl_shard_add(shard, transfer)) {
        transfer->pool = NULL;
        transfer->on_done(transfer, CURLE_OUT_OF_MEMORY);
    }
}

/* Transfers begin here and not where they are asked for: libcurl would take each of them up
 * within the handling of the next socket, and when answers come at once a turn would hardly
 * end. */
static void curl_on_start(struct loop_deferred *start)
{
    struct curl_loop *pool = CONTAINER_OF(start, struct curl_loop, start);
    for (uint32_t i = 0; i < pool->shards_count; i++) {
        curl_shard_limit(pool->shards[i]);
    }
    ev_now_update(pool->loop->ev); /* libcurl's timer counts from now, not from the turn's start */
    for (int i = 0; i < CURL_STARTS_PER_TURN && pool->starting.first != NULL; i++) {
        curl_loop_begin(pool, pool->starting.first);
    }
    if (pool->starting.first != NULL) {
        loop_defer(pool->loop, &pool->start);
    }
    for (uint32_t i = 0; i < pool->shards_count; i++) {
        curl_shard_begin(pool->shards[i]);
    }
}

void curl_loop_drop_shard(struct curl_shard *shard)
{
    struct curl_loop *pool = shard->pool;
    uint32_t i = 0;
    while (pool->shards[i] != shard) {
        i++;
    }
    pool->shards[i] = pool->shards[--pool->shards_count];
    curl_shard_destroy(shard);
}

/* libcurl's default file, unless the environment names one as it does for other programs. */
static const char *curl_ca_file(void)
{
    const char *file = getenv("SSL_CERT_FILE");
    if (file == NULL || file[0] == '\0') {
        file = curl_version_info(CURLVERSION_NOW)->cainfo;
    }
    return file;
}

struct curl_loop *curl_loop_create(struct loop *loop)
{
    struct curl_loop *pool = mem_alloc(sizeof(*pool));
    pool->loop = loop;
    pool->ca_file = mem_strdup(curl_ca_file());
    pool->start.run = curl_on_start;
    pool->share = curl_share_init();
    if (pool->share != NULL) {
        (void)curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
        (void)curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    }
    return pool;
}

void curl_loop_destroy(struct curl_loop **pool)
{
    if (*pool == NULL) {
        return;
    }
    assert((*pool)->starting.first == NULL);
    loop_cancel((*pool)->loop, &(*pool)->start);
    for (uint32_t i = 0; i < (*pool)->shards_count; i++) {
        curl_shard_destroy((*pool)->shards[i]);
    }
    (void)curl_share_cleanup((*pool)->share);
    free((*pool)->ca_file);
    free(*pool);
    *pool = NULL;
}

void curl_loop_set_shared(struct curl_loop *pool, bool is_shared)
{
    if (pool->is_shared == is_shared) {
        return;
    }
    pool->is_shared = is_shared;
    loop_defer(pool->loop, &pool->start); /* libcurl takes no options inside its callbacks */
}

bool curl_transfer_is_http2(const struct curl_transfer *transfer)
{
    struct curl_tlssessioninfo *session = NULL;
    CURLcode code = curl_easy_getinfo(transfer->easy, CURLINFO_TLS_SSL_PTR, &session);
    if (code != CURLE_OK || session == NULL || session->backend != CURLSSLBACKEND_OPENSSL ||
        session->internals == NULL) {
        return false;
    }
    const unsigned char *protocol = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(session->internals, &protocol, &len);
    return len == 2 && memcmp(protocol, "h2", 2) == 0;
}

static curl_socket_t curl_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *addr)
{
    (void)ctx;
    (void)purpose;
    return socket(addr->family, addr->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, addr->protocol);
}

CURL *curl_loop_easy(struct curl_loop *pool, bool is_tls)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL) {
        return NULL;
    }
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, curl_open_socket);
    /* With a CA directory set, as Debian does, libcurl reads all certificates again for each
     * connection: 900 KB and 27 ms. */
    (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, pool->ca_file);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "agenthost/" PACKAGE_VERSION);
    if (is_tls) {
        (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        (void)curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    } else {
        /* Left to itself libcurl would wait for the first answer to learn the version. */
        (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    }
    (void)curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 50L); /* load balancers close at 60 */
    (void)curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, 600L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 15L);
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, CURL_BUFFER_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, CURL_UPLOAD_BUFFER_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_SHARE, pool->share);
    return easy;
}

void curl_loop_start(struct curl_loop *pool, struct curl_transfer *transfer)
{
    assert(transfer->pool == NULL);
    transfer->pool = pool;
    curl_list_append(&pool->starting, transfer);
    loop_defer(pool->loop, &pool->start);
}

void curl_transfer_stop(struct curl_transfer *transfer)
{
    if (transfer->shard != NULL) {
        curl_shard_remove(transfer->shard, transfer);
    } else if (transfer->pool != NULL) {
        curl_list_remove(&transfer->pool->starting, transfer);
        transfer->pool = NULL;
    }
}
