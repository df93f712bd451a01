/* Fills the templates of a prompt and hands its two messages out. */
#include <assert.h>
#include <stdio.h>

#include "common/reading.h"
#include "common/text.h"
#include "core/arena.h"
#include "core/sbuf.h"

#define MESSAGE_BYTES_MAX (256u * 1024)
#define HEADINGS_BYTES_MAX 2048

/* What the places of each template stand for. The focus knows the facts and the agent's own
 * values, the user message the facts too. */
enum { RULES, HEADINGS, DEPTH, STYLE, SYSTEM_VALUES };
enum { FOCUS = FACTS_VALUES, CONTEXT, USER_VALUES };
#define FOCUS_VALUES_MAX (FACTS_VALUES + READING_OWN_VALUES_MAX)

static void name_system_values(struct template_value values[SYSTEM_VALUES])
{
    static const char *const names[SYSTEM_VALUES] = {"rules", "headings", "depth", "style"};
    for (size_t i = 0; i < SYSTEM_VALUES; i++) {
        values[i] = (struct template_value){names[i], {"", 0}};
    }
}

static void name_user_values(struct template_value values[USER_VALUES])
{
    facts_names(values);
    values[FOCUS] = (struct template_value){"focus", {"", 0}};
    values[CONTEXT] = (struct template_value){"context", {"", 0}};
}

/* Returns their number. */
static size_t name_focus_values(const struct reading_kind *kind,
                                struct template_value values[FOCUS_VALUES_MAX])
{
    size_t count = FACTS_VALUES;
    facts_names(values);
    for (const char *const *name = kind->own_values; *name != NULL; name++) {
        values[count++] = (struct template_value){*name, {"", 0}};
    }
    return count;
}

static bool check(const char *stem, const struct reading_language *language, struct span template,
                  const struct template_value *values, size_t count, struct err *err)
{
    struct err why = {ERR_NONE, ""};
    return template_check(template, values, count, &why) ||
           err_set(err, why.kind, "assets/prompts/%s.%s.md: %s", stem, language->code, why.text);
}

bool reading_templates_check(const struct reading *reading, struct err *err)
{
    struct template_value system[SYSTEM_VALUES], user[USER_VALUES], focus[FOCUS_VALUES_MAX];
    name_system_values(system);
    name_user_values(user);
    size_t focus_count = name_focus_values(reading->kind, focus);
    for (size_t i = 0; i < reading->languages_count; i++) {
        const struct reading_language *language = &reading->languages[i];
        if (!check("system", language, language->system, system, SYSTEM_VALUES, err) ||
            !check("user", language, language->user, user, USER_VALUES, err) ||
            !check("focus", language, language->focus, focus, focus_count, err)) {
            return false;
        }
    }
    return true;
}

/* Moves a finished text into the call's memory. */
static bool keep(struct arena *arena, struct sbuf *text, struct span *ret_text)
{
    char *copy = text->is_failed ? NULL : arena_strndup(arena, text->data, text->len);
    *ret_text = (struct span){copy, text->len};
    sbuf_fini(text);
    return copy != NULL;
}

/* The five headings as the model is to write them. */
static bool render_headings(struct reading_prompt *prompt, struct span *ret_text)
{
    struct sbuf text;
    sbuf_init(&text, HEADINGS_BYTES_MAX);
    for (size_t i = 0; i < READING_PARTS; i++) {
        struct span title = prompt->language->sections[i].title;
        sbuf_printf(&text, "%s## %zu. %.*s", i > 0 ? "\n" : "", i + 1, (int)title.len, title.data);
    }
    return keep(prompt->arena, &text, ret_text);
}

static bool is_line_end(uint32_t code)
{
    return code == '\n' || code == '\r' || code == '\v' || code == '\f' || code == 0x85 ||
           code == 0x2028 || code == 0x2029;
}

