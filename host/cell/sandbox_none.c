/* Stands in for the sandbox where it is built without one: sanitizers need what it forbids. */
#include <stdio.h>

#include "cell/sandbox.h"

bool sandbox_enter(const struct sandbox_plan *plan, char ret_layers[SANDBOX_LAYERS_BYTES],
                   struct err *err)
{
    (void)plan;
    (void)err;
    (void)snprintf(ret_layers, SANDBOX_LAYERS_BYTES, "none (built without)");
    return true;
}

bool sandbox_close(struct err *err)
{
    (void)err;
    return true;
}

uint32_t sandbox_take_denied(int *ret_last_call)
{
    *ret_last_call = -1;
    return 0;
}
