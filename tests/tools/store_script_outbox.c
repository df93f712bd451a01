/* The verbs of what is there before a job runs, as commands: readings made first, and charts. */
#include <stdio.h>

#include "store_script.h"

static void on_created(const struct store_create_result *result, const struct err *err, void *ctx)
{
    static const char *const words[] = {"created", "known", "mismatch"};
    int64_t number = number_take(ctx);
    if (say_err(number, err)) {
        return;
    }
    char members[512];
    (void)snprintf(members, sizeof(members),
                   "\"created\":\"%s\",\"readingId\":\"%s\",\"jobKey\":\"%s\",\"payload\":",
                   words[result->created], result->reading_id != NULL ? result->reading_id : "",
                   result->job_key != NULL ? result->job_key : "");
    say_text(number, members, result->payload);
}

/* The chart of a command, its id computed into ret_id. */
static struct store_chart chart_of(struct json_object *command, char ret_id[HASH_UUID_BYTES])
{
    const struct store_chart chart = {
        .id = ret_id,
        .chart = span_member(command, "chart"),
        .user_id = text_of(command, "userId"),
        .birth = span_member(command, "birth"),
    };
    store_chart_id(chart.chart, ret_id);
    return chart;
}

void verb_create(struct json_object *command)
{
    char chart_id[HASH_UUID_BYTES];
    const struct store_chart chart = chart_of(command, chart_id);
    const struct store_create create = {
        .key = key_of(command),
        .agent_id = text_of(command, "agent"),
        .user_id = text_of(command, "userId"),
        .client_name = text_of(command, "clientName"),
        .queue = text_of(command, "queue"),
        .payload = span_member(command, "payload"),
        .chart = chart.chart.len > 0 ? &chart : NULL,
        .caller = text_of(command, "caller"),
        .idempotency_key = text_of(command, "key"),
        .request_hash = text_of(command, "hash"),
        .idempotency_ms = int_of(command, "idempotencyMs", 24 * 3600 * 1000),
    };
    store_create(script.store, &create, on_created, number_new(command));
}

void verb_enqueued(struct json_object *command)
{
    const struct store_key key = key_of(command);
    store_enqueued(script.store, &key, on_written, number_new(command));
}

void verb_unqueued_rows(struct json_object *command)
{
    store_unqueued_rows(script.store, text_of(command, "queue"), int_of(command, "beforeMs", 0),
                        (uint32_t)int_of(command, "limit", 100), on_text, number_new(command));
}

void verb_put_chart(struct json_object *command)
{
    char id[HASH_UUID_BYTES];
    const struct store_chart chart = chart_of(command, id);
    store_put_chart(script.store, &chart, on_written, number_new(command));
}

void verb_get_chart(struct json_object *command)
{
    store_get_chart(script.store, text_of(command, "chartId"), on_text, number_new(command));
}

void verb_get_row(struct json_object *command)
{
    store_get_row(script.store, text_of(command, "readingId"), on_text, number_new(command));
}
