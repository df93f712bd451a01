/* Goes through a text and has each kind of claim looked for. */
#include "chart/claims.h"

#include <assert.h>

#include "chart/claims-private.h"
#include "chart/read.h"
#include "chart/verify.h"
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

bool claims_chart_read(struct json_object *chart, struct claims_chart *ret_chart)
{
    struct chart_fault fault;
    struct chart_read read;
    if (!chart_verify(chart, &fault) || !chart_read(chart, &read, &fault)) {
        return false;
    }
    *ret_chart = (struct claims_chart){
        .gates = read.gates,
        .channels = read.channels,
        .profile = {read.profile[0], read.profile[1]},
        .cross = read.cross,
    };
    chart_mechanics_derive(read.channels, &ret_chart->mechanics);
    chart_read_lines(json_get(chart, "personality"), ret_chart);
    chart_read_lines(json_get(chart, "design"), ret_chart);
    return true;
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
