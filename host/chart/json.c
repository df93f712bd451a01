/* A chart as JSON: the keys of the earlier chart service unchanged, and more beside them. */
#include "chart/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "chart/names.h"
#include "chart/words.h"
#include "core/attr.h"

#define EDGE_NEAR_MAS 10000 /* ten arc seconds: other engines may see the other line */

static const char *const body_keys[CHART_BODIES] = {
    [BODY_SUN] = "sun",
    [BODY_EARTH] = "earth",
    [BODY_NORTH_NODE] = "north_node",
    [BODY_SOUTH_NODE] = "south_node",
    [BODY_MOON] = "moon",
    [BODY_MERCURY] = "mercury",
    [BODY_VENUS] = "venus",
    [BODY_MARS] = "mars",
    [BODY_JUPITER] = "jupiter",
    [BODY_SATURN] = "saturn",
    [BODY_URANUS] = "uranus",
    [BODY_NEPTUNE] = "neptune",
    [BODY_PLUTO] = "pluto",
};

static const char *const side_keys[CHART_SIDES] = {"personality", "design"};

static const char *truth(bool is_true)
{
    return is_true ? "true" : "false";
}

/* Our own words: nothing in them needs quoting. */
static void render_word(struct sbuf *out, const char *key, const char *word)
{
    sbuf_printf(out, "\"%s\":\"%s\",", key, word);
}

static void render_utc(struct sbuf *out, const char *key, double unix_s)
{
    struct civil civil = civil_of((int64_t)floor(unix_s + 0.5));
    sbuf_printf(out, "\"%s\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\",", key, (int)civil.year,
                civil.month, civil.day, civil.hour, civil.minute, civil.second);
}

static void render_cross(struct sbuf *out, const struct chart *chart)
{
    const struct cross *cross = &chart->cross;
    char number[16] = "";
    if (cross->number > 0) {
        (void)snprintf(number, sizeof(number), " %u", cross->number);
    }
    const char *angle = cross_angle_word(cross->angle);
    sbuf_printf(out, "\"incarnationCross\":{\"name\":\"%s%s\",\"thematicName\":\"%s\",",
                cross->theme, number, cross->theme);
    sbuf_printf(out, "\"type\":\"%s\",\"fullName\":\"%s Cross of %s%s\",", angle, angle,
                cross->theme, number);
    sbuf_printf(out, "\"profile\":\"%u/%u\",", chart->profile[SIDE_PERSONALITY],
                chart->profile[SIDE_DESIGN]);
    sbuf_printf(out,
                "\"gates\":{\"personalitySun\":%u,\"personalityEarth\":%u,"
                "\"designSun\":%u,\"designEarth\":%u},\"variant\":",
                cross->gates[0], cross->gates[1], cross->gates[2], cross->gates[3]);
    sbuf_printf(out, cross->number > 0 ? "%u}," : "null},", cross->number);
}

static void render_gates(struct sbuf *out, uint64_t gates)
{
    sbuf_puts(out, "\"gates\":[");
    const char *comma = "";
    for (unsigned gate = 1; gate <= CHART_GATES; gate++) {
        if ((gates >> (gate - 1) & 1) != 0) {
            sbuf_printf(out, "%s{\"number\":%u,\"name\":\"%s\"}", comma, gate,
                        chart_gate_name(gate));
            comma = ",";
        }
    }
    sbuf_puts(out, "],");
}

static void render_channels(struct sbuf *out, uint64_t channels)
{
    sbuf_puts(out, "\"channels\":[");
    const char *comma = "";
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        if ((channels >> i & 1) != 0) {
            sbuf_printf(out, "%s{\"gates\":[%u,%u],\"name\":\"%s\",\"name_de\":\"%s\"}", comma,
                        CHART_CHANNEL_TABLE[i].low, CHART_CHANNEL_TABLE[i].high,
                        chart_channel_name(i), chart_channel_name_de(i));
            comma = ",";
        }
    }
    sbuf_puts(out, "],");
}

