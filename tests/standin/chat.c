/* Answers of the stand-in: rendered event by event as they fall due, with the faults asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "server.h"

#define CHAT_CREATED 1700000000 /* nobody looks */

/* Length of the model's name as far as it is repeated in answers. */
static int chat_model_len(const struct reply *reply)
{
    return (int)(reply->request.model.len < 100 ? reply->request.model.len : 100);
}

static const char *chat_model(const struct reply *reply)
{
    return reply->request.model.data != NULL ? reply->request.model.data : "";
}

/* --- event streams
 * -------------------------------------------------------------------------------- */

static void chat_chunk(struct peer *peer, struct span text)
{
    sbuf_printf(&peer->out, "%zx\r\n", text.len);
    sbuf_span(&peer->out, text);
    sbuf_append(&peer->out, "\r\n", 2);
}

/* One event: delta and finish are JSON. */
static void chat_event(struct peer *peer, const char *delta_before, const char *piece,
                       const char *delta_after, const char *finish)
{
    const struct reply *reply = &peer->reply;
    struct sbuf *event = &peer->server->event;
    sbuf_clear(event);
    sbuf_printf(event,
                "data: {\"id\":\"chatcmpl-%llu\",\"object\":\"chat.completion.chunk\",\"created\":"
                "%d,\"model\":\"%.*s\",\"choices\":[{\"index\":0,\"delta\":{",
                (unsigned long long)reply->number, CHAT_CREATED, chat_model_len(reply),
                chat_model(reply));
    sbuf_puts(event, delta_before);
    sbuf_puts(event, piece);
    sbuf_puts(event, delta_after);
    sbuf_puts(event, "},\"finish_reason\":");
    sbuf_puts(event, finish);
    sbuf_puts(event, "}]}\n\n");
    chat_chunk(peer, sbuf_as_span(event));
}

static void chat_usage_json(struct sbuf *out, const struct reply *reply)
{
    size_t prompt = reply->body.len / 4, completion = reply->answer->bytes / 4;
    sbuf_printf(out,
                "\"usage\":{\"prompt_tokens\":%zu,\"completion_tokens\":%zu,\"total_tokens\":%zu}",
                prompt, completion, prompt + completion);
}

static const char *chat_finish_reason(const struct peer *peer)
{
    const struct reply *reply = &peer->reply;
    if (reply->fault.kind == FAULT_FINISH) {
        return reply->fault.text;
    }
    return peer->server->config->finish != NULL ? peer->server->config->finish : "stop";
}

static void chat_stream_end(struct peer *peer)
{
    struct reply *reply = &peer->reply;
    char finish[64];
    (void)snprintf(finish, sizeof(finish), "\"%s\"", chat_finish_reason(peer));
    chat_event(peer, "", "", "", finish);
    if (reply->wants_usage && peer->server->config->has_usage) {
        struct sbuf *event = &peer->server->event;
        sbuf_clear(event);
        sbuf_printf(event,
                    "data: {\"id\":\"chatcmpl-%llu\",\"object\":\"chat.completion.chunk\","
                    "\"created\":%d,\"model\":\"%.*s\",\"choices\":[],",
                    (unsigned long long)reply->number, CHAT_CREATED, chat_model_len(reply),
                    chat_model(reply));
        chat_usage_json(event, reply);
        sbuf_puts(event, "}\n\n");
        chat_chunk(peer, sbuf_as_span(event));
    }
    chat_chunk(peer, SPAN_LITERAL("data: [DONE]\n\n"));
    sbuf_puts(&peer->out, "0\r\n\r\n");
    reply->is_over = true;
}

static const char *chat_error_type(const struct fault *fault)
{
    if (fault->text != NULL && strcmp(fault->text, "insufficient_quota") == 0) {
        return "insufficient_quota";
    }
    if (fault->kind != FAULT_STATUS || fault->number >= 500) {
        return "server_error";
    }
    return fault->number == 429 ? "rate_limit_error" : "invalid_request_error";
}

static void chat_error_json(struct sbuf *out, const struct fault *fault)
{
    sbuf_printf(out,
                "{\"error\":{\"message\":\"the stand-in fails on request\",\"type\":\"%s\","
                "\"param\":null,\"code\":",
                chat_error_type(fault));
    if (fault->text != NULL) {
        sbuf_json_string(out, span_of(fault->text));
    } else {
        sbuf_puts(out, "null");
    }
    sbuf_puts(out, "}}");
}

