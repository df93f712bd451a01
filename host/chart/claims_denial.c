/* Where a text says that something is not there, or only thinks of it. */
#include "chart/claims-private.h"

#define DENIAL_REACH 6 /* tokens behind what is named */

/* What a chart does to a fact it carries. */
static const char absent_words[] =
    "aktiv* definiert* vorhanden enthalten besetzt angelegt da dabei teil genannt erwaehnt "
    "zustande belong "
    "aufgefuehrt gelistet verzeichnet active activated present defined there in part listed "
    "named mentioned included found among";

static const char have_words[] =
    "hast hat habe haben besitzt traegst traegt findest findet gibt fuehrt enthaelt zeigt steht du "
    "er sie es man sich dein deinem das chart in im have has had carry carries carried hold holds "
    "contain contains include includes possess show shows list lists find auch either too kommt "
    "entsteht daraus so also hier gehoert";

static bool is_not(const struct claims_search *search, size_t at)
{
    return claims_is_word(search, at,
                          "nicht not never nie dont doesnt isnt arent cannot cant wont");
}

static size_t back_over(const struct claims_search *search, size_t at, const char *words)
{
    while (at > 0 && claims_is_word(search, at - 1, words)) {
        at--;
    }
    return at;
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
                       "lacks lack lacking missing fehlt fehlen weder neither nor "
                       "noch") ||
        (is_not(search, at - 1) && at == from)) {
        return true;
    }
    size_t verb = back_over(search, at,
                            "have has carry hold contain include possess show list find see is "
                            "are ist sind");
    return verb > 0 && verb < at &&
           (is_not(search, verb - 1) ||
            claims_is_word(search, verb - 1, "neither nor lack lacks fehlt missing"));
}

/* "ist in deinem Chart nicht aktiv", "hast du nicht", "fehlt" */
static bool is_denied_behind(const struct claims_search *search, size_t to)
{
    bool is_had = true; /* so far nothing but that it is had, or not */
    for (size_t at = to; at < to + DENIAL_REACH && !claims_is_end(search, at); at++) {
        bool has_no_part = claims_is_word(search, at, "no keine") &&
                           claims_is_word(search, at + 1, "part role rolle");
        if (has_no_part || claims_is_word(search, at, "fehlt fehlen missing absent lacking")) {
            return true;
        }
        if (is_not(search, at)) {
            bool is_last = claims_is_end(search, at + 1) || claims_is_sign(search, at + 1, ',');
            bool is_yours = claims_is_word(search, at + 1, "zu") &&
                            claims_is_word(search, at + 2, "dir deinem finden");
            return (is_last && is_had) || is_yours || claims_is_word(search, at + 1, absent_words);
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
    return is_told && is_not(search, at) && claims_is_word(search, at + 1, "have") &&
           claims_is_word(search, at + 2, "it that them");
}

bool claims_is_denied(const struct claims_search *search, size_t from, size_t to)
{
    return is_denied_before(search, from) || is_denied_behind(search, to) ||
           is_denied_after_all(search, to);
}

/* "viele Menschen mit", "Generators with": what is said of others, up to where you come in. */
static bool is_of_others(const struct claims_search *search, size_t from)
{
    for (size_t back = 1; back <= DENIAL_REACH && back <= from; back++) {
        if (claims_is_end(search, from - back) ||
            claims_is_word(search, from - back,
                           "du dir dich dein deine deinem deinen deiner you your")) {
            return false;
        }
        if (claims_is_word(search, from - back,
                           "menschen people andere anderen others manche jeder every generatoren "
                           "manifestoren projektoren reflektoren generators manifestors projectors "
                           "reflectors")) {
            return true;
        }
    }
    return false;
}

/* "heißt nicht, dass", "does not mean that" */
static bool is_unsaid(const struct claims_search *search, size_t from)
{
    bool is_that = false;
    for (size_t back = 1; back <= 2 * DENIAL_REACH && back <= from; back++) {
        bool is_meaning = claims_is_word(search, from - back, "mean means heisst bedeutet");
        if (claims_is_sign(search, from - back, '.')) {
            return false;
        }
        is_that = is_that || claims_is_word(search, from - back, "dass that");
        if (is_that && is_meaning) {
            return is_not(search, from - back - 1) || is_not(search, from - back + 1) ||
                   is_not(search, from - back + 2);
        }
    }
    return false;
}

bool claims_is_supposed(const struct claims_search *search, size_t from, size_t to)
{
    static const char words[] = "haettest haette haetten waerst waere waeren wuerde wuerden would "
                                "nobody niemand";
    for (size_t back = 1; back <= DENIAL_REACH && back <= from; back++) {
        if (claims_is_end(search, from - back)) {
            break;
        }
        if (claims_is_word(search, from - back, words)) {
            return true;
        }
    }
    return claims_is_word(search, to, "would wuerde wuerden waere haette") ||
           claims_is_word(search, to + 1, "would wuerde wuerden waere haette") ||
           is_of_others(search, from) || is_unsaid(search, from);
}
