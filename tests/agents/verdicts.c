/* An agent that does what its job says: {"do":"refuse-input"}, "crash-input" in check_input;
 * "decline", "invalid", "again", "internal", "crash", "mute" in build_prompt; "reask:N",
 * "passes:N", "refuse", "crash-late", "policy", "half" (of a character, in the content) in
 * post_process; else what a good agent does. The whole program's handling of verdicts is tested
 * with it. */
#include <stdio.h>
#include <stdlib.h>

#include "agent_kit.h"

#define VERDICTS_WORD_BYTES 32

/* The word after "do":", or "". */
static void verdicts_word(const struct agenthost_job *job, char ret_word[VERDICTS_WORD_BYTES])
{
    static const char key[] = "\"do\":\"";
    size_t len = 0;
    const char *at = memmem(job->data.data, job->data.len, key, sizeof(key) - 1);
    if (at != NULL) {
        const char *end = job->data.data + job->data.len;
        for (at += sizeof(key) - 1; at < end && *at != '"' && len < VERDICTS_WORD_BYTES - 1; at++) {
            ret_word[len++] = *at;
        }
    }
    ret_word[len] = '\0';
}

static uint32_t verdicts_number(const char *word, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(word, prefix, len) == 0 ? (uint32_t)strtoul(word + len, NULL, 10) : 0;
}

static enum agenthost_status verdicts_check_input(void *agent, const struct agenthost_job *job,
                                                  struct agenthost_report *report)
{
    (void)agent;
    char word[VERDICTS_WORD_BYTES];
    verdicts_word(job, word);
    if (strcmp(word, "crash-input") == 0) {
        abort();
    }
    if (strcmp(word, "refuse-input") != 0) {
        return AGENTHOST_OK;
    }
    report->field(report, kit_text("do"));
    report->say(report, kit_text("must be something else"));
    return AGENTHOST_INVALID;
}

static enum agenthost_status verdicts_build_prompt(void *agent, const struct agenthost_job *job,
                                                   struct agenthost_prompt *prompt)
{
    (void)agent;
    char word[VERDICTS_WORD_BYTES], line[64];
    verdicts_word(job, word);
    if (strcmp(word, "decline") == 0) {
        prompt->text(prompt, kit_text("declined by policy"));
        return AGENTHOST_DECLINE;
    }
    if (strcmp(word, "invalid") == 0) {
        prompt->field(prompt, kit_text("do"));
        prompt->say(prompt, kit_text("must be something else"));
        return AGENTHOST_INVALID;
    }
    if (strcmp(word, "again") == 0) {
        prompt->say(prompt, kit_text("not now"));
        return AGENTHOST_AGAIN;
    }
    if (strcmp(word, "internal") == 0) {
        return AGENTHOST_INTERNAL;
    }
    if (strcmp(word, "crash") == 0) {
        abort();
    }
    if (strcmp(word, "mute") != 0) {
        (void)snprintf(line, sizeof(line), "pass %u after %u answers", job->pass,
                       job->earlier_count);
        prompt->message(prompt, AGENTHOST_SYSTEM, kit_text(line));
        prompt->message(prompt, AGENTHOST_USER, job->data);
    }
    return AGENTHOST_OK;
}

static enum agenthost_status verdicts_post_process(void *agent, const struct agenthost_job *job,
                                                   const struct agenthost_answer *answer,
                                                   struct agenthost_result *result)
{
    (void)agent;
    char word[VERDICTS_WORD_BYTES], line[64];
    verdicts_word(job, word);
    if (answer->round < verdicts_number(word, "reask:")) {
        result->say(result, kit_text("not good enough"));
        result->correct(result, kit_text("do better"));
        return AGENTHOST_REASK;
    }
    if (job->pass + 1 < verdicts_number(word, "passes:")) {
        return AGENTHOST_NEXT;
    }
    if (strcmp(word, "refuse") == 0) {
        result->say(result, kit_text("this cannot be answered"));
        return AGENTHOST_INVALID;
    }
    if (strcmp(word, "crash-late") == 0) {
        abort();
    }
    (void)snprintf(line, sizeof(line), "pass %u round %u", job->pass, answer->round);
    result->text(result, kit_text(line));
    if (strcmp(word, "half") == 0) {
        result->content(result, kit_text("{\"half\":\"\\ud83c\"}"));
    }
    result->section(result, kit_text("one"), kit_text("One"), answer->text);
    return strcmp(word, "policy") == 0 ? AGENTHOST_DECLINE : AGENTHOST_OK;
}

const struct agenthost_agent agenthost_agent = {KIT_HEAD,
                                                .create = kit_create,
                                                .destroy = kit_destroy,
                                                .check_input = verdicts_check_input,
                                                .build_prompt = verdicts_build_prompt,
                                                .post_process = verdicts_post_process};
