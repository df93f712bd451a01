/* Prefer: wait=N: an answer that is held back until the reading has ended. */
#ifndef HTTP_WAIT_H
#define HTTP_WAIT_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/span.h"

struct http_request;

#define HTTP_WAIT_SECONDS_MAX 60

/* How long the caller wants to wait, 0 for not at all; longer waits are cut to the maximum. False
 * after answering 400. [loop] */
bool http_wait_read(struct http_request *request, unsigned *ret_seconds) ATTR_MUST_CHECK;

/* request is NULL when the caller has left. status is the reading's at the end of the wait, NULL
 * when it could not be found out; reading is the whole of it once it has ended, as GET reading
 * gives it, else empty. */
typedef void (*http_wait_fn)(struct http_request *request, const char *status, struct span reading,
                             void *ctx);

/* Waits at most so many seconds for the reading to end. Takes the request's ticket; never answers
 * inside the call. [loop] */
void http_wait(struct http_request *request, const char *reading_id, unsigned seconds,
               http_wait_fn done, void *ctx);

#endif
