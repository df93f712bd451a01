/* agenthost/kit.h — small conveniences for the source of an agent. No part of the interface: all
 * of it is inline, becomes part of agent.so, and needs nothing of the host. C11 and C++11. */
#ifndef AGENTHOST_KIT_H
#define AGENTHOST_KIT_H

#include <agenthost/agent.h>

#include <string.h>

/* The first four fields of agenthost_agent: { AGENTHOST_AGENT_HEAD, .create = …, }, or in C++
 * { AGENTHOST_AGENT_HEAD, create, destroy, …, }. */
#define AGENTHOST_AGENT_HEAD                                                                       \
    AGENTHOST_MAGIC, AGENTHOST_ABI_MAJOR, AGENTHOST_ABI_MINOR, sizeof(struct agenthost_agent)

/* A NUL-terminated string as a text.
 * Before: nothing. Owner: the caller keeps the characters; the text borrows them.
 * Returns: the text without its NUL. From: anywhere. */
static inline struct agenthost_text agenthost_text_of(const char *string)
{
    struct agenthost_text text = {string, strlen(string)};
    return text;
}

/* Compares two texts byte by byte.
 * Before: nothing. Owner: both stay the caller's.
 * Returns: true when they are the same; two empty ones are. From: anywhere. */
static inline bool agenthost_text_equals(struct agenthost_text a, struct agenthost_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Compares a text with a NUL-terminated string.
 * Before: nothing. Owner: both stay the caller's.
 * Returns: true when they are the same. From: anywhere. */
static inline bool agenthost_text_is(struct agenthost_text text, const char *string)
{
    return agenthost_text_equals(text, agenthost_text_of(string));
}

/* Looks up an asset by its path below assets/, "prompts/system.de.md".
 * Before: setup is the one that create received. Owner: the host; valid until destroy returns.
 * Returns: the asset, or NULL when the bundle has none of that name. From: anywhere until destroy
 * returns. */
static inline const struct agenthost_asset *agenthost_find_asset(
    const struct agenthost_setup *setup, const char *name)
{
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        if (agenthost_text_is(setup->assets[i].name, name)) {
            return &setup->assets[i];
        }
    }
    return NULL;
}

#endif
