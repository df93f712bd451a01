/* agenthost-practice-model: speaks Chat Completions on a loopback port and streams a text made from
 * the prompt at a human pace. It thinks nothing, costs nothing and needs no network. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"
#include "practice/practice_text.h"

#define MODEL_BODY_BYTES_MAX (8 * 1024 * 1024)
#define MODEL_TEXT_BYTES_MAX (256 * 1024)
#define MODEL_PIECE_BYTES 12
#define MODEL_USUAL_BYTES 1900 /* of a reading: takes the seconds asked for */
#define MODEL_CONNECTIONS_MAX 256

static struct {
    int ending_fd; /* readable once the program is to end */
    int journal_fd;
    double piece_ms;
} model = {-1, -1, 0};

struct exchange {
    struct sbuf body;
    struct sbuf events; /* what is streamed: each event ends with an empty line */
    size_t events_sent;
    int64_t began_ms;
};

static const char model_usage[] =
    "usage: agenthost-practice-model [--port N] [--seconds N] [--journal FILE]\n"
    "Listens on 127.0.0.1, prints the port. A reading takes about N seconds (4).\n"
    "Each request is appended to the journal as a line of JSON.\n";

/* Waits for the event's time; false when the program is to end. */
static bool model_wait(const struct exchange *exchange)
{
    double due_ms = (double)exchange->began_ms + model.piece_ms * (double)exchange->events_sent;
    double wait_ms = due_ms - (double)clock_mono_ms();
    struct pollfd ending = {.fd = model.ending_fd, .events = POLLIN};
    return poll(&ending, 1, wait_ms > 0 ? (int)wait_ms : 0) == 0;
}

static ssize_t model_read(void *ctx, uint64_t at, char *buf, size_t max)
{
    struct exchange *exchange = ctx;
    if (at >= exchange->events.len) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    const char *event = exchange->events.data + at;
    const char *end = strstr(event, "\n\n");
    size_t len = end != NULL ? (size_t)(end - event) + 2 : exchange->events.len - (size_t)at;
    if (!model_wait(exchange)) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    exchange->events_sent++;
    len = len < max ? len : max;
    memcpy(buf, event, len);
    return (ssize_t)len;
}

static void model_event(struct sbuf *out, const char *delta, struct span text, const char *finish)
{
    sbuf_puts(out, "data: {\"id\":\"practice\",\"object\":\"chat.completion.chunk\",\"created\":0,"
                   "\"model\":\"practice\",\"choices\":[{\"index\":0,\"delta\":{");
    sbuf_puts(out, delta);
    if (text.len > 0) {
        sbuf_json_string(out, text);
    }
    sbuf_printf(out, "},\"finish_reason\":%s}]}\n\n", finish);
}

static void model_usage_json(struct sbuf *out, size_t asked_bytes, size_t text_bytes)
{
    size_t asked = asked_bytes / 4, told = text_bytes / 4; /* a token has about four bytes */
    sbuf_printf(out,
                "\"usage\":{\"prompt_tokens\":%zu,\"completion_tokens\":%zu,\"total_tokens\":%zu}",
                asked, told, asked + told);
}

static void model_render_stream(struct exchange *exchange, struct span text)
{
    struct sbuf *out = &exchange->events;
    size_t bytes = text.len;
    model_event(out, "\"role\":\"assistant\",\"content\":\"\"", (struct span){0}, "null");
    while (text.len > 0) {
        struct span piece = {text.data,
                             text.len < MODEL_PIECE_BYTES ? text.len : MODEL_PIECE_BYTES};
        piece.len = span_utf8_len(piece);
        if (piece.len == 0) {
            break; /* it is made of UTF-8 only */
        }
        model_event(out, "\"content\":", piece, "null");
        text = (struct span){text.data + piece.len, text.len - piece.len};
    }
    model_event(out, "", (struct span){0}, "\"stop\"");
    sbuf_puts(out, "data: {\"id\":\"practice\",\"object\":\"chat.completion.chunk\",\"created\":0,"
                   "\"model\":\"practice\",\"choices\":[],");
    model_usage_json(out, exchange->body.len, bytes);
    sbuf_puts(out, "}\n\ndata: [DONE]\n\n");
}

static void model_render_whole(struct exchange *exchange, struct span text)
{
    struct sbuf *out = &exchange->events;
    sbuf_puts(out, "{\"id\":\"practice\",\"object\":\"chat.completion\",\"created\":0,\"model\":"
                   "\"practice\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":"
                   "{\"role\":\"assistant\",\"content\":");
    sbuf_json_string(out, text);
    sbuf_puts(out, "}}],");
    model_usage_json(out, exchange->body.len, text.len);
    sbuf_putc(out, '}');
}

static void model_note(struct json_object *request)
{
    struct sbuf line;
    sbuf_init(&line, MODEL_BODY_BYTES_MAX * 2);
    json_render(&line, request);
    sbuf_putc(&line, '\n');
    if (model.journal_fd >= 0 && !line.is_failed &&
        write(model.journal_fd, line.data, line.len) != (ssize_t)line.len) {
        (void)fputs("agenthost-practice-model: a line of the journal is lost\n", stderr);
    }
    sbuf_fini(&line);
}

