/* What the socket and the TLS half of a stream share. */
#ifndef REDIS_STREAM_PRIVATE_H
#define REDIS_STREAM_PRIVATE_H

#include "redis/stream.h"

enum stream_status stream_tls_read(struct stream *stream, char *buf, size_t len, size_t *ret_len,
                                   struct err *err);
enum stream_status stream_tls_write(struct stream *stream, const char *data, size_t len,
                                    size_t *ret_len, struct err *err);
bool stream_tls_has_buffered(const struct stream *stream);
void stream_tls_close(struct stream *stream);

#endif
