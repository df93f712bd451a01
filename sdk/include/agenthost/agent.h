/* agenthost/agent.h — the interface between agenthost and an agent.
 *
 * An agent is a shared object that exports one constant object, agenthost_agent. It turns a
 * job into a prompt and an answer into a result, and does nothing else: it opens no file and
 * no socket, starts no thread and no process, keeps nothing between jobs that changes what
 * the same job yields. It runs in a process of its own, a cell, whose sandbox enforces this;
 * a crash or a hang there harms the job at hand and no other.
 *
 * Stability. Fields are only ever appended, and functions only ever added at the end of
 * struct agenthost_agent; the size field tells which of them an agent was compiled with.
 * The major version changes when an agent must be recompiled, the minor one when something
 * was appended. A host serves every minor version of its major one.
 * History:
 *   1.0  first version
 *
 * Conventions. Text is UTF-8, counted, not NUL-terminated. What the host passes in is
 * borrowed: valid until the function returns, except for what create receives, which stays
 * valid until destroy returns. What the agent gives goes into a sink, which copies at once.
 * Sinks have a maximum and a sticky error: give freely, the host checks afterwards and treats
 * an overrun as status INTERNAL. All functions are called from one thread, one at a time.
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

/* What build_prompt and post_process may return; other values count as INTERNAL. */
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

/* The host as the agent sees it. Valid until destroy returns. */
struct agenthost_host {
    uint32_t size; /* of this struct, as the host was compiled */
    uint32_t abi_minor;
    void *ctx; /* the host's own */

    /* Writes one line to the host's log. Lines over 1 KB are cut, and lines beyond 100 a
     * call are counted but not kept. */
    void (*log)(const struct agenthost_host *host, enum agenthost_log_level level,
                struct agenthost_text line);

    /* Looks up an optional service by id, "agenthost.NAME/REVISION". NULL when this host does
     * not have it: never an error. The result is valid until destroy returns. */
    const void *(*extension)(const struct agenthost_host *host, const char *id);
};

struct agenthost_asset {
    struct agenthost_text name;  /* path below assets/, "prompts/system.de.md" */
    struct agenthost_text bytes; /* as in the file; not necessarily UTF-8 */
};

/* What an agent is made from. Valid until destroy returns. */
struct agenthost_setup {
    uint32_t size;
    uint32_t assets_count;
    const struct agenthost_asset *assets; /* sorted by name */
    struct agenthost_text id;             /* one shared object may serve several ids */
    struct agenthost_text version;
    struct agenthost_text manifest; /* manifest.json's bytes */
    struct agenthost_text config;   /* the [agent.ID] keys the manifest declares, a JSON object */
};

/* One earlier answer of this run. */
struct agenthost_earlier {
    uint32_t pass;
    uint32_t reserved;
    struct agenthost_text text;
};

struct agenthost_child {
    struct agenthost_text key;   /* the child job's key */
    struct agenthost_text value; /* its return value, JSON */
};

/* The job. No attempt number, wall clock or deadline is given, so that the same run always
 * yields the same prompt: take time from now_ms and chance from seed. */
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

/* Where create and check_input put their reasons. */
struct agenthost_report {
    uint32_t size;
    uint32_t reserved;
    void *ctx;
    /* The reason in one sentence, for people; a second call replaces the first. */
    void (*say)(struct agenthost_report *report, struct agenthost_text text);
    /* With INVALID: the field of the job's data that is wrong, "birthPlace.timezone". */
    void (*field)(struct agenthost_report *report, struct agenthost_text name);
};

/* Where build_prompt puts the prompt. What is not given is taken from [agent.ID], then from
 * the manifest, then left to the model server. */
struct agenthost_prompt {
    uint32_t size;
    uint32_t reserved;
    void *ctx;
    void (*say)(struct agenthost_prompt *prompt, struct agenthost_text text);
    void (*field)(struct agenthost_prompt *prompt, struct agenthost_text name);
    /* Appends a message. At least one is required with OK. */
    void (*message)(struct agenthost_prompt *prompt, enum agenthost_role role,
                    struct agenthost_text text);
    void (*temperature)(struct agenthost_prompt *prompt, double value); /* 0 … 2 */
    void (*max_tokens)(struct agenthost_prompt *prompt, uint32_t tokens);
    void (*model_class)(struct agenthost_prompt *prompt, struct agenthost_text name);
    void (*json_schema)(struct agenthost_prompt *prompt, struct agenthost_text schema);
    void (*stop)(struct agenthost_prompt *prompt, struct agenthost_text text); /* at most 4 */
    /* With DECLINE: the text that is stored as the reading. */
    void (*text)(struct agenthost_prompt *prompt, struct agenthost_text text);
};

