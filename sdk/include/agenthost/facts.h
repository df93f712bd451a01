/* agenthost/facts.h — extension "agenthost.facts/1" of the host: holds a text against a chart.
 *
 * It finds where the text names, in German or English, a gate, channel, centre, type, authority,
 * definition, profile or incarnation cross that the chart does not carry, or denies one that it
 * carries. What a text says of a fact in words of its own is not judged. When a check in
 * post_process found nothing and the function returned OK, the stored reading is marked as checked.
 *
 * Looked up with agenthost_host.extension. History: 1 with interface 1.0. */
#ifndef AGENTHOST_FACTS_H
#define AGENTHOST_FACTS_H

#include <agenthost/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AGENTHOST_FACTS "agenthost.facts/1"

/* One claim of a text that its chart does not bear: kind is "gate", "channel", "center", "type",
 * "authority", "definition", "profile" or "cross"; quote are the words of the text that make it.
 * Both are valid until the function returns. */
typedef void (*agenthost_claim_fn)(void *ctx, struct agenthost_text kind,
                                   struct agenthost_text quote);

struct agenthost_facts {
    uint32_t size;
    uint32_t reserved;

    /* Finds the false claims of a text and calls claim for each, in the order of the text, at most
     * 64 times.
     * Before: nothing. Owner: chart and text stay the agent's. Returns: how often it called, or -1
     * when nothing is known: chart is not one that the host handed out, text is not UTF-8, or too
     * long (over 512 KB). A text of which nothing is known must not be accepted.
     * From: calls and self-test; claim may not call it again. */
    int32_t (*check)(const struct agenthost_host *host, struct agenthost_text chart,
                     struct agenthost_text text, agenthost_claim_fn claim, void *ctx);
};

#ifdef __cplusplus
}
#endif
#endif
