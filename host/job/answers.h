/* The answers of a run: those its record held when it was opened, and those that came since. */
#ifndef JOB_ANSWERS_H
#define JOB_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/sbuf.h"
#include "core/span.h"

struct arena;
struct model_result;
struct queue_run;

/* How an answer was judged earlier; UNJUDGED ones are judged (again). */
enum answer_verdict {
    ANSWER_UNJUDGED,
    ANSWER_ACCEPTED,
    ANSWER_NEXT,
    ANSWER_REASKED,
    ANSWER_REFUSED
};

struct answer {
    uint32_t pass, round, try_;
    struct span text;
    const char *finish_reason, *model, *provider, *call_id, *request_hash, *request_id;
    int64_t prompt_tokens, completion_tokens, total_tokens; /* −1 = not told */
    double cost_usd;                                        /* NAN = unknown */
    int64_t first_token_ms, duration_ms;
    enum answer_verdict verdict;
    struct span correction; /* REASKED */
};

struct answers {
    struct answer *items;
    uint32_t count, capacity;
};

/* Reads what the run record held; an entry that makes no sense is left out (its answer will be
 * asked for again). Texts go to the arena. False when the arena is full. [loop] */
bool answers_read(struct answers *answers, const struct queue_run *run,
                  struct arena *arena) ATTR_MUST_CHECK;

/* The answer to pass, round, try, or NULL. [loop] */
struct answer *answers_find(const struct answers *answers, uint32_t pass, uint32_t round,
                            uint32_t try_);

/* The answer that a finished model call gave; borrows from all three. [loop] */
struct answer answer_of_result(const struct model_result *result, const char *provider,
                               const char *call_id);

/* Appends a copy; NULL when the arena is full. [loop] */
struct answer *answers_keep(struct answers *answers, const struct answer *borrowed,
                            struct arena *arena) ATTR_MUST_CHECK;

/* As the run record keeps them. [any] */
void answer_render(const struct answer *answer, struct sbuf *out);
void answer_render_verdict(enum answer_verdict verdict, struct span correction, struct sbuf *out);

/* Sums of the tokens and costs of all answers; −1 and NAN when one of them is unknown. [loop] */
struct answers_usage {
    int64_t prompt_tokens, completion_tokens, total_tokens;
    double cost_usd;
    int64_t duration_ms;
};
void answers_sum(const struct answers *answers, struct answers_usage *ret_usage);

#endif
