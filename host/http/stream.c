/* Streams: a bounded buffer between a writer on the loop and libmicrohttpd, which is suspended
 * while there is nothing to send (and so does not count idleness). */
#include "http/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "core/mem.h"
#include "core/sbuf.h"
#include "http/server-private.h"

#define STREAM_BLOCK_BYTES 1024          /* libmicrohttpd's own buffer, unused in chunked bodies */
#define STREAM_KEEP_BYTES_MAX (4 * 1024) /* memory an idle stream may hold on to */

struct http_stream {
    struct http_connection *connection;
    struct sbuf buffer;
    http_gone_fn on_gone; /* NULL once the writer is done with the stream */
    void *ctx;
    bool is_closed; /* ends when the buffer is empty */
    bool is_cut;
};

struct http_stream *http_stream_open(struct http_request *request, const char *content_type,
                                     http_gone_fn on_gone, void *ctx)
{
    assert(on_gone != NULL);
    struct http_connection *connection = request->connection;
    struct http_listener *listener = connection->listener;
    /* A quarter of the connections stays for requests that end. */
    if (listener->streams_count >= listener->connections_max - listener->connections_max / 4) {
        http_answer_error(request, 503, "BUSY", NULL, NULL,
                          "%u streams are open, no more are served; try again",
                          listener->streams_count);
        return NULL;
    }
    struct http_stream *stream = mem_alloc(sizeof(*stream));
    stream->connection = connection;
    stream->on_gone = on_gone;
    stream->ctx = ctx;
    sbuf_init(&stream->buffer, HTTP_STREAM_BYTES_MAX);
    connection->stream = stream;
    listener->streams_count++;
    request->content_type = content_type;
    http_answer(request, 200);
    return stream;
}

/* The writer is told at most once, and not after it ended the stream itself. */
static void stream_tell(struct http_stream *stream)
{
    http_gone_fn on_gone = stream->on_gone;
    stream->on_gone = NULL;
    if (on_gone != NULL) {
        on_gone(stream->ctx);
    }
}

static void stream_cut(struct http_stream *stream)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(stream->connection->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    stream->on_gone = NULL;
    stream->is_cut = true;
    if (info != NULL) {
        (void)shutdown(info->connect_fd, SHUT_RDWR); /* it waits for a reader who does not read */
    }
    http_connection_wake(stream->connection);
}

bool http_stream_write(struct http_stream *stream, struct span data)
{
    assert(stream->on_gone != NULL);
    sbuf_span(&stream->buffer, data);
    if (stream->buffer.is_failed) {
        stream_cut(stream);
        return false;
    }
    http_connection_wake(stream->connection);
    return true;
}

void http_stream_close(struct http_stream *stream)
{
    assert(stream->on_gone != NULL);
    stream->on_gone = NULL;
    stream->is_closed = true;
    http_connection_wake(stream->connection);
}

static void stream_shrink(struct http_stream *stream)
{
    if (stream->buffer.len == 0 && stream->buffer.capacity > STREAM_KEEP_BYTES_MAX) {
        sbuf_fini(&stream->buffer);
        sbuf_init(&stream->buffer, HTTP_STREAM_BYTES_MAX);
    }
}

static ssize_t stream_on_read(void *ctx, uint64_t position, char *ret_bytes, size_t bytes_max)
{
    (void)position;
    struct http_stream *stream = ctx;
    if (stream->is_cut) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t len = stream->buffer.len < bytes_max ? stream->buffer.len : bytes_max;
    if (len > 0) {
        memcpy(ret_bytes, stream->buffer.data, len);
        sbuf_consume(&stream->buffer, len);
        stream_shrink(stream);
        return (ssize_t)len;
    }
    if (stream->is_closed) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    stream->connection->is_suspended = true;
    MHD_suspend_connection(stream->connection->mhd);
    return 0;
}

struct MHD_Response *http_stream_response(struct http_connection *connection)
{
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, stream_on_read,
                                             connection->stream, NULL);
}

void http_stream_end(struct http_stream *stream)
{
    stream->is_closed = true;
    stream_tell(stream);
    http_connection_wake(stream->connection);
}

void http_stream_destroy(struct http_stream *stream)
{
    stream->connection->listener->streams_count--;
    stream_tell(stream);
    sbuf_fini(&stream->buffer);
    free(stream);
}
