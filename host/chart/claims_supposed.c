/* Where a text only thinks of something, or says it of somebody else. */
#include "chart/claims-private.h"

#define SUPPOSED_REACH 6 /* tokens before what is named */
#define YOU_REACH 5      /* tokens behind it */

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

/* "a friend with", "wer", "deine Schwester als", "in other charts" */
static bool is_person(const struct claims_search *search, size_t at)
{
    static const char persons[] =
        "jemand jemanden someone somebody anyone anybody everyone everybody mensch person frau "
        "mann kind child partner* freund* friend* kolleg* colleague* mutter mother vater father "
        "schwester sister bruder brother sohn son tochter daughter chef* boss husband wife "
        "klient* client* kunde kundin nachbar* neighbour neighbor somebodys one";
    bool is_somebody =
        claims_is_word(search, at, persons) &&
        claims_is_word(search, at + 1,
                       "with who whose has having mit der dessen deren hat als as talk talks");
    bool is_elsewhere = claims_is_word(search, at, "other") &&
                        claims_is_word(search, at + 1, "charts designs people");
    return is_somebody || is_elsewhere || claims_is_word(search, at, "wer whoever");
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
        if (is_person(search, from - back) ||
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
           is_of_others(search, from, to) || is_unsaid(search, from);
}
