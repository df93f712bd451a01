/* Claims on centres: which are defined, which are open, and how many of each. */
#include "chart/claims-private.h"

#define ADJECTIVES_MAX 2 /* between "offene" and "Kehle" */
#define FILLERS_MAX 8    /* between "Kehle" and "offen" */
#define EXCEPTION_REACH 5
#define SUBJECT_REACH 5 /* from "ist" to "offen" */

static const char centers_nouns[] = "zentren centers centres";

static void judge(struct claims_search *search, enum chart_center center, bool is_defined,
                  size_t from, size_t to)
{
    bool is_so = (search->chart->mechanics.centers >> center & 1) != 0;
    if (is_so != is_defined) {
        claims_add(search, CLAIM_CENTER, from, to);
    }
}

static bool is_article(const struct claims_search *search, size_t at)
{
    return claims_is_word(search, at,
                          "der die das den dem des dein deine deinem deinen deiner ein "
                          "eine einem einen the your a an ihr ihre its his her");
}

/* --- what follows: "offene Kehle", "defined: Sacral, Root" ---------------------------------- */

/* "… ist bei dir offen" begins there. */
static bool is_subject(const struct claims_search *search, size_t at)
{
    struct claims_status status;
    bool is_verb = claims_is_word(search, at, "ist bleibt sind bleiben is remains are remain");
    for (size_t word = at + 1; is_verb && word < at + SUBJECT_REACH; word++) {
        if (claims_status_at(search, word, &status)) {
            return true;
        }
    }
    return false;
}

/* Items of a list are parted by commas and words, and may stand on lines of their own. */
static size_t skip_to_item(const struct claims_search *search, size_t at)
{
    while (claims_is_between(search, at) || claims_is_sign(search, at, '\n') ||
           claims_is_sign(search, at, '-') || is_article(search, at)) {
        at++;
    }
    return at;
}

/* Judges a list of centres from that token on; gives where it ends. The first claim is quoted from
 * the word that says what they are. */
static size_t judge_list(struct claims_search *search, size_t at, size_t from, bool is_defined)
{
    enum chart_center center;
    struct claims_status other;
    size_t end = at, len;
    at = skip_to_item(search, at);
    while ((len = claims_center_listed_at(search, at, &center)) > 0) {
        judge(search, center, is_defined, from, at + len);
        end = at + len;
        at = from = skip_to_item(search, end);
        size_t next = claims_center_listed_at(search, at, &center);
        /* "…, Milz ist definiert": no item, but what another word is said of. */
        if (at == end || claims_status_at(search, at, &other) ||
            (next > 0 && is_subject(search, at + next))) {
            break;
        }
    }
    return end;
}

/* Where what a status word describes begins behind it; 0 when nothing does. */
static size_t described_at(const struct claims_search *search, size_t at,
                           const struct claims_status *status)
{
    enum chart_center center;
    size_t next = at + 1;
    size_t words_max = status->is_before ? ADJECTIVES_MAX : 0;
    for (size_t words = 0; words <= words_max; words++, next++) {
        while (words > 0 &&
               (claims_is_sign(search, next, ',') || claims_is_word(search, next, "und and"))) {
            next++;
        }
        if (claims_center_listed_at(search, next, &center) > 0 ||
            claims_is_word(search, next, centers_nouns)) {
            return next;
        }
        if (claims_at(search, next)->kind != TOKEN_WORD) {
            return 0;
        }
    }
    return 0;
}

static bool judge_behind(struct claims_search *search, size_t at,
                         const struct claims_status *status)
{
    enum chart_center center;
    size_t next = described_at(search, at, status);
    bool is_plural = next > 0 && claims_is_word(search, next, centers_nouns);
    if (next > 0 && !is_plural) {
        bool is_denied =
            claims_is_denied(search, at, next + claims_center_listed_at(search, next, &center));
        return judge_list(search, next, at, status->is_defined != is_denied) > next;
    }
    if (is_plural) {
        claims_centers_count(search, at, next, status->is_defined, false);
    }
    size_t list = (is_plural ? next : at) + 1;
    while (claims_is_sign(search, list, ':') || claims_is_sign(search, list, '(') ||
           claims_is_word(search, list,
                          "sind ist bleiben bleibt are is wie namely such as bei dir "
                          "you in deinem chart your")) {
        list++;
    }
    bool is_told = list > at + 1 || is_plural;
    if (is_told && claims_is_word(search, list, "keine keines keins none")) {
        return true; /* "of Head and Ajna defined: none" claims nothing of those two */
    }
    return is_told && judge_list(search, list, at, status->is_defined) > list;
}

/* --- what stands before: "Kopf und Ajna sind offen", "deine Milz, die definiert ist" -----------
 */

