/* The folder's own view: providers, their settings, and calls. */
#ifndef MODEL_MODEL_PRIVATE_H
#define MODEL_MODEL_PRIVATE_H

#include <assert.h>

#include <ev.h>

#include "core/loop.h"
#include "core/options.h"
#include "model/breaker.h"
#include "model/budget.h"
#include "model/delta.h"
#include "model/model.h"
#include "model/provider_openai.h"
#include "model/retry.h"
#include "model/sse.h"
#include "net/curl_loop.h"

#define CALL_EVENT_BYTES_MAX ((size_t)256 * 1024)

struct metric;
struct usage_series;

/* What one configuration says about a provider; calls in flight keep the one they began with. */
struct provider_settings {
    uint32_t refs;
    char *base_url;
    char *url; /* of the requests */
    char *api_key;
    char *model;
    char *max_tokens_field;
    struct curl_slist *headers;
    bool is_key_missing;
    bool is_practice;
    bool is_tls;
    uint32_t concurrency;
    uint32_t retries;
    int64_t connect_ms, first_token_ms, silence_ms, answer_ms, retry_base_ms;
};

/* A server we ask; made at its first configuration, kept for ever. */
struct provider {
    struct provider *next;
    struct model *model;
    char *name;
    struct provider_settings *settings; /* NULL = its section is gone */
    struct curl_loop *pool;
    struct breaker breaker;
    struct budget budget;
    bool is_connected;       /* a connection was tried: more than one call may run */
    bool has_turned_away;    /* somebody was told MODEL_BUSY since the line was full */
    uint64_t reached;        /* requests that got a connection */
    int64_t paused_until_ms; /* monotonic: the server asked for it; 0 = not */
    char pause_reason[256];
    ev_timer wake; /* end of the pause or of the breaker's wait */
    struct loop_deferred admit;
    struct usage_series *series;
    struct metric *in_flight, *waiting, *blocked, *connections;
    uint64_t calls, calls_ok, retries;
};

enum call_state {
    CALL_WAITING, /* in its provider's line */
    CALL_RUNNING, /* its transfer is in the pool */
    CALL_BACKOFF, /* between two tries, keeping its seat; timer runs */
    CALL_ENDING,  /* on_done is due at the end of this turn */
    CALL_ENDED,   /* on_done was called, or it was aborted: freed at the end of this turn */
};

/* What the answer's body turned out to be. */
enum call_body { CALL_BODY_NONE, CALL_BODY_EVENTS, CALL_BODY_OTHER };

/* Why a stream was stopped by us. */
enum call_stop { CALL_STOP_NONE, CALL_STOP_ERROR, CALL_STOP_BAD, CALL_STOP_LONG };

struct model_call {
    struct model *model;
    struct model_call *next, *prev; /* all calls of the model */
    struct provider *provider;
    struct provider_settings *settings; /* its own reference */
    struct model_handlers handlers;
    enum call_state state;
    struct budget_place place;
    bool is_probe;
    char *model_name;
    char *request; /* the exact bytes */
    size_t request_len;
    struct loop_deferred later; /* ENDING: tell; ENDED: free */

    struct curl_transfer transfer;
    ev_timer timer; /* next deadline, or the end of a backoff */
    int64_t timer_at_ms;
    enum call_body body;
    enum call_stop stop;
    struct sse sse;
    struct sbuf other; /* a body that is no event stream */
    struct delta_answer answer;
    size_t delivered;          /* bytes of the answer told to on_delta */
    struct openai_error error; /* or, in its message, why the stream was stopped */

    int64_t started_ms;      /* model_start */
    uint64_t reached_before; /* of its provider, when it left the line */
    int64_t deadline_ms;     /* for all tries */
    int64_t deadline_at_ms;  /* 0 = set when its first try starts */
    int64_t try_ms;          /* this try's start, -connected, first text, last event; 0 = not yet */
    int64_t connected_ms, first_text_ms, event_ms;
    uint32_t tries;
    int64_t not_before_ms; /* no deadline counts earlier: the loop had been held up */
    size_t answer_bytes_max;

    enum model_outcome outcome;
    int64_t retry_after_ms;
    char request_hash[HASH_SHA256_HEX_BYTES];
    char request_id[96];
    char reason[sizeof(((struct model_result *)0)->reason)]; /* while it runs: libcurl's */
};
static_assert(sizeof(((struct model_call *)0)->reason) >= CURL_ERROR_SIZE, "libcurl's text fits");

struct model {
    struct loop *loop;
    const struct options *options;
    model_available_fn on_available;
    void *on_available_ctx;
    struct provider *providers;
    struct model_call *calls;
    struct sbuf scratch; /* a request while it is rendered */
};

/* --- provider_settings.c ------------------------------------------------------------------- */

/* A copy, with one reference. [loop] */
struct provider_settings *provider_settings_create(const struct options_provider *options);
struct provider_settings *provider_settings_ref(struct provider_settings *settings);
/* Sets *settings to NULL; accepts NULL. [loop] */
void provider_settings_unref(struct provider_settings **settings);
/* The same server and the same account? [loop] */
bool provider_settings_same_access(const struct provider_settings *a,
                                   const struct provider_settings *b);
