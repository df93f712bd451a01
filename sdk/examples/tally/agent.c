/* tally: an agent in C that computes something into its prompt and judges the answer by it. It
 * counts the words of the context, asks for a summary of half as many, and sends back one that is
 * too long. Shows agenthost.json/1, the self-test, say, correct and DECLINE. */
#include <agenthost/json.h>
#include <agenthost/kit.h>
#include <agenthost/selftest.h>

#include <stdio.h>

#define WORDS_MIN 10 /* of a context that is worth a summary */

struct tally {
    const struct agenthost_host *host;
    const struct agenthost_json *json;
    const struct agenthost_asset *system;
};

static size_t count_words(struct agenthost_text text)
{
    size_t count = 0;
    bool is_inside = false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_blank = text.data[i] == ' ' || text.data[i] == '\n' || text.data[i] == '\t';
        count += !is_blank && !is_inside;
        is_inside = !is_blank;
    }
    return count;
}

/* The job's context; the host's until the call returns. */
static struct agenthost_text read_context(const struct tally *tally,
                                          const struct agenthost_job *job)
{
    const struct agenthost_json_value *data = tally->json->parse(tally->host, job->data, NULL);
    return tally->json->string(
        tally->host, tally->json->member(tally->host, data, agenthost_text_of("context")));
}

static void *tally_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                          struct agenthost_report *report)
{
    static struct tally tally; /* a cell makes one instance */
    tally.host = host;
    tally.json = host->extension(host, AGENTHOST_JSON);
    tally.system = agenthost_find_asset(setup, "system.md");
    if (tally.json == NULL) {
        report->say(report, agenthost_text_of("this host lacks " AGENTHOST_JSON));
        return NULL;
    }
    if (tally.system == NULL) {
        report->say(report, agenthost_text_of("assets/system.md is missing"));
        return NULL;
    }
    return &tally;
}

static void tally_destroy(void *agent)
{
    (void)agent;
}

static enum agenthost_status tally_build_prompt(void *agent, const struct agenthost_job *job,
                                                struct agenthost_prompt *prompt)
{
    const struct tally *tally = agent;
    struct agenthost_text context = read_context(tally, job);
    size_t words = count_words(context);
    char task[80];
    if (words < WORDS_MIN) {
        prompt->text(prompt, context); /* it is its own summary, and costs nothing */
        prompt->say(prompt, agenthost_text_of("the context is short enough as it is"));
        return AGENTHOST_DECLINE;
    }
    (void)snprintf(task, sizeof(task), "Summarise this in at most %zu words:", words / 2);
    prompt->message(prompt, AGENTHOST_SYSTEM, tally->system->bytes);
    prompt->message(prompt, AGENTHOST_USER, agenthost_text_of(task));
    prompt->message(prompt, AGENTHOST_USER, context);
    return AGENTHOST_OK;
}

static enum agenthost_status tally_post_process(void *agent, const struct agenthost_job *job,
                                                const struct agenthost_answer *answer,
                                                struct agenthost_result *result)
{
    size_t most = count_words(read_context(agent, job)) / 2, words = count_words(answer->text);
    if (words == 0 || words > most) {
        char told[120];
        (void)snprintf(told, sizeof(told), "That has %zu words; at most %zu are wanted.", words,
                       most);
        result->say(result, agenthost_text_of("the summary has not the length asked for"));
        result->correct(result, agenthost_text_of(told));
        return AGENTHOST_REASK;
    }
    result->text(result, answer->text);
    return AGENTHOST_OK;
}

static enum agenthost_status tally_selftest(void *agent, struct agenthost_report *report)
{
    (void)agent;
    if (count_words(agenthost_text_of(" two  words\n")) != 2) {
        report->say(report, agenthost_text_of("words are miscounted"));
        return AGENTHOST_INTERNAL;
    }
    return AGENTHOST_OK;
}

static const void *tally_extension(const char *id)
{
    static const struct agenthost_selftest selftest = {.size = sizeof(selftest),
                                                       .run = tally_selftest};
    return strcmp(id, AGENTHOST_SELFTEST) == 0 ? &selftest : NULL;
}

const struct agenthost_agent agenthost_agent = {
    AGENTHOST_AGENT_HEAD,
    .create = tally_create,
    .destroy = tally_destroy,
    .build_prompt = tally_build_prompt,
    .post_process = tally_post_process,
    .extension = tally_extension,
};
