/* The stand-in's HTTP/1.1 server: keep-alive, streamed answers at their pace, many at once. */
#ifndef TESTS_STANDIN_SERVER_H
#define TESTS_STANDIN_SERVER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "core/sbuf.h"
#include "scan.h"

struct answer_text;
struct server;

/* One answer under way. */
struct reply {
    bool is_active;
    uint64_t number;
    int64_t received_ms, received_us;
    int64_t began_us;   /* when the first content event is due */
    struct fault fault; /* texts are the reply's own */
    int status;
    const char *outcome;
    bool is_stream, wants_usage;
    struct answer_text *answer;
    size_t piece_next;
    bool is_over; /* everything is in the write buffer */
    struct span body;
    struct chat_request request; /* spans into the peer's input, which stays until the end */
};

struct peer {
    struct server *server;
    struct peer *prev, *next;
    ev_io io;
    ev_timer timer;
    struct sbuf in, out;
    size_t out_at;
    size_t request_bytes; /* head and body of the request being answered */
    bool closes;          /* after what is in out */
    struct reply reply;
};

struct server {
    struct ev_loop *ev;
    struct config *config;
    int listen_fd;
    int journal_fd; /* -1 = none */
    ev_io accept;
    struct peer *peers;
    uint64_t requests, complete;
    uint32_t active, active_max;
    struct sbuf event; /* scratch */
};

/* Listens as configured; prints where on standard output. */
bool server_start(struct server *server, struct ev_loop *ev, struct config *config,
                  struct err *err) ATTR_MUST_CHECK;
void server_stop(struct server *server);

/* --- http.c → chat.c ---------------------------------------------------------------------------
 */

/* Begins the answer to a chat request whose body has arrived. */
void chat_begin(struct peer *peer, struct span body);
/* The timer: more of the answer is due. */
void chat_continue(struct peer *peer);
/* The answer is over one way or the other: journal, counters. */
void chat_end(struct peer *peer);

/* --- chat.c → http.c ---------------------------------------------------------------------------
 */

/* Writes what is in peer->out as far as it goes. */
void peer_flush(struct peer *peer);
/* Closes at once. The peer is gone. */
void peer_close(struct peer *peer);
void peer_answer(struct peer *peer, int status, const char *type, struct span body,
                 const char *more_headers);

/* --- journal.c ----------------------------------------------------------------------------------
 */

/* -1 when it cannot be opened. */
int journal_open(const char *path);
void journal_write(const struct peer *peer, bool is_complete);

#endif
