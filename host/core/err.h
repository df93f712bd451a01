/* An error: a kind that decides what happens next, and a text for people. */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#include <stdbool.h>

#include "core/attr.h"

enum err_kind {
    ERR_NONE = 0,
    ERR_INVALID,   /* the input is wrong; trying again cannot help */
    ERR_NOT_FOUND, /* what was named does not exist */
    ERR_CONFLICT,  /* what was named is not in a state for it */
    ERR_DENIED,    /* credentials or rights are missing */
    ERR_AGAIN,     /* not now; a later try may work */
    ERR_TIMEOUT,   /* a deadline passed */
    ERR_LIMIT,     /* a configured maximum was reached */
    ERR_PROTOCOL,  /* the peer spoke nonsense */
    ERR_INTERNAL,  /* our own or the operating system's fault */
};

#define ERR_TEXT_BYTES_MAX 512

struct err {
    enum err_kind kind;
    char text[ERR_TEXT_BYTES_MAX]; /* one line, lower case, no full stop; truncated if longer */
};

/* Fills *err (may be NULL) and returns false, so that a failing function ends with
 * `return err_set(...)`. [any] */
bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...) ATTR_PRINTF(3, 4);

/* As err_set with ERR_INTERNAL, and the text of errno appended. [any] */
bool err_set_errno(struct err *err, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* The kind's name in lower case, for logs: "invalid", "timeout". Never NULL. [any] */
const char *err_kind_name(enum err_kind kind);

#endif
