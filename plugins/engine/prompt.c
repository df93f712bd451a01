/* check_input and build_prompt: the job is read and judged, then its messages are written.
 *
 * The system message is system, knowledge, depth and style, and in the last pass the form that the
 * answer must have; then comes a user message for each pass up to now, with the model's answer
 * behind each but the last. */
#include <stdio.h>

#include "agent/manifest.h"
#include "core/arena.h"
#include "core/json.h"
#include "core/sbuf.h"
#include "engine/danger.h"
#include "engine/engine.h"
#include "engine/input.h"
#include "engine/text.h"
#include "engine/view.h"

/* One prompt on its way. */
struct prompt {
    const struct engine *engine;
    const struct engine_language *language;
    const struct agenthost_job *job;
    struct agenthost_prompt *sink;
    struct arena *arena;
    struct json_object *data, *view; /* view: NULL without a chart */
    struct input input;
};

/* The job's data as an object; the caller's. */
static bool parse_object(struct agenthost_text text, struct json_object **ret_object,
                         struct err *err)
{
    struct json_object *value = NULL;
    struct err why = {ERR_NONE, ""};
    if (text.len > 0 && !json_parse(text_span(text), &value, &why)) {
        return err_set(err, ERR_INVALID, "is not a JSON object: %s", why.text);
    }
    if (!json_object_is_type(value, json_type_object)) {
        json_object_put(value);
        return err_set(err, ERR_INVALID, "is not a JSON object");
    }
    *ret_object = value;
    return true;
}

enum agenthost_status engine_check_input(void *agent, const struct agenthost_job *job,
                                         struct agenthost_report *report)
{
    const struct engine *engine = agent;
    struct json_object *data = NULL;
    struct err err = {ERR_NONE, ""};
    if (!parse_object(job->data, &data, &err)) {
        report->say(report, text_of(span_of(err.text)));
        return AGENTHOST_INVALID;
    }
    struct arena *arena = arena_create(ENGINE_CALL_BYTES_MAX);
    struct input input;
    struct input_complaint complaint;
    bool is_good = input_read(engine->manifest, data, arena, &input, &complaint);
    if (!is_good) {
        report->field(report, text_of(span_of(complaint.field)));
        report->say(report, text_of(span_of(complaint.text)));
    }
    arena_destroy(&arena);
    json_object_put(data);
    return is_good ? AGENTHOST_OK : AGENTHOST_INVALID;
}

/* --- reading the job -------------------------------------------------------------- */

static enum agenthost_status refuse(struct prompt *prompt, const char *field, const char *text)
{
    prompt->sink->field(prompt->sink, text_of(span_of(field)));
    prompt->sink->say(prompt->sink, text_of(span_of(text)));
    return AGENTHOST_INVALID;
}

static enum agenthost_status read_data(struct prompt *prompt)
{
    struct err err = {ERR_NONE, ""};
    struct input_complaint complaint;
    if (!parse_object(prompt->job->data, &prompt->data, &err)) {
        return refuse(prompt, "", err.text);
    }
    if (!input_read(prompt->engine->manifest, prompt->data, prompt->arena, &prompt->input,
                    &complaint)) {
        return refuse(prompt, complaint.field, complaint.text);
    }
    return AGENTHOST_OK;
}

/* True when a text in value, at any depth, words acute danger. The depth is that of the data, which
 * the host bounds. */
static bool is_dangerous(struct prompt *prompt, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_string:
        return danger_is_worded(prompt->engine->danger, prompt->arena,
                                (struct span){json_object_get_string(value),
                                              (size_t)json_object_get_string_len(value)});
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            if (is_dangerous(prompt, json_object_array_get_idx(value, i))) {
                return true;
            }
        }
        return false;
    case json_type_object: {
        json_object_object_foreach(value, name, member)
        {
            (void)name;
            if (is_dangerous(prompt, member)) {
                return true;
            }
        }
        return false;
    }
    default:
        return false;
    }
}

/* Looks at every field that can reach the model. */
static enum agenthost_status look_for_danger(struct prompt *prompt)
{
    struct json_object *inputs = json_get(prompt->engine->manifest->json, "inputs");
    struct json_object *fields = json_get(inputs, "properties");
    if (prompt->engine->danger == NULL || fields == NULL) {
        return AGENTHOST_OK;
    }
    json_object_object_foreach(fields, name, ignored)
    {
        (void)ignored;
        if (is_dangerous(prompt, json_get(prompt->data, name))) {
            prompt->sink->text(prompt->sink, text_of(prompt->language->help));
            prompt->sink->say(prompt->sink,
                              text_of(SPAN_LITERAL("the job words acute danger: answered with help "
                                                   "lines, no model was asked")));
            return AGENTHOST_DECLINE;
        }
    }
    return AGENTHOST_OK;
}

static enum agenthost_status read_chart(struct prompt *prompt)
{
    enum manifest_chart use = prompt->engine->manifest->chart;
    struct json_object *chart = NULL;
    struct err err = {ERR_NONE, ""};
    struct chart_fault fault;
    if (use == MANIFEST_CHART_NONE ||
        (use == MANIFEST_CHART_OPTIONAL && prompt->job->chart.len == 0)) {
        return AGENTHOST_OK;
    }
    if (!parse_object(prompt->job->chart, &chart, &err)) {
        return refuse(prompt, "chart", err.text);
    }
    bool is_good = view_create(chart, prompt->language->words, &prompt->view, &fault);
    json_object_put(chart);
    return is_good ? AGENTHOST_OK : refuse(prompt, fault.field, fault.remedy);
}

