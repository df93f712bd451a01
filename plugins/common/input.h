/* Reads a job's data and judges it by the manifest's words and limits. */
#ifndef COMMON_INPUT_H
#define COMMON_INPUT_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/span.h"

struct arena;
struct json_object;

#define INPUT_COMPLAINT_BYTES_MAX 400

struct input {
    struct span context;
    const char *depth; /* one of the manifest's words, borrowed from it */
    const char *style;
};

struct input_complaint {
    char field[96];
    char text[INPUT_COMPLAINT_BYTES_MAX]; /* what is wrong and what to send instead */
};

/* False with the first fault. context borrows from data. arena is for scratch. */
bool input_read(struct json_object *manifest, struct json_object *data, struct arena *arena,
                struct input *ret_input, struct input_complaint *ret_complaint) ATTR_MUST_CHECK;

#endif
