/* Reads the bundle's files: which there must be, and what each is. A file that nothing would read
 * is refused, since its name is likely misspelled. */
#include <stdio.h>

#include "agent/manifest.h"
#include "core/arena.h"
#include "core/json.h"
#include "core/sbuf.h"
#include "engine/danger.h"
#include "engine/engine.h"
#include "engine/text.h"

#define NAME_BYTES 260 /* of a file below assets/ */
#define KNOWLEDGE_BYTES_DEFAULT (32 * 1024)
#define KNOWLEDGE_BYTES_MAX (1024u * 1024)

/* --- one file ------------------------------------------------------------------ */

/* A Windows editor's mark at the start of a text is no part of it. */
static struct span drop_mark(struct span text)
{
    bool is_marked = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;
    return is_marked ? (struct span){text.data + 3, text.len - 3} : text;
}

static bool take_asset(struct engine *engine, uint32_t index, struct span *ret_text,
                       struct err *err)
{
    const struct agenthost_asset *asset = &engine->setup->assets[index];
    struct span text = drop_mark(text_span(asset->bytes));
    engine->is_used[index] = true;
    if (text_trim(text).len == 0 || !span_is_utf8(text)) {
        return err_set(err, ERR_INVALID, "assets/%.*s: is %s", (int)asset->name.len,
                       asset->name.data, text_trim(text).len == 0 ? "empty" : "not UTF-8");
    }
    *ret_text = text;
    return true;
}

/* The file of that name, white space and all: an error names its lines. */
static bool get_text(struct engine *engine, const char *name, struct span *ret_text,
                     struct err *err)
{
    for (uint32_t i = 0; i < engine->setup->assets_count; i++) {
        if (span_is(text_span(engine->setup->assets[i].name), name)) {
            return take_asset(engine, i, ret_text, err);
        }
    }
    return err_set(err, ERR_NOT_FOUND, "assets/%s: is missing", name);
}

static bool get_template(struct engine *engine, const char *name,
                         struct template_parts *ret_template, struct err *err)
{
    struct span text;
    char *path = arena_printf(engine->arena, "assets/%s", name);
    if (path == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    return get_text(engine, name, &text, err) &&
           template_parse(engine->arena, path, text, engine->roots, TEMPLATE_ROOTS_MAX,
                          ret_template, err);
}

/* --- the messages ---------------------------------------------------------------- */

static bool read_users(struct engine *engine, struct engine_language *language, struct err *err)
{
    for (uint32_t pass = 0; pass < engine->manifest->passes_max; pass++) {
        char name[NAME_BYTES];
        if (pass == 0) {
            (void)snprintf(name, sizeof(name), "user.%s.md", language->code);
        } else {
            (void)snprintf(name, sizeof(name), "user.%u.%s.md", pass + 1, language->code);
        }
        if (!get_template(engine, name, &language->users[pass], err)) {
            return false;
        }
    }
    return true;
}

static bool read_choice(struct engine *engine, const char *folder, const char *word,
                        const char *language, struct engine_choice *choice, struct err *err)
{
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof(name), "%s/%s.%s.md", folder, word, language);
    choice->word = word;
    return get_template(engine, name, &choice->text, err);
}

static bool read_depths(struct engine *engine, struct engine_language *language, struct err *err)
{
    struct json_object *list = json_get(engine->manifest->json, "depths");
    size_t count = list != NULL ? json_object_array_length(list) : 0;
    language->depths = arena_alloc(engine->arena, (count + 1) * sizeof(*language->depths));
    if (language->depths == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        const char *word = json_object_get_string(json_object_array_get_idx(list, i));
        if (!read_choice(engine, "depth", word, language->code, &language->depths[i], err)) {
            return false;
        }
        language->depths_count++;
    }
    return true;
}

