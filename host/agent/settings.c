/* The part of the configuration that agents need, and what of it an agent itself gets to see. */
#include "agent/settings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/engines.h"
#include "agent/generation.h"
#include "agent/manifest.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/options.h"

#define SETTINGS_CONFIG_BYTES_MAX (256 * 1024)

static char **settings_copy_list(const struct options_list *list)
{
    char **items = mem_array(list->count + 1, sizeof(*items));
    for (size_t i = 0; i < list->count; i++) {
        items[i] = mem_strdup(list->items[i]);
    }
    return items;
}

static void settings_free_list(char **items, size_t count)
{
    for (size_t i = 0; items != NULL && i < count; i++) {
        free(items[i]);
    }
    free(items);
}

static char *settings_engines(const struct options *options)
{
    char path[PATH_MAX];
    if (options->agents.engines != NULL) {
        return mem_strdup(options->agents.engines);
    }
    engines_find(path);
    return mem_strdup(path);
}

struct settings *settings_create(const struct options *options)
{
    struct settings *settings = mem_alloc(sizeof(*settings));
    settings->dirs = settings_copy_list(&options->agents.dirs);
    settings->dirs_count = options->agents.dirs.count;
    settings->engines = settings_engines(options);
    settings->call_ms = options->agents.call_ms;
    settings->start_ms = options->agents.start_ms;
    settings->memory_bytes_max = options->agents.memory_bytes_max;
    settings->still_ms = options->agents.still_ms;
    settings->still_ms_max = options->agents.still_ms_max;
    settings->landlock_required = options->agents.sandbox == SANDBOX_REQUIRE;
    settings->sections_count = options->agent_sections_count;
    settings->sections = mem_array(settings->sections_count + 1, sizeof(*settings->sections));
    for (size_t i = 0; i < settings->sections_count; i++) {
        const struct options_agent *from = &options->agent_sections[i];
        settings->sections[i] = (struct settings_section){
            .id = mem_strdup(from->id),
            .call_timeout_ms = from->call_timeout_ms,
            .memory_bytes_max = from->memory_bytes_max,
            .canary_percent = from->canary_percent,
            .extra_json = mem_strdup(from->extra_json),
            .extra_keys = settings_copy_list(&from->extra_keys),
            .extra_where = settings_copy_list(&from->extra_where),
            .extra_count = from->extra_keys.count < from->extra_where.count
                               ? from->extra_keys.count
                               : from->extra_where.count,
        };
    }
    return settings;
}

void settings_destroy(struct settings **settings)
{
    struct settings *doomed = *settings;
    if (doomed == NULL) {
        return;
    }
    for (size_t i = 0; i < doomed->sections_count; i++) {
        struct settings_section *section = &doomed->sections[i];
        settings_free_list(section->extra_keys, section->extra_count);
        settings_free_list(section->extra_where, section->extra_count);
        free(section->extra_json);
        free(section->id);
    }
    free(doomed->sections);
    settings_free_list(doomed->dirs, doomed->dirs_count);
    free(doomed->engines);
    free(doomed);
    *settings = NULL;
}

static const struct settings_section *settings_find(const struct settings *settings, const char *id)
{
    for (size_t i = 0; i < settings->sections_count; i++) {
        if (strcmp(settings->sections[i].id, id) == 0) {
            return &settings->sections[i];
        }
    }
    return NULL;
}

static int64_t settings_clamp(int64_t wish, int64_t most)
{
    return wish > 0 && wish < most ? wish : most;
}

int64_t settings_call_ms(const struct settings *settings, const struct manifest *manifest)
{
    const struct settings_section *section = settings_find(settings, manifest->id);
    bool is_set = section != NULL && section->call_timeout_ms > 0;
    return settings_clamp(manifest->call_ms, is_set ? section->call_timeout_ms : settings->call_ms);
}

int64_t settings_memory_bytes(const struct settings *settings, const struct manifest *manifest)
{
    const struct settings_section *section = settings_find(settings, manifest->id);
    bool is_set = section != NULL && section->memory_bytes_max > 0;
    return settings_clamp(manifest->memory_bytes,
                          is_set ? section->memory_bytes_max : settings->memory_bytes_max);
}

unsigned settings_canary_share(const struct settings *settings, const char *agent_id)
{
    const struct settings_section *section = settings_find(settings, agent_id);
    bool is_set = section != NULL && section->canary_percent > 0;
    return is_set ? (unsigned)lround(section->canary_percent * GENERATION_SHARE_ALL / 100) : 0;
}

/* A number written as text, whole or not. NULL when it is none. */
static struct json_object *settings_parse_number(const char *text, bool is_whole)
{
    char *end = NULL;
    errno = 0;
    if (is_whole) {
        long long number = strtoll(text, &end, 10);
        return end != text && *end == '\0' && errno == 0 ? json_object_new_int64(number) : NULL;
    }
    double number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(number) ? json_object_new_double(number) : NULL;
}

