/* The stock engine as an agent: makes an instance out of a bundle that has no code of its own. */
#include "engine/engine.h"

#include <stdlib.h>

#include "agent/manifest.h"
#include "core/arena.h"
#include "core/json.h"
#include "core/mem.h"
#include "engine/text.h"
#include "engine/view.h"

#define INSTANCE_BYTES_MAX (64u * 1024 * 1024)

static bool parse_manifest(struct engine *engine, struct err *err)
{
    char id[64];
    struct span own = text_span(engine->setup->id);
    if (own.len >= sizeof(id)) {
        return err_set(err, ERR_INVALID, "the id is too long");
    }
    memcpy(id, own.data, own.len);
    id[own.len] = '\0';
    return manifest_parse("manifest.json", id, text_span(engine->setup->manifest),
                          &engine->manifest, err);
}

/* What places of templates may begin with. */
static void set_roots(struct engine *engine)
{
    bool has_chart = engine->manifest->chart != MANIFEST_CHART_NONE;
    engine->chart_schema = view_schema();
    engine->roots[ENGINE_CHART] = (struct template_root){
        .name = "chart",
        .schema = has_chart ? engine->chart_schema : NULL,
        .lacks = "a chart has no",
        .why_none = "the agent takes no chart; set /chart of manifest.json to required or optional",
    };
    engine->roots[ENGINE_JOB] = (struct template_root){
        .name = "job",
        .schema = json_get(engine->manifest->json, "inputs"),
        .lacks = "/inputs of manifest.json declares no",
        .why_none = "manifest.json has no /inputs; declare the field there",
        .is_foreign = true,
    };
}

static void engine_destroy(void *agent)
{
    struct engine *engine = agent;
    manifest_destroy(&engine->manifest);
    json_object_put(engine->chart_schema);
    arena_destroy(&engine->arena);
    free(engine);
}

static void *engine_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                           struct agenthost_report *report)
{
    struct engine *engine = mem_alloc(sizeof(*engine));
    struct err err = {ERR_NONE, ""};
    engine->host = host;
    engine->setup = setup;
    engine->arena = arena_create(INSTANCE_BYTES_MAX);
    bool is_good = parse_manifest(engine, &err);
    if (is_good) {
        set_roots(engine);
        is_good = engine_read_settings(engine, &err) && engine_read_texts(engine, &err);
    }
    if (!is_good) {
        report->say(report, text_of(span_of(err.text)));
        engine_destroy(engine);
        return NULL;
    }
    return engine;
}

const struct engine_language *engine_language_of(const struct engine *engine, struct span locale)
{
    const char *preferred = engine->manifest->default_language;
    const struct engine_language *found = &engine->languages[0];
    for (size_t i = 0; i < engine->languages_count; i++) {
        const struct engine_language *language = &engine->languages[i];
        if (span_is(locale, language->code)) {
            return language;
        }
        if (preferred != NULL && strcmp(preferred, language->code) == 0) {
            found = language;
        }
    }
    return found;
}

const struct agenthost_agent agenthost_agent = {
    .magic = AGENTHOST_MAGIC,
    .abi_major = AGENTHOST_ABI_MAJOR,
    .abi_minor = AGENTHOST_ABI_MINOR,
    .size = sizeof(struct agenthost_agent),
    .create = engine_create,
    .destroy = engine_destroy,
    .check_input = engine_check_input,
    .build_prompt = engine_build_prompt,
    .post_process = engine_post_process,
};
