/* The test's host and its client. */
#include "tiny_host.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TINY_PATIENCE_S 10
#define TINY_ANSWER_BYTES_MAX (4 << 20)

/* --- the host -------------------------------------------------------------------------------- */

static void tiny_status(void *ctx, struct sbuf *out)
{
    struct tiny_host *host = ctx;
    sbuf_printf(out,
                "{\"version\":\"9.9\",\"pid\":7,\"uptimeMs\":61000,\"ready\":%s,"
                "\"waitingFor\":\"the moon\\n\",\"agents\":2,\"generation\":3,"
                "\"pipeline\":{\"jobs\":1,\"completed\":5},"
                "\"queues\":[{\"name\":\"readings\",\"active\":1,\"concurrency\":2,"
                "\"parked\":{\"no_model\":4,\"store\":0}}]}",
                host->is_ready ? "true" : "false");
}

static void tiny_agents(void *ctx, struct sbuf *out)
{
    (void)ctx;
    sbuf_puts(out, "[{\"id\":\"crisis\",\"version\":\"1.2\",\"state\":\"ready\","
                   "\"image\":\"0123456789abcdef\",\"refused\":\"agent.so: half of it\","
                   "\"quarantined\":[{\"image\":\"fedcba9876543210\",\"reason\":\"3 strikes\"}]}]");
}

static void tiny_order(void *ctx, const char *agent_id, enum agents_order order,
                       agents_order_fn done, void *done_ctx)
{
    static const char *const names[] = {"pause", "resume", "rollback", "promote"};
    struct tiny_host *host = ctx;
    struct err err;
    if (strcmp(agent_id, "crisis") != 0) {
        (void)err_set(&err, ERR_NOT_FOUND, "no agent '%s'; the nearest is 'crisis'", agent_id);
        done("", &err, done_ctx);
        return;
    }
    (void)snprintf(host->ordered, sizeof(host->ordered), "%s %s", names[order], agent_id);
    done("it is so", NULL, done_ctx);
}

static bool tiny_history(void *ctx, const char *agent_id, struct sbuf *out, struct err *err)
{
    (void)ctx;
    if (strcmp(agent_id, "crisis") != 0) {
        return err_set(err, ERR_NOT_FOUND, "no agent '%s'; the nearest is 'crisis'", agent_id);
    }
    sbuf_puts(out, "[{\"image\":\"0123456789abcdef\",\"version\":\"1.2\",\"state\":\"quarantined\","
                   "\"serves\":false,\"loaded\":\"2026-01-02T03:04:05.678Z\","
                   "\"reason\":\"3 strikes\"}]");
    return true;
}

static void tiny_listing(void *ctx, struct sbuf *out)
{
    (void)ctx;
    sbuf_puts(out, "\"agents\":[{\"id\":\"crisis\"}],\"ids\":[\"crisis\"],\"count\":1");
}

static void tiny_config(void *ctx, struct sbuf *out)
{
    (void)ctx;
    sbuf_puts(out, "[redis]\n# password = (set, hidden)\n");
}

static bool tiny_is_ready(void *ctx, struct sbuf *why)
{
    struct tiny_host *host = ctx;
    if (!host->is_ready) {
        sbuf_puts(why, "the moon is down\n");
    }
    return host->is_ready;
}

static bool tiny_count_agents(void *ctx, unsigned *ret_count)
{
    const struct tiny_host *host = ctx;
    *ret_count = 4;
    return host->is_ready;
}

static void tiny_on_later(struct loop_deferred *deferred)
{
    struct tiny_host *host = CONTAINER_OF(deferred, struct tiny_host, later);
    host->later_run(host);
}

static void tiny_when(struct tiny_host *host, void (*run)(struct tiny_host *host))
{
    host->later_run = run;
    if (host->is_late) {
        host->later.run = tiny_on_later;
        loop_defer(&host->loop, &host->later);
    } else {
        run(host);
    }
}

static void tiny_reload_end(struct tiny_host *host)
{
    const char *report =
        host->is_reload_refused
            ? "{\"bundles\":[{\"id\":\"crisis\",\"result\":\"refused\",\"error\":\"bad\"}]}"
            : "{\"bundles\":[{\"id\":\"crisis\",\"result\":\"loaded\",\"image\":\"0123\"}]}";
    host->reload_done(!host->is_reload_refused, span_of(report), host->done_ctx);
}

static void tiny_reload(void *ctx, http_reload_fn done, void *done_ctx)
{
    struct tiny_host *host = ctx;
    host->reloads++;
    host->reload_done = done;
    host->done_ctx = done_ctx;
    tiny_when(host, tiny_reload_end);
}

static void tiny_drain(void *ctx)
{
    struct tiny_host *host = ctx;
    host->drains++;
}

