/* What an agent's outcome needs beside it: a text, a message, a correction. */
#include <agenthost/agent.h>

#include "agent/agents-private.h"

/* What a prompt must have to be sent. NULL when nothing is wrong. */
static const char *reply_fault_of_prompt(const struct agent_reply *reply)
{
    if (reply->messages_count == 0) {
        return "gave OK without a message";
    }
    for (uint32_t i = 0; i < reply->messages_count; i++) {
        if (reply->messages[i].role > AGENTHOST_ASSISTANT) {
            return "gave a message with a role that does not exist";
        }
    }
    for (uint32_t i = 0; i < reply->stops_count; i++) {
        if (reply->stops[i].len == 0) {
            return "gave an empty stop text";
        }
    }
    if (reply->has_temperature && !(reply->temperature >= 0 && reply->temperature <= 2)) {
        return "gave a temperature that is not between 0 and 2";
    }
    if (reply->has_max_tokens && reply->max_tokens == 0) {
        return "gave 0 as max_tokens";
    }
    return NULL;
}

const char *reply_fault(enum call_function function, const struct agent_reply *reply)
{
    bool has_text = reply->text.len > 0;
    if (reply->outcome == AGENT_DECLINE && !has_text) {
        return "declined without a text";
    }
    if (reply->outcome == AGENT_REASK && reply->correction.len == 0) {
        return "gave REASK without a correction";
    }
    if (reply->outcome == AGENT_OK && function == CALL_BUILD) {
        return reply_fault_of_prompt(reply);
    }
    if (reply->outcome == AGENT_OK && function == CALL_PROCESS && !has_text) {
        return "gave OK without a text";
    }
    return NULL;
}
