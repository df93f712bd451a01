/* What may be in an archive of a bundle, judged entry by entry before anything is written. */
#ifndef UNPACK_JUDGE_H
#define UNPACK_JUDGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/bundle.h"
#include "agent/scan.h"
#include "core/attr.h"
#include "core/err.h"

/* A whole bundle, and what its team packs along: golden cases, a readme. */
#define JUDGE_ENTRIES_MAX 1000
#define JUDGE_BYTES_MAX (INT64_C(96) * 1024 * 1024)
#define JUDGE_DEPTH_MAX (BUNDLE_DEPTH_MAX + 1) /* the bundle's own folder on top */

/* An entry, as the archive has it. */
struct judge_entry {
    const char *path; /* NULL: it cannot be read as text */
    mode_t type;      /* S_IFREG, S_IFDIR, … */
    bool is_hardlink;
    int64_t bytes; /* −1: not told */
};

/* What was seen so far; begins as {0}. */
struct judge {
    char id[AGENT_ID_BYTES]; /* the one folder's name; "" until there was an entry below it */
    unsigned entries;
    int64_t bytes;
};

/* True with *ret_path (inside entry->path, never absolute, nothing in it leads up or out) when the
 * entry may be written there; "" is the archive's own top, which is nothing to write. False: the
 * archive is to be refused. [any] */
bool judge_take(struct judge *judge, const struct judge_entry *entry, const char **ret_path,
                struct err *err) ATTR_MUST_CHECK;

#endif
