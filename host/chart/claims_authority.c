/* Claims of an authority. */
#include "chart/claims-private.h"
#include "core/attr.h"

#define BIT(value) (UINT32_C(1) << (value))
#define FILLERS_MAX 4 /* between the noun and its name */

#define EGO (BIT(AUTHORITY_EGO_MANIFESTED) | BIT(AUTHORITY_EGO_PROJECTED))
#define OUTER (BIT(AUTHORITY_MENTAL) | BIT(AUTHORITY_LUNAR))

static uint32_t authority_at(const struct claims_search *search, size_t at)
{
    static const struct {
        const char *words;
        uint32_t bits;
    } rows[] = {
        {"emotional* solarplexus solarplexusautoritaet plexus emotionen", BIT(AUTHORITY_EMOTIONAL)},
        {"sakral* sacral", BIT(AUTHORITY_SACRAL)},
        {"milz milzautoritaet milz* splenic spleen", BIT(AUTHORITY_SPLENIC)},
        {"ego egoautoritaet egos herz herzens herzautoritaet heart willens*", EGO},
        {"selbstprojiziert* selbst self gautoritaet", BIT(AUTHORITY_SELF_PROJECTED)},
        {"mental* umgebungs* umgebung environment environmental", BIT(AUTHORITY_MENTAL)},
        {"aeussere aeusseren aeusserer outer", OUTER},
        {"lunar* mond mondautoritaet moon mondzyklus", BIT(AUTHORITY_LUNAR)},
    };
    if (claims_is_word(search, at, "solar") && claims_is_word(search, at + 1, "plexus")) {
        return BIT(AUTHORITY_EMOTIONAL);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (claims_is_word(search, at, rows[i].words)) {
            return rows[i].bits;
        }
    }
    return 0;
}

/* "Ego, manifestierend", "Ego Projected" */
static uint32_t authority_refined(const struct claims_search *search, size_t at, uint32_t bits)
{
    for (size_t next = at + 1; bits == EGO && next <= at + 2; next++) {
        if (claims_is_word(search, next, "manifest*")) {
            return BIT(AUTHORITY_EGO_MANIFESTED);
        }
        if (claims_is_word(search, next, "projiz* project*")) {
            return BIT(AUTHORITY_EGO_PROJECTED);
        }
    }
    return bits;
}

static bool is_authority_filler(const struct claims_search *search, size_t at)
{
    return claims_is_sign(search, at, ':') || claims_is_sign(search, at, '(') ||
           claims_is_sign(search, at, '-') ||
           claims_is_word(search, at,
                          "ist is das bleibt remains heisst lautet called of the der des die "
                          "deine deines deiner your inner innere inneren im in als as "
                          "sitzt liegt lies sits comes kommt aus from");
}

static void judge_authority(struct claims_search *search, uint32_t bits, size_t from, size_t to)
{
    bool is_right = (bits & BIT(search->chart->mechanics.authority)) != 0;
    bool is_denied =
        (from > 0 && claims_is_word(search, from - 1, "keine keiner no kein not nicht")) ||
        claims_is_denied(search, from, to);
    if (is_right == is_denied) {
        claims_add(search, CLAIM_AUTHORITY, from, to);
    }
}

/* "You are an emotional Generator", "als mentaler Projektor" */
static void claims_authority_of_type(struct claims_search *search, size_t at)
{
    size_t type = at + 1;
    type += claims_is_sign(search, type, '-') ? 1 : 0;
    type += claims_is_word(search, type, "projected projizierte*") ? 1 : 0;
    bool has_type =
        claims_is_word(search, at,
                       "emotional emotionale* sacral sakrale* splenic self ego mental "
                       "mentale* selbst selbstprojizierte*") &&
        claims_is_word(search, type,
                       "generator* manifestor* projektor* projector* reflektor* reflector*");
    bool is_you = false;
    for (size_t back = 1; has_type && back <= 2 && back <= at; back++) {
        is_you = is_you || claims_is_word(search, at - back, "are bist als as being youre");
    }
    if (is_you) {
        uint32_t bits = authority_refined(search, at, authority_at(search, at));
        judge_authority(search, bits, at, type + 1);
    }
}

void claims_authority(struct claims_search *search, size_t at)
{
    if (!claims_is_word(search, at, "autoritaet authority")) {
        claims_authority_of_type(search, at);
        uint32_t bits = claims_is_word(search, at,
                                       "milzautoritaet egoautoritaet herzautoritaet "
                                       "mondautoritaet sakralautoritaet "
                                       "solarplexusautoritaet umgebungsautoritaet "
                                       "emotionalautoritaet")
                            ? authority_at(search, at)
                            : 0;
        if (bits != 0) {
            judge_authority(search, bits, at, at + 1);
        }
        return;
    }
    size_t before = at;
    while (before > 0 && at - before < 2 &&
           (claims_is_sign(search, before - 1, '-') ||
            claims_is_word(search, before - 1, "innere inneren inner"))) {
        before--;
    }
    if (before > 0 && claims_is_word(search, before - 1, "projizierte* projected")) {
        before--; /* "selbst-projizierte", "self-projected", "ego projected" */
        before -= before > 0 && claims_is_sign(search, before - 1, '-') ? 1 : 0;
    }
    uint32_t bits = before > 0 ? authority_at(search, before - 1) : 0;
    if (before > 0 && before < at && claims_is_word(search, before - 1, "no keine keiner")) {
        if ((OUTER & BIT(search->chart->mechanics.authority)) == 0) {
            claims_add(search, CLAIM_AUTHORITY, before - 1, at + 1); /* "no inner authority" */
        }
        return;
    }
    if (bits != 0) {
        judge_authority(search, authority_refined(search, before - 1, bits), before - 1, at + 1);
        return;
    }
    size_t after = at + 1;
    bool is_denied = false;
    for (unsigned fillers = 0; fillers < FILLERS_MAX; fillers++) {
        is_denied |= claims_is_word(search, after, "nicht not");
        if (!is_authority_filler(search, after) && !claims_is_word(search, after, "nicht not")) {
            break;
        }
        after++;
    }
    bits = authority_at(search, after);
    bool has_own_noun = claims_is_word(search, after + 1, "autoritaet authority");
    if (bits != 0 && !has_own_noun) {
        bits = authority_refined(search, after, bits);
        bool is_right = (bits & BIT(search->chart->mechanics.authority)) != 0;
        if (is_right == is_denied) {
            claims_add(search, CLAIM_AUTHORITY, at, after + 1);
        }
    }
}
