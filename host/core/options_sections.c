/* The sections with a name: which there are, and their defaults. */
#include "core/options-private.h"

#include <assert.h>
#include <stdlib.h>

#include "core/mem.h"

#define OPTIONS_SECTIONS_MAX 256 /* of one kind */

/* What options_element_name relies on. */
static_assert(offsetof(struct options_queue, name) == 0, "a section begins with its name");
static_assert(offsetof(struct options_agent, id) == 0, "a section begins with its name");
static_assert(offsetof(struct options_provider, name) == 0, "a section begins with its name");
static_assert(offsetof(struct options_model, name) == 0, "a section begins with its name");

struct options_elements options_elements(const struct options_loaded *loaded,
                                         enum option_section section)
{
    const struct options *options = &loaded->options;
    switch (section) {
    case SECTION_FIXED:
        break;
    case SECTION_QUEUE:
        return (struct options_elements){(char *)options->queues, options->queues_count,
                                         sizeof(*options->queues)};
    case SECTION_AGENT:
        return (struct options_elements){(char *)options->agent_sections,
                                         options->agent_sections_count,
                                         sizeof(*options->agent_sections)};
    case SECTION_PROVIDER:
        return (struct options_elements){(char *)options->providers, options->providers_count,
                                         sizeof(*options->providers)};
    case SECTION_MODEL:
        return (struct options_elements){(char *)options->models, options->models_count,
                                         sizeof(*options->models)};
    }
    return (struct options_elements){(char *)loaded, 1, sizeof(*loaded)};
}

const char *options_element_name(const struct options_elements *elements, size_t index)
{
    return *(char *const *)(elements->first + index * elements->bytes_each);
}

void options_fill_defaults(enum option_section section, void *base)
{
    for (size_t i = 0; i < options_table_count; i++) {
        const struct option *option = &options_table[i];
        if (option->section != section) {
            continue;
        }
        void *field = (char *)base + option->offset;
        options_value_clear(option, field);
        struct err err = {0};
        bool is_ok = option->fallback == NULL ||
                     options_value_parse(option, option->fallback, false, field, &err);
        assert(is_ok);
        (void)is_ok;
    }
}

void options_clear_section(enum option_section section, void *base)
{
    for (size_t i = 0; i < options_table_count; i++) {
        if (options_table[i].section == section) {
            options_value_clear(&options_table[i], (char *)base + options_table[i].offset);
        }
    }
}

static bool list_holds(const struct options_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], item) == 0) {
            return true;
        }
    }
    return false;
}

static bool section_is_agent_id(const char *id)
{
    size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return *id >= 'a' && *id <= 'z' && id[len] == '\0' && len <= 32;
}

/* What is wrong with a section's name, or NULL. */
static const char *section_name_problem(enum option_section section, const char *name)
{
    if (section == SECTION_AGENT && !section_is_agent_id(name)) {
        return "an agent's id is a lower-case letter, then up to 31 letters, digits and -";
    }
    if (section == SECTION_QUEUE && (strpbrk(name, ":,") != NULL || *name == '\0')) {
        return "a queue's name is not empty and has no colon or comma";
    }
    return strlen(name) > 64 ? "a name has at most 64 bytes" : NULL;
}

/* The names that settings of the group carry, in the order met. */
static void sections_named(struct options_loader *loader, const char *group,
                           enum option_section section, struct options_list *ret_names)
{
    for (size_t i = 0; i < loader->settings_count; i++) {
        const struct options_setting *setting = &loader->settings[i];
        if (setting->name == NULL || strcmp(setting->group, group) != 0 ||
            list_holds(ret_names, setting->name)) {
            continue;
        }
        const char *problem = section_name_problem(section, setting->name);
        if (problem != NULL) {
            options_problem(loader->problems, false, setting->where, "'%s': %s", setting->name,
                            problem);
        } else if (ret_names->count >= OPTIONS_SECTIONS_MAX) {
            options_problem(loader->problems, false, setting->where,
                            "there are more than %d sections [%s.NAME]", OPTIONS_SECTIONS_MAX,
                            group);
        } else {
            options_list_add(ret_names, setting->name, strlen(setting->name));
        }
    }
}

/* Allocates one struct a name, with defaults; takes the names. */
static void *sections_make(enum option_section section, struct options_list *names,
                           size_t bytes_each, size_t *ret_count)
{
    char *elements = mem_array(names->count, bytes_each);
    for (size_t i = 0; i < names->count; i++) {
        char *element = elements + i * bytes_each;
        options_fill_defaults(section, element);
        *(char **)element = mem_strdup(names->items[i]);
    }
    *ret_count = names->count;
    options_list_fini(names);
    return elements;
}

