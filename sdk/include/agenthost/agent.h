/* agenthost/agent.h — the interface between agenthost and an agent.
 *
 * An agent is a shared object that exports one constant object, agenthost_agent. It turns a
 * job into a prompt and an answer into a result, and does nothing else: it opens no file and
 * no socket, starts no thread and no process, keeps nothing between jobs that changes what
 * the same job yields. It runs in a process of its own, a cell, whose sandbox enforces this;
 * a crash or a hang there harms the job at hand and no other.
 *
 * The life of an instance, all in one thread, one call at a time:
 *
 *   dlopen   the sandbox's first part stands: constructors can read what is mapped, no more
 *   sandbox  closed for good
 *   create   once; then the self-test, once, when the agent has one (agenthost/selftest.h)
 *   calls    check_input, build_prompt and post_process, of any jobs in any order
 *   destroy  once, or never: a cell that is ended early simply dies
 *
 * Promise. Fields are only ever appended, and functions only ever added at the end of
 * struct agenthost_agent; the size fields tell which of them the other side was compiled with.
 * The major version changes when an agent must be compiled again, the minor one when something
 * was appended. A host serves every minor version of its major one, older and newer: what it
 * does not know is not called, and what an older agent has not is taken as NULL. An agent that
 * reads a field appended after 1.0 first compares the struct's size. Offsets and values are
 * those of 64-bit machines and frozen by tests.
 *
 * History:
 *   1.0  first version
 *
 * Texts are UTF-8, counted, not NUL-terminated; an empty one may have data NULL. What the host
 * passes in is borrowed. What the agent gives goes into a sink (report, prompt, result), which
 * copies at once. Sinks have a maximum and a sticky error: give freely, the host checks
 * afterwards and treats an overrun as status INTERNAL.
 *
 * Of each function below is said, after what it does: what comes Before; who is the Owner of
 * what is passed, and how long it is valid; what it Returns; From where it may be called.
 *
 * Plain C11; compiles as C++11. */
#ifndef AGENTHOST_AGENT_H
#define AGENTHOST_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AGENTHOST_MAGIC UINT64_C(0x31746e6567616861) /* "ahagent1" in memory */
#define AGENTHOST_ABI_MAJOR 1
#define AGENTHOST_ABI_MINOR 0

struct agenthost_text {
    const char *data;
    size_t len;
};

/* What check_input, build_prompt and post_process may return; a value that is not legal for the
 * function, or none of these, counts as INTERNAL. */
enum agenthost_status {
    AGENTHOST_OK = 0,       /* done */
    AGENTHOST_NEXT = 1,     /* post_process: this pass is done, build_prompt comes again */
    AGENTHOST_INVALID = 2,  /* this job can never work: it fails for good, say() is the reason */
    AGENTHOST_AGAIN = 3,    /* not now: the job's own attempts and backoff apply; a job with
                             * attempts 1 (BullMQ's default) fails */
    AGENTHOST_REASK = 4,    /* post_process: unusable; correct() goes to the model as the next
                             * user message, at most reask_max times (default 2) */
    AGENTHOST_DECLINE = 5,  /* answered by policy: text() is stored as the completed reading */
    AGENTHOST_INTERNAL = 6, /* the agent's own fault: counted against it, the job is retried */
};

enum agenthost_log_level {
    AGENTHOST_LOG_DEBUG = 0,
    AGENTHOST_LOG_INFO = 1, /* info and above also become rows of the job's BullMQ log */
    AGENTHOST_LOG_WARNING = 2,
    AGENTHOST_LOG_ERROR = 3,
};

/* --- what an agent is made from -------------------------------------------------------------- */

/* The host as the agent sees it. Valid from create until destroy returns. */
struct agenthost_host {
    uint32_t size; /* of this struct, as the host was compiled */
    uint32_t abi_minor;
    void *ctx; /* the host's own */

    /* Writes one line to the host's log, and from INFO up to the job's BullMQ log.
     * Before: create was called. Owner: line stays the agent's, it is copied. Returns: nothing;
     * lines over 1 KB are cut, and lines beyond 100 a call are counted but not kept.
     * From: create, self-test and calls. */
    void (*log)(const struct agenthost_host *host, enum agenthost_log_level level,
                struct agenthost_text line);

    /* Looks up an optional service by id, "agenthost.NAME/REVISION" (agenthost/json.h,
     * agenthost/facts.h).
     * Before: create was called. Owner: the host; valid until destroy returns. Returns: the
     * struct that belongs to the id, or NULL when this host does not have it, which is never an
     * error. From: create, self-test and calls. */
    const void *(*extension)(const struct agenthost_host *host, const char *id);
};

