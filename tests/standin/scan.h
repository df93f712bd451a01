/* Reads just what the stand-in wants of a chat request, without building a tree: a stand-in that
 * is slower than what it measures measures itself. */
#ifndef TESTS_STANDIN_SCAN_H
#define TESTS_STANDIN_SCAN_H

#include <stdbool.h>

#include "core/span.h"

/* Spans point into the body: JSON text between the quotes, escapes as they are. */
struct chat_request {
    struct span model;
    struct span user; /* content of the last user message, when it is a string */
    bool is_stream;
    bool wants_usage; /* stream_options.include_usage */
    bool has_messages;
};

/* False when body is no JSON object. */
bool chat_scan(struct span body, struct chat_request *ret_request);

#endif