static bool read_styles(struct engine *engine, struct engine_language *language, struct err *err)
{
    struct json_object *styles = json_get(engine->manifest->json, "styles");
    size_t count = styles != NULL ? (size_t)json_object_object_length(styles) : 0;
    language->styles = arena_alloc(engine->arena, (count + 1) * sizeof(*language->styles));
    if (language->styles == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    if (count == 0) {
        return true;
    }
    json_object_object_foreach(styles, word, aliases)
    {
        (void)aliases;
        struct engine_choice *style = &language->styles[language->styles_count++];
        if (!read_choice(engine, "style", word, language->code, style, err)) {
            return false;
        }
    }
    return true;
}

/* --- knowledge --------------------------------------------------------------------- */

static bool begins_with(struct span text, const char *start)
{
    struct span wanted = span_of(start);
    return text.len >= wanted.len && memcmp(text.data, wanted.data, wanted.len) == 0;
}

/* Takes ending off the end of *text. */
static bool take_end(struct span *text, const char *ending)
{
    struct span end = span_of(ending);
    bool has_it =
        text->len > end.len && memcmp(text->data + text->len - end.len, end.data, end.len) == 0;
    text->len -= has_it ? end.len : 0;
    return has_it;
}

/* True when the file is for language: knowledge/NAME.md for all, knowledge/NAME.LANG.md for one. */
static bool is_knowledge_for(struct span name, const char *language)
{
    if (!begins_with(name, "knowledge/") || !take_end(&name, ".md")) {
        return false;
    }
    const char *dot = memchr(name.data, '.', name.len);
    return dot == NULL ||
           span_is((struct span){dot + 1, name.len - (size_t)(dot + 1 - name.data)}, language);
}

static int64_t knowledge_bytes_max(const struct engine *engine)
{
    int64_t bytes_max = KNOWLEDGE_BYTES_DEFAULT;
    (void)json_get_int(json_get(engine->manifest->json, "text"), "knowledge_bytes", &bytes_max);
    return bytes_max;
}

/* All of it, in the order of the files' names, or nothing: text that is left out unseen misleads
 * whoever wrote it. */
static bool read_knowledge(struct engine *engine, struct engine_language *language, struct err *err)
{
    struct sbuf all;
    size_t bytes = 0;
    sbuf_init(&all, 2 * KNOWLEDGE_BYTES_MAX);
    for (uint32_t i = 0; i < engine->setup->assets_count; i++) {
        struct span text;
        if (!is_knowledge_for(text_span(engine->setup->assets[i].name), language->code)) {
            continue;
        }
        if (!take_asset(engine, i, &text, err)) {
            sbuf_fini(&all);
            return false;
        }
        bytes += text.len;
        sbuf_puts(&all, all.len > 0 ? "\n\n" : "");
        sbuf_span(&all, text_trim(text));
    }
    int64_t bytes_max = knowledge_bytes_max(engine);
    char *copy = all.is_failed ? NULL : arena_strndup(engine->arena, all.data, all.len);
    language->knowledge = (struct span){copy, all.len};
    sbuf_fini(&all);
    if (bytes > (size_t)bytes_max) {
        return err_set(err, ERR_LIMIT,
                       "assets/knowledge: has %zu bytes in %s, over the %lld of /text/"
                       "knowledge_bytes in manifest.json; shorten the files or raise it",
                       bytes, language->code, (long long)bytes_max);
    }
    return copy != NULL || err_set(err, ERR_LIMIT, "out of memory");
}

/* --- danger ---------------------------------------------------------------------------- */

/* All files danger/NAME.txt, whatever their language. */
static bool read_danger(struct engine *engine, struct err *err)
{
    bool is_wanted = false;
    (void)json_get_bool(json_get(engine->manifest->json, "text"), "danger", &is_wanted);
    for (uint32_t i = 0; is_wanted && i < engine->setup->assets_count; i++) {
        struct span name = text_span(engine->setup->assets[i].name), text, stem = name;
        char path[NAME_BYTES];
        if (!begins_with(name, "danger/") || !take_end(&stem, ".txt")) {
            continue;
        }
        (void)snprintf(path, sizeof(path), "assets/%.*s", (int)name.len, name.data);
        if (!take_asset(engine, i, &text, err) ||
            !danger_read(engine->arena, path, text, &engine->danger, err)) {
            return false;
        }
    }
    return !is_wanted || engine->danger != NULL ||
           err_set(err, ERR_NOT_FOUND,
                   "assets/danger: no NAME.txt is there, but manifest.json has "
                   "/text/danger");
}

static bool read_help(struct engine *engine, struct engine_language *language, struct err *err)
{
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof(name), "help.%s.md", language->code);
    language->help = SPAN_LITERAL("");
    if (engine->danger == NULL) {
        return true;
    }
    if (!get_text(engine, name, &language->help, err)) {
        return false;
    }
    language->help = text_trim(language->help);
    return true;
}

/* --- all of it --------------------------------------------------------------------------- */

static void set_words(struct engine_language *language)
{
    const struct word *words = words_of(span_of(language->code));
    language->words = words;
    language->template_words = (struct template_words){
        .none = words_get(words, "value", "none"),
        .absent = words_get(words, "value", "absent"),
        .yes = words_get(words, "value", "yes"),
        .no = words_get(words, "value", "no"),
    };
}

static bool read_language(struct engine *engine, const char *code, struct engine_language *language,
                          struct err *err)
{
    char name[NAME_BYTES];
    language->code = code;
    set_words(language);
    (void)snprintf(name, sizeof(name), "system.%s.md", code);
    return get_template(engine, name, &language->system, err) &&
           read_users(engine, language, err) && read_depths(engine, language, err) &&
           read_styles(engine, language, err) && read_knowledge(engine, language, err) &&
           read_help(engine, language, err) && engine_read_language(engine, language, err);
}

static bool check_all_used(const struct engine *engine, struct err *err)
{
    for (uint32_t i = 0; i < engine->setup->assets_count; i++) {
        struct span name = text_span(engine->setup->assets[i].name);
        if (!engine->is_used[i]) {
            return err_set(err, ERR_INVALID,
                           "assets/%.*s: nothing reads it; there are system.LANG.md, user.LANG.md, "
                           "user.PASS.LANG.md, depth/DEPTH.LANG.md, style/STYLE.LANG.md, "
                           "knowledge/NAME.md and knowledge/NAME.LANG.md in the manifest's words, "
                           "and with /text/danger help.LANG.md and danger/NAME.txt",
                           (int)name.len, name.data);
        }
    }
    return true;
}

bool engine_read_texts(struct engine *engine, struct err *err)
{
    struct json_object *list = json_get(engine->manifest->json, "languages");
    size_t count = json_object_array_length(list);
    engine->is_used = arena_alloc(engine->arena, engine->setup->assets_count + 1);
    if (engine->is_used == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    if (count > ENGINE_LANGUAGES_MAX) {
        return err_set(err, ERR_LIMIT, "manifest.json: /languages: the engine takes %d at most",
                       ENGINE_LANGUAGES_MAX);
    }
    if (!read_danger(engine, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *code = json_object_get_string(json_object_array_get_idx(list, i));
        if (!read_language(engine, code, &engine->languages[i], err)) {
            return false;
        }
        engine->languages_count++;
    }
    return check_all_used(engine, err);
}
