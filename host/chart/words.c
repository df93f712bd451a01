/* Reads the wording variants of type, authority, definition and strategy by one table each. */
#include "chart/words.h"

#include <assert.h>
#include <stdbool.h>

#include "core/attr.h"

#define BIT(value) (UINT32_C(1) << (value))
#define WORD_BYTES_MAX 48

struct word {
    const char *folded; /* lower-case letters only */
    uint32_t bits;
};

static const struct word type_words[] = {
    {"generator", BIT(TYPE_GENERATOR)},
    {"puregenerator", BIT(TYPE_GENERATOR)},
    {"manifestinggenerator", BIT(TYPE_MANIFESTING_GENERATOR)},
    {"manifestor", BIT(TYPE_MANIFESTOR)},
    {"projector", BIT(TYPE_PROJECTOR)},
    {"reflector", BIT(TYPE_REFLECTOR)},
};

#define EGO (BIT(AUTHORITY_EGO_MANIFESTED) | BIT(AUTHORITY_EGO_PROJECTED))
/* Neither a mental projector nor a reflector has an authority within. */
#define OUTER (BIT(AUTHORITY_MENTAL) | BIT(AUTHORITY_LUNAR))

static const struct word authority_words[] = {
    {"emotional", BIT(AUTHORITY_EMOTIONAL)},
    {"emotionalsolarplexus", BIT(AUTHORITY_EMOTIONAL)},
    {"solarplexus", BIT(AUTHORITY_EMOTIONAL)},
    {"sacral", BIT(AUTHORITY_SACRAL)},
    {"splenic", BIT(AUTHORITY_SPLENIC)},
    {"spleen", BIT(AUTHORITY_SPLENIC)},
    {"ego", EGO},
    {"heart", EGO},
    {"egoheart", EGO},
    {"egomanifested", BIT(AUTHORITY_EGO_MANIFESTED)},
    {"egomanifestor", BIT(AUTHORITY_EGO_MANIFESTED)},
    {"egoprojected", BIT(AUTHORITY_EGO_PROJECTED)},
    {"egoprojector", BIT(AUTHORITY_EGO_PROJECTED)},
    {"selfprojected", BIT(AUTHORITY_SELF_PROJECTED)},
    {"self", BIT(AUTHORITY_SELF_PROJECTED)},
    {"mental", BIT(AUTHORITY_MENTAL)},
    {"environmental", BIT(AUTHORITY_MENTAL)},
    {"mentalenvironmental", BIT(AUTHORITY_MENTAL)},
    {"none", OUTER},
    {"no", OUTER}, /* "No Authority", its last word taken off */
    {"outer", OUTER},
    {"noinner", OUTER},
    {"lunar", BIT(AUTHORITY_LUNAR)},
};

static const struct word definition_words[] = {
    {"none", BIT(DEFINITION_NONE)},
    {"no", BIT(DEFINITION_NONE)}, /* "No Definition" */
    {"single", BIT(DEFINITION_SINGLE)},
    {"split", BIT(DEFINITION_SPLIT)},
    {"simplesplit", BIT(DEFINITION_SPLIT)},
    {"widesplit", BIT(DEFINITION_SPLIT)},
    {"triple", BIT(DEFINITION_TRIPLE_SPLIT)},
    {"triplesplit", BIT(DEFINITION_TRIPLE_SPLIT)},
    {"quadruple", BIT(DEFINITION_QUADRUPLE_SPLIT)},
    {"quadruplesplit", BIT(DEFINITION_QUADRUPLE_SPLIT)},
    {"quad", BIT(DEFINITION_QUADRUPLE_SPLIT)},
    {"quadsplit", BIT(DEFINITION_QUADRUPLE_SPLIT)},
};

#define SACRAL_TYPES (BIT(TYPE_GENERATOR) | BIT(TYPE_MANIFESTING_GENERATOR))

