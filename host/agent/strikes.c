/* Counts an image's failures by distinct job: one bad job alone never takes an agent down. */
#include "agent/strikes.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static struct strike *strikes_place(struct strikes *strikes)
{
    if (strikes->count < STRIKES_JOBS_MAX) {
        return &strikes->jobs[strikes->count++];
    }
    struct strike *oldest = &strikes->jobs[0];
    for (size_t i = 1; i < strikes->count; i++) {
        if (strikes->jobs[i].at_ms < oldest->at_ms) {
            oldest = &strikes->jobs[i];
        }
    }
    free(oldest->job_key);
    return oldest;
}

void strikes_add(struct strikes *strikes, const char *job_key, bool is_crash, const char *cause,
                 int64_t now_ms)
{
    struct strike *strike = (struct strike *)strikes_of(strikes, job_key); /* not const here */
    if (strike == NULL) {
        strike = strikes_place(strikes);
        *strike = (struct strike){.job_key = mem_strdup(job_key)};
    }
    strike->at_ms = now_ms;
    strike->cause = cause;
    strike->crashes += is_crash;
}

unsigned strikes_recent(const struct strikes *strikes, int64_t now_ms)
{
    unsigned count = 0;
    for (size_t i = 0; i < strikes->count; i++) {
        count += now_ms - strikes->jobs[i].at_ms < STRIKES_WINDOW_MS;
    }
    return count;
}

const struct strike *strikes_of(const struct strikes *strikes, const char *job_key)
{
    for (size_t i = 0; i < strikes->count; i++) {
        if (strcmp(strikes->jobs[i].job_key, job_key) == 0) {
            return &strikes->jobs[i];
        }
    }
    return NULL;
}

const char *strikes_last_cause(const struct strikes *strikes)
{
    const struct strike *last = NULL;
    for (size_t i = 0; i < strikes->count; i++) {
        last = last == NULL || strikes->jobs[i].at_ms >= last->at_ms ? &strikes->jobs[i] : last;
    }
    return last != NULL ? last->cause : "";
}

bool strikes_is_poison(const struct strikes *strikes, const char *job_key)
{
    const struct strike *strike = strikes_of(strikes, job_key);
    return strike != NULL && strike->crashes >= STRIKES_POISON;
}

void strikes_fini(struct strikes *strikes)
{
    for (size_t i = 0; i < strikes->count; i++) {
        free(strikes->jobs[i].job_key);
    }
    *strikes = (struct strikes){0};
}
