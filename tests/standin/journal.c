/* One line for each request, so that a test can tell what was asked, when, and what came of it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/hash.h"
#include "server.h"

#define JOURNAL_EXCERPT_BYTES 200

int journal_open(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* The beginning of a JSON text without its quotes, not ending inside an escape or character. */
static struct span journal_excerpt(struct span text)
{
    size_t len = 0;
    while (len < text.len) {
        size_t step = 1;
        if (text.data[len] == '\\') {
            step = len + 1 < text.len && text.data[len + 1] == 'u' ? 6 : 2;
        }
        if (len + step > text.len || len + step > JOURNAL_EXCERPT_BYTES) {
            break;
        }
        len += step;
    }
    return (struct span){text.data, span_utf8_len((struct span){text.data, len})};
}

static void journal_line(struct sbuf *line, const struct peer *peer, bool is_complete)
{
    const struct reply *reply = &peer->reply;
    char sha256[HASH_SHA256_HEX_BYTES];
    hash_sha256_hex(reply->body, sha256);
    sbuf_printf(line, "{\"n\":%llu,\"received_ms\":%lld,\"received_us\":%lld",
                (unsigned long long)reply->number, (long long)reply->received_ms,
                (long long)reply->received_us);
    if (is_complete) {
        sbuf_printf(line, ",\"last_byte_ms\":%lld,\"last_byte_us\":%lld",
                    (long long)clock_wall_ms(), (long long)clock_mono_us());
    } else {
        sbuf_puts(line, ",\"last_byte_ms\":null,\"last_byte_us\":null");
    }
    struct span excerpt = journal_excerpt(reply->request.user);
    sbuf_printf(line,
                ",\"outcome\":\"%s\",\"status\":%d,\"stream\":%s,\"model\":\"%.*s\","
                "\"sha256\":\"%s\",\"bytes\":%zu,\"excerpt\":\"%.*s\"}\n",
                is_complete ? "complete" : reply->outcome, reply->status,
                reply->is_stream ? "true" : "false", (int)reply->request.model.len,
                reply->request.model.len > 0 ? reply->request.model.data : "", sha256,
                reply->body.len, (int)excerpt.len, excerpt.len > 0 ? excerpt.data : "");
}

void journal_write(const struct peer *peer, bool is_complete)
{
    if (peer->server->journal_fd < 0) {
        return;
    }
    struct sbuf line;
    sbuf_init(&line, 8192);
    journal_line(&line, peer, is_complete);
    if (line.is_failed ||
        write(peer->server->journal_fd, line.data, line.len) != (ssize_t)line.len) {
        (void)fprintf(stderr, "standin: a journal line is lost\n");
    }
    sbuf_fini(&line);
}
