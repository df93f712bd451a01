/* Puts the facts of a chart into words. */
#include "engine/view.h"

#include <stdio.h>

#include "chart/mechanics.h"
#include "chart/read.h"
#include "chart/verify.h"
#include "chart/words.h"
#include "core/json.h"
#include "core/sbuf.h"
#include "engine/text.h"

#define FACTS_BYTES_MAX 4096
#define WORD_BYTES_MAX 200
#define CROSS_BYTES_MAX 120

struct facts {
    const struct word *words;
    struct chart_mechanics mechanics;
    uint64_t gates;    /* bit gate − 1 */
    uint64_t channels; /* bit i: CHART_CHANNEL_TABLE[i] */
    struct span profile;
    struct span cross; /* empty: none given */
};

/* The cross's name in one line, or nothing: a text that could not be a name is not given on. */
static struct span cross_name(struct span name)
{
    name = text_trim(name);
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.data[i] < ' ') {
            return (struct span){"", 0};
        }
    }
    return name.len <= CROSS_BYTES_MAX ? name : (struct span){"", 0};
}

static bool read_facts(struct json_object *chart, struct facts *facts,
                       struct chart_fault *ret_fault)
{
    struct chart_read read;
    if (!chart_verify(chart, ret_fault) || !chart_read(chart, &read, ret_fault)) {
        return false;
    }
    facts->gates = read.gates;
    facts->channels = read.channels;
    facts->cross = cross_name(read.cross);
    /* What was checked to agree with the channels is taken from them: engines spell it in
     * many ways. */
    chart_mechanics_derive(facts->channels, &facts->mechanics);
    (void)json_get_text(chart, "profile", &facts->profile);
    return true;
}

static struct json_object *text_new(struct span text)
{
    return json_object_new_string_len(text.data, (int)text.len);
}

/* "Projektor (Projector)": the language's word and, where it differs, the customary one. */
static struct json_object *word_new(const struct facts *facts, const char *group, const char *word)
{
    struct span own = words_get(facts->words, group, word);
    char text[WORD_BYTES_MAX];
    int len = snprintf(text, sizeof(text), "%.*s (%s)", (int)own.len, own.data, word);
    return span_is(own, word) ? text_new(own) : json_object_new_string_len(text, len);
}

static struct json_object *type_new(const struct facts *facts)
{
    return word_new(facts, "type", chart_type_word(facts->mechanics.type));
}

static struct json_object *authority_new(const struct facts *facts)
{
    return word_new(facts, "authority", chart_authority_word(facts->mechanics.authority));
}

static struct json_object *strategy_new(const struct facts *facts)
{
    return word_new(facts, "strategy", chart_strategy_word(facts->mechanics.type));
}

static struct json_object *profile_new(const struct facts *facts)
{
    return text_new(facts->profile);
}

static struct json_object *definition_new(const struct facts *facts)
{
    return word_new(facts, "definition", chart_definition_word(facts->mechanics.definition));
}

/* The names of the centres that are defined, or that are open. */
static struct json_object *centers_new(const struct facts *facts, bool is_defined)
{
    struct json_object *list = json_object_new_array();
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        if (((facts->mechanics.centers >> center & 1) != 0) == is_defined) {
            struct span name = words_get(facts->words, "center", CHART_CENTER_KEYS[center]);
            (void)json_object_array_add(list, text_new(name));
        }
    }
    return list;
}

static struct json_object *defined_centers_new(const struct facts *facts)
{
    return centers_new(facts, true);
}

static struct json_object *open_centers_new(const struct facts *facts)
{
    return centers_new(facts, false);
}

static struct json_object *channels_new(const struct facts *facts)
{
    struct json_object *list = json_object_new_array();
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        if ((facts->channels >> i & 1) != 0) {
            char name[16];
            int len = snprintf(name, sizeof(name), "%u-%u", CHART_CHANNEL_TABLE[i].low,
                               CHART_CHANNEL_TABLE[i].high);
            (void)json_object_array_add(list, json_object_new_string_len(name, len));
        }
    }
    return list;
}

static struct json_object *gates_new(const struct facts *facts)
{
    struct json_object *list = json_object_new_array();
    for (int gate = 1; gate <= CHART_GATES; gate++) {
        if ((facts->gates >> (gate - 1) & 1) != 0) {
            (void)json_object_array_add(list, json_object_new_int(gate));
        }
    }
    return list;
}

