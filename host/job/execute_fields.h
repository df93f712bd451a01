/* The body of a request for a reading, judged field by field. */
#ifndef JOB_EXECUTE_FIELDS_H
#define JOB_EXECUTE_FIELDS_H

struct json_object;
struct manifest;
struct problems;

/* Adds a problem for every wrong field of body, a JSON object: the host's own, those that the
 * agent's inputs name, and strangers. agentId was judged before. Of birth data the first fault is
 * added. Not while another thread uses the manifest. [any] */
void execute_check_fields(struct json_object *body, const struct manifest *manifest,
                          struct problems *problems);

/* The same for the body of a request for a chart: userId and birth data, nothing else. [any] */
void execute_check_birth(struct json_object *body, struct problems *problems);

#endif
