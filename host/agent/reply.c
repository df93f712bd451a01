/* Judges what an agent gave: nothing of it is believed before it is checked. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <agenthost/agent.h>

#include "agent/agents-private.h"
#include "cell/wire.h"
#include "core/arena.h"
#include "core/json.h"

#define LEGAL(status) (1u << (status))

static const unsigned reply_legal[CALL_FUNCTIONS] = {
    [CALL_CHECK] = LEGAL(AGENTHOST_OK) | LEGAL(AGENTHOST_INVALID),
    [CALL_BUILD] = LEGAL(AGENTHOST_OK) | LEGAL(AGENTHOST_INVALID) | LEGAL(AGENTHOST_AGAIN) |
                   LEGAL(AGENTHOST_DECLINE) | LEGAL(AGENTHOST_INTERNAL),
    [CALL_PROCESS] = LEGAL(AGENTHOST_OK) | LEGAL(AGENTHOST_NEXT) | LEGAL(AGENTHOST_REASK) |
                     LEGAL(AGENTHOST_AGAIN) | LEGAL(AGENTHOST_DECLINE) | LEGAL(AGENTHOST_INVALID) |
                     LEGAL(AGENTHOST_INTERNAL),
};

static const enum agent_outcome reply_outcomes[] = {
    [AGENTHOST_OK] = AGENT_OK,
    [AGENTHOST_NEXT] = AGENT_NEXT,
    [AGENTHOST_INVALID] = AGENT_INVALID,
    [AGENTHOST_AGAIN] = AGENT_AGAIN,
    [AGENTHOST_REASK] = AGENT_REASK,
    [AGENTHOST_DECLINE] = AGENT_DECLINE,
    [AGENTHOST_INTERNAL] = AGENT_INTERNAL,
};

void reply_spoil(struct agent_reply *reply, enum agent_outcome outcome, const char *fmt, ...)
{
    *reply = (struct agent_reply){.outcome = outcome};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(reply->reason, sizeof(reply->reason), fmt, args);
    va_end(args);
}

bool reply_check_json(struct span text, struct err *err)
{
    struct json_object *value = NULL;
    if (!json_parse(text, &value, err)) {
        return false;
    }
    bool is_object = json_object_is_type(value, json_type_object);
    json_object_put(value);
    return is_object || err_set(err, ERR_INVALID, "it is not an object");
}

/* The agent's own reason, cut at a whole character. */
static void reply_take_reason(struct agent_reply *reply, struct span say)
{
    size_t len = say.len < sizeof(reply->reason) - 1 ? say.len : sizeof(reply->reason) - 1;
    len = span_utf8_len((struct span){say.data, len});
    if (len > 0) {
        memcpy(reply->reason, say.data, len);
    }
    reply->reason[len] = '\0';
}

/* Moves the tables over; their texts lie in the arena already. False: no room. */
static bool reply_take_tables(struct agent_reply *reply, const struct wire_reply *wire,
                              struct arena *arena)
{
    struct agent_message *messages =
        arena_alloc(arena, (wire->messages_count + 1) * sizeof(*messages));
    struct agent_section *sections =
        arena_alloc(arena, (wire->sections_count + 1) * sizeof(*sections));
    if (messages == NULL || sections == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < wire->messages_count; i++) {
        messages[i] = (struct agent_message){wire->messages[i].role, wire->messages[i].text};
    }
    for (uint32_t i = 0; i < wire->sections_count; i++) {
        const struct wire_section *section = &wire->sections[i];
        sections[i] = (struct agent_section){section->id, section->title, section->text};
    }
    reply->messages = messages;
    reply->messages_count = wire->messages_count;
    reply->sections = sections;
    reply->sections_count = wire->sections_count;
    reply->stops = wire->stops;
    reply->stops_count = wire->stops_count;
    return true;
}

static bool reply_take(struct agent_reply *reply, const struct wire_reply *wire,
                       struct arena *arena)
{
    *reply = (struct agent_reply){
        .outcome = reply_outcomes[wire->status],
        .is_checked = wire->facts == WIRE_FACTS_PASSED,
        .is_beyond_chart = wire->facts == WIRE_FACTS_FAILED,
        .field = wire->field,
        .text = wire->text,
        .content = wire->content,
        .correction = wire->correct,
        .model_class = wire->model_class,
        .json_schema = wire->json_schema,
        .has_temperature = wire->has_temperature,
        .has_max_tokens = wire->has_max_tokens,
        .temperature = wire->temperature,
        .max_tokens = wire->max_tokens,
    };
    reply_take_reason(reply, wire->say);
    return reply_take_tables(reply, wire, arena);
}

