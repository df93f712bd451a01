/* Fuzz target of the wire's readers: no input may crash them, and what they accept must be
 * well-formed to msgpack-c too and come back the same when it is written and read again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include <msgpack/unpack.h>

#include "cell/wire.h"
#include "core/arena.h"

#define FUZZ_ARENA_BYTES (8u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Our readers are stricter than MessagePack; so the other library must agree with a yes. */
static void fuzz_ask_the_other(struct span payload)
{
    msgpack_unpacked unpacked;
    size_t used = 0;
    msgpack_unpacked_init(&unpacked);
    msgpack_unpack_return result = msgpack_unpack_next(&unpacked, payload.data, payload.len, &used);
    assert(result == MSGPACK_UNPACK_SUCCESS);
    assert(used == payload.len);
    msgpack_unpacked_destroy(&unpacked);
}

/* Reads payload with the reader of its kind and writes it anew. False when it is refused. */
static bool fuzz_copy(struct span payload, struct arena *arena, struct sbuf *out)
{
    enum wire_kind kind;
    struct wire_setup setup;
    struct wire_job job;
    struct wire_answer answer;
    struct wire_reply reply;
    struct span text, more;
    int32_t number;
    struct err err;
    if (!wire_kind_of(payload, &kind)) {
        return false;
    }
    switch (kind) {
    case WIRE_SETUP:
        if (!wire_read_setup(payload, arena, &setup, &err)) {
            return false;
        }
        wire_write_setup(out, &setup);
        return true;
    case WIRE_CHECK:
    case WIRE_BUILD:
    case WIRE_PROCESS:
        if (!wire_read_call(payload, arena, &job, &answer, &err)) {
            return false;
        }
        wire_write_call(out, kind, &job, &answer);
        return true;
    case WIRE_REPLY:
        if (!wire_read_reply(payload, arena, &reply, &err)) {
            return false;
        }
        wire_write_reply(out, &reply);
        return true;
    default:
        if (!wire_read_text(payload, &number, &text, &more, &err)) {
            return false;
        }
        wire_write_text(out, kind, number, text, more);
        return true;
    }
}

static struct span fuzz_payload(const struct sbuf *frame)
{
    struct span payload = {NULL, 0};
    size_t used = 0;
    int found = wire_next_frame(sbuf_as_span(frame), WIRE_FRAME_BYTES_MAX, &payload, &used);
    assert(found == 1 && used == frame->len);
    return payload;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span payload = {(const char *)data, size};
    struct arena *arena = arena_create(FUZZ_ARENA_BYTES);
    struct sbuf once, twice;
    sbuf_init(&once, WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    sbuf_init(&twice, WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    if (fuzz_copy(payload, arena, &once)) {
        fuzz_ask_the_other(payload);
        bool is_read = fuzz_copy(fuzz_payload(&once), arena, &twice);
        assert(is_read);
        assert(span_equals(sbuf_as_span(&once), sbuf_as_span(&twice)));
    }
    sbuf_fini(&once);
    sbuf_fini(&twice);
    arena_destroy(&arena);
    return 0;
}
