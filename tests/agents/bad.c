/* An agent that is bad in one way of its own: its asset deed.txt says "WHERE DEED". WHERE is a
 * function of the interface or "constructor", DEED one of deeds_*.c; or WHERE is "prompt" or
 * "result", and DEED says what is wrong with what it gives. What came of a deed is its reading's
 * text, or a line of its log where there is no reading. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <agenthost/selftest.h>

#include "agent_kit.h"
#include "deeds.h"

#define BAD_WORDS_BYTES 400

static const struct agenthost_host *bad_host;
static char bad_words[BAD_WORDS_BYTES]; /* the asset */
static unsigned bad_calls;              /* of post_process in this process */

/* The deed for that place, or NULL. */
static const char *bad_deed(const char *where)
{
    size_t len = strlen(where);
    return strncmp(bad_words, where, len) == 0 && bad_words[len] == ' ' ? bad_words + len + 1
                                                                        : NULL;
}

static bool bad_is(const char *where, const char *deed)
{
    const char *own = bad_deed(where);
    return own != NULL && strcmp(own, deed) == 0;
}

/* False when nothing is to be done there. */
static bool bad_do(const char *where, char ret_result[64])
{
    const char *deed = bad_deed(where);
    if (deed == NULL) {
        return false;
    }
    deed_do(deed, ret_result, 64);
    return true;
}

/* Runs while the object is loaded, when the image's own folder can be read. */
__attribute__((constructor)) static void bad_constructor(void)
{
    Dl_info self;
    char path[4200], result[64];
    if (dladdr(&bad_words, &self) == 0) {
        return;
    }
    const char *slash = strrchr(self.dli_fname, '/');
    (void)snprintf(path, sizeof(path), "%.*s/assets/deed.txt",
                   slash != NULL ? (int)(slash - self.dli_fname) : 0, self.dli_fname);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    (void)fgets(bad_words, sizeof(bad_words), file);
    (void)fclose(file);
    if (bad_do("constructor", result)) {
        (void)fprintf(stderr, "constructor: %s\n", result);
    }
}

static void bad_log(const char *where, const char *result)
{
    char line[100];
    (void)snprintf(line, sizeof(line), "%s: %s", where, result);
    bad_host->log(bad_host, AGENTHOST_LOG_INFO, kit_text(line));
}

static void *bad_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                        struct agenthost_report *report)
{
    char result[64];
    bad_host = host;
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        if (kit_is(setup->assets[i].name, "deed.txt")) {
            (void)snprintf(bad_words, sizeof(bad_words), "%.*s", (int)setup->assets[i].bytes.len,
                           setup->assets[i].bytes.data);
        }
    }
    if (bad_do("create", result)) {
        bad_log("create", result);
    }
    return kit_create(host, setup, report);
}

static enum agenthost_status bad_selftest(void *agent, struct agenthost_report *report)
{
    char result[64];
    (void)agent;
    if (bad_is("selftest", "fail")) {
        report->say(report, kit_text("two and two are five"));
        return AGENTHOST_INTERNAL;
    }
    if (bad_do("selftest", result)) {
        bad_log("selftest", result);
    }
    return AGENTHOST_OK;
}

static const void *bad_extension(const char *id)
{
    static const struct agenthost_selftest selftest = {.size = sizeof(selftest),
                                                       .run = bad_selftest};
    return strcmp(id, AGENTHOST_SELFTEST) == 0 ? &selftest : NULL;
}

static enum agenthost_status bad_check_input(void *agent, const struct agenthost_job *job,
                                             struct agenthost_report *report)
{
    char result[64];
    (void)agent;
    (void)job;
    if (bad_is("check_input", "decline")) {
        return AGENTHOST_DECLINE;
    }
    if (bad_do("check_input", result)) {
        report->say(report, kit_text(result));
        return AGENTHOST_INVALID;
    }
    return AGENTHOST_OK;
}

static struct agenthost_text bad_large(void)
{
    static char large[700 * 1024];
    memset(large, 'x', sizeof(large));
    return (struct agenthost_text){large, sizeof(large)};
}

/* More lines than are kept, fewer than the host takes for a flood of frames. */
static void bad_chatter(void)
{
    char number[16];
    for (int i = 1; i <= 150; i++) {
        (void)snprintf(number, sizeof(number), "line %d", i);
        bad_log("chatter", number);
    }
}