/* NULL, that is absent, when the chart names none. */
static struct json_object *cross_new(const struct facts *facts)
{
    return facts->cross.len > 0 ? text_new(facts->cross) : NULL;
}

static const struct fact {
    const char *name;
    const char *items; /* of a list: the type of its elements; NULL: a text */
    struct json_object *(*create)(const struct facts *facts);
} all_facts[] = {
    {"type", NULL, type_new},
    {"authority", NULL, authority_new},
    {"strategy", NULL, strategy_new},
    {"profile", NULL, profile_new},
    {"definition", NULL, definition_new},
    {"defined_centers", "string", defined_centers_new},
    {"open_centers", "string", open_centers_new},
    {"channels", "string", channels_new},
    {"gates", "integer", gates_new},
    {"cross", NULL, cross_new},
};

static struct json_object *schema_new(const char *type)
{
    struct json_object *schema = json_object_new_object();
    json_object_object_add(schema, "type", json_object_new_string(type));
    return schema;
}

/* A new object schema; *ret_properties is borrowed from it. */
static struct json_object *object_schema_new(struct json_object **ret_properties)
{
    struct json_object *schema = schema_new("object");
    *ret_properties = json_object_new_object();
    json_object_object_add(schema, "properties", *ret_properties);
    return schema;
}

struct json_object *view_schema(void)
{
    struct json_object *fields, *centers;
    struct json_object *schema = object_schema_new(&fields);
    for (size_t i = 0; i < ARRAY_LEN(all_facts); i++) {
        struct json_object *field = schema_new(all_facts[i].items != NULL ? "array" : "string");
        if (all_facts[i].items != NULL) {
            json_object_object_add(field, "items", schema_new(all_facts[i].items));
        }
        json_object_object_add(fields, all_facts[i].name, field);
    }
    json_object_object_add(fields, "facts", schema_new("string"));
    json_object_object_add(fields, "centers", object_schema_new(&centers));
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        json_object_object_add(centers, CHART_CENTER_KEYS[center], schema_new("string"));
    }
    return schema;
}

/* Each centre by its key: is it defined or open? */
static struct json_object *center_states_new(const struct facts *facts)
{
    struct json_object *states = json_object_new_object();
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        bool is_defined = (facts->mechanics.centers >> center & 1) != 0;
        struct span state = words_get(facts->words, "center", is_defined ? "defined" : "open");
        json_object_object_add(states, CHART_CENTER_KEYS[center], text_new(state));
    }
    return states;
}

static void put_fact(struct sbuf *out, const struct facts *facts, struct json_object *value)
{
    bool is_list = json_object_is_type(value, json_type_array);
    size_t count = is_list ? json_object_array_length(value) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(value, i);
        sbuf_printf(out, "%s%s", i > 0 ? ", " : "", json_object_get_string(item));
    }
    if (value == NULL || (is_list && count == 0)) {
        sbuf_span(out, words_get(facts->words, "value", is_list ? "none" : "absent"));
    } else if (!is_list) {
        sbuf_puts(out, json_object_get_string(value));
    }
}

/* All facts, one a line; what the chart lacks is named as lacking. */
static struct json_object *all_facts_new(const struct facts *facts, struct json_object *view)
{
    struct sbuf out;
    sbuf_init(&out, FACTS_BYTES_MAX);
    for (size_t i = 0; i < ARRAY_LEN(all_facts); i++) {
        sbuf_puts(&out, i > 0 ? "\n" : "");
        sbuf_span(&out, words_get(facts->words, "label", all_facts[i].name));
        sbuf_puts(&out, ": ");
        put_fact(&out, facts, json_get(view, all_facts[i].name));
    }
    struct json_object *text = text_new(sbuf_as_span(&out));
    sbuf_fini(&out);
    return text;
}

bool view_create(struct json_object *chart, const struct word *words, struct json_object **ret_view,
                 struct chart_fault *ret_fault)
{
    struct facts facts = {.words = words};
    if (!read_facts(chart, &facts, ret_fault)) {
        return false;
    }
    struct json_object *view = json_object_new_object();
    for (size_t i = 0; i < ARRAY_LEN(all_facts); i++) {
        json_object_object_add(view, all_facts[i].name, all_facts[i].create(&facts));
    }
    json_object_object_add(view, "facts", all_facts_new(&facts, view));
    json_object_object_add(view, "centers", center_states_new(&facts));
    *ret_view = view;
    return true;
}
