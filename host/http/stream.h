/* Answers that go on: server-sent events and the like. */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/span.h"

struct http_request;
struct http_stream;

#define HTTP_STREAM_BYTES_MAX (256 * 1024) /* written, not yet read by the other end */

typedef void (*http_gone_fn)(void *ctx);

/* Answers with status 200 and a body that is written piece by piece. Set further headers before.
 * on_gone is called once when the reader has left or the server ends, never inside http_stream_open
 * or http_stream_write; the stream must not be used any more then. A reader that leaves is noticed
 * when it is written to: write a comment now and then. NULL after answering with 503, when
 * too many streams are open on this listener. [loop] */
struct http_stream *http_stream_open(struct http_request *request, const char *content_type,
                                     http_gone_fn on_gone, void *ctx) ATTR_MUST_CHECK;

/* Appends to the body; the bytes are copied. False when the reader has fallen more than
 * HTTP_STREAM_BYTES_MAX behind: it is cut off, the stream must not be used any more, and
 * on_gone is not called. [loop] */
bool http_stream_write(struct http_stream *stream, struct span data) ATTR_MUST_CHECK;

/* Ends the body after what was written. The stream must not be used any more, and on_gone is not
 * called. [loop] */
void http_stream_close(struct http_stream *stream);

#endif
