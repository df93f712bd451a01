/* manifest.json: what an agent says of itself, read without running its code. */
#ifndef AGENT_MANIFEST_H
#define AGENT_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct json_object;

enum manifest_chart { MANIFEST_CHART_REQUIRED, MANIFEST_CHART_OPTIONAL, MANIFEST_CHART_NONE };

struct manifest {
    struct json_object *json; /* the whole of it; owned */
    char *text;               /* the file's bytes; owned */
    size_t text_len;
    const char *id, *version, *contact, *description; /* borrowed from json */
    const char *default_language;                     /* of defaults, or NULL */
    const char *engine;                               /* stands in for agent.so; or NULL */
    enum manifest_chart chart;
    uint32_t passes_max; /* at least 1 */
    int64_t call_ms;     /* 0 = not asked for */
    int64_t memory_bytes;
    int64_t prompt_bytes, answer_bytes;
    const char *model_class;  /* or NULL */
    double model_temperature; /* NAN = not given */
    int64_t model_max_tokens; /* 0 = not given */
    int64_t priority;         /* of jobs made for it, 1 first; 0 = not given */
    bool is_streamed;         /* may unchecked deltas be shown */
};

/* Reads a manifest. folder_id is the bundle folder's name, which must equal id. Unknown keys
 * but x-…, duplicate keys, wrong types and ranges are refused: syntax errors name
 * file:line:column, others file and JSON pointer. Pair with manifest_destroy. [any] */
bool manifest_parse(const char *path, const char *folder_id, struct span text,
                    struct manifest **ret_manifest, struct err *err) ATTR_MUST_CHECK;
void manifest_destroy(struct manifest **manifest);

/* True when the manifest's config declares that key. [any] */
bool manifest_declares_config(const struct manifest *manifest, const char *key);

/* The language to use for a job that asks for wanted (may be NULL): wanted when the manifest has
 * it, else the manifest's default, else fallback, else its first one. [any] */
const char *manifest_language(const struct manifest *manifest, const char *wanted,
                              const char *fallback);

/* True when wanted is one of the manifest's languages, or begins with one ("de-AT"). [any] */
bool manifest_has_language(const struct manifest *manifest, const char *wanted);

#endif
