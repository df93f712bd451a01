/* The host as the HTTP endpoints see it; host/ fills it in, tests fill in their own. */
#ifndef HTTP_FACE_H
#define HTTP_FACE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/agents.h"
#include "core/err.h"
#include "core/span.h"
#include "job/action.h"
#include "job/calculate.h"
#include "job/clean.h"
#include "job/execute.h"
#include "job/follow.h"
#include "job/look.h"
#include "job/tally.h"

struct sbuf;

struct http_enqueue {
    const char *queue;  /* NULL = the first one */
    const char *agent;  /* becomes data.agentId */
    const char *job_id; /* NULL = counted */
    struct span data;   /* JSON object, agentId included */
    uint32_t priority;
    uint32_t attempts;
};

typedef void (*http_reload_fn)(bool is_ok, struct span report_json, void *done_ctx);
typedef void (*http_enqueue_fn)(const char *job_id, const struct err *err, void *done_ctx);
typedef void (*http_queue_fn)(const struct err *err, void *done_ctx);
typedef void (*http_reading_fn)(struct span json, const struct err *err, void *done_ctx);

/* Texts handed in are copied by the host; done may be called inside the call or later, once. */
struct http_host {
    void *ctx;
    void (*render_status)(void *ctx, struct sbuf *out); /* JSON object */
    void (*render_agents)(void *ctx, struct sbuf *out); /* JSON array */
    /* JSON array of an agent's images that are kept */
    bool (*render_history)(void *ctx, const char *agent_id, struct sbuf *out, struct err *err);
    /* {count, agents, ids} of the agents that write readings */
    void (*render_listing)(void *ctx, struct sbuf *out);
    void (*render_config)(void *ctx, struct sbuf *out); /* INI text, masked */
    bool (*is_ready)(void *ctx, struct sbuf *why);
    bool (*count_agents)(void *ctx, unsigned *ret_count); /* false while they are being loaded */
    void (*reload)(void *ctx, http_reload_fn done, void *done_ctx);
    void (*drain)(void *ctx);
    /* What an operator orders for one agent: host/agent says what each does. */
    void (*order)(void *ctx, const char *agent_id, enum agents_order order, agents_order_fn done,
                  void *done_ctx);
    void (*enqueue)(void *ctx, const struct http_enqueue *job, http_enqueue_fn done,
                    void *done_ctx);
    void (*execute)(void *ctx, const struct execute_request *request, execute_done_fn done,
                    void *done_ctx);
    void (*calculate)(void *ctx, struct span body, calculate_done_fn done, void *done_ctx);
    void (*chart)(void *ctx, const char *chart_id, http_reading_fn done, void *done_ctx);
    void (*adopt)(void *ctx, const char *queue, http_queue_fn done, void *done_ctx);
    /* Pauses or resumes a queue for all its workers. */
    void (*pause_queue)(void *ctx, const char *queue, bool is_pausing, http_queue_fn done,
                        void *done_ctx);
    void (*reading)(void *ctx, const char *reading_id, http_reading_fn done, void *done_ctx);

    /* What becomes of a reading: host/job says what each does. */
    void (*look)(void *ctx, const char *reading_id, look_fn done, void *done_ctx);
    bool (*follow)(void *ctx, const struct look *look, uint64_t last_id, watch_event_fn on_event,
                   void *event_ctx, struct follow **ret_follow, struct err *err);
    void (*unfollow)(struct follow **follow);
    void (*cancel)(void *ctx, const char *reading_id, const char *reason, action_fn done,
                   void *done_ctx);
    void (*retry)(void *ctx, const char *reading_id, action_fn done, void *done_ctx);
    void (*regenerate)(void *ctx, const char *reading_id, action_fn done, void *done_ctx);
    void (*tally)(void *ctx, const char *queue, tally_fn done, void *done_ctx);
    void (*clean)(void *ctx, const char *queue, clean_fn done, void *done_ctx);
};

#endif