struct agenthost_asset {
    struct agenthost_text name;  /* path below assets/, "prompts/system.de.md" */
    struct agenthost_text bytes; /* as in the file; not necessarily UTF-8 */
};

/* The bundle and its configuration. Valid from create until destroy returns. */
struct agenthost_setup {
    uint32_t size;
    uint32_t assets_count;
    const struct agenthost_asset *assets; /* sorted by name */
    struct agenthost_text id;             /* one shared object may serve several ids */
    struct agenthost_text version;
    struct agenthost_text manifest; /* manifest.json's bytes */
    struct agenthost_text config;   /* the [agent.ID] keys the manifest declares, a JSON object */
};

/* --- what a call is about -------------------------------------------------------------------- */

/* One earlier answer of this run. */
struct agenthost_earlier {
    uint32_t pass;
    uint32_t reserved;
    struct agenthost_text text;
};

/* One child of a flow's parent job. */
struct agenthost_child {
    struct agenthost_text key;   /* the child job's key */
    struct agenthost_text value; /* its return value, JSON; {"failedReason": text} of a child that
                                    failed and whose failure the flow ignores */
};

/* The job. No attempt number, wall clock or deadline is given, so that the same run always
 * yields the same prompt: take time from now_ms and chance from seed. Valid until the call
 * returns, with all it points to. */
struct agenthost_job {
    uint32_t size;
    uint32_t pass;                /* 0 for the first prompt */
    struct agenthost_text data;   /* the job's data, a JSON object */
    struct agenthost_text chart;  /* the chart, a JSON object; empty when the agent takes none */
    struct agenthost_text locale; /* "de", "en" */
    uint64_t seed;                /* of the run */
    int64_t now_ms;               /* of the run: milliseconds since 1970 */
    const struct agenthost_child *children;
    const struct agenthost_earlier *earlier; /* one for each pass done, in order */
    uint32_t children_count;
    uint32_t earlier_count;
};

/* The model's answer to a prompt. Valid until the call returns. */
struct agenthost_answer {
    uint32_t size;
    uint32_t pass;
    uint32_t round; /* 0, then 1, 2 … after REASK */
    uint32_t reserved;
    struct agenthost_text text;
    struct agenthost_text finish_reason; /* "stop" */
    struct agenthost_text model;         /* as the server named it */
    int64_t prompt_tokens;               /* -1 when the server did not say */
    int64_t completion_tokens;
};

enum agenthost_role { AGENTHOST_SYSTEM = 0, AGENTHOST_USER = 1, AGENTHOST_ASSISTANT = 2 };

/* --- where an agent puts what it gives --------------------------------------------------------
 * Of all functions of a sink: Before: the call that received the sink has begun and has not
 * returned. Owner: what is passed stays the agent's, it is copied. Returns: nothing; too much,
 * or what is not UTF-8, makes the call INTERNAL. From: that call alone. What is said twice counts
 * as it was said last, unless it says "appends". */

/* Where create, check_input and the self-test put their reasons. */
struct agenthost_report {
    uint32_t size;
    uint32_t reserved;
    void *ctx; /* the host's own */
    /* The reason in one sentence, for people; up to 1 KB. */
    void (*say)(struct agenthost_report *report, struct agenthost_text text);
    /* With INVALID: the field of the job's data that is wrong, "birthPlace.timezone". */
    void (*field)(struct agenthost_report *report, struct agenthost_text name);
};

/* Where build_prompt puts the prompt. What is not given is taken from [agent.ID], then from
 * the manifest, then left to the model server. */
struct agenthost_prompt {
    uint32_t size;
    uint32_t reserved;
    void *ctx; /* the host's own */
    /* As in agenthost_report. */
    void (*say)(struct agenthost_prompt *prompt, struct agenthost_text text);
    void (*field)(struct agenthost_prompt *prompt, struct agenthost_text name);
    /* Appends a message. At least one is required with OK. */
    void (*message)(struct agenthost_prompt *prompt, enum agenthost_role role,
                    struct agenthost_text text);
    /* 0 … 2; another value makes the call INTERNAL. */
    void (*temperature)(struct agenthost_prompt *prompt, double value);
    /* The longest answer. */
    void (*max_tokens)(struct agenthost_prompt *prompt, uint32_t tokens);
    /* The class of model that the operator mapped to one, "reading". */
    void (*model_class)(struct agenthost_prompt *prompt, struct agenthost_text name);
    /* The form of the answer: a JSON schema, or the whole of what the API calls json_schema. */
    void (*json_schema)(struct agenthost_prompt *prompt, struct agenthost_text schema);
    /* Appends a text at which the model is to stop; at most 4. */
    void (*stop)(struct agenthost_prompt *prompt, struct agenthost_text text);
    /* With DECLINE, and required then: what is stored as the reading. */
    void (*text)(struct agenthost_prompt *prompt, struct agenthost_text text);
};

