/* post_process: judges an answer by the manifest. It must have the form that was asked for and
 * hold no forbidden phrase and nothing of the chart that the chart does not carry. All that is
 * wrong is told to the model at once, in the job's language. */
#include <stdio.h>

#include "agent/manifest.h"
#include "core/arena.h"
#include "core/json.h"
#include "core/sbuf.h"
#include "engine/review-private.h"
#include "engine/text.h"

#define CORRECTION_BYTES_MAX (16u * 1024)
#define HEADING_BYTES 320

/* --- faults --------------------------------------------------------------------- */

static struct json_object *type_new(const char *type)
{
    struct json_object *schema = json_object_new_object();
    json_object_object_add(schema, "type", json_object_new_string(type));
    return schema;
}

void review_add_fault(struct review *review, const char *key, struct span title, size_t number)
{
    struct json_object *text_schema = type_new("string"), *number_schema = type_new("integer");
    const struct template_root roots[TEMPLATE_ROOTS_MAX] = {
        {.name = "title", .schema = text_schema}, {.name = "number", .schema = number_schema}};
    struct json_object *const values[TEMPLATE_ROOTS_MAX] = {
        json_object_new_string_len(title.data, (int)title.len),
        json_object_new_int64((int64_t)number)};
    struct template_parts fault;
    struct err ignored = {ERR_NONE, ""};
    sbuf_puts(&review->faults, "\n- ");
    if (template_parse(review->arena, key, words_get(review->language->words, "correct", key),
                       roots, TEMPLATE_ROOTS_MAX, &fault, &ignored)) {
        template_render(&review->faults, &fault, values, &review->language->template_words);
    }
    for (size_t i = 0; i < TEMPLATE_ROOTS_MAX; i++) {
        json_object_put(values[i]);
        json_object_put(roots[i].schema);
    }
}

/* --- what an answer must be -------------------------------------------------------- */

/* No word at all: only signs and white space. */
static bool is_hollow(struct review *review, struct span text)
{
    struct folded folded;
    return fold_text(review->arena, text, &folded) && folded.count == 0;
}

static void review_section(struct review *review, size_t part)
{
    const struct engine_section *section = &review->language->sections[part];
    struct span text = review->sections.parts[part];
    char heading[HEADING_BYTES];
    (void)snprintf(heading, sizeof(heading), "## %zu. %.*s", part + 1, (int)section->title.len,
                   section->title.data);
    struct span shown = {heading, span_utf8_len(span_of(heading))};
    size_t chars = text_chars(text);
    if (review->sections.seen[part] == 0) {
        review_add_fault(review, "missing", shown, 0);
    } else if (review->sections.seen[part] > 1) {
        review_add_fault(review, "twice", shown, 0);
    } else if (is_hollow(review, text)) {
        review_add_fault(review, "hollow", shown, 0);
    } else if (chars < (size_t)section->chars_min) {
        review_add_fault(review, "short", shown, (size_t)section->chars_min);
    } else if (section->chars_max > 0 && chars > (size_t)section->chars_max) {
        review_add_fault(review, "long", shown, (size_t)section->chars_max);
    }
}

static void review_sections(struct review *review)
{
    size_t count = review->engine->sections_count;
    sections_split(review->body, count, &review->sections);
    for (size_t part = 0; part < count; part++) {
        review_section(review, part);
    }
    if (review->sections.unknown != 0) {
        review_add_fault(review, "unknown", SPAN_LITERAL(""), review->sections.unknown);
    } else if (!review->sections.is_in_order && review->faults.len == 0) {
        review_add_fault(review, "order", SPAN_LITERAL(""), 0);
    }
}

/* What is held against phrases and chart. */
static struct span said(const struct review *review)
{
    return review->values.len > 0 ? sbuf_as_span(&review->values) : review->body;
}

/* Every forbidden word or phrase the text holds, named once. False when memory ran out. */
static bool review_phrases(struct review *review)
{
    struct phrase_text sought = {.is_taken = NULL};
    if (!fold_text(review->arena, said(review), &sought.folded)) {
        return false;
    }
    for (size_t i = 0; i < review->language->forbidden_count; i++) {
        const struct engine_phrase *forbidden = &review->language->forbidden[i];
        struct phrase_match match;
        if (phrase_find(&forbidden->phrase, &sought, 0, &match)) {
            review_add_fault(review, "forbidden", forbidden->text, 0);
        }
    }
    return true;
}

static void on_claim(void *ctx, struct agenthost_text kind, struct agenthost_text quote)
{
    (void)kind;
    review_add_fault(ctx, "claim", text_span(quote), 0);
}

/* Nothing may be said of the chart that it does not carry. False when that is not known. */
static bool review_claims(struct review *review)
{
    const struct engine *engine = review->engine;
    bool has_chart = engine->manifest->chart == MANIFEST_CHART_REQUIRED || review->chart.len > 0;
    return engine->facts == NULL || !has_chart ||
           engine->facts->check(engine->host, review->chart, text_of(said(review)), on_claim,
                                review) >= 0;
}

