/* Names of gates and channels, as tables. */
#include "chart/names.h"

#include <assert.h>

#include "chart/mechanics.h"

static const char *const gate_names[CHART_GATES] = {
    "Self-Expression",
    "Direction of the Self",
    "Ordering",
    "Formulization",
    "Fixed Rhythms",
    "Friction",
    "The Role of the Self",
    "Contribution",
    "Focus",
    "Behavior of the Self",
    "Ideas",
    "Caution",
    "The Listener",
    "Power Skills",
    "Extremes",
    "Skills",
    "Opinions",
    "Correction",
    "Wanting",
    "The Now",
    "The Hunter",
    "Openness",
    "Assimilation",
    "Rationalization",
    "The Spirit of the Self",
    "The Egoist",
    "Caring",
    "The Game Player",
    "Perseverance",
    "Feelings",
    "Leading",
    "Continuity",
    "Privacy",
    "Power",
    "Change",
    "Crisis",
    "Friendship",
    "The Fighter",
    "Provocation",
    "Aloneness",
    "Contraction",
    "Growth",
    "Insight",
    "Alertness",
    "The Gatherer",
    "Determination of the Self",
    "Realization",
    "Depth",
    "Principles",
    "Values",
    "Shock",
    "Stillness",
    "Beginnings",
    "Ambition",
    "Spirit",
    "Stimulation",
    "Intuitive Clarity",
    "Vitality",
    "Sexuality",
    "Acceptance",
    "Mystery",
    "Details",
    "Doubt",
    "Confusion",
};

struct channel_name {
    const char *en, *de;
};

/* In the order of CHART_CHANNEL_TABLE. */
static const struct channel_name channel_names[CHART_CHANNELS] = {
    {"Inspiration", "Inspiration"},
    {"The Beat", "Der Pulsschlag"},
    {"Mutation", "Mutation"},
    {"Logic", "Logik"},
    {"Rhythm", "Rhythmus"},
    {"Mating", "Paarung"},
    {"The Alpha", "Das Alpha"},
    {"Concentration", "Konzentration"},
    {"Awakening", "Erwachen"},
    {"Exploration", "Erkundung"},
    {"Perfected Form", "Vollendete Form"},
    {"Curiosity", "Neugier"},
    {"Openness", "Offenheit"},
    {"The Prodigal", "Der verlorene Sohn"},
    {"The Wavelength", "Die Wellenlänge"},
    {"Acceptance", "Akzeptanz"},
    {"Judgment", "Urteil"},
    {"Synthesis", "Synthese"},
    {"Charisma", "Charisma"},
    {"The Brainwave", "Der Geistesblitz"},
    {"Money", "Geld"},
    {"Structuring", "Strukturierung"},
    {"Awareness", "Bewusstheit"},
    {"Initiation", "Initiation"},
    {"Surrender", "Hingabe"},
    {"Preservation", "Bewahrung"},
    {"Struggle", "Kampf"},
    {"Discovery", "Entdeckung"},
    {"Recognition", "Erkennen"},
    {"Transformation", "Wandlung"},
    {"Power", "Kraft"},
    {"Transitoriness", "Vergänglichkeit"},
    {"Community", "Gemeinschaft"},
    {"Emoting", "Gefühlsregung"},
    {"Maturation", "Reifung"},
    {"Abstraction", "Abstraktion"},
};

const char *chart_gate_name(unsigned gate)
{
    assert(gate >= 1);
    assert(gate <= CHART_GATES);
    return gate_names[gate - 1];
}

const char *chart_channel_name(unsigned index)
{
    assert(index < CHART_CHANNELS);
    return channel_names[index].en;
}

const char *chart_channel_name_de(unsigned index)
{
    assert(index < CHART_CHANNELS);
    return channel_names[index].de;
}