static struct json_object *settings_parse_boolean(const char *text)
{
    static const char *const words[2][4] = {{"no", "off", "false", "0"},
                                            {"yes", "on", "true", "1"}};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < ARRAY_LEN(words[i]); j++) {
            if (strcmp(text, words[i][j]) == 0) {
                return json_object_new_boolean((json_bool)i);
            }
        }
    }
    return NULL;
}

/* A configured text as a value of the declared type; NULL when it is none. Owned by the
 * caller. */
static struct json_object *settings_convert(struct json_object *declared, const char *text)
{
    struct span type = {0};
    (void)json_get_text(declared, "type", &type);
    if (span_is(type, "integer") || span_is(type, "number")) {
        return settings_parse_number(text, span_is(type, "integer"));
    }
    if (span_is(type, "boolean")) {
        return settings_parse_boolean(text);
    }
    return json_object_new_string(text);
}

/* Whether value keeps to the declaration's enum and bounds. */
static bool settings_fits(struct json_object *declared, struct json_object *value)
{
    struct json_object *list = json_get(declared, "enum");
    bool is_listed = list == NULL;
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        is_listed = is_listed || json_object_equal(json_object_array_get_idx(list, i), value);
    }
    struct json_object *min = json_get(declared, "minimum"), *max = json_get(declared, "maximum");
    double number = json_object_get_double(value);
    return is_listed && (min == NULL || number >= json_object_get_double(min)) &&
           (max == NULL || number <= json_object_get_double(max));
}

static bool settings_add(struct json_object *config, const struct manifest *manifest,
                         const struct settings_section *section, struct json_object *given,
                         size_t index, struct err *err)
{
    const char *key = section->extra_keys[index], *where = section->extra_where[index];
    struct json_object *declared = json_get(json_get(manifest->json, "config"), key);
    if (declared == NULL) {
        return err_set(err, ERR_INVALID,
                       "%s: [agent.%s] has no option '%s' (its manifest's config "
                       "declares none)",
                       where, section->id, key);
    }
    struct json_object *text = json_get(given, key);
    struct json_object *value =
        settings_convert(declared, text != NULL ? json_object_get_string(text) : "");
    if (value == NULL || !settings_fits(declared, value)) {
        json_object_put(value);
        struct span type = {0};
        (void)json_get_text(declared, "type", &type);
        return err_set(err, ERR_INVALID,
                       "%s: option '%s' of [agent.%s] is not a %s that its manifest allows", where,
                       key, section->id, type.data);
    }
    json_object_object_add(config, key, value);
    return true;
}

static void settings_add_defaults(struct json_object *config, const struct manifest *manifest)
{
    struct json_object *declared = json_get(manifest->json, "config");
    if (declared == NULL) {
        return;
    }
    json_object_object_foreach(declared, key, option)
    {
        struct json_object *value = json_get(option, "default");
        if (value != NULL) {
            json_object_object_add(config, key, json_object_get(value));
        }
    }
}

bool settings_config(const struct settings *settings, const struct manifest *manifest,
                     bool is_lenient, char **ret_json, struct err *err)
{
    const struct settings_section *section = settings_find(settings, manifest->id);
    struct json_object *config = json_object_new_object(), *given = NULL;
    bool is_ok = true;
    settings_add_defaults(config, manifest);
    if (section != NULL && section->extra_json != NULL) {
        is_ok = json_parse(span_of(section->extra_json), &given, err);
    }
    for (size_t i = 0; is_ok && section != NULL && i < section->extra_count; i++) {
        is_ok = settings_add(config, manifest, section, given, i, err) || is_lenient;
    }
    if (is_ok) {
        struct sbuf text;
        sbuf_init(&text, SETTINGS_CONFIG_BYTES_MAX);
        json_render(&text, config);
        char *json = sbuf_steal(&text);
        is_ok = json != NULL || err_set(err, ERR_LIMIT, "[agent.%s] is too long", manifest->id);
        if (is_ok) {
            *ret_json = json;
        }
        sbuf_fini(&text);
    }
    json_object_put(given);
    json_object_put(config);
    return is_ok;
}

void settings_hash(const struct settings *settings, const struct manifest *manifest,
                   const char *config_json, char ret_hex[HASH_SHA256_HEX_BYTES])
{
    struct sbuf text;
    sbuf_init(&text, SETTINGS_CONFIG_BYTES_MAX + 64);
    sbuf_printf(&text, "%lld\n%s", (long long)settings_memory_bytes(settings, manifest),
                config_json);
    hash_sha256_hex(sbuf_as_span(&text), ret_hex);
    sbuf_fini(&text);
}
