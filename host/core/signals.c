/* Signals arrive as events of the loop. */
#include "core/signals.h"

#include <signal.h>
#include <stdbool.h>

#include "core/attr.h"
#include "core/loop.h"

/* Signals belong to the process, so there is one set of watchers. */
static struct {
    struct signals_handlers handlers;
    ev_signal watchers[3];
    unsigned ends_seen; /* TERM and INT */
} signals;

static void signals_on_reload(struct ev_loop *ev, ev_signal *watcher, int revents)
{
    (void)ev;
    (void)watcher;
    (void)revents;
    signals.handlers.on_reload(signals.handlers.ctx);
}

static void signals_on_end(struct ev_loop *ev, ev_signal *watcher, int revents)
{
    (void)ev;
    (void)watcher;
    (void)revents;
    signals.ends_seen++;
    if (signals.ends_seen == 1) {
        signals.handlers.on_drain(signals.handlers.ctx);
    } else {
        signals.handlers.on_stop(signals.handlers.ctx);
    }
}

static void signals_set_reload_held(bool is_held)
{
    sigset_t reload;
    sigemptyset(&reload);
    sigaddset(&reload, SIGHUP);
    (void)pthread_sigmask(is_held ? SIG_BLOCK : SIG_UNBLOCK, &reload, NULL); /* valid by form */
}

void signals_hold_reload(void)
{
    signals_set_reload_held(true);
}

void signals_start(struct loop *loop, const struct signals_handlers *handlers)
{
    signals.handlers = *handlers;
    signals.ends_seen = 0;
    ev_signal_init(&signals.watchers[0], signals_on_reload, SIGHUP);
    ev_signal_init(&signals.watchers[1], signals_on_end, SIGTERM);
    ev_signal_init(&signals.watchers[2], signals_on_end, SIGINT);
    for (size_t i = 0; i < ARRAY_LEN(signals.watchers); i++) {
        ev_signal_start(loop->ev, &signals.watchers[i]);
    }
    signals_set_reload_held(false);
}

void signals_stop(struct loop *loop)
{
    signals_set_reload_held(true);
    for (size_t i = 0; i < ARRAY_LEN(signals.watchers); i++) {
        ev_signal_stop(loop->ev, &signals.watchers[i]);
    }
}