static bool reply_is_text(struct span text)
{
    return text.len == 0 || (memchr(text.data, '\0', text.len) == NULL && span_is_utf8(text));
}

/* True when every text is UTF-8 without NUL, which neither JSON nor databases would carry. */
static bool reply_texts_are_clean(const struct wire_reply *wire)
{
    const struct span texts[] = {wire->say,     wire->field,       wire->text,       wire->content,
                                 wire->correct, wire->model_class, wire->json_schema};
    bool is_clean = true;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        is_clean = is_clean && reply_is_text(texts[i]);
    }
    for (uint32_t i = 0; i < wire->messages_count; i++) {
        is_clean = is_clean && reply_is_text(wire->messages[i].text);
    }
    for (uint32_t i = 0; i < wire->sections_count; i++) {
        const struct wire_section *section = &wire->sections[i];
        is_clean = is_clean && reply_is_text(section->id) && reply_is_text(section->title) &&
                   reply_is_text(section->text);
    }
    for (uint32_t i = 0; i < wire->stops_count; i++) {
        is_clean = is_clean && reply_is_text(wire->stops[i]);
    }
    return is_clean;
}

static size_t reply_prompt_bytes(const struct agent_reply *reply)
{
    size_t bytes = reply->json_schema.len;
    for (uint32_t i = 0; i < reply->messages_count; i++) {
        bytes += reply->messages[i].text.len;
    }
    return bytes;
}

static size_t reply_result_bytes(const struct agent_reply *reply)
{
    size_t bytes = reply->text.len + reply->content.len;
    for (uint32_t i = 0; i < reply->sections_count; i++) {
        const struct agent_section *section = &reply->sections[i];
        bytes += section->id.len + section->title.len + section->text.len;
    }
    return bytes;
}

static bool reply_is_over(enum call_function function, const struct agent_reply *reply,
                          size_t prompt_bytes_max, size_t result_bytes_max)
{
    return (function == CALL_BUILD && reply_prompt_bytes(reply) > prompt_bytes_max) ||
           reply_result_bytes(reply) > result_bytes_max;
}

/* The payload, copied, as a reply that borrows from the copy. */
static bool reply_decode(struct span payload, struct arena *arena, struct wire_reply *ret_wire,
                         struct agent_reply *reply)
{
    struct err err = {0};
    char *copy = arena_strndup(arena, payload.data, payload.len);
    if (copy == NULL) {
        reply_spoil(reply, AGENT_OVER_CAP, "gave more than the job's memory takes");
        return false;
    }
    if (!wire_read_reply((struct span){copy, payload.len}, arena, ret_wire, &err)) {
        reply_spoil(reply, AGENT_BAD_REPLY, "%s", err.text);
        return false;
    }
    return true;
}

void reply_read(enum call_function function, struct span payload, struct arena *arena,
                size_t prompt_bytes_max, size_t result_bytes_max, struct agent_reply *reply,
                struct span ret_json[2], unsigned *ret_json_count)
{
    struct wire_reply wire;
    *ret_json_count = 0;
    if (!reply_decode(payload, arena, &wire, reply)) {
        return;
    }
    const char *name = calls_function_name(function);
    if (wire.status < 0 || wire.status > AGENTHOST_INTERNAL ||
        (reply_legal[function] & LEGAL(wire.status)) == 0) {
        reply_spoil(reply, AGENT_INTERNAL, "%s returned %d, which it may not", name, wire.status);
        return;
    }
    if (wire.is_over_cap) {
        reply_spoil(reply, AGENT_OVER_CAP, "%s gave more than a sink takes", name);
        return;
    }
    if (!reply_texts_are_clean(&wire)) {
        reply_spoil(reply, AGENT_BAD_REPLY, "%s gave text that is not UTF-8", name);
        return;
    }
    if (!reply_take(reply, &wire, arena)) {
        reply_spoil(reply, AGENT_OVER_CAP, "%s gave more than the job's memory takes", name);
        return;
    }
    const char *fault = reply_fault(function, reply);
    if (fault != NULL) {
        reply_spoil(reply, AGENT_BAD_REPLY, "%s %s", name, fault);
        return;
    }
    if (reply_is_over(function, reply, prompt_bytes_max, result_bytes_max)) {
        reply_spoil(reply, AGENT_OVER_CAP, "%s gave more than %zu bytes", name,
                    function == CALL_BUILD ? prompt_bytes_max : result_bytes_max);
        return;
    }
    if (reply->content.len > 0) {
        ret_json[(*ret_json_count)++] = reply->content;
    }
    if (reply->json_schema.len > 0) {
        ret_json[(*ret_json_count)++] = reply->json_schema;
    }
}
