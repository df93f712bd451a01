/* The answers of a run, read from and written to its record. */
#include "job/answers.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "core/arena.h"
#include "core/json.h"
#include "model/model.h"
#include "queue/queue.h"

static const char *const answer_verdict_words[] = {
    [ANSWER_ACCEPTED] = "accept",
    [ANSWER_NEXT] = "next",
    [ANSWER_REASKED] = "reask",
    [ANSWER_REFUSED] = "refuse",
};

/* An absent text is "": what a log or a usage row shows is then empty, not NULL. */
static const char *answer_text(struct json_object *object, const char *key, struct arena *arena)
{
    struct span text;
    return json_get_text(object, key, &text) ? arena_strndup(arena, text.data, text.len) : "";
}

static int64_t answer_int(struct json_object *object, const char *key)
{
    int64_t value;
    return json_get_int(object, key, &value) ? value : -1;
}

/* False when the arena was full under one of its texts. */
static bool answer_is_whole(const struct answer *answer)
{
    return answer->text.data != NULL && answer->finish_reason != NULL && answer->model != NULL &&
           answer->provider != NULL && answer->call_id != NULL && answer->request_hash != NULL &&
           answer->request_id != NULL;
}

static bool answer_read(struct answer *answer, struct span text, struct json_object *object,
                        struct arena *arena)
{
    answer->text = (struct span){arena_strndup(arena, text.data, text.len), text.len};
    answer->finish_reason = answer_text(object, "finish", arena);
    answer->model = answer_text(object, "model", arena);
    answer->provider = answer_text(object, "provider", arena);
    answer->call_id = answer_text(object, "call", arena);
    answer->request_hash = answer_text(object, "req", arena);
    answer->request_id = answer_text(object, "requestId", arena);
    struct json_object *usage = json_get(object, "usage");
    answer->prompt_tokens = answer_int(usage, "prompt");
    answer->completion_tokens = answer_int(usage, "completion");
    answer->total_tokens = answer_int(usage, "total");
    struct json_object *cost = json_get(usage, "costUsd");
    answer->cost_usd = cost != NULL ? json_object_get_double(cost) : NAN;
    answer->first_token_ms = answer_int(object, "firstTokenMs");
    answer->duration_ms = answer_int(object, "durationMs");
    return answer_is_whole(answer);
}

static void answers_read_verdict(const struct answers *answers, const struct queue_answer *recorded,
                                 struct arena *arena)
{
    struct json_object *object = NULL;
    struct span word;
    if (!json_parse(recorded->json, &object, NULL)) {
        return;
    }
    if (json_get_text(object, "verdict", &word)) {
        for (uint32_t i = 0; i < answers->count; i++) {
            struct answer *answer = &answers->items[i];
            if (answer->pass != recorded->pass || answer->round != recorded->round) {
                continue;
            }
            for (size_t v = ANSWER_ACCEPTED; v < ARRAY_LEN(answer_verdict_words); v++) {
                if (span_is(word, answer_verdict_words[v])) {
                    answer->verdict = (enum answer_verdict)v;
                }
            }
            struct span correction;
            if (json_get_text(object, "correction", &correction)) {
                char *copy = arena_strndup(arena, correction.data, correction.len);
                answer->correction = (struct span){copy, copy != NULL ? correction.len : 0};
            }
        }
    }
    json_object_put(object);
}

/* Appends an empty answer; NULL when the arena is full. */
static struct answer *answers_add(struct answers *answers, struct arena *arena)
{
    if (answers->count == answers->capacity) {
        uint32_t capacity = answers->capacity > 0 ? answers->capacity * 2 : 4;
        struct answer *items = arena_alloc(arena, capacity * sizeof(*items));
        if (items == NULL) {
            return NULL;
        }
        if (answers->count > 0) {
            memcpy(items, answers->items, answers->count * sizeof(*items));
        }
        answers->items = items;
        answers->capacity = capacity;
    }
    struct answer *answer = &answers->items[answers->count++];
    *answer = (struct answer){.cost_usd = NAN};
    return answer;
}

bool answers_read(struct answers *answers, const struct queue_run *run, struct arena *arena)
{
    for (size_t i = 0; i < run->answers_count; i++) {
        struct json_object *object = NULL;
        struct span text;
        if (!json_parse(run->answers[i].json, &object, NULL) ||
            !json_get_text(object, "text", &text)) {
            json_object_put(object);
            continue;
        }
        struct answer *answer = answers_add(answers, arena);
        bool is_kept = answer != NULL && answer_read(answer, text, object, arena);
        json_object_put(object);
        if (!is_kept) {
            return false;
        }
        answer->pass = run->answers[i].pass;
        answer->round = run->answers[i].round;
        answer->try_ = run->answers[i].try_;
    }
    for (size_t i = 0; i < run->verdicts_count; i++) {
        answers_read_verdict(answers, &run->verdicts[i], arena);
    }
    return true;
}

