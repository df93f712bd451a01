/* Makes an instance of a reading agent out of its bundle's files. */
#include "common/reading.h"

#include <stdio.h>

#include "common/danger.h"
#include "common/data.h"
#include "common/pattern.h"
#include "common/text.h"
#include "core/arena.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/sbuf.h"

#define INSTANCE_BYTES_MAX (8u * 1024 * 1024)
#define DISCLAIMER_BYTES_MAX 8192

/* Keys without which a prompt or a correction would have a hole. */
static const char *const needed_words[] = {
    "label.type",         "label.authority",      "label.strategy",
    "label.profile",      "label.definition",     "label.defined_centers",
    "label.open_centers", "label.channels",       "label.gates",
    "label.cross",        "none.defined_centers", "none.open_centers",
    "none.channels",      "none.gates",           "none.cross",
    "correct.begin",      "correct.empty",        "correct.not_utf8",
    "correct.missing",    "correct.twice",        "correct.hollow",
    "correct.short",      "correct.long",         "correct.order",
    "correct.unknown",    "correct.forbidden",    "correct.claim",
    "correct.end",
};

/* The file stem + "." + language + extension. */
static bool get_text(const struct reading *reading, const char *stem, const char *language,
                     const char *extension, struct span *ret_text, struct err *err)
{
    char name[ASSET_NAME_BYTES_MAX];
    int len = snprintf(name, sizeof(name), "%s.%s.%s", stem, language, extension);
    if (len < 0 || (size_t)len >= sizeof(name)) {
        return err_set(err, ERR_LIMIT, "the name of '%s' is too long", stem);
    }
    return asset_get(reading->setup, name, ret_text, err);
}

static bool read_words(struct reading *reading, struct reading_language *language, struct err *err)
{
    struct span text;
    struct err why = {ERR_NONE, ""};
    if (!get_text(reading, "prompts/words", language->code, "txt", &text, err)) {
        return false;
    }
    if (!words_parse(reading->arena, text, &language->words, &why)) {
        return err_set(err, why.kind, "assets/prompts/words.%s.txt: %s", language->code, why.text);
    }
    for (size_t i = 0; i < ARRAY_LEN(needed_words); i++) {
        if (!words_has(&language->words, needed_words[i])) {
            return err_set(err, ERR_INVALID, "assets/prompts/words.%s.txt lacks '%s'",
                           language->code, needed_words[i]);
        }
    }
    return true;
}

static bool read_sections(struct reading *reading, struct reading_language *language,
                          struct err *err)
{
    struct json_object *list = json_get(reading->manifest, "sections");
    if (!json_object_is_type(list, json_type_array) ||
        json_object_array_length(list) != READING_PARTS) {
        return err_set(err, ERR_INVALID, "manifest.json: sections must be %d", READING_PARTS);
    }
    for (size_t i = 0; i < READING_PARTS; i++) {
        struct json_object *section = json_object_array_get_idx(list, i);
        struct reading_section *own = &language->sections[i];
        if (!json_get_text(section, "id", &own->id) ||
            !json_get_text(json_get(section, "title"), language->code, &own->title)) {
            return err_set(err, ERR_INVALID, "manifest.json: /sections/%zu lacks id or title.%s", i,
                           language->code);
        }
    }
    return true;
}

/* Every text of the words in list exists, so that no job meets a hole. */
static bool check_word_texts(const struct reading *reading, const char *folder, const char *word,
                             const char *language, struct err *err)
{
    char stem[ASSET_NAME_BYTES_MAX];
    struct span text;
    (void)snprintf(stem, sizeof(stem), "prompts/%s/%s", folder, word);
    return get_text(reading, stem, language, "md", &text, err);
}

static bool check_all_word_texts(const struct reading *reading, const char *language,
                                 struct err *err)
{
    struct json_object *depths = json_get(reading->manifest, "depths");
    for (size_t i = 0; i < json_object_array_length(depths); i++) {
        const char *depth = json_object_get_string(json_object_array_get_idx(depths, i));
        if (!check_word_texts(reading, "depth", depth, language, err)) {
            return false;
        }
    }
    json_object_object_foreach(json_get(reading->manifest, "styles"), style, aliases)
    {
        (void)aliases;
        if (!check_word_texts(reading, "style", style, language, err)) {
            return false;
        }
    }
    return true;
}

/* A list of the manifest for one language: given for all, or for each. NULL: there is none. */
static struct json_object *list_of(const struct reading *reading, const char *key,
                                   const char *language)
{
    struct json_object *list = json_get(reading->manifest, key);
    list = json_object_is_type(list, json_type_object) ? json_get(list, language) : list;
    return json_object_is_type(list, json_type_array) ? list : NULL;
}

static bool read_forbidden(struct reading *reading, struct reading_language *language,
                           struct err *err)
{
    struct json_object *list = list_of(reading, "forbidden", language->code);
    size_t count = list != NULL ? json_object_array_length(list) : 0;
    struct reading_phrase *phrases = arena_alloc(reading->arena, (count + 1) * sizeof(*phrases));
    if (phrases == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        struct err why = {ERR_NONE, ""};
        phrases[i].text = span_of(json_object_get_string(json_object_array_get_idx(list, i)));
        if (!pattern_parse(reading->arena, phrases[i].text, &phrases[i].pattern, &why)) {
            return err_set(err, why.kind, "manifest.json: forbidden, '%s': %s",
                           phrases[i].text.data, why.text);
        }
    }
    language->forbidden = phrases;
    language->forbidden_count = count;
    return true;
}

