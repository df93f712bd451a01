/* Where a reading stands. */
#include "job/standing.h"

#include <string.h>

#include "core/attr.h"

enum standing_job { STANDING_GONE, STANDING_WAITS, STANDING_RUNS, STANDING_ENDED };

static bool is(const char *word, const char *other)
{
    return strcmp(word, other) == 0;
}

/* BullMQ's word in ours, and what it means. */
static enum standing_job standing_job(const char *job, const char **ret_word)
{
    static const struct {
        const char *word, *ours;
        enum standing_job job;
    } rows[] = {
        {"waiting", "waiting", STANDING_WAITS},
        {"prioritized", "waiting", STANDING_WAITS},
        {"paused", "waiting", STANDING_WAITS},
        {"delayed", "delayed", STANDING_WAITS},
        {"waiting-children", "waiting-children", STANDING_WAITS},
        {"active", "active", STANDING_RUNS},
        {"completed", "completed", STANDING_ENDED},
        {"failed", "failed", STANDING_ENDED},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (is(rows[i].word, job)) {
            *ret_word = rows[i].ours;
            return rows[i].job;
        }
    }
    return STANDING_GONE;
}

/* Without a job the row tells what it must have come to. */
static const char *standing_of_row(const char *row)
{
    return is(row, "pending") ? "waiting" : is(row, "processing") ? "active" : row;
}

bool standing_is_alive(const char *job)
{
    const char *word;
    enum standing_job is_at = standing_job(job, &word);
    return is_at == STANDING_WAITS || is_at == STANDING_RUNS;
}

struct watch_status standing_of(const struct standing_of *seen)
{
    static const char *const words[] = {"pending", "processing", "completed", "failed"};
    struct watch_status status = {.status = "pending"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        status.status = is(words[i], seen->row) ? words[i] : status.status;
    }
    status.job_status = standing_of_row(status.status);
    enum standing_job job = standing_job(seen->job, &status.job_status);
    status.job_status = seen->is_parked ? "waiting" : status.job_status;
    bool is_ended = is(status.status, "failed") || is(status.status, "completed");
    bool is_again = is(status.status, "failed") || seen->is_held || seen->is_awaited;
    if (is_ended && is_again && (job == STANDING_WAITS || job == STANDING_RUNS)) {
        status.status = job == STANDING_RUNS ? "processing" : "pending";
    }
    status.progress = is(status.status, "completed")                ? 100
                      : seen->progress > 0 && seen->progress <= 100 ? seen->progress
                                                                    : 0;
    return status;
}

bool standing_is_over(const struct watch_status *status)
{
    return is(status->status, "completed") || is(status->status, "failed");
}
