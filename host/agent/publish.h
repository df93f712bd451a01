/* Making a settled generation durable: images synced, images.json replaced, leftovers removed. */
#ifndef AGENT_PUBLISH_H
#define AGENT_PUBLISH_H

#include <stdbool.h>

struct err;
struct images;
struct thread;

typedef void (*publish_done_fn)(const struct err *err, void *ctx); /* err: NULL when it is done */

/* Writes down what images holds now; the work is done on the files thread, and a failure is
 * logged: what runs goes on, only a restart would not know of it. With may_prune, images that
 * are not held any more are deleted: not while a reload stages new ones. done (may be NULL) is
 * called once, inside when the files thread takes no more. [loop] */
void publish_images(struct images *images, struct thread *files, bool may_prune,
                    publish_done_fn done, void *ctx);

#endif
