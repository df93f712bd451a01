/* What a request's head must and must not say, before anything is done about it. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>

struct MHD_Connection;
struct http_request;

/* False after an answer that says what is wrong with the headers. [loop] */
bool http_head_is_good(struct http_request *request, struct MHD_Connection *mhd,
                       const char *method);

#endif
