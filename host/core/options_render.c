/* The configuration as text: what is in force, what there is, what changed. */
#include "core/options-private.h"

#include <ctype.h>

#include "core/json.h"

static void render_line(const struct options_loaded *loaded, const struct option *option,
                        const void *field, struct sbuf *out)
{
    const struct options_origin *origin = options_origin_of(loaded, field);
    if (!options_value_is_set(option, field)) {
        sbuf_printf(out, "# %s = (not set)\n", option->key);
        return;
    }
    if (origin != NULL) {
        sbuf_printf(out, "# from %s:\n", origin->where);
    }
    if (option->is_secret && option->type != OPTION_URL) {
        sbuf_printf(out, "# %s = (set, hidden)\n", option->key);
        return;
    }
    sbuf_printf(out, origin != NULL ? "%s = " : "# %s = ", option->key);
    options_value_render(option, field, out);
    sbuf_puts(out, origin != NULL ? "\n" : " (default)\n");
}

static void render_extras(const struct options_agent *agent, struct sbuf *out)
{
    struct json_object *extra = NULL;
    if (agent->extra_keys.count == 0 || !json_parse(span_of(agent->extra_json), &extra, NULL)) {
        return;
    }
    for (size_t i = 0; i < agent->extra_keys.count; i++) {
        struct span value = {0};
        (void)json_get_text(extra, agent->extra_keys.items[i], &value); /* ours: always a text */
        sbuf_printf(out, "# from %s:\n%s = %.*s\n", agent->extra_where.items[i],
                    agent->extra_keys.items[i], (int)value.len, value.data);
    }
    json_object_put(extra);
}

static void render_element(const struct options_loaded *loaded, const char *group,
                           enum option_section section, const char *base, struct sbuf *out)
{
    for (size_t i = 0; i < options_table_count; i++) {
        const struct option *option = &options_table[i];
        if (option->section == section && strcmp(option->group, group) == 0) {
            render_line(loaded, option, base + option->offset, out);
        }
    }
    if (section == SECTION_AGENT) {
        render_extras((const struct options_agent *)base, out);
    }
}

static void render_group(const struct options_loaded *loaded, const char *group,
                         enum option_section section, struct sbuf *out)
{
    struct options_elements elements = options_elements(loaded, section);
    for (size_t i = 0; i < elements.count; i++) {
        sbuf_printf(out, "\n[%s", group);
        if (section != SECTION_FIXED) {
            sbuf_printf(out, ".%s", options_element_name(&elements, i));
        }
        sbuf_puts(out, "]\n");
        render_element(loaded, group, section, elements.first + i * elements.bytes_each, out);
    }
}

void options_render(const struct options *options, struct sbuf *out)
{
    const struct options_loaded *loaded =
        CONTAINER_OF(options, const struct options_loaded, options);
    sbuf_printf(out, "# configuration file: %s\n# environment file: %s\n",
                options->config_path != NULL ? options->config_path : "none",
                options->env_path != NULL ? options->env_path : "none");
    for (size_t i = 0; i < options_table_count; i++) {
        const struct option *option = &options_table[i];
        bool is_first = i == 0 || strcmp(option[-1].group, option->group) != 0 ||
                        option[-1].section != option->section;
        if (is_first) {
            render_group(loaded, option->group, option->section, out);
        }
    }
}

static void describe_variables(const struct option *option, struct sbuf *out)
{
    if (option->section != SECTION_FIXED && option->section != SECTION_QUEUE) {
        return;
    }
    sbuf_puts(out, "AGENTHOST_");
    for (const char *at = option->group; *at != '\0'; at++) {
        sbuf_putc(out, (char)toupper((unsigned char)*at));
    }
    sbuf_putc(out, '_');
    for (const char *at = option->key; *at != '\0'; at++) {
        sbuf_putc(out, (char)toupper((unsigned char)*at));
    }
}

static void describe_option(const struct option *option, struct sbuf *out)
{
    sbuf_printf(out, "%s%s%s\n    %s\n    ", option->key, option->fallback != NULL ? " = " : "",
                option->fallback != NULL ? option->fallback : "", option->prose);
    options_value_describe_range(option, out);
    sbuf_printf(out, "; %s%s\n", option->is_reloadable ? "reload" : "restart",
                option->is_secret ? "; secret" : "");
    bool has_own = option->section == SECTION_FIXED || option->section == SECTION_QUEUE;
    if (has_own || option->env != NULL) {
        sbuf_puts(out, "    environment: ");
        describe_variables(option, out);
        sbuf_printf(out, "%s%s\n", has_own && option->env != NULL ? ", " : "",
                    option->env != NULL ? option->env : "");
    }
}

void options_describe(struct sbuf *out)
{
    for (size_t i = 0; i < options_table_count; i++) {
        const struct option *option = &options_table[i];
        if (i == 0 || strcmp(option[-1].group, option->group) != 0) {
            bool is_named = option->section != SECTION_FIXED;
            sbuf_printf(out, "%s[%s%s]\n", i == 0 ? "" : "\n", option->group,
                        is_named ? ".NAME" : "");
        }
        describe_option(option, out);
    }
}

static bool element_differs(const struct option *option, const void *before, const void *after)
{
    struct sbuf texts[2];
    const void *fields[2] = {before, after};
    for (int i = 0; i < 2; i++) {
        sbuf_init(&texts[i], 256 * 1024);
        if (option->type == OPTION_TEXT || option->type == OPTION_URL) {
            const char *text = *(char *const *)fields[i]; /* rendering would hide a secret */
            sbuf_puts(&texts[i], text != NULL ? text : "");
        } else {
            options_value_render(option, fields[i], &texts[i]);
        }
    }
    bool is_different = !span_equals(sbuf_as_span(&texts[0]), sbuf_as_span(&texts[1]));
    sbuf_fini(&texts[0]);
    sbuf_fini(&texts[1]);
    return is_different;
}

static const char *element_find(const struct options_elements *elements,
                                enum option_section section, const char *name)
{
    for (size_t i = 0; i < elements->count; i++) {
        if (section == SECTION_FIXED || strcmp(options_element_name(elements, i), name) == 0) {
            return elements->first + i * elements->bytes_each;
        }
    }
    return NULL;
}

static void changes_of_option(const struct options_loaded *before,
                              const struct options_loaded *after, const struct option *option,
                              struct sbuf *out)
{
    struct options_elements old = options_elements(before, option->section);
    struct options_elements new = options_elements(after, option->section);
    for (size_t i = 0; i < new.count; i++) {
        const char *name = option->section == SECTION_FIXED ? NULL : options_element_name(&new, i);
        const char *was = element_find(&old, option->section, name);
        const char *is = new.first + i *new.bytes_each;
        if (was != NULL && element_differs(option, was + option->offset, is + option->offset)) {
            sbuf_printf(out, "%s%s%s%s.%s", out->len > 0 ? ", " : "", option->group,
                        name != NULL ? "." : "", name != NULL ? name : "", option->key);
        }
    }
}

bool options_needs_restart(const struct options *before, const struct options *after,
                           struct sbuf *out)
{
    size_t len = out->len;
    for (size_t i = 0; i < options_table_count; i++) {
        if (!options_table[i].is_reloadable) {
            changes_of_option(CONTAINER_OF(before, const struct options_loaded, options),
                              CONTAINER_OF(after, const struct options_loaded, options),
                              &options_table[i], out);
        }
    }
    return out->len > len;
}
