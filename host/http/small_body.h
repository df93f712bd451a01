/* Bodies of one optional word: {"reason":"…"}, {"queue":"…"}. */
#ifndef HTTP_SMALL_BODY_H
#define HTTP_SMALL_BODY_H

#include <stdbool.h>

#include "core/attr.h"

struct http_request;

/* The text that key names in the request's body, in *ret_text (the caller frees it), or NULL: there
 * need not be a body, and null is no text. False after answering 400 for anything else. [loop] */
bool http_read_small_body(struct http_request *request, const char *key,
                          char **ret_text) ATTR_MUST_CHECK;

#endif