static bool is_control(uint32_t code)
{
    return (code < ' ' && code != '\t') || (code >= 0x7f && code < 0xa0);
}

/* The context as a quotation: every line begins with "| ", whatever characters end lines, and
 * control characters are gone. No text in it can end the quotation or pass for one of ours. */
static bool quote_context(struct reading_prompt *prompt, struct span *ret_text)
{
    struct sbuf text;
    sbuf_init(&text, MESSAGE_BYTES_MAX);
    sbuf_puts(&text, "| ");
    struct span rest = text_trim(prompt->context);
    uint32_t last = 0;
    while (rest.len > 0) {
        const char *start = rest.data;
        uint32_t code = span_next_char(&rest);
        if (is_line_end(code) && !(last == '\r' && code == '\n')) {
            sbuf_puts(&text, "\n| ");
        } else if (!is_line_end(code) && !is_control(code)) {
            sbuf_append(&text, start, (size_t)(rest.data - start));
        }
        last = code;
    }
    return keep(prompt->arena, &text, ret_text);
}

/* The text of a depth or style word in the job's language; create made sure it is there. */
static bool word_text(struct reading_prompt *prompt, const char *folder, const char *word,
                      struct span *ret_text)
{
    char name[ASSET_NAME_BYTES_MAX];
    struct err err = {ERR_NONE, ""};
    (void)snprintf(name, sizeof(name), "prompts/%s/%s.%s.md", folder, word, prompt->language->code);
    return asset_get(prompt->reading->setup, name, ret_text, &err);
}

static bool render(struct reading_prompt *prompt, struct span template,
                   const struct template_value *values, size_t count, struct span *ret_text)
{
    struct sbuf text;
    sbuf_init(&text, MESSAGE_BYTES_MAX);
    template_render(&text, template, values, count);
    return keep(prompt->arena, &text, ret_text);
}

static bool render_system(struct reading_prompt *prompt, struct span *ret_text)
{
    struct template_value values[SYSTEM_VALUES];
    name_system_values(values);
    values[RULES].text = prompt->language->rules;
    return render_headings(prompt, &values[HEADINGS].text) &&
           word_text(prompt, "depth", prompt->depth, &values[DEPTH].text) &&
           word_text(prompt, "style", prompt->style, &values[STYLE].text) &&
           render(prompt, prompt->language->system, values, SYSTEM_VALUES, ret_text);
}

static bool render_user(struct reading_prompt *prompt, const struct template_value *own,
                        struct span *ret_text)
{
    struct template_value values[USER_VALUES], focus[FOCUS_VALUES_MAX];
    name_user_values(values);
    size_t focus_count = name_focus_values(prompt->reading->kind, focus);
    if (!facts_values(&prompt->facts, &prompt->language->words, prompt->arena, values)) {
        return false;
    }
    memcpy(focus, values, FACTS_VALUES * sizeof(*values));
    for (size_t i = FACTS_VALUES; i < focus_count; i++) {
        assert(strcmp(focus[i].name, own[i - FACTS_VALUES].name) == 0);
        focus[i].text = own[i - FACTS_VALUES].text;
    }
    return render(prompt, prompt->language->focus, focus, focus_count, &values[FOCUS].text) &&
           quote_context(prompt, &values[CONTEXT].text) &&
           render(prompt, prompt->language->user, values, USER_VALUES, ret_text);
}

enum agenthost_status reading_prompt_write(struct reading_prompt *prompt,
                                           const struct template_value *own)
{
    struct span system, user;
    if (!render_system(prompt, &system) || !render_user(prompt, own, &user)) {
        prompt->sink->say(prompt->sink, text_of(SPAN_LITERAL("the prompt became too long")));
        return AGENTHOST_INTERNAL;
    }
    prompt->sink->message(prompt->sink, AGENTHOST_SYSTEM, text_of(system));
    prompt->sink->message(prompt->sink, AGENTHOST_USER, text_of(user));
    return AGENTHOST_OK;
}
