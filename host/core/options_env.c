/* Variables of the environment and of .env files, and systemd's credentials, as settings. */
#include "core/options-private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"

#define OPTION_SECRET_BYTES_MAX (64 * 1024)
#define OPTION_VARIABLE_BYTES_MAX 96
#define OPTIONS_PAIRS_MAX 10000

void options_pairs_add(struct options_pairs *pairs, const char *name, const char *value,
                       const char *where)
{
    if (pairs->count >= OPTIONS_PAIRS_MAX) {
        return;
    }
    if (pairs->count == pairs->capacity) {
        size_t capacity = pairs->capacity > 0 ? 2 * pairs->capacity : 64;
        struct options_pair *items = mem_array(capacity, sizeof(*items));
        if (pairs->count > 0) {
            memcpy(items, pairs->items, pairs->count * sizeof(*items));
        }
        free(pairs->items);
        pairs->items = items;
        pairs->capacity = capacity;
    }
    pairs->items[pairs->count++] = (struct options_pair){
        .name = mem_strdup(name), .value = mem_strdup(value), .where = mem_strdup(where)};
}

void options_pairs_fini(struct options_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].name);
        mem_wipe_free(&pairs->items[i].value); /* often a secret */
        free(pairs->items[i].where);
    }
    free(pairs->items);
    *pairs = (struct options_pairs){0};
}

/* The last of the name wins; an empty value counts as none, as compose files pass those. */
static const struct options_pair *pairs_find(const struct options_pairs *pairs, const char *name)
{
    for (size_t i = pairs->count; i > 0; i--) {
        const struct options_pair *pair = &pairs->items[i - 1];
        if (strcmp(pair->name, name) == 0) {
            return *pair->value != '\0' ? pair : NULL;
        }
    }
    return NULL;
}

const char *options_pairs_get(const struct options_pairs *pairs, const char *name)
{
    const struct options_pair *pair = pairs_find(pairs, name);
    return pair != NULL ? pair->value : NULL;
}

static void env_add(struct options_loader *loader, const struct option *option,
                    enum options_rank rank, const char *value, const char *where)
{
    /* The variables of earlier deployments that mean a provider mean OpenAI. */
    bool is_provider = option->section == SECTION_PROVIDER;
    options_add_setting(loader, (struct options_setting){
                                    .rank = rank,
                                    .group = mem_strdup(option->group),
                                    .name = is_provider ? mem_strdup("openai") : NULL,
                                    .key = mem_strdup(option->key),
                                    .value = mem_strdup(value),
                                    .where = mem_strdup(where),
                                });
}

/* Reads a file that holds one secret; one newline at its end does not belong to it. */
static bool env_read_secret(struct options_loader *loader, const char *path, const char *where,
                            char **ret_value)
{
    struct err err = {0};
    size_t len;
    if (!options_read_file(path, OPTION_SECRET_BYTES_MAX, ret_value, &len, &err)) {
        options_problem(loader->problems, false, where, "%s", err.text);
        return false;
    }
    if (len > 0 && (*ret_value)[len - 1] == '\n') {
        (*ret_value)[--len] = '\0';
    }
    if (len > 0 && (*ret_value)[len - 1] == '\r') {
        (*ret_value)[--len] = '\0';
    }
    if (strlen(*ret_value) == len && len > 0) {
        return true;
    }
    options_problem(loader->problems, false, where, "'%s' is empty or holds a NUL", path);
    mem_wipe_free(ret_value);
    return false;
}

bool options_add_secret_file(struct options_loader *loader, const struct option *option,
                             struct options_setting setting)
{
    char *value = NULL;
    if (!env_read_secret(loader, setting.value, setting.where, &value)) {
        return false;
    }
    setting.key = mem_strdup(option->key);
    setting.value = value;
    setting.group = mem_strdup(setting.group);
    setting.name = mem_strdup(setting.name);
    setting.where = mem_strdup(setting.where);
    options_add_setting(loader, setting);
    return true;
}

/* Container links set REDIS_PORT=tcp://10.0.0.1:6379: host and port in one. */
static bool env_add_link(struct options_loader *loader, const struct options_pairs *pairs,
                         enum options_rank rank, const struct options_pair *pair)
{
    bool is_port = strcmp(pair->name, "REDIS_PORT") == 0;
    if ((!is_port && strcmp(pair->name, "REDIS_HOST") != 0) ||
        strncmp(pair->value, "tcp://", 6) != 0) {
        return false;
    }
    char *host = mem_strdup(pair->value + 6);
    char *port = strrchr(host, ':');
    if (port != NULL) {
        *port++ = '\0';
    }
    if (!is_port || pairs_find(pairs, "REDIS_HOST") == NULL) {
        env_add(loader, options_find("redis", NULL, "host"), rank, host, pair->where);
    }
    if (port != NULL && (is_port || pairs_find(pairs, "REDIS_PORT") == NULL)) {
        env_add(loader, options_find("redis", NULL, "port"), rank, port, pair->where);
    }
    free(host);
    return true;
}

