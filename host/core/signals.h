/* Signals as loop events: HUP reloads, TERM and INT drain, a second one ends at once. */
#ifndef CORE_SIGNALS_H
#define CORE_SIGNALS_H

struct loop;

struct signals_handlers {
    void (*on_reload)(void *ctx);
    void (*on_drain)(void *ctx); /* first TERM or INT */
    void (*on_stop)(void *ctx);  /* second TERM or INT */
    void *ctx;
};

/* Holds a HUP back until signals_start: it would end a program that has no watcher yet, and what it
 * asks to read again may have been read before. [main] */
void signals_hold_reload(void);

/* Installs the watchers and lets through a HUP that was held back; no code of ours runs in a signal
 * handler. Call once. [main] */
void signals_start(struct loop *loop, const struct signals_handlers *handlers);
/* Takes the watchers away; a HUP that comes later changes nothing. [main] */
void signals_stop(struct loop *loop);

#endif
