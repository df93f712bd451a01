/* An agent that does what the job's data says in one word, well or badly; its prompt begins with
 * the asset prompt.txt, and it refuses to be made when there is an asset refuse.txt. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent_kit.h"

struct scripted {
    const struct agenthost_host *host;
    const struct agenthost_setup *setup;
};

static struct agenthost_text scripted_asset(const struct agenthost_setup *setup, const char *name)
{
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        if (kit_is(setup->assets[i].name, name)) {
            return setup->assets[i].bytes;
        }
    }
    return (struct agenthost_text){NULL, 0};
}

static void *scripted_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                             struct agenthost_report *report)
{
    static struct scripted scripted;
    struct agenthost_text reason = scripted_asset(setup, "refuse.txt");
    if (reason.data != NULL) {
        report->say(report, reason);
        return NULL;
    }
    scripted = (struct scripted){host, setup};
    return &scripted;
}

/* What ends or spoils a call in any function. */
static void scripted_misbehave(const struct scripted *scripted, struct agenthost_text word)
{
    if (kit_is(word, "crash")) {
        (void)raise(SIGSEGV);
    } else if (kit_is(word, "exit")) {
        _exit(3);
    } else if (kit_is(word, "hang")) {
        for (;;) {
            (void)pause();
        }
    } else if (kit_is(word, "log")) {
        scripted->host->log(scripted->host, AGENTHOST_LOG_INFO, kit_text("said in a call"));
    }
}

static enum agenthost_status scripted_status(struct agenthost_text word)
{
    static const char *const names[] = {"ok",    "next",    "invalid", "again",
                                        "reask", "decline", "internal"};
    for (int i = 0; i < 7; i++) {
        if (kit_is(word, names[i])) {
            return (enum agenthost_status)i;
        }
    }
    return kit_is(word, "status99") ? (enum agenthost_status)99 : AGENTHOST_OK;
}

static enum agenthost_status scripted_check_input(void *agent, const struct agenthost_job *job,
                                                  struct agenthost_report *report)
{
    scripted_misbehave(agent, job->data);
    report->field(report, kit_text("birthDate"));
    report->say(report, kit_text("it is not so"));
    return scripted_status(job->data);
}

static enum agenthost_status scripted_build_prompt(void *agent, const struct agenthost_job *job,
                                                   struct agenthost_prompt *prompt)
{
    const struct scripted *scripted = agent;
    struct agenthost_text word = job->data;
    scripted_misbehave(scripted, word);
    if (kit_is(word, "big")) {
        static char text[200 * 1024];
        memset(text, 'x', sizeof(text));
        prompt->message(prompt, AGENTHOST_USER, (struct agenthost_text){text, sizeof(text)});
    } else if (kit_is(word, "flood")) {
        static char text[512 * 1024];
        memset(text, 'x', sizeof(text));
        for (int i = 0; i < 4; i++) {
            prompt->message(prompt, AGENTHOST_USER, (struct agenthost_text){text, sizeof(text)});
        }
    } else if (kit_is(word, "latin1")) {
        prompt->message(prompt, AGENTHOST_USER, kit_text("Gr\xfc\xdf Gott"));
    } else if (kit_is(word, "hot")) {
        prompt->temperature(prompt, 7);
    } else if (kit_is(word, "schema")) {
        prompt->json_schema(prompt, kit_text("{\"type\":}"));
    }
    if (!kit_is(word, "silent")) {
        prompt->message(prompt, AGENTHOST_SYSTEM, scripted_asset(scripted->setup, "prompt.txt"));
        prompt->message(prompt, AGENTHOST_USER, scripted->setup->config);
    }
    prompt->say(prompt, kit_text("so it is"));
    if (!kit_is(word, "decline without a text") && scripted_status(word) == AGENTHOST_DECLINE) {
        prompt->text(prompt, kit_text("please call for help"));
    }
    return kit_is(word, "decline without a text") ? AGENTHOST_DECLINE : scripted_status(word);
}

static void scripted_long_content(struct agenthost_result *result, const char *end)
{
    static char text[64 * 1024];
    memset(text, ' ', sizeof(text));
    text[0] = '{';
    memcpy(text + sizeof(text) - strlen(end), end, strlen(end));
    result->content(result, (struct agenthost_text){text, sizeof(text)});
}

static enum agenthost_status scripted_post_process(void *agent, const struct agenthost_job *job,
                                                   const struct agenthost_answer *answer,
                                                   struct agenthost_result *result)
{
    (void)job;
    scripted_misbehave(agent, answer->text);
    if (kit_is(answer->text, "bad content")) {
        result->content(result, kit_text("[1,2]"));
    } else if (kit_is(answer->text, "long content")) {
        scripted_long_content(result, "\"a\":1}");
    } else if (kit_is(answer->text, "long bad content")) {
        scripted_long_content(result, "\"a\":1");
    }
    if (!kit_is(answer->text, "no text")) {
        result->text(result, answer->text);
    }
    if (!kit_is(answer->text, "reask")) {
        result->correct(result, kit_text("say it again"));
    }
    return scripted_status(answer->text);
}

const struct agenthost_agent agenthost_agent = {KIT_HEAD,
                                                .create = scripted_create,
                                                .destroy = kit_destroy,
                                                .check_input = scripted_check_input,
                                                .build_prompt = scripted_build_prompt,
                                                .post_process = scripted_post_process};
