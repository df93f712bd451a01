/* manifest.json as a whole: read, and asked about afterwards. */
#include "agent/manifest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/manifest-private.h"
#include "core/json.h"
#include "core/mem.h"

const char *manifest_find_text(struct json_object *list, const char *text)
{
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        const char *item = json_object_get_string(json_object_array_get_idx(list, i));
        if (strcmp(item, text) == 0) {
            return item;
        }
    }
    return NULL;
}

/* The description's one text: as written, or in the default language, or the first. */
static const char *manifest_pick_description(const struct manifest *manifest)
{
    struct json_object *value = json_get(manifest->json, "description");
    if (value == NULL || json_object_is_type(value, json_type_string)) {
        return value != NULL ? json_object_get_string(value) : NULL;
    }
    struct json_object *own =
        manifest->default_language != NULL ? json_get(value, manifest->default_language) : NULL;
    if (own != NULL) {
        return json_object_get_string(own);
    }
    struct json_object_iterator first = json_object_iter_begin(value);
    return json_object_get_string(json_object_iter_peek_value(&first));
}

bool manifest_parse(const char *path, const char *folder_id, struct span text,
                    struct manifest **ret_manifest, struct err *err)
{
    if (text.len > MANIFEST_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "%s: is longer than %d bytes", path, MANIFEST_BYTES_MAX);
    }
    struct manifest *manifest = mem_alloc(sizeof(*manifest));
    manifest->passes_max = 1;
    manifest->model_temperature = NAN;
    manifest->is_streamed = true;
    manifest->text = mem_strndup(text.data, text.len);
    manifest->text_len = text.len;
    struct manifest_reader reader = {
        .path = path, .folder_id = folder_id, .manifest = manifest, .err = err};
    struct err cause = {0};
    bool is_ok = json_parse(text, &manifest->json, &cause);
    if (!is_ok) {
        (void)err_set(err, ERR_INVALID, "%s:%s", path, cause.text);
    }
    is_ok = is_ok && manifest_read_keys(&reader);
    if (!is_ok) {
        manifest_destroy(&manifest);
        return false;
    }
    manifest->description = manifest_pick_description(manifest);
    *ret_manifest = manifest;
    return true;
}

void manifest_destroy(struct manifest **manifest)
{
    if (*manifest == NULL) {
        return;
    }
    json_object_put((*manifest)->json);
    free((*manifest)->text);
    free(*manifest);
    *manifest = NULL;
}

bool manifest_declares_config(const struct manifest *manifest, const char *key)
{
    return json_get(json_get(manifest->json, "config"), key) != NULL;
}

/* The manifest's own spelling of a language: exact, or of its first part ("de" for "de-AT"). */
static const char *manifest_find_language(struct json_object *languages, const char *wanted)
{
    if (wanted == NULL) {
        return NULL;
    }
    const char *found = manifest_find_text(languages, wanted);
    size_t len = strcspn(wanted, "-_");
    char first[4];
    if (found != NULL || len >= sizeof(first)) {
        return found;
    }
    memcpy(first, wanted, len);
    first[len] = '\0';
    return manifest_find_text(languages, first);
}

bool manifest_has_language(const struct manifest *manifest, const char *wanted)
{
    return manifest_find_language(json_get(manifest->json, "languages"), wanted) != NULL;
}

const char *manifest_language(const struct manifest *manifest, const char *wanted,
                              const char *fallback)
{
    struct json_object *languages = json_get(manifest->json, "languages");
    const char *found = manifest_find_language(languages, wanted);
    if (found == NULL) {
        found = manifest->default_language;
    }
    if (found == NULL) {
        found = manifest_find_language(languages, fallback);
    }
    return found != NULL ? found : json_object_get_string(json_object_array_get_idx(languages, 0));
}
