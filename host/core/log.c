/* The log: lines are formatted where they arise, queued, and written by the files thread. */
#include "core/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log-private.h"
#include "core/loop.h"
#include "core/sbuf.h"
#include "core/thread.h"

#define LOG_QUEUE_BYTES_MAX (512 * 1024) /* waiting; as much again may be being written */
#define LOG_LINE_BYTES_MAX (16 * 1024)
#define LOG_MESSAGE_BYTES_MAX 8192
#define LOG_WRITE_BYTES 4096 /* PIPE_BUF: a write of so much after POLLOUT cannot block */
#define LOG_RETRY_S 0.02
#define LOG_STOP_WAIT_MS 1000

static struct {
    atomic_int level;
    atomic_bool is_json;
    atomic_bool has_priority; /* "<N>" before each line, for journald */
    pthread_mutex_t mutex;
    struct sbuf waiting;   /* under mutex */
    uint64_t dropped_told; /* under mutex */
    bool is_queued;        /* under mutex; between log_start and log_stop */
    atomic_ullong dropped;
    struct loop *loop;
    struct thread *files;
    ev_async wake;
    ev_timer retry;
    struct thread_task task;
    bool is_writing;             /* loop only: the task is submitted */
    pthread_mutex_t write_mutex; /* taken before mutex */
    struct sbuf writing;         /* under write_mutex */
    atomic_bool is_unwritten;    /* writing holds what the reader did not take */
} logger = {.level = LOG_INFO,
            .mutex = PTHREAD_MUTEX_INITIALIZER,
            .write_mutex = PTHREAD_MUTEX_INITIALIZER};

static bool log_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat info;
    char own[64];
    if (stream == NULL || fstat(STDERR_FILENO, &info) != 0) {
        return false;
    }
    (void)snprintf(own, sizeof(own), "%lu:%lu", (unsigned long)info.st_dev,
                   (unsigned long)info.st_ino);
    return strcmp(stream, own) == 0;
}

void log_configure(enum log_format format, enum log_level level)
{
    atomic_store(&logger.level, (int)level);
    logger.is_json =
        format == LOG_FORMAT_AUTO ? isatty(STDERR_FILENO) == 0 : format == LOG_FORMAT_JSON;
    logger.has_priority = log_is_journal();
}

bool log_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&logger.level, memory_order_relaxed);
}

enum log_level log_level_current(void)
{
    return (enum log_level)atomic_load(&logger.level);
}

uint64_t log_dropped(void)
{
    return atomic_load(&logger.dropped);
}

/* Writes until everything is out, the peer does not read for wait_ms, or an error. Returns
 * what was written. */
static size_t log_write(const char *data, size_t len, int wait_ms)
{
    size_t done = 0;
    while (done < len) {
        struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
        if (poll(&ready, 1, wait_ms) <= 0) {
            break;
        }
        size_t chunk = len - done < LOG_WRITE_BYTES ? len - done : LOG_WRITE_BYTES;
        ssize_t written = write(STDERR_FILENO, data + done, chunk);
        if (written < 0 && errno != EAGAIN && errno != EINTR) {
            return len; /* nobody will ever read it */
        }
        done += written > 0 ? (size_t)written : 0;
    }
    return done;
}

static struct log_style log_style_now(void)
{
    return (struct log_style){atomic_load(&logger.is_json), atomic_load(&logger.has_priority)};
}

/* Under the mutex: queues a line or counts it as dropped. */
static void log_enqueue(const struct sbuf *line)
{
    if (line->len > logger.waiting.bytes_max - logger.waiting.len) {
        atomic_fetch_add(&logger.dropped, 1);
        return;
    }
    bool was_empty = logger.waiting.len == 0;
    sbuf_span(&logger.waiting, sbuf_as_span(line));
    if (was_empty) {
        ev_async_send(logger.loop->ev, &logger.wake);
    }
}

