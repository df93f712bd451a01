/* Errors: a kind and one line of text. */
#include "core/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, fmt);
        err->kind = kind;
        (void)vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
    }
    return false;
}

bool err_set_errno(struct err *err, const char *fmt, ...)
{
    int saved = errno;
    if (err != NULL) {
        va_list args;
        va_start(args, fmt);
        err->kind = ERR_INTERNAL;
        int len = vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
        if (len >= 0 && (size_t)len < sizeof(err->text)) {
            char reason[128];
            const char *text = strerror_r(saved, reason, sizeof(reason));
            (void)snprintf(err->text + len, sizeof(err->text) - (size_t)len, ": %s", text);
        }
    }
    return false;
}

const char *err_kind_name(enum err_kind kind)
{
    static const char *const names[] = {
        [ERR_NONE] = "none",         [ERR_INVALID] = "invalid", [ERR_NOT_FOUND] = "not found",
        [ERR_CONFLICT] = "conflict", [ERR_DENIED] = "denied",   [ERR_AGAIN] = "again",
        [ERR_TIMEOUT] = "timeout",   [ERR_LIMIT] = "limit",     [ERR_PROTOCOL] = "protocol",
        [ERR_INTERNAL] = "internal",
    };
    return (size_t)kind < ARRAY_LEN(names) ? names[kind] : "unknown";
}
