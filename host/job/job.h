/* A job inside the pipeline: what the producer asked, what the run has so far, where it stands. */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "agent/agents.h"
#include "core/attr.h"
#include "core/json_later.h"
#include "core/log.h"
#include "core/span.h"
#include "job/answers.h"
#include "job/charting.h"
#include "job/verdict.h"
#include "model/model.h"
#include "queue/queue.h"
#include "store/store.h"

struct arena;
struct json_object;
struct pipeline;
struct watch_reading;

/* Where a job stands; the table in pipeline.c has one line for each. */
enum job_step {
    JOB_PARSE,       /* the data, as JSON */
    JOB_ROUTE,       /* which agent */
    JOB_OPEN_RUN,    /* run record, cancel, lease */
    JOB_BEGIN,       /* the reading's row */
    JOB_SETTLE,      /* the row is another job's: is that one still alive? */
    JOB_PIN,         /* hold the agent */
    JOB_CHART,       /* verify the chart, or compute it */
    JOB_PREPARE,     /* row processing, run bound to the image */
    JOB_CHECK_INPUT, /* the agent judges the job's data */
    JOB_BUILD,       /* build_prompt */
    JOB_LEASE,       /* before a paid call */
    JOB_ASK,         /* the model call */
    JOB_RECORD,      /* the answer into the run record */
    JOB_JUDGE,       /* post_process */
    JOB_STORE,       /* version, return value, status */
    JOB_END,         /* an ending verb has been called */
    JOB_STEPS_COUNT,
};

struct job {
    struct pipeline *pipeline;
    struct queue_job *queued;
    struct job *previous, *next; /* pipeline's list of all jobs */
    struct arena *arena;
    enum job_step step;

    /* Exactly one operation is under way at a time. One that cannot be taken back delays the
     * verdict until it answers. */
    bool is_waiting;        /* for an operation that cannot be taken back */
    struct verdict delayed; /* verdict to carry out when it answers */
    struct agent_call *agent_call;
    struct model_call *model_call;
    ev_timer timeout;
    struct json_later parse; /* of the data */
    struct charting charting;

    /* What the producer asked; texts in the arena. */
    struct json_object *data;
    const char *agent_id, *reading_id, *user_id, *chart_id;
    const char *locale_wanted;
    const char *locale;
    int64_t timeout_ms; /* 0 = not given */
    bool is_regenerate;
    int return_content; /* -1 = not given */
    struct span chart;  /* JSON text, empty = none */

    /* The run. */
    uint32_t run;
    uint32_t version;
    uint64_t seed;
    int64_t now_ms;
    const char *image_wanted;
    struct answers answers; /* recorded ones, earlier and new */
    struct unit *unit;

    /* The pass and round being worked on. */
    uint32_t pass, round, try_;
    struct agent_pair *children; /* what a flow's children came to */
    uint32_t children_count;
    struct agent_pair *earlier; /* answers of the passes done */
    uint32_t earlier_count;
    struct agent_reply prompt; /* of this pass */
    struct model_message *messages;
    uint32_t messages_count, messages_capacity;
    char call_id[37];
    int64_t progress_sent_ms;
    uint32_t progress_sent_count;
    uint32_t max_tokens; /* of the call under way */

    struct watch_reading *watched; /* held since the row is processing */

    /* For the summary. */
    int64_t started_ms; /* monotonic */
    bool is_declined;
    bool is_stored;
    struct span return_value;
    struct verdict concluded; /* the verdict that was carried out */
};

/* Wraps a claimed job. [loop] */
struct job *job_create(struct pipeline *pipeline, struct queue_job *queued, size_t bytes_max);
/* Frees it; nothing may be under way. [loop] */
void job_destroy(struct job **job);

/* Reads the host's fields of data into the job. False with the fault's field and remedy in err's
 * text, "readingId: must be a UUID (found a number)". [loop] */
bool job_read_fields(struct job *job, struct err *err) ATTR_MUST_CHECK;

/* What log lines about the job carry. Valid until the next call. [loop] */
const struct log_job *job_log(const struct job *job);

/* Who the job is to the store. Borrows from the job. [loop] */
struct store_key job_store_key(const struct job *job);

/* What the agent is told of the job, for each call. Borrows from the job. [loop] */
struct agent_job job_for_agent(struct job *job);

const char *job_step_name(enum job_step step);

#endif
