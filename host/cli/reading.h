/* Fetching, waiting for and printing readings, and asking for something to be done about one: what
 * subcommands share. */
#ifndef CLI_READING_H
#define CLI_READING_H

#include <stdbool.h>

struct cli;
struct json_object;

/* The reading as the host gives it (json_object_put). NULL and CLI_OK when there is none with
 * this id, NULL and another exit status when it could not be asked for, which has been said. */
int reading_fetch(struct cli *cli, const char *reading_id, struct json_object **ret_reading);

bool reading_has_ended(struct json_object *reading);

/* Prints its newest text, its error, or with --json all of it. CLI_FAILED for a failed one. */
int reading_print(const struct cli *cli, struct json_object *reading);

/* Waits until it has ended, then prints it. */
int reading_wait(struct cli *cli, const char *reading_id);

/* Posts body, JSON, to the orchestrator's route action/reading_id; as cli_request, but a refusal
 * has been printed. */
int reading_post(struct cli *cli, const char *action, const char *reading_id, const char *body,
                 struct json_object **ret_answer);

#endif
