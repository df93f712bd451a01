/* The steps of check_input and build_prompt before anything is written: read the job, look for
 * danger, read the chart. */
#include "common/danger.h"
#include "common/data.h"
#include "common/input.h"
#include "common/reading.h"
#include "common/text.h"
#include "core/arena.h"
#include "core/json.h"
#include "core/sbuf.h"

enum agenthost_status reading_check_input(void *agent, const struct agenthost_job *job,
                                          struct agenthost_report *report)
{
    const struct reading *reading = agent;
    struct json_object *data = NULL;
    struct err err = {ERR_NONE, ""};
    if (!data_parse(text_span(job->data), &data, &err)) {
        report->say(report, text_of(span_of(err.text)));
        return AGENTHOST_INVALID;
    }
    struct arena *arena = arena_create(READING_CALL_BYTES_MAX);
    struct input input;
    struct input_complaint complaint;
    bool is_good = input_read(reading->manifest, data, arena, &input, &complaint);
    if (!is_good) {
        report->field(report, text_of(span_of(complaint.field)));
        report->say(report, text_of(span_of(complaint.text)));
    }
    arena_destroy(&arena);
    json_object_put(data);
    return is_good ? AGENTHOST_OK : AGENTHOST_INVALID;
}

static enum agenthost_status refuse(struct reading_prompt *prompt, const char *field,
                                    const char *text)
{
    prompt->sink->field(prompt->sink, text_of(span_of(field)));
    prompt->sink->say(prompt->sink, text_of(span_of(text)));
    return AGENTHOST_INVALID;
}

enum agenthost_status reading_prompt_begin(struct reading_prompt *prompt, void *agent,
                                           const struct agenthost_job *job,
                                           struct agenthost_prompt *sink)
{
    const struct reading *reading = agent;
    *prompt = (struct reading_prompt){
        .reading = reading,
        .language = reading_language_of(reading, text_span(job->locale)),
        .job = job,
        .sink = sink,
        .arena = arena_create(READING_CALL_BYTES_MAX),
    };
    struct err err = {ERR_NONE, ""};
    if (!data_parse(text_span(job->data), &prompt->data, &err)) {
        return refuse(prompt, "", err.text);
    }
    struct input input;
    struct input_complaint complaint;
    if (!input_read(reading->manifest, prompt->data, prompt->arena, &input, &complaint)) {
        return refuse(prompt, complaint.field, complaint.text);
    }
    prompt->context = input.context;
    prompt->depth = input.depth;
    prompt->style = input.style;
    return AGENTHOST_OK;
}

enum agenthost_status reading_prompt_danger(struct reading_prompt *prompt)
{
    if (!danger_is_worded(prompt->reading->danger, prompt->arena, prompt->context)) {
        return AGENTHOST_OK;
    }
    prompt->sink->text(prompt->sink, text_of(prompt->language->help));
    prompt->sink->say(prompt->sink,
                      text_of(SPAN_LITERAL("the context words acute danger: answered with help "
                                           "lines, no model was asked")));
    return AGENTHOST_DECLINE;
}

enum agenthost_status reading_prompt_chart(struct reading_prompt *prompt)
{
    struct err err = {ERR_NONE, ""};
    if (!data_parse(text_span(prompt->job->chart), &prompt->chart, &err)) {
        return refuse(prompt, "chart", err.text);
    }
    struct chart_fault fault;
    if (!facts_read(prompt->chart, &prompt->facts, &fault)) {
        return refuse(prompt, fault.field, fault.remedy);
    }
    return AGENTHOST_OK;
}

void reading_prompt_end(struct reading_prompt *prompt)
{
    json_object_put(prompt->chart);
    json_object_put(prompt->data);
    arena_destroy(&prompt->arena);
}

struct template_value reading_prompt_centers(struct reading_prompt *prompt, const char *name,
                                             uint32_t mask, bool is_defined)
{
    struct sbuf text;
    sbuf_init(&text, 512);
    facts_centers(&text, &prompt->facts, &prompt->language->words, mask, is_defined);
    char *copy = arena_strndup(prompt->arena, text.data, text.len);
    struct template_value value = {name, {copy, copy != NULL ? text.len : 0}};
    sbuf_fini(&text);
    return value;
}
