/* An HTTP server that answers by script, from a thread of its own, on a free port of loopback:
 * it keeps what it was asked, sends what it is told in the portions it is told, keeps silent or
 * hangs up. Many connections at once. */
#ifndef TESTS_UNIT_SUPPORT_HTTP_SCRIPT_H
#define TESTS_UNIT_SUPPORT_HTTP_SCRIPT_H

#include <stddef.h>

enum http_step_kind {
    HTTP_OVER,      /* the answer is complete; the connection waits for the next request */
    HTTP_SEND,      /* text as it is */
    HTTP_CHUNK,     /* text as one chunk of a chunked body */
    HTTP_CHUNK_END, /* the end of a chunked body */
    HTTP_BYTEWISE,  /* text as chunks of one byte each, every one in a packet of its own */
    HTTP_PAUSE,     /* for ms */
    HTTP_HANG,      /* until the client hangs up */
    HTTP_CUT,       /* hang up */
    HTTP_REPEAT,    /* text as a chunk, ms times */
};

struct http_step {
    enum http_step_kind kind;
    const char *text;
    int ms;
};

struct http_script;

/* answers[i] is the script, up to HTTP_OVER or HTTP_CUT, for the i-th request; the last one
 * serves all further ones. They must outlive the server. */
struct http_script *http_script_start(const struct http_step *const *answers, size_t answers_count);
/* The same over TLS, with <dir>/server.pem and <dir>/server.key. */
struct http_script *http_script_start_tls(const struct http_step *const *answers,
                                          size_t answers_count, const char *dir);
void http_script_stop(struct http_script **script);

int http_script_port(const struct http_script *script);

/* What has been seen so far. */
unsigned http_script_requests(struct http_script *script);
unsigned http_script_connections(struct http_script *script);
unsigned http_script_at_once_max(struct http_script *script); /* requests being answered */
unsigned http_script_hangups(struct http_script *script);     /* by clients, inside an answer */
/* A copy of request i, head and body; free(). NULL when there was none. */
char *http_script_request(struct http_script *script, unsigned i);

#endif
