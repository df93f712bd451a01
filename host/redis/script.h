/* Lua scripts by name: BullMQ's, taken from its npm package at build time, and our own
 * (host/queue/lua). */
#ifndef REDIS_SCRIPT_H
#define REDIS_SCRIPT_H

#include <stddef.h>

struct redis_script {
    const char *name; /* "moveToActive", "agenthost.park" */
    const char *text;
    size_t text_len;
    unsigned keys_count; /* 0 = variable, for our own */
    char sha1[41];
};

/* Tables the generator emits, ended by an entry without name. */
extern const struct redis_script redis_scripts_bullmq[];
extern const struct redis_script redis_scripts_own[];

/* The script of that name; asserts that it exists (names are compiled in). [any] */
const struct redis_script *redis_script_find(const char *name);

/* The BullMQ version the scripts came from: "6.7.0". */
extern const char redis_scripts_bullmq_version[];

#endif
