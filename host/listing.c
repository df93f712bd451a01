/* Renders the agents from their manifests: the earlier system's members, and what a form needs. */
#include "listing.h"

#include "agent/agents.h"
#include "agent/manifest.h"
#include "core/json.h"
#include "core/options.h"

static void listing_text(struct sbuf *out, const char *key, const char *text)
{
    sbuf_printf(out, ",\"%s\":", key);
    sbuf_json_string(out, span_of(text != NULL ? text : ""));
}

/* A member as the manifest has it, or what stands for its absence. */
static void listing_member(struct sbuf *out, const char *key, struct json_object *value,
                           const char *absent)
{
    sbuf_printf(out, ",\"%s\":", key);
    if (value != NULL) {
        json_render(out, value);
    } else {
        sbuf_puts(out, absent);
    }
}

/* A text that a manifest has in several languages: the host's, or else the agent's. */
static const char *listing_pick(struct json_object *texts, const struct manifest *manifest,
                                const char *locale)
{
    const char *wanted[] = {locale, manifest_language(manifest, NULL, locale)};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct json_object *text = json_get(texts, wanted[i]);
        if (text != NULL) {
            return json_object_get_string(text);
        }
    }
    struct json_object_iterator first = json_object_iter_begin(texts);
    return json_object_get_string(json_object_iter_peek_value(&first));
}

static void listing_styles(struct sbuf *out, struct json_object *styles)
{
    bool is_first = true;
    sbuf_puts(out, ",\"styles\":[");
    if (styles != NULL) {
        json_object_object_foreach(styles, style, aliases)
        {
            (void)aliases;
            sbuf_printf(out, "%s\"%s\"", is_first ? "" : ",", style); /* a word */
            is_first = false;
        }
    }
    sbuf_putc(out, ']');
}

/* Its model is a stand-in: what it writes is no reading. */
static bool listing_is_practice(const struct options *options, const char *agent_id)
{
    const struct options_agent *section = options_agent_find(options, agent_id);
    const char *name =
        section != NULL && section->provider != NULL ? section->provider : options->agents.provider;
    const struct options_provider *provider = options_provider_find(options, name);
    return provider != NULL && provider->practice;
}

static void listing_agent(const struct manifest *manifest, const struct options *options,
                          struct sbuf *out)
{
    static const char *const charts[] = {
        [MANIFEST_CHART_REQUIRED] = "required",
        [MANIFEST_CHART_OPTIONAL] = "optional",
        [MANIFEST_CHART_NONE] = "none",
    };
    struct json_object *json = manifest->json;
    const char *locale = options->agents.locale;
    struct json_object *description = json_get(json, "description");
    bool is_localized = json_object_is_type(description, json_type_object);
    sbuf_printf(out, "{\"id\":\"%s\"", manifest->id);
    listing_text(out, "name", listing_pick(json_get(json, "name"), manifest, locale));
    listing_text(out, "description",
                 is_localized ? listing_pick(description, manifest, locale)
                              : manifest->description);
    listing_member(out, "supportedDepth", json_get(json, "depths"), "[]");
    listing_member(out, "defaultStyle", json_get(json_get(json, "defaults"), "style"), "null");
    listing_member(out, "names", json_get(json, "name"), "{}");
    listing_text(out, "version", manifest->version);
    listing_member(out, "languages", json_get(json, "languages"), "[]");
    listing_styles(out, json_get(json, "styles"));
    listing_text(out, "chart", charts[manifest->chart]);
    listing_member(out, "inputs", json_get(json, "inputs"), "{\"type\":\"object\"}");
    sbuf_puts(out, listing_is_practice(options, manifest->id) ? ",\"practice\":true}" : "}");
}

void listing_render(const struct agents *agents, const struct options *options, struct sbuf *out)
{
    struct sbuf ids;
    unsigned listed = 0;
    sbuf_init(&ids, out->bytes_max);
    sbuf_puts(out, "\"agents\":[");
    for (unsigned i = 0; i < agents_count(agents); i++) {
        const struct manifest *manifest = agents_manifest_at(agents, i);
        if (manifest == NULL) {
            continue;
        }
        sbuf_puts(out, listed > 0 ? "," : "");
        listing_agent(manifest, options, out);
        sbuf_printf(&ids, "%s\"%s\"", listed > 0 ? "," : "", manifest->id);
        listed++;
    }
    sbuf_printf(out, "],\"ids\":[%s],\"count\":%u", ids.data, listed);
    sbuf_fini(&ids);
}
