/* A provider's breaker, on a clock that is handed in. */
#include "model/breaker.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

#include "core/attr.h"

void breaker_trip(struct breaker *breaker, int64_t now_ms, const char *reason)
{
    if (breaker->state == BREAKER_OPEN) {
        return;
    }
    int64_t doubled_ms = breaker->state == BREAKER_HALF_OPEN ? breaker->wait_ms * 2 : 0;
    breaker->wait_ms = doubled_ms < BREAKER_WAIT_MS_FIRST ? BREAKER_WAIT_MS_FIRST
                       : doubled_ms > BREAKER_WAIT_MS_MAX ? BREAKER_WAIT_MS_MAX
                                                          : doubled_ms;
    breaker->state = BREAKER_OPEN;
    breaker->is_probing = false;
    breaker->open_until_ms = now_ms + breaker->wait_ms;
    (void)snprintf(breaker->reason, sizeof(breaker->reason), "%s", reason);
}

bool breaker_succeed(struct breaker *breaker)
{
    bool was_closed = breaker->state == BREAKER_CLOSED;
    *breaker = (struct breaker){.state = BREAKER_CLOSED};
    return !was_closed;
}

void breaker_probe_over(struct breaker *breaker)
{
    breaker->is_probing = false;
}

bool breaker_tick(struct breaker *breaker, int64_t now_ms)
{
    if (breaker->state != BREAKER_OPEN || now_ms < breaker->open_until_ms) {
        return false;
    }
    breaker->state = BREAKER_HALF_OPEN;
    breaker->is_probing = false;
    return true;
}

bool breaker_admits(const struct breaker *breaker)
{
    return breaker->state == BREAKER_CLOSED ||
           (breaker->state == BREAKER_HALF_OPEN && !breaker->is_probing);
}

bool breaker_enter(struct breaker *breaker)
{
    assert(breaker_admits(breaker));
    breaker->is_probing = breaker->state == BREAKER_HALF_OPEN;
    return breaker->is_probing;
}

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = {
        [BREAKER_CLOSED] = "closed", [BREAKER_OPEN] = "open", [BREAKER_HALF_OPEN] = "half-open"};
    return (size_t)state < ARRAY_LEN(names) ? names[state] : "unknown";
}
