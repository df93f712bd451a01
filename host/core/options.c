/* Loading the configuration: collect what the sources say, apply it in rising rank, check
 * what only the whole can tell. */
#include "core/options.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/options-private.h"

#define OPTIONS_EXTRA_BYTES_MAX (256 * 1024)
#define OPTIONS_SOCKET_BYTES_MAX 107 /* what sockaddr_un holds, without the NUL */

const struct options_origin *options_origin_of(const struct options_loaded *loaded,
                                               const void *field)
{
    for (size_t i = 0; i < loaded->origins_count; i++) {
        if (loaded->origins[i].field == field) {
            return &loaded->origins[i];
        }
    }
    return NULL;
}

void options_set_origin(struct options_loaded *loaded, const void *field, const char *where,
                        enum options_rank rank)
{
    struct options_origin *origin = (struct options_origin *)options_origin_of(loaded, field);
    if (origin == NULL) {
        struct options_origin *origins = mem_array(loaded->origins_count + 1, sizeof(*origins));
        if (loaded->origins_count > 0) {
            memcpy(origins, loaded->origins, loaded->origins_count * sizeof(*origins));
        }
        free(loaded->origins);
        loaded->origins = origins;
        origin = &loaded->origins[loaded->origins_count++];
        origin->field = field;
    }
    free(origin->where);
    origin->where = mem_strdup(where);
    origin->rank = rank;
}

static bool options_apply_to(struct options_loader *loader, const struct options_setting *setting,
                             char *base)
{
    void *field = base + setting->option->offset;
    struct err err = {0};
    if (!options_value_parse(setting->option, setting->value, setting->rank > RANK_FILE, field,
                             &err)) {
        options_problem(loader->problems, false, setting->where, "%s.%s %s", setting->group,
                        setting->key, err.text);
        return false;
    }
    options_set_origin(loader->loaded, field, setting->where, setting->rank);
    return true;
}

static void options_apply(struct options_loader *loader, const struct options_setting *setting)
{
    if (setting->option == NULL) {
        return; /* an agent's own, see options_take_extras */
    }
    struct options_elements elements = options_elements(loader->loaded, setting->option->section);
    for (size_t i = 0; i < elements.count; i++) {
        if (setting->name != NULL &&
            strcmp(options_element_name(&elements, i), setting->name) != 0) {
            continue;
        }
        if (!options_apply_to(loader, setting, elements.first + i * elements.bytes_each)) {
            return; /* for [queue] it would fail for every queue alike */
        }
    }
}

/* [queue] before [queue.NAME] of the same rank: the sections may stand in any order. */
static void options_apply_all(struct options_loader *loader)
{
    size_t from = 0;
    while (from < loader->settings_count) {
        size_t to = from;
        while (to < loader->settings_count &&
               loader->settings[to].rank == loader->settings[from].rank) {
            to++;
        }
        for (int is_named = 0; is_named < 2; is_named++) {
            for (size_t i = from; i < to; i++) {
                if ((loader->settings[i].name != NULL) == is_named) {
                    options_apply(loader, &loader->settings[i]);
                }
            }
        }
        from = to;
    }
}

static void options_take_extra(struct options_agent *agent, struct json_object *extra,
                               const struct options_setting *setting)
{
    json_object_object_add(extra, setting->key, json_object_new_string(setting->value));
    for (size_t i = 0; i < agent->extra_keys.count; i++) {
        if (strcmp(agent->extra_keys.items[i], setting->key) == 0) {
            free(agent->extra_where.items[i]);
            agent->extra_where.items[i] = mem_strdup(setting->where);
            return;
        }
    }
    options_list_add(&agent->extra_keys, setting->key, strlen(setting->key));
    options_list_add(&agent->extra_where, setting->where, strlen(setting->where));
}

/* Keys of [agent.ID] that are not the host's go to the agent as JSON texts. */
static void options_take_extras(struct options_loader *loader, struct options_agent *agent)
{
    struct json_object *extra = json_object_new_object();
    for (size_t i = 0; i < loader->settings_count; i++) {
        const struct options_setting *setting = &loader->settings[i];
        if (setting->option == NULL && strcmp(setting->name, agent->id) == 0) {
            options_take_extra(agent, extra, setting);
        }
    }
    struct sbuf json;
    sbuf_init(&json, OPTIONS_EXTRA_BYTES_MAX);
    json_render(&json, extra);
    json_object_put(extra);
    if (json.is_failed) {
        options_problem(loader->problems, false, agent->extra_where.items[0],
                        "the options of agent '%s' are larger than %d bytes", agent->id,
                        OPTIONS_EXTRA_BYTES_MAX);
        sbuf_clear(&json);
        sbuf_puts(&json, "{}");
    }
    agent->extra_json = sbuf_steal(&json);
    sbuf_fini(&json);
}

