/* The stock engine: an agent made of a bundle's manifest and assets alone. What its instance
 * holds, and what its files ask of each other; docs/bundles.md says what a bundle gives it. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <agenthost/facts.h>

#include <stdbool.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"
#include "engine/phrase.h"
#include "engine/template.h"
#include "engine/words.h"

struct arena;
struct danger;
struct json_object;
struct manifest;

#define ENGINE_LANGUAGES_MAX 8
#define ENGINE_PASSES_MAX 16
/* Memory of one call: a chart, the job's texts and an answer with everything made of them. */
#define ENGINE_CALL_BYTES_MAX (64u * 1024 * 1024)
/* Longest message, and longest answer that is judged. */
#define ENGINE_MESSAGE_BYTES_MAX (256u * 1024)
#define ENGINE_TEXT_BYTES_MAX (480u * 1024)

/* What the roots of a template are, in their order. */
enum { ENGINE_CHART, ENGINE_JOB };

/* The text of one of the manifest's depths or styles. */
struct engine_choice {
    const char *word;
    struct template_parts text;
};

/* A word or phrase no answer may hold. */
struct engine_phrase {
    struct span text;
    struct phrase phrase;
};

struct engine_section {
    struct span id, title;
    int64_t chars_min, chars_max; /* of its text; 0 = no maximum */
};

/* The texts of one language. */
struct engine_language {
    const char *code;
    const struct word *words;
    struct template_words template_words;
    struct template_parts system;
    struct template_parts users[ENGINE_PASSES_MAX]; /* of each pass */
    struct engine_choice *depths, *styles;
    size_t depths_count, styles_count;
    struct span knowledge; /* as it stands; may be empty */
    struct engine_phrase *forbidden;
    size_t forbidden_count;
    struct span disclaimer; /* may be empty */
    struct span help;       /* the text of a declined answer; empty without danger */
    struct engine_section *sections;
};

/* Owned by the host through create and destroy; does not change between. */
struct engine {
    const struct agenthost_host *host;
    const struct agenthost_facts *facts; /* the host's check of claims; NULL: not asked for */
    const struct agenthost_setup *setup;
    struct arena *arena; /* what lives as long as the instance */
    struct manifest *manifest;
    struct json_object *chart_schema;
    struct template_root roots[TEMPLATE_ROOTS_MAX];
    struct engine_language languages[ENGINE_LANGUAGES_MAX];
    size_t languages_count;
    size_t sections_count;
    struct span answer_schema; /* JSON; empty: the answer is text */
    struct danger *danger;     /* NULL: not looked for */
    bool *is_used;             /* of each asset */
};

/* --- texts.c: the bundle's files ------------------------------------------------ */

/* Reads every text of the bundle and refuses files that nothing reads. */
bool engine_read_texts(struct engine *engine, struct err *err) ATTR_MUST_CHECK;

/* --- settings.c: the manifest ---------------------------------------------------- */

/* Reads what the manifest asks for, before the texts. */
bool engine_read_settings(struct engine *engine, struct err *err) ATTR_MUST_CHECK;
/* What it says for one language: sections, forbidden phrases, disclaimers. */
bool engine_read_language(struct engine *engine, struct engine_language *language,
                          struct err *err) ATTR_MUST_CHECK;

/* --- the calls --------------------------------------------------------------------- */

/* The language of a job; the manifest's default for one the bundle has not. */
const struct engine_language *engine_language_of(const struct engine *engine, struct span locale);

enum agenthost_status engine_check_input(void *engine, const struct agenthost_job *job,
                                         struct agenthost_report *report);
enum agenthost_status engine_build_prompt(void *engine, const struct agenthost_job *job,
                                          struct agenthost_prompt *prompt);
enum agenthost_status engine_post_process(void *engine, const struct agenthost_job *job,
                                          const struct agenthost_answer *answer,
                                          struct agenthost_result *result);

#endif
