/* The 192 crosses from their rule. Counted from gate 13, a theme of the right angle returns every
 * 16 gates and one of the left angle every 32; each gate has one juxtaposition. */
#include "chart/cross.h"

#include <assert.h>

#include "chart/wheel.h"

#define CROSS_FIRST_GATE 13
#define RIGHT_THEMES 16
#define LEFT_THEMES 32
#define GATES 64

static const char *const cross_right[RIGHT_THEMES] = {
    "the Sphinx",         "Explanation",   "Contagion",      "the Sleeping Phoenix",
    "Planning",           "Consciousness", "Rulership",      "the Eden",
    "the Vessel of Love", "Service",       "Tension",        "Penetration",
    "the Maya",           "Laws",          "the Unexpected", "the Four Ways",
};

static const char *const cross_left[LEFT_THEMES] = {
    "Masks",       "Revolution", "Industry",       "Spirit",      "Migration",     "Dominion",
    "Informing",   "the Plane",  "Healing",        "Upheaval",    "Endeavour",     "the Clarion",
    "Limitation",  "Wishes",     "Alignment",      "Incarnation", "Defiance",      "Dedication",
    "Uncertainty", "Duality",    "Identification", "Separation",  "Confrontation", "Education",
    "Prevention",  "Demands",    "Individualism",  "Cycles",      "Obscuration",   "Distraction",
    "the Alpha",   "Refinement",
};

static const char *const cross_juxtaposition[GATES] = {
    "Listening",       "Principles",    "Fates",         "Moods",
    "Bargains",        "Doubts",        "Grace",         "Crisis",
    "Innocence",       "Opinions",      "Control",       "Shock",
    "Completion",      "Mutation",      "Caring",        "Rationalization",
    "the Driver",      "Assimilation",  "Contribution",  "the Now",
    "Experimentation", "Experience",    "Possession",    "Articulation",
    "Extremes",        "Stillness",     "Provocation",   "Beginnings",
    "Detail",          "Stimulation",   "Influence",     "Retreat",
    "Interaction",     "Formulization", "Commitment",    "Strategy",
    "Denial",          "Confusion",     "Oppression",    "Conflict",
    "Serendipity",     "Correction",    "Depth",         "Intuition",
    "Conservation",    "Values",        "Risks",         "Alertness",
    "Self-Expression", "Insight",       "Empowering",    "Power",
    "Focus",           "Habits",        "the Trickster", "Ideas",
    "Behavior",        "Vitality",      "Opposition",    "Ambition",
    "Thinking",        "Limitation",    "Fantasy",       "Need",
};

const char *cross_angle_word(enum cross_angle angle)
{
    static const char *const words[CROSS_ANGLES] = {"Right Angle", "Juxtaposition", "Left Angle"};
    assert(angle < CROSS_ANGLES);
    return words[angle];
}

enum cross_angle cross_angle_of(unsigned personality_line, unsigned design_line)
{
    if (personality_line < 4 || (personality_line == 4 && design_line == 6)) {
        return CROSS_RIGHT;
    }
    return personality_line == 4 ? CROSS_JUXTAPOSITION : CROSS_LEFT;
}

struct cross cross_of(unsigned sun_gate, enum cross_angle angle)
{
    int step = (int)wheel_step(sun_gate);
    unsigned place = (unsigned)(step - (int)wheel_step(CROSS_FIRST_GATE)) % GATES;
    int back = angle == CROSS_RIGHT ? 16 : 15; /* 88 degrees are 15.6 gates */
    struct cross cross = {
        .angle = angle,
        .gates = {(uint8_t)sun_gate, (uint8_t)wheel_gate(step + GATES / 2),
                  (uint8_t)wheel_gate(step - back), (uint8_t)wheel_gate(step - back + GATES / 2)},
    };
    switch (angle) {
    case CROSS_RIGHT:
        cross.theme = cross_right[place % RIGHT_THEMES];
        cross.number = place / RIGHT_THEMES + 1;
        break;
    case CROSS_LEFT:
        cross.theme = cross_left[place % LEFT_THEMES];
        cross.number = place / LEFT_THEMES + 1;
        break;
    default:
        cross.theme = cross_juxtaposition[place];
        break;
    }
    return cross;
}