void tiny_host_answer(struct tiny_host *host)
{
    if (host->fails.kind != ERR_NONE && !host->is_enqueue_good) {
        host->kept_done(NULL, &host->fails, host->kept_ctx);
    } else {
        host->kept_done("job-1", NULL, host->kept_ctx);
    }
}

static void tiny_enqueue(void *ctx, const struct http_enqueue *job, http_enqueue_fn done,
                         void *done_ctx)
{
    struct tiny_host *host = ctx;
    host->enqueues++;
    sbuf_clear(&host->enqueued);
    sbuf_printf(&host->enqueued, "queue=%s agent=%s id=%s priority=%u attempts=%u data=",
                job->queue != NULL ? job->queue : "-", job->agent,
                job->job_id != NULL ? job->job_id : "-", job->priority, job->attempts);
    sbuf_span(&host->enqueued, job->data);
    host->kept_done = done;
    host->kept_ctx = done_ctx;
    if (!host->is_silent) {
        tiny_when(host, tiny_host_answer);
    }
}

static void tiny_adopt(void *ctx, const char *queue, http_queue_fn done, void *done_ctx)
{
    struct tiny_host *host = ctx;
    (void)snprintf(host->adopted, sizeof(host->adopted), "%s", queue);
    done(host->fails.kind != ERR_NONE ? &host->fails : NULL, done_ctx);
}

static void tiny_pause_queue(void *ctx, const char *queue, bool is_pausing, http_queue_fn done,
                             void *done_ctx)
{
    struct tiny_host *host = ctx;
    (void)snprintf(host->paused, sizeof(host->paused), "%s %s", is_pausing ? "pause" : "resume",
                   queue);
    done(host->fails.kind != ERR_NONE ? &host->fails : NULL, done_ctx);
}

static void tiny_reading_end(struct tiny_host *host)
{
    if (host->fails.kind != ERR_NONE) {
        host->reading_done((struct span){0}, &host->fails, host->done_ctx);
    } else {
        host->reading_done(span_of(host->reading), NULL, host->done_ctx);
    }
}

static void tiny_act(struct tiny_host *host, const char *reading_id, const char *what,
                     action_fn done, void *done_ctx)
{
    struct action action = {.reading_id = reading_id, .job_id = "job-1"};
    (void)snprintf(host->acted, sizeof(host->acted), "%s", what);
    bool is_bad = host->fails.kind != ERR_NONE;
    done(is_bad ? NULL : &action, is_bad ? &host->fails : NULL, done_ctx);
}

static void tiny_cancel(void *ctx, const char *reading_id, const char *reason, action_fn done,
                        void *done_ctx)
{
    char what[128];
    (void)snprintf(what, sizeof(what), "cancel %s", reason);
    tiny_act(ctx, reading_id, what, done, done_ctx);
}

static void tiny_retry(void *ctx, const char *reading_id, action_fn done, void *done_ctx)
{
    tiny_act(ctx, reading_id, "retry", done, done_ctx);
}

static void tiny_reading(void *ctx, const char *reading_id, http_reading_fn done, void *done_ctx)
{
    struct tiny_host *host = ctx;
    host->readings++;
    (void)snprintf(host->reading_id, sizeof(host->reading_id), "%s", reading_id);
    host->reading_done = done;
    host->done_ctx = done_ctx;
    tiny_when(host, tiny_reading_end);
}

