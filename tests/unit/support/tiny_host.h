/* A host for tests of HTTP and the command line: it keeps what it was asked, and answers at
 * once, a little later, or when told to. */
#ifndef TESTS_UNIT_SUPPORT_TINY_HOST_H
#define TESTS_UNIT_SUPPORT_TINY_HOST_H

#include <stdbool.h>

#include <ev.h>

#include "core/err.h"
#include "core/loop.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "core/thread.h"
#include "http/face.h"
#include "http/server.h"

#define TINY_TOKEN_SECRET "a secret of tests"

struct tiny_host {
    struct loop loop;
    struct thread *files;
    struct http_server *server;
    struct http_host face;
    struct options_http options;
    char dir[64];
    char socket_path[96];

    bool is_ready;
    bool is_late;           /* answer after a turn of the loop instead of at once */
    bool is_silent;         /* keep done for tiny_host_answer */
    struct err fails;       /* what enqueue, adopt and reading answer, unless ERR_NONE */
    bool is_enqueue_good;   /* fails is for reading only */
    bool is_reload_refused; /* reload reports a refused bundle */
    const char *reading;    /* JSON that GET /api/reading gives */

    unsigned reloads, drains, enqueues, readings;
    char ordered[64];     /* "pause ID" or the like, asked for last */
    char paused[64];      /* "pause readings": what was done to a queue last */
    char adopted[64];     /* the queue whose store was asked for last */
    struct sbuf enqueued; /* "queue=… agent=… id=… priority=… attempts=… data=…" */
    char acted[128];      /* "cancel REASON" or "retry" */
    char reading_id[160]; /* the last one asked for */

    http_enqueue_fn kept_done; /* of the silent enqueue */
    void *kept_ctx;
    struct loop_deferred later;
    void (*later_run)(struct tiny_host *host);
    http_reload_fn reload_done;
    http_reading_fn reading_done;
    void *done_ctx;
};

/* Starts loop, files thread and server on a socket in a fresh directory. */
void tiny_host_start(struct tiny_host *host);
/* Makes the server anew, after a change of face or options. */
void tiny_host_serve(struct tiny_host *host);
/* Stops and frees all; the server may have been destroyed before. */
void tiny_host_stop(struct tiny_host *host);

/* Answers the enqueue that was kept. */
void tiny_host_answer(struct tiny_host *host);

/* Sends bytes to address ("unix:…" or "127.0.0.1:port") from a thread while the loop turns, and
 * returns all that came back until the server closed (static memory, valid until the next
 * call). Requests must say Connection: close. Fails the test after a few seconds. */
const char *tiny_host_exchange(struct tiny_host *host, const char *address, const char *request,
                               size_t len);

/* The same over the control socket: method, path and a JSON body or NULL; extra are further
 * headers with their CRLF, or "". Returns the whole answer; its body follows the empty line. */
const char *tiny_host_ask(struct tiny_host *host, const char *method, const char *path,
                          const char *body, const char *extra);

/* What follows the head of an answer. */
const char *tiny_host_body(const char *answer);

/* Runs fn(ctx) in a thread while the loop turns, until it returns. */
void tiny_host_while(struct tiny_host *host, void (*fn)(void *ctx), void *ctx);

#endif
