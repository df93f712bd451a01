/* A reload: scan the folders, stage what changed, start its cells, swap the generation. */
#ifndef AGENT_RELOAD_H
#define AGENT_RELOAD_H

#include <stdbool.h>

#include "core/span.h"

struct agents;
struct reload;
struct settings;

typedef void (*reload_done_fn)(bool is_ok, struct span report_json, void *ctx);

struct reload *reload_create(struct agents *agents);
/* Drops a reload under way; who asked for it is not told any more. */
void reload_destroy(struct reload **reload);
bool reload_is_running(const struct reload *reload);

/* Takes settings over. While one reload runs, all that are asked for together become one more,
 * with the settings that came last. [loop] */
void reload_ask(struct reload *reload, struct settings *settings, reload_done_fn done, void *ctx);

#endif
