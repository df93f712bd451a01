/* Jobs that could only wait for their agent's model go aside before work is put into them, so that
 * a thousand of them do not keep others waiting.
 *
 * Only the agent can say that a job needs the model: it may decline without one. So once a job of
 * an agent has asked in vain, the next ones are looked at ten a second, and those that were looked
 * at before wait for the model alone. A job that is declined without the model ends this. */
#ifndef JOB_ASIDE_H
#define JOB_ASIDE_H

#include <stdbool.h>
#include <stdint.h>

#define ASIDE_LOOK_EVERY_MS 100
#define ASIDE_LOOKS_AT_ONCE 10
#define ASIDE_WAIT_MS_MAX 600000

struct aside;

struct aside *aside_create(void);
/* Sets *aside to NULL. */
void aside_destroy(struct aside **aside);

/* A job of that agent found that its model is not to be had, when nothing was left but to ask
 * it. [loop] */
void aside_blocked(struct aside *aside, const char *agent_id);
/* A job of that agent was declined without its model. [loop] */
void aside_unblocked(struct aside *aside, const char *agent_id);
bool aside_is_blocked(const struct aside *aside, const char *agent_id);

/* May a job of that agent be looked at now, on the monotonic clock? 0 = yes; else about how long it
 * takes until its turn comes, behind those that asked before, at most ASIDE_WAIT_MS_MAX. [loop] */
int64_t aside_look_wait_ms(struct aside *aside, const char *agent_id, int64_t now_ms);

#endif
