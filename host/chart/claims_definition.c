/* Claims of a definition. */
#include "chart/claims-private.h"
#include "core/attr.h"

#define BIT(value) (UINT32_C(1) << (value))

static uint32_t definition_at(const struct claims_search *search, size_t at)
{
    static const struct {
        const char *words;
        uint32_t bits;
    } rows[] = {
        {"einfach einfache einfachen einfacher single", BIT(DEFINITION_SINGLE)},
        {"split geteilt geteilte geteilten geteilter gespalten gespaltene gespaltenen zweigeteilt "
         "zweigeteilte zweigeteilten spaltung",
         BIT(DEFINITION_SPLIT)},
        {"triple dreifach dreifache dreifachen dreigeteilte dreigeteilten",
         BIT(DEFINITION_TRIPLE_SPLIT)},
        {"quadruple quad vierfach vierfache vierfachen viergeteilte",
         BIT(DEFINITION_QUADRUPLE_SPLIT)},
        {"keine keiner no none", BIT(DEFINITION_NONE)},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (claims_is_word(search, at, rows[i].words)) {
            return rows[i].bits;
        }
    }
    return 0;
}

/* "triple split" is one word of the two. */
static uint32_t definition_before(const struct claims_search *search, size_t at, size_t *ret_from)
{
    size_t from = at;
    from -= from > 0 && claims_is_sign(search, from - 1, '-') ? 1 : 0;
    uint32_t bits = from > 0 ? definition_at(search, from - 1) : 0;
    from -= bits != 0 ? 1 : 0;
    if (bits == BIT(DEFINITION_SPLIT)) {
        size_t count = from - (from > 0 && claims_is_sign(search, from - 1, '-') ? 1 : 0);
        uint32_t more = count > 0 ? definition_at(search, count - 1) : 0;
        if (more == BIT(DEFINITION_TRIPLE_SPLIT) || more == BIT(DEFINITION_QUADRUPLE_SPLIT)) {
            *ret_from = count - 1;
            return more;
        }
    }
    *ret_from = from;
    return bits;
}

/* "Du hast einen Split.": some split. */
static void claims_any_split(struct claims_search *search, size_t at)
{
    bool is_had = at > 1 && claims_is_word(search, at, "split") &&
                  claims_is_word(search, at - 1, "einen ein a") &&
                  claims_is_word(search, at - 2, "hast du have are") &&
                  claims_at(search, at + 1)->kind == TOKEN_SIGN &&
                  !claims_is_sign(search, at + 1, '-');
    uint32_t whole = BIT(DEFINITION_SINGLE) | BIT(DEFINITION_NONE);
    if (is_had && (whole & BIT(search->chart->mechanics.definition)) != 0) {
        claims_add(search, CLAIM_DEFINITION, at - 1, at + 1);
    }
}

/* "a triple split" needs no noun. */
static void claims_split(struct claims_search *search, size_t at)
{
    uint32_t bits = definition_at(search, at) &
                    (BIT(DEFINITION_TRIPLE_SPLIT) | BIT(DEFINITION_QUADRUPLE_SPLIT));
    if (claims_is_word(search, at, "simple wide small")) {
        bits = BIT(DEFINITION_SPLIT);
    }
    size_t split = at + 1 + (claims_is_sign(search, at + 1, '-') ? 1 : 0);
    bool is_split = (definition_at(search, split) & BIT(DEFINITION_SPLIT)) != 0;
    size_t noun = split + 1 + (claims_is_sign(search, split + 1, '-') ? 1 : 0);
    if (bits != 0 && is_split && !claims_is_word(search, noun, "definition") &&
        (bits & BIT(search->chart->mechanics.definition)) == 0) {
        claims_add(search, CLAIM_DEFINITION, at, split + 1);
    }
}

void claims_definition(struct claims_search *search, size_t at)
{
    if (!claims_is_word(search, at, "definition")) {
        claims_split(search, at);
        claims_any_split(search, at);
        return;
    }
    size_t from = at, to = at + 1;
    uint32_t bits = definition_before(search, at, &from);
    if (bits == BIT(DEFINITION_NONE) && claims_is_word(search, to, "in im")) {
        to += claims_is_word(search, to + 1, "the your der deiner deinem dem") ? 2 : 1;
        enum chart_center center; /* "no definition in the Throat" is said of that alone */
        if (claims_center_listed_at(search, to, &center) > 0) {
            claims_centers_without(search, to, from);
            return;
        }
        to = at + 1;
    }
    if (bits == 0) {
        while (claims_is_sign(search, to, ':') || claims_is_sign(search, to, '(') ||
               claims_is_word(search, to, "ist is bleibt heisst")) {
            to++;
        }
        bits = to > at + 1 ? definition_at(search, to) : 0;
        from = at;
        to++;
    }
    bool is_right = (bits & BIT(search->chart->mechanics.definition)) != 0;
    if (bits != 0 && is_right == claims_is_denied(search, from, to)) {
        claims_add(search, CLAIM_DEFINITION, from, to);
    }
}
