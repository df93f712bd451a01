/* Reading .env files by the rules their writers know from dotenv. */
#ifndef CORE_DOTENV_H
#define CORE_DOTENV_H

#include <stdbool.h>

#include "core/err.h"
#include "core/span.h"

/* Calls on_pair for each NAME=value in order. Known: comments, "export ", unquoted values
 * (a ` #` begins a comment), 'literal', "with \n \r \t \" \\ \$ escapes"; quoted values may
 * span lines. Nothing is expanded. False at the first line that is none of these, with its
 * number in *ret_line. name and value are valid during the call. [any] */
bool dotenv_parse(struct span text,
                  void (*on_pair)(void *ctx, unsigned line, const char *name, const char *value),
                  void *ctx, unsigned *ret_line, struct err *err) ATTR_MUST_CHECK;

#endif
