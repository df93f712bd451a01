/* What agents need of the configuration, copied: a reload works on its own copy while the
 * options it came from may already be replaced. */
#ifndef AGENT_SETTINGS_H
#define AGENT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/hash.h"

struct manifest;
struct options;

/* [agent.ID]; numbers are -1 when not set. */
struct settings_section {
    char *id;
    int64_t call_timeout_ms;
    int64_t memory_bytes_max;
    double canary_percent;
    char *extra_json; /* keys that are not the host's own, a JSON object; may be NULL */
    char **extra_keys, **extra_where;
    size_t extra_count;
};

struct settings {
    char **dirs;
    size_t dirs_count;
    char *engines; /* their folder */
    int64_t call_ms, start_ms;
    int64_t memory_bytes_max;
    int64_t still_ms, still_ms_max;
    bool landlock_required;
    struct settings_section *sections;
    size_t sections_count;
};

/* Copies what is needed; the caller owns the result. [any] */
struct settings *settings_create(const struct options *options);
void settings_destroy(struct settings **settings);

/* The longest a call of this agent may take: the manifest's wish, at most [agent.ID]
 * call_timeout or [agents] call. [any] */
int64_t settings_call_ms(const struct settings *settings, const struct manifest *manifest);
/* The memory a cell of this agent may use, by the same rule. [any] */
int64_t settings_memory_bytes(const struct settings *settings, const struct manifest *manifest);

/* The share of its jobs that a changed bundle of this agent gets, in GENERATION_SHARE_ALL; 0: there
 * are no canaries, a change is for all. [any] */
unsigned settings_canary_share(const struct settings *settings, const char *agent_id);

/* The JSON object that create() gets: the section's keys that the manifest declares, converted
 * to their declared types, and the manifest's defaults for the others. A key that is not
 * declared or does not fit fails with its file:line, unless is_lenient: then it is left out.
 * The caller frees *ret_json. [any] */
bool settings_config(const struct settings *settings, const struct manifest *manifest,
                     bool is_lenient, char **ret_json, struct err *err) ATTR_MUST_CHECK;

/* What two configurations must have in common to share a cell: what create() gets, and the
 * memory the cell may use. [any] */
void settings_hash(const struct settings *settings, const struct manifest *manifest,
                   const char *config_json, char ret_hex[HASH_SHA256_HEX_BYTES]);

#endif
