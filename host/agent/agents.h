/* The agents this host serves: bundles scanned and staged as images, run in cells, mapped by
 * an immutable generation, replaced by reload, held by pins. */
#ifndef AGENT_AGENTS_H
#define AGENT_AGENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct agents;
struct arena;
struct cell_program;
struct log_job;
struct loop;
struct manifest;
struct options;
struct sbuf;
struct state_dir;
struct thread;
struct unit; /* image + configuration, with its cell; held by pins */

struct agents_handlers {
    /* A line an agent logged during a call for this job (job is what the call was given). */
    void (*on_log)(void *job, int level, struct span line, void *ctx);
    /* An agent became available or changed: parked jobs may go on. */
    void (*on_available)(const char *agent_id, void *ctx);
    void *ctx;
};

/* Reads images.json and starts nothing yet. options must outlive the next agents_reload. [main] */
struct agents *agents_create(struct loop *loop, struct thread *files, struct cell_program *program,
                             const struct state_dir *state, const struct options *options,
                             const struct agents_handlers *handlers);
/* Ends all cells. No pin may be left. */
void agents_destroy(struct agents **agents);

/* Scans, stages, starts the cells of what changed, swaps the generation. A reload asked for
 * while one runs is one more after it. done gets whether every bundle was taken and a JSON
 * report {generation, swapMs, bundles:[{id, result:"unchanged|loaded|refused|removed", image,
 * version, error?}]}. options replace the earlier ones. [loop] */
void agents_reload(struct agents *agents, const struct options *options,
                   void (*done)(bool is_ok, struct span report_json, void *ctx), void *ctx);

/* True after the first generation is settled. [loop] */
bool agents_is_settled(const struct agents *agents);

/* Takes hold of the unit that serves agent_id. image_wanted (may be NULL) asks for the image
 * that built a run's prompt: served while it is kept, its cell started again if need be; when
 * it is gone the current one is taken. Else job_key (NULL: of no job) decides whether it is the
 * canary. NULL with NOT_FOUND (no such agent; the text names the nearest) or AGAIN (known, but no
 * image of it can run now). [loop] */
struct unit *agents_pin(struct agents *agents, const char *agent_id, const char *image_wanted,
                        const char *job_key, struct err *err) ATTR_MUST_CHECK;
void unit_unpin(struct unit **unit);

/* False with AGAIN while an operator has paused the agent: its jobs are to wait. [loop] */
bool agents_may_run(const struct agents *agents, const char *agent_id,
                    struct err *err) ATTR_MUST_CHECK;

/* What an operator may order for one agent; each is kept over a restart. */
enum agents_order {
    AGENTS_PAUSE,    /* its jobs wait; twice changes nothing */
    AGENTS_RESUME,   /* they go on */
    AGENTS_ROLLBACK, /* ends the canary; without one, back to the image that served before */
    AGENTS_PROMOTE,  /* the canary gets all jobs */
};
/* said is a sentence on what is so now. With err it was not done: NOT_FOUND (the text names the
 * nearest agent), CONFLICT (nothing is there for it), AGAIN; or INTERNAL: done, not written down.
 */
typedef void (*agents_order_fn)(const char *said, const struct err *err, void *ctx);
/* Carries it out; done is called inside or later, when images.json has it. [loop] */
void agents_order(struct agents *agents, const char *agent_id, enum agents_order order,
                  agents_order_fn done, void *ctx);

const char *unit_agent_id(const struct unit *unit);
const char *unit_image(const struct unit *unit); /* SHA-256 hex */
const struct manifest *unit_manifest(const struct unit *unit);

/* True when agent_id is served or known. [loop] */
bool agents_knows(const struct agents *agents, const char *agent_id);
/* Nearest known id or NULL. [loop] */
const char *agents_nearest(const struct agents *agents, const char *agent_id);

