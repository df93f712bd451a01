/* Model calls: streamed Chat Completions over HTTPS, with deadlines, retries inside an
 * attempt, budgets and a breaker per provider. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/span.h"

struct loop;
struct model;
struct model_call;
struct options;
struct sbuf;

struct model_message {
    const char *role; /* "system", "user", "assistant" */
    struct span text;
};

struct model_request {
    const char *provider; /* section name */
    const char *model;    /* model name as the server knows it */
    const struct model_message *messages;
    uint32_t messages_count;
    bool has_temperature;
    double temperature;
    uint32_t max_tokens;     /* 0 = not sent */
    struct span json_schema; /* empty = none */
    const struct span *stops;
    uint32_t stops_count;
    int64_t deadline_ms; /* whole call with its retries; 0 = the provider's answer_ms */
    size_t answer_bytes_max;
};

enum model_outcome {
    MODEL_OK,             /* finish_reason stop */
    MODEL_TRUNCATED,      /* finish_reason length */
    MODEL_REFUSED,        /* content_filter or a refusal */
    MODEL_BAD_RESPONSE,   /* EOF without finish, not SSE, too long, nonsense: retryable */
    MODEL_NETWORK_ERROR,  /* no connection or a 5xx, after the retries inside */
    MODEL_TIMEOUT,        /* first token, silence or whole-answer deadline */
    MODEL_RATE_LIMIT,     /* 429 rate after the retries, or Retry-After too long: retry_after_ms */
    MODEL_PROVIDER_DOWN,  /* 401, 403, insufficient quota: the breaker is open */
    MODEL_BAD_REQUEST,    /* 400, 404: trying again cannot help; text says what the server said */
    MODEL_NOT_CONFIGURED, /* no key or no model; text says what to set */
    MODEL_BUSY,           /* over the provider's budget: retry_after_ms */
};
const char *model_outcome_name(enum model_outcome outcome);

/* Valid during done. */
struct model_result {
    enum model_outcome outcome;
    struct span text;                         /* the whole answer, UTF-8; also with TRUNCATED */
    const char *finish_reason;                /* "stop", "length", … or "" */
    const char *model;                        /* as the server named it */
    const char *request_id;                   /* provider's x-request-id, or "" */
    char request_hash[HASH_SHA256_HEX_BYTES]; /* of the exact bytes sent last */
    int64_t prompt_tokens, completion_tokens, total_tokens; /* −1 = not told */
    double cost_usd;                                        /* NAN = unknown */
    int64_t first_token_ms, duration_ms; /* −1 = none; duration with retries and waits */
    uint32_t tries;
    int64_t retry_after_ms; /* how long the cause is expected to last; 0 = unknown */
    char reason[400];       /* for people; never holds a key */
};

struct model_handlers {
    /* Some text arrived; tokens is the count of content events so far. Empty text and 0: the
     * stream broke off and is asked for again, what was told so far is void. May be NULL. */
    void (*on_delta)(struct model_call *call, struct span text, uint32_t tokens, void *ctx);
    void (*on_done)(struct model_call *call, const struct model_result *result, void *ctx);
    void *ctx;
};

/* Called when a provider that had been blocked (no key, breaker open, rate) may be used again:
 * parked jobs can come back. */
typedef void (*model_available_fn)(const char *provider, void *ctx);

/* options must outlive the next model_configure. [main] */
struct model *model_create(struct loop *loop, const struct options *options,
                           model_available_fn on_available, void *ctx);
void model_destroy(struct model **model);
/* New providers, keys, limits; calls in flight go on with what they had. [loop] */
void model_configure(struct model *model, const struct options *options);

/* True when a call could be started for it now; else *ret_why gets outcome, reason and
 * retry_after_ms as a call's result would. [loop] */
bool model_is_available(struct model *model, const char *provider, const char *model_name,
                        struct model_result *ret_why);

/* Starts a call (copies the request; it may wait for the provider's concurrency). on_done is
 * called exactly once unless model_abort is called; never inside model_start. [loop] */
struct model_call *model_start(struct model *model, const struct model_request *request,
                               const struct model_handlers *handlers);

/* Ends the call and its transfer; no callback follows; sets *call to NULL. May be called in the
 * call's own callbacks. [loop] */
void model_abort(struct model_call **call);

/* JSON array of providers: name, baseUrl, model, key loaded, in flight, waiting, breaker, blocked
 * until, counts. Never a key. [loop] */
void model_render(const struct model *model, struct sbuf *out);

#endif
