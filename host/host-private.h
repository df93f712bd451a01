/* What the files of the assembled host share. */
#ifndef HOST_HOST_PRIVATE_H
#define HOST_HOST_PRIVATE_H

#include <stdbool.h>

#include "core/span.h"

struct host;

/* Jobs that wait for a model may go on, or find out that they still wait. [loop] */
void host_unpark_for_model(struct host *host);

/* Lets all queues claim, or none. [loop] */
void host_set_claiming(struct host *host, bool is_claiming);

/* Ends the running reload for whoever waits for it. [loop] */
void host_answer_waiters(struct host *host, bool is_ok, struct span report);

/* What agents_reload calls; ctx is the host. [loop] */
void host_on_agents_reloaded(bool is_ok, struct span report, void *ctx);

/* What is measured when it is asked for; ctx is the host. [loop] */
void host_refresh_metrics(void *ctx);

#endif
