/* What the four reading agents share: an instance with its texts, and the three things it is
 * asked to do. Each agent composes these in its own agent.c, prompt.c and check.c. */
#ifndef COMMON_READING_H
#define COMMON_READING_H

#include <agenthost/agent.h>

#include <stdbool.h>

#include "common/assets.h"
#include "common/facts.h"
#include "common/pattern.h"
#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct arena;
struct danger;
struct json_object;

#define READING_LANGUAGES_MAX 8
#define READING_PARTS 5
#define READING_OWN_VALUES_MAX 6
/* Memory of one call: a chart, a context and an answer with everything made of them. */
#define READING_CALL_BYTES_MAX (64u * 1024 * 1024)

/* What one agent differs in, apart from its files. */
struct reading_kind {
    bool looks_for_danger; /* its bundle has danger/ and help/ */
    /* Names of the values its prompt.c gives for the focus template; NULL ends them. */
    const char *own_values[READING_OWN_VALUES_MAX + 1];
};

/* The texts of one language. */
struct reading_language {
    const char *code;
    struct words words;
    struct span system, user, rules, focus;
    const struct reading_phrase {
        struct span text;
        struct pattern pattern;
    } * forbidden; /* words and phrases no reading may hold */
    size_t forbidden_count;
    struct span disclaimer; /* may be empty */
    struct span help;       /* the text of a declined reading; empty without danger */
    struct reading_section {
        struct span id, title;
    } sections[READING_PARTS];
};

/* An instance. Owned by the host through create and destroy; does not change between. */
struct reading {
    const struct reading_kind *kind;
    const struct agenthost_host *host;
    const struct agenthost_facts *facts; /* the host's check of what a text claims */
    const struct agenthost_setup *setup;
    struct arena *arena;          /* what lives as long as the instance */
    struct json_object *manifest; /* the words and limits of jobs are read from it */
    struct reading_language languages[READING_LANGUAGES_MAX];
    size_t languages_count;
    struct danger *danger; /* NULL: this agent does not look for it */
};

/* Makes an instance from the bundle's files; NULL after say() when one is missing or wrong. kind
 * outlives it. */
struct reading *reading_create(const struct reading_kind *kind, const struct agenthost_host *host,
                               const struct agenthost_setup *setup,
                               struct agenthost_report *report);
void reading_destroy(void *reading);

/* check_input of all four: context, depth, style and locale. */
enum agenthost_status reading_check_input(void *reading, const struct agenthost_job *job,
                                          struct agenthost_report *report);

/* --- build_prompt ------------------------------------------------------------ */

/* One prompt being made. Its steps are called in the order in which they stand here, the next
 * only after OK; reading_prompt_end always. */
struct reading_prompt {
    const struct reading *reading;
    const struct reading_language *language;
    const struct agenthost_job *job;
    struct agenthost_prompt *sink;
    struct arena *arena;
    struct json_object *data, *chart;
    struct span context;
    const char *depth, *style;
    struct facts facts;
};

/* Reads the job's data: OK, INVALID, INTERNAL. */
enum agenthost_status reading_prompt_begin(struct reading_prompt *prompt, void *reading,
                                           const struct agenthost_job *job,
                                           struct agenthost_prompt *sink);
/* DECLINE with the help lines when the context words acute danger, else OK. */
enum agenthost_status reading_prompt_danger(struct reading_prompt *prompt);
/* Reads the chart: OK, INVALID. */
enum agenthost_status reading_prompt_chart(struct reading_prompt *prompt);
/* Writes both messages. own holds the values that the kind names, or NULL. OK, INTERNAL. */
enum agenthost_status reading_prompt_write(struct reading_prompt *prompt,
                                           const struct template_value *own);
void reading_prompt_end(struct reading_prompt *prompt);

/* Names of the centres in mask that are defined, or open, as a value. */
struct template_value reading_prompt_centers(struct reading_prompt *prompt, const char *name,
                                             uint32_t mask, bool is_defined);

/* --- post_process ------------------------------------------------------------ */

struct reading_limits {
    size_t part_chars_min;
    size_t part_chars_max;
};

/* Judges an answer: OK after its text and sections are given, REASK with a correction in the
 * job's language, INTERNAL. */
enum agenthost_status reading_review(void *reading, const struct agenthost_job *job,
                                     const struct agenthost_answer *answer,
                                     struct agenthost_result *result,
                                     const struct reading_limits *limits);

/* --- among the files of this folder -------------------------------------------- */

/* True when every place of every template stands for something. */
bool reading_templates_check(const struct reading *reading, struct err *err) ATTR_MUST_CHECK;

/* The language of a job; the manifest's default for one the bundle has not. */
const struct reading_language *reading_language_of(const struct reading *reading,
                                                   struct span locale);

#endif