static void options_where_of(const struct options_loaded *loaded, const void *field,
                             const char *name, char ret_where[256])
{
    const struct options_origin *origin = options_origin_of(loaded, field);
    (void)snprintf(ret_where, 256, "%s", origin != NULL ? origin->where : name);
}

/* systemd may hand several directories, separated by colons: the first is meant. */
static char *options_first_dir(const char *dirs, const char *file)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%.*s%s", (int)strcspn(dirs, ":"), dirs, file);
    return mem_strdup(path);
}

static char *options_default_state_dir(const struct options_pairs *environ_)
{
    const char *given = options_pairs_get(environ_, "STATE_DIRECTORY");
    if (given != NULL) {
        return options_first_dir(given, "");
    }
    if (geteuid() == 0) {
        return mem_strdup("/var/lib/agenthost");
    }
    const char *xdg = options_pairs_get(environ_, "XDG_STATE_HOME");
    const char *home = options_pairs_get(environ_, "HOME");
    if (xdg != NULL && *xdg == '/') {
        return options_first_dir(xdg, "/agenthost");
    }
    return home != NULL ? options_first_dir(home, "/.local/state/agenthost") : NULL;
}

static void options_finish_state(struct options_loader *loader)
{
    struct options *options = &loader->loaded->options;
    if (options->state.dir == NULL) {
        options->state.dir = options_default_state_dir(&loader->environ);
    }
    if (options->state.dir == NULL) {
        options_problem(loader->problems, false, "state.dir",
                        "is not set, and neither is HOME to find a place: set state.dir");
        return;
    }
    const char *run = options_pairs_get(&loader->environ, "RUNTIME_DIRECTORY");
    if (options->state.socket == NULL) {
        options->state.socket =
            options_first_dir(run != NULL ? run : options->state.dir, "/control.sock");
    }
    if (strlen(options->state.socket) > OPTIONS_SOCKET_BYTES_MAX) {
        char where[256];
        options_where_of(loader->loaded, &options->state.socket, "state.socket", where);
        options_problem(loader->problems, false, where,
                        "the path of the control socket is longer than %d bytes: '%s'; set "
                        "state.socket to a shorter one",
                        OPTIONS_SOCKET_BYTES_MAX, options->state.socket);
    }
}

static void options_finish_redis(struct options_loader *loader)
{
    struct options *options = &loader->loaded->options;
    static const char *const schemes[] = {"redis://", "rediss://", "tcp://", "unix:"};
    const struct options_origin *url = options_origin_of(loader->loaded, &options->redis.url);
    const struct options_origin *host = options_origin_of(loader->loaded, &options->redis.host);
    if (url == NULL) {
        return;
    }
    if (host != NULL && host->rank > url->rank) {
        mem_wipe_free(&options->redis.url); /* REDIS_HOST over an url in the file */
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (strncmp(options->redis.url, schemes[i], strlen(schemes[i])) == 0) {
            return;
        }
    }
    options_problem(loader->problems, false, url->where,
                    "redis.url begins with redis://, rediss://, tcp:// or unix:");
}

static void options_finish_provider(struct options_loader *loader,
                                    struct options_provider *provider)
{
    char where[256], name[128];
    (void)snprintf(name, sizeof(name), "[provider.%s]", provider->name);
    if (provider->base_url == NULL) {
        options_problem(loader->problems, false, name, "has no base_url");
        return;
    }
    size_t len = strlen(provider->base_url);
    while (len > 0 && provider->base_url[len - 1] == '/') {
        provider->base_url[--len] = '\0';
    }
    options_where_of(loader->loaded, &provider->base_url, name, where);
    if (strncmp(provider->base_url, "http://", 7) != 0 &&
        strncmp(provider->base_url, "https://", 8) != 0) {
        options_problem(loader->problems, false, where, "base_url begins with http:// or https://");
    }
    options_where_of(loader->loaded, &provider->max_tokens_field, name, where);
    if (strcmp(provider->max_tokens_field, "max_completion_tokens") != 0 &&
        strcmp(provider->max_tokens_field, "max_tokens") != 0) {
        options_problem(loader->problems, false, where,
                        "max_tokens_field is max_completion_tokens or max_tokens");
    }
}

static void options_check_provider_name(struct options_loader *loader, const char *const *field,
                                        const char *option)
{
    const struct options *options = &loader->loaded->options;
    if (*field == NULL || options_provider_find(options, *field) != NULL) {
        return;
    }
    char where[256];
    options_where_of(loader->loaded, field, option, where);
    const char *names[64];
    size_t count = 0;
    for (; count < options->providers_count && count < ARRAY_LEN(names); count++) {
        names[count] = options->providers[count].name;
    }
    const char *nearest = options_nearest(*field, names, count);
    options_problem(loader->problems, false, where, "there is no [provider.%s]%s%s%s", *field,
                    nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "'?" : "");
}

