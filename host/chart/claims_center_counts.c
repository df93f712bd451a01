/* Claims of how many centres are defined or open. */
#include "chart/claims-private.h"

/* A number of centres that ends before that token: "zwei", "two of your nine". 0 = none. */
static unsigned count_before(const struct claims_search *search, size_t at, size_t *ret_from)
{
    static const char all_words[] = "of von der deiner deinen your the den unter";
    size_t from = at;
    bool is_among = false;
    while (from > 0 && (claims_is_word(search, from - 1, all_words) ||
                        claims_at(search, from - 1)->number == CHART_CENTERS)) {
        is_among = is_among || claims_is_word(search, from - 1, "of von der deiner");
        from--;
    }
    bool is_told = from > 0 && claims_at(search, from - 1)->number > 0 && (is_among || from == at);
    *ret_from = is_told ? from - 1 : at;
    return is_told ? claims_at(search, from - 1)->number : 0;
}

/* "alle Zentren sind offen", "no defined centres" */
static void judge_all_or_none(struct claims_search *search, size_t at, size_t to, bool is_defined,
                              bool is_said_of_all)
{
    size_t from = at;
    while (from > 0 && claims_is_word(search, from - 1, "of von der deiner deine your the den")) {
        from--;
    }
    bool is_none = from > 0 && claims_is_word(search, from - 1, "none no kein keine keines keins");
    bool is_all = from > 0 && is_said_of_all && claims_is_word(search, from - 1, "all alle") &&
                  !(from > 1 && claims_is_denying(search, from - 2));
    unsigned all = (1u << CHART_CENTERS) - 1;
    unsigned wanted = is_defined == is_all ? all : 0;
    if ((is_none || is_all) && search->chart->mechanics.centers != wanted) {
        claims_add(search, CLAIM_CENTER, from - 1, to + 1);
    }
}

/* "zwei offene Zentren", "two of your centres are open": told before at, the claim ends with to. */
void claims_centers_count(struct claims_search *search, size_t at, size_t to, bool is_defined,
                          bool is_said_of_all)
{
    size_t from = at;
    unsigned count = count_before(search, at, &from);
    if (count == 0) {
        judge_all_or_none(search, at, to, is_defined, is_said_of_all);
        return;
    }
    bool is_rest = from > 1 && claims_is_word(search, from - 1, "but auf ausser except") &&
                   claims_is_word(search, from - 2, "all alle bis");
    is_defined = is_defined != is_rest; /* "all but two of your centres are open" */
    unsigned there = 0;
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        there += (search->chart->mechanics.centers >> center & 1) == (is_defined ? 1u : 0u);
    }
    if (count >= 1 && count <= CHART_CENTERS && count != there) {
        claims_add(search, CLAIM_CENTER, from, to + 1);
    }
}
