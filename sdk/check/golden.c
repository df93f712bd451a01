/* Golden cases: NAME.job.json with what is expected of it beside it, NAME.prompt.md and, when
 * there is NAME.answer.md (then NAME.answer2.md and so on), NAME.reading.md. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/manifest.h"
#include "agent/session.h"
#include "bundle_check.h"
#include "core/mem.h"
#include "core/options.h"
#include "difference.h"
#include "findings.h"
#include "job_file.h"
#include "talk.h"

static const char golden_end[] = ".job.json";

static int golden_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void check_find_cases(struct check *check)
{
    DIR *dir = opendir(check->testdata);
    const struct dirent *entry;
    bool is_too_many = false;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);
        if (len < sizeof(golden_end) ||
            strcmp(entry->d_name + len - (sizeof(golden_end) - 1), golden_end) != 0) {
            continue;
        }
        char path[PATH_MAX];
        is_too_many = is_too_many || check->cases_count == CHECK_CASES_MAX;
        if (snprintf(path, sizeof(path), "%s/%.*s", check->testdata,
                     (int)(len - (sizeof(golden_end) - 1)), entry->d_name) < PATH_MAX &&
            !is_too_many) {
            check->cases[check->cases_count++] = mem_strdup(path);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    qsort(check->cases, check->cases_count, sizeof(*check->cases), golden_compare);
    if (check->cases_count == 0) {
        findings_add(
            check->findings, "golden",
            "write testdata/NAME.job.json with {\"data\":{…}} and NAME.answer.md, then run "
            "agent-check --update",
            NULL, "there is no case in %s: prompts and readings were not looked at",
            check->testdata);
    }
    if (is_too_many) {
        findings_add(check->findings, "golden", "spread them over folders, a --testdata for each",
                     NULL, "%s has more than %d cases: some were not looked at", check->testdata,
                     CHECK_CASES_MAX);
    }
}

void check_forget_cases(struct check *check)
{
    for (unsigned i = 0; i < check->cases_count; i++) {
        free(check->cases[i]);
    }
    check->cases_count = 0;
}

static bool golden_ask(const struct talk_question *question, struct sbuf *ret_answer,
                       char *ret_model, size_t model_bytes, void *ctx)
{
    char path[PATH_MAX], number[16] = "";
    if (question->number > 0) {
        (void)snprintf(number, sizeof(number), "%u", question->number + 1);
    }
    (void)snprintf(ret_model, model_bytes, "recorded");
    return snprintf(path, sizeof(path), "%s.answer%s.md", (const char *)ctx, number) < PATH_MAX &&
           job_file_text(path, ret_answer->bytes_max, ret_answer, NULL);
}

static void golden_write(const struct check *check, const char *path, struct span text)
{
    FILE *file = fopen(path, "we");
    bool is_ok = file != NULL && fwrite(text.data, 1, text.len, file) == text.len;
    is_ok = file != NULL && fclose(file) == 0 && is_ok;
    if (!is_ok) {
        findings_add(check->findings, "golden", "make the folder writable", NULL,
                     "%s cannot be written: %s", path, strerror(errno));
    } else {
        findings_note(check->findings, "golden", "%s is written", path);
    }
}

static void golden_differs(const struct check *check, const char *path, struct span expected,
                           struct span got)
{
    struct difference difference;
    difference_find(expected, got, &difference);
    findings_add(check->findings, "golden",
                 "mend the agent, or take over what changed with agent-check --update", NULL,
                 "%s:%u: expected %s, the agent gives %s", path, difference.line,
                 difference.expected, difference.got);
}

static void golden_expect(const struct check *check, const char *name, const char *end,
                          struct span got)
{
    char path[PATH_MAX];
    struct sbuf expected = {0};
    if (snprintf(path, sizeof(path), "%s.%s", name, end) >= PATH_MAX) {
        return;
    }
    if (check->is_update) {
        golden_write(check, path, got);
    } else if (!job_file_text(path, TALK_BYTES_MAX, &expected, NULL)) {
        findings_add(check->findings, "golden", "look at what it gives, then agent-check --update",
                     NULL, "%s is missing: what is expected is not on record", path);
    } else if (!span_equals(sbuf_as_span(&expected), got)) {
        golden_differs(check, path, sbuf_as_span(&expected), got);
    } else {
        findings_note(check->findings, "golden", "%s is as recorded", path);
    }
    sbuf_fini(&expected);
}

static void golden_size(const struct check *check, const struct session *session, const char *name,
                        size_t bytes)
{
    int64_t limit = session->options->limits.prompt_bytes_max;
    int64_t wish = unit_manifest(session->unit)->prompt_bytes;
    limit = wish > 0 && wish < limit ? wish : limit;
    if ((int64_t)bytes > limit / 10 * 9) {
        findings_add(check->findings, "size", "shorten the assets, or raise limits.prompt_bytes",
                     NULL, "%s: the prompt has %zu of %lld bytes: a longer context will not fit",
                     name, bytes, (long long)limit);
    } else {
        findings_note(check->findings, "size", "%s: prompt of %zu bytes, at most %lld", name, bytes,
                      (long long)limit);
    }
}

static void golden_judge(const struct check *check, struct session *session, const char *name,
                         const struct talk *talk)
{
    if (talk->end == TALK_FAULT) {
        findings_add(check->findings, "golden",
                     "run it alone: agent-run BUNDLE --job JOB --answer FILE", NULL, "%s: %s", name,
                     talk->reason);
        return;
    }
    if (talk->prompt.len > 0) {
        golden_expect(check, name, "prompt.md", sbuf_as_span(&talk->prompt));
        golden_size(check, session, name, talk->prompt_bytes);
    }
    if (talk->end != TALK_UNANSWERED) {
        golden_expect(check, name, "reading.md", sbuf_as_span(&talk->reading));
    } else if (talk->asked > 1) {
        findings_add(check->findings, "golden", "add the next answer", NULL,
                     "%s: %s.answer%u.md is missing, the agent asked again: %s", name, name,
                     talk->asked, talk->reason);
    }
}

void check_golden(const struct check *check, struct session *session)
{
    for (unsigned i = 0; i < check->cases_count; i++) {
        char path[PATH_MAX];
        struct job_file job;
        struct talk talk;
        struct err err = {0};
        (void)snprintf(path, sizeof(path), "%s%s", check->cases[i], golden_end);
        if (job_file_read(session, path, NULL, check->charts_dirs, &job, &err)) {
            talk_run(session, &job, golden_ask, check->cases[i], &talk);
            golden_judge(check, session, check->cases[i], &talk);
            talk_fini(&talk);
        } else {
            findings_add(check->findings, "golden", "mend the job", NULL, "%s", err.text);
        }
        job_file_fini(&job);
        session_forget(session);
    }
}

/* The whole prompt of one case. */
static bool determinism_prompt(const struct check *check, struct session *session, unsigned index,
                               struct sbuf *out)
{
    char path[PATH_MAX];
    struct job_file job;
    struct err err = {0};
    (void)snprintf(path, sizeof(path), "%s%s", check->cases[index], golden_end);
    bool is_ok = job_file_read(session, path, NULL, check->charts_dirs, &job, &err);
    if (is_ok) {
        struct agent_job call = talk_job(session, &job);
        const struct agent_reply *reply = session_build(session, &call);
        is_ok = reply->outcome == AGENT_OK || reply->outcome == AGENT_DECLINE;
        talk_render_prompt(reply, true, out);
        session_forget(session);
    }
    job_file_fini(&job);
    return is_ok;
}

