/* What reload's files share: one bundle on its way into the next generation. */
#ifndef AGENT_RELOAD_WORK_H
#define AGENT_RELOAD_WORK_H

#include <ev.h>

#include "agent/reload.h"
#include "agent/scan.h"
#include "agent/stage.h"
#include "core/thread.h"

struct agents;
struct unit;
struct work_task;

enum work_state {
    WORK_STAGING,  /* on the files thread */
    WORK_MOVING,   /* being changed; the timer runs towards the next look */
    WORK_QUEUED,   /* waits for its turn to start a cell */
    WORK_STARTING, /* its cell starts */
    WORK_SETTLED,
};

enum work_result { WORK_UNCHANGED, WORK_LOADED, WORK_REFUSED, WORK_REMOVED };

struct work {
    struct reload *reload;
    char id[AGENT_ID_BYTES];
    char *path; /* NULL: not installed, only remembered */
    bool is_link;
    enum work_state state;
    enum work_result result;
    bool is_fallback;    /* what starts is not what is installed */
    struct unit *unit;   /* held; NULL with UNCHANGED and REFUSED: what serves now goes on */
    struct image *tried; /* fallback that did not start */
    char refusal[ERR_TEXT_BYTES_MAX];
    struct work_task *task; /* under way on the files thread */
    ev_timer timer;
    uint64_t seen_fingerprint;
    int64_t seen_ms;   /* when it was seen so first, monotonic */
    int64_t moving_ms; /* when it was found moving first; 0 = not */
};

/* Begins with a look at the bundle, or with the refusal already known. */
void work_begin(struct work *work);
void work_refuse(struct work *work, const char *text);
/* Starts the cell of a WORK_QUEUED one. */
void work_start(struct work *work);
void work_fini(struct work *work);

const char *work_result_name(enum work_result result);

/* reload.c: a work changed its state; the next ones start, or the reload ends. */
void reload_go_on(struct reload *reload);
struct agents *reload_agents(const struct reload *reload);
/* The last moment a folder became still; swap time counts from there. */
void reload_note_still(struct reload *reload);

#endif
