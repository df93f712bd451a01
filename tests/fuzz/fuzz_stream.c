/* Fuzz target of the streamed answer: events must not depend on how the bytes are portioned,
 * and what the scanner reads in an event must be what json-c reads in it. The first byte
 * chooses the portions. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/sbuf.h"
#include "model/delta.h"
#include "model/sse.h"

#define FUZZ_EVENT_BYTES_MAX 4096
#define FUZZ_ALL_BYTES_MAX ((size_t)1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct delta_answer *a, const struct delta_answer *b)
{
    assert(span_equals(sbuf_as_span(&a->text), sbuf_as_span(&b->text)));
    assert(a->content_events == b->content_events);
    assert(strcmp(a->finish, b->finish) == 0);
    assert(strcmp(a->model, b->model) == 0);
    assert(strcmp(a->refusal, b->refusal) == 0);
    assert(a->prompt_tokens == b->prompt_tokens);
    assert(a->completion_tokens == b->completion_tokens);
    assert(a->total_tokens == b->total_tokens);
}

static void check_event(struct span event)
{
    struct delta_answer scanned, parsed;
    struct err err = {.text = ""};
    enum delta_kind kind;
    delta_answer_init(&scanned, FUZZ_EVENT_BYTES_MAX / 2);
    delta_answer_init(&parsed, FUZZ_EVENT_BYTES_MAX / 2);
    if (delta_read_scanned(event, &scanned, &kind)) {
        enum delta_kind parsed_kind = delta_read_parsed(event, &parsed, &err);
        /* Two keys of one name in a part that nobody reads are no matter to the scanner. */
        bool is_doubled = parsed_kind == DELTA_BAD && strstr(err.text, "twice") != NULL;
        assert(is_doubled || kind == parsed_kind);
        if (!is_doubled) {
            check_same(&scanned, &parsed);
        }
        assert(span_is_utf8(sbuf_as_span(&scanned.text)));
    } else {
        assert(scanned.text.len == 0);
        assert(scanned.finish[0] == '\0');
    }
    delta_answer_fini(&scanned);
    delta_answer_fini(&parsed);
}

static bool on_event(struct span event, void *ctx)
{
    struct sbuf *all = ctx;
    sbuf_putc(all, '|');
    sbuf_span(all, event);
    check_event(event);
    return true;
}

static bool on_event_again(struct span event, void *ctx)
{
    struct sbuf *all = ctx;
    sbuf_putc(all, '|');
    sbuf_span(all, event);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t portion = (size_t)data[0] % 16 + 1;
    struct span stream = {(const char *)data + 1, size - 1};
    struct sse whole, portioned;
    struct sbuf events, again;
    sse_init(&whole, FUZZ_EVENT_BYTES_MAX);
    sse_init(&portioned, FUZZ_EVENT_BYTES_MAX);
    sbuf_init(&events, FUZZ_ALL_BYTES_MAX);
    sbuf_init(&again, FUZZ_ALL_BYTES_MAX);
    bool is_ok = sse_feed(&whole, stream, on_event, &events);
    bool is_ok_again = true;
    for (size_t at = 0; at < stream.len && is_ok_again; at += portion) {
        size_t len = stream.len - at < portion ? stream.len - at : portion;
        is_ok_again =
            sse_feed(&portioned, (struct span){stream.data + at, len}, on_event_again, &again);
    }
    assert(is_ok == is_ok_again);
    assert(span_equals(sbuf_as_span(&events), sbuf_as_span(&again)));
    sse_fini(&whole);
    sse_fini(&portioned);
    sbuf_fini(&events);
    sbuf_fini(&again);
    return 0;
}
