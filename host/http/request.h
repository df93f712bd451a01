/* One request, as endpoints see it: what was asked, and the verbs to answer. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/problems.h"
#include "core/sbuf.h"
#include "http/caller.h"
#include "http/face.h"

struct loop;
struct thread;

#define HTTP_BODY_BYTES_MAX (1024 * 1024)
/* Of a refused request this much is still read and thrown away: a client that is sending when the
 * connection closes would meet a reset in place of the answer. */
#define HTTP_DISCARD_BYTES_MAX (8 * HTTP_BODY_BYTES_MAX)
#define HTTP_ANSWER_BYTES_MAX (32 * 1024 * 1024)
#define HTTP_ANSWER_HEADERS_MAX 8

/* An answer that comes later is given through a ticket: the request may be gone by then. */
struct http_ticket {
    struct http_request *request; /* NULL when it is gone */
    /* May be set: called when it goes, and may redeem the ticket. */
    void (*on_gone)(void *ctx);
    void *ctx;
};

struct http_header {
    const char *name;
    char *value;
};

struct http_request {
    const struct http_host *host;
    struct http_caller caller;
    char param[HTTP_PARAM_BYTES_MAX]; /* the path's segment ":" where the route has one */
    bool is_closing; /* answered before its body was read, or not to be trusted further */
    struct sbuf body;
    struct sbuf answer; /* render here, then http_answer */
    unsigned status;    /* 0 = not answered yet */
    const char *content_type;
    struct http_header headers[HTTP_ANSWER_HEADERS_MAX]; /* of the answer, besides the usual */
    size_t headers_count;
    struct http_ticket *ticket;
    struct http_connection *connection; /* server.c's */
};

/* For server.c: an empty request of a caller without a key. */
void http_request_init(struct http_request *request, const struct http_host *host);
void http_request_fini(struct http_request *request);

/* A header's value, name in any case; or a query parameter's, unescaped. NULL when it is not
 * there; valid as long as the request is. [loop] */
const char *http_request_header(const struct http_request *request, const char *name);
const char *http_request_query(const struct http_request *request, const char *name);

/* Sets a header of the answer; a literal name, a copied value. The last value of a name wins, also
 * over what the server would say by itself (Cache-Control, Retry-After). Before the answer. [loop]
 */
void http_answer_header(struct http_request *request, const char *name, const char *value);

/* Answers with what was rendered into request->answer. [loop] */
void http_answer(struct http_request *request, unsigned status);

/* {success:false, error, code, details?{field, remedy}}; field and remedy may be NULL. [loop] */
void http_answer_error(struct http_request *request, unsigned status, const char *code,
                       const char *field, const char *remedy, const char *fmt, ...)
    ATTR_PRINTF(6, 7);

/* The same for an err, with the status its kind maps to. [loop] */
void http_answer_err(struct http_request *request, const struct err *err);

/* 400 with details {field, remedy, fields:[{field, remedy}, …]}. [loop] */
void http_answer_problems(struct http_request *request, const struct problems *problems);

/* The thread for what is too long for the loop. [loop] */
struct thread *http_request_files(const struct http_request *request);
struct loop *http_request_loop(const struct http_request *request);

/* A ticket for an answer later. http_ticket_redeem frees it and gives the request or NULL. */
struct http_ticket *http_ticket_take(struct http_request *request);
struct http_request *http_ticket_redeem(struct http_ticket *ticket);
/* The same where an operation has answered: when err is not NULL it is the answer, and NULL is
 * given for there is nothing left to do. [loop] */
struct http_request *http_ticket_settle(struct http_ticket *ticket, const struct err *err);

#endif