/* Where post_process puts the result. */
struct agenthost_result {
    uint32_t size;
    uint32_t reserved;
    void *ctx;
    void (*say)(struct agenthost_result *result, struct agenthost_text text);
    void (*field)(struct agenthost_result *result, struct agenthost_text name);
    /* The reading's text; required with OK and DECLINE. */
    void (*text)(struct agenthost_result *result, struct agenthost_text text);
    /* One section of it, in reading order. */
    void (*section)(struct agenthost_result *result, struct agenthost_text id,
                    struct agenthost_text title, struct agenthost_text text);
    /* Further structured content, one JSON object, optional. */
    void (*content)(struct agenthost_result *result, struct agenthost_text json);
    /* With REASK: what to tell the model. */
    void (*correct)(struct agenthost_result *result, struct agenthost_text text);
};

/* The one exported object. magic, versions and size stand first and are read from the file
 * before it is loaded. Every function pointer but check_input and extension is required. */
struct agenthost_agent {
    uint64_t magic;     /* AGENTHOST_MAGIC */
    uint32_t abi_major; /* AGENTHOST_ABI_MAJOR */
    uint32_t abi_minor; /* AGENTHOST_ABI_MINOR */
    uint64_t size;      /* sizeof(struct agenthost_agent) */

    /* Makes an instance. Called once, after the sandbox closed; the manifest has been checked.
     * setup and host stay valid until destroy returns. Returns the instance, owned by the
     * agent, or NULL after say(): the bundle is then refused and the last good one stays. */
    void *(*create)(const struct agenthost_host *host, const struct agenthost_setup *setup,
                    struct agenthost_report *report);

    /* Frees an instance that create returned. Cannot fail. May not be called at all: a cell
     * that is ended early simply dies. */
    void (*destroy)(void *agent);

    /* Optional (NULL). Judges a job's data before any work is done. OK, or INVALID after
     * field() and say(). */
    enum agenthost_status (*check_input)(void *agent, const struct agenthost_job *job,
                                         struct agenthost_report *report);

    /* Writes the prompt of pass job->pass. OK, INVALID, AGAIN, DECLINE, INTERNAL. The same
     * job must give the same prompt, byte for byte. */
    enum agenthost_status (*build_prompt)(void *agent, const struct agenthost_job *job,
                                          struct agenthost_prompt *prompt);

    /* Judges an answer: OK, NEXT, REASK, AGAIN, DECLINE, INVALID, INTERNAL. Nothing that this
     * function did not accept is ever stored. May meet an answer whose prompt an older version
     * of the agent built. */
    enum agenthost_status (*post_process)(void *agent, const struct agenthost_job *job,
                                          const struct agenthost_answer *answer,
                                          struct agenthost_result *result);

    /* Optional (NULL). The agent's own extensions by id; NULL for unknown ones. */
    const void *(*extension)(const char *id);
};

/* Extension "agenthost.selftest/1" of an agent: called once after create, before the first
 * job. Anything but OK refuses the bundle with what say() told. */
#define AGENTHOST_SELFTEST "agenthost.selftest/1"
struct agenthost_selftest {
    uint32_t size;
    uint32_t reserved;
    enum agenthost_status (*run)(void *agent, struct agenthost_report *report);
};

/* Extension "agenthost.facts/1" of the host: holds a text against a chart. It finds where the text
 * names, in German or English, a gate, channel, centre, type, authority, definition, profile or
 * incarnation cross that the chart does not carry, or denies one that it carries. What a text says
 * of a fact in words of its own is not judged. When a check in post_process found nothing and the
 * function returned OK, the stored reading is marked as checked. */
#define AGENTHOST_FACTS "agenthost.facts/1"
struct agenthost_facts {
    uint32_t size;
    uint32_t reserved;
    /* Calls claim once for each claim, in the order of the text, at most 64 times: kind is "gate",
     * "channel", "center", "type", "authority", "definition", "profile" or "cross"; quote are the
     * words of text that make it. Both are valid during that call. Returns the number of calls, or
     * -1 when nothing is known: chart is not one that the host handed out, text is not UTF-8, or
     * too long (over 512 KB). A text of which nothing is known must not be accepted. */
    int32_t (*check)(const struct agenthost_host *host, struct agenthost_text chart,
                     struct agenthost_text text,
                     void (*claim)(void *ctx, struct agenthost_text kind,
                                   struct agenthost_text quote),
                     void *ctx);
};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const struct agenthost_agent agenthost_agent;

#ifdef __cplusplus
}
#endif
#endif
