/* The configuration: one typed tree, filled by one option table from (lowest to highest)
 * defaults, the INI file, .env, the environment, AGENTHOST_* variables and flags. */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/log.h"
#include "core/span.h"

struct sbuf;

/* A list of texts from a comma list. */
struct options_list {
    char **items;
    size_t count;
};

struct options_limiter {
    uint32_t max; /* 0 = off */
    int64_t duration_ms;
};

/* What is kept of ended jobs that do not say it themselves; -1 = no bound. */
struct options_keep {
    int64_t count;
    int64_t age_ms; /* whole seconds */
    int64_t limit;  /* removals by age at once */
};

/* How long failed jobs of one backoff type wait. The nth retry waits delays_ms[n-1], later ones
 * the last of them; exponential: delays_ms[0] doubled each time, up to delays_ms[1]. */
struct options_backoff {
    char *type;
    int64_t delays_ms[16];
    size_t delays_count;
    bool is_exponential;
    bool gives_up; /* after the delays no retry */
    double jitter; /* 0 … 1: this share of a delay is random */
};
struct options_backoffs {
    struct options_backoff *items;
    size_t count;
};

enum options_return_content { RETURN_CONTENT_AUTO, RETURN_CONTENT_YES, RETURN_CONTENT_NO };

/* [queue.NAME], defaults from [queue]. */
struct options_queue {
    char *name;
    char *prefix;
    uint32_t concurrency;
    struct options_limiter limiter;
    int64_t lock_ms;
    int64_t stalled_ms;
    uint32_t max_stalled;
    uint32_t max_started; /* claims of one job; 0 = any number */
    uint32_t metrics;     /* points, a minute each, of completed and failed jobs; 0 = none */
    struct options_keep keep_completed, keep_failed;
    struct options_backoffs backoffs;
    int64_t job_timeout_ms;
    int64_t park_max_ms;
    int64_t unknown_agent_patience_ms;
    uint32_t unpark_per_second;
    int64_t drain_delay_ms; /* longest wait on the marker without a due time */
    enum options_return_content return_content;
    struct options_list agents; /* empty = all */
};

/* [provider.NAME] */
struct options_provider {
    char *name;
    char *base_url; /* without a trailing slash, "/v1" included */
    char *api_key;  /* secret; NULL = none */
    char *organization;
    char *project;
    char *model;            /* default model of this provider; NULL = none */
    char *max_tokens_field; /* "max_completion_tokens" or "max_tokens" */
    bool practice;          /* answers are practice text: marked, no costs */
    bool needs_key;         /* no: a local server without keys */
    uint32_t concurrency;   /* requests in flight at most */
    int64_t connect_ms;
    int64_t first_token_ms;
    int64_t silence_ms;
    int64_t answer_ms;
    uint32_t retries;      /* inside one attempt */
    int64_t retry_base_ms; /* first backoff; doubled up to 16 times that */
};

/* [model.NAME]; prices per million tokens, NAN = unknown. */
struct options_model {
    char *name;
    double input_price;
    double output_price;
};

/* [agent.ID]; numbers are -1 and texts NULL when not set. */
struct options_agent {
    char *id;
    char *provider;
    char *model;
    double temperature;
    int64_t max_tokens;
    int64_t call_timeout_ms;
    int64_t memory_bytes_max;
    int64_t reask_max;
    double canary_percent; /* of the jobs for a changed bundle; -1 = all at once */
    char *extra_json;      /* every other key as a JSON object, handed to create() */
    /* file:line of each extra key, for refusals: parallel lists */
    struct options_list extra_keys, extra_where;
};

struct options_http {
    struct options_list listen; /* TCP addresses for HTTP, "unix:PATH", "off" */
    struct options_list keys;   /* secret; "name:scope:secret", see options_key_parse */
    struct options_list hosts;
    struct options_list origins;
    struct options_limiter limiter;
    uint32_t connections_max; /* of one listener */
    int64_t idle_ms;          /* of a connection, before it is closed */
    char *token_secret;       /* secret; NULL = one kept in the state directory */
};

/* One of http.keys; the texts are the item's. */
struct options_key {
    struct span name;
    unsigned scope; /* 0 probe, 1 read, 2 execute, 3 operate */
    struct span secret;
};

enum options_sandbox { SANDBOX_REQUIRE, SANDBOX_PREFER };

