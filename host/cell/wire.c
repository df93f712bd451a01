/* The writing end of the wire: each function appends one whole frame to a growing text. */
#include "cell/wire.h"

#include <msgpack/pack.h>

static int wire_sink(void *data, const char *bytes, size_t len)
{
    struct sbuf *out = data;
    sbuf_append(out, bytes, len);
    return out->is_failed ? -1 : 0;
}

/* Leaves room for the length; wire_end fills it in. */
static size_t wire_begin(struct sbuf *out, msgpack_packer *packer)
{
    size_t at = out->len;
    sbuf_append(out, "\0\0\0\0", WIRE_HEADER_BYTES);
    msgpack_packer_init(packer, out, wire_sink);
    return at;
}

static void wire_end(struct sbuf *out, size_t at)
{
    if (out->is_failed) {
        return; /* the caller sees the sticky error */
    }
    size_t len = out->len - at - WIRE_HEADER_BYTES;
    if (len > WIRE_FRAME_BYTES_MAX) {
        out->is_failed = true;
        return;
    }
    for (int i = 0; i < WIRE_HEADER_BYTES; i++) {
        out->data[at + (size_t)i] = (char)(len >> (8 * i) & 0xff);
    }
}

static void wire_text(msgpack_packer *packer, struct span text)
{
    if (text.data == NULL) {
        (void)msgpack_pack_nil(packer);
        return;
    }
    (void)msgpack_pack_bin(packer, text.len);
    (void)msgpack_pack_bin_body(packer, text.data, text.len);
}

void wire_write_setup(struct sbuf *out, const struct wire_setup *setup)
{
    msgpack_packer packer;
    size_t at = wire_begin(out, &packer);
    (void)msgpack_pack_array(&packer, WIRE_SETUP_FIELDS);
    (void)msgpack_pack_int(&packer, WIRE_SETUP);
    wire_text(&packer, setup->id);
    wire_text(&packer, setup->version);
    wire_text(&packer, setup->manifest);
    wire_text(&packer, setup->config);
    (void)msgpack_pack_array(&packer, setup->assets_count);
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        (void)msgpack_pack_array(&packer, 2);
        wire_text(&packer, setup->assets[i].name);
        wire_text(&packer, setup->assets[i].bytes);
    }
    wire_end(out, at);
}

static void wire_children(msgpack_packer *packer, const struct wire_job *job)
{
    (void)msgpack_pack_array(packer, job->children_count);
    for (uint32_t i = 0; i < job->children_count; i++) {
        (void)msgpack_pack_array(packer, 2);
        wire_text(packer, job->children[i].key);
        wire_text(packer, job->children[i].value);
    }
}

static void wire_earlier(msgpack_packer *packer, const struct wire_job *job)
{
    (void)msgpack_pack_array(packer, job->earlier_count);
    for (uint32_t i = 0; i < job->earlier_count; i++) {
        (void)msgpack_pack_array(packer, 2);
        (void)msgpack_pack_uint32(packer, job->earlier[i].pass);
        wire_text(packer, job->earlier[i].value);
    }
}

static void wire_answer(msgpack_packer *packer, const struct wire_answer *answer)
{
    (void)msgpack_pack_array(packer, WIRE_ANSWER_FIELDS);
    (void)msgpack_pack_uint32(packer, answer->pass);
    (void)msgpack_pack_uint32(packer, answer->round);
    wire_text(packer, answer->text);
    wire_text(packer, answer->finish_reason);
    wire_text(packer, answer->model);
    (void)msgpack_pack_int64(packer, answer->prompt_tokens);
    (void)msgpack_pack_int64(packer, answer->completion_tokens);
}

void wire_write_call(struct sbuf *out, enum wire_kind kind, const struct wire_job *job,
                     const struct wire_answer *answer)
{
    msgpack_packer packer;
    size_t at = wire_begin(out, &packer);
    (void)msgpack_pack_array(&packer, WIRE_CALL_FIELDS);
    (void)msgpack_pack_int(&packer, (int)kind);
    wire_text(&packer, job->data);
    wire_text(&packer, job->chart);
    wire_text(&packer, job->locale);
    (void)msgpack_pack_uint64(&packer, job->seed);
    (void)msgpack_pack_int64(&packer, job->now_ms);
    (void)msgpack_pack_uint32(&packer, job->pass);
    wire_children(&packer, job);
    wire_earlier(&packer, job);
    if (kind == WIRE_PROCESS) {
        wire_answer(&packer, answer);
    } else {
        (void)msgpack_pack_nil(&packer);
    }
    wire_end(out, at);
}

static void wire_reply_tables(msgpack_packer *packer, const struct wire_reply *reply)
{
    (void)msgpack_pack_array(packer, reply->messages_count);
    for (uint32_t i = 0; i < reply->messages_count; i++) {
        (void)msgpack_pack_array(packer, 2);
        (void)msgpack_pack_uint32(packer, reply->messages[i].role);
        wire_text(packer, reply->messages[i].text);
    }
    (void)msgpack_pack_array(packer, reply->sections_count);
    for (uint32_t i = 0; i < reply->sections_count; i++) {
        (void)msgpack_pack_array(packer, 3);
        wire_text(packer, reply->sections[i].id);
        wire_text(packer, reply->sections[i].title);
        wire_text(packer, reply->sections[i].text);
    }
    (void)msgpack_pack_array(packer, reply->stops_count);
    for (uint32_t i = 0; i < reply->stops_count; i++) {
        wire_text(packer, reply->stops[i]);
    }
}

void wire_write_reply(struct sbuf *out, const struct wire_reply *reply)
{
    msgpack_packer packer;
    size_t at = wire_begin(out, &packer);
    (void)msgpack_pack_array(&packer, WIRE_REPLY_FIELDS);
    (void)msgpack_pack_int(&packer, WIRE_REPLY);
    (void)msgpack_pack_int32(&packer, reply->status);
    (void)(reply->is_over_cap ? msgpack_pack_true : msgpack_pack_false)(&packer);
    (void)msgpack_pack_int(&packer, (int)reply->facts);
    wire_text(&packer, reply->say);
    wire_text(&packer, reply->field);
    wire_text(&packer, reply->text);
    wire_text(&packer, reply->content);
    wire_text(&packer, reply->correct);
    wire_text(&packer, reply->model_class);
    wire_text(&packer, reply->json_schema);
    if (reply->has_temperature) {
        (void)msgpack_pack_double(&packer, reply->temperature);
    } else {
        (void)msgpack_pack_nil(&packer);
    }
    if (reply->has_max_tokens) {
        (void)msgpack_pack_uint32(&packer, reply->max_tokens);
    } else {
        (void)msgpack_pack_nil(&packer);
    }
    wire_reply_tables(&packer, reply);
    wire_end(out, at);
}

void wire_write_text(struct sbuf *out, enum wire_kind kind, int32_t number, struct span text,
                     struct span more)
{
    msgpack_packer packer;
    size_t at = wire_begin(out, &packer);
    (void)msgpack_pack_array(&packer, WIRE_TEXT_FIELDS);
    (void)msgpack_pack_int(&packer, (int)kind);
    (void)msgpack_pack_int32(&packer, number);
    wire_text(&packer, text);
    wire_text(&packer, more);
    wire_end(out, at);
}
