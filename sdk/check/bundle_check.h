/* The parts of agent-check that need a loaded bundle. */
#ifndef CHECK_BUNDLE_CHECK_H
#define CHECK_BUNDLE_CHECK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

struct findings;
struct session;

#define CHECK_CASES_MAX 64
#define CHECK_CHARTS_MAX 8

struct check {
    const char *bundle;
    const char *testdata;                          /* folder of the golden cases */
    const char *charts_dirs[CHECK_CHARTS_MAX + 1]; /* NULL ends them */
    unsigned charts_count;
    bool is_update;
    uint64_t fuzz_seed;
    double fuzz_seconds;
    const char *fuzz_dir;         /* where answers that break it are put */
    char *cases[CHECK_CASES_MAX]; /* paths without ".job.json", sorted */
    unsigned cases_count;
    struct findings *findings;
};

/* Finds the cases; none is a finding. */
void check_find_cases(struct check *check);
void check_forget_cases(struct check *check);
/* Each case gives what is on record, within the limits; or makes the record. */
void check_golden(const struct check *check, struct session *session);
/* The same job gives the same prompt, again and in another cell. */
void check_determinism(const struct check *check, struct session *session);
/* post_process survives any answer. */
void check_fuzz(const struct check *check, struct session *session);

#endif
