/* Jobs that could only wait for their agent's model go aside before work is put into them, so that
 * a thousand of them do not keep others waiting.
 *
 * Only the agent can say that a job needs the model: it may decline without one. So once a job of
 * an agent has come as far as asking in vain, the next ones are looked at one by one, ten a second,
 * each at a time of its own; those that were looked at before wait for the model alone. An ending
 * without the model's help, or a model that is back, ends this. */
#ifndef JOB_ASIDE_H
#define JOB_ASIDE_H

#include <stdbool.h>
#include <stdint.h>

#define ASIDE_LOOK_EVERY_MS 100

struct aside;

struct aside *aside_create(void);
/* Sets *aside to NULL. */
void aside_destroy(struct aside **aside);

/* A job of that agent found that its model is not to be had, when nothing was left but to ask it.
 * [loop] */
void aside_blocked(struct aside *aside, const char *agent_id);
/* A job of that agent ended well, or its model is to be had. [loop] */
void aside_unblocked(struct aside *aside, const char *agent_id);
bool aside_is_blocked(const struct aside *aside, const char *agent_id);

/* The time from now_ms, monotonic, until the next job of that agent may be looked at; 0 = now. The
 * time is taken: the next caller gets a later one. [loop] */
int64_t aside_take_look_ms(struct aside *aside, const char *agent_id, int64_t now_ms);

#endif
