/* What the files of agent-run share. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "talk.h"

#define RUN_ANSWERS_MAX 64

struct run {
    const char *bundle, *job, *chart;
    const char *charts_dirs[2];
    const char *answers[RUN_ANSWERS_MAX];
    unsigned answers_count;
    const char *url, *model_name;
    bool is_json;
    struct session *session;
    char why[600]; /* no answer could be had */
};

/* The options that make the host's own model client ask that server; the caller frees them. */
size_t run_model_sets(const struct run *run, char *ret_sets[4]);
/* A talk_ask_fn that asks the server; ctx is the run. */
bool run_ask_model(const struct talk_question *question, struct sbuf *ret_answer, char *ret_model,
                   size_t model_bytes, void *ctx);

#endif
