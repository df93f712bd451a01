/* The one event loop: libev plus an end-of-turn list and a lag gauge. */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

struct loop_deferred {
    void (*run)(struct loop_deferred *deferred);
    struct loop_deferred *next; /* loop's own */
    bool is_queued;             /* loop's own; readable */
};

struct loop {
    struct ev_loop *ev;
    struct loop_deferred *deferred_first, *deferred_last;
    struct loop_deferred *deferred_running; /* rest of the list being run */
    ev_prepare prepare;
    ev_check check;
    ev_idle idle;
    int64_t turn_started_us; /* 0 while polling */
    int64_t turn_us_max;     /* longest turn since the last read; see loop_take_turn_us_max */
};

/* Makes the process's loop on the caller's memory: an own libev loop, SIGPIPE ignored.
 * Pair with loop_fini. [main] */
void loop_init(struct loop *loop);
void loop_fini(struct loop *loop);

/* Runs until loop_stop. [main] */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Runs deferred->run once, after the callbacks of this turn and before the loop sleeps: for
 * freeing what a caller stands on, and for calls that a library forbids in its callbacks.
 * Queuing it twice is one run. The memory is the caller's until run is called or
 * loop_cancel. [loop] */
void loop_defer(struct loop *loop, struct loop_deferred *deferred);
void loop_cancel(struct loop *loop, struct loop_deferred *deferred);

/* Longest turn in microseconds since the last call, and resets it. [loop] */
int64_t loop_take_turn_us_max(struct loop *loop);

#endif
