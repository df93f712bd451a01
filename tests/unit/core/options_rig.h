/* What the tests of the configuration share: a folder with a file in it, loaded, and what was said
 * of it. */
#ifndef OPTIONS_RIG_H
#define OPTIONS_RIG_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/options-private.h"
#include "core/options.h"
#include "core/sbuf.h"

extern char dir[64], conf_path[96]; /* of the test, and agenthost.conf in it */
extern struct options *options;     /* what was loaded last */
extern struct options_problems problems;
extern struct sbuf text; /* scratch */

extern const char *const no_environ[], *const no_sets[];

/* Around each test. */
void options_setup(void);
void options_teardown(void);

/* A file in the folder that only its owner may read. */
void write_file(const char *name, const char *content, size_t len);

/* Loads conf as agenthost.conf; load insists that it is good, load_fails that its problems are
 * these. */
bool load_with(const char *conf, const char *const *environment, const char *const *sets);
void load(const char *conf);
void load_fails(const char *conf, const char *expected);

/* All problems, one a line, the folder taken out. */
const char *problems_text(void);

#endif
