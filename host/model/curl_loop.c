/* libcurl's multi interface on libev: sockets, its timer, and the order of callbacks. A pool is
 * split into shards, because one multi handle gets dearer with every connection it knows. */
#include "model/curl_loop.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "core/attr.h"
#include "core/loop.h"
#include "core/mem.h"

#define CURL_SHARDS_MAX 64
/* In one shard before the next one is used. 10 000 streams cost 0.33 ms a call in one shard,
 * 0.23 in ten and 0.20 in forty; up to 2 000 it makes no difference. */
#define CURL_SHARD_TRANSFERS 250
#define CURL_STARTS_PER_TURN 16 /* each may cost a connect, and its first round through libcurl */
#define CURL_BUFFER_BYTES 1024L
#define CURL_UPLOAD_BUFFER_BYTES 16384L
#define CURL_CONNECTIONS_KEPT (2L * CURL_SHARD_TRANSFERS) /* idle and busy, of a shard */
/* HTTP/2 connections of a shard: enough when a server allows 16 requests on each. */
#define CURL_CONNECTIONS_SHARED 16L

struct curl_list {
    struct curl_transfer *first, *last;
};

/* A socket libcurl wants watched. */
struct curl_socket {
    ev_io io;
    struct curl_shard *shard;
    struct curl_socket *next, *prev;
};

struct curl_shard {
    struct curl_loop *pool;
    CURLM *multi;
    ev_timer timer;
    struct loop_deferred kick; /* libcurl's timer at zero */
    struct curl_socket *sockets;
    struct curl_list ready;
    uint32_t transfers;
    bool is_kicked; /* transfers were added that libcurl has not begun with */
};

struct curl_loop {
    struct loop *loop;
    CURLSH *share; /* names and TLS sessions, for all shards */
    char *ca_file;
    bool is_shared;
    struct curl_list starting;
    struct loop_deferred start;
    struct curl_shard *shards[CURL_SHARDS_MAX];
    uint32_t shards_count;
};

static void curl_list_append(struct curl_list *list, struct curl_transfer *transfer)
{
    transfer->next = NULL;
    transfer->prev = list->last;
    *(list->last != NULL ? &list->last->next : &list->first) = transfer;
    list->last = transfer;
}

static void curl_list_remove(struct curl_list *list, struct curl_transfer *transfer)
{
    *(transfer->prev != NULL ? &transfer->prev->next : &list->first) = transfer->next;
    *(transfer->next != NULL ? &transfer->next->prev : &list->last) = transfer->prev;
    transfer->next = transfer->prev = NULL;
}

static void curl_shard_ready(struct curl_shard *shard)
{
    while (shard->ready.first != NULL) {
        struct curl_transfer *transfer = shard->ready.first;
        curl_list_remove(&shard->ready, transfer);
        transfer->is_ready = false;
        transfer->on_turn(transfer);
    }
}

/* Takes the transfer out of the pool; its handle is the owner's alone again. */
static void curl_transfer_detach(struct curl_transfer *transfer)
{
    struct curl_shard *shard = transfer->shard;
    if (shard == NULL) {
        curl_list_remove(&transfer->pool->starting, transfer);
        transfer->pool = NULL;
        return;
    }
    if (transfer->is_ready) {
        curl_list_remove(&shard->ready, transfer);
        transfer->is_ready = false;
    }
    CURLMcode code = curl_multi_remove_handle(shard->multi, transfer->easy);
    assert(code == CURLM_OK); /* refused only inside libcurl's own callbacks */
    (void)code;
    transfer->pool = NULL;
    transfer->shard = NULL;
    assert(shard->transfers > 0);
    shard->transfers--;
}

static void curl_shard_drain(struct curl_shard *shard)
{
    curl_shard_ready(shard);
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(shard->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        struct curl_transfer *transfer = NULL;
        CURLcode code = message->data.result; /* the message dies with its transfer */
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        curl_transfer_detach(transfer);
        transfer->on_done(transfer, code);
    }
}

static void curl_shard_act(struct curl_shard *shard, curl_socket_t fd, int what)
{
    int running;
    CURLMcode code = curl_multi_socket_action(shard->multi, fd, what, &running);
    assert(code == CURLM_OK);
    (void)code;
    curl_shard_drain(shard);
}

