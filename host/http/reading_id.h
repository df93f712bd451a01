/* The reading that a path names. */
#ifndef HTTP_READING_ID_H
#define HTTP_READING_ID_H

#include <stdbool.h>

#include "core/attr.h"

struct http_request;

/* Brings request->param into a UUID's one form, lower case. False after answering 400 when it is
 * none. [loop] */
bool http_take_reading_id(struct http_request *request) ATTR_MUST_CHECK;

#endif
