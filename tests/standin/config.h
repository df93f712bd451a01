/* What the stand-in model is told to do: on its command line, or by POST /standin/set. */
#ifndef TESTS_STANDIN_CONFIG_H
#define TESTS_STANDIN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/span.h"

#define CONFIG_FAULTS_MAX 16
#define CONFIG_RULES_MAX 16

enum fault_kind {
    FAULT_NONE,
    FAULT_STATUS,  /* an error answer with that status */
    FAULT_DROP,    /* the connection closed without a byte */
    FAULT_CUT,     /* the connection closed after so many content events */
    FAULT_STALL,   /* silence after so many content events */
    FAULT_FINISH,  /* the whole answer, with another finish_reason */
    FAULT_GARBAGE, /* 200 with something that is no event stream */
    FAULT_ERROR,   /* 200, then an error event after so many content events */
};

struct fault {
    enum fault_kind kind;
    uint32_t number;    /* status, or content events */
    char *text;         /* finish reason, or error code */
    char *retry_after;  /* header value, or NULL */
    char *match;        /* only requests whose body holds this; NULL = all */
    uint32_t first;     /* only so many times; 0 = always */
    uint32_t every;     /* only each so manieth of the matching ones; 0 = all */
    double percent;     /* only by chance; 0 = surely */
    uint32_t met, done; /* matching requests; faults committed */
};

/* An answer text cut into the pieces that become content events, JSON-escaped. Counted: streams
 * under way keep theirs when the options change. */
struct answer_text {
    unsigned refs;
    char **pieces;
    size_t pieces_count;
    char *whole; /* JSON-escaped */
    size_t bytes;
};

struct rule {
    char *match;
    char *text; /* as it is in the file */
    struct answer_text *answer;
};

struct config {
    char *host;
    uint32_t port;
    char *unix_path;
    char *journal_path;
    char *key;
    uint32_t latency_ms, latency_ms_max;
    double tokens_per_second; /* content events; 0 = all at once */
    uint32_t events;
    uint32_t bytes;
    bool writes_each; /* every event by a write of its own */
    bool has_usage;
    char *finish;
    uint64_t seed;
    struct answer_text *answer; /* when no rule matches */
    char *answer_file_text;     /* NULL = generated from bytes */
    struct rule rules[CONFIG_RULES_MAX];
    size_t rules_count;
    struct fault faults[CONFIG_FAULTS_MAX];
    size_t faults_count;
};

void config_init(struct config *config);
void config_fini(struct config *config);

/* Sets an option by its name without the dashes. Prepare afterwards. */
bool config_set(struct config *config, struct span name, struct span value,
                struct err *err) ATTR_MUST_CHECK;

/* Cuts the answers into pieces; after changes of events, bytes and texts. */
void config_prepare(struct config *config);

/* The fault for this request, or NULL; counts. */
const struct fault *config_fault(struct config *config, struct span body);
/* The answer for this request; give it back with answer_unref. */
struct answer_text *config_answer(const struct config *config, struct span body);
void answer_unref(struct answer_text **answer);

/* Uniform in [0, 1) from the seed: the same run gives the same faults. */
double config_random(struct config *config);

extern const char config_help[];

#endif