static const struct word strategy_words[] = {
    {"respond", SACRAL_TYPES},
    {"torespond", SACRAL_TYPES},
    {"waittorespond", SACRAL_TYPES},
    {"waitandrespond", SACRAL_TYPES},
    {"respondinform", BIT(TYPE_MANIFESTING_GENERATOR)},
    {"respondandinform", BIT(TYPE_MANIFESTING_GENERATOR)},
    {"respondtheninform", BIT(TYPE_MANIFESTING_GENERATOR)},
    {"torespondinform", BIT(TYPE_MANIFESTING_GENERATOR)},
    {"torespondandinform", BIT(TYPE_MANIFESTING_GENERATOR)},
    {"torespondtheninform", BIT(TYPE_MANIFESTING_GENERATOR)},
    {"waittorespondtheninform", BIT(TYPE_MANIFESTING_GENERATOR)},
    {"inform", BIT(TYPE_MANIFESTOR)},
    {"toinform", BIT(TYPE_MANIFESTOR)},
    {"informbeforeacting", BIT(TYPE_MANIFESTOR)},
    {"waitfortheinvitation", BIT(TYPE_PROJECTOR)},
    {"waitforinvitation", BIT(TYPE_PROJECTOR)},
    {"waitforaninvitation", BIT(TYPE_PROJECTOR)},
    {"towaitfortheinvitation", BIT(TYPE_PROJECTOR)},
    {"waitalunarcycle", BIT(TYPE_REFLECTOR)},
    {"waitforalunarcycle", BIT(TYPE_REFLECTOR)},
    {"waitforthelunarcycle", BIT(TYPE_REFLECTOR)},
    {"towaitalunarcycle", BIT(TYPE_REFLECTOR)},
};

/* Keeps the letters, in lower case. False when the text is longer than any word we know. */
static bool fold(struct span text, char ret_folded[WORD_BYTES_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c >= 'A' && c <= 'Z') {
            c = (char)(c - 'A' + 'a');
        }
        /* Bytes above ASCII stay, so that a foreign word is not read as an English one. */
        if ((c < 'a' || c > 'z') && (unsigned char)c < 0x80) {
            continue;
        }
        if (len + 1 == WORD_BYTES_MAX) {
            return false;
        }
        ret_folded[len++] = c;
    }
    ret_folded[len] = '\0';
    return true;
}

/* suffix is a word that adds nothing ("Split Definition", "Sacral Authority"), or "". */
static uint32_t look_up(const struct word *words, size_t count, const char *suffix,
                        struct span text)
{
    char folded[WORD_BYTES_MAX];
    if (!fold(text, folded)) {
        return 0;
    }
    size_t len = strlen(folded), suffix_len = strlen(suffix);
    if (len > suffix_len && strcmp(folded + len - suffix_len, suffix) == 0) {
        folded[len - suffix_len] = '\0';
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].folded, folded) == 0) {
            return words[i].bits;
        }
    }
    return 0;
}

uint32_t chart_type_parse(struct span text)
{
    return look_up(type_words, ARRAY_LEN(type_words), "", text);
}

uint32_t chart_authority_parse(struct span text)
{
    return look_up(authority_words, ARRAY_LEN(authority_words), "authority", text);
}

uint32_t chart_definition_parse(struct span text)
{
    return look_up(definition_words, ARRAY_LEN(definition_words), "definition", text);
}

uint32_t chart_strategy_parse(struct span text)
{
    return look_up(strategy_words, ARRAY_LEN(strategy_words), "", text);
}

const char *chart_type_word(enum chart_type type)
{
    static const char *const words[CHART_TYPES] = {
        "Generator", "Manifesting Generator", "Manifestor", "Projector", "Reflector",
    };
    assert(type < CHART_TYPES);
    return words[type];
}

const char *chart_authority_word(enum chart_authority authority)
{
    static const char *const words[CHART_AUTHORITIES] = {
        "Emotional",     "Sacral",         "Splenic", "Ego Manifested",
        "Ego Projected", "Self-Projected", "Mental",  "Lunar",
    };
    assert(authority < CHART_AUTHORITIES);
    return words[authority];
}

const char *chart_definition_word(enum chart_definition definition)
{
    static const char *const words[CHART_DEFINITIONS] = {
        "None", "Single", "Split", "Triple Split", "Quadruple Split",
    };
    assert(definition < CHART_DEFINITIONS);
    return words[definition];
}

const char *chart_strategy_word(enum chart_type type)
{
    static const char *const words[CHART_TYPES] = {
        "Respond", "Respond", "Inform", "Wait for the Invitation", "Wait a Lunar Cycle",
    };
    assert(type < CHART_TYPES);
    return words[type];
}

const char *chart_signature_word(enum chart_type type)
{
    static const char *const words[CHART_TYPES] = {
        "Satisfaction", "Satisfaction", "Peace", "Success", "Surprise",
    };
    assert(type < CHART_TYPES);
    return words[type];
}

const char *chart_not_self_word(enum chart_type type)
{
    static const char *const words[CHART_TYPES] = {
        "Frustration", "Frustration", "Anger", "Bitterness", "Disappointment",
    };
    assert(type < CHART_TYPES);
    return words[type];
}
