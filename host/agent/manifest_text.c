/* The key `text`: what a bundle without code asks of the engine that stands in for it. */
#include <string.h>

#include "agent/manifest-private.h"
#include "core/json.h"

#define TEXT_KNOWLEDGE_BYTES_MAX (1024 * 1024)

static bool text_on_knowledge_bytes(struct manifest_reader *reader, struct json_object *value)
{
    int64_t ignored = 0;
    return manifest_read_int(reader, value, 0, TEXT_KNOWLEDGE_BYTES_MAX, &ignored);
}

static bool text_on_switch(struct manifest_reader *reader, struct json_object *value)
{
    return manifest_expect(reader, value, json_type_boolean);
}

bool manifest_read_text_engine(struct manifest_reader *reader, struct json_object *value)
{
    static const struct manifest_key keys[] = {
        {"knowledge_bytes", false, text_on_knowledge_bytes},
        {"facts", false, text_on_switch},
        {"danger", false, text_on_switch},
        {"schema", false, manifest_read_answer},
    };
    return manifest_read_object(reader, value, keys, ARRAY_LEN(keys));
}

/* Fails at /text/key. */
static bool text_fail(struct manifest_reader *reader, const char *key, const char *why)
{
    (void)manifest_enter(reader, "text");
    if (key != NULL) {
        (void)manifest_enter(reader, key);
    }
    return manifest_fail(reader, "%s", why);
}

bool manifest_check_text_engine(struct manifest_reader *reader)
{
    struct json_object *root = reader->manifest->json;
    struct json_object *text = json_get(root, "text");
    const char *engine = reader->manifest->engine;
    bool checks_facts = false;
    (void)json_get_bool(text, "facts", &checks_facts);
    if (text == NULL) {
        return true;
    }
    if (engine == NULL || strcmp(engine, "text") != 0) {
        return text_fail(reader, NULL, "is read by the engine text only; add \"engine\": \"text\"");
    }
    if (checks_facts && reader->manifest->chart == MANIFEST_CHART_NONE) {
        return text_fail(reader, "facts", "cannot be true where /chart is none");
    }
    if (json_get(text, "schema") != NULL &&
        (json_get(root, "sections") != NULL || json_get(root, "disclaimers") != NULL)) {
        return text_fail(reader, "schema",
                         "makes the answer JSON: take out /sections and /disclaimers");
    }
    return true;
}
