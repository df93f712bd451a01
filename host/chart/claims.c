/* Goes through a text and has each kind of claim looked for. */
#include "chart/claims.h"

#include <assert.h>

#include "chart/claims-private.h"
#include "core/json.h"

const char *claim_kind_name(enum claim_kind kind)
{
    static const char *const names[CLAIM_KINDS] = {
        "gate", "channel", "center", "type", "authority", "definition", "profile", "cross",
    };
    assert(kind < CLAIM_KINDS);
    return names[kind];
}

/* --- the chart ------------------------------------------------------------------------------- */

static void chart_read_lines(struct json_object *side, struct claims_chart *chart)
{
    struct json_object *planets = json_get(side, "planets");
    if (!json_object_is_type(planets, json_type_object)) {
        return;
    }
    json_object_object_foreach(planets, name, planet)
    {
        (void)name;
        int64_t gate = 0, line = 0;
        if (json_get_int(planet, "gate", &gate) && json_get_int(planet, "line", &line) &&
            gate >= 1 && gate <= CHART_GATES && line >= 1 && line <= CLAIMS_LINES) {
            chart->lines[line - 1] |= UINT64_C(1) << (gate - 1);
        }
    }
}

static struct span chart_read_cross(struct json_object *chart)
{
    struct json_object *cross = json_get(chart, "incarnationCross");
    struct span name = {"", 0};
    if (json_object_is_type(cross, json_type_string)) {
        (void)json_get_text(chart, "incarnationCross", &name);
    } else if (!json_get_text(cross, "fullName", &name)) {
        (void)json_get_text(cross, "name", &name);
    }
    return name;
}

static void chart_read_profile(struct json_object *chart, unsigned ret_lines[2])
{
    struct span text = {"", 0};
    size_t found = 0;
    (void)json_get_text(chart, "profile", &text);
    for (size_t i = 0; i < text.len && found < 2; i++) {
        if (text.data[i] >= '1' && text.data[i] <= '6') {
            ret_lines[found++] = (unsigned)(text.data[i] - '0');
        }
    }
}

void claims_chart_read(struct json_object *chart, struct claims_chart *ret_chart)
{
    struct claims_chart read = {.gates = 0};
    struct json_object *gates = json_get(chart, "gates");
    for (size_t i = 0; i < json_object_array_length(gates); i++) {
        int64_t number = 0;
        (void)json_get_int(json_object_array_get_idx(gates, i), "number", &number);
        assert(number >= 1);
        assert(number <= CHART_GATES);
        read.gates |= UINT64_C(1) << (number - 1);
    }
    struct json_object *channels = json_get(chart, "channels");
    for (size_t i = 0; i < json_object_array_length(channels); i++) {
        struct json_object *pair = json_get(json_object_array_get_idx(channels, i), "gates");
        int index =
            chart_channel_find((unsigned)json_object_get_int(json_object_array_get_idx(pair, 0)),
                               (unsigned)json_object_get_int(json_object_array_get_idx(pair, 1)));
        assert(index >= 0);
        read.channels |= UINT64_C(1) << index;
    }
    chart_mechanics_derive(read.channels, &read.mechanics);
    chart_read_lines(json_get(chart, "personality"), &read);
    chart_read_lines(json_get(chart, "design"), &read);
    chart_read_profile(chart, read.profile);
    read.cross = chart_read_cross(chart);
    *ret_chart = read;
}

/* --- the text -------------------------------------------------------------------------------- */

void claims_add(struct claims_search *search, enum claim_kind kind, size_t from, size_t to)
{
    uint32_t begin = claims_at(search, from)->begin, end = claims_at(search, to - 1)->end;
    if (search->count < search->max && !claims_is_supposed(search, from, to)) {
        search->claims[search->count++] =
            (struct claim){kind, {search->text.source.data + begin, end - begin}};
    }
}

/* Insertion keeps what was found first first: there are few, and mostly they are in order. */
static void claims_sort(struct claim *claims, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct claim moved = claims[i];
        size_t at = i;
        for (; at > 0 && claims[at - 1].quote.data > moved.quote.data; at--) {
            claims[at] = claims[at - 1];
        }
        claims[at] = moved;
    }
}

bool claims_find(const struct claims_chart *chart, struct span text, struct arena *arena,
                 struct claim *claims, size_t claims_max, size_t *ret_count)
{
    struct claims_search search = {.chart = chart, .claims = claims, .max = claims_max};
    if (!claims_text_read(text, arena, &search.text)) {
        return false;
    }
    for (size_t at = 0; at < search.text.count;) {
        claims_type(&search, at);
        claims_authority(&search, at);
        claims_definition(&search, at);
        claims_cross(&search, at);
        size_t next = claims_channels(&search, at);
        next = next > at ? next : claims_gates(&search, at);
        next = next > at ? next : claims_profile(&search, at);
        at = next > at ? next : at + 1;
    }
    claims_centers(&search);
    claims_sort(search.claims, search.count);
    *ret_count = search.count;
    return true;
}
