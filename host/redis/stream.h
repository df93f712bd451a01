/* A non-blocking byte stream to the server: a TCP or unix socket, with or without TLS. */
#ifndef REDIS_STREAM_H
#define REDIS_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/err.h"

struct redis_address;
struct ssl_ctx_st;
struct ssl_st;

struct stream {
    int fd;             /* -1 = closed */
    struct ssl_st *ssl; /* NULL = plain */
};

enum stream_status {
    STREAM_DONE,
    STREAM_WANT_READ,  /* again when readable */
    STREAM_WANT_WRITE, /* again when writable */
    STREAM_FAILED,     /* err says why; an orderly end of the stream is "connection closed" */
};

/* Starts to connect; writable when the outcome is known. Pair with stream_close. [loop] */
bool stream_open(struct stream *stream, const struct redis_address *address,
                 struct err *err) ATTR_MUST_CHECK;

/* The outcome of stream_open. [loop] */
bool stream_finish_connect(struct stream *stream, struct err *err) ATTR_MUST_CHECK;

/* A TLS client context: TLS 1.2 or newer, trusting ca_path or, when NULL, the system. NULL on
 * failure. Free with SSL_CTX_free. [main; loop] */
struct ssl_ctx_st *stream_tls_context(const char *ca_path, bool verify, struct err *err);

/* Puts TLS on a connected stream; host is what the certificate must name (a name or an
 * address). Then call stream_tls_handshake until it is done. [loop] */
bool stream_tls_start(struct stream *stream, struct ssl_ctx_st *context, const char *host,
                      struct err *err) ATTR_MUST_CHECK;
enum stream_status stream_tls_handshake(struct stream *stream, struct err *err);

/* Reads or writes some bytes; *ret_len is set on STREAM_DONE and is at least 1. [loop] */
enum stream_status stream_read(struct stream *stream, char *buf, size_t len, size_t *ret_len,
                               struct err *err);
enum stream_status stream_write(struct stream *stream, const char *data, size_t len,
                                size_t *ret_len, struct err *err);

/* True when decrypted bytes wait that no event will announce. [loop] */
bool stream_has_buffered(const struct stream *stream);

/* Closes at once; accepts a closed stream. [loop] */
void stream_close(struct stream *stream);

#endif
