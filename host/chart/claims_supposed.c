/* Where a text only thinks of something, or says it of somebody else. */
#include "chart/claims-private.h"

#define SUPPOSED_REACH 8 /* tokens before what is named */
#define QUESTION_WORDS_MAX 3
#define YOU_REACH 5 /* tokens behind it */

/* "like yours", "zu denen du zählst": what is said of others is said of you too. */
static bool is_of_you_too(const struct claims_search *search, size_t to)
{
    for (size_t at = to; at < to + YOU_REACH; at++) {
        if (claims_is_word(search, at, "like wie including denen whom darunter") &&
            claims_is_word(search, at + 1, "you yours du dich dir deine deiner deines deinem")) {
            return true;
        }
    }
    return false;
}

#define PERSONS                                                                                    \
    "mensch person frau mann kind child partner partnerin freund freundin friend kollege "         \
    "kollegin colleague mutter mother vater father schwester sister bruder brother sohn son "      \
    "tochter daughter chef chefin boss husband wife klient klientin client kunde kundin nachbar "  \
    "nachbarin neighbour neighbor everyone everybody one"

/* "a friend with", "deine Schwester als", "your boss is a" */
static bool is_person(const struct claims_search *search, size_t at)
{
    bool is_told = claims_is_word(search, at + 1,
                                  "with who whose has having mit der dessen deren hat als as talk "
                                  "talks may might bringt brings carries traegt");
    bool is_one =
        claims_is_word(search, at + 1, "is ist") &&
        !claims_is_word(search, at + 2, "the your das der die dein deine " CLAIMS_GATE_WORDS);
    return claims_is_word(search, at, PERSONS) && (is_told || is_one);
}

/* "jemand", "wer", "in other charts" */
static bool is_anybody(const struct claims_search *search, size_t at)
{
    bool is_elsewhere = claims_is_word(search, at, "other") &&
                        claims_is_word(search, at + 1, "charts designs people");
    return is_elsewhere ||
           claims_is_word(search, at,
                          "jemand jemanden someone somebody anyone anybody wer whoever");
}

/* "your friend's Gate 20", "das Tor 20 deiner Partnerin" */
static bool is_owned(const struct claims_search *search, size_t from, size_t to)
{
    bool is_before = from > 0 && claims_is_word(search, from - 1,
                                                "friends partners mothers fathers sisters brothers "
                                                "sons daughters bosses clients husbands peoples "
                                                "someones somebodys");
    size_t owner = to + (claims_is_word(search, to, "of") ? 1 : 0);
    bool is_behind = claims_is_word(search, owner, "deiner deines your seiner ihrer einer eines") &&
                     claims_is_word(search, owner + 1, PERSONS " partners freundes bruders vaters");
    return is_before || is_behind;
}

/* "instead of", "im Unterschied zu einem", "statt auf": what is meant is something else. */
static bool is_contrasted(const struct claims_search *search, size_t from)
{
    size_t at = from;
    while (at > 0 && from - at < 4 &&
           claims_is_word(search, at - 1,
                          "auf of to zu zum zur from than a an the einem einer eines "
                          "einen dem der den die das als")) {
        at--;
    }
    return at > 0 && claims_is_word(search, at - 1,
                                    "statt anstatt anstelle instead unlike unterschied gegensatz "
                                    "anders rather different");
}

/* "Bist du Projektor?": asked, not said. */
static bool is_asked(const struct claims_search *search, size_t from, size_t to)
{
    size_t begin = from, end = to;
    while (begin > 0 && from - begin <= QUESTION_WORDS_MAX && !claims_is_end(search, begin - 1)) {
        begin--;
    }
    while (end < to + SUPPOSED_REACH && !claims_is_end(search, end)) {
        end++;
    }
    return from - begin <= QUESTION_WORDS_MAX && claims_is_sign(search, end, '?') &&
           claims_is_word(search, begin, "bist hast ist are is do does have has");
}

/* "if you had", "if Gate 20 were" */
static bool is_conditional(const struct claims_search *search, size_t from, size_t to)
{
    for (size_t back = 1; back <= SUPPOSED_REACH && back <= from; back++) {
        if (claims_is_end(search, from - back)) {
            return false;
        }
        if (claims_is_word(search, from - back, "if")) {
            return claims_is_word(search, from - 1, "had were") ||
                   (from > 1 && claims_is_word(search, from - 2, "had were")) ||
                   claims_is_word(search, to, "were");
        }
    }
    return claims_is_word(search, to, "haettest haette waere");
}

/* "viele Menschen mit", "Generators with": what is said of others, up to where you come in. */
static bool is_of_others(const struct claims_search *search, size_t from, size_t to)
{
    if (is_of_you_too(search, to)) {
        return false;
    }
    for (size_t back = 1; back <= SUPPOSED_REACH && back <= from; back++) {
        if (claims_is_end(search, from - back) ||
            claims_is_word(search, from - back,
                           "du dir dich dein deine deinem deinen deiner you your")) {
            return false;
        }
        if (is_person(search, from - back) || is_anybody(search, from - back) ||
            claims_is_word(search, from - back,
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
    for (size_t back = 1; back <= 2 * SUPPOSED_REACH && back <= from; back++) {
        bool is_meaning = claims_is_word(search, from - back, "mean means heisst bedeutet");
        if (claims_is_sign(search, from - back, '.')) {
            return false;
        }
        is_that = is_that || claims_is_word(search, from - back, "dass that");
        if (is_that && is_meaning) {
            return claims_is_denying(search, from - back - 1) ||
                   claims_is_denying(search, from - back + 1) ||
                   claims_is_denying(search, from - back + 2);
        }
    }
    return false;
}

bool claims_is_supposed(const struct claims_search *search, size_t from, size_t to)
{
    static const char words[] = "haettest haette haetten waerst waere waeren wuerde wuerden would "
                                "nobody niemand";
    for (size_t back = 1; back <= SUPPOSED_REACH && back <= from; back++) {
        if (claims_is_end(search, from - back)) {
            break;
        }
        if (claims_is_word(search, from - back, words)) {
            return true;
        }
    }
    return claims_is_word(search, to, "would wuerde wuerden waere haette") ||
           claims_is_word(search, to + 1, "would wuerde wuerden waere haette") ||
           is_of_others(search, from, to) || is_unsaid(search, from) ||
           is_owned(search, from, to) || is_contrasted(search, from) ||
           is_asked(search, from, to) || is_conditional(search, from, to);
}
