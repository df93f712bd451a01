/* One job from its data to its reading, with passes and rounds as the host counts them. */
#ifndef SDK_TALK_H
#define SDK_TALK_H

#include "agent/agents.h"
#include "core/sbuf.h"

struct job_file;
struct session;

#define TALK_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define TALK_MESSAGES_MAX 256
#define TALK_PASSES_MAX 64

enum talk_end {
    TALK_READING,    /* accepted: the reading */
    TALK_DECLINED,   /* answered by policy */
    TALK_INVALID,    /* the job can never work */
    TALK_AGAIN,      /* not now */
    TALK_REFUSED,    /* no usable answer in all rounds */
    TALK_UNANSWERED, /* no answer was at hand */
    TALK_FAULT,      /* the agent's own fault: crash, hang, what it may not give */
};
const char *talk_end_name(enum talk_end end);

struct talk {
    enum talk_end end;
    const char *function; /* the last one called */
    char reason[600];
    struct sbuf prompt;      /* every prompt, a message under "=== role ===" */
    struct sbuf corrections; /* what the agent told the model, under "=== correction N ===" */
    struct sbuf reading;     /* the result: "=== text ===", "=== sections ===", … */
    size_t prompt_bytes;     /* the longest */
    uint32_t asked;          /* answers that were needed */
};

/* What is asked: all messages so far, the answer goes to ret_answer. False: there is none. */
struct talk_message {
    const char *role;
    struct span text;
};
struct talk_question {
    const struct talk_message *messages;
    uint32_t messages_count;
    const struct agent_reply *prompt;
    uint32_t number; /* from 0, one for each answer needed */
};
typedef bool (*talk_ask_fn)(const struct talk_question *question, struct sbuf *ret_answer,
                            char *ret_model, size_t model_bytes, void *ctx);

/* Pair with talk_fini. ask may be NULL: only the first prompt is wanted. */
void talk_run(struct session *session, const struct job_file *job, talk_ask_fn ask, void *ctx,
              struct talk *ret_talk);
void talk_fini(struct talk *talk);

/* A prompt as it stands in NAME.prompt.md; settings too when is_whole. */
void talk_render_prompt(const struct agent_reply *reply, bool is_whole, struct sbuf *out);
/* The job for the agent. */
struct agent_job talk_job(struct session *session, const struct job_file *job);

#endif