/* A missing url or key is no mistake: the host starts without, and says what to set. */
static void options_finish_store(struct options_loader *loader)
{
    struct options *options = &loader->loaded->options;
    char where[256];
    if (strcmp(options->store.driver, "sqlite") != 0 &&
        strcmp(options->store.driver, "supabase") != 0) {
        options_where_of(loader->loaded, &options->store.driver, "store.driver", where);
        options_problem(loader->problems, false, where,
                        "store.driver is sqlite or supabase, not '%s'", options->store.driver);
    }
    char *url = options->store.url;
    if (url == NULL || strcmp(options->store.driver, "supabase") != 0) {
        return;
    }
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/') {
        url[--len] = '\0';
    }
    static const char rest[] = "/rest/v1";
    if (len > sizeof(rest) - 1 && strcmp(url + len - (sizeof(rest) - 1), rest) == 0) {
        url[len - (sizeof(rest) - 1)] = '\0';
    }
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
        options_where_of(loader->loaded, &options->store.url, "store.url", where);
        options_problem(loader->problems, false, where,
                        "store.url begins with http:// or https://");
    }
}

static void options_finish(struct options_loader *loader)
{
    struct options *options = &loader->loaded->options;
    options_list_fini(&loader->loaded->queue_names); /* from here on: the queues served */
    for (size_t i = 0; i < options->queues_count; i++) {
        const char *name = options->queues[i].name;
        options_list_add(&loader->loaded->queue_names, name, strlen(name));
    }
    options_finish_state(loader);
    options_finish_redis(loader);
    for (size_t i = 0; i < options->providers_count; i++) {
        options_finish_provider(loader, &options->providers[i]);
    }
    options_check_provider_name(loader, (const char *const *)&options->agents.provider,
                                "agents.provider");
    for (size_t i = 0; i < options->agent_sections_count; i++) {
        struct options_agent *agent = &options->agent_sections[i];
        options_check_provider_name(loader, (const char *const *)&agent->provider, agent->id);
        options_take_extras(loader, agent);
    }
    char where[256];
    options_finish_store(loader);
    options_finish_http(loader);
    if (options->agents.still_ms_max < options->agents.still_ms) {
        options_where_of(loader->loaded, &options->agents.still_ms_max, "agents.still_max", where);
        options_problem(loader->problems, false, where,
                        "agents.still_max is less than agents.still");
    }
}

bool options_load(const struct options_source *source, struct options **ret_options,
                  struct options_problems *problems)
{
    *problems = (struct options_problems){0};
    struct options_loader loader = {.source = source, .problems = problems};
    loader.loaded = mem_alloc(sizeof(*loader.loaded));
    options_fill_defaults(SECTION_FIXED, loader.loaded);
    options_collect(&loader);
    options_make_sections(&loader);
    options_apply_all(&loader);
    options_finish(&loader);
    options_settings_fini(&loader);
    options_pairs_fini(&loader.environ);
    free(loader.port);
    free(loader.port_where);
    bool is_ok = true;
    for (size_t i = 0; i < problems->count; i++) {
        is_ok = is_ok && problems->items[i].is_warning;
    }
    struct options *options = &loader.loaded->options;
    if (is_ok) {
        *ret_options = options;
    } else {
        options_destroy(&options);
    }
    return is_ok;
}

void options_destroy(struct options **options)
{
    if (*options == NULL) {
        return;
    }
    struct options_loaded *loaded = CONTAINER_OF(*options, struct options_loaded, options);
    *options = NULL;
    options_destroy_sections(loaded);
    options_clear_section(SECTION_FIXED, loaded);
    free(loaded->options.config_path);
    free(loaded->options.env_path);
    for (size_t i = 0; i < loaded->origins_count; i++) {
        free(loaded->origins[i].where);
    }
    free(loaded->origins);
    free(loaded);
}

const struct options_provider *options_provider_find(const struct options *options,
                                                     const char *name)
{
    for (size_t i = 0; i < options->providers_count; i++) {
        if (strcmp(options->providers[i].name, name) == 0) {
            return &options->providers[i];
        }
    }
    return NULL;
}

const struct options_model *options_model_find(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->models_count; i++) {
        if (strcmp(options->models[i].name, name) == 0) {
            return &options->models[i];
        }
    }
    return NULL;
}

const struct options_agent *options_agent_find(const struct options *options, const char *id)
{
    for (size_t i = 0; i < options->agent_sections_count; i++) {
        if (strcmp(options->agent_sections[i].id, id) == 0) {
            return &options->agent_sections[i];
        }
    }
    return NULL;
}

const struct options_queue *options_queue_find(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->queues_count; i++) {
        if (strcmp(options->queues[i].name, name) == 0) {
            return &options->queues[i];
        }
    }
    return NULL;
}

bool options_queue_takes(const struct options_queue *queue, const char *agent_id)
{
    for (size_t i = 0; i < queue->agents.count; i++) {
        if (strcmp(queue->agents.items[i], agent_id) == 0) {
            return true;
        }
    }
    return queue->agents.count == 0;
}
