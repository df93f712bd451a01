/* Finds a compiled-in Lua script by its name. */
#include "redis/script.h"

#include <assert.h>
#include <string.h>

static const struct redis_script *script_in(const struct redis_script *table, const char *name)
{
    for (const struct redis_script *script = table; script->name != NULL; script++) {
        if (strcmp(script->name, name) == 0) {
            return script;
        }
    }
    return NULL;
}

const struct redis_script *redis_script_find(const char *name)
{
    const struct redis_script *script = script_in(redis_scripts_bullmq, name);
    if (script == NULL) {
        script = script_in(redis_scripts_own, name);
    }
    assert(script != NULL);
    return script;
}
