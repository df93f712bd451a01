/* The frame a cell gets first: an image's manifest and assets and the agent's configuration. */
#ifndef AGENT_SETUP_H
#define AGENT_SETUP_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/err.h"

struct sbuf;

struct setup_source {
    const char *images_path, *hash;
    const char *id, *version;
    const char *config_json;
};

/* Reads the image images_path/hash, checks that it is what its name says and appends the setup
 * frame to out. Blocks: [files thread] */
bool setup_read(const struct setup_source *source, struct sbuf *out,
                struct err *err) ATTR_MUST_CHECK;

#endif