/* What is wrong with a prompt. */
static enum agenthost_status bad_prompt(const char *wrong, struct agenthost_prompt *prompt)
{
    if (strcmp(wrong, "empty") == 0) {
        return AGENTHOST_OK;
    }
    if (strcmp(wrong, "chatter") == 0) {
        bad_chatter();
        prompt->text(prompt, kit_text("said it all"));
        return AGENTHOST_DECLINE;
    }
    if (strcmp(wrong, "decline without a text") == 0) {
        return AGENTHOST_DECLINE;
    }
    prompt->message(prompt, AGENTHOST_USER, kit_text("a question"));
    if (strcmp(wrong, "latin1") == 0) {
        prompt->message(prompt, AGENTHOST_USER, kit_text("Gr\xfc\xdf Gott"));
    } else if (strcmp(wrong, "large") == 0) {
        prompt->message(prompt, AGENTHOST_USER, bad_large());
    } else if (strcmp(wrong, "hot") == 0) {
        prompt->temperature(prompt, 7);
    } else if (strcmp(wrong, "schema") == 0) {
        prompt->json_schema(prompt, kit_text("{\"type\":}"));
    } else if (strcmp(wrong, "role") == 0) {
        prompt->message(prompt, (enum agenthost_role)9, kit_text("who says this?"));
    } else if (strcmp(wrong, "status") == 0) {
        return AGENTHOST_NEXT;
    } else if (strcmp(wrong, "status 99") == 0) {
        return (enum agenthost_status)99;
    }
    return AGENTHOST_OK;
}

static enum agenthost_status bad_build_prompt(void *agent, const struct agenthost_job *job,
                                              struct agenthost_prompt *prompt)
{
    static unsigned prompts;
    char result[64], line[64];
    (void)agent;
    (void)job;
    const char *wrong = bad_deed("prompt");
    if (wrong != NULL) {
        return bad_prompt(wrong, prompt);
    }
    if (bad_do("build_prompt", result)) {
        prompt->text(prompt, kit_text(result));
        return AGENTHOST_DECLINE;
    }
    (void)snprintf(line, sizeof(line), "question %u", ++prompts); /* never the same twice */
    prompt->message(prompt, AGENTHOST_USER, kit_text(line));
    return AGENTHOST_OK;
}

/* What is wrong with a result. */
static enum agenthost_status bad_result(const char *wrong, struct agenthost_result *result)
{
    if (strcmp(wrong, "next") == 0) {
        return AGENTHOST_NEXT;
    }
    if (strcmp(wrong, "again once") == 0 && bad_calls == 1) {
        return AGENTHOST_AGAIN;
    }
    if (strcmp(wrong, "reask") == 0) {
        result->correct(result, kit_text("better"));
        return AGENTHOST_REASK;
    }
    if (strcmp(wrong, "reask without a correction") == 0) {
        return AGENTHOST_REASK;
    }
    if (strcmp(wrong, "internal") == 0) {
        return AGENTHOST_INTERNAL;
    }
    if (strcmp(wrong, "no text") == 0) {
        return AGENTHOST_OK;
    }
    result->text(result, kit_text("a reading"));
    if (strcmp(wrong, "content") == 0) {
        result->content(result, kit_text("{\"half\":"));
    } else if (strcmp(wrong, "latin1") == 0) {
        result->text(result, kit_text("Gr\xfc\xdf Gott"));
    } else if (strcmp(wrong, "nul") == 0) {
        result->text(result, (struct agenthost_text){"a\0b", 3});
    } else if (strcmp(wrong, "large") == 0) {
        result->text(result, bad_large());
    }
    return AGENTHOST_OK;
}

static enum agenthost_status bad_post_process(void *agent, const struct agenthost_job *job,
                                              const struct agenthost_answer *answer,
                                              struct agenthost_result *result)
{
    char text[64];
    (void)agent;
    (void)job;
    (void)answer;
    bad_calls++;
    const char *wrong = bad_deed("result");
    if (wrong != NULL) {
        return bad_result(wrong, result);
    }
    result->text(result, bad_do("post_process", text) ? kit_text(text) : kit_text("a reading"));
    return AGENTHOST_OK;
}

const struct agenthost_agent agenthost_agent = {KIT_HEAD,
                                                .create = bad_create,
                                                .destroy = kit_destroy,
                                                .check_input = bad_check_input,
                                                .build_prompt = bad_build_prompt,
                                                .post_process = bad_post_process,
                                                .extension = bad_extension};