static enum MHD_Result model_queue(struct MHD_Connection *connection, unsigned status,
                                   const char *type, struct MHD_Response *response)
{
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result model_refuse(struct MHD_Connection *connection, unsigned status,
                                    const char *why)
{
    struct sbuf text;
    sbuf_init(&text, 4096);
    sbuf_puts(&text, "{\"error\":{\"type\":\"invalid_request_error\",\"code\":null,\"message\":");
    sbuf_json_string(&text, span_of(why));
    sbuf_puts(&text, "}}");
    enum MHD_Result result =
        model_queue(connection, status, "application/json",
                    MHD_create_response_from_buffer(text.len, text.data, MHD_RESPMEM_MUST_COPY));
    sbuf_fini(&text);
    return result;
}

static enum MHD_Result model_answer(struct MHD_Connection *connection, struct exchange *exchange)
{
    struct json_object *request = NULL;
    struct err err;
    if (!json_parse(sbuf_as_span(&exchange->body), &request, &err) ||
        json_get(request, "messages") == NULL) {
        json_object_put(request);
        return model_refuse(connection, 400, "the body must be JSON with messages");
    }
    model_note(request);
    struct sbuf text;
    bool is_streamed = false;
    sbuf_init(&text, MODEL_TEXT_BYTES_MAX);
    practice_write(json_get(request, "messages"), &text);
    (void)json_get_bool(request, "stream", &is_streamed);
    exchange->began_ms = clock_mono_ms();
    if (is_streamed) {
        model_render_stream(exchange, sbuf_as_span(&text));
    } else {
        model_render_whole(exchange, sbuf_as_span(&text));
    }
    sbuf_fini(&text);
    json_object_put(request);
    if (is_streamed) {
        return model_queue(
            connection, 200, "text/event-stream",
            MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, model_read, exchange, NULL));
    }
    return model_queue(connection, 200, "application/json",
                       MHD_create_response_from_buffer(exchange->events.len, exchange->events.data,
                                                       MHD_RESPMEM_MUST_COPY));
}

static enum MHD_Result model_on_request(void *cls, struct MHD_Connection *connection,
                                        const char *url, const char *method, const char *version,
                                        const char *data, size_t *data_len, void **ctx)
{
    (void)cls;
    (void)version;
    struct exchange *exchange = *ctx;
    if (exchange == NULL) {
        exchange = mem_alloc(sizeof(*exchange));
        sbuf_init(&exchange->body, MODEL_BODY_BYTES_MAX);
        sbuf_init(&exchange->events, MODEL_TEXT_BYTES_MAX * 32);
        *ctx = exchange;
        return MHD_YES;
    }
    if (*data_len > 0) {
        sbuf_append(&exchange->body, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    size_t len = strlen(url), path_len = strlen("/chat/completions");
    if (len < path_len || strcmp(url + len - path_len, "/chat/completions") != 0) {
        return model_refuse(connection, 404, "there is /v1/chat/completions only");
    }
    if (strcmp(method, "POST") != 0) {
        return model_refuse(connection, 405, "POST it");
    }
    return exchange->body.is_failed ? model_refuse(connection, 413, "at most 8 MB are taken")
                                    : model_answer(connection, exchange);
}

static void model_on_completed(void *cls, struct MHD_Connection *connection, void **ctx,
                               enum MHD_RequestTerminationCode why)
{
    (void)cls;
    (void)connection;
    (void)why;
    struct exchange *exchange = *ctx;
    if (exchange != NULL) {
        sbuf_fini(&exchange->body);
        sbuf_fini(&exchange->events);
        free(exchange);
        *ctx = NULL;
    }
}

/* A whole number up to max; false for anything else. */
static bool model_read_number(const char *text, long max, long *ret_number)
{
    char *end = NULL;
    errno = 0;
    long number = strtol(text, &end, 10);
    *ret_number = number;
    return errno == 0 && end != text && *end == '\0' && number >= 0 && number <= max;
}

static bool model_read_arguments(int argc, char **argv, long *ret_port)
{
    static const struct option flags[] = {{"port", required_argument, NULL, 'p'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"journal", required_argument, NULL, 'j'},
                                          {NULL, 0, NULL, 0}};
    long seconds = 4;
    bool is_good = true;
    int flag;
    while ((flag = getopt_long(argc, argv, "", flags, NULL)) != -1) {
        if (flag == 'p') {
            is_good = is_good && model_read_number(optarg, 65535, ret_port);
        } else if (flag == 's') {
            is_good = is_good && model_read_number(optarg, 3600, &seconds);
        } else if (flag == 'j') {
            model.journal_fd = open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
            is_good = is_good && model.journal_fd >= 0;
        } else {
            is_good = false;
        }
    }
    model.piece_ms = (double)seconds * 1000. * MODEL_PIECE_BYTES / MODEL_USUAL_BYTES;
    return is_good && optind == argc;
}

int main(int argc, char **argv)
{
    long port = 0;
    if (!model_read_arguments(argc, argv, &port)) {
        (void)fputs(model_usage, stderr);
        return 2;
    }
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL); /* and so in every thread */
    model.ending_fd = eventfd(0, EFD_CLOEXEC);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, (uint16_t)port, NULL, NULL,
        model_on_request, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MODEL_CONNECTIONS_MAX, MHD_OPTION_NOTIFY_COMPLETED,
        model_on_completed, NULL, MHD_OPTION_END);
    if (daemon == NULL) {
        (void)fprintf(stderr, "agenthost-practice-model: cannot listen on 127.0.0.1:%ld\n", port);
        return 1;
    }
    (void)printf("%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void)fflush(stdout);
    int caught = 0;
    (void)sigwait(&ends, &caught);
    (void)eventfd_write(model.ending_fd, 1);
    MHD_stop_daemon(daemon);
    return 0;
}
