/* Which agents' jobs wait for a model, and when the next one of each may be looked at. */
#include "job/aside.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* One an agent that was ever blocked: as many as there are agents, at most. */
struct aside_agent {
    struct aside_agent *next;
    char *id;
    bool is_blocked;
    int64_t next_look_ms; /* monotonic */
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
        agent->next_look_ms = 0;
    }
}

bool aside_is_blocked(const struct aside *aside, const char *agent_id)
{
    const struct aside_agent *agent = aside_find(aside, agent_id);
    return agent != NULL && agent->is_blocked;
}

int64_t aside_take_look_ms(struct aside *aside, const char *agent_id, int64_t now_ms)
{
    struct aside_agent *agent = aside_find(aside, agent_id);
    if (agent == NULL) {
        return 0;
    }
    int64_t at_ms = agent->next_look_ms > now_ms ? agent->next_look_ms : now_ms;
    agent->next_look_ms = at_ms + ASIDE_LOOK_EVERY_MS;
    return at_ms - now_ms;
}
