/* One of libcurl's multi handles on libev: its sockets, its timer, and the order of callbacks. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/attr.h"
#include "core/mem.h"
#include "net/net-private.h"

#define CURL_CONNECTIONS_KEPT (2L * CURL_SHARD_TRANSFERS) /* idle and busy */
/* HTTP/2 connections: enough when a server allows 16 requests on each. */
#define CURL_CONNECTIONS_SHARED 16L
#define CURL_SHARD_IDLE_S 60.

/* A socket libcurl wants watched. */
struct curl_socket {
    ev_io io;
    struct curl_shard *shard;
    struct curl_socket *next, *prev;
};

void curl_list_append(struct curl_list *list, struct curl_transfer *transfer)
{
    transfer->next = NULL;
    transfer->prev = list->last;
    *(list->last != NULL ? &list->last->next : &list->first) = transfer;
    list->last = transfer;
}

void curl_list_remove(struct curl_list *list, struct curl_transfer *transfer)
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

void curl_shard_remove(struct curl_shard *shard, struct curl_transfer *transfer)
{
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
    if (shard->transfers == 0) {
        ev_timer_set(&shard->idle, CURL_SHARD_IDLE_S, 0.);
        ev_timer_start(shard->pool->loop->ev, &shard->idle);
    }
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
        curl_shard_remove(shard, transfer);
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

bool curl_shard_add(struct curl_shard *shard, struct curl_transfer *transfer)
{
    (void)curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    if (curl_multi_add_handle(shard->multi, transfer->easy) != CURLM_OK) {
        return false;
    }
    ev_timer_stop(shard->pool->loop->ev, &shard->idle);
    transfer->shard = shard;
    shard->transfers++;
    shard->is_added_to = true;
    return true;
}

void curl_shard_begin(struct curl_shard *shard)
{
    if (shard->is_added_to) {
        shard->is_added_to = false;
        loop_cancel(shard->pool->loop, &shard->kick);
        curl_shard_act(shard, CURL_SOCKET_TIMEOUT, 0);
    }
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

static void curl_on_idle(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev;
    (void)events;
    curl_loop_drop_shard(timer->data);
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

void curl_shard_limit(struct curl_shard *shard)
{
    if (shard->is_shared == shard->pool->is_shared) {
        return;
    }
    shard->is_shared = shard->pool->is_shared;
    long connections_max = shard->is_shared ? CURL_CONNECTIONS_SHARED : 0;
    CURLMcode code =
        curl_multi_setopt(shard->multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections_max);
    assert(code == CURLM_OK);
    (void)code;
}

struct curl_shard *curl_shard_create(struct curl_loop *pool)
{
    struct curl_shard *shard = mem_alloc(sizeof(*shard));
    shard->pool = pool;
    shard->kick.run = curl_on_kick;
    ev_timer_init(&shard->timer, curl_on_timer, 0., 0.);
    shard->timer.data = shard;
    ev_timer_init(&shard->idle, curl_on_idle, 0., 0.);
    shard->idle.data = shard;
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

void curl_shard_destroy(struct curl_shard *shard)
{
    struct loop *loop = shard->pool->loop;
    assert(shard->transfers == 0);
    (void)curl_multi_cleanup(shard->multi);
    while (shard->sockets != NULL) {
        curl_socket_forget(shard->sockets); /* libcurl closed it without telling */
    }
    ev_timer_stop(loop->ev, &shard->timer);
    ev_timer_stop(loop->ev, &shard->idle);
    loop_cancel(loop, &shard->kick);
    free(shard);
}

void curl_transfer_mark(struct curl_transfer *transfer)
{
    if (!transfer->is_ready) {
        transfer->is_ready = true;
        curl_list_append(&transfer->shard->ready, transfer);
    }
}