/* The disclaimers as paragraphs. */
static bool read_disclaimers(struct reading *reading, struct reading_language *language,
                             struct err *err)
{
    struct json_object *list = list_of(reading, "disclaimers", language->code);
    struct sbuf text;
    sbuf_init(&text, DISCLAIMER_BYTES_MAX);
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        sbuf_puts(&text, i > 0 ? "\n\n" : "");
        sbuf_puts(&text, json_object_get_string(json_object_array_get_idx(list, i)));
    }
    char *copy = text.is_failed ? NULL : arena_strndup(reading->arena, text.data, text.len);
    language->disclaimer = (struct span){copy, text.len};
    sbuf_fini(&text);
    return copy != NULL || err_set(err, ERR_LIMIT, "manifest.json: disclaimers are too long");
}

static bool read_language(struct reading *reading, const char *code,
                          struct reading_language *language, struct err *err)
{
    language->code = code;
    language->help = SPAN_LITERAL("");
    return get_text(reading, "prompts/system", code, "md", &language->system, err) &&
           get_text(reading, "prompts/rules", code, "md", &language->rules, err) &&
           get_text(reading, "prompts/user", code, "md", &language->user, err) &&
           get_text(reading, "prompts/focus", code, "md", &language->focus, err) &&
           read_words(reading, language, err) && read_sections(reading, language, err) &&
           check_all_word_texts(reading, code, err) && read_forbidden(reading, language, err) &&
           read_disclaimers(reading, language, err) &&
           (reading->danger == NULL ||
            get_text(reading, "help/lines", code, "md", &language->help, err));
}

static bool read_languages(struct reading *reading, struct err *err)
{
    struct json_object *list = json_get(reading->manifest, "languages");
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    if (count == 0 || count > READING_LANGUAGES_MAX) {
        return err_set(err, ERR_INVALID, "manifest.json: languages must be 1 to %d",
                       READING_LANGUAGES_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        const char *code = json_object_get_string(json_object_array_get_idx(list, i));
        if (!read_language(reading, code, &reading->languages[i], err)) {
            return false;
        }
        reading->languages_count++;
    }
    return true;
}

/* All files danger/NAME.txt, whatever their language. */
static bool read_danger(struct reading *reading, struct err *err)
{
    static const char folder[] = "danger/";
    for (uint32_t i = 0; i < reading->setup->assets_count; i++) {
        struct span name = text_span(reading->setup->assets[i].name);
        if (name.len < sizeof(folder) || memcmp(name.data, folder, sizeof(folder) - 1) != 0) {
            continue;
        }
        char path[ASSET_NAME_BYTES_MAX];
        (void)snprintf(path, sizeof(path), "%.*s", (int)name.len, name.data);
        struct span text;
        if (!asset_get(reading->setup, path, &text, err) ||
            !danger_read(reading->arena, path, text, &reading->danger, err)) {
            return false;
        }
    }
    return reading->danger != NULL || err_set(err, ERR_NOT_FOUND, "assets/danger/ is missing");
}

static bool check_word_lists(const struct reading *reading, struct err *err)
{
    bool are_there = json_object_is_type(json_get(reading->manifest, "depths"), json_type_array) &&
                     json_object_is_type(json_get(reading->manifest, "styles"), json_type_object);
    return are_there || err_set(err, ERR_INVALID, "manifest.json: depths or styles are missing");
}

/* A reading that was not held against its chart must not be accepted. */
static bool check_host(const struct reading *reading, struct err *err)
{
    return reading->facts != NULL ||
           err_set(err, ERR_INVALID, "this host cannot check facts (" AGENTHOST_FACTS ")");
}

struct reading *reading_create(const struct reading_kind *kind, const struct agenthost_host *host,
                               const struct agenthost_setup *setup, struct agenthost_report *report)
{
    struct reading *reading = mem_alloc(sizeof(*reading));
    reading->kind = kind;
    reading->host = host;
    reading->facts = host->extension(host, AGENTHOST_FACTS);
    reading->setup = setup;
    reading->arena = arena_create(INSTANCE_BYTES_MAX);
    struct err err = {ERR_NONE, ""};
    bool is_good = check_host(reading, &err) &&
                   data_parse(text_span(setup->manifest), &reading->manifest, &err) &&
                   check_word_lists(reading, &err) &&
                   (!kind->looks_for_danger || read_danger(reading, &err)) &&
                   read_languages(reading, &err) && reading_templates_check(reading, &err);
    if (!is_good) {
        report->say(report, text_of(span_of(err.text)));
        reading_destroy(reading);
        return NULL;
    }
    return reading;
}

void reading_destroy(void *agent)
{
    struct reading *reading = agent;
    json_object_put(reading->manifest);
    arena_destroy(&reading->arena);
    free(reading);
}

const struct reading_language *reading_language_of(const struct reading *reading,
                                                   struct span locale)
{
    struct span code = SPAN_LITERAL("");
    (void)json_get_text(json_get(reading->manifest, "defaults"), "language", &code);
    const struct reading_language *found = &reading->languages[0];
    for (size_t i = 0; i < reading->languages_count; i++) {
        if (span_is(locale, reading->languages[i].code)) {
            return &reading->languages[i];
        }
        if (span_is(code, reading->languages[i].code)) {
            found = &reading->languages[i];
        }
    }
    return found;
}
