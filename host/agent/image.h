/* The images this host keeps, and which of them serve: images.json in memory. */
#ifndef AGENT_IMAGE_H
#define AGENT_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/scan.h"
#include "agent/strikes.h"
#include "cell/cell.h"
#include "core/attr.h"
#include "core/err.h"
#include "core/hash.h"

struct manifest;
struct sbuf;

#define IMAGE_KEPT_MS (INT64_C(14) * 24 * 3600 * 1000)
#define IMAGE_KEPT_MAX 16 /* an agent, beside the ones that serve */

/* One image of one agent. Owned by its struct images; held by units through refs. */
struct image {
    char agent_id[AGENT_ID_BYTES];
    char hash[HASH_SHA256_HEX_BYTES];
    struct manifest *manifest; /* owned */
    unsigned refs;             /* units made of it */
    int64_t loaded_ms;         /* first served, wall clock; 0 = has not yet */
    int64_t replaced_ms;       /* stopped being current; 0 = not yet */
    int64_t absent_ms;         /* its agent is no longer installed; 0 = it is */
    int64_t quarantined_ms;    /* 0 = not */
    char quarantine[300];      /* why */
    char
        quarantined_config[HASH_SHA256_HEX_BYTES]; /* with another configuration it may try again */
    struct strikes strikes;
    struct cell_report last_end; /* of its cells, with last_end_ms; of those that had started */
    int64_t last_end_ms;         /* wall clock; 0 = none has ended */
    unsigned ends;
    bool is_current, is_last_good;
    bool is_synced; /* its bytes are on disk for sure */
    struct image *next;
};

/* What an operator ordered for an agent, whatever image of it serves. Owned by its struct images.
 */
struct image_orders {
    char agent_id[AGENT_ID_BYTES];
    int64_t paused_ms; /* since when its jobs wait, wall clock; 0 = they do not */
    char rolled_back[HASH_SHA256_HEX_BYTES]; /* not to be taken though it is installed; "" = none */
    struct image_orders *next;
};

struct images {
    char *path; /* <state>/images */
    char *file; /* <state>/images.json */
    struct image *first;
    struct image_orders *orders; /* only of agents that have one */
};

/* Makes <state>/images when absent and reads images.json. Images whose manifest cannot be read
 * are forgotten; a broken images.json is set aside as images.json.broken: both with a warning.
 * Pair with images_close. [main] */
bool images_open(struct images *images, const char *state_path, struct err *err) ATTR_MUST_CHECK;
void images_close(struct images *images);

struct image *images_find(const struct images *images, const char *agent_id, const char *hash);

/* The image to run when the installed bundle cannot be: the current one, else the last good,
 * but none that is quarantined and not `but`. NULL when there is none. [loop] */
struct image *images_fallback(const struct images *images, const char *agent_id,
                              const struct image *but);

/* A new image; takes the manifest over. [loop] */
struct image *images_add(struct images *images, const char *agent_id, const char *hash,
                         struct manifest *manifest);

/* From now on the agent's current one; the one before becomes the last good. [loop] */
void images_set_current(struct images *images, struct image *image);
/* No longer to be used for new jobs, also after a restart. [loop] */
void images_quarantine(struct image *image, const char *config_hash, const char *reason);
/* It may be used again. [loop] */
void images_lift_quarantine(struct image *image);

/* The agent is installed, or is not: what served it is kept for some days all the same, since a
 * folder may come back. [loop] */
void images_note_installed(struct images *images, const char *agent_id, bool is_installed);

/* Since when the agent's jobs wait for an operator; 0 = they do not. [loop] */
int64_t images_paused_ms(const struct images *images, const char *agent_id);
/* From now on they wait; 0 ends it. [loop] */
void images_set_paused(struct images *images, const char *agent_id, int64_t paused_ms);

/* The image that is not to be taken though it is installed; "" = none. [loop] */
const char *images_rolled_back(const struct images *images, const char *agent_id);
/* From now on that one; "" ends it. [loop] */
void images_set_rolled_back(struct images *images, const char *agent_id, const char *hash);

#define IMAGE_ROLLED_BACK_BYTES 200
/* Why the bundle with that manifest and hash, though installed, does not serve. [any] */
void image_say_rolled_back(const struct manifest *manifest, const char *hash,
                           char ret_text[IMAGE_ROLLED_BACK_BYTES]);

/* The image to go back to from `from` (may be NULL): the last good one, else the one that stopped
 * serving last; none that is quarantined. NULL when there is none. [loop] */
struct image *images_before(const struct images *images, const char *agent_id,
                            const struct image *from);
/* It serves for the first time, if it has not yet. [loop] */
void images_note_loaded(struct image *image);

/* Forgets what no unit holds and nothing can want any more. [loop] */
void images_forget_old(struct images *images);

/* Adds what <state>/images.json remembers; see images_open. [main] */
void images_read_file(struct images *images);
/* images.json. [loop] */
void images_render(const struct images *images, struct sbuf *out);

#endif
