/* The texts of a run for whoever writes an agent: what was asked, answered and found, as records in
 * the log. Only at level debug and with log.texts. */
#ifndef JOB_TRANSCRIPT_H
#define JOB_TRANSCRIPT_H

#include "core/span.h"
#include "queue/queue.h"

struct agent_reply;
struct job;
struct model_result;

/* The messages of the call that is about to start; those of earlier rounds are not repeated.
 * [loop] */
void transcript_prompt(const struct job *job);

/* The answer as it came. [loop] */
void transcript_answer(const struct job *job, const struct model_result *result);

/* What the agent found, call being the function that was asked. text is what it wants corrected or
 * says instead of a reading. [loop] */
void transcript_finding(const struct job *job, const char *call, const char *finding,
                        const struct agent_reply *reply, struct span text);

/* How the job's turn ended: its reading is stored, or why not. [loop] */
void transcript_end(const struct job *job, enum queue_end end);

#endif
