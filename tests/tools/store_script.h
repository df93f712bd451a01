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

/* Calls the verb that command["do"] names; its answer carries command["n"]. */
void verb_run(struct json_object *command);

#endif
