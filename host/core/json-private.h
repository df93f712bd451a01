/* What json-c does not check: our own pass over the bytes before it parses. */
#ifndef CORE_JSON_PRIVATE_H
#define CORE_JSON_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/span.h"

/* Checks bytes, strings, numbers, words, depth and duplicate keys; leaves commas, colons and
 * the pairing of brackets to json-c. False with line:column in err. [any] */
bool json_scan(struct span text, struct err *err) ATTR_MUST_CHECK;

/* As err_set with ERR_INVALID; the line and column of offset go before the text. [any] */
bool json_fail_at(struct span text, size_t offset, struct err *err, const char *fmt, ...)
    ATTR_PRINTF(4, 5);

#endif
