/* TLS on the stream's socket, by OpenSSL. */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "redis/stream-private.h"

static bool tls_fail(struct err *err, const char *doing)
{
    unsigned long code = ERR_peek_error(); /* the first is the cause of the others */
    char text[128];
    const char *reason = ERR_SYSTEM_ERROR(code)
                             ? strerror_r(ERR_GET_REASON(code), text, sizeof(text))
                             : ERR_reason_error_string(code);
    (void)err_set(err, ERR_INVALID, "%s: %s", doing, reason != NULL ? reason : "unknown error");
    ERR_clear_error();
    return false;
}

struct ssl_ctx_st *stream_tls_context(const char *ca_path, bool verify, struct err *err)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) {
        (void)tls_fail(err, "cannot prepare TLS");
        return NULL;
    }
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    int is_trusting = ca_path != NULL ? SSL_CTX_load_verify_file(context, ca_path)
                                      : SSL_CTX_set_default_verify_paths(context);
    if (is_trusting != 1) {
        (void)tls_fail(err, ca_path != NULL ? "cannot read the TLS authorities of redis.tls_ca"
                                            : "cannot read the system's TLS authorities");
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

static void tls_clear(void)
{
    ERR_clear_error();
    errno = 0;
}

static bool tls_expect(SSL *ssl, const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    }
    return SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1;
}

bool stream_tls_start(struct stream *stream, struct ssl_ctx_st *context, const char *host,
                      struct err *err)
{
    tls_clear();
    stream->ssl = SSL_new(context);
    if (stream->ssl == NULL || SSL_set_fd(stream->ssl, stream->fd) != 1 ||
        !tls_expect(stream->ssl, host)) {
        return tls_fail(err, "cannot prepare TLS");
    }
    SSL_set_connect_state(stream->ssl);
    return true;
}

/* Turns the result of an SSL call (1 = success) into a status. errno and OpenSSL's queue of errors
 * were cleared before that call: other libraries on this thread leave theirs behind. */
static enum stream_status tls_status(struct stream *stream, int result, struct err *err)
{
    if (result == 1) {
        return STREAM_DONE;
    }
    int saved = errno;
    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return STREAM_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return STREAM_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        (void)err_set(err, ERR_AGAIN, "connection closed");
        break;
    case SSL_ERROR_SYSCALL: {
        char text[128];
        (void)err_set(err, ERR_AGAIN, "%s",
                      saved != 0 ? strerror_r(saved, text, sizeof(text)) : "connection closed");
        break;
    }
    default: {
        unsigned long code = ERR_peek_last_error();
        if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
            (void)err_set(err, ERR_AGAIN, "connection closed");
        } else {
            const char *reason = ERR_reason_error_string(code);
            (void)err_set(err, ERR_AGAIN, "TLS: %s", reason != NULL ? reason : "unknown error");
        }
    }
    }
    ERR_clear_error();
    return STREAM_FAILED;
}

enum stream_status stream_tls_handshake(struct stream *stream, struct err *err)
{
    tls_clear();
    enum stream_status status = tls_status(stream, SSL_do_handshake(stream->ssl), err);
    long verdict = SSL_get_verify_result(stream->ssl);
    if (status == STREAM_FAILED && verdict != X509_V_OK) {
        (void)err_set(err, ERR_DENIED, "TLS: the server's certificate is not accepted: %s",
                      X509_verify_cert_error_string(verdict));
    }
    return status;
}

enum stream_status stream_tls_read(struct stream *stream, char *buf, size_t len, size_t *ret_len,
                                   struct err *err)
{
    tls_clear();
    return tls_status(stream, SSL_read_ex(stream->ssl, buf, len, ret_len), err);
}

enum stream_status stream_tls_write(struct stream *stream, const char *data, size_t len,
                                    size_t *ret_len, struct err *err)
{
    tls_clear();
    return tls_status(stream, SSL_write_ex(stream->ssl, data, len, ret_len), err);
}

bool stream_tls_has_buffered(const struct stream *stream)
{
    return SSL_has_pending(stream->ssl) == 1;
}

void stream_tls_close(struct stream *stream)
{
    SSL_free(stream->ssl); /* without close_notify: nothing would be read after it anyway */
    stream->ssl = NULL;
}
