/* Where a text says that something is not there. */
#include "chart/claims-private.h"

#define DENIAL_REACH 6 /* tokens behind what is named */

/* What a chart does to a fact it carries. */
static const char absent_words[] =
    "aktiv* definiert* vorhanden enthalten besetzt angelegt da dabei teil genannt erwaehnt "
    "zustande belong "
    "aufgefuehrt gelistet verzeichnet active activated present defined there in part listed "
    "named mentioned included found among yours deins appear appears auf";

static const char have_words[] =
    "hast hat habe haben besitzt traegst traegt findest findet gibt fuehrt enthaelt zeigt steht du "
    "er sie es man sich dein deinem das chart in im have has had carry carries carried hold holds "
    "contain contains include includes possess show shows list lists find auch either too kommt "
    "entsteht daraus so also hier gehoert";

bool claims_is_denying(const struct claims_search *search, size_t at)
{
    return claims_is_word(search, at,
                          "nicht not never nie dont doesnt isnt arent cannot cant wont werent "
                          "wasnt havent hasnt didnt");
}

static size_t back_over(const struct claims_search *search, size_t at, const char *words)
{
    while (at > 0 && claims_is_word(search, at - 1, words)) {
        at--;
    }
    return at;
}

/* "weder … noch": "noch" alone is "still". */
static bool has_neither(const struct claims_search *search, size_t from)
{
    for (size_t back = 1; back <= 2 * DENIAL_REACH && back <= from; back++) {
        if (claims_is_end(search, from - back)) {
            return false;
        }
        if (claims_is_word(search, from - back, "weder kein keine keinen keinem keiner nicht")) {
            return true;
        }
    }
    return false;
}

/* "nicht aber den Kanal", "but not by a", with articles between: what comes before is there. */
static bool is_excepted(const struct claims_search *search, size_t at)
{
    size_t not = back_over(search, at, "aber by through via durch mit with");
    bool has_joint = not > 1 && (claims_is_word(search, not -2, "but aber and und though doch") ||
                                 claims_is_sign(search, not -2, ','));
    return not > 0 && claims_is_denying(search, not -1) && (not < at || has_joint);
}

/* "kein", "du hast nicht", "neither is": before the articles of what is named. */
static bool is_denied_before(const struct claims_search *search, size_t from)
{
    size_t at = back_over(search, from, "das die der den dem the a an any of dir dem you");
    if (at == 0) {
        return false;
    }
    if (claims_is_word(search, at - 1,
                       "kein keine keinen keinem keiner keines ohne no none without "
                       "lacks lack lacking missing fehlt fehlen weder neither nor") ||
        (claims_is_word(search, at - 1, "noch") && has_neither(search, at - 1)) ||
        is_excepted(search, at) || (claims_is_denying(search, at - 1) && at == from)) {
        return true;
    }
    size_t verb = back_over(search, at,
                            "have has carry hold contain include possess show list find see is "
                            "are ist sind born with");
    return verb > 0 && verb < at &&
           (claims_is_denying(search, verb - 1) ||
            claims_is_word(search, verb - 1, "neither nor lack lacks fehlt missing"));
}

/* "is other people's business", "gehört anderen" */
static bool is_left_to_others(const struct claims_search *search, size_t at)
{
    return (claims_is_word(search, at, "is are") &&
            claims_is_word(search, at + 1, "other others") &&
            claims_is_word(search, at + 2, "people* business")) ||
           (claims_is_word(search, at, "only nur") &&
            claims_is_word(search, at + 1, "borrow borrowed geliehen leihen")) ||
           (claims_is_word(search, at, "is are ist sind") &&
            claims_is_word(search, at + 1, "for fuer") &&
            claims_is_word(search, at + 2, "others other andere")) ||
           (claims_is_word(search, at, "gehoert gehoeren belongs belong") &&
            claims_is_word(search, at + 1, "anderen others"));
}

/* "ist in deinem Chart nicht aktiv", "hast du nicht", "fehlt" */
static bool is_denied_behind(const struct claims_search *search, size_t to)
{
    bool is_had = true; /* so far nothing but that it is had, or not */
    for (size_t at = to; at < to + DENIAL_REACH && !claims_is_end(search, at); at++) {
        bool has_no_part = claims_is_word(search, at, "no keine") &&
                           claims_is_word(search, at + 1, "part role rolle");
        if (has_no_part ||
            claims_is_word(
                search, at,
                "fehlt fehlen missing absent lacking inactive inaktiv "
                "unbesetzt unaktiviert unbelegt nowhere nirgends vergeblich verzichten") ||
            is_left_to_others(search, at)) {
            return true;
        }
        if (claims_is_denying(search, at)) {
            bool is_last = claims_is_end(search, at + 1) || claims_is_sign(search, at + 1, ',');
            bool is_of_yours = claims_is_word(search, at + 1, "one eines") &&
                               claims_is_word(search, at + 3, "yours your deinen");
            bool is_yours = claims_is_word(search, at + 1, "zu") &&
                            claims_is_word(search, at + 2, "dir deinem finden");
            return (is_last && is_had) || is_yours || is_of_yours ||
                   claims_is_word(search, at + 1, absent_words);
        }
        if (claims_is_sign(search, at, ',')) {
            return false;
        }
        is_had = is_had && claims_is_word(search, at, have_words);
    }
    return false;
}

/* "…; you do not have it" */
static bool is_denied_after_all(const struct claims_search *search, size_t to)
{
    size_t at = to + 1 + (claims_is_word(search, to + 1, "but") ? 1 : 0);
    bool is_told = (claims_is_end(search, to) || claims_is_sign(search, to, ',')) &&
                   claims_is_word(search, at, "you");
    at += is_told && claims_is_word(search, at + 1, "do") ? 2 : 1;
    return is_told && claims_is_denying(search, at) && claims_is_word(search, at + 1, "have") &&
           claims_is_word(search, at + 2, "it that them");
}

/* "…, du hast es nicht" further on in the sentence */
static bool is_denied_by_pronoun(const struct claims_search *search, size_t to)
{
    for (size_t at = to; at < to + 2 * DENIAL_REACH && !claims_is_end(search, at); at++) {
        if (claims_is_sign(search, at, ',') && claims_is_word(search, at + 1, "du") &&
            claims_is_word(search, at + 2, "hast besitzt traegst") &&
            claims_is_word(search, at + 3, "es ihn sie das den") &&
            claims_is_denying(search, at + 4)) {
            return true;
        }
    }
    return false;
}

bool claims_is_denied(const struct claims_search *search, size_t from, size_t to)
{
    return is_denied_before(search, from) || is_denied_behind(search, to) ||
           is_denied_after_all(search, to) || is_denied_by_pronoun(search, to);
}
