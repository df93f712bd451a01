/* The agents as producers and pages see them. */
#ifndef HOST_LISTING_H
#define HOST_LISTING_H

struct agents;
struct options;
struct sbuf;

/* Appends "count":…,"agents":[…],"ids":[…] of the agents that have something installed which
 * writes readings, sorted by id. [loop] */
void listing_render(const struct agents *agents, const struct options *options, struct sbuf *out);

#endif
