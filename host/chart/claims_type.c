/* Claims of a type. */
#include "chart/claims-private.h"
#include "core/attr.h"

#define CONTRAST_REACH 6 /* tokens from "anders als" to what is other */

/* The type a word names, one at a time: "Projektoren" and "projectors" are people, no claim. */
static bool type_at(const struct claims_search *search, size_t at, enum chart_type *ret_type)
{
    static const struct {
        const char *words;
        enum chart_type type;
    } rows[] = {
        {"generator generators generatorin", TYPE_GENERATOR},
        {"manifestor manifestors manifestorin", TYPE_MANIFESTOR},
        {"projektor projektors projektorin projector", TYPE_PROJECTOR},
        {"reflektor reflektors reflektorin reflector", TYPE_REFLECTOR},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (claims_is_word(search, at, rows[i].words)) {
            bool is_manifesting =
                at > 0 && claims_is_word(search, at - 1, "manifesting manifestierend*");
            *ret_type = is_manifesting && rows[i].type == TYPE_GENERATOR
                            ? TYPE_MANIFESTING_GENERATOR
                            : rows[i].type;
            return true;
        }
    }
    return false;
}

/* "anders als ein Projektor", "unlike a Projector" */
static bool is_contrast(const struct claims_search *search, size_t at)
{
    for (size_t back = 1; back <= CONTRAST_REACH && back <= at; back++) {
        if (claims_is_end(search, at - back)) {
            return false;
        }
        if (claims_is_word(search, at - back,
                           "anders gegensatz unterschied gegenueber unlike different contrast "
                           "statt instead than contrary rather")) {
            return true;
        }
    }
    return false;
}

/* "zu den Reflektoren gehörst du", "one of the Generators" */
static bool type_among(const struct claims_search *search, size_t at, enum chart_type *ret_type)
{
    static const struct {
        const char *words;
        enum chart_type type;
    } rows[] = {
        {"generatoren generators", TYPE_GENERATOR},
        {"manifestoren manifestors", TYPE_MANIFESTOR},
        {"projektoren projectors", TYPE_PROJECTOR},
        {"reflektoren reflectors", TYPE_REFLECTOR},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool is_manifesting =
            at > 0 && claims_is_word(search, at - 1, "manifesting manifestierend*");
        size_t from = at - (is_manifesting ? 1 : 0);
        bool is_among = from > 1 && claims_is_word(search, from - 1, "den the") &&
                        claims_is_word(search, from - 2, "zu of among unter");
        bool is_like_you = claims_is_word(search, at + 1, "wie like") &&
                           claims_is_word(search, at + 2, "du dich dir you yourself");
        if (claims_is_word(search, at, rows[i].words) && (is_among || is_like_you)) {
            *ret_type = is_manifesting ? TYPE_MANIFESTING_GENERATOR : rows[i].type;
            return true;
        }
    }
    return false;
}

/* "A Projector friend", "für einen Manifestor": one of them, but not you. */
static bool is_somebody_else(const struct claims_search *search, size_t from)
{
    static const char articles[] = "a an ein eine einen einem einer eines";
    size_t at = from;
    at -= at > 1 && !claims_is_word(search, at - 1, articles) ? 1 : 0; /* "a pure Generator" */
    bool has_article = at > 0 && claims_is_word(search, at - 1, articles);
    bool is_you = at > 1 && claims_is_word(search, at - 2,
                                           "as are being is be been youre remain stay als bist "
                                           "ist bin bleibst sein du you not nicht");
    is_you = is_you || (at > 2 && claims_is_sign(search, at - 2, ',') &&
                        claims_is_word(search, at - 3, "you du")); /* "You, a Projector, …" */
    bool is_like_you = claims_is_word(search, from + 1, "like wie") &&
                       claims_is_word(search, from + 2, "you du dich dir");
    return has_article && !is_you && !is_like_you;
}

void claims_type(struct claims_search *search, size_t at)
{
    enum chart_type type;
    bool is_among = type_among(search, at, &type);
    if (!is_among && !type_at(search, at, &type)) {
        return;
    }
    /* English plurals end as German genitives do. */
    bool is_plural = !is_among && claims_is_word(search, at, "generators manifestors") &&
                     !(at > 0 && claims_is_word(search, at - 1, "des eines deines als")) &&
                     !(at > 1 && claims_is_word(search, at - 2, "des eines deines"));
    size_t from = type == TYPE_MANIFESTING_GENERATOR ? at - 1 : at;
    bool is_right = type == search->chart->mechanics.type;
    bool is_denied =
        from > 0 &&
        claims_is_word(search, from - 1, "kein keine keinem keinen no weder noch neither nor");
    is_denied = is_denied ||
                (from > 1 && claims_is_word(search, from - 1, "a an als as") &&
                 claims_is_word(search, from - 2, "not nicht")) ||
                (from > 2 && claims_is_word(search, from - 2, "being") &&
                 claims_is_word(search, from - 3, "not"));
    if (!is_plural && is_right == is_denied && !is_contrast(search, from) &&
        !is_somebody_else(search, from)) {
        claims_add(search, CLAIM_TYPE, from, at + 1);
    }
}
