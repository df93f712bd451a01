/* Puts a chart together: moments, skies, wheel, mechanics, cross. */
#include "chart/chart.h"

#include "chart/moments.h"

static void chart_place(struct chart *chart, enum chart_side side)
{
    struct ephemeris_place places[CHART_BODIES];
    ephemeris_places(chart->unix_s[side], places);
    for (int body = 0; body < CHART_BODIES; body++) {
        struct wheel_place wheel = wheel_find(places[body].longitude_deg);
        chart->activations[side][body] = (struct chart_activation){places[body], wheel};
        chart->gates |= UINT64_C(1) << (wheel.gate - 1);
    }
    chart->profile[side] = chart->activations[side][BODY_SUN].wheel.line;
}

static uint64_t chart_channels(uint64_t gates)
{
    uint64_t channels = 0;
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        uint64_t both = UINT64_C(1) << (CHART_CHANNEL_TABLE[i].low - 1) |
                        UINT64_C(1) << (CHART_CHANNEL_TABLE[i].high - 1);
        channels |= (gates & both) == both ? UINT64_C(1) << i : 0;
    }
    return channels;
}

void chart_compute(int64_t unix_s, struct chart *ret_chart)
{
    struct chart chart = {.unix_s = {(double)unix_s, moments_design((double)unix_s)}};
    chart_place(&chart, SIDE_PERSONALITY);
    chart_place(&chart, SIDE_DESIGN);
    chart.channels = chart_channels(chart.gates);
    chart_mechanics_derive(chart.channels, &chart.mechanics);
    chart.cross =
        cross_of(chart.activations[SIDE_PERSONALITY][BODY_SUN].wheel.gate,
                 cross_angle_of(chart.profile[SIDE_PERSONALITY], chart.profile[SIDE_DESIGN]));
    *ret_chart = chart;
}