/* Commits a fault whose time has come; true when there is nothing more to send. */
static bool chat_stream_fault(struct peer *peer)
{
    struct reply *reply = &peer->reply;
    if (reply->piece_next < reply->fault.number) {
        return false;
    }
    switch (reply->fault.kind) {
    case FAULT_CUT:
        peer->closes = true;
        reply->is_over = true;
        return true;
    case FAULT_STALL:
        return true;
    case FAULT_ERROR: {
        struct sbuf *event = &peer->server->event;
        sbuf_clear(event);
        sbuf_puts(event, "data: ");
        chat_error_json(event, &reply->fault);
        sbuf_puts(event, "\n\n");
        chat_chunk(peer, sbuf_as_span(event));
        sbuf_puts(&peer->out, "0\r\n\r\n");
        reply->is_over = true;
        return true;
    }
    default:
        return false;
    }
}

static void chat_wait(struct peer *peer, int64_t until_us)
{
    int64_t in_us = until_us - clock_mono_us();
    ev_now_update(peer->server->ev);
    ev_timer_set(&peer->timer, in_us > 0 ? (double)in_us / 1e6 : 0., 0.);
    ev_timer_start(peer->server->ev, &peer->timer);
}

/* Renders what is due; arms the timer for what is not. */
static void chat_stream(struct peer *peer)
{
    struct reply *reply = &peer->reply;
    double rate = peer->server->config->tokens_per_second;
    int64_t now_us = clock_mono_us();
    while (reply->piece_next < reply->answer->pieces_count) {
        if (chat_stream_fault(peer)) {
            return;
        }
        int64_t due_us = rate > 0.
                             ? reply->began_us + (int64_t)((double)reply->piece_next * 1e6 / rate)
                             : now_us;
        if (due_us > now_us) {
            chat_wait(peer, due_us);
            return;
        }
        chat_event(peer, "\"content\":", reply->answer->pieces[reply->piece_next], "", "null");
        reply->piece_next++;
        if (peer->server->config->writes_each && reply->piece_next < reply->answer->pieces_count) {
            chat_wait(peer, now_us); /* next turn */
            return;
        }
    }
    if (!chat_stream_fault(peer)) {
        chat_stream_end(peer);
    }
}

static void chat_stream_begin(struct peer *peer)
{
    sbuf_printf(&peer->out,
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n"
                "x-request-id: req-%llu\r\n%s\r\n",
                (unsigned long long)peer->reply.number,
                peer->closes ? "Connection: close\r\n" : "");
    chat_event(peer, "\"role\":\"assistant\",\"content\":\"\"", "", "", "null");
}

/* --- whole answers
 * -------------------------------------------------------------------------------- */

static void chat_whole(struct peer *peer)
{
    struct reply *reply = &peer->reply;
    struct sbuf *text = &peer->server->event;
    char headers[64];
    sbuf_clear(text);
    sbuf_printf(
        text,
        "{\"id\":\"chatcmpl-%llu\",\"object\":\"chat.completion\",\"created\":%d,\"model\":"
        "\"%.*s\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":",
        (unsigned long long)reply->number, CHAT_CREATED, chat_model_len(reply), chat_model(reply));
    sbuf_puts(text, reply->answer->whole);
    sbuf_printf(text, ",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"%s\"}],",
                chat_finish_reason(peer));
    chat_usage_json(text, reply);
    sbuf_puts(text, "}");
    (void)snprintf(headers, sizeof(headers), "x-request-id: req-%llu\r\n",
                   (unsigned long long)reply->number);
    peer_answer(peer, 200, "application/json", sbuf_as_span(text), headers);
    reply->is_over = reply->fault.kind != FAULT_STALL;
    if (reply->fault.kind == FAULT_CUT || reply->fault.kind == FAULT_STALL) {
        peer->out.len -= text->len / 2; /* only the first half of the body */
        peer->closes = true;
    }
}

/* --- from request to end
 * -------------------------------------------------------------------------- */

static void chat_fail(struct peer *peer)
{
    struct reply *reply = &peer->reply;
    struct sbuf *text = &peer->server->event;
    char headers[160] = "";
    sbuf_clear(text);
    chat_error_json(text, &reply->fault);
    reply->status = reply->fault.kind == FAULT_STATUS ? (int)reply->fault.number : 500;
    reply->outcome = "error";
    if (reply->fault.retry_after != NULL) {
        (void)snprintf(headers, sizeof(headers), "Retry-After: %.100s\r\n",
                       reply->fault.retry_after);
    }
    peer_answer(peer, reply->status, "application/json", sbuf_as_span(text), headers);
    reply->is_over = true;
}

