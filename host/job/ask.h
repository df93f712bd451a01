/* What a job asks the model: messages, and the settings that prompt, operator and manifest have a
 * say in. */
#ifndef JOB_ASK_H
#define JOB_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/span.h"

struct agent_reply;
struct job;
struct model_call;
struct model_request;
struct options_provider;
struct verdict;

/* The provider of the job's agent, NULL when its section is missing; and the model's name there,
 * which may be NULL. [loop] */
const struct options_provider *ask_provider(const struct job *job);
const char *ask_model_name(const struct job *job, const struct options_provider *provider);

/* Whether that provider can be asked now; if not, what becomes of the job. [loop] */
bool ask_is_possible(const struct job *job, struct verdict *ret_why) ATTR_MUST_CHECK;

/* Tokens asked for: the prompt's wish, else the operator's, else the manifest's; 0 = none. Twice
 * that for the try after a truncated answer. [loop] */
uint32_t ask_max_tokens(const struct job *job);

/* How often an answer of this agent may be sent back. [loop] */
uint32_t ask_reask_max(const struct job *job);

/* Starts a pass with the messages build_prompt gave. False: the job's memory is full. [loop] */
bool ask_take_prompt(struct job *job, const struct agent_reply *reply) ATTR_MUST_CHECK;
/* Starts the next round: the answer and the correction become messages. [loop] */
bool ask_next_round(struct job *job, struct span answer, struct span correction) ATTR_MUST_CHECK;
/* Ends the pass: the answer is handed to the next build_prompt. [loop] */
bool ask_next_pass(struct job *job, struct span answer) ATTR_MUST_CHECK;

/* The request for the pass, round and try at hand; borrows from the job. [loop] */
struct model_request ask_request(struct job *job, const struct options_provider *provider);

/* A model handler whose ctx is the job: text and progress
 * while the model writes. [loop] */
void ask_on_delta(struct model_call *call, struct span text, uint32_t tokens, void *ctx);

#endif