static void env_try(struct options_loader *loader, const struct options_pairs *pairs,
                    enum options_rank rank, const struct option *option, const char *name)
{
    const struct options_pair *pair = pairs_find(pairs, name);
    if (pair != NULL && !env_add_link(loader, pairs, rank, pair)) {
        env_add(loader, option, rank, pair->value, pair->where);
    }
    if (!option->is_secret) {
        return;
    }
    char file_name[OPTION_VARIABLE_BYTES_MAX];
    (void)snprintf(file_name, sizeof(file_name), "%s_FILE", name);
    const struct options_pair *file = pairs_find(pairs, file_name);
    char *value = NULL;
    if (file == NULL) {
        return;
    }
    if (pair != NULL) {
        options_problem(loader->problems, false, file->where, "%s is set too; keep one", name);
    } else if (env_read_secret(loader, file->value, file->where, &value)) {
        env_add(loader, option, rank, value, file->where);
        mem_wipe_free(&value);
    }
}

/* AGENTHOST_QUEUE_CONCURRENCY; only options that stand in a section without a name. */
static bool env_own_name(const struct option *option, char ret_name[OPTION_VARIABLE_BYTES_MAX])
{
    if (option->section != SECTION_FIXED && option->section != SECTION_QUEUE) {
        return false;
    }
    (void)snprintf(ret_name, OPTION_VARIABLE_BYTES_MAX, "AGENTHOST_%s_%s", option->group,
                   option->key);
    for (char *at = ret_name; *at != '\0'; at++) {
        *at = (char)toupper((unsigned char)*at);
    }
    return true;
}

static bool env_is_known(const char *variable)
{
    char name[OPTION_VARIABLE_BYTES_MAX];
    for (size_t i = 0; i < options_table_count; i++) {
        if (!env_own_name(&options_table[i], name)) {
            continue;
        }
        size_t len = strlen(name);
        if (strncmp(variable, name, len) == 0 &&
            (variable[len] == '\0' ||
             (options_table[i].is_secret && strcmp(variable + len, "_FILE") == 0))) {
            return true;
        }
    }
    return false;
}

/* Only a warning: orchestrators inject variables named after their services. */
static void env_warn_unknown(struct options_loader *loader, const struct options_pair *pair)
{
    char *names[128] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < options_table_count && count < ARRAY_LEN(names); i++) {
        char name[OPTION_VARIABLE_BYTES_MAX];
        if (env_own_name(&options_table[i], name)) {
            names[count++] = mem_strdup(name);
        }
    }
    const char *nearest = options_nearest(pair->name, (const char *const *)names, count);
    options_problem(loader->problems, true, pair->where, "no option has this name, ignoring it%s%s",
                    nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
}

/* PORT is no setting: it must not win over a file that says where to listen. */
static void env_take_port(struct options_loader *loader, const struct options_pairs *pairs)
{
    const struct options_pair *pair = pairs_find(pairs, "PORT");
    if (pair != NULL) {
        free(loader->port);
        free(loader->port_where);
        loader->port = mem_strdup(pair->value);
        loader->port_where = mem_strdup(pair->where);
    }
}

void options_read_pairs(struct options_loader *loader, const struct options_pairs *pairs,
                        enum options_rank rank, enum options_rank own_rank)
{
    for (size_t i = 0; i < options_table_count; i++) {
        if (options_table[i].env != NULL) {
            env_try(loader, pairs, rank, &options_table[i], options_table[i].env);
        }
    }
    for (size_t i = 0; i < options_table_count; i++) {
        char name[OPTION_VARIABLE_BYTES_MAX];
        if (env_own_name(&options_table[i], name)) {
            env_try(loader, pairs, own_rank, &options_table[i], name);
        }
    }
    env_take_port(loader, pairs);
    for (size_t i = 0; i < pairs->count; i++) {
        if (strncmp(pairs->items[i].name, "AGENTHOST_", 10) == 0 &&
            !env_is_known(pairs->items[i].name)) {
            env_warn_unknown(loader, &pairs->items[i]);
        }
    }
}

/* The credential is named like the variable, in lower case. */
static void credential_try(struct options_loader *loader, const char *directory,
                           const struct option *option, const char *variable)
{
    char name[OPTION_VARIABLE_BYTES_MAX], path[1024], where[OPTION_VARIABLE_BYTES_MAX + 16];
    size_t len = 0;
    for (; variable[len] != '\0' && len < sizeof(name) - 1; len++) {
        name[len] = (char)tolower((unsigned char)variable[len]);
    }
    name[len] = '\0';
    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path)) {
        return;
    }
    (void)snprintf(where, sizeof(where), "credential %s", name);
    char *value = NULL;
    struct err err = {0};
    size_t bytes;
    if (!options_read_file(path, OPTION_SECRET_BYTES_MAX, &value, &bytes, &err)) {
        if (err.kind != ERR_NOT_FOUND) {
            options_problem(loader->problems, false, where, "%s", err.text);
        }
        return;
    }
    mem_wipe_free(&value);
    if (env_read_secret(loader, path, where, &value)) {
        env_add(loader, option, RANK_CREDENTIAL, value, where);
        mem_wipe_free(&value);
    }
}

void options_read_credentials(struct options_loader *loader, const char *directory)
{
    for (size_t i = 0; i < options_table_count; i++) {
        const struct option *option = &options_table[i];
        char own[OPTION_VARIABLE_BYTES_MAX];
        if (option->is_secret && option->env != NULL) {
            credential_try(loader, directory, option, option->env);
        }
        if (option->is_secret && env_own_name(option, own)) {
            credential_try(loader, directory, option, own);
        }
    }
}