static bool is_filler(const struct claims_search *search, size_t at)
{
    return is_article(search, at) || claims_at(search, at)->number > 0 ||
           claims_is_word(search, at, "diese dieser these those") ||
           claims_is_sign(search, at, ':') || claims_is_sign(search, at, ',') ||
           claims_is_sign(search, at, '(') || claims_is_sign(search, at, '-') ||
           claims_is_word(search, at,
                          "ist sind war bleibt bleiben is are was remains remain stays stay im in "
                          "deinem chart here hier dagegen hingegen jedoch aber beide both all alle "
                          "also auch ebenfalls nicht not klar durchgehend fest which that who ganz "
                          "voellig vollstaendig completely fully consistently bei dir zwar always "
                          "immer stets steht fest und and eben nun gerade still really zeigt sich "
                          "shows itself as als gilt wird being has been isnt arent einzige only");
}

/* Where the centre begins that ends before that token; end when none does. */
static size_t center_before(const struct claims_search *search, size_t end,
                            enum chart_center *ret_center)
{
    size_t from = end;
    for (size_t len = 1; len <= 4 && len <= end; len++) {
        if (claims_center_listed_at(search, end - len, ret_center) == len) {
            from = end - len; /* the longest name: "Solar Plexus center" */
        }
    }
    if (from < end) {
        (void)claims_center_listed_at(search, from, ret_center);
    }
    return from;
}

/* "all except Sacral and Root are open": of those the contrary is said. */
static bool is_exception(const struct claims_search *search, size_t at)
{
    if (at == 0 || !claims_is_word(search, at - 1, "except but ausser auf")) {
        return false;
    }
    for (size_t back = 2; back <= EXCEPTION_REACH && back <= at; back++) {
        if (claims_is_word(search, at - back, "all alle alles everything every")) {
            return true;
        }
    }
    return false;
}

/* "neither … nor", "none of", "weder … noch": the list begins there. */
static bool is_neither(const struct claims_search *search, size_t at)
{
    at -= at > 0 && claims_is_word(search, at - 1, "of von") ? 1 : 0;
    return at > 0 &&
           claims_is_word(search, at - 1, "neither none weder keines keins keiner nor noch");
}

/* Judges the list of centres that ends with end, from its last item back. */
static void judge_list_before(struct claims_search *search, size_t end, size_t at, bool is_defined)
{
    enum chart_center centers[CHART_CENTERS];
    size_t froms[CHART_CENTERS], count = 0;
    bool is_denied = false;
    unsigned named = 0;
    while (end > 0 && count < CHART_CENTERS) {
        size_t from = center_before(search, end, &centers[count]);
        if (from == end) {
            break;
        }
        froms[count++] = end = from;
        while (end > 0 && (claims_is_between(search, end - 1) || is_article(search, end - 1))) {
            end--;
        }
        is_denied = is_neither(search, end) || is_exception(search, end);
        struct claims_status other;
        if (is_denied || end == from || (end > 0 && claims_status_at(search, end - 1, &other))) {
            break;
        }
    }
    for (size_t i = 0; i < count; i++) {
        judge(search, centers[i], is_defined != is_denied, froms[i], at + 1);
        named |= 1u << centers[i];
    }
    bool is_only = count > 0 && end > 0 && claims_is_word(search, end - 1, "only nur lediglich") &&
                   (end == 1 || claims_is_end(search, end - 2));
    unsigned all = (1u << CHART_CENTERS) - 1, defined = search->chart->mechanics.centers;
    unsigned those = is_defined ? defined : all & ~defined;
    if (is_only && (those & ~named) != 0) {
        claims_add(search, CLAIM_CENTER, end - 1, at + 1); /* there are more of them */
    }
}

void claims_centers_without(struct claims_search *search, size_t at, size_t from)
{
    enum chart_center center;
    for (size_t len; (len = claims_center_listed_at(search, at, &center)) > 0; from = at) {
        judge(search, center, false, from, at + len);
        at = skip_to_item(search, at + len);
        at += claims_is_word(search, at, "in im") ? 1 : 0;
        at = skip_to_item(search, at);
    }
}

/* The centres said to be so before that token, with what stands between. */
static void judge_before(struct claims_search *search, size_t at, bool is_defined)
{
    size_t end = at;
    for (unsigned fillers = 0; end > 0 && is_filler(search, end - 1); end--) {
        if (++fillers > FILLERS_MAX) {
            return;
        }
    }
    if (end > 1 &&
        claims_is_word(search, end - 1, "zentren centers centres zentrum center centre") &&
        (claims_is_word(search, end - 1, centers_nouns) ||
         claims_is_word(search, end - 2, "kein no"))) {
        claims_centers_count(search, end - 1, at, is_defined, true);
        return;
    }
    judge_list_before(search, end, at, is_defined);
}

void claims_centers(struct claims_search *search)
{
    struct claims_status status;
    for (size_t at = 0; at < search->text.count; at++) {
        if (!claims_status_at(search, at, &status) || judge_behind(search, at, &status)) {
            continue;
        }
        bool is_one =
            claims_is_word(search, at + 1, "zentrum"); /* "… ist das einzige definierte" */
        if (!status.is_before || is_one) {
            judge_before(search, at, status.is_defined);
        }
    }
}
