/* Host names become addresses on the files thread, because getaddrinfo() blocks. */
#include "redis/resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "core/mem.h"
#include "core/thread.h"

struct redis_resolve {
    struct thread_task task;
    char *host;
    uint16_t port;
    redis_resolve_fn done; /* NULL = cancelled; loop only */
    void *ctx;
    struct redis_addresses found;
    struct err why;
};

bool redis_address_unix(const char *path, struct redis_addresses *ret_found, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof(address.sun_path)) {
        return err_set(err, ERR_INVALID, "the socket's path is over %zu bytes",
                       sizeof(address.sun_path) - 1);
    }
    memcpy(address.sun_path, path, len + 1);
    memcpy(&ret_found->items[0].sockaddr, &address, sizeof(address));
    ret_found->items[0].len = sizeof(address);
    ret_found->count = 1;
    return true;
}

static int resolve(const char *host, uint16_t port, int flags, struct redis_addresses *ret_found)
{
    char service[8];
    (void)snprintf(service, sizeof(service), "%u", (unsigned)port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    struct addrinfo *list = NULL;
    int status = getaddrinfo(host, service, &hints, &list);
    if (status != 0) {
        return status;
    }
    ret_found->count = 0;
    for (struct addrinfo *info = list; info != NULL; info = info->ai_next) {
        if (ret_found->count == REDIS_ADDRESSES_MAX) {
            break;
        }
        struct redis_address *address = &ret_found->items[ret_found->count];
        if (info->ai_addrlen <= sizeof(address->sockaddr)) {
            memcpy(&address->sockaddr, info->ai_addr, info->ai_addrlen);
            address->len = info->ai_addrlen;
            ret_found->count++;
        }
    }
    freeaddrinfo(list);
    return ret_found->count > 0 ? 0 : EAI_NONAME;
}

bool redis_address_numeric(const char *host, uint16_t port, struct redis_addresses *ret_found)
{
    return resolve(host, port, AI_NUMERICHOST, ret_found) == 0;
}

/* A name without a dot that nobody knows is most often that of a container. */
static void resolve_explain(struct redis_resolve *look, int status)
{
    bool is_bare = strchr(look->host, '.') == NULL;
    bool is_unknown = status == EAI_NONAME || status == EAI_AGAIN;
    (void)err_set(&look->why, ERR_NOT_FOUND, "cannot resolve '%.200s': %s%s", look->host,
                  gai_strerror(status),
                  is_bare && is_unknown ? " (if that is the name of a container, it is known only "
                                          "inside its network: set REDIS_HOST or REDIS_URL to an "
                                          "address that is reachable from here)"
                                        : "");
}

static void resolve_run(struct thread_task *task)
{
    struct redis_resolve *look = (struct redis_resolve *)task;
    int status = resolve(look->host, look->port, AI_ADDRCONFIG, &look->found);
    if (status != 0) {
        look->found.count = 0;
        resolve_explain(look, status);
    }
}

static void resolve_done(struct thread_task *task)
{
    struct redis_resolve *look = (struct redis_resolve *)task;
    if (look->done != NULL) {
        look->done(&look->found, &look->why, look->ctx);
    }
    free(look->host);
    free(look);
}

struct redis_resolve *redis_resolve_start(struct thread *files, const char *host, uint16_t port,
                                          redis_resolve_fn done, void *ctx)
{
    struct redis_resolve *look = mem_alloc(sizeof(*look));
    look->task = (struct thread_task){.run = resolve_run, .done = resolve_done};
    look->host = mem_strdup(host);
    look->port = port;
    look->done = done;
    look->ctx = ctx;
    if (!thread_submit(files, &look->task)) {
        free(look->host);
        free(look);
        return NULL;
    }
    return look;
}

void redis_resolve_cancel(struct redis_resolve **resolve)
{
    if (*resolve != NULL) {
        (*resolve)->done = NULL; /* the thread may be busy with it: freed when it comes back */
        *resolve = NULL;
    }
}
