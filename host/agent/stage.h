/* Staging: an installed bundle becomes an image, a write-protected copy named by its hash. Code
 * and texts are only ever used from there, so whatever happens to the installed files harms
 * nothing that runs. */
#ifndef AGENT_STAGE_H
#define AGENT_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/hash.h"

struct manifest;

struct stage_request {
    const char *bundle_path; /* the installed folder, or a link to it */
    const char *id;
    const char *images_path;
    const char *engines_path; /* what stands in for the code of a bundle that has none */
    bool is_link;             /* switched as a whole: needs no stillness */
    int64_t still_ms;         /* how long nothing may have changed */
    const char
        *current_hash; /* image that serves now: needs neither stillness nor a copy; or NULL */
    uint64_t seen_fingerprint; /* of the try before, and how long ago; 0 = first try */
    int64_t seen_ms_ago;
};

enum stage_result {
    STAGE_DONE,    /* hash and manifest are filled */
    STAGE_MOVING,  /* try again in wait_ms: the folder is being changed */
    STAGE_REFUSED, /* err says why */
};

struct stage_outcome {
    char hash[HASH_SHA256_HEX_BYTES];
    struct manifest *manifest; /* the caller's */
    bool is_new;               /* copied just now, not yet synced to disk */
    uint64_t fingerprint;
    int64_t wait_ms;
    struct err err;
};

/* Blocks: [files thread] */
enum stage_result stage_bundle(const struct stage_request *request,
                               struct stage_outcome *ret_outcome);

#endif
