/* The answer from a real server, asked by the host's own client. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/manifest.h"
#include "agent/session.h"
#include "core/mem.h"
#include "model/model.h"
#include "run.h"

struct asking {
    struct session *session;
    struct run *run;
    struct sbuf *answer;
    char *model;
    size_t model_bytes;
    bool is_ok;
};

static char *run_set(const char *key, const char *value)
{
    struct sbuf text;
    sbuf_init(&text, 8192);
    sbuf_printf(&text, "%s=%s", key, value);
    return sbuf_steal(&text);
}

size_t run_model_sets(const struct run *run, char *ret_sets[4])
{
    const char *key = getenv("OPENAI_API_KEY");
    size_t count = 0;
    if (run->url == NULL) {
        return 0;
    }
    ret_sets[count++] = run_set("provider.openai.base_url", run->url);
    ret_sets[count++] = run_set("provider.openai.model", run->model_name);
    if (key != NULL && key[0] != '\0') {
        ret_sets[count++] = run_set("provider.openai.api_key", key);
    } else {
        ret_sets[count++] = run_set("provider.openai.needs_key", "no"); /* a local server */
    }
    return count;
}

static void run_on_done(struct model_call *call, const struct model_result *result, void *ctx)
{
    (void)call;
    struct asking *asking = ctx;
    asking->is_ok = result->outcome == MODEL_OK;
    if (asking->is_ok) {
        sbuf_span(asking->answer, result->text);
        (void)snprintf(asking->model, asking->model_bytes, "%s", result->model);
    } else {
        (void)snprintf(asking->run->why, sizeof(asking->run->why), "the model: %s: %s",
                       model_outcome_name(result->outcome), result->reason);
    }
    asking->session->is_done = true;
    ev_break(asking->session->loop.ev, EVBREAK_ALL);
}

bool run_ask_model(const struct talk_question *question, struct sbuf *ret_answer, char *ret_model,
                   size_t model_bytes, void *ctx)
{
    struct run *run = ctx;
    struct session *session = run->session;
    const struct manifest *manifest = unit_manifest(session->unit);
    const struct agent_reply *prompt = question->prompt;
    struct model_message *messages = mem_array(question->messages_count, sizeof(*messages));
    struct asking asking = {session, run, ret_answer, ret_model, model_bytes, false};
    double temperature =
        prompt->has_temperature ? prompt->temperature : manifest->model_temperature;
    for (uint32_t i = 0; i < question->messages_count; i++) {
        messages[i] =
            (struct model_message){question->messages[i].role, question->messages[i].text};
    }
    const struct model_request request = {
        .provider = "openai",
        .model = run->model_name,
        .messages = messages,
        .messages_count = question->messages_count,
        .has_temperature = !isnan(temperature),
        .temperature = temperature,
        .max_tokens =
            prompt->has_max_tokens ? prompt->max_tokens : (uint32_t)manifest->model_max_tokens,
        .json_schema = prompt->json_schema,
        .stops = prompt->stops,
        .stops_count = prompt->stops_count,
        .answer_bytes_max = (size_t)session->options->limits.answer_bytes_max,
    };
    const struct model_handlers handlers = {.on_done = run_on_done, .ctx = &asking};
    struct model *model = model_create(&session->loop, session->options, NULL, NULL);
    session->is_done = false;
    (void)model_start(model, &request, &handlers);
    session_wait(session);
    model_destroy(&model);
    free(messages);
    return asking.is_ok;
}