static void curl_on_io(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev;
    struct curl_socket *socket = io->data;
    int what = ((events & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
               ((events & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
    curl_shard_act(socket->shard, io->fd, what);
}

static void curl_on_timer(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev;
    (void)events;
    curl_shard_act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void curl_on_kick(struct loop_deferred *kick)
{
    curl_shard_act(CONTAINER_OF(kick, struct curl_shard, kick), CURL_SOCKET_TIMEOUT, 0);
}

static int curl_set_timer(CURLM *multi, long wait_ms, void *ctx)
{
    (void)multi;
    struct curl_shard *shard = ctx;
    struct loop *loop = shard->pool->loop;
    ev_timer_stop(loop->ev, &shard->timer);
    if (wait_ms < 0) {
        loop_cancel(loop, &shard->kick);
    } else if (wait_ms == 0) {
        loop_defer(loop, &shard->kick); /* libcurl may not be called from here */
    } else {
        ev_timer_set(&shard->timer, (double)wait_ms / 1000, 0.);
        ev_timer_start(loop->ev, &shard->timer);
    }
    return 0;
}

static void curl_socket_forget(struct curl_socket *socket)
{
    struct curl_shard *shard = socket->shard;
    ev_io_stop(shard->pool->loop->ev, &socket->io);
    *(socket->prev != NULL ? &socket->prev->next : &shard->sockets) = socket->next;
    if (socket->next != NULL) {
        socket->next->prev = socket->prev;
    }
    free(socket);
}

static struct curl_socket *curl_socket_add(struct curl_shard *shard, curl_socket_t fd)
{
    struct curl_socket *socket = mem_alloc(sizeof(*socket));
    socket->shard = shard;
    ev_io_init(&socket->io, curl_on_io, fd, 0);
    socket->io.data = socket;
    socket->next = shard->sockets;
    if (shard->sockets != NULL) {
        shard->sockets->prev = socket;
    }
    shard->sockets = socket;
    (void)curl_multi_assign(shard->multi, fd, socket);
    return socket;
}

static int curl_watch_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    (void)easy;
    struct curl_shard *shard = ctx;
    struct curl_socket *socket = socket_ctx;
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL) {
            (void)curl_multi_assign(shard->multi, fd, NULL);
            curl_socket_forget(socket);
        }
        return 0;
    }
    if (socket == NULL) {
        socket = curl_socket_add(shard, fd);
    }
    int events =
        ((what & CURL_POLL_IN) != 0 ? EV_READ : 0) | ((what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0);
    struct ev_loop *ev = shard->pool->loop->ev;
    ev_io_stop(ev, &socket->io);
    ev_io_set(&socket->io, fd, events);
    ev_io_start(ev, &socket->io);
    return 0;
}

static void curl_shard_limit(struct curl_shard *shard)
{
    long connections_max = shard->pool->is_shared ? CURL_CONNECTIONS_SHARED : 0;
    (void)curl_multi_setopt(shard->multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections_max);
}

static struct curl_shard *curl_shard_create(struct curl_loop *pool)
{
    struct curl_shard *shard = mem_alloc(sizeof(*shard));
    shard->pool = pool;
    shard->kick.run = curl_on_kick;
    ev_timer_init(&shard->timer, curl_on_timer, 0., 0.);
    shard->timer.data = shard;
    shard->multi = curl_multi_init();
    if (shard->multi == NULL) {
        free(shard);
        return NULL;
    }
    (void)curl_multi_setopt(shard->multi, CURLMOPT_SOCKETFUNCTION, curl_watch_socket);
    (void)curl_multi_setopt(shard->multi, CURLMOPT_SOCKETDATA, shard);
    (void)curl_multi_setopt(shard->multi, CURLMOPT_TIMERFUNCTION, curl_set_timer);
    (void)curl_multi_setopt(shard->multi, CURLMOPT_TIMERDATA, shard);
    (void)curl_multi_setopt(shard->multi, CURLMOPT_MAXCONNECTS, CURL_CONNECTIONS_KEPT);
    curl_shard_limit(shard);
    return shard;
}

static void curl_shard_destroy(struct curl_shard *shard)
{
    struct loop *loop = shard->pool->loop;
    assert(shard->transfers == 0);
    (void)curl_multi_cleanup(shard->multi);
    while (shard->sockets != NULL) {
        curl_socket_forget(shard->sockets); /* libcurl closed it without telling */
    }
    ev_timer_stop(loop->ev, &shard->timer);
    loop_cancel(loop, &shard->kick);
    free(shard);
}

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

static void curl_begin(struct curl_loop *pool, struct curl_transfer *transfer)
{
    struct curl_shard *shard = curl_pick_shard(pool);
    curl_list_remove(&pool->starting, transfer);
    (void)curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    if (shard == NULL || curl_multi_add_handle(shard->multi, transfer->easy) != CURLM_OK) {
        transfer->pool = NULL;
        transfer->on_done(transfer, CURLE_OUT_OF_MEMORY);
        return;
    }
    transfer->shard = shard;
    shard->transfers++;
    shard->is_kicked = true;
}

/* Transfers begin here and not where they are asked for: libcurl would take each of them up
 * within the handling of the next socket, and when answers come at once a turn would hardly
 * end. */
static void curl_on_start(struct loop_deferred *start)
{
    struct curl_loop *pool = CONTAINER_OF(start, struct curl_loop, start);
    ev_now_update(pool->loop->ev); /* libcurl's timer counts from now, not from the turn's start */
    for (int i = 0; i < CURL_STARTS_PER_TURN && pool->starting.first != NULL; i++) {
        curl_begin(pool, pool->starting.first);
    }
    if (pool->starting.first != NULL) {
        loop_defer(pool->loop, &pool->start);
    }
    for (uint32_t i = 0; i < pool->shards_count; i++) {
        struct curl_shard *shard = pool->shards[i];
        if (shard->is_kicked) {
            shard->is_kicked = false;
            loop_cancel(pool->loop, &shard->kick);
            curl_shard_act(shard, CURL_SOCKET_TIMEOUT, 0);
        }
    }
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
    for (uint32_t i = 0; i < pool->shards_count; i++) {
        curl_shard_limit(pool->shards[i]);
    }
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
    if (transfer->pool != NULL) {
        curl_transfer_detach(transfer);
    }
}

void curl_transfer_mark(struct curl_transfer *transfer)
{
    if (!transfer->is_ready) {
        transfer->is_ready = true;
        curl_list_append(&transfer->shard->ready, transfer);
    }
}
