/* One request, as endpoints see it: what was asked, and the verbs to answer. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/sbuf.h"
#include "http/face.h"

struct json_object;

#define HTTP_BODY_BYTES_MAX (1024 * 1024)
#define HTTP_ANSWER_BYTES_MAX (32 * 1024 * 1024)
#define HTTP_PARAM_BYTES_MAX 128

/* An answer that comes later is given through a ticket: the request may be gone by then. */
struct http_ticket {
    struct http_request *request; /* NULL when it is gone */
};

struct http_request {
    const struct http_host *host;
    char param[HTTP_PARAM_BYTES_MAX]; /* the path's last segment where the route has one */
    struct sbuf body;
    struct sbuf answer; /* render here, then http_answer */
    unsigned status;    /* 0 = not answered yet */
    const char *content_type;
    struct http_ticket *ticket;
    struct http_connection *connection; /* server.c's */
};

/* Answers with what was rendered into request->answer. [loop] */
void http_answer(struct http_request *request, unsigned status);

/* {success:false, error, code, details?{field, remedy}}; field and remedy may be NULL. [loop] */
void http_answer_error(struct http_request *request, unsigned status, const char *code,
                       const char *field, const char *remedy, const char *fmt, ...)
    ATTR_PRINTF(6, 7);

/* The same for an err, with the status its kind maps to. [loop] */
void http_answer_err(struct http_request *request, const struct err *err);

/* The body as a JSON object (json_object_put), or NULL after an answer that says what is wrong. */
struct json_object *http_body_object(struct http_request *request);

/* A ticket for an answer later. http_ticket_redeem frees it and gives the request or NULL. */
struct http_ticket *http_ticket_take(struct http_request *request);
struct http_request *http_ticket_redeem(struct http_ticket *ticket);

#endif
