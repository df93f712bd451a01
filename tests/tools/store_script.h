/* The scripted store's parts: the program, and the verbs a test may ask for. */
#ifndef TESTS_TOOLS_STORE_SCRIPT_H
#define TESTS_TOOLS_STORE_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/json.h"
#include "core/loop.h"
#include "store/store.h"

struct store_script {
    struct loop loop;
    struct store *store;
};
extern struct store_script script;

/* One JSON line on standard output: the command's number, and more members. */
void say(int64_t number, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* store_script_wire.c: members of a command, absent ones as NULL, empty, false or otherwise; valid
 * as long as command. */
const char *text_of(struct json_object *command, const char *key);
struct span span_member(struct json_object *command, const char *key);
int64_t int_of(struct json_object *command, const char *key, int64_t otherwise);
bool bool_of(struct json_object *command, const char *key);
struct store_key key_of(struct json_object *command);

/* The command's number as a verb's context, and taken back from it. */
void *number_new(struct json_object *command);
int64_t number_take(void *ctx);
/* Says the members, the last of which lacks its value: text. */
void say_text(int64_t number, const char *members, struct span text);
/* Says the error, if there is one. */
bool say_err(int64_t number, const struct err *err);
void on_written(bool is_applied, const struct err *err, void *ctx);
void on_text(struct span json, const struct err *err, void *ctx);

/* store_script_outbox.c */
void verb_create(struct json_object *command);
void verb_enqueued(struct json_object *command);
void verb_unqueued_rows(struct json_object *command);
void verb_put_chart(struct json_object *command);
void verb_get_chart(struct json_object *command);
void verb_get_row(struct json_object *command);

/* Calls the verb that command["do"] names; its answer carries command["n"]. */
void verb_run(struct json_object *command);

#endif
