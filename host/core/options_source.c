/* Collects the settings of all sources, lowest rank first. */
#include "core/options-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/dotenv.h"
#include "core/mem.h"

#define OPTIONS_SETTINGS_MAX 4000
#define OPTIONS_FILE_BYTES_MAX (1024 * 1024)
#define OPTIONS_DOTENV_BYTES_MAX (256 * 1024)
#define OPTIONS_DEFAULT_PATH "/etc/agenthost/agenthost.conf"

static void setting_fini(struct options_setting *setting)
{
    free(setting->group);
    free(setting->name);
    free(setting->key);
    mem_wipe_free(&setting->value); /* may be a secret */
    free(setting->where);
}

void options_settings_fini(struct options_loader *loader)
{
    for (size_t i = 0; i < loader->settings_count; i++) {
        setting_fini(&loader->settings[i]);
    }
    free(loader->settings);
}

/* `api_key_file = PATH` is api_key, read from a file. */
static const struct option *setting_secret_of(const struct options_setting *setting)
{
    size_t len = strlen(setting->key);
    if (len <= 5 || strcmp(setting->key + len - 5, "_file") != 0) {
        return NULL;
    }
    char *key = mem_strndup(setting->key, len - 5);
    const struct option *option = options_find(setting->group, setting->name, key);
    free(key);
    return option != NULL && option->is_secret ? option : NULL;
}

static void setting_keep(struct options_loader *loader, struct options_setting setting)
{
    if (loader->settings_count == loader->settings_capacity) {
        size_t capacity = loader->settings_capacity > 0 ? 2 * loader->settings_capacity : 64;
        struct options_setting *settings = mem_array(capacity, sizeof(*settings));
        if (loader->settings_count > 0) {
            memcpy(settings, loader->settings, loader->settings_count * sizeof(*settings));
        }
        free(loader->settings);
        loader->settings = settings;
        loader->settings_capacity = capacity;
    }
    loader->settings[loader->settings_count++] = setting;
}

void options_add_setting(struct options_loader *loader, struct options_setting setting)
{
    if (loader->settings_count >= OPTIONS_SETTINGS_MAX) {
        options_problem(loader->problems, false, setting.where, "there are more than %d settings",
                        OPTIONS_SETTINGS_MAX);
        setting_fini(&setting);
        return;
    }
    setting.option = options_find(setting.group, setting.name, setting.key);
    bool is_agents_own = setting.name != NULL && strcmp(setting.group, "agent") == 0;
    if (setting.option != NULL || is_agents_own) {
        setting_keep(loader, setting);
        return;
    }
    const struct option *secret = setting_secret_of(&setting);
    if (secret != NULL) {
        (void)options_add_secret_file(loader, secret, setting); /* it tells its problems */
    } else {
        options_unknown(loader->problems, setting.where, setting.group, setting.name, setting.key);
    }
    setting_fini(&setting);
}

static void source_read_config(struct options_loader *loader)
{
    const char *wanted = loader->source->config_path;
    const char *const defaults[] = {"./agenthost.conf", OPTIONS_DEFAULT_PATH};
    const char *path = wanted;
    for (size_t i = 0; path == NULL && i < ARRAY_LEN(defaults); i++) {
        path = access(defaults[i], F_OK) == 0 ? defaults[i] : NULL;
    }
    if (path == NULL) {
        return; /* everything has a default or comes from the environment */
    }
    char *text = NULL;
    size_t len;
    struct err err = {0};
    if (!options_read_file(path, OPTIONS_FILE_BYTES_MAX, &text, &len, &err)) {
        options_problem(loader->problems, false, wanted != NULL ? "--config" : path, "%s",
                        err.text);
        return;
    }
    loader->loaded->options.config_path = mem_strdup(path);
    options_read_ini(loader, path, (struct span){text, len});
    mem_wipe_free(&text);
}

/* The .env file to read, or NULL; the caller's. */
static char *source_env_path(const struct options_loader *loader)
{
    if (loader->source->env_path != NULL) {
        return mem_strdup(loader->source->env_path);
    }
    const char *config = loader->loaded->options.config_path;
    const char *slash = config != NULL ? strrchr(config, '/') : NULL;
    if (config != NULL) {
        char beside[4096];
        int dir_len = slash != NULL ? (int)(slash - config) + 1 : 0;
        (void)snprintf(beside, sizeof(beside), "%.*s.env", dir_len, config);
        if (access(beside, F_OK) == 0) {
            return mem_strdup(beside);
        }
    }
    /* A service's working directory is nobody's choice; a person's, and PM2's, is. */
    bool is_chosen = isatty(STDIN_FILENO) || isatty(STDERR_FILENO) ||
                     options_pairs_get(&loader->environ, "pm_id") != NULL;
    return is_chosen && access(".env", F_OK) == 0 ? mem_strdup(".env") : NULL;
}