/* Where post_process puts the result. */
struct agenthost_result {
    uint32_t size;
    uint32_t reserved;
    void *ctx; /* the host's own */
    /* As in agenthost_report. */
    void (*say)(struct agenthost_result *result, struct agenthost_text text);
    void (*field)(struct agenthost_result *result, struct agenthost_text name);
    /* The reading's text; required with OK and DECLINE. */
    void (*text)(struct agenthost_result *result, struct agenthost_text text);
    /* Appends one section of it, in reading order. */
    void (*section)(struct agenthost_result *result, struct agenthost_text id,
                    struct agenthost_text title, struct agenthost_text text);
    /* Further structured content, one JSON object, optional. */
    void (*content)(struct agenthost_result *result, struct agenthost_text json);
    /* With REASK, and required then: what to tell the model. */
    void (*correct)(struct agenthost_result *result, struct agenthost_text text);
};

/* --- the agent -------------------------------------------------------------------------------- */

/* The one exported object. magic, versions and size stand first and are read from the file
 * before it is loaded. create, destroy, build_prompt and post_process are required. */
struct agenthost_agent {
    uint64_t magic;     /* AGENTHOST_MAGIC */
    uint32_t abi_major; /* AGENTHOST_ABI_MAJOR */
    uint32_t abi_minor; /* AGENTHOST_ABI_MINOR */
    uint64_t size;      /* sizeof(struct agenthost_agent) */

    /* Makes an instance.
     * Before: the sandbox is closed and the manifest was checked; nothing of this agent ran but
     * its constructors. Owner: host and setup are the host's, valid until destroy returns; the
     * instance is the agent's. Returns: the instance, or NULL after say(): the bundle is then
     * refused and the last good one stays. From: the host, once. */
    void *(*create)(const struct agenthost_host *host, const struct agenthost_setup *setup,
                    struct agenthost_report *report);

    /* Frees an instance.
     * Before: create returned it; no call runs. Owner: it is the agent's, and gone afterwards.
     * Returns: nothing, it cannot fail. From: the host, at most once: a cell that is ended early
     * simply dies. */
    void (*destroy)(void *agent);

    /* Optional (NULL). Judges a job's data before any work is done.
     * Before: create returned the instance. Owner: job and report are the host's until the call
     * returns. Returns: OK, or INVALID after field() and say(). From: the host, also for a job
     * that is only being offered over HTTP and may never run. */
    enum agenthost_status (*check_input)(void *agent, const struct agenthost_job *job,
                                         struct agenthost_report *report);

    /* Writes the prompt of pass job->pass. The same job must give the same prompt, byte for byte.
     * Before: check_input accepted the data; for pass n, post_process returned NEXT n times.
     * Owner: job and prompt are the host's until the call returns. Returns: OK, INVALID, AGAIN,
     * DECLINE or INTERNAL. From: the host; again for the same pass when the run is taken up anew.
     */
    enum agenthost_status (*build_prompt)(void *agent, const struct agenthost_job *job,
                                          struct agenthost_prompt *prompt);

    /* Judges an answer. Nothing that this function did not accept is ever stored as complete.
     * Before: a prompt of this agent was built and answered, perhaps by an older version of it and
     * in another process. Owner: job, answer and result are the host's until the call returns.
     * Returns: OK, NEXT, REASK, AGAIN, DECLINE, INVALID or INTERNAL. From: the host; again for the
     * same answer when the run is taken up anew. */
    enum agenthost_status (*post_process)(void *agent, const struct agenthost_job *job,
                                          const struct agenthost_answer *answer,
                                          struct agenthost_result *result);

    /* Optional (NULL). Gives the agent's own extensions (agenthost/selftest.h).
     * Before: create returned an instance. Owner: what it gives is constant and the agent's.
     * Returns: the struct that belongs to the id, or NULL for every other one. From: the host,
     * between create and the first call. */
    const void *(*extension)(const char *id);
};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const struct agenthost_agent agenthost_agent;

#ifdef __cplusplus
}
#endif
#endif
