/* What was found: printed as it comes, or as one JSON object at the end. */
#ifndef CHECK_FINDINGS_H
#define CHECK_FINDINGS_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/sbuf.h"

struct findings {
    bool is_json;
    unsigned count;
    struct sbuf items, notes; /* JSON */
};

void findings_init(struct findings *findings, bool is_json);
/* check is "manifest", "contract", "start", "determinism", "golden", "size" or "fuzz"; hint says
 * how to mend it; file (may be NULL) reproduces it. */
void findings_add(struct findings *findings, const char *check, const char *hint, const char *file,
                  const char *fmt, ...) ATTR_PRINTF(5, 6);
/* Something that is as it should be, or a number worth knowing. */
void findings_note(struct findings *findings, const char *check, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* Prints the end and frees. */
void findings_finish(struct findings *findings, const char *bundle);

#endif
