/* Derives type, authority and definition from channels: a graph of nine centres in which being
 * joined is transitive, so any motor reaches the throat over any number of channels. */
#include "chart/mechanics.h"

#include <assert.h>

#define BIT(center) (UINT32_C(1) << (center))
#define MOTORS                                                                                     \
    (BIT(CENTER_SACRAL) | BIT(CENTER_SOLAR_PLEXUS) | BIT(CENTER_HEART) | BIT(CENTER_ROOT))

const struct chart_channel CHART_CHANNEL_TABLE[CHART_CHANNELS] = {
    {1, 8},   {2, 14},  {3, 60},  {4, 63},  {5, 15},  {6, 59},  {7, 31},  {9, 52},  {10, 20},
    {10, 34}, {10, 57}, {11, 56}, {12, 22}, {13, 33}, {16, 48}, {17, 62}, {18, 58}, {19, 49},
    {20, 34}, {20, 57}, {21, 45}, {23, 43}, {24, 61}, {25, 51}, {26, 44}, {27, 50}, {28, 38},
    {29, 46}, {30, 41}, {32, 54}, {34, 57}, {35, 36}, {37, 40}, {39, 55}, {42, 53}, {47, 64},
};

const char *const CHART_CENTER_KEYS[CHART_CENTERS] = {
    "head", "ajna", "throat", "g", "heart", "sacral", "solar-plexus", "spleen", "root",
};

/* Each centre's gates, 0-terminated. */
static const uint8_t center_gates[CHART_CENTERS][12] = {
    [CENTER_HEAD] = {64, 61, 63},
    [CENTER_AJNA] = {47, 24, 4, 17, 43, 11},
    [CENTER_THROAT] = {62, 23, 56, 35, 12, 45, 33, 8, 31, 20, 16},
    [CENTER_G] = {1, 13, 25, 46, 2, 15, 10, 7},
    [CENTER_HEART] = {21, 40, 26, 51},
    [CENTER_SACRAL] = {5, 14, 29, 59, 9, 3, 42, 27, 34},
    [CENTER_SOLAR_PLEXUS] = {36, 22, 37, 6, 49, 55, 30},
    [CENTER_SPLEEN] = {48, 57, 44, 50, 32, 28, 18},
    [CENTER_ROOT] = {53, 60, 52, 19, 39, 41, 58, 38, 54},
};

enum chart_center chart_gate_center(unsigned gate)
{
    assert(gate >= 1);
    assert(gate <= CHART_GATES);
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        for (const uint8_t *own = center_gates[center]; *own != 0; own++) {
            if (*own == gate) {
                return (enum chart_center)center;
            }
        }
    }
    assert(!"every gate lies in a centre");
    return CENTER_HEAD;
}

int chart_channel_find(unsigned gate_a, unsigned gate_b)
{
    unsigned low = gate_a < gate_b ? gate_a : gate_b;
    unsigned high = gate_a < gate_b ? gate_b : gate_a;
    for (int i = 0; i < CHART_CHANNELS; i++) {
        if (CHART_CHANNEL_TABLE[i].low == low && CHART_CHANNEL_TABLE[i].high == high) {
            return i;
        }
    }
    return -1;
}

/* groups[center] = all centres joined to it, itself included; 0 for an undefined centre. */
static void join_centers(uint64_t channels, uint32_t groups[CHART_CENTERS])
{
    for (unsigned i = 0; i < CHART_CENTERS; i++) {
        groups[i] = 0;
    }
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        if ((channels >> i & 1) == 0) {
            continue;
        }
        enum chart_center a = chart_gate_center(CHART_CHANNEL_TABLE[i].low);
        enum chart_center b = chart_gate_center(CHART_CHANNEL_TABLE[i].high);
        uint32_t merged = groups[a] | groups[b] | BIT(a) | BIT(b);
        for (unsigned center = 0; center < CHART_CENTERS; center++) {
            if ((merged & BIT(center)) != 0) {
                groups[center] = merged;
            }
        }
    }
}

static enum chart_type derive_type(uint32_t centers, uint32_t throat_group)
{
    if (centers == 0) {
        return TYPE_REFLECTOR;
    }
    bool is_motor_at_throat = (throat_group & MOTORS) != 0;
    if ((centers & BIT(CENTER_SACRAL)) != 0) {
        return is_motor_at_throat ? TYPE_MANIFESTING_GENERATOR : TYPE_GENERATOR;
    }
    return is_motor_at_throat ? TYPE_MANIFESTOR : TYPE_PROJECTOR;
}

static enum chart_authority derive_authority(uint32_t centers, enum chart_type type)
{
    if (type == TYPE_REFLECTOR) {
        return AUTHORITY_LUNAR;
    }
    if ((centers & BIT(CENTER_SOLAR_PLEXUS)) != 0) {
        return AUTHORITY_EMOTIONAL;
    }
    if ((centers & BIT(CENTER_SACRAL)) != 0) {
        return AUTHORITY_SACRAL;
    }
    if ((centers & BIT(CENTER_SPLEEN)) != 0) {
        return AUTHORITY_SPLENIC;
    }
    if ((centers & BIT(CENTER_HEART)) != 0) {
        return type == TYPE_MANIFESTOR ? AUTHORITY_EGO_MANIFESTED : AUTHORITY_EGO_PROJECTED;
    }
    return (centers & BIT(CENTER_G)) != 0 ? AUTHORITY_SELF_PROJECTED : AUTHORITY_MENTAL;
}

static enum chart_definition derive_definition(const uint32_t groups[CHART_CENTERS])
{
    unsigned count = 0;
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        /* Each group is counted at its first centre. */
        if (groups[center] != 0 && (groups[center] & (BIT(center) - 1)) == 0) {
            count++;
        }
    }
    assert(count < CHART_DEFINITIONS); /* nine centres, at least two a group */
    return (enum chart_definition)count;
}

void chart_mechanics_derive(uint64_t channels, struct chart_mechanics *ret_mechanics)
{
    uint32_t groups[CHART_CENTERS];
    join_centers(channels, groups);
    uint32_t centers = 0;
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        centers |= groups[center];
    }
    enum chart_type type = derive_type(centers, groups[CENTER_THROAT]);
    *ret_mechanics = (struct chart_mechanics){
        .centers = centers,
        .type = type,
        .authority = derive_authority(centers, type),
        .definition = derive_definition(groups),
    };
}
