/* Records of a run in the log. A record is one JSON object a line: what, what is known of it, and
 * its text in pieces that a line can hold, each with its place ("at") in the whole ("of"). */
#include "job/transcript.h"

#include "agent/agents.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "job/ask.h"
#include "job/job.h"
#include "job/pipeline.h"

/* Six times that and a reason of 400, all escaped, fit into a message of the log. */
#define TRANSCRIPT_PIECE_BYTES 800
#define TRANSCRIPT_HEAD_BYTES_MAX 16384
#define TRANSCRIPT_LINE_BYTES_MAX 32768

static bool transcript_is_wanted(const struct job *job)
{
    return log_enabled(LOG_DEBUG) && job->pipeline->options->log.texts;
}

/* head is the object's beginning, without a closing brace. */
static void transcript_write(const struct job *job, const struct sbuf *head, struct span text)
{
    size_t at = 0;
    do {
        size_t left = text.len - at;
        struct span piece = {text.data + at,
                             left < TRANSCRIPT_PIECE_BYTES ? left : TRANSCRIPT_PIECE_BYTES};
        piece.len = piece.len < left ? span_utf8_len(piece) : left;
        struct sbuf line;
        sbuf_init(&line, TRANSCRIPT_LINE_BYTES_MAX);
        sbuf_span(&line, sbuf_as_span(head));
        sbuf_printf(&line, ",\"at\":%zu,\"of\":%zu,\"text\":", at, text.len);
        sbuf_json_string(&line, piece);
        sbuf_putc(&line, '}');
        log_debug("transcript", job_log(job), "%s", line.data);
        sbuf_fini(&line);
        at += piece.len > 0 ? piece.len : left; /* text that is no UTF-8 ends here */
    } while (at < text.len);
}

static void transcript_begin(struct sbuf *head, const struct job *job, const char *what)
{
    sbuf_init(head, TRANSCRIPT_HEAD_BYTES_MAX);
    sbuf_printf(head, "{\"what\":\"%s\",\"pass\":%u,\"round\":%u", what, job->pass + 1,
                job->round + 1);
}

static void transcript_member(struct sbuf *head, const char *key, const char *value)
{
    sbuf_printf(head, ",\"%s\":", key);
    sbuf_json_string(head, span_of(value != NULL ? value : ""));
}

void transcript_prompt(const struct job *job)
{
    if (!transcript_is_wanted(job)) {
        return;
    }
    bool is_new = job->round == 0;
    for (uint32_t i = is_new ? 0 : job->messages_count - 1; i < job->messages_count; i++) {
        struct sbuf head;
        transcript_begin(&head, job, "prompt");
        sbuf_printf(&head, ",\"try\":%u,\"maxTokens\":%u", job->try_ + 1, ask_max_tokens(job));
        transcript_member(&head, "role", job->messages[i].role);
        transcript_write(job, &head, job->messages[i].text);
        sbuf_fini(&head);
    }
}

void transcript_answer(const struct job *job, const struct model_result *result)
{
    if (!transcript_is_wanted(job)) {
        return;
    }
    struct sbuf head;
    transcript_begin(&head, job, "answer");
    transcript_member(&head, "model", result->model);
    transcript_member(&head, "finish", result->finish_reason);
    transcript_member(&head, "reason", result->reason);
    sbuf_printf(&head, ",\"promptTokens\":%lld,\"completionTokens\":%lld,\"ms\":%lld",
                (long long)result->prompt_tokens, (long long)result->completion_tokens,
                (long long)result->duration_ms);
    transcript_write(job, &head, result->text);
    sbuf_fini(&head);
}

void transcript_finding(const struct job *job, const char *call, const char *finding,
                        const struct agent_reply *reply, struct span text)
{
    if (!transcript_is_wanted(job)) {
        return;
    }
    struct sbuf head;
    transcript_begin(&head, job, "finding");
    transcript_member(&head, "call", call);
    transcript_member(&head, "finding", finding);
    transcript_member(&head, "facts",
                      reply->is_beyond_chart ? "beyond the chart"
                      : reply->is_checked    ? "passed"
                                             : "not checked");
    transcript_member(&head, "reason", reply->reason);
    transcript_write(job, &head, text);
    sbuf_fini(&head);
}

static const char *transcript_end_name(const struct job *job, enum queue_end end)
{
    switch (end) {
    case QUEUE_COMPLETED:
        return job->is_declined ? "declined" : "completed";
    case QUEUE_FAILED:
        return "failed";
    case QUEUE_RETRYING:
        return "will be retried";
    case QUEUE_PARKED:
        return "waits";
    case QUEUE_RETURNED:
        return "given back";
    case QUEUE_LOST:
        return "lost";
    }
    return "lost";
}

void transcript_end(const struct job *job, enum queue_end end)
{
    if (!transcript_is_wanted(job)) {
        return;
    }
    const struct verdict *verdict = &job->concluded;
    struct sbuf head;
    transcript_begin(&head, job, "end");
    transcript_member(&head, "end", transcript_end_name(job, end));
    transcript_member(&head, "readingId", job->reading_id);
    sbuf_printf(&head, ",\"version\":%u,\"ms\":%lld", job->version,
                (long long)(clock_mono_ms() - job->started_ms));
    if (verdict->kind == VERDICT_FAIL) {
        transcript_member(&head, "code", outcome_of(verdict->code)->code);
    } else if (verdict->kind == VERDICT_PARK) {
        transcript_member(&head, "code", queue_park_reason_name(verdict->reason));
    }
    transcript_write(job, &head, span_of(verdict->text));
    sbuf_fini(&head);
}