struct source_dotenv {
    const char *path;
    struct options_pairs pairs;
};

static void source_on_pair(void *ctx, unsigned line, const char *name, const char *value)
{
    struct source_dotenv *dotenv = ctx;
    char where[512];
    (void)snprintf(where, sizeof(where), "%.480s:%u", dotenv->path, line);
    options_pairs_add(&dotenv->pairs, name, value, where);
}

static void source_read_dotenv(struct options_loader *loader)
{
    char *path = source_env_path(loader);
    if (path == NULL) {
        return;
    }
    struct source_dotenv dotenv = {.path = path};
    struct err err = {0};
    struct stat info;
    char *text = NULL;
    size_t len;
    unsigned line = 0;
    if (!options_read_file(path, OPTIONS_DOTENV_BYTES_MAX, &text, &len, &err)) {
        options_problem(loader->problems, false, path, "%s", err.text);
    } else if (!dotenv_parse((struct span){text, len}, source_on_pair, &dotenv, &line, &err)) {
        char where[512];
        (void)snprintf(where, sizeof(where), "%.480s:%u", path, line);
        options_problem(loader->problems, false, where, "%s", err.text);
    } else {
        loader->loaded->options.env_path = mem_strdup(path);
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IROTH) != 0) {
            options_problem(loader->problems, true, path,
                            "everybody may read this file and the secrets in it: chmod o-r it");
        }
        options_read_pairs(loader, &dotenv.pairs, RANK_DOTENV, RANK_DOTENV_OWN);
    }
    mem_wipe_free(&text);
    options_pairs_fini(&dotenv.pairs);
    free(path);
}

static void source_take_environ(struct options_loader *loader)
{
    for (const char *const *entry = loader->source->environ; entry != NULL && *entry != NULL;
         entry++) {
        const char *equals = strchr(*entry, '=');
        if (equals == NULL) {
            continue;
        }
        char name[256], where[280];
        (void)snprintf(name, sizeof(name), "%.*s", (int)(equals - *entry), *entry);
        (void)snprintf(where, sizeof(where), "environment %s", name);
        options_pairs_add(&loader->environ, name, equals + 1, where);
    }
}

/* "group.key=value" or "group.name.key=value"; a name may hold dots itself. */
static void source_read_set(struct options_loader *loader, const char *set)
{
    const char *equals = strchr(set, '=');
    size_t left_len = equals != NULL ? (size_t)(equals - set) : strlen(set);
    char *left = mem_strndup(set, left_len);
    char *first = strchr(left, '.');
    char *last = strrchr(left, '.');
    char where[512];
    (void)snprintf(where, sizeof(where), "--set %.400s", left);
    if (equals == NULL || first == NULL || first == left || last[1] == '\0') {
        options_problem(loader->problems, false, where, "is written group.option=value");
        free(left);
        return;
    }
    size_t name_len = last > first ? (size_t)(last - first) - 1 : 0;
    options_add_setting(loader, (struct options_setting){
                                    .rank = RANK_FLAG,
                                    .group = mem_strndup(left, (size_t)(first - left)),
                                    .name = last > first ? mem_strndup(first + 1, name_len) : NULL,
                                    .key = mem_strdup(last + 1),
                                    .value = mem_strdup(equals + 1),
                                    .where = mem_strdup(where),
                                });
    free(left);
}

void options_collect(struct options_loader *loader)
{
    source_take_environ(loader);
    source_read_config(loader);
    source_read_dotenv(loader);
    const char *credentials = options_pairs_get(&loader->environ, "CREDENTIALS_DIRECTORY");
    if (credentials != NULL) {
        options_read_credentials(loader, credentials);
    }
    options_read_pairs(loader, &loader->environ, RANK_ENVIRONMENT, RANK_ENVIRONMENT_OWN);
    for (size_t i = 0; i < loader->source->sets_count; i++) {
        source_read_set(loader, loader->source->sets[i]);
    }
}
