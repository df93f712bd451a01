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

/* Installs the watchers; no code of ours runs in a signal handler. Call once. [main] */
void signals_start(struct loop *loop, const struct signals_handlers *handlers);
void signals_stop(struct loop *loop);

#endif
