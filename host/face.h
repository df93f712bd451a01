/* What the HTTP endpoints may ask of the host. */
#ifndef HOST_FACE_H
#define HOST_FACE_H

#include "http/face.h"

struct host;

struct http_host face_of(struct host *host);

/* The verbs of face_execute.c, and those of face_readings.c. */
void face_fill_execute(struct http_host *face);
void face_fill_readings(struct http_host *face);

#endif