static void determinism_of(const struct check *check, struct session *first, struct session *second,
                           unsigned index)
{
    struct sbuf texts[3];
    bool is_ok = true;
    for (int i = 0; i < 3; i++) {
        sbuf_init(&texts[i], TALK_BYTES_MAX);
        is_ok = is_ok && determinism_prompt(check, i < 2 ? first : second, index, &texts[i]);
    }
    for (int i = 1; is_ok && i < 3; i++) {
        if (!span_equals(sbuf_as_span(&texts[0]), sbuf_as_span(&texts[i]))) {
            struct difference difference;
            difference_find(sbuf_as_span(&texts[0]), sbuf_as_span(&texts[i]), &difference);
            findings_add(
                check->findings, "determinism",
                "use now_ms and seed of the job, keep nothing between calls, sort what has "
                "no order",
                NULL, "%s: the same job gave another prompt %s: in line %u first %s, then %s",
                check->cases[index], i == 1 ? "the second time" : "in another cell",
                difference.line, difference.expected, difference.got);
            is_ok = false;
        }
    }
    if (is_ok) {
        findings_note(check->findings, "determinism",
                      "%s: the same prompt three times, in two cells", check->cases[index]);
    }
    for (int i = 0; i < 3; i++) {
        sbuf_fini(&texts[i]);
    }
}

void check_determinism(const struct check *check, struct session *session)
{
    struct session other;
    struct err err = {0};
    if (session_open(&other, check->bundle, NULL, 0, &err)) {
        for (unsigned i = check->cases_count; i-- > 0;) {
            determinism_of(check, session, &other, i);
        }
    } else {
        findings_add(check->findings, "determinism", "find out what differs between two starts",
                     NULL, "it started once, but not a second time: %s", err.text);
    }
    session_close(&other);
}
