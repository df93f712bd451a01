/* Parsing JSON that may be too long for the loop. */
#ifndef CORE_JSON_LATER_H
#define CORE_JSON_LATER_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"
#include "core/thread.h"

struct json_object;

/* On the caller's memory, which stays until done is called. */
struct json_later {
    struct thread_task task; /* own */
    struct span text;        /* what is parsed; stays until done */
    void (*done)(struct json_later *later);
    /* The result; the caller owns value. */
    struct json_object *value;
    bool is_parsed;
    struct err err;
};

/* Parses text as json_parse does and calls done: inside the call when text has at most
 * JSON_LOOP_BYTES_MAX, else later, when the files thread has done it. False, and no done, when
 * that thread has too much to do. [loop] */
bool json_parse_later(struct json_later *later, struct thread *files, struct span text,
                      void (*done)(struct json_later *later)) ATTR_MUST_CHECK;

#endif
