/* Claims of a profile. */
#include "chart/claims-private.h"
#include "chart/read.h"

#define PROFILE_REACH 4 /* tokens from the word to the numbers */

static bool has_profile_word(const struct claims_search *search, size_t from, size_t to)
{
    static const char words[] = "profil profile profils profiles";
    for (size_t back = 1; back <= PROFILE_REACH && back <= from; back++) {
        if (claims_is_word(search, from - back, words)) {
            return true;
        }
        if (claims_is_end(search, from - back) || claims_is_sign(search, from - back, ',')) {
            break;
        }
    }
    bool is_told = from > 1 && claims_is_word(search, from - 1, "a an ein eine einem einer") &&
                   claims_is_word(search, from - 2, "as als bist are being");
    size_t after = to + (claims_is_sign(search, to, '-') ? 1 : 0);
    bool is_told_behind = claims_is_sign(search, to, ',') &&
                          claims_is_word(search, to + 1, "which that das dein") &&
                          (claims_is_word(search, to + 2, words) ||
                           claims_is_word(search, to + 4, words)); /* "which is your profile" */
    return is_told || is_told_behind || claims_is_word(search, after, words);
}

/* "A 1/3 wants proof": one of them, not you. */
static bool is_somebody(const struct claims_search *search, size_t at)
{
    return at > 0 && claims_is_word(search, at - 1, "a an ein eine einen einem einer") &&
           !(at > 1 && claims_is_word(search, at - 2,
                                      "as als being are youre bist of like wie be with mit is"));
}

size_t claims_profile(struct claims_search *search, size_t at)
{
    const struct claims_token *a = claims_at(search, at), *b = claims_at(search, at + 2);
    bool is_pair = a->kind == TOKEN_NUMBER && b->kind == TOKEN_NUMBER &&
                   (claims_is_sign(search, at + 1, '/') || claims_is_sign(search, at + 1, '-'));
    bool is_part = at > 0 && a->is_glued && claims_at(search, at - 1)->kind == TOKEN_SIGN &&
                   !claims_is_sign(search, at - 1, '(') && !claims_is_sign(search, at - 1, ':');
    bool goes_on = claims_is_sign(search, at + 3, '/') || claims_counts_else(search, at + 3);
    if (!is_pair || is_part || goes_on || a->number < 1 || a->number > CLAIMS_LINES ||
        b->number < 1 || b->number > CLAIMS_LINES) {
        return at;
    }
    bool has_word = has_profile_word(search, at, at + 3);
    if (!has_word && (is_somebody(search, at) || claims_is_sign(search, at + 1, '-') ||
                      !chart_is_profile(a->number, b->number))) {
        return at;
    }
    bool is_right =
        a->number == search->chart->profile[0] && b->number == search->chart->profile[1];
    if (is_right == claims_is_denied(search, at, at + 3)) {
        claims_add(search, CLAIM_PROFILE, at, at + 3);
    }
    return at + 3;
}
