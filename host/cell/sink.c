/* Collecting what an agent gives during a call. */
#include "cell/sink.h"

#include <string.h>

#include "core/arena.h"

/* Copies, within the reply's maximum; what does not fit is noted once and for all. */
static struct span sink_copy(struct sink *sink, struct agenthost_text text)
{
    struct span none = {NULL, 0};
    if (sink->reply.is_over_cap) {
        return none;
    }
    /* Lengths count, not what the arena rounds them up to: the maximum is a promise. */
    if (text.len > WIRE_SINK_BYTES_MAX - sink->bytes) {
        sink->reply.is_over_cap = true;
        return none;
    }
    char *copy = arena_strndup(sink->arena, text.data, text.len);
    if (copy == NULL) {
        sink->reply.is_over_cap = true;
        return none;
    }
    sink->bytes += text.len;
    return (struct span){copy, text.len};
}

/* A second text takes the place of the first. */
static void sink_replace(struct sink *sink, struct span *place, struct agenthost_text text)
{
    if (sink->reply.is_over_cap) {
        return;
    }
    sink->bytes -= place->len;
    *place = (struct span){NULL, 0};
    *place = sink_copy(sink, text);
}

static void sink_report_say(struct agenthost_report *report, struct agenthost_text text)
{
    struct sink *sink = report->ctx;
    sink_replace(sink, &sink->reply.say, text);
}

static void sink_report_field(struct agenthost_report *report, struct agenthost_text name)
{
    struct sink *sink = report->ctx;
    sink_replace(sink, &sink->reply.field, name);
}

static void sink_prompt_say(struct agenthost_prompt *prompt, struct agenthost_text text)
{
    struct sink *sink = prompt->ctx;
    sink_replace(sink, &sink->reply.say, text);
}

static void sink_prompt_field(struct agenthost_prompt *prompt, struct agenthost_text name)
{
    struct sink *sink = prompt->ctx;
    sink_replace(sink, &sink->reply.field, name);
}

static void sink_prompt_message(struct agenthost_prompt *prompt, enum agenthost_role role,
                                struct agenthost_text text)
{
    struct sink *sink = prompt->ctx;
    if (sink->reply.messages_count == WIRE_MESSAGES_MAX) {
        sink->reply.is_over_cap = true;
        return;
    }
    sink->messages[sink->reply.messages_count++] =
        (struct wire_message){.role = (uint32_t)role, .text = sink_copy(sink, text)};
}

static void sink_prompt_temperature(struct agenthost_prompt *prompt, double value)
{
    struct sink *sink = prompt->ctx;
    sink->reply.has_temperature = true;
    sink->reply.temperature = value;
}

static void sink_prompt_max_tokens(struct agenthost_prompt *prompt, uint32_t tokens)
{
    struct sink *sink = prompt->ctx;
    sink->reply.has_max_tokens = true;
    sink->reply.max_tokens = tokens;
}

static void sink_prompt_model_class(struct agenthost_prompt *prompt, struct agenthost_text name)
{
    struct sink *sink = prompt->ctx;
    sink_replace(sink, &sink->reply.model_class, name);
}

static void sink_prompt_json_schema(struct agenthost_prompt *prompt, struct agenthost_text schema)
{
    struct sink *sink = prompt->ctx;
    sink_replace(sink, &sink->reply.json_schema, schema);
}

static void sink_prompt_stop(struct agenthost_prompt *prompt, struct agenthost_text text)
{
    struct sink *sink = prompt->ctx;
    if (sink->reply.stops_count == WIRE_STOPS_MAX) {
        sink->reply.is_over_cap = true;
        return;
    }
    sink->stops[sink->reply.stops_count++] = sink_copy(sink, text);
}

static void sink_prompt_text(struct agenthost_prompt *prompt, struct agenthost_text text)
{
    struct sink *sink = prompt->ctx;
    sink_replace(sink, &sink->reply.text, text);
}

static void sink_result_say(struct agenthost_result *result, struct agenthost_text text)
{
    struct sink *sink = result->ctx;
    sink_replace(sink, &sink->reply.say, text);
}

static void sink_result_field(struct agenthost_result *result, struct agenthost_text name)
{
    struct sink *sink = result->ctx;
    sink_replace(sink, &sink->reply.field, name);
}

static void sink_result_text(struct agenthost_result *result, struct agenthost_text text)
{
    struct sink *sink = result->ctx;
    sink_replace(sink, &sink->reply.text, text);
}

static void sink_result_section(struct agenthost_result *result, struct agenthost_text id,
                                struct agenthost_text title, struct agenthost_text text)
{
    struct sink *sink = result->ctx;
    if (sink->reply.sections_count == WIRE_SECTIONS_MAX) {
        sink->reply.is_over_cap = true;
        return;
    }
    struct wire_section *section = &sink->sections[sink->reply.sections_count++];
    section->id = sink_copy(sink, id);
    section->title = sink_copy(sink, title);
    section->text = sink_copy(sink, text);
}

static void sink_result_content(struct agenthost_result *result, struct agenthost_text json)
{
    struct sink *sink = result->ctx;
    sink_replace(sink, &sink->reply.content, json);
}

static void sink_result_correct(struct agenthost_result *result, struct agenthost_text text)
{
    struct sink *sink = result->ctx;
    sink_replace(sink, &sink->reply.correct, text);
}

void sink_init(struct sink *sink)
{
    memset(sink, 0, sizeof(*sink));
    sink->arena = arena_create(SINK_ARENA_BYTES_MAX);
    sink->report = (struct agenthost_report){.size = sizeof(sink->report),
                                             .ctx = sink,
                                             .say = sink_report_say,
                                             .field = sink_report_field};
    sink->prompt = (struct agenthost_prompt){.size = sizeof(sink->prompt),
                                             .ctx = sink,
                                             .say = sink_prompt_say,
                                             .field = sink_prompt_field,
                                             .message = sink_prompt_message,
                                             .temperature = sink_prompt_temperature,
                                             .max_tokens = sink_prompt_max_tokens,
                                             .model_class = sink_prompt_model_class,
                                             .json_schema = sink_prompt_json_schema,
                                             .stop = sink_prompt_stop,
                                             .text = sink_prompt_text};
    sink->result = (struct agenthost_result){.size = sizeof(sink->result),
                                             .ctx = sink,
                                             .say = sink_result_say,
                                             .field = sink_result_field,
                                             .text = sink_result_text,
                                             .section = sink_result_section,
                                             .content = sink_result_content,
                                             .correct = sink_result_correct};
}

void sink_fini(struct sink *sink)
{
    arena_destroy(&sink->arena);
}

const struct wire_reply *sink_finish(struct sink *sink, enum agenthost_status status)
{
    struct wire_reply *reply = &sink->reply;
    reply->status = (int32_t)status;
    if (reply->is_over_cap) {
        *reply = (struct wire_reply){
            .status = reply->status, .is_over_cap = true, .say = reply->say, .field = reply->field};
    }
    reply->messages = sink->messages;
    reply->sections = sink->sections;
    reply->stops = sink->stops;
    return reply;
}
