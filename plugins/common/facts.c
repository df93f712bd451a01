/* Reads a chart's facts and puts them into words. */
#include "common/facts.h"

#include "chart/read.h"
#include "chart/words.h"
#include "common/text.h"
#include "core/arena.h"
#include "core/json.h"
#include "core/sbuf.h"

#define FACTS_BYTES_MAX 4096
#define CROSS_BYTES_MAX 120
#define ALL_CENTERS ((UINT32_C(1) << CHART_CENTERS) - 1)

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

bool facts_read(struct json_object *chart, struct facts *ret_facts, struct chart_fault *ret_fault)
{
    struct chart_read read;
    if (!chart_verify(chart, ret_fault) || !chart_read(chart, &read, ret_fault)) {
        return false;
    }
    struct facts facts = {
        .gates = read.gates, .channels = read.channels, .cross = cross_name(read.cross)};
    /* What was checked to agree with the channels is taken from them: engines spell it in
     * many ways. */
    chart_mechanics_derive(facts.channels, &facts.mechanics);
    (void)json_get_text(chart, "profile", &facts.profile);
    *ret_facts = facts;
    return true;
}

/* "Projektor (Projector)": the language's word and, where it differs, the customary one. */
static void put_word(struct sbuf *out, const struct words *words, const char *group,
                     const char *word)
{
    struct span own = words_join(words, group, word);
    sbuf_span(out, own);
    if (!span_is(own, word)) {
        sbuf_printf(out, " (%s)", word);
    }
}

static void put_separator(struct sbuf *out, size_t start)
{
    if (out->len > start) {
        sbuf_puts(out, ", ");
    }
}

static void put_none(struct sbuf *out, size_t start, const struct words *words, const char *key)
{
    if (out->len == start) {
        sbuf_span(out, words_get(words, key));
    }
}

void facts_centers(struct sbuf *out, const struct facts *facts, const struct words *words,
                   uint32_t mask, bool is_defined)
{
    size_t start = out->len;
    uint32_t centers = mask & (is_defined ? facts->mechanics.centers : ~facts->mechanics.centers);
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        if ((centers >> center & 1) != 0) {
            put_separator(out, start);
            sbuf_span(out, words_join(words, "center", CHART_CENTER_KEYS[center]));
        }
    }
    put_none(out, start, words, is_defined ? "none.defined_centers" : "none.open_centers");
}

typedef void (*fact_fn)(struct sbuf *out, const struct facts *facts, const struct words *words);

static void put_type(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    put_word(out, words, "type", chart_type_word(facts->mechanics.type));
}

static void put_authority(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    put_word(out, words, "authority", chart_authority_word(facts->mechanics.authority));
}

static void put_strategy(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    put_word(out, words, "strategy", chart_strategy_word(facts->mechanics.type));
}

static void put_profile(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    (void)words;
    sbuf_span(out, facts->profile);
}

static void put_definition(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    put_word(out, words, "definition", chart_definition_word(facts->mechanics.definition));
}

static void put_defined(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    facts_centers(out, facts, words, ALL_CENTERS, true);
}

static void put_open(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    facts_centers(out, facts, words, ALL_CENTERS, false);
}

static void put_channels(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    size_t start = out->len;
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        if ((facts->channels >> i & 1) != 0) {
            put_separator(out, start);
            sbuf_printf(out, "%u-%u", CHART_CHANNEL_TABLE[i].low, CHART_CHANNEL_TABLE[i].high);
        }
    }
    put_none(out, start, words, "none.channels");
}

static void put_gates(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    size_t start = out->len;
    for (unsigned gate = 1; gate <= CHART_GATES; gate++) {
        if ((facts->gates >> (gate - 1) & 1) != 0) {
            put_separator(out, start);
            sbuf_printf(out, "%u", gate);
        }
    }
    put_none(out, start, words, "none.gates");
}

static void put_cross(struct sbuf *out, const struct facts *facts, const struct words *words)
{
    size_t start = out->len;
    sbuf_span(out, facts->cross);
    put_none(out, start, words, "none.cross");
}

static const struct fact {
    const char *name;
    fact_fn put;
} all_facts[] = {
    {"type", put_type},         {"authority", put_authority},   {"strategy", put_strategy},
    {"profile", put_profile},   {"definition", put_definition}, {"defined_centers", put_defined},
    {"open_centers", put_open}, {"channels", put_channels},     {"gates", put_gates},
    {"cross", put_cross},
};
_Static_assert(ARRAY_LEN(all_facts) + 1 == FACTS_VALUES, "one value a fact, and one for all");

void facts_names(struct template_value values[FACTS_VALUES])
{
    for (size_t i = 0; i < ARRAY_LEN(all_facts); i++) {
        values[i] = (struct template_value){all_facts[i].name, {"", 0}};
    }
    values[FACTS_VALUES - 1] = (struct template_value){"facts", {"", 0}};
}

bool facts_values(const struct facts *facts, const struct words *words, struct arena *arena,
                  struct template_value values[FACTS_VALUES])
{
    struct sbuf all, one;
    sbuf_init(&all, FACTS_BYTES_MAX);
    sbuf_init(&one, FACTS_BYTES_MAX);
    bool is_ok = true;
    facts_names(values);
    for (size_t i = 0; i < ARRAY_LEN(all_facts); i++) {
        sbuf_clear(&one);
        all_facts[i].put(&one, facts, words);
        struct span label = words_join(words, "label", all_facts[i].name);
        sbuf_printf(&all, "%s%.*s: %s", i > 0 ? "\n" : "", (int)label.len, label.data, one.data);
        char *copy = arena_strndup(arena, one.data, one.len);
        is_ok = is_ok && copy != NULL && !one.is_failed;
        values[i].text = (struct span){copy, one.len};
    }
    char *copy = arena_strndup(arena, all.data, all.len);
    is_ok = is_ok && copy != NULL && !all.is_failed;
    values[FACTS_VALUES - 1].text = (struct span){copy, all.len};
    sbuf_fini(&one);
    sbuf_fini(&all);
    return is_ok;
}
