/* One job from its data to its reading. */
#include "talk.h"

#include <stdio.h>
#include <string.h>

#include "agent/manifest.h"
#include "agent/session.h"
#include "job_file.h"

struct talker {
    struct session *session;
    struct talk *talk;
    talk_ask_fn ask;
    void *ctx;
    struct agent_job job;
    struct agent_reply prompt;
    struct talk_message messages[TALK_MESSAGES_MAX];
    uint32_t messages_count;
    struct agent_pair earlier[TALK_PASSES_MAX];
    uint32_t round;
};

static const char *const talk_roles[] = {"system", "user", "assistant"};

const char *talk_end_name(enum talk_end end)
{
    static const char *const names[] = {
        [TALK_READING] = "completed", [TALK_DECLINED] = "declined",
        [TALK_INVALID] = "invalid",   [TALK_AGAIN] = "again",
        [TALK_REFUSED] = "refused",   [TALK_UNANSWERED] = "unanswered",
        [TALK_FAULT] = "fault"};
    return names[end];
}

void talk_render_prompt(const struct agent_reply *reply, bool is_whole, struct sbuf *out)
{
    for (uint32_t i = 0; i < reply->messages_count; i++) {
        sbuf_printf(out, "=== %s ===\n", talk_roles[reply->messages[i].role]);
        sbuf_span(out, reply->messages[i].text);
        sbuf_puts(out, "\n");
    }
    if (!is_whole) {
        return;
    }
    sbuf_printf(out, "outcome %s\n", agent_outcome_name(reply->outcome));
    sbuf_span(out, reply->text);
    if (reply->has_temperature) {
        sbuf_printf(out, "temperature %.17g\n", reply->temperature);
    }
    if (reply->has_max_tokens) {
        sbuf_printf(out, "max_tokens %u\n", reply->max_tokens);
    }
    sbuf_span(out, reply->model_class);
    sbuf_span(out, reply->json_schema);
    for (uint32_t i = 0; i < reply->stops_count; i++) {
        sbuf_puts(out, "\nstop ");
        sbuf_span(out, reply->stops[i]);
    }
}

struct agent_job talk_job(struct session *session, const struct job_file *job)
{
    struct agent_job call = session_job(session);
    call.data = sbuf_as_span(&job->data);
    call.chart = sbuf_as_span(&job->chart);
    call.locale = job->locale;
    return call;
}

/* True when the reply lets the talk go on. */
static bool talk_take(struct talker *talker, const char *function, const struct agent_reply *reply)
{
    struct talk *talk = talker->talk;
    talk->function = function;
    (void)snprintf(talk->reason, sizeof(talk->reason), "%.*s%s%s", (int)reply->field.len,
                   reply->field.data != NULL ? reply->field.data : "",
                   reply->field.len > 0 ? ": " : "", reply->reason);
    switch (reply->outcome) {
    case AGENT_OK:
    case AGENT_NEXT:
    case AGENT_REASK:
        return true;
    case AGENT_DECLINE:
        talk->end = TALK_DECLINED;
        sbuf_puts(&talk->reading, "=== declined ===\n");
        sbuf_span(&talk->reading, reply->text);
        sbuf_puts(&talk->reading, "\n");
        return false;
    case AGENT_INVALID:
    case AGENT_AGAIN:
        talk->end = reply->outcome == AGENT_INVALID ? TALK_INVALID : TALK_AGAIN;
        sbuf_printf(&talk->reading, "=== %s ===\n%s\n", talk_end_name(talk->end), talk->reason);
        return false;
    default:
        talk->end = TALK_FAULT;
        (void)snprintf(talk->reason, sizeof(talk->reason), "%s (%s): %s",
                       agent_outcome_name(reply->outcome), function, reply->reason);
        return false;
    }
}

static bool talk_add_message(struct talker *talker, const char *role, struct span text)
{
    if (talker->messages_count == TALK_MESSAGES_MAX) {
        talker->talk->end = TALK_FAULT;
        (void)snprintf(talker->talk->reason, sizeof(talker->talk->reason), "more than %d messages",
                       TALK_MESSAGES_MAX);
        return false;
    }
    talker->messages[talker->messages_count++] = (struct talk_message){role, text};
    return true;
}

static bool talk_build(struct talker *talker)
{
    struct talk *talk = talker->talk;
    const struct agent_reply *reply = session_build(talker->session, &talker->job);
    if (!talk_take(talker, "build_prompt", reply)) {
        return false;
    }
    size_t before = talk->prompt.len;
    talker->prompt = *reply;
    talker->messages_count = 0;
    talker->round = 0;
    if (talker->job.pass > 0) {
        sbuf_printf(&talk->prompt, "=== pass %u ===\n", talker->job.pass + 1);
    }
    talk_render_prompt(reply, false, &talk->prompt);
    talk->prompt_bytes = talk->prompt.len - before > talk->prompt_bytes ? talk->prompt.len - before
                                                                        : talk->prompt_bytes;
    for (uint32_t i = 0; i < reply->messages_count; i++) {
        if (!talk_add_message(talker, talk_roles[reply->messages[i].role],
                              reply->messages[i].text)) {
            return false;
        }
    }
    return true;
}

