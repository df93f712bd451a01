/* Making a settled generation durable: images synced, images.json replaced, leftovers removed. */
#ifndef AGENT_PUBLISH_H
#define AGENT_PUBLISH_H

#include <stdbool.h>

struct images;
struct thread;

/* Writes down what images holds now; the work is done on the files thread, and a failure is
 * logged: what runs goes on, only a restart would not know of it. With may_prune, images that
 * are not held any more are deleted: not while a reload stages new ones. [loop] */
void publish_images(struct images *images, struct thread *files, bool may_prune);

#endif
