/* What both ways of reading a chunk share: the values found in it, and taking them over. */
#ifndef MODEL_DELTA_PRIVATE_H
#define MODEL_DELTA_PRIVATE_H

#include "model/delta.h"

/* The values of one chunk, borrowed from it. Texts are "" when absent or null. */
struct delta_chunk {
    struct span content;
    bool content_has_escapes; /* content is still JSON-escaped, and known to be well-formed */
    struct span refusal;
    struct span finish;
    struct span model;
    int64_t prompt_tokens, completion_tokens, total_tokens; /* −1 = absent */
};

/* Takes the chunk over: DELTA_EVENT or DELTA_LONG. [any] */
enum delta_kind delta_apply(const struct delta_chunk *chunk, struct delta_answer *answer);

#endif
