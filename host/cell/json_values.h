/* The host's extension "agenthost.json/1", as agents in a cell get it. */
#ifndef CELL_JSON_VALUES_H
#define CELL_JSON_VALUES_H

#include <agenthost/json.h>

#define JSON_VALUES_BYTES_MAX (8u * 1024 * 1024)
#define JSON_VALUES_TEXTS_MAX 64

extern const struct agenthost_json JSON_VALUES_EXTENSION;

/* Forgets what an earlier call of the host read. [child] */
void json_values_begin_call(void);

#endif
