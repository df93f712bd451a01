/* The sweep: rows that were left open and whose job is gone are closed. */
#ifndef JOB_SWEEP_H
#define JOB_SWEEP_H

struct loop;
struct queue;
struct store;
struct sweep;

/* Looks at the queue's open rows in two passes, 10 s apart, now and every minute; a row whose job
 * is gone, or ended, in both is failed with JOB_GONE. When more than 20 rows and a fifth of all
 * have lost their job, it touches none and logs an error each time: more likely a wrong Redis than
 * lost jobs. Rows of a queue of that name under another prefix are left alone. Call when the queue
 * is ready. [loop] */
struct sweep *sweep_start(struct loop *loop, struct store *store, struct queue *queue);
/* Stops it at any point; accepts NULL, sets *sweep to NULL. [loop] */
void sweep_destroy(struct sweep **sweep);

#endif
