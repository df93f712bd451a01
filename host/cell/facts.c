/* Holds an agent's texts against the job's chart. */
#include "cell/facts.h"

#include <json-c/json.h>

#include "chart/claims.h"
#include "core/arena.h"
#include "core/json.h"

#define FACTS_TEXT_BYTES_MAX (512u * 1024)
#define FACTS_ARENA_BYTES_MAX (64u * 1024 * 1024)
#define FACTS_CLAIMS_MAX 64

static enum wire_facts facts_last; /* a cell works on one call at a time */

void facts_begin_call(void)
{
    facts_last = WIRE_FACTS_UNCHECKED;
}

enum wire_facts facts_found(void)
{
    return facts_last;
}

static bool facts_read_chart(struct span text, struct claims_chart *ret_chart,
                             struct json_object **ret_json)
{
    if (!json_parse(text, ret_json, NULL)) {
        return false;
    }
    if (!claims_chart_read(*ret_json, ret_chart)) {
        json_object_put(*ret_json);
        return false;
    }
    return true;
}

static int32_t facts_check(const struct agenthost_host *host, struct agenthost_text chart,
                           struct agenthost_text text, agenthost_claim_fn claim, void *ctx)
{
    (void)host;
    struct span source = {text.data, text.len};
    struct claim claims[FACTS_CLAIMS_MAX];
    struct claims_chart facts;
    struct json_object *json = NULL;
    size_t count = 0;
    facts_last = WIRE_FACTS_UNCHECKED;
    if (source.len > FACTS_TEXT_BYTES_MAX || !span_is_utf8(source) ||
        !facts_read_chart((struct span){chart.data, chart.len}, &facts, &json)) {
        return -1;
    }
    struct arena *arena = arena_create(FACTS_ARENA_BYTES_MAX);
    bool is_known = claims_find(&facts, source, arena, claims, FACTS_CLAIMS_MAX, &count);
    arena_destroy(&arena);
    json_object_put(json);
    for (size_t i = 0; is_known && i < count; i++) {
        struct span kind = span_of(claim_kind_name(claims[i].kind));
        claim(ctx, (struct agenthost_text){kind.data, kind.len},
              (struct agenthost_text){claims[i].quote.data, claims[i].quote.len});
    }
    if (is_known) {
        facts_last = count == 0 ? WIRE_FACTS_PASSED : WIRE_FACTS_FAILED;
    }
    return is_known ? (int32_t)count : -1;
}

const struct agenthost_facts FACTS_EXTENSION = {.size = sizeof(struct agenthost_facts),
                                                .check = facts_check};
