/* Which agents' jobs wait for a model, and how many of each may be looked at. */
#include "job/aside.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* One an agent that was ever blocked: as many as there are agents, at most. */
struct aside_agent {
    struct aside_agent *next;
    char *id;
    bool is_blocked;
    int64_t free_ms; /* monotonic: looks not taken before count since then */
    int64_t line_ms; /* when those that were told to wait have had their turns */
};

struct aside {
    struct aside_agent *agents;
};

struct aside *aside_create(void)
{
    return mem_alloc(sizeof(struct aside));
}

void aside_destroy(struct aside **aside)
{
    while ((*aside)->agents != NULL) {
        struct aside_agent *agent = (*aside)->agents;
        (*aside)->agents = agent->next;
        free(agent->id);
        free(agent);
    }
    free(*aside);
    *aside = NULL;
}

static struct aside_agent *aside_find(const struct aside *aside, const char *agent_id)
{
    struct aside_agent *agent = aside->agents;
    while (agent != NULL && strcmp(agent->id, agent_id) != 0) {
        agent = agent->next;
    }
    return agent;
}

void aside_blocked(struct aside *aside, const char *agent_id)
{
    struct aside_agent *agent = aside_find(aside, agent_id);
    if (agent == NULL) {
        agent = mem_alloc(sizeof(*agent));
        agent->id = mem_strdup(agent_id);
        agent->next = aside->agents;
        aside->agents = agent;
    }
    agent->is_blocked = true;
}

void aside_unblocked(struct aside *aside, const char *agent_id)
{
    struct aside_agent *agent = aside_find(aside, agent_id);
    if (agent != NULL) {
        agent->is_blocked = false;
        agent->line_ms = 0;
    }
}

bool aside_is_blocked(const struct aside *aside, const char *agent_id)
{
    const struct aside_agent *agent = aside_find(aside, agent_id);
    return agent != NULL && agent->is_blocked;
}

int64_t aside_look_wait_ms(struct aside *aside, const char *agent_id, int64_t now_ms)
{
    const int64_t at_once_ms = (int64_t)ASIDE_LOOKS_AT_ONCE * ASIDE_LOOK_EVERY_MS;
    struct aside_agent *agent = aside_find(aside, agent_id);
    if (agent == NULL) {
        return 0;
    }
    if (agent->free_ms < now_ms - at_once_ms) {
        agent->free_ms = now_ms - at_once_ms;
    }
    if (agent->free_ms + ASIDE_LOOK_EVERY_MS <= now_ms) {
        agent->free_ms += ASIDE_LOOK_EVERY_MS;
        return 0;
    }
    if (agent->line_ms < now_ms || agent->line_ms >= now_ms + ASIDE_WAIT_MS_MAX) {
        agent->line_ms = now_ms; /* a line too long to wait for is spread over its first part */
    }
    agent->line_ms += ASIDE_LOOK_EVERY_MS;
    return agent->line_ms - now_ms;
}
