/* Engines: shared objects that stand in for the agent.so of bundles that have none. A bundle names
 * its engine in its manifest; staging puts a copy of it into the image. */
#ifndef AGENT_ENGINES_H
#define AGENT_ENGINES_H

#include <limits.h>

#include "agent/bundle.h"
#include "core/attr.h"
#include "core/err.h"

/* The folder of the engines that belong to this build. [any] */
void engines_find(char ret_path[PATH_MAX]);

/* Opens the folder and fills *ret_file with the engine's file in it; the caller closes *ret_fd and
 * frees ret_file->path. INVALID names the engines there are. Blocks: [files thread] */
bool engines_open(const char *folder, const char *name, int *ret_fd, struct bundle_file *ret_file,
                  struct err *err) ATTR_MUST_CHECK;

#endif
