/* Jobs added or retried for a reading whose row stands for an earlier run: until the new one takes
 * the row over, nobody but this memory knows that it is coming. */
#ifndef JOB_AWAITED_H
#define JOB_AWAITED_H

#define AWAITED_MAX 256 /* the oldest is forgotten; its reading looks ended until the job runs */

struct awaited;

struct awaited *awaited_create(void);
void awaited_destroy(struct awaited **awaited);

/* Replaces what was awaited for the reading before. [loop] */
void awaited_add(struct awaited *awaited, const char *reading_id, const char *job_key);
/* The job awaited for the reading, or NULL; valid until the next call but this one. [loop] */
const char *awaited_find(const struct awaited *awaited, const char *reading_id);
/* The job has come, or never will. [loop] */
void awaited_remove(struct awaited *awaited, const char *reading_id);

#endif
