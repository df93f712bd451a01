/* How a claimed job leaves us: one request that is repeated until its effect is known. */
#ifndef QUEUE_OUTCOME_H
#define QUEUE_OUTCOME_H

#include "queue/queue-private.h"

struct queue_outcome {
    struct queue_op op;   /* first member */
    enum queue_end end;   /* what it means when Redis says yes */
    uint64_t sent_serial; /* the claim it was sent for */
    bool is_fetching;     /* the script also claims the next job */
    bool is_resolving;    /* asking for the job's state instead */
    struct span value;    /* return value, or reason */
    struct span stacktrace;
    int64_t delay_ms; /* of a retry or a park */
    enum queue_park_reason park_reason;
    uint32_t unpark_calls; /* for that reason, when it was decided */
    struct span since;     /* of a park: text for the job's record */
};

/* An outcome that is not sent yet, owned by the caller until queue_outcome_start. */
struct queue_outcome *queue_outcome_create(enum queue_end end);
/* Hands it to the queue. kind->send must call queue_outcome_prepare. */
void queue_outcome_start(struct queue_entry *entry, struct queue_outcome *outcome,
                         const struct queue_op_kind *kind);

/* Before each sending: notes the claim, decides whether the next job may be fetched with it. */
void queue_outcome_prepare(struct queue_outcome *outcome);
/* Redis has said yes: tells the end, takes the next job that came with the reply. */
void queue_outcome_settled(struct queue_outcome *outcome, const redisReply *reply);

static inline struct queue_outcome *queue_outcome_of(struct queue_op *op)
{
    return (struct queue_outcome *)op;
}

/* Judges the refusal a BullMQ script gave as a negative number, or the state asked for after
 * one. command is its name for the log. */
enum queue_op_verdict queue_outcome_refused(struct queue_outcome *outcome, long long code,
                                            const char *command);
/* Asks for the state when is_resolving; used by every kind's send. */
bool queue_outcome_ask_state(struct queue_outcome *outcome);
enum queue_op_verdict queue_outcome_on_state(struct queue_outcome *outcome,
                                             const redisReply *reply);
void queue_outcome_on_refused(struct queue_op *op, const char *text);

/* Field and value texts for the hash, "agenthost" = run among them. */
struct span queue_run_text(const struct queue_entry *entry, char buffer[16]);

extern const struct queue_op_kind queue_finish_kind;

#endif
