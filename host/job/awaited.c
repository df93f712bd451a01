/* Jobs that are to take over a reading's row. */
#include "job/awaited.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct awaited_job {
    char *reading_id; /* NULL = free */
    char *job_key;
};

struct awaited {
    struct awaited_job jobs[AWAITED_MAX];
    size_t added; /* ever; the next one goes to added % AWAITED_MAX */
};

static void awaited_clear(struct awaited_job *job)
{
    free(job->reading_id);
    free(job->job_key);
    *job = (struct awaited_job){0};
}

struct awaited *awaited_create(void)
{
    return mem_alloc(sizeof(struct awaited));
}

void awaited_destroy(struct awaited **awaited)
{
    if (*awaited == NULL) {
        return;
    }
    for (size_t i = 0; i < AWAITED_MAX; i++) {
        awaited_clear(&(*awaited)->jobs[i]);
    }
    free(*awaited);
    *awaited = NULL;
}

static const struct awaited_job *awaited_get(const struct awaited *awaited, const char *reading_id)
{
    for (size_t i = 0; i < AWAITED_MAX; i++) {
        const struct awaited_job *job = &awaited->jobs[i];
        if (job->reading_id != NULL && strcmp(job->reading_id, reading_id) == 0) {
            return job;
        }
    }
    return NULL;
}

void awaited_add(struct awaited *awaited, const char *reading_id, const char *job_key)
{
    awaited_remove(awaited, reading_id);
    struct awaited_job *job = &awaited->jobs[awaited->added++ % AWAITED_MAX];
    awaited_clear(job);
    *job = (struct awaited_job){mem_strdup(reading_id), mem_strdup(job_key)};
}

const char *awaited_find(const struct awaited *awaited, const char *reading_id)
{
    const struct awaited_job *job = awaited_get(awaited, reading_id);
    return job != NULL ? job->job_key : NULL;
}

void awaited_remove(struct awaited *awaited, const char *reading_id)
{
    const struct awaited_job *job = awaited_get(awaited, reading_id);
    if (job != NULL) {
        awaited_clear(&awaited->jobs[job - awaited->jobs]);
    }
}
