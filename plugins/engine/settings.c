/* What a manifest asks of the engine. Its form was checked when it was parsed. */
#include "agent/manifest.h"
#include "core/arena.h"
#include "core/json.h"
#include "core/sbuf.h"
#include "engine/engine.h"

#define DISCLAIMER_BYTES_MAX (64u * 1024)
#define SCHEMA_BYTES_MAX (64u * 1024)

static bool read_facts(struct engine *engine, struct json_object *settings, struct err *err)
{
    bool is_wanted = engine->manifest->chart == MANIFEST_CHART_REQUIRED;
    (void)json_get_bool(settings, "facts", &is_wanted);
    if (!is_wanted) {
        return true;
    }
    engine->facts = engine->host->extension(engine->host, AGENTHOST_FACTS);
    return engine->facts != NULL ||
           err_set(err, ERR_INVALID, "this host cannot check facts (" AGENTHOST_FACTS ")");
}

/* Moves a finished text into the instance's memory. */
static bool keep(struct engine *engine, struct sbuf *text, struct span *ret_text)
{
    char *copy = text->is_failed ? NULL : arena_strndup(engine->arena, text->data, text->len);
    *ret_text = (struct span){copy, text->len};
    sbuf_fini(text);
    return copy != NULL;
}

static bool read_schema(struct engine *engine, struct json_object *settings, struct err *err)
{
    struct json_object *schema = json_get(settings, "schema");
    engine->answer_schema = SPAN_LITERAL("");
    if (schema == NULL) {
        return true;
    }
    struct sbuf text;
    sbuf_init(&text, SCHEMA_BYTES_MAX);
    json_render(&text, schema);
    return keep(engine, &text, &engine->answer_schema) ||
           err_set(err, ERR_LIMIT, "manifest.json: /text/schema is too long");
}

bool engine_read_settings(struct engine *engine, struct err *err)
{
    struct json_object *settings = json_get(engine->manifest->json, "text");
    struct json_object *sections = json_get(engine->manifest->json, "sections");
    engine->sections_count = sections != NULL ? json_object_array_length(sections) : 0;
    return read_facts(engine, settings, err) && read_schema(engine, settings, err);
}

/* The text of that language; of a text that is for all languages, that one. False: there is none.
 */
static bool localized(struct json_object *value, const char *language, struct span *ret_text)
{
    if (json_object_is_type(value, json_type_string)) {
        *ret_text =
            (struct span){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
        return true;
    }
    return json_get_text(value, language, ret_text);
}

static bool read_sections(struct engine *engine, struct engine_language *language, struct err *err)
{
    struct json_object *list = json_get(engine->manifest->json, "sections");
    language->sections =
        arena_alloc(engine->arena, (engine->sections_count + 1) * sizeof(*language->sections));
    if (language->sections == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    for (size_t i = 0; i < engine->sections_count; i++) {
        struct json_object *section = json_object_array_get_idx(list, i);
        struct engine_section *own = &language->sections[i];
        (void)json_get_text(section, "id", &own->id);
        (void)json_get_int(section, "chars_min", &own->chars_min);
        (void)json_get_int(section, "chars_max", &own->chars_max);
        if (!localized(json_get(section, "title"), language->code, &own->title)) {
            return err_set(err, ERR_INVALID,
                           "manifest.json: /sections/%zu/title: has no text in %s", i,
                           language->code);
        }
    }
    return true;
}

/* A list for all languages, or that of one; NULL: there is none. */
static struct json_object *list_of(const struct engine *engine, const char *key,
                                   const char *language)
{
    struct json_object *list = json_get(engine->manifest->json, key);
    return json_object_is_type(list, json_type_object) ? json_get(list, language) : list;
}

static bool read_forbidden(struct engine *engine, struct engine_language *language, struct err *err)
{
    struct json_object *list = list_of(engine, "forbidden", language->code);
    size_t count = list != NULL ? json_object_array_length(list) : 0;
    struct engine_phrase *phrases = arena_alloc(engine->arena, (count + 1) * sizeof(*phrases));
    if (phrases == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        struct err why = {ERR_NONE, ""};
        phrases[i].text = span_of(json_object_get_string(json_object_array_get_idx(list, i)));
        if (!phrase_parse(engine->arena, phrases[i].text, &phrases[i].phrase, &why)) {
            return err_set(err, why.kind, "manifest.json: /forbidden: '%.100s': %s",
                           phrases[i].text.data, why.text);
        }
    }
    language->forbidden = phrases;
    language->forbidden_count = count;
    return true;
}

/* The disclaimers as paragraphs. */
static bool read_disclaimers(struct engine *engine, struct engine_language *language,
                             struct err *err)
{
    struct json_object *list = list_of(engine, "disclaimers", language->code);
    struct sbuf text;
    sbuf_init(&text, DISCLAIMER_BYTES_MAX);
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        sbuf_puts(&text, i > 0 ? "\n\n" : "");
        sbuf_puts(&text, json_object_get_string(json_object_array_get_idx(list, i)));
    }
    return keep(engine, &text, &language->disclaimer) ||
           err_set(err, ERR_LIMIT, "manifest.json: /disclaimers: are too long");
}

bool engine_read_language(struct engine *engine, struct engine_language *language, struct err *err)
{
    return read_sections(engine, language, err) && read_forbidden(engine, language, err) &&
           read_disclaimers(engine, language, err);
}
