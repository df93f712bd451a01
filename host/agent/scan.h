/* Which bundles are installed: one look through the configured folders. */
#ifndef AGENT_SCAN_H
#define AGENT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/err.h"

#define AGENT_ID_BYTES 33 /* NUL included */
#define SCAN_BUNDLES_MAX 256

struct scan_bundle {
    char id[AGENT_ID_BYTES];
    char *path;   /* the folder, or the link to it */
    bool is_link; /* deployed by switching a symbolic link: never seen half-changed */
};

/* A folder whose name no agent can have. */
struct scan_refusal {
    char *path;
    char text[120];
};

struct scan {
    struct scan_bundle *bundles; /* sorted by id, each id once */
    size_t bundles_count;
    struct scan_refusal *refusals;
    size_t refusals_count;
};

/* [a-z][a-z0-9-]{0,31}. [any] */
bool scan_is_agent_id(const char *name);

/* Looks through dirs in order; of two folders with one name the later wins. A folder that
 * does not exist is skipped, one that cannot be read fails the whole scan, since what it holds
 * would look removed. Plain files and names beginning with a dot are ignored. Fills *ret_scan
 * (scan_fini). Blocks: [files thread] */
bool scan_dirs(char *const *dirs, size_t dirs_count, struct scan *ret_scan,
               struct err *err) ATTR_MUST_CHECK;
void scan_fini(struct scan *scan);

#endif
