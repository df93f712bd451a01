/* A model on a loop, asking a scripted server, with everything that came back. */
#ifndef TESTS_UNIT_MODEL_RIG_H
#define TESTS_UNIT_MODEL_RIG_H

#include <stdbool.h>

#include "core/loop.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "model/model.h"
#include "support/http_script.h"

#define RIG_CALLS_MAX 512
#define RIG_WAIT_MS_MAX 10000

/* One call and what it told. */
struct rig_call {
    struct rig *rig;
    struct model_call *call;
    struct sbuf deltas; /* all texts of on_delta since the last restart */
    uint32_t tokens;    /* of the last delta */
    unsigned restarts;  /* how often what was told became void */
    unsigned done;      /* how often on_done was called */
    struct model_result result;
    char *text; /* of the result, copied */
    char finish[32], model[128], request_id[128];
    uint32_t abort_at_tokens; /* abort inside on_delta; 0 = no */
    bool abort_in_done;
};

struct rig {
    struct loop loop;
    struct options options;
    struct options_provider provider;
    struct options_model price;
    char base_url[64];
    char certs[32]; /* their folder; "" = none */
    struct http_script *server;
    struct model *model;
    struct rig_call calls[RIG_CALLS_MAX];
    unsigned calls_count, done;
    unsigned available; /* times on_available was called */
};

/* Starts the server with these answers and a model with one provider "openai". Waits of the
 * provider are short; change rig->provider and call rig_configure for others. */
void rig_init(struct rig *rig, const struct http_step *const *answers, size_t answers_count);
/* The same over TLS, with a certificate for these names; its authority is known when
 * is_trusted. */
void rig_init_tls(struct rig *rig, const struct http_step *const *answers, size_t answers_count,
                  const char *names, bool is_trusted);
void rig_configure(struct rig *rig);
void rig_fini(struct rig *rig);

/* A request with two messages. */
extern const struct model_request rig_request;

struct rig_call *rig_start(struct rig *rig, const struct model_request *request);

/* Runs the loop until so many calls in all are done; fails the test after RIG_WAIT_MS_MAX. */
void rig_wait_done(struct rig *rig, unsigned calls);
void rig_wait_available(struct rig *rig, unsigned times);
/* Runs the loop for a while. */
void rig_run_ms(struct rig *rig, int ms);
/* Runs the loop until the server has seen so many hang-ups, or requests. */
void rig_wait_hangups(struct rig *rig, unsigned hangups);
void rig_wait_requests(struct rig *rig, unsigned requests);

/* Starts one call and runs until it is done. */
const struct rig_call *rig_ask(struct rig *rig);

/* The value of a metric as rendered, −1 when it is not there. */
double rig_metric(const char *series);

/* Pieces of answers. */
#define HEAD_STREAM                                                                                \
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"                        \
    "x-request-id: req_1\r\nTransfer-Encoding: chunked\r\n\r\n"
#define EVENT(json) "data: " json "\n\n"
#define ROLE                                                                                       \
    EVENT("{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m-1\","                  \
          "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","                           \
          "\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}")
#define CONTENT(text)                                                                              \
    EVENT("{\"id\":\"c\",\"object\":\"chat.completion.chunk\","                                    \
          "\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":"                                 \
          "{\"content\":\"" text "\"},\"finish_reason\":null}]}")
#define FINISH(reason)                                                                             \
    EVENT("{\"id\":\"c\",\"object\":\"chat.completion.chunk\","                                    \
          "\"choices\":[{\"index\":0,\"delta\":{},"                                                \
          "\"finish_reason\":\"" reason "\"}]}")
#define USAGE                                                                                      \
    EVENT("{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[],"                     \
          "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,"                               \
          "\"total_tokens\":18,\"prompt_tokens_details\":{\"cached_tokens\":0}}}")
#define DONE "data: [DONE]\n\n"

/* A whole good answer: "Hello, wörld". */
extern const struct http_step answer_good[];

#endif
