/* Reads a job's data and judges it by the manifest's words and limits. */
#ifndef ENGINE_INPUT_H
#define ENGINE_INPUT_H

#include <stdbool.h>

#include "core/attr.h"

struct arena;
struct json_object;
struct manifest;

#define INPUT_COMPLAINT_BYTES_MAX 400

struct input {
    const char *depth; /* one of the manifest's words, borrowed from it; NULL: it has none */
    const char *style;
};

struct input_complaint {
    char field[96];
    char text[INPUT_COMPLAINT_BYTES_MAX]; /* what is wrong and what to send instead */
};

/* False with the first fault. arena is for scratch. [any] */
bool input_read(const struct manifest *manifest, struct json_object *data, struct arena *arena,
                struct input *ret_input, struct input_complaint *ret_complaint) ATTR_MUST_CHECK;

#endif