/* Active gates whose channels are all undefined. */
static void render_hanging_gates(struct sbuf *out, const struct chart *chart)
{
    uint64_t joined = 0;
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        if ((chart->channels >> i & 1) != 0) {
            joined |= UINT64_C(1) << (CHART_CHANNEL_TABLE[i].low - 1) |
                      UINT64_C(1) << (CHART_CHANNEL_TABLE[i].high - 1);
        }
    }
    sbuf_puts(out, "\"hanging_gates\":[");
    const char *comma = "";
    for (unsigned gate = 1; gate <= CHART_GATES; gate++) {
        if (((chart->gates & ~joined) >> (gate - 1) & 1) != 0) {
            sbuf_printf(out, "%s%u", comma, gate);
            comma = ",";
        }
    }
    sbuf_puts(out, "],");
}

static void render_centers(struct sbuf *out, uint32_t centers)
{
    sbuf_puts(out, "\"centers\":{");
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        sbuf_printf(out, "%s\"%s\":%s", center > 0 ? "," : "", CHART_CENTER_KEYS[center],
                    truth((centers >> center & 1) != 0));
    }
    sbuf_puts(out, "},");
}

static void render_activation(struct sbuf *out, const struct chart_activation *activation)
{
    const struct wheel_place *wheel = &activation->wheel;
    sbuf_printf(out, "{\"gate\":%u,\"line\":%u,\"color\":%u,\"tone\":%u,\"base\":%u,", wheel->gate,
                wheel->line, wheel->color, wheel->tone, wheel->base);
    sbuf_printf(out, "\"longitude\":%.6f,\"retrograde\":%s}", activation->sky.longitude_deg,
                truth(activation->sky.is_retrograde));
}

/* The same activations under two keys: by name, and as the list older readers use. */
static void render_side(struct sbuf *out, const struct chart *chart, enum chart_side side)
{
    const struct chart_activation *activations = chart->activations[side];
    sbuf_printf(out, "\"%s\":{\"planets\":{", side_keys[side]);
    for (int body = 0; body < CHART_BODIES; body++) {
        sbuf_printf(out, "%s\"%s\":", body > 0 ? "," : "", body_keys[body]);
        render_activation(out, &activations[body]);
    }
    sbuf_printf(out, "}},\"%sPlanets\":[", side_keys[side]);
    for (int body = 0; body < CHART_BODIES; body++) {
        sbuf_printf(out, "%s{\"planet\":\"%s\",\"gate\":%u,\"line\":%u}", body > 0 ? "," : "",
                    body_keys[body], activations[body].wheel.gate, activations[body].wheel.line);
    }
    sbuf_puts(out, "],");
}

/* One of the four arrows: its direction is the tone's half, its word the colour's. */
static void render_arrow(struct sbuf *out, const char *key, const char *const words[6],
                         const struct wheel_place *wheel)
{
    sbuf_printf(out, ",\"%s\":{\"arrow\":\"%s\",\"color\":%u,\"name\":\"%s\"}", key,
                wheel->tone <= 3 ? "left" : "right", wheel->color, words[wheel->color - 1]);
}

static void render_variables(struct sbuf *out, const struct chart *chart)
{
    static const char *const determination[] = {"Appetite", "Taste", "Thirst",
                                                "Touch",    "Sound", "Light"};
    static const char *const environment[] = {"Caves",     "Markets", "Kitchens",
                                              "Mountains", "Valleys", "Shores"};
    static const char *const motivation[] = {"Fear", "Hope",  "Desire",
                                             "Need", "Guilt", "Innocence"};
    static const char *const perspective[] = {"Survival", "Possibility", "Power",
                                              "Wanting",  "Probability", "Personal"};
    static const char *const cognition[] = {"Smell",        "Taste",   "Outer Vision",
                                            "Inner Vision", "Feeling", "Touch"};
    const struct chart_activation *personality = chart->activations[SIDE_PERSONALITY];
    const struct chart_activation *design = chart->activations[SIDE_DESIGN];
    const struct wheel_place *arrows[] = {&personality[BODY_SUN].wheel,
                                          &personality[BODY_NORTH_NODE].wheel,
                                          &design[BODY_SUN].wheel, &design[BODY_NORTH_NODE].wheel};
    char letters[ARRAY_LEN(arrows)];
    for (size_t i = 0; i < ARRAY_LEN(arrows); i++) {
        letters[i] = arrows[i]->tone <= 3 ? 'L' : 'R';
    }
    sbuf_printf(out, "\"variables\":{\"short_code\":\"P%c%c D%c%c\"", letters[0], letters[1],
                letters[2], letters[3]);
    render_arrow(out, "motivation", motivation, arrows[0]);
    render_arrow(out, "perspective", perspective, arrows[1]);
    render_arrow(out, "determination", determination, arrows[2]);
    render_arrow(out, "environment", environment, arrows[3]);
    sbuf_printf(out, ",\"cognition\":\"%s\"},", cognition[arrows[2]->tone - 1]);
}

