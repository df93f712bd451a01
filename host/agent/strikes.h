/* Strikes against an image: which jobs it failed, and which it failed twice. */
#ifndef AGENT_STRIKES_H
#define AGENT_STRIKES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRIKES_WINDOW_MS (10 * 60 * 1000)
#define STRIKES_QUARANTINE 3 /* distinct jobs inside the window */
#define STRIKES_POISON 2     /* crashes or hangs of one job */
#define STRIKES_JOBS_MAX 64

/* One job the image failed. */
struct strike {
    char *job_key;
    int64_t at_ms; /* the last time, monotonic */
    unsigned crashes;
    const char *cause; /* of the last time; static */
};

struct strikes {
    struct strike jobs[STRIKES_JOBS_MAX];
    size_t count;
};

/* Counts a failure of the image over that job; is_crash when it took its cell along. When all
 * places are taken the oldest is forgotten. Pair with strikes_fini. [loop] */
void strikes_add(struct strikes *strikes, const char *job_key, bool is_crash, const char *cause,
                 int64_t now_ms);

/* Distinct jobs failed within the window. [loop] */
unsigned strikes_recent(const struct strikes *strikes, int64_t now_ms);

/* That job's strike, or NULL. [loop] */
const struct strike *strikes_of(const struct strikes *strikes, const char *job_key);

/* What the latest failure was, "" when there is none. [loop] */
const char *strikes_last_cause(const struct strikes *strikes);

/* True when that job crashed or hung the image often enough to be refused. [loop] */
bool strikes_is_poison(const struct strikes *strikes, const char *job_key);

/* Forgets all. [loop] */
void strikes_fini(struct strikes *strikes);

#endif