/* Is there all that a call needs? NULL is not complete. [loop] */
bool provider_settings_are_complete(const struct provider_settings *settings);

/* --- provider.c ---------------------------------------------------------------------------- */

/* NULL when there never was a section of that name. [loop] */
struct provider *provider_find(const struct model *model, const char *name);

/* A new provider without settings. [loop] */
struct provider *provider_create(struct model *model, const char *name);
/* Its calls must be gone. Sets *provider to NULL. [loop] */
void provider_destroy(struct provider **provider);

/* Takes over new settings, NULL when its section is gone; what the old ones had blocked is free
 * again. [loop] */
void provider_configure(struct provider *provider, const struct options_provider *options);

/* Why a call cannot be made. */
struct provider_why {
    enum model_outcome outcome;
    int64_t retry_after_ms;
    char reason[sizeof(((struct model_result *)0)->reason)];
};

/* Could a call for this model start, or wait its turn? model_name NULL = the provider's own.
 * Else *ret_why says why not. [loop] */
bool provider_accepts(struct provider *provider, const char *model_name,
                      struct provider_why *ret_why);

/* Is it blocked by its breaker or by a pause? Then *ret_why says which. [loop] */
bool provider_is_blocked(const struct provider *provider, struct provider_why *ret_why);

/* The server takes our calls: closes the breaker. [loop] */
void provider_succeeded(struct provider *provider);
/* The server refuses us: opens the breaker and sends its line home. [loop] */
void provider_refused(struct provider *provider, const char *reason);
/* The server wants to be left alone for a while: sends its line home. [loop] */
void provider_pause(struct provider *provider, int64_t wait_ms, const char *reason);

/* Seats the call and starts it, or puts it into the line; only after provider_accepts. [loop] */
void provider_enter(struct provider *provider, struct model_call *call);
/* The call gives up its seat or its place in the line. [loop] */
void provider_leave(struct provider *provider, struct model_call *call);
/* A connection was made, or could not be: from now on more than one call may run. [loop; also
 * inside libcurl's callbacks] */
void provider_connected(struct provider *provider);

/* --- call.c -------------------------------------------------------------------------------- */

/* A call that has told nobody yet; provider may be NULL when there is none of that name. [loop] */
struct model_call *call_create(struct model *model, struct provider *provider,
                               const struct model_request *request,
                               const struct model_handlers *handlers);
/* The call has its seat: its first try. [loop] */
void call_start(struct model_call *call);
/* Ends a call before or while it waits; on_done comes at the end of this turn. [loop] */
void call_fail_later(struct model_call *call, const struct provider_why *why);
/* Ends a call without a word: it is freed at the end of this turn, or now. [loop] */
void call_abort(struct model_call *call);
void call_destroy(struct model_call *call);
/* Ends a call that has its seat, and tells. [loop, outside model_start] */
void call_end(struct model_call *call, enum model_outcome outcome, int64_t retry_after_ms,
              const char *reason);
/* The next try; after a wait, unless the provider is blocked by then. [loop] */
void call_try(struct model_call *call);
/* The try is over, by its transfer's end or by us: another one follows, or the end. [loop] */
void call_over(struct model_call *call, CURLcode code);

/* --- call_deadline.c ----------------------------------------------------------------------- */

/* Arms the timer for the next deadline of a call that waits or runs. A deadline that moves away
 * is met by the timer set for the earlier one: setting it for every event would cost more than
 * the event. [loop] */
void call_arm(struct model_call *call);
/* Sets the timer, whatever it was set for. [loop] */
void call_timer_at(struct model_call *call, int64_t at_ms);
void call_on_timer(struct ev_loop *ev, ev_timer *timer, int events);

/* --- call_stream.c ------------------------------------------------------------------------- */

/* The connection stands, the request is about to be sent. [inside libcurl] */
int call_on_request(void *ctx, char *peer, char *local, int peer_port, int local_port);
/* A portion of the answer's body. [inside libcurl] */
size_t call_on_bytes(char *data, size_t size, size_t count, void *ctx);
/* Tells what the portions brought. [loop] */
void call_on_turn(struct curl_transfer *transfer);

/* --- call_end.c ---------------------------------------------------------------------------- */

/* What follows from a try that is over: another one, or the end of the call. */
struct call_verdict {
    bool is_retryable;
    enum model_outcome outcome;
    enum retry_block block;
    const char *label;      /* of the retry metric */
    int64_t retry_after_ms; /* −1 = not said */
    char reason[sizeof(((struct model_result *)0)->reason)];
};

/* Judges a try whose transfer has ended with this code; reads headers from its handle, which
 * must still be there. [loop] */
void call_judge(struct model_call *call, CURLcode code, struct call_verdict *ret_verdict);

/* Fills the result told to the caller, and counts the call. [loop] */
void call_render_result(struct model_call *call, enum model_outcome outcome, int64_t retry_after_ms,
                        const char *reason, struct model_result *ret_result);

#endif
