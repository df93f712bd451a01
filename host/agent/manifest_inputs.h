/* A job's data judged by what a manifest's `inputs` ask for, and a JSON answer by its schema. */
#ifndef AGENT_MANIFEST_INPUTS_H
#define AGENT_MANIFEST_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;
struct manifest;
struct problems;

/* Adds a problem for every field that `inputs` name and that is missing or not as they say, down
 * to the fields of objects and the elements of arrays; null counts as absent. Fields of data that
 * `inputs` do not name are not looked at. Not while another thread uses the manifest. [any] */
void manifest_inputs_check(const struct manifest *manifest, struct json_object *data,
                           struct problems *problems);

/* Adds a problem for every field of a JSON answer that is not as /text/schema says; members that
 * it does not name are refused. answer is an object, the manifest has that schema. [any] */
void manifest_answer_check(const struct manifest *manifest, struct json_object *answer,
                           struct problems *problems);

/* True when `inputs` name that field of data, and when the manifest has no `inputs`: then every
 * field may be the agent's. [any] */
bool manifest_inputs_have(const struct manifest *manifest, const char *name);

/* Appends the names of the fields to ret_names, at most count_max in all; returns how many there
 * are then. Borrowed from the manifest. [any] */
size_t manifest_inputs_list(const struct manifest *manifest, const char **ret_names, size_t count,
                            size_t count_max);

#endif