/* --- writing the messages ------------------------------------------------------------ */

static void render(struct prompt *prompt, struct sbuf *out, const struct template_parts *text)
{
    struct json_object *const values[TEMPLATE_ROOTS_MAX] = {
        [ENGINE_CHART] = prompt->view,
        [ENGINE_JOB] = prompt->data,
    };
    template_render(out, text, values, &prompt->language->template_words);
}

/* A part of a message: white space at its ends off, an empty line before all but the first. */
static void put_block(struct sbuf *message, struct span text)
{
    text = text_trim(text);
    if (text.len > 0) {
        sbuf_puts(message, message->len > 0 ? "\n\n" : "");
        sbuf_span(message, text);
    }
}

static void put_template(struct prompt *prompt, struct sbuf *message,
                         const struct template_parts *template)
{
    struct sbuf text;
    sbuf_init(&text, ENGINE_MESSAGE_BYTES_MAX);
    render(prompt, &text, template);
    message->is_failed |= text.is_failed;
    put_block(message, sbuf_as_span(&text));
    sbuf_fini(&text);
}

static void put_choice(struct prompt *prompt, struct sbuf *message,
                       const struct engine_choice *choices, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(choices[i].word, word) == 0) {
            put_template(prompt, message, &choices[i].text);
        }
    }
}

/* The headings as the model is to write them, or that JSON is wanted. */
static void put_form(struct prompt *prompt, struct sbuf *message)
{
    const struct engine *engine = prompt->engine;
    const struct engine_language *language = prompt->language;
    if (engine->answer_schema.len > 0) {
        put_block(message, words_get(language->words, "form", "json"));
    }
    if (engine->sections_count == 0) {
        return;
    }
    put_block(message, words_get(language->words, "form", "sections"));
    sbuf_puts(message, "\n");
    for (size_t i = 0; i < engine->sections_count; i++) {
        struct span title = language->sections[i].title;
        sbuf_printf(message, "\n## %zu. %.*s", i + 1, (int)title.len, title.data);
    }
}

static void write_system(struct prompt *prompt, struct sbuf *message)
{
    const struct engine_language *language = prompt->language;
    put_template(prompt, message, &language->system);
    put_block(message, language->knowledge);
    put_choice(prompt, message, language->depths, language->depths_count, prompt->input.depth);
    put_choice(prompt, message, language->styles, language->styles_count, prompt->input.style);
    if (prompt->job->pass + 1 == prompt->engine->manifest->passes_max) {
        put_form(prompt, message);
    }
}

static bool send(struct prompt *prompt, enum agenthost_role role, const struct sbuf *message)
{
    if (!message->is_failed) {
        prompt->sink->message(prompt->sink, role, text_of(sbuf_as_span(message)));
    }
    return !message->is_failed;
}

/* The pass's messages: all user messages up to now, with the answers they got. */
static bool write_passes(struct prompt *prompt, struct sbuf *message)
{
    const struct agenthost_job *job = prompt->job;
    for (uint32_t pass = 0; pass <= job->pass; pass++) {
        sbuf_clear(message);
        put_template(prompt, message, &prompt->language->users[pass]);
        if (!send(prompt, AGENTHOST_USER, message)) {
            return false;
        }
        if (pass < job->earlier_count) {
            prompt->sink->message(prompt->sink, AGENTHOST_ASSISTANT, job->earlier[pass].text);
        }
    }
    return true;
}

static enum agenthost_status write_messages(struct prompt *prompt)
{
    const struct agenthost_job *job = prompt->job;
    if (job->pass >= prompt->engine->manifest->passes_max || job->earlier_count != job->pass) {
        prompt->sink->say(prompt->sink, text_of(SPAN_LITERAL("the pass is not as it should be")));
        return AGENTHOST_INTERNAL;
    }
    struct sbuf message;
    sbuf_init(&message, ENGINE_MESSAGE_BYTES_MAX);
    write_system(prompt, &message);
    bool is_good = send(prompt, AGENTHOST_SYSTEM, &message) && write_passes(prompt, &message);
    sbuf_fini(&message);
    if (!is_good) {
        /* The bundle's own texts are far from that: it is the job's that are too long. */
        return refuse(prompt, "", "makes a message of over 256 KB; send shorter texts");
    }
    if (prompt->engine->answer_schema.len > 0) {
        prompt->sink->json_schema(prompt->sink, text_of(prompt->engine->answer_schema));
    }
    return AGENTHOST_OK;
}

enum agenthost_status engine_build_prompt(void *agent, const struct agenthost_job *job,
                                          struct agenthost_prompt *sink)
{
    enum agenthost_status (*const steps[])(struct prompt * prompt) = {read_data, look_for_danger,
                                                                      read_chart, write_messages};
    const struct engine *engine = agent;
    struct prompt prompt = {
        .engine = engine,
        .language = engine_language_of(engine, text_span(job->locale)),
        .job = job,
        .sink = sink,
        .arena = arena_create(ENGINE_CALL_BYTES_MAX),
    };
    enum agenthost_status status = AGENTHOST_OK;
    for (size_t i = 0; i < ARRAY_LEN(steps) && status == AGENTHOST_OK; i++) {
        status = steps[i](&prompt);
    }
    json_object_put(prompt.view);
    json_object_put(prompt.data);
    arena_destroy(&prompt.arena);
    return status;
}