/* Lines that a little less accuracy would have put elsewhere. */
static void render_warnings(struct sbuf *out, const struct chart *chart)
{
    sbuf_puts(out, "\"boundary_warnings\":[");
    const char *comma = "";
    for (int i = 0; i < CHART_SIDES * CHART_BODIES; i++) {
        const struct wheel_place *wheel =
            &chart->activations[i / CHART_BODIES][i % CHART_BODIES].wheel;
        if (abs(wheel->edge_mas) <= EDGE_NEAR_MAS) {
            sbuf_printf(out,
                        "%s{\"side\":\"%s\",\"planet\":\"%s\",\"gate\":%u,\"line\":%u,"
                        "\"edge_arcsec\":%.1f}",
                        comma, side_keys[i / CHART_BODIES], body_keys[i % CHART_BODIES],
                        wheel->gate, wheel->line, wheel->edge_mas / 1000.);
            comma = ",";
        }
    }
    sbuf_puts(out, "],");
}

static void render_zone(struct sbuf *out, const struct birth *birth,
                        const struct birth_moment *moment, struct span tzdata)
{
    sbuf_printf(out, "\"timezone\":{\"name\":\"%s\",\"offset_s\":%d,\"fold\":%d,", birth->zone,
                (int)moment->offset_s, moment->fold);
    sbuf_printf(out, "\"ambiguous\":%s,\"lmt\":%s,\"tzdata\":", truth(moment->is_ambiguous),
                truth(moment->is_lmt));
    if (tzdata.len > 0) {
        sbuf_json_string(out, tzdata);
    } else {
        sbuf_puts(out, "null");
    }
    sbuf_puts(out, "},");
}

void chart_render(const struct chart *chart, const struct birth *birth,
                  const struct birth_moment *moment, struct span tzdata, struct sbuf *out)
{
    const struct chart_mechanics *mechanics = &chart->mechanics;
    sbuf_putc(out, '{');
    render_utc(out, "birth_utc", chart->unix_s[SIDE_PERSONALITY]);
    render_utc(out, "design_utc", chart->unix_s[SIDE_DESIGN]);
    render_zone(out, birth, moment, tzdata);
    render_word(out, "type", chart_type_word(mechanics->type));
    render_word(out, "strategy", chart_strategy_word(mechanics->type));
    render_word(out, "authority", chart_authority_word(mechanics->authority));
    sbuf_printf(out, "\"profile\":\"%u/%u\",", chart->profile[SIDE_PERSONALITY],
                chart->profile[SIDE_DESIGN]);
    render_word(out, "definition", chart_definition_word(mechanics->definition));
    render_word(out, "signature", chart_signature_word(mechanics->type));
    render_word(out, "not_self_theme", chart_not_self_word(mechanics->type));
    render_cross(out, chart);
    render_gates(out, chart->gates);
    render_channels(out, chart->channels);
    render_hanging_gates(out, chart);
    render_centers(out, mechanics->centers);
    render_side(out, chart, SIDE_PERSONALITY);
    render_side(out, chart, SIDE_DESIGN);
    render_variables(out, chart);
    render_warnings(out, chart);
    sbuf_puts(out, "\"time_known\":true,\"engine\":{\"version\":\"" CHART_ENGINE_VERSION "\",");
    sbuf_puts(out, "\"ephemeris\":\"libnova-elp/vsop87+erfa\",\"node\":\"true\"}}");
}