struct answer *answers_find(const struct answers *answers, uint32_t pass, uint32_t round,
                            uint32_t try_)
{
    for (uint32_t i = 0; i < answers->count; i++) {
        struct answer *answer = &answers->items[i];
        if (answer->pass == pass && answer->round == round && answer->try_ == try_) {
            return answer;
        }
    }
    return NULL;
}

struct answer answer_of_result(const struct model_result *result, const char *provider,
                               const char *call_id)
{
    return (struct answer){
        .text = result->text,
        .finish_reason = result->finish_reason,
        .model = result->model,
        .provider = provider,
        .call_id = call_id,
        .request_hash = result->request_hash,
        .request_id = result->request_id,
        .prompt_tokens = result->prompt_tokens,
        .completion_tokens = result->completion_tokens,
        .total_tokens = result->total_tokens,
        .cost_usd = result->cost_usd,
        .first_token_ms = result->first_token_ms,
        .duration_ms = result->duration_ms,
    };
}

struct answer *answers_keep(struct answers *answers, const struct answer *borrowed,
                            struct arena *arena)
{
    struct answer copy = *borrowed;
    copy.text.data = arena_strndup(arena, borrowed->text.data, borrowed->text.len);
    copy.finish_reason = arena_strdup(arena, borrowed->finish_reason);
    copy.model = arena_strdup(arena, borrowed->model);
    copy.provider = arena_strdup(arena, borrowed->provider);
    copy.call_id = arena_strdup(arena, borrowed->call_id);
    copy.request_hash = arena_strdup(arena, borrowed->request_hash);
    copy.request_id = arena_strdup(arena, borrowed->request_id);
    bool is_whole = answer_is_whole(&copy);
    struct answer *answer = is_whole ? answers_add(answers, arena) : NULL;
    if (answer != NULL) {
        *answer = copy;
    }
    return answer;
}

static void answer_member(struct sbuf *out, const char *key, const char *text)
{
    sbuf_printf(out, "\"%s\":", key);
    sbuf_json_string(out, span_of(text));
    sbuf_putc(out, ',');
}

void answer_render(const struct answer *answer, struct sbuf *out)
{
    sbuf_putc(out, '{');
    answer_member(out, "req", answer->request_hash);
    answer_member(out, "finish", answer->finish_reason);
    answer_member(out, "model", answer->model);
    answer_member(out, "provider", answer->provider);
    answer_member(out, "call", answer->call_id);
    answer_member(out, "requestId", answer->request_id);
    sbuf_printf(out, "\"usage\":{\"prompt\":%lld,\"completion\":%lld,\"total\":%lld",
                (long long)answer->prompt_tokens, (long long)answer->completion_tokens,
                (long long)answer->total_tokens);
    if (!isnan(answer->cost_usd)) {
        sbuf_printf(out, ",\"costUsd\":%.10g", answer->cost_usd);
    }
    sbuf_printf(out, "},\"firstTokenMs\":%lld,\"durationMs\":%lld,\"text\":",
                (long long)answer->first_token_ms, (long long)answer->duration_ms);
    sbuf_json_string(out, answer->text);
    sbuf_putc(out, '}');
}

void answer_render_verdict(enum answer_verdict verdict, struct span correction, struct sbuf *out)
{
    sbuf_printf(out, "{\"verdict\":\"%s\"", answer_verdict_words[verdict]);
    if (correction.len > 0) {
        sbuf_puts(out, ",\"correction\":");
        sbuf_json_string(out, correction);
    }
    sbuf_putc(out, '}');
}

static int64_t answers_plus(int64_t sum, int64_t value)
{
    return sum < 0 || value < 0 ? -1 : sum + value;
}

void answers_sum(const struct answers *answers, struct answers_usage *ret_usage)
{
    struct answers_usage sum = {0};
    for (uint32_t i = 0; i < answers->count; i++) {
        const struct answer *answer = &answers->items[i];
        sum.prompt_tokens = answers_plus(sum.prompt_tokens, answer->prompt_tokens);
        sum.completion_tokens = answers_plus(sum.completion_tokens, answer->completion_tokens);
        sum.total_tokens = answers_plus(sum.total_tokens, answer->total_tokens);
        sum.cost_usd += answer->cost_usd; /* NAN stays NAN */
        sum.duration_ms += answer->duration_ms > 0 ? answer->duration_ms : 0;
    }
    *ret_usage = sum;
}
