/* What one configuration says about a provider, kept as long as a call goes by it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "model/model-private.h"

struct provider_settings *provider_settings_create(const struct options_provider *options)
{
    struct provider_settings *settings = mem_alloc(sizeof(*settings));
    *settings = (struct provider_settings){
        .refs = 1,
        .base_url = mem_strdup(options->base_url),
        .api_key = mem_strdup(options->api_key),
        .model = mem_strdup(options->model),
        .max_tokens_field = mem_strdup(options->max_tokens_field),
        .headers = openai_headers(options),
        .is_key_missing =
            options->needs_key && (options->api_key == NULL || options->api_key[0] == '\0'),
        .is_practice = options->practice,
        .is_tls = strncasecmp(options->base_url, "https:", 6) == 0,
        .concurrency = options->concurrency > 0 ? options->concurrency : 1,
        .retries = options->retries,
        .connect_ms = options->connect_ms,
        .first_token_ms = options->first_token_ms,
        .silence_ms = options->silence_ms,
        .answer_ms = options->answer_ms,
        .retry_base_ms = options->retry_base_ms,
    };
    size_t bytes = strlen(options->base_url) + sizeof(OPENAI_PATH);
    settings->url = mem_alloc(bytes);
    (void)snprintf(settings->url, bytes, "%s" OPENAI_PATH, options->base_url);
    return settings;
}

struct provider_settings *provider_settings_ref(struct provider_settings *settings)
{
    settings->refs++;
    return settings;
}

void provider_settings_unref(struct provider_settings **settings)
{
    struct provider_settings *old = *settings;
    *settings = NULL;
    if (old == NULL || --old->refs > 0) {
        return;
    }
    openai_wipe_headers(old->headers);
    curl_slist_free_all(old->headers);
    free(old->base_url);
    free(old->url);
    mem_wipe_free(&old->api_key);
    free(old->model);
    free(old->max_tokens_field);
    free(old);
}

static bool provider_settings_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool provider_settings_same_access(const struct provider_settings *a,
                                   const struct provider_settings *b)
{
    const struct curl_slist *x = a->headers, *y = b->headers;
    while (x != NULL && y != NULL && strcmp(x->data, y->data) == 0) {
        x = x->next;
        y = y->next;
    }
    return x == NULL && y == NULL && provider_settings_same_text(a->base_url, b->base_url);
}

bool provider_settings_are_complete(const struct provider_settings *settings)
{
    return settings != NULL && !settings->is_key_missing && settings->model != NULL;
}
