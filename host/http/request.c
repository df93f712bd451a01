/* Requests: bodies in, JSON answers out, tickets for answers that come later. */
#include "http/request.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "http/server-private.h"

void http_request_init(struct http_request *request, const struct http_host *host)
{
    *request = (struct http_request){.host = host, .content_type = "application/json"};
    request->caller.key_name[0] = '-';
    sbuf_init(&request->body, HTTP_BODY_BYTES_MAX);
    sbuf_init(&request->answer, HTTP_ANSWER_BYTES_MAX);
}

void http_request_fini(struct http_request *request)
{
    for (size_t i = 0; i < request->headers_count; i++) {
        free(request->headers[i].value);
    }
    sbuf_fini(&request->body);
    sbuf_fini(&request->answer);
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection->mhd, MHD_HEADER_KIND, name);
}

const char *http_request_query(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection->mhd, MHD_GET_ARGUMENT_KIND, name);
}

void http_answer_header(struct http_request *request, const char *name, const char *value)
{
    size_t at = 0;
    while (at < request->headers_count && strcasecmp(request->headers[at].name, name) != 0) {
        at++;
    }
    assert(at < HTTP_ANSWER_HEADERS_MAX);
    free(request->headers[at].value); /* of the same name, or NULL */
    request->headers[at] = (struct http_header){name, mem_strdup(value)};
    request->headers_count += at == request->headers_count;
}

void http_answer_error(struct http_request *request, unsigned status, const char *code,
                       const char *field, const char *remedy, const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    struct sbuf *out = &request->answer;
    sbuf_clear(out);
    sbuf_puts(out, "{\"success\":false,\"error\":");
    sbuf_json_string(out, span_of(text));
    sbuf_puts(out, ",\"code\":");
    sbuf_json_string(out, span_of(code));
    if (field != NULL) {
        sbuf_puts(out, ",\"details\":{\"field\":");
        sbuf_json_string(out, span_of(field));
        sbuf_puts(out, ",\"remedy\":");
        sbuf_json_string(out, span_of(remedy));
        sbuf_putc(out, '}');
    }
    sbuf_putc(out, '}');
    http_answer(request, status);
}

void http_answer_err(struct http_request *request, const struct err *err)
{
    static const struct {
        unsigned status;
        const char *code;
    } rows[] = {
        [ERR_INVALID] = {400, "VALIDATION_ERROR"},
        [ERR_NOT_FOUND] = {404, "NOT_FOUND"},
        [ERR_CONFLICT] = {409, "CONFLICT"},
        [ERR_DENIED] = {403, "DENIED"},
        [ERR_AGAIN] = {503, "UNAVAILABLE"},
        [ERR_TIMEOUT] = {503, "UNAVAILABLE"},
        [ERR_LIMIT] = {503, "BUSY"},
        [ERR_PROTOCOL] = {502, "PROTOCOL"},
        [ERR_INTERNAL] = {500, "INTERNAL"},
    };
    assert(err->kind > ERR_NONE && err->kind <= ERR_INTERNAL);
    http_answer_error(request, rows[err->kind].status, rows[err->kind].code, NULL, NULL, "%s",
                      err->text);
}

void http_answer_problems(struct http_request *request, const struct problems *problems)
{
    struct sbuf *out = &request->answer;
    char text[sizeof(problems->field) + sizeof(problems->remedy) + 4];
    (void)snprintf(text, sizeof(text), "%s: %s", problems->field, problems->remedy);
    sbuf_clear(out);
    sbuf_puts(out, "{\"success\":false,\"error\":");
    sbuf_json_string(out, span_of(text));
    sbuf_puts(out, ",\"code\":\"VALIDATION_ERROR\",\"details\":{\"field\":");
    sbuf_json_string(out, span_of(problems->field));
    sbuf_puts(out, ",\"remedy\":");
    sbuf_json_string(out, span_of(problems->remedy));
    sbuf_puts(out, ",\"fields\":");
    sbuf_span(out, sbuf_as_span(&problems->fields));
    sbuf_puts(out, "]}}");
    http_answer(request, 400);
}

struct http_ticket *http_ticket_take(struct http_request *request)
{
    assert(request->ticket == NULL);
    request->ticket = mem_alloc(sizeof(*request->ticket));
    request->ticket->request = request;
    return request->ticket;
}

struct http_request *http_ticket_redeem(struct http_ticket *ticket)
{
    struct http_request *request = ticket->request;
    if (request != NULL) {
        request->ticket = NULL;
    }
    free(ticket);
    return request;
}

struct http_request *http_ticket_settle(struct http_ticket *ticket, const struct err *err)
{
    struct http_request *request = http_ticket_redeem(ticket);
    if (request != NULL && err != NULL) {
        http_answer_err(request, err);
        return NULL;
    }
    return request;
}