/* The setting of [queue] names that wins, or NULL. */
static const struct options_setting *sections_queue_names(const struct options_loader *loader)
{
    const struct options_setting *names = NULL;
    for (size_t i = 0; i < loader->settings_count; i++) {
        const struct options_setting *setting = &loader->settings[i];
        if (setting->name == NULL && strcmp(setting->group, "queue") == 0 &&
            strcmp(setting->key, "names") == 0) {
            names = setting;
        }
    }
    return names;
}

/* Which queues: `names` and the sections [queue.NAME] of the file, or "readings" when there
 * is neither; `names` from the environment or a flag replaces both. */
static void sections_queue_set(struct options_loader *loader, struct options_list *ret_names)
{
    struct options_loaded *loaded = loader->loaded;
    const struct options_setting *setting = sections_queue_names(loader);
    struct options_list sections = {0};
    sections_named(loader, "queue", SECTION_QUEUE, &sections);
    if (setting != NULL) { /* a bad value is told when it is applied like all others */
        bool is_list =
            options_value_parse(setting->option, setting->value, false, &loaded->queue_names, NULL);
        (void)is_list;
    }
    for (size_t i = 0; i < loaded->queue_names.count; i++) {
        const char *name = loaded->queue_names.items[i];
        const char *problem = section_name_problem(SECTION_QUEUE, name);
        if (problem != NULL) {
            options_problem(loader->problems, false, setting->where, "'%s': %s", name, problem);
        } else if ((setting != NULL || sections.count == 0) && !list_holds(ret_names, name)) {
            options_list_add(ret_names, name, strlen(name));
        }
    }
    bool is_replaced = setting != NULL && setting->rank > RANK_FILE;
    for (size_t i = 0; i < sections.count; i++) {
        const char *name = sections.items[i];
        if (list_holds(ret_names, name)) {
            continue;
        }
        if (is_replaced) {
            options_problem(loader->problems, true, setting->where,
                            "replaces the set of queues: [queue.%s] is not served", name);
        } else {
            options_list_add(ret_names, name, strlen(name));
        }
    }
    options_list_fini(&sections);
    if (ret_names->count == 0) {
        options_problem(loader->problems, false, setting != NULL ? setting->where : "queue.names",
                        "no queue is left to serve");
    }
}

void options_make_sections(struct options_loader *loader)
{
    struct options *options = &loader->loaded->options;
    struct options_list names = {0};
    sections_queue_set(loader, &names);
    options->queues =
        sections_make(SECTION_QUEUE, &names, sizeof(*options->queues), &options->queues_count);
    sections_named(loader, "agent", SECTION_AGENT, &names);
    options->agent_sections = sections_make(SECTION_AGENT, &names, sizeof(*options->agent_sections),
                                            &options->agent_sections_count);
    options_list_add(&names, "openai", strlen("openai"));
    sections_named(loader, "provider", SECTION_PROVIDER, &names);
    options->providers = sections_make(SECTION_PROVIDER, &names, sizeof(*options->providers),
                                       &options->providers_count);
    options->providers[0].base_url = mem_strdup("https://api.openai.com/v1");
    sections_named(loader, "model", SECTION_MODEL, &names);
    options->models =
        sections_make(SECTION_MODEL, &names, sizeof(*options->models), &options->models_count);
}

static void sections_destroy(struct options_loaded *loaded, enum option_section section)
{
    struct options_elements elements = options_elements(loaded, section);
    for (size_t i = 0; i < elements.count; i++) {
        char *element = elements.first + i * elements.bytes_each;
        options_clear_section(section, element);
        free(*(char **)element);
    }
    free(elements.first);
}

void options_destroy_sections(struct options_loaded *loaded)
{
    for (size_t i = 0; i < loaded->options.agent_sections_count; i++) {
        struct options_agent *agent = &loaded->options.agent_sections[i];
        free(agent->extra_json);
        options_list_fini(&agent->extra_keys);
        options_list_fini(&agent->extra_where);
    }
    sections_destroy(loaded, SECTION_QUEUE);
    sections_destroy(loaded, SECTION_AGENT);
    sections_destroy(loaded, SECTION_PROVIDER);
    sections_destroy(loaded, SECTION_MODEL);
}