struct options {
    struct {
        enum log_format format;
        enum log_level level;
        bool texts; /* prompts and answers too, at level debug */
    } log;
    struct {
        char *dir;    /* state directory */
        char *socket; /* control socket path */
    } state;
    struct {
        char *url; /* redis:// rediss:// tcp:// unix: ; wins over host/port */
        char *host;
        uint32_t port;
        char *username;
        char *password; /* secret */
        uint32_t db;
        char *tls_ca; /* PEM file; NULL = system's */
        bool tls_verify;
        int64_t connect_ms;
        int64_t command_ms; /* a command unanswered for so long means a dead connection */
    } redis;
    struct options_queue *queues;
    size_t queues_count;
    struct {
        struct options_list dirs;
        char *engines;  /* NULL = those installed with the program */
        char *locale;   /* default locale */
        char *provider; /* default provider's name */
        int64_t call_ms;
        int64_t start_ms; /* dlopen + create + self-test */
        int64_t memory_bytes_max;
        uint32_t reask_max;
        enum options_sandbox sandbox; /* landlock: prefer; seccomp is always required */
        int64_t still_ms, still_ms_max;
    } agents;
    struct options_agent *agent_sections;
    size_t agent_sections_count;
    struct options_provider *providers; /* "openai" is always there */
    size_t providers_count;
    struct options_model *models;
    size_t models_count;
    struct {
        char *driver; /* "sqlite" or "supabase" */
        char *path;   /* NULL = readings.db in the state directory */
        int64_t busy_ms;
        char *url; /* supabase; NULL = not set; without a trailing slash */
        char *key; /* secret */
        uint32_t concurrency;
        int64_t timeout_ms; /* of one request */
    } store;
    struct options_http http;
    struct {
        int64_t drain_ms;
        int64_t memory_bytes_max;
        int64_t data_bytes_max;
        int64_t chart_bytes_max;
        int64_t prompt_bytes_max;
        int64_t answer_bytes_max;
        int64_t result_bytes_max;
    } limits;
    char *config_path; /* file read, or NULL */
    char *env_path;    /* .env read, or NULL */
};

/* A problem found while loading; all are collected before the start is refused. */
struct options_problem {
    char *where; /* "agenthost.conf:12", "environment AGENTHOST_X", "--queue" */
    char *text;  /* names the option and the remedy */
    bool is_warning;
};

struct options_problems {
    struct options_problem *items;
    size_t count;
};

/* What the command line contributes. */
struct options_source {
    const char
        *config_path;     /* --config, or NULL: ./agenthost.conf, /etc/agenthost/agenthost.conf */
    const char *env_path; /* --env-file, or NULL: .env beside the config file or, from a terminal or
                             PM2, in the working directory */
    const char *const *sets; /* "queue.concurrency=4", from --set */
    size_t sets_count;
    const char *const *environ; /* NULL-terminated NAME=value list */
};

/* Loads everything. True when there is no error among the problems (warnings may be). On
 * success the caller owns *ret_options (options_destroy); problems are always filled and the
 * caller's (options_problems_fini). [main; reload] */
bool options_load(const struct options_source *source, struct options **ret_options,
                  struct options_problems *problems);
void options_destroy(struct options **options);
void options_problems_fini(struct options_problems *problems);

/* The effective configuration as an INI text, secrets masked, each line with where its value
 * came from. [any] */
void options_render(const struct options *options, struct sbuf *out);

/* Every option with its type, default, unit and prose, for `agenthost config --help`, the
 * manual and the test that compares both. [any] */
void options_describe(struct sbuf *out);

/* True when options differ that only a restart puts in force; appends their names, separated
 * by commas ("redis.host, queue.readings.lock"). [any] */
bool options_needs_restart(const struct options *before, const struct options *after,
                           struct sbuf *out);

/* A list's memory; its texts are overwritten, as they may be secrets. [any] */
void options_list_add(struct options_list *list, const char *item, size_t len);
void options_list_copy(const struct options_list *list, struct options_list *ret_copy);
void options_list_fini(struct options_list *list);

/* The backoff of that type, or NULL; borrowed. [any] */
const struct options_backoff *options_backoff_find(const struct options_backoffs *backoffs,
                                                   const char *type);
void options_backoffs_copy(const struct options_backoffs *backoffs,
                           struct options_backoffs *ret_copy);
void options_backoffs_fini(struct options_backoffs *backoffs);

/* Reads one of http.keys. The error does not repeat what may be secret. [any] */
bool options_key_parse(const char *item, struct options_key *ret_key,
                       struct err *err) ATTR_MUST_CHECK;

/* Look-ups by name; NULL when absent. Borrowed. [any] */
const struct options_provider *options_provider_find(const struct options *options,
                                                     const char *name);
const struct options_model *options_model_find(const struct options *options, const char *name);
const struct options_agent *options_agent_find(const struct options *options, const char *id);
const struct options_queue *options_queue_find(const struct options *options, const char *name);
/* True when that agent is among the queue's agents, or the queue takes all. [any] */
bool options_queue_takes(const struct options_queue *queue, const char *agent_id);

/* Of candidates the one with the smallest edit distance to word, or NULL when none is near
 * (distance over a third of its length). Also used for agent names. [any] */
const char *options_nearest(const char *word, const char *const *candidates, size_t count);

#endif
