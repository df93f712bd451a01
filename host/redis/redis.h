/* A connection to Redis: our own socket and TLS, hiredis only to parse; commands and scripts
 * with callbacks; reconnects by itself. */
#ifndef REDIS_REDIS_H
#define REDIS_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct loop;
struct options;
struct thread;
struct redis;
struct redis_script;

/* What a connection needs; texts are copied. */
struct redis_settings {
    char *host;      /* or */
    char *unix_path; /* a socket path */
    uint16_t port;
    bool is_tls;
    bool tls_verify;
    char *tls_ca; /* NULL = the system's */
    char *username;
    char *password;
    uint32_t db;
    int64_t connect_ms;
    int64_t command_ms;     /* oldest unanswered command older than this: connection is dead */
    size_t write_bytes_max; /* queued for writing; beyond, commands are refused */
    char *client_name;      /* CLIENT SETNAME after connecting; NULL = none; failure is no error */
    bool is_quiet; /* lost and regained at debug: for the second and third connection of a user */
};

/* Fills settings from the options ([redis], REDIS_URL …). Pair with redis_settings_fini. */
bool redis_settings_init(struct redis_settings *ret_settings, const struct options *options,
                         struct err *err) ATTR_MUST_CHECK;
void redis_settings_fini(struct redis_settings *settings);

enum redis_state { REDIS_DOWN, REDIS_CONNECTING, REDIS_READY };

struct redis_handlers {
    /* Connected, authenticated, selected, INFO checked (version, loading, role, cluster). */
    void (*on_ready)(struct redis *redis, void *ctx);
    /* Connection lost or refused; every pending reply callback has been called with NULL.
     * The next try comes by itself. why is for people and has been logged. */
    void (*on_down)(struct redis *redis, const struct err *why, void *ctx);
    /* A message on a channel of redis_subscribe; may be NULL otherwise. */
    void (*on_message)(struct redis *redis, struct span channel, struct span payload, void *ctx);
    void *ctx;
};

/* reply is NULL when the connection died before an answer: the effect is unknown. An error
 * reply has type REDIS_REPLY_ERROR. reply is freed after the callback. */
typedef void (*redis_reply_fn)(struct redis *redis, const redisReply *reply, void *ctx);

/* Starts connecting at once and goes on for ever: 50 ms doubled to 2 s, jittered, at most 4
 * tries a second; 5 s apart while the trouble is one of configuration (password, version,
 * cluster). Host names are resolved on the files thread. READONLY, LOADING, MASTERDOWN and
 * UNBLOCKED replies make it drop the connection and re-resolve after a pause: their callback,
 * like all pending ones, gets NULL. Logs lost and regained connections once each. files may be
 * NULL when the host is an address. [loop] */
struct redis *redis_create(struct loop *loop, struct thread *files,
                           const struct redis_settings *settings,
                           const struct redis_handlers *handlers);

/* Closes; pending callbacks are called with NULL first. May be called in a callback (freed at
 * the end of the turn). [loop] */
void redis_destroy(struct redis **redis);

enum redis_state redis_state(const struct redis *redis);
/* Last reason for being down, "" when ready. */
const char *redis_trouble(const struct redis *redis);
/* Settings' peer for people: "redis://127.0.0.1:6379/0", never the password. */
const char *redis_peer(const struct redis *redis);
/* Server version as major*10000 + minor*100 + patch; 0 before the first ready. */
unsigned redis_version(const struct redis *redis);

/* Sends a command: written at the end of the loop's turn, together with the others. False — and
 * fn is not called — when not ready or the write queue is full. fn may be NULL. [loop] */
bool redis_command(struct redis *redis, redis_reply_fn fn, void *ctx, size_t argc,
                   const struct span *argv);

/* printf-free shorthand for texts: redis_send(r, fn, ctx, "GET", key, NULL). [loop] */
bool redis_send(struct redis *redis, redis_reply_fn fn, void *ctx, ...) __attribute__((sentinel));

/* Runs a script by EVALSHA; on NOSCRIPT sends EVAL once, invisible to the caller (only that
 * script then runs after commands sent later). keys and args as given. [loop] */
bool redis_eval(struct redis *redis, const struct redis_script *script, redis_reply_fn fn,
                void *ctx, size_t keys_count, const struct span *keys, size_t args_count,
                const struct span *args);

/* A blocking command (BZPOPMIN, XREAD): the dead-connection watchdog waits wait_ms longer. One
 * at a time, on a connection of its own. [loop] */
bool redis_command_blocking(struct redis *redis, int64_t wait_ms, redis_reply_fn fn, void *ctx,
                            size_t argc, const struct span *argv);

/* Turns the connection into a subscriber, whose messages come by on_message. After that only
 * further redis_subscribe calls are allowed, until it is down; call it again in on_ready.
 * False as redis_command. [loop] */
bool redis_subscribe(struct redis *redis, struct span channel);

/* Drops a ready connection and connects anew at once (to interrupt a blocking command); on_down
 * is called. Does nothing while down: the next try comes by itself. [loop] */
void redis_reconnect(struct redis *redis);

/* Commands unanswered, and bytes not yet written. [loop] */
size_t redis_pending(const struct redis *redis);
size_t redis_unwritten(const struct redis *redis);

#endif
