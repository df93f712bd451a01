/* Judges an answer: five parts, each with something to say, none with forbidden words, and nothing
 * said of the chart that it does not carry. */
#include <stdio.h>

#include "common/reading.h"
#include "common/sections.h"
#include "common/text.h"
#include "core/arena.h"
#include "core/sbuf.h"

#define CORRECTION_BYTES_MAX (16u * 1024)
#define TEXT_BYTES_MAX (480u * 1024)

struct review {
    const struct reading *reading;
    const struct reading_language *language;
    const struct reading_limits *limits;
    struct agenthost_text chart;
    struct arena *arena;
    struct sections sections;
    struct sbuf faults; /* what the model is told, one a line; empty = nothing wrong */
};

/* Adds one fault, its text being the word of that key with {{title}} and {{number}} filled. */
static void add_fault(struct review *review, const char *key, struct span title, size_t number)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "%zu", number);
    struct template_value values[] = {{"title", title}, {"number", span_of(digits)}};
    sbuf_puts(&review->faults, "\n- ");
    template_render(&review->faults, words_join(&review->language->words, "correct", key), values,
                    ARRAY_LEN(values));
}

/* No word at all: only signs and white space. */
static bool is_hollow(struct review *review, struct span text)
{
    struct folded folded;
    return fold_text(review->arena, text, &folded) && folded.count == 0;
}

static void review_part(struct review *review, size_t part)
{
    struct span text = review->sections.parts[part];
    char heading[256];
    struct span title = review->language->sections[part].title;
    (void)snprintf(heading, sizeof(heading), "## %zu. %.*s", part + 1, (int)title.len, title.data);
    size_t chars = text_chars(text);
    if (review->sections.seen[part] == 0) {
        add_fault(review, "missing", span_of(heading), 0);
    } else if (review->sections.seen[part] > 1) {
        add_fault(review, "twice", span_of(heading), 0);
    } else if (is_hollow(review, text)) {
        add_fault(review, "hollow", span_of(heading), 0);
    } else if (chars < review->limits->part_chars_min) {
        add_fault(review, "short", span_of(heading), review->limits->part_chars_min);
    } else if (chars > review->limits->part_chars_max) {
        add_fault(review, "long", span_of(heading), review->limits->part_chars_max);
    }
}

/* Every forbidden word or phrase the text holds, named once. False when memory ran out. */
static bool review_words(struct review *review, struct span text)
{
    struct pattern_text sought = {.is_taken = NULL};
    if (!fold_text(review->arena, text, &sought.folded)) {
        return false;
    }
    for (size_t i = 0; i < review->language->forbidden_count; i++) {
        const struct reading_phrase *phrase = &review->language->forbidden[i];
        struct pattern_match match;
        if (pattern_find(&phrase->pattern, &sought, 0, &match)) {
            add_fault(review, "forbidden", phrase->text, 0);
        }
    }
    return true;
}

static void on_claim(void *ctx, struct agenthost_text kind, struct agenthost_text quote)
{
    (void)kind;
    add_fault(ctx, "claim", text_span(quote), 0);
}

/* Nothing may be said of the chart that it does not carry. False when that is not known. */
static bool review_claims(struct review *review, struct span text)
{
    const struct reading *reading = review->reading;
    return reading->facts->check(reading->host, review->chart, text_of(text), on_claim, review) >=
           0;
}

static bool review_text(struct review *review, struct span text)
{
    sections_split(text, READING_PARTS, &review->sections);
    for (size_t part = 0; part < READING_PARTS; part++) {
        review_part(review, part);
    }
    if (review->sections.unknown != 0) {
        add_fault(review, "unknown", SPAN_LITERAL(""), review->sections.unknown);
    } else if (!review->sections.is_in_order && review->faults.len == 0) {
        add_fault(review, "order", SPAN_LITERAL(""), 0);
    }
    return review_words(review, text) && review_claims(review, text);
}

static enum agenthost_status ask_again(struct review *review, struct agenthost_result *result)
{
    struct sbuf text;
    sbuf_init(&text, CORRECTION_BYTES_MAX);
    sbuf_span(&text, words_get(&review->language->words, "correct.begin"));
    sbuf_span(&text, sbuf_as_span(&review->faults));
    sbuf_puts(&text, "\n");
    sbuf_span(&text, words_get(&review->language->words, "correct.end"));
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

/* Gives the sections, and the text made of them: what stood before the first heading is not
 * part of the reading. */
static enum agenthost_status accept(struct review *review, struct agenthost_result *result)
{
    struct sbuf text;
    if (review->sections.preamble.len > 0) {
        const struct agenthost_host *host = review->reading->host;
        host->log(host, AGENTHOST_LOG_DEBUG,
                  text_of(SPAN_LITERAL("left out what stood before the first heading")));
    }
    sbuf_init(&text, TEXT_BYTES_MAX);
    for (size_t part = 0; part < READING_PARTS; part++) {
        const struct reading_section *section = &review->language->sections[part];
        struct span body = review->sections.parts[part];
        sbuf_printf(&text, "%s## %zu. %.*s\n\n", part > 0 ? "\n\n" : "", part + 1,
                    (int)section->title.len, section->title.data);
        sbuf_span(&text, body);
        result->section(result, text_of(section->id), text_of(section->title), text_of(body));
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

enum agenthost_status reading_review(void *agent, const struct agenthost_job *job,
                                     const struct agenthost_answer *answer,
                                     struct agenthost_result *result,
                                     const struct reading_limits *limits)
{
    struct review review = {
        .reading = agent,
        .language = reading_language_of(agent, text_span(job->locale)),
        .limits = limits,
        .chart = job->chart,
        .arena = arena_create(READING_CALL_BYTES_MAX),
    };
    sbuf_init(&review.faults, CORRECTION_BYTES_MAX / 2);
    struct span text = text_span(answer->text);
    bool is_judged = text.len <= TEXT_BYTES_MAX;
    if (!span_is_utf8(text)) {
        add_fault(&review, "not_utf8", SPAN_LITERAL(""), 0);
    } else if (text_trim(text).len == 0) {
        add_fault(&review, "empty", SPAN_LITERAL(""), 0);
    } else {
        is_judged = is_judged && review_text(&review, text);
    }
    enum agenthost_status status = !is_judged              ? give_up(result)
                                   : review.faults.len > 0 ? ask_again(&review, result)
                                                           : accept(&review, result);
    sbuf_fini(&review.faults);
    arena_destroy(&review.arena);
    return status;
}