void log_line(enum log_level level, const char *module, const struct log_job *job, const char *fmt,
              ...)
{
    if (!log_enabled(level)) {
        return;
    }
    char message[LOG_MESSAGE_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    size_t message_len = len < 0 ? 0 : (size_t)len;
    if (message_len >= sizeof(message)) {
        message_len = span_utf8_len((struct span){message, sizeof(message) - 1});
    }
    struct sbuf line;
    sbuf_init(&line, LOG_LINE_BYTES_MAX * 4); /* a JSON escape is up to six bytes long */
    struct log_style style = log_style_now();
    log_format_line(&line, &style, level, module, job, (struct span){message, message_len});
    pthread_mutex_lock(&logger.mutex);
    if (line.is_failed) {
        atomic_fetch_add(&logger.dropped, 1);
    } else if (logger.is_queued) {
        log_enqueue(&line);
    } else {
        (void)log_write(line.data, line.len, -1); /* start-up and commands may wait */
    }
    pthread_mutex_unlock(&logger.mutex);
    sbuf_fini(&line);
}

/* Under the mutex: says how many lines are missing, once there is room to say it. */
static void log_tell_dropped(void)
{
    uint64_t dropped = atomic_load(&logger.dropped);
    if (dropped == logger.dropped_told) {
        return;
    }
    char message[64];
    int len = snprintf(message, sizeof(message), "%llu log lines were dropped",
                       (unsigned long long)(dropped - logger.dropped_told));
    struct sbuf line;
    sbuf_init(&line, LOG_LINE_BYTES_MAX);
    struct log_style style = log_style_now();
    log_format_line(&line, &style, LOG_WARNING, "log", NULL, (struct span){message, (size_t)len});
    sbuf_span(&logger.writing, sbuf_as_span(&line));
    sbuf_fini(&line);
    logger.dropped_told = dropped;
}

/* Under write_mutex: moves what waits to writing, when that is empty. */
static void log_take(void)
{
    pthread_mutex_lock(&logger.mutex);
    if (logger.is_queued && logger.writing.len == 0) {
        struct sbuf empty = logger.writing;
        logger.writing = logger.waiting;
        logger.waiting = empty;
        sbuf_clear(&logger.waiting);
        logger.waiting.bytes_max = LOG_QUEUE_BYTES_MAX;
        /* The line about dropped lines must always fit behind a full queue. */
        logger.writing.bytes_max = LOG_QUEUE_BYTES_MAX + LOG_LINE_BYTES_MAX;
        log_tell_dropped();
    }
    pthread_mutex_unlock(&logger.mutex);
}

/* On the files thread. Never waits for the reader: what it does not take is tried again. */
static void log_task_run(struct thread_task *task)
{
    (void)task;
    pthread_mutex_lock(&logger.write_mutex);
    log_take();
    sbuf_consume(&logger.writing, log_write(logger.writing.data, logger.writing.len, 0));
    atomic_store(&logger.is_unwritten, logger.writing.len > 0);
    pthread_mutex_unlock(&logger.write_mutex);
}

static void log_submit(void);

static void log_task_done(struct thread_task *task)
{
    (void)task;
    logger.is_writing = false;
    pthread_mutex_lock(&logger.mutex);
    bool is_more = logger.waiting.len > 0;
    pthread_mutex_unlock(&logger.mutex);
    if (logger.loop == NULL) {
        return;
    }
    if (atomic_load(&logger.is_unwritten)) {
        ev_timer_again(logger.loop->ev, &logger.retry);
    } else if (is_more) {
        log_submit();
    }
}

static void log_submit(void)
{
    if (logger.is_writing || ev_is_active(&logger.retry)) {
        return;
    }
    logger.task = (struct thread_task){.run = log_task_run, .done = log_task_done};
    logger.is_writing = thread_submit(logger.files, &logger.task);
    if (!logger.is_writing) {
        ev_timer_again(logger.loop->ev, &logger.retry);
    }
}

static void log_on_wake(struct ev_loop *ev, ev_async *wake, int revents)
{
    (void)ev;
    (void)wake;
    (void)revents;
    log_submit();
}

static void log_on_retry(struct ev_loop *ev, ev_timer *retry, int revents)
{
    (void)revents;
    ev_timer_stop(ev, retry);
    log_submit();
}

void log_start(struct loop *loop, struct thread *files)
{
    logger.loop = loop;
    logger.files = files;
    ev_async_init(&logger.wake, log_on_wake);
    ev_async_start(loop->ev, &logger.wake);
    ev_init(&logger.retry, log_on_retry);
    logger.retry.repeat = LOG_RETRY_S;
    pthread_mutex_lock(&logger.mutex);
    sbuf_init(&logger.waiting, LOG_QUEUE_BYTES_MAX);
    sbuf_init(&logger.writing, LOG_QUEUE_BYTES_MAX);
    logger.is_queued = true;
    pthread_mutex_unlock(&logger.mutex);
}

/* What is left in one of the buffers, waiting a moment for the reader. */
static void log_flush(struct sbuf *text)
{
    (void)log_write(text->data, text->len, LOG_STOP_WAIT_MS);
    sbuf_fini(text);
}

void log_stop(void)
{
    if (logger.loop == NULL) {
        return;
    }
    ev_async_stop(logger.loop->ev, &logger.wake);
    ev_timer_stop(logger.loop->ev, &logger.retry);
    logger.loop = NULL;
    pthread_mutex_lock(&logger.write_mutex); /* waits for a write under way: it never blocks */
    pthread_mutex_lock(&logger.mutex);
    logger.is_queued = false;
    log_flush(&logger.writing);
    log_flush(&logger.waiting);
    pthread_mutex_unlock(&logger.mutex);
    pthread_mutex_unlock(&logger.write_mutex);
}
