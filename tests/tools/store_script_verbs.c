/* The store's verbs as commands: texts that are JSON travel as strings, so that both drivers get
 * and give them byte for byte. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/attr.h"
#include "core/sbuf.h"
#include "store_script.h"

#define TEXT_BYTES_MAX (128u << 20) /* an answer's text, escaped */

static void on_begun(const struct store_begin_result *result, const struct err *err, void *ctx)
{
    int64_t number = number_take(ctx);
    if (say_err(number, err)) {
        return;
    }
    switch (result->begun) {
    case STORE_NEW:
    case STORE_RESUME:
        say(number, "\"begun\":\"%s\",\"run\":%u,\"version\":%u",
            result->begun == STORE_NEW ? "new" : "resume", result->run, result->version);
        return;
    case STORE_DONE:
        say_text(number, "\"begun\":\"done\",\"value\":", result->return_value);
        return;
    case STORE_BUSY:
        say_text(number, "\"begun\":\"busy\",\"holder\":", span_of(result->holder));
        return;
    }
}

static void verb_begin(struct json_object *command)
{
    const struct store_begin begin = {
        .key = key_of(command),
        .intent = bool_of(command, "regenerate") ? STORE_REGENERATE : STORE_NORMAL,
        .takeover = text_of(command, "takeover"),
        .agent_id = text_of(command, "agent"),
        .user_id = text_of(command, "userId"),
        .queue = text_of(command, "queue"),
        .payload = span_member(command, "payload"),
    };
    store_begin(script.store, &begin, on_begun, number_new(command));
}

static void verb_processing(struct json_object *command)
{
    const struct store_key key = key_of(command);
    store_processing(script.store, &key, on_written, number_new(command));
}

static void verb_complete(struct json_object *command)
{
    const struct store_complete complete = {
        .key = key_of(command),
        .content = span_member(command, "content"),
        .return_value = span_member(command, "value"),
        .chart = span_member(command, "chart"),
        .outcome = "completed",
    };
    store_complete(script.store, &complete, on_written, number_new(command));
}

static void verb_fail(struct json_object *command)
{
    const struct store_key key = key_of(command);
    const struct store_error error = {text_of(command, "code"), text_of(command, "message"),
                                      bool_of(command, "retryable")};
    store_fail(script.store, &key, &error, on_written, number_new(command));
}

static void verb_usage(struct json_object *command)
{
    const struct store_key key = key_of(command);
    struct json_object *cost = json_get(command, "costUsd");
    const struct store_usage usage = {
        .call_id = text_of(command, "callId"),
        .agent_id = text_of(command, "agent"),
        .provider = text_of(command, "provider"),
        .model = text_of(command, "model"),
        .input_tokens = int_of(command, "inputTokens", -1),
        .output_tokens = int_of(command, "outputTokens", -1),
        .total_tokens = int_of(command, "totalTokens", -1),
        .cost_usd = cost != NULL ? json_object_get_double(cost) : NAN,
        .first_token_ms = int_of(command, "firstTokenMs", -1),
        .duration_ms = int_of(command, "durationMs", -1),
        .is_success = bool_of(command, "success"),
        .error_code = text_of(command, "code"),
        .request_hash = text_of(command, "requestHash"),
        .request_id = text_of(command, "requestId"),
    };
    store_usage(script.store, &key, &usage, on_written, number_new(command));
}

static void verb_get_reading(struct json_object *command)
{
    store_get_reading(script.store, text_of(command, "readingId"), on_text, number_new(command));
}

static void verb_open_rows(struct json_object *command)
{
    store_open_rows(script.store, text_of(command, "queue"), int_of(command, "beforeMs", 0),
                    (uint32_t)int_of(command, "limit", 100), on_text, number_new(command));
}

/* What the store tells about itself; no verb of its own. */
static void verb_status(struct json_object *command)
{
    struct sbuf out;
    sbuf_init(&out, TEXT_BYTES_MAX);
    store_render(script.store, &out);
    say(int_of(command, "n", 0), "\"isUp\":%s,\"uuid\":\"%s\",\"status\":%s",
        store_is_up(script.store) ? "true" : "false", store_uuid(script.store), out.data);
    sbuf_fini(&out);
}

void verb_run(struct json_object *command)
{
    static const struct {
        const char *name;
        void (*run)(struct json_object *command);
    } verbs[] = {
        {"create", verb_create},
        {"enqueued", verb_enqueued},
        {"unqueuedRows", verb_unqueued_rows},
        {"begin", verb_begin},
        {"processing", verb_processing},
        {"complete", verb_complete},
        {"fail", verb_fail},
        {"usage", verb_usage},
        {"putChart", verb_put_chart},
        {"getChart", verb_get_chart},
        {"getReading", verb_get_reading},
        {"getRow", verb_get_row},
        {"openRows", verb_open_rows},
        {"status", verb_status},
    };
    struct span name = span_member(command, "do");
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (span_is(name, verbs[i].name)) {
            verbs[i].run(command);
            return;
        }
    }
    fprintf(stderr, "store-script: there is no verb '%.*s'\n", (int)name.len, name.data);
    exit(2);
}
