/* The words for centres, and for what they can be. */
#include "chart/claims-private.h"
#include "core/attr.h"

static const char center_nouns[] = "zentrum zentrums center centre";

/* Names of one word; a noun may follow. Inflected ones too, but no adjectives: those belong to
 * an authority. */
static const char *const center_names[CHART_CENTERS] = {
    [CENTER_HEAD] = "kopf kopfes kopfzentrum kopfzentrums krone kronenzentrum head crown",
    [CENTER_AJNA] = "ajna ajnas ajnazentrum ajnazentrums",
    [CENTER_THROAT] = "kehle kehlzentrum kehlzentrums kehlkopfzentrum throat",
    [CENTER_G] = "gzentrum selbstzentrum identitaetszentrum",
    [CENTER_HEART] = "herz herzen herzens herzzentrum herzzentrums ego egos egozentrum "
                     "egozentrums willenszentrum heart",
    [CENTER_SACRAL] = "sakral sakrals sakralzentrum sakralzentrums sacral",
    [CENTER_SOLAR_PLEXUS] = "solarplexus solarplexuszentrum emotionalzentrum emotionszentrum "
                            "emotionszentrums",
    [CENTER_SPLEEN] = "milz milzzentrum milzzentrums spleen",
    [CENTER_ROOT] = "wurzel wurzelzentrum wurzelzentrums root",
};

/* A centre at that token: how many tokens name it, 0 = none. */
static size_t center_at(const struct claims_search *search, size_t at,
                        enum chart_center *ret_center)
{
    size_t hyphen = claims_is_sign(search, at + 1, '-') ? 1 : 0;
    bool has_noun = claims_is_word(search, at + 1 + hyphen, center_nouns);
    size_t len = has_noun ? 2 + hyphen : 1;
    if (claims_is_word(search, at, "g identity self") && has_noun) {
        *ret_center = CENTER_G;
        return len;
    }
    if (claims_is_word(search, at, "splenic") && has_noun) {
        *ret_center = CENTER_SPLEEN;
        return len;
    }
    if (claims_is_word(search, at, "emotional emotionale emotionales emotionalen") && has_noun) {
        *ret_center = CENTER_SOLAR_PLEXUS;
        return len;
    }
    if (claims_is_word(search, at, "sakrale sakralen") && has_noun) {
        *ret_center = CENTER_SACRAL;
        return len;
    }
    if (claims_is_word(search, at, "will willpower") && has_noun) {
        *ret_center = CENTER_HEART;
        return len;
    }
    if (claims_is_word(search, at, "solar") && claims_is_word(search, at + 1 + hyphen, "plexus")) {
        *ret_center = CENTER_SOLAR_PLEXUS;
        size_t plexus = 2 + hyphen;
        return plexus + (claims_is_word(search, at + plexus, center_nouns) ? 1 : 0);
    }
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        if (claims_is_word(search, at, center_names[center])) {
            *ret_center = (enum chart_center)center;
            return len;
        }
    }
    return 0;
}

size_t claims_center_listed_at(const struct claims_search *search, size_t at,
                               enum chart_center *ret_center)
{
    size_t len = center_at(search, at, ret_center);
    const struct claims_token *token = claims_at(search, at);
    bool is_g = len == 0 && claims_is_word(search, at, "g") &&
                search->text.source.data[token->begin] == 'G';
    if (is_g) {
        *ret_center = CENTER_G;
    }
    return is_g ? 1 : len;
}

bool claims_status_at(const struct claims_search *search, size_t at,
                      struct claims_status *ret_status)
{
    static const struct {
        const char *words;
        struct claims_status status;
    } rows[] = {
        {"definiert defined eingefaerbt", {true, false}},
        {"definierte definierten definierter definiertes definiertem", {true, true}},
        {"offen open undefiniert undefined", {false, false}},
        {"offene offenen offener offenes offenem undefinierte undefinierten undefinierter "
         "undefiniertes undefiniertem",
         {false, true}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (claims_is_word(search, at, rows[i].words)) {
            *ret_status = rows[i].status;
            bool is_denied =
                at > 0 && claims_is_word(search, at - 1, "nicht not never nie isnt arent");
            ret_status->is_defined = rows[i].status.is_defined != is_denied;
            return true;
        }
    }
    return false;
}
