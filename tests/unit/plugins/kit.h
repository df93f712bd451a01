/* A stand-in for the host's side of the agent interface: loads the engine and a bundle as a cell
 * does, calls it, and keeps what it gave. */
#ifndef PLUGINS_KIT_H
#define PLUGINS_KIT_H

#include <agenthost/agent.h>

#include <check.h>
#include <stdbool.h>

#include "core/sbuf.h"
#include "core/span.h"

#define KIT_ASSETS_MAX 64
#define KIT_TEXT_BYTES_MAX (1024 * 1024)

/* A bundle loaded and an agent made from it. */
struct kit {
    void *library;
    const struct agenthost_agent *entry;
    struct agenthost_host host;
    struct agenthost_setup setup;
    struct agenthost_asset assets[KIT_ASSETS_MAX];
    void *agent; /* NULL when create refused */
    uint32_t pass;
    struct agenthost_earlier earlier[4]; /* answers of the passes before */
};

/* Everything the sinks got in one call. */
struct kit_given {
    enum agenthost_status status;
    struct sbuf say, field, text, correct;
    struct sbuf json;     /* the answer's schema, or its content */
    struct sbuf messages; /* "=== system ===\n…\n" one after the other */
    struct sbuf sections; /* "[id] title\n…\n" */
    unsigned messages_count, sections_count;
};

/* Loads bundles/ID of the build tree. Pair with kit_unload. */
void kit_load(struct kit *kit, const char *id);
/* A bundle of this test's own: the manifest and then its files, made an agent by kit_create. */
void kit_begin(struct kit *kit, const char *id, const char *manifest);
void kit_add_asset(struct kit *kit, const char *name, const char *data);
/* Makes the agent (again): after a test changed kit->setup. given gets what was said. */
void kit_create(struct kit *kit, struct kit_given *given);
void kit_unload(struct kit *kit);

/* Replaces an asset's bytes for the next kit_create; data NULL takes it out. */
void kit_set_asset(struct kit *kit, const char *name, const char *data);

void kit_given_init(struct kit_given *given);
void kit_given_fini(struct kit_given *given);

/* One call each; data and chart are JSON, chart may be "". */
void kit_check(struct kit *kit, const char *data, struct kit_given *given);
void kit_build(struct kit *kit, const char *locale, const char *data, const char *chart,
               struct kit_given *given);
void kit_process(struct kit *kit, const char *locale, const char *chart, struct span answer,
                 struct kit_given *given);

/* The whole file below the source tree, freed with free(). */
char *kit_read(const char *path);
/* The chart of one of the public examples, or of plugins/testdata/charts. Freed with free(). */
char *kit_chart(const char *name);
/* A job's data with that context; freed with free(). */
char *kit_data(struct span context);

/* Fails when text is not what the file holds. With UPDATE_GOLDENS in the environment the file
 * is written instead. */
void kit_compare(const char *path, struct span text);

extern const char *const KIT_AGENTS[4];

Suite *suite_phrase(void);
Suite *suite_danger(void);
Suite *suite_input(void);
Suite *suite_prompt(void);
Suite *suite_review(void);
Suite *suite_bundle(void);
Suite *suite_facts(void);
Suite *suite_template(void);
Suite *suite_text(void);

#endif