static void chat_garbage(struct peer *peer)
{
    peer_answer(peer, 200, "text/html",
                SPAN_LITERAL("<html><body><h1>502 Bad Gateway</h1></body></html>\n"), "");
    peer->reply.is_over = true;
}

/* The first byte is due. */
static void chat_answer(struct peer *peer)
{
    struct reply *reply = &peer->reply;
    switch (reply->fault.kind) {
    case FAULT_STATUS:
        chat_fail(peer);
        break;
    case FAULT_GARBAGE:
        chat_garbage(peer);
        break;
    default:
        if (reply->is_stream) {
            chat_stream_begin(peer);
            chat_stream(peer);
        } else if (reply->fault.kind == FAULT_ERROR) {
            chat_fail(peer);
        } else {
            chat_whole(peer);
        }
    }
}

void chat_continue(struct peer *peer)
{
    struct reply *reply = &peer->reply;
    if (reply->status == 0) {
        reply->status = 200;
        chat_answer(peer);
    } else {
        chat_stream(peer);
    }
    peer_flush(peer); /* the peer may be gone */
}

static int64_t chat_latency_us(struct config *config)
{
    double spread_ms = config->latency_ms_max > config->latency_ms
                           ? (config->latency_ms_max - config->latency_ms) * config_random(config)
                           : 0.;
    return (int64_t)((config->latency_ms + spread_ms) * 1000.);
}

static void chat_count(struct server *server)
{
    server->active++;
    if (server->active > server->active_max) {
        server->active_max = server->active;
    }
}

/* A copy: the options may change while the answer is under way. */
static void reply_take_fault(struct reply *reply, const struct fault *fault)
{
    if (fault != NULL) {
        reply->fault = *fault;
        reply->fault.text = mem_strdup(fault->text);
        reply->fault.retry_after = mem_strdup(fault->retry_after);
    }
}

void chat_begin(struct peer *peer, struct span body)
{
    struct server *server = peer->server;
    struct config *config = server->config;
    struct reply *reply = &peer->reply;
    *reply = (struct reply){.is_active = true,
                            .number = ++server->requests,
                            .received_ms = clock_wall_ms(),
                            .received_us = clock_mono_us(),
                            .outcome = "aborted",
                            .body = body};
    chat_count(server);
    reply->answer = config_answer(config, body);
    if (!chat_scan(body, &reply->request) || !reply->request.has_messages) {
        reply->fault = (struct fault){
            .kind = FAULT_STATUS, .number = 400, .text = mem_strdup("invalid_request")};
    } else {
        reply_take_fault(reply, config_fault(config, body));
    }
    reply->is_stream = reply->request.is_stream;
    reply->wants_usage = reply->request.wants_usage;
    if (reply->fault.kind != FAULT_NONE && reply->fault.kind != FAULT_FINISH) {
        reply->outcome = "fault";
    }
    if (reply->fault.kind == FAULT_DROP) {
        peer_close(peer);
        return;
    }
    int64_t latency_us = reply->fault.kind == FAULT_STATUS ? 0 : chat_latency_us(config);
    reply->began_us = reply->received_us + latency_us;
    if (latency_us > 0) {
        chat_wait(peer, reply->began_us);
    } else {
        chat_continue(peer);
    }
}

/* A complete answer is one that ended as it should and was written to its last byte. */
static bool chat_is_complete(const struct peer *peer)
{
    const struct reply *reply = &peer->reply;
    bool is_whole = reply->fault.kind == FAULT_NONE || reply->fault.kind == FAULT_FINISH;
    return is_whole && reply->is_over && peer->out_at == peer->out.len;
}

void chat_end(struct peer *peer)
{
    struct server *server = peer->server;
    bool is_complete = chat_is_complete(peer);
    journal_write(peer, is_complete);
    server->active--;
    server->complete += is_complete ? 1 : 0;
    answer_unref(&peer->reply.answer);
    free(peer->reply.fault.text);
    free(peer->reply.fault.retry_after);
    ev_timer_stop(server->ev, &peer->timer);
    peer->reply.is_active = false;
}
