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

/* Until something is found or the time is over. */
static void fuzz_case(const struct check *check, struct session *session, const char *name,
                      const struct job_file *job, struct span seed_answer, uint64_t *state)
{
    size_t bytes_max = (size_t)session->options->limits.answer_bytes_max;
    int64_t until_ms = clock_mono_ms() + (int64_t)(check->fuzz_seconds * 1000);
    unsigned number = 0;
    bool is_found = false;
    while (!is_found && clock_mono_ms() < until_ms) {
        struct sbuf answer;
        struct agent_job call = talk_job(session, job);
        sbuf_init(&answer, bytes_max);
        mutate(state, seed_answer, bytes_max, &answer);
        const struct agent_answer given = {.text = sbuf_as_span(&answer),
                                           .finish_reason = SPAN_LITERAL("stop"),
                                           .model = SPAN_LITERAL("fuzz"),
                                           .prompt_tokens = -1,
                                           .completion_tokens = -1};
        const struct agent_reply *reply = session_process(session, &call, &given);
        number++;
        is_found = fuzz_is_fault(reply->outcome, sbuf_as_span(&answer));
        if (is_found) {
            fuzz_found(check, name, number, sbuf_as_span(&answer), reply);
        }
        sbuf_fini(&answer);
        sbuf_clear(&session->log);
        session_forget(session);
    }
    if (!is_found) {
        findings_note(check->findings, "fuzz", "%u bad answers survived, seed %llu", number,
                      (unsigned long long)check->fuzz_seed);
    }
}

void check_fuzz(const struct check *check, struct session *session)
{
    char path[PATH_MAX];
    struct job_file job;
    struct sbuf answer = {0};
    uint64_t state = check->fuzz_seed;
    if (check->cases_count == 0 || check->fuzz_seconds <= 0) {
        return;
    }
    const char *name = check->cases[0];
    sbuf_init(&answer, 1);
    (void)snprintf(path, sizeof(path), "%s.job.json", name);
    if (job_file_read(session, path, NULL, check->charts_dirs, &job, NULL)) {
        (void)snprintf(path, sizeof(path), "%s.answer.md", name);
        bool has_answer =
            job_file_text(path, (size_t)session->options->limits.answer_bytes_max, &answer, NULL);
        fuzz_case(check, session, name, &job,
                  has_answer ? sbuf_as_span(&answer) : SPAN_LITERAL("## 1. Title\n\nText.\n"),
                  &state);
    }
    job_file_fini(&job);
    sbuf_fini(&answer);
}
