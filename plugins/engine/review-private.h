/* What judging an answer and judging a JSON answer share. */
#ifndef ENGINE_REVIEW_PRIVATE_H
#define ENGINE_REVIEW_PRIVATE_H

#include "core/sbuf.h"
#include "engine/engine.h"
#include "engine/sections.h"

struct review {
    const struct engine *engine;
    const struct engine_language *language;
    struct agenthost_text chart;
    struct arena *arena;
    struct span body;   /* the answer, trimmed */
    struct sbuf values; /* of a JSON answer: its texts, one a line */
    struct sections sections;
    struct sbuf faults; /* what the model is told, one a line; empty = nothing wrong */
};

/* Adds one fault, its text being the word of that key with {{title}} and {{number}} filled. */
void review_add_fault(struct review *review, const char *key, struct span title, size_t number);

/* The answer must be one JSON object as the schema says; leaves its texts in values
 * (review_json.c). */
void review_json(struct review *review);

#endif