void tiny_host_start(struct tiny_host *host)
{
    *host = (struct tiny_host){.is_ready = true};
    host->reading = "{\"id\":\"r1\",\"status\":\"completed\",\"versions\":[{\"content\":{\"text\":"
                    "\"calm words\"}}]}";
    host->face = (struct http_host){
        .ctx = host,
        .render_status = tiny_status,
        .render_agents = tiny_agents,
        .render_history = tiny_history,
        .render_listing = tiny_listing,
        .render_config = tiny_config,
        .is_ready = tiny_is_ready,
        .count_agents = tiny_count_agents,
        .reload = tiny_reload,
        .drain = tiny_drain,
        .enqueue = tiny_enqueue,
        .adopt = tiny_adopt,
        .pause_queue = tiny_pause_queue,
        .order = tiny_order,
        .reading = tiny_reading,
        .cancel = tiny_cancel,
        .retry = tiny_retry,
    };
    sbuf_init(&host->enqueued, 4 << 20);
    (void)snprintf(host->dir, sizeof(host->dir), "/tmp/agenthost-http-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(host->dir));
    (void)snprintf(host->socket_path, sizeof(host->socket_path), "%s/control.sock", host->dir);
    loop_init(&host->loop);
    host->files = thread_create(&host->loop, "files", 8);
    host->options = (struct options_http){.connections_max = 512, .idle_ms = 30000};
    tiny_host_serve(host);
}

void tiny_host_serve(struct tiny_host *host)
{
    struct err err = {0};
    http_server_destroy(&host->server);
    const struct http_settings settings = {
        .socket_path = host->socket_path,
        .token_secret = TINY_TOKEN_SECRET,
        .options = &host->options,
    };
    host->server = http_server_create(&host->loop, host->files, &settings, &host->face, &err);
    ck_assert_msg(host->server != NULL, "%s", err.text);
}

void tiny_host_stop(struct tiny_host *host)
{
    http_server_destroy(&host->server);
    thread_destroy(&host->files);
    loop_fini(&host->loop);
    sbuf_fini(&host->enqueued);
    (void)unlink(host->socket_path);
    ck_assert_int_eq(rmdir(host->dir), 0);
}

/* --- the client ------------------------------------------------------------------------------ */

struct tiny_work {
    void (*fn)(void *ctx);
    void *ctx;
    struct loop *loop;
    ev_async ended;
};

static void *tiny_work_main(void *arg)
{
    struct tiny_work *work = arg;
    work->fn(work->ctx);
    ev_async_send(work->loop->ev, &work->ended);
    return NULL;
}

static void tiny_on_ended(struct ev_loop *ev, ev_async *ended, int revents)
{
    (void)ended;
    (void)revents;
    ev_break(ev, EVBREAK_ALL);
}

static void tiny_on_late(struct ev_loop *ev, ev_timer *late, int revents)
{
    (void)ev;
    (void)late;
    (void)revents;
    ck_abort_msg("no end of the exchange after %d s", TINY_PATIENCE_S);
}

void tiny_host_while(struct tiny_host *host, void (*fn)(void *ctx), void *ctx)
{
    struct tiny_work work = {.fn = fn, .ctx = ctx, .loop = &host->loop};
    pthread_t thread;
    ev_timer late;
    ev_async_init(&work.ended, tiny_on_ended);
    ev_async_start(host->loop.ev, &work.ended);
    ev_timer_init(&late, tiny_on_late, TINY_PATIENCE_S, 0.);
    ev_now_update(host->loop.ev);
    ev_timer_start(host->loop.ev, &late);
    ck_assert_int_eq(pthread_create(&thread, NULL, tiny_work_main, &work), 0);
    loop_run(&host->loop);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ev_timer_stop(host->loop.ev, &late);
    ev_async_stop(host->loop.ev, &work.ended);
}

struct tiny_exchange {
    const char *address;
    struct span request;
    char *answer;
    size_t len;
    int error;
};

static int tiny_connect(const char *address)
{
    if (strncmp(address, "unix:", 5) == 0) {
        struct sockaddr_un to = {.sun_family = AF_UNIX};
        (void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", address + 5);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ? fd : -1;
    }
    struct sockaddr_in to = {.sin_family = AF_INET};
    to.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ? fd : -1;
}

static void tiny_exchange_run(void *ctx)
{
    struct tiny_exchange *exchange = ctx;
    int fd = tiny_connect(exchange->address);
    if (fd < 0) {
        exchange->error = errno;
        return;
    }
    size_t sent = 0;
    while (sent < exchange->request.len) {
        ssize_t now =
            send(fd, exchange->request.data + sent, exchange->request.len - sent, MSG_NOSIGNAL);
        if (now < 0) {
            break; /* the server may answer and close before it has read all */
        }
        sent += (size_t)now;
    }
    ssize_t got;
    while (exchange->len < TINY_ANSWER_BYTES_MAX &&
           (got = recv(fd, exchange->answer + exchange->len, TINY_ANSWER_BYTES_MAX - exchange->len,
                       0)) > 0) {
        exchange->len += (size_t)got;
    }
    exchange->answer[exchange->len] = '\0';
    close(fd);
}

const char *tiny_host_exchange(struct tiny_host *host, const char *address, const char *request,
                               size_t len)
{
    static char answer[TINY_ANSWER_BYTES_MAX + 1];
    struct tiny_exchange exchange = {
        .address = address, .request = {request, len}, .answer = answer};
    tiny_host_while(host, tiny_exchange_run, &exchange);
    ck_assert_msg(exchange.error == 0, "%s: %s", address, strerror(exchange.error));
    return answer;
}

const char *tiny_host_ask(struct tiny_host *host, const char *method, const char *path,
                          const char *body, const char *extra)
{
    struct sbuf request;
    char address[128];
    sbuf_init(&request, 8 << 20);
    sbuf_printf(&request, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s", method, path,
                extra);
    if (body != NULL) {
        sbuf_printf(&request, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                    strlen(body));
    }
    sbuf_printf(&request, "\r\n%s", body != NULL ? body : "");
    (void)snprintf(address, sizeof(address), "unix:%s", host->socket_path);
    const char *answer = tiny_host_exchange(host, address, request.data, request.len);
    sbuf_fini(&request);
    return answer;
}

const char *tiny_host_body(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    ck_assert_msg(end != NULL, "no head in '%.200s'", answer);
    return end + 4;
}
