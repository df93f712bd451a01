/* A timed fuzz of post_process: answers no model should give, from recorded ones. */
#include <stdio.h>
#include <string.h>

#include "agent/session.h"
#include "bundle_check.h"
#include "core/clock.h"
#include "core/options.h"
#include "findings.h"
#include "job_file.h"
#include "mutate.h"
#include "talk.h"

/* A verdict of any kind is a good end of a bad answer. To give back bytes that are no UTF-8 is no
 * fault where the answer had them: the host hands over none such. */
static bool fuzz_is_fault(enum agent_outcome outcome, struct span answer)
{
    if (outcome == AGENT_BAD_REPLY &&
        (!span_is_utf8(answer) || memchr(answer.data, '\0', answer.len) != NULL)) {
        return false;
    }
    return outcome == AGENT_CRASHED || outcome == AGENT_DEADLINE || outcome == AGENT_OVER_CAP ||
           outcome == AGENT_BAD_REPLY || outcome == AGENT_UNAVAILABLE;
}

static void fuzz_found(const struct check *check, const char *name, unsigned number,
                       struct span answer, const struct agent_reply *reply)
{
    char path[PATH_MAX], hint[PATH_MAX * 2];
    (void)snprintf(path, sizeof(path), "%s/fuzz-%llu-%u.answer.md", check->fuzz_dir,
                   (unsigned long long)check->fuzz_seed, number);
    FILE *file = fopen(path, "we");
    bool is_ok = file != NULL && fwrite(answer.data, 1, answer.len, file) == answer.len;
    is_ok = file != NULL && fclose(file) == 0 && is_ok;
    (void)snprintf(hint, sizeof(hint), "agent-run %s --job %s.job.json --answer %s", check->bundle,
                   name, path);
    findings_add(check->findings, "fuzz", hint, is_ok ? path : NULL,
                 "post_process, seed %llu, answer %u (%s): %s: %s",
                 (unsigned long long)check->fuzz_seed, number,
                 is_ok ? path : "which could not be written", agent_outcome_name(reply->outcome),
                 reply->reason);
}

/* A case to begin from: its job, and the answer on record or one that looks like an answer. */
struct fuzz_seed {
    const char *name;
    struct job_file job;
    struct sbuf answer;
};

/* False when there is no job: what is wrong with it is told with the golden cases. */
static bool fuzz_read(const struct check *check, struct session *session, const char *name,
                      struct fuzz_seed *ret_seed)
{
    char path[PATH_MAX];
    *ret_seed = (struct fuzz_seed){.name = name};
    (void)snprintf(path, sizeof(path), "%s.job.json", name);
    if (!job_file_read(session, path, NULL, check->charts_dirs, &ret_seed->job, NULL)) {
        job_file_fini(&ret_seed->job);
        return false;
    }
    (void)snprintf(path, sizeof(path), "%s.answer.md", name);
    if (!job_file_text(path, (size_t)session->options->limits.answer_bytes_max, &ret_seed->answer,
                       NULL)) {
        sbuf_fini(&ret_seed->answer);
        sbuf_init(&ret_seed->answer, 64);
        sbuf_puts(&ret_seed->answer, "## 1. Title\n\nText.\n");
    }
    return true;
}

/* One bad answer; true when it was the agent's fault. */
static bool fuzz_once(const struct check *check, struct session *session,
                      const struct fuzz_seed *seed, unsigned number, uint64_t *state)
{
    size_t bytes_max = (size_t)session->options->limits.answer_bytes_max;
    struct sbuf answer;
    struct agent_job call = talk_job(session, &seed->job);
    sbuf_init(&answer, bytes_max);
    mutate(state, sbuf_as_span(&seed->answer), bytes_max, &answer);
    const struct agent_answer given = {.text = sbuf_as_span(&answer),
                                       .finish_reason = SPAN_LITERAL("stop"),
                                       .model = SPAN_LITERAL("fuzz"),
                                       .prompt_tokens = -1,
                                       .completion_tokens = -1};
    const struct agent_reply *reply = session_process(session, &call, &given);
    bool is_found = fuzz_is_fault(reply->outcome, sbuf_as_span(&answer));
    if (is_found) {
        fuzz_found(check, seed->name, number, sbuf_as_span(&answer), reply);
    }
    sbuf_fini(&answer);
    sbuf_clear(&session->log);
    session_forget(session);
    return is_found;
}

/* The cases take turns until something is found or the time is over. */
static void fuzz_all(const struct check *check, struct session *session,
                     const struct fuzz_seed *seeds, unsigned count)
{
    int64_t until_ms = clock_mono_ms() + (int64_t)(check->fuzz_seconds * 1000);
    uint64_t state = check->fuzz_seed;
    unsigned number = 0;
    bool is_found = false;
    while (!is_found && (number < count || clock_mono_ms() < until_ms)) {
        is_found = fuzz_once(check, session, &seeds[number % count], number + 1, &state);
        number++;
    }
    if (!is_found) {
        findings_note(check->findings, "fuzz", "%u bad answers from %u case%s survived, seed %llu",
                      number, count, count == 1 ? "" : "s", (unsigned long long)check->fuzz_seed);
    }
}

void check_fuzz(const struct check *check, struct session *session)
{
    struct fuzz_seed seeds[CHECK_CASES_MAX];
    unsigned count = 0;
    if (check->fuzz_seconds <= 0) {
        return;
    }
    for (unsigned i = 0; i < check->cases_count; i++) {
        count += fuzz_read(check, session, check->cases[i], &seeds[count]);
    }
    if (count > 0) {
        fuzz_all(check, session, seeds, count);
    }
    for (unsigned i = 0; i < count; i++) {
        job_file_fini(&seeds[i].job);
        sbuf_fini(&seeds[i].answer);
    }
}
