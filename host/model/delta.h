/* The chunks of a streamed Chat Completion, read into the answer they make up. */
#ifndef MODEL_DELTA_H
#define MODEL_DELTA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/sbuf.h"
#include "core/span.h"

#define DELTA_FINISH_BYTES_MAX 24
#define DELTA_MODEL_BYTES_MAX 96
#define DELTA_REFUSAL_BYTES_MAX 160

/* What a stream has told so far. */
struct delta_answer {
    struct sbuf text;
    uint32_t content_events;               /* events that brought text */
    bool is_done;                          /* "[DONE]" came */
    char finish[DELTA_FINISH_BYTES_MAX];   /* finish_reason; "" until told */
    char model[DELTA_MODEL_BYTES_MAX];     /* as the server names it; "" until told */
    char refusal[DELTA_REFUSAL_BYTES_MAX]; /* how a refusal begins; "" = none */
    int64_t prompt_tokens, completion_tokens, total_tokens; /* −1 = not told */
};

enum delta_kind {
    DELTA_EVENT, /* taken over into the answer, or nothing we need */
    DELTA_DONE,  /* the end mark */
    DELTA_ERROR, /* carries an error instead; the answer is as before */
    DELTA_BAD,   /* not a chunk; err says why; the answer is as before */
    DELTA_LONG,  /* the answer would pass its maximum */
};

/* An empty answer of at most text_bytes_max. Pair with delta_answer_fini. [any] */
void delta_answer_init(struct delta_answer *answer, size_t text_bytes_max);
void delta_answer_fini(struct delta_answer *answer);

/* Takes over one event's data: by the scanner, or by json-c when the scanner meets anything
 * it was not made for. [any] */
enum delta_kind delta_read(struct span event, struct delta_answer *answer, struct err *err);

/* The two ways of delta_read, by themselves. The scanner returns false, the answer untouched,
 * when the event is not of the shape it was made for; what it accepts it reads as json-c
 * would. [any] */
bool delta_read_scanned(struct span event, struct delta_answer *answer, enum delta_kind *ret_kind);
enum delta_kind delta_read_parsed(struct span event, struct delta_answer *answer, struct err *err);

#endif