/* False when the answer cannot be judged. An answer before the last is only material for the
 * next pass: it must say something. */
static bool judge(struct review *review, struct span text, bool is_last)
{
    review->body = text_trim(text);
    if (text.len > ENGINE_TEXT_BYTES_MAX) {
        return false;
    }
    if (!span_is_utf8(text)) {
        review_add_fault(review, "not_utf8", SPAN_LITERAL(""), 0);
        return true;
    }
    if (is_hollow(review, text)) {
        review_add_fault(review, "empty", SPAN_LITERAL(""), 0);
        return true;
    }
    if (!is_last) {
        return true;
    }
    if (review->engine->answer_schema.len > 0) {
        review_json(review);
    } else if (review->engine->sections_count > 0) {
        review_sections(review);
    }
    return !review->values.is_failed && review_phrases(review) && review_claims(review);
}

/* --- what becomes of it --------------------------------------------------------------- */

static enum agenthost_status ask_again(struct review *review, struct agenthost_result *result)
{
    struct sbuf text;
    sbuf_init(&text, CORRECTION_BYTES_MAX);
    sbuf_span(&text, words_get(review->language->words, "correct", "begin"));
    sbuf_span(&text, sbuf_as_span(&review->faults));
    sbuf_puts(&text, "\n");
    sbuf_span(&text, words_get(review->language->words, "correct", "end"));
    result->correct(result, text_of(sbuf_as_span(&text)));
    result->say(result, text_of(SPAN_LITERAL("the answer is not as asked for")));
    sbuf_fini(&text);
    return AGENTHOST_REASK;
}

static enum agenthost_status give_up(struct agenthost_result *result)
{
    result->say(result, text_of(SPAN_LITERAL("the answer cannot be judged")));
    return AGENTHOST_INTERNAL;
}

/* Gives the sections, and appends the text made of them: what stood before the first heading is
 * not part of the answer. */
static void give_sections(struct review *review, struct agenthost_result *result, struct sbuf *text)
{
    for (size_t part = 0; part < review->engine->sections_count; part++) {
        const struct engine_section *section = &review->language->sections[part];
        struct span body = review->sections.parts[part];
        sbuf_printf(text, "%s## %zu. %.*s\n\n", part > 0 ? "\n\n" : "", part + 1,
                    (int)section->title.len, section->title.data);
        sbuf_span(text, body);
        result->section(result, text_of(section->id), text_of(section->title), text_of(body));
    }
    if (review->sections.preamble.len > 0) {
        const struct agenthost_host *host = review->engine->host;
        host->log(host, AGENTHOST_LOG_DEBUG,
                  text_of(SPAN_LITERAL("left out what stood before the first heading")));
    }
}

static enum agenthost_status accept(struct review *review, struct agenthost_result *result)
{
    struct sbuf text;
    sbuf_init(&text, ENGINE_TEXT_BYTES_MAX);
    if (review->engine->sections_count > 0) {
        give_sections(review, result, &text);
    } else {
        sbuf_span(&text, review->body);
    }
    if (review->engine->answer_schema.len > 0) {
        result->content(result, text_of(review->body));
    }
    if (review->language->disclaimer.len > 0) {
        sbuf_puts(&text, "\n\n---\n\n");
        sbuf_span(&text, review->language->disclaimer);
    }
    bool is_whole = !text.is_failed;
    result->text(result, text_of(sbuf_as_span(&text)));
    sbuf_fini(&text);
    return is_whole ? AGENTHOST_OK : give_up(result);
}

enum agenthost_status engine_post_process(void *agent, const struct agenthost_job *job,
                                          const struct agenthost_answer *answer,
                                          struct agenthost_result *result)
{
    const struct engine *engine = agent;
    struct review review = {
        .engine = engine,
        .language = engine_language_of(engine, text_span(job->locale)),
        .chart = job->chart,
        .arena = arena_create(ENGINE_CALL_BYTES_MAX),
    };
    sbuf_init(&review.faults, CORRECTION_BYTES_MAX / 2);
    sbuf_init(&review.values, 2 * ENGINE_TEXT_BYTES_MAX);
    bool is_last = answer->pass + 1 >= engine->manifest->passes_max;
    bool is_judged = judge(&review, text_span(answer->text), is_last);
    bool is_faulty = review.faults.len > 0 || review.faults.is_failed;
    enum agenthost_status status = !is_judged  ? give_up(result)
                                   : is_faulty ? ask_again(&review, result)
                                   : is_last   ? accept(&review, result)
                                               : AGENTHOST_NEXT;
    sbuf_fini(&review.values);
    sbuf_fini(&review.faults);
    arena_destroy(&review.arena);
    return status;
}