enum agent_outcome {
    AGENT_OK,
    AGENT_NEXT,
    AGENT_INVALID,
    AGENT_AGAIN,
    AGENT_REASK,
    AGENT_DECLINE,
    AGENT_INTERNAL, /* returned so, or returned what is not legal for the function */
    AGENT_CRASHED,  /* the cell died over this call */
    AGENT_DEADLINE,
    AGENT_OVER_CAP,    /* a sink or the reply overran */
    AGENT_BAD_REPLY,   /* not UTF-8, no message, bad JSON, broken wire */
    AGENT_UNAVAILABLE, /* no cell could be started for it: not the job's fault */
};
const char *agent_outcome_name(enum agent_outcome outcome);

struct agent_message {
    uint32_t role; /* enum agenthost_role */
    struct span text;
};
struct agent_section {
    struct span id, title, text;
};
/* What a call gave; texts and tables live in the arena the call was given. Checked: UTF-8,
 * content and json_schema strict JSON, caps. */
struct agent_reply {
    enum agent_outcome outcome;
    bool is_poison;       /* this job_key has crashed or hung this image twice */
    bool is_checked;      /* held against the chart, the text made no claim beyond it */
    bool is_beyond_chart; /* it did make one */
    char reason[400];     /* for people: what the agent said or how the cell ended; may be "" */
    struct span field, text, content, correction, model_class, json_schema;
    bool has_temperature, has_max_tokens;
    double temperature;
    uint32_t max_tokens;
    const struct agent_message *messages;
    const struct agent_section *sections;
    const struct span *stops;
    uint32_t messages_count, sections_count, stops_count;
};

struct agent_pair {
    uint32_t pass;
    struct span key, value;
};
struct agent_job {
    void *job;           /* handed to on_log */
    const char *job_key; /* for strikes */
    struct arena *arena; /* where the reply goes */
    struct span data, chart;
    const char *locale;
    uint64_t seed;
    int64_t now_ms;
    uint32_t pass;
    const struct agent_pair *children, *earlier;
    uint32_t children_count, earlier_count;
    size_t prompt_bytes_max, result_bytes_max;
};
struct agent_answer {
    uint32_t round;
    struct span text, finish_reason, model;
    int64_t prompt_tokens, completion_tokens; /* −1 = unknown */
};

struct agent_call; /* waiting or running */
typedef void (*agent_done_fn)(const struct agent_reply *reply, void *ctx);

/* Queues a call; one runs at a time in a unit's cell, in order. All that job and answer point to
 * is copied before they return. The deadline counts from when the call is sent. done is never
 * called inside. [loop] */
struct agent_call *unit_check_input(struct unit *unit, const struct agent_job *job,
                                    agent_done_fn done, void *ctx);
struct agent_call *unit_build_prompt(struct unit *unit, const struct agent_job *job,
                                     agent_done_fn done, void *ctx);
struct agent_call *unit_post_process(struct unit *unit, const struct agent_job *job,
                                     const struct agent_answer *answer, agent_done_fn done,
                                     void *ctx);
/* Forgets the call: done will not be called. A call already in the cell is killed with it (the
 * cell starts again; no strike). [loop] */
void agent_call_cancel(struct agent_call **call);

/* JSON array of all agents: id, name, version, image, state, generation, canary, pins, live images,
 * strikes, quarantined images with reasons, last refusal, since when it is paused. [loop] */
void agents_render(const struct agents *agents, struct sbuf *out);
/* JSON array of the images of an agent that are kept, the newest first: image, version, state
 * ("current", "canary", "lastGood", "quarantined", "kept"), serves, when it was loaded, replaced
 * and quarantined, and why. Also of one that is no longer installed. False with NOT_FOUND: no such
 * agent; the text names the nearest. [loop] */
bool agents_render_history(const struct agents *agents, const char *agent_id, struct sbuf *out,
                           struct err *err) ATTR_MUST_CHECK;
/* The manifest of the agent that is the index-th by id, and by which new readings are written;
 * NULL when nothing of it is installed that could. index < agents_count. [loop] */
const struct manifest *agents_manifest_at(const struct agents *agents, unsigned index);
/* The same by id; NULL also when there is no such agent. [loop] */
const struct manifest *agents_manifest(const struct agents *agents, const char *agent_id);
uint64_t agents_generation(const struct agents *agents);
unsigned agents_count(const struct agents *agents);

#endif
