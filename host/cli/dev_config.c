/* What agenthost dev tells its host: the environment and the configuration. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/dev-private.h"
#include "core/mem.h"

/* The caller's settings for other hosts, and a key that nobody asked to be spent, stay out. */
static bool dev_is_passed_on(bool is_own_model, const char *variable)
{
    static const char *const kept_out[] = {
        "AGENTHOST_",      "REDIS_",           "SUPABASE_",          "PORT=",
        "LOG_LEVEL=",      "STATE_DIRECTORY=", "RUNTIME_DIRECTORY=", "CREDENTIALS_DIRECTORY=",
        "NOTIFY_SOCKET=",  "WATCHDOG_",        "NODE_CHANNEL_FD=",   "JOURNAL_STREAM=",
        "OPENAI_BASE_URL="};
    for (size_t i = 0; i < ARRAY_LEN(kept_out); i++) {
        if (strncmp(variable, kept_out[i], strlen(kept_out[i])) == 0) {
            return false;
        }
    }
    return is_own_model || strncmp(variable, "OPENAI_", 7) != 0;
}

char **dev_environment_create(const struct dev_options *options)
{
    size_t count = 0, kept = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **environment = mem_array(count + 1, sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        if (dev_is_passed_on(options->model_url != NULL, environ[i])) {
            environment[kept++] = environ[i];
        }
    }
    return environment;
}

/* A bundle itself gets a link in a folder of ours, for the host looks for bundles in folders. */
static bool dev_write_dirs(const struct dev_options *options, const struct dev_folder *folder,
                           FILE *config, struct err *err)
{
    (void)fprintf(config, "dirs = %s", folder->links);
    for (size_t i = 0; i < options->dirs_count; i++) {
        const char *dir = options->dirs[i];
        if (!dev_is_bundle(dir)) {
            (void)fprintf(config, ", %s", dir);
            continue;
        }
        char link[PATH_MAX];
        int len = snprintf(link, sizeof(link), "%s%s", folder->links, strrchr(dir, '/'));
        if (len >= (int)sizeof(link) || symlink(dir, link) != 0) {
            return err_set_errno(err, "two agents named '%s', or no room for a link to it",
                                 strrchr(dir, '/') + 1);
        }
    }
    (void)fputc('\n', config);
    return true;
}

bool dev_config_write(const struct dev_options *options, const struct dev_folder *folder,
                      unsigned model_port, struct err *err)
{
    FILE *config = fopen(folder->config, "we");
    if (config == NULL) {
        return err_set_errno(err, "'%s' cannot be written", folder->config);
    }
    (void)fprintf(config,
                  "[log]\nformat = json\nlevel = debug\ntexts = yes\n"
                  "[redis]\nurl = unix:%s\n[state]\ndir = %s/state\n"
                  "[queue]\nnames = readings\nconcurrency = 4\nlimiter = off\n"
                  "[limits]\ndrain_timeout = 0s\n"
                  "[http]\nlisten = 127.0.0.1:%u\nlimiter = off\n",
                  folder->redis_socket, folder->path, options->port);
    if (options->model_url != NULL) {
        (void)fprintf(config, "[provider.openai]\nbase_url = %s\nneeds_key = %s\n",
                      options->model_url, getenv("OPENAI_API_KEY") != NULL ? "yes" : "no");
    } else {
        (void)fprintf(config,
                      "[provider.openai]\nbase_url = http://127.0.0.1:%u/v1\nmodel = practice\n"
                      "practice = yes\nneeds_key = no\n",
                      model_port);
    }
    /* What has been quiet when the reload is asked for need not be waited for. */
    (void)fputs("[agents]\nstill = 0s\n", config);
    bool is_good = dev_write_dirs(options, folder, config, err);
    if (fclose(config) != 0 && is_good) {
        return err_set_errno(err, "'%s' cannot be written", folder->config);
    }
    return is_good;
}
