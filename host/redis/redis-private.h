/* The connection's inside, for the files of this folder. */
#ifndef REDIS_REDIS_PRIVATE_H
#define REDIS_REDIS_PRIVATE_H

#include "core/loop.h"
#include "core/sbuf.h"
#include "redis/redis.h"
#include "redis/resolve.h"
#include "redis/retry.h"
#include "redis/stream.h"

struct replies;

/* Commands sent and not answered, at most. */
#define REDIS_PENDING_MAX ((size_t)1 << 18)
/* Scripts that are loaded ahead of their first use on a connection, at most. */
#define REDIS_LOADED_MAX 64

enum redis_phase {
    PHASE_DOWN, /* the timer waits for the next try */
    PHASE_RESOLVING,
    PHASE_CONNECTING, /* the timer is the deadline, up to PHASE_READY */
    PHASE_TLS,
    PHASE_GREETING,
    PHASE_READY,
};

/* What NOSCRIPT needs: the arguments of an EVALSHA, as they were written. */
struct redis_resend {
    const struct redis_script *script;
    size_t argc; /* in tail */
    size_t tail_len;
    char tail[];
};

/* A command sent, waiting for its reply. */
struct redis_call {
    redis_reply_fn fn; /* may be NULL */
    void *ctx;
    int64_t sent_ms; /* monotonic */
    int64_t wait_ms; /* longer than others: a blocking command */
    struct redis_resend *resend;
};

struct redis_ring {
    struct redis_call *items;
    size_t first, count, capacity;
};

struct redis {
    struct loop *loop;
    struct thread *files;
    struct redis_settings settings;
    struct redis_handlers handlers;
    char *peer;
    enum redis_phase phase;
    struct err trouble;
    unsigned version;
    uint64_t
        serial; /* counts connections: a callback may have replaced the one it was called for */
    bool is_destroyed;

    struct redis_resolve *resolve; /* in PHASE_RESOLVING */
    struct redis_addresses addresses;
    size_t address_next;
    struct redis_retry retry;
    int64_t ready_ms; /* monotonic; when PHASE_READY began */
    int64_t down_ms;  /* monotonic; when the present outage began */
    unsigned logged;  /* kinds of trouble logged in the present outage, a bit each */
    bool has_warned_eviction;

    struct ssl_ctx_st *tls;
    struct stream stream;
    ev_io io;
    ev_timer timer;    /* the next try, or the deadline for connecting */
    ev_timer watchdog; /* the oldest unanswered command */
    struct loop_deferred flush;
    struct loop_deferred release;

    struct sbuf out; /* bytes to write, from out_at on */
    size_t out_at;
    size_t held_bytes; /* in resends */
    struct redis_ring pending;
    struct replies *replies;
    int64_t heard_ms; /* monotonic; last byte from the server */
    bool is_subscriber;
    struct err greeting; /* first refusal while greeting */
    const struct redis_script *loaded[REDIS_LOADED_MAX];
    size_t loaded_count;
};

/* --- settings.c --- */

/* Fills what a URL says; the rest stays. The password is never part of the error. [any] */
bool redis_settings_url(struct redis_settings *settings, const char *url,
                        struct err *err) ATTR_MUST_CHECK;
void redis_settings_copy(struct redis_settings *ret_copy, const struct redis_settings *settings);
/* "redis://127.0.0.1:6379/0"; the caller frees. [any] */
char *redis_settings_peer(const struct redis_settings *settings);

/* --- redis.c --- */

/* Closes the connection, gives every pending callback NULL, tells on_down, plans the next try. */
void redis_down(struct redis *redis, const struct err *why);
/* This try failed: the next address, or down. */
void redis_connect_failed(struct redis *redis, const struct err *why);
/* The greeting went well. */
void redis_ready(struct redis *redis);
void redis_set_phase(struct redis *redis, enum redis_phase phase);

/* --- io.c --- */

void redis_watch(struct redis *redis, int events);
void redis_on_io(struct ev_loop *ev, ev_io *io, int revents);
void redis_on_flush(struct loop_deferred *deferred);
void redis_on_watchdog(struct ev_loop *ev, ev_timer *timer, int revents);
void redis_arm_watchdog(struct redis *redis);

/* --- command.c --- */

/* As redis_command, also before the connection is ready and over the cap. */
void redis_enqueue(struct redis *redis, redis_reply_fn fn, void *ctx, size_t argc,
                   const struct span *argv);
/* Sends the script of call (answered NOSCRIPT) by EVAL. */
void redis_enqueue_eval(struct redis *redis, const struct redis_call *call);
/* Takes the oldest call out; the caller owns its resend. */
bool redis_pop(struct redis *redis, struct redis_call *ret_call);
void redis_free_resend(struct redis *redis, struct redis_resend *resend);

/* --- greet.c --- */

void redis_greet(struct redis *redis);
/* Judges the answer to INFO: fills the version, or says why this server cannot be used. */
bool redis_check_info(struct span info, unsigned *ret_version, bool *ret_evicts,
                      struct err *err) ATTR_MUST_CHECK;

#endif