static void talk_render_result(struct talk *talk, const struct agent_reply *reply)
{
    sbuf_puts(&talk->reading, "=== text ===\n");
    sbuf_span(&talk->reading, reply->text);
    sbuf_puts(&talk->reading, "\n=== sections ===\n");
    for (uint32_t i = 0; i < reply->sections_count; i++) {
        const struct agent_section *section = &reply->sections[i];
        sbuf_printf(&talk->reading, "[%.*s] %.*s\n", (int)section->id.len, section->id.data,
                    (int)section->title.len, section->title.data);
        sbuf_span(&talk->reading, section->text);
        sbuf_puts(&talk->reading, "\n");
    }
    if (reply->content.len > 0) {
        sbuf_puts(&talk->reading, "=== content ===\n");
        sbuf_span(&talk->reading, reply->content);
        sbuf_puts(&talk->reading, "\n");
    }
}

static bool talk_reask(struct talker *talker, const struct agent_reply *reply, struct span answer)
{
    struct talk *talk = talker->talk;
    if (talker->round >= talker->session->options->agents.reask_max) {
        talk->end = TALK_REFUSED;
        sbuf_printf(&talk->reading, "=== refused ===\n%.*s\n", (int)reply->correction.len,
                    reply->correction.data);
        return false;
    }
    talker->round++;
    sbuf_printf(&talk->corrections, "=== correction %u ===\n", talker->round);
    sbuf_span(&talk->corrections, reply->correction);
    sbuf_puts(&talk->corrections, "\n");
    return talk_add_message(talker, "assistant", answer) &&
           talk_add_message(talker, "user", reply->correction);
}

static bool talk_next_pass(struct talker *talker, struct span answer)
{
    struct agent_job *job = &talker->job;
    uint32_t passes_max = unit_manifest(talker->session->unit)->passes_max;
    if (job->pass + 1 >= passes_max || job->pass + 1 >= TALK_PASSES_MAX) {
        talker->talk->end = TALK_FAULT;
        (void)snprintf(talker->talk->reason, sizeof(talker->talk->reason),
                       "post_process asked for pass %u, the manifest's passes_max is %u",
                       job->pass + 2, passes_max);
        return false;
    }
    talker->earlier[job->earlier_count++] = (struct agent_pair){.pass = job->pass, .value = answer};
    job->earlier = talker->earlier;
    job->pass++;
    return talk_build(talker);
}

/* Asks and judges once; false when the talk is over. */
static bool talk_turn(struct talker *talker)
{
    struct talk *talk = talker->talk;
    struct session *session = talker->session;
    struct sbuf text;
    char model[128] = "";
    const struct talk_question question = {.messages = talker->messages,
                                           .messages_count = talker->messages_count,
                                           .prompt = &talker->prompt,
                                           .number = talk->asked++};
    sbuf_init(&text, (size_t)session->options->limits.answer_bytes_max);
    talk->end = TALK_UNANSWERED;
    if (talker->ask == NULL || !talker->ask(&question, &text, model, sizeof(model), talker->ctx)) {
        sbuf_fini(&text);
        return false;
    }
    /* The next round and pass quote it: it lives as long as the replies. */
    struct span answer = {arena_strndup(session->arena, text.data, text.len), text.len};
    sbuf_fini(&text);
    const struct agent_answer given = {.round = talker->round,
                                       .text = answer,
                                       .finish_reason = SPAN_LITERAL("stop"),
                                       .model = span_of(model),
                                       .prompt_tokens = -1,
                                       .completion_tokens = -1};
    const struct agent_reply *reply = session_process(session, &talker->job, &given);
    if (!talk_take(talker, "post_process", reply)) {
        return false;
    }
    if (reply->outcome == AGENT_NEXT) {
        return talk_next_pass(talker, answer);
    }
    if (reply->outcome == AGENT_REASK) {
        return talk_reask(talker, reply, answer);
    }
    talk->end = TALK_READING;
    talk_render_result(talk, reply);
    return false;
}

void talk_run(struct session *session, const struct job_file *job, talk_ask_fn ask, void *ctx,
              struct talk *ret_talk)
{
    struct talker talker = {.session = session,
                            .talk = ret_talk,
                            .ask = ask,
                            .ctx = ctx,
                            .job = talk_job(session, job)};
    *ret_talk = (struct talk){.end = TALK_UNANSWERED, .function = "check_input"};
    sbuf_init(&ret_talk->prompt, TALK_BYTES_MAX);
    sbuf_init(&ret_talk->corrections, TALK_BYTES_MAX);
    sbuf_init(&ret_talk->reading, TALK_BYTES_MAX);
    if (talk_take(&talker, "check_input", session_check_input(session, &talker.job)) &&
        talk_build(&talker)) {
        while (talk_turn(&talker)) {
        }
    }
}

void talk_fini(struct talk *talk)
{
    sbuf_fini(&talk->prompt);
    sbuf_fini(&talk->corrections);
    sbuf_fini(&talk->reading);
}
