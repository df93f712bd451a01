/* Claims on centres: which are defined, which are open, and how many of each. */
#include "chart/claims-private.h"

#define ADJECTIVES_MAX 2 /* between "offene" and "Kehle" */
#define FILLERS_MAX 8    /* between "Kehle" and "offen" */
#define SUBJECT_REACH 5  /* from "ist" to "offen" */

static const char center_nouns[] = "zentrum zentrums center centre";
static const char centers_nouns[] = "zentren centers centres";

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

/* The same where centres are listed: there "G" is enough. */
static size_t center_listed_at(const struct claims_search *search, size_t at,
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

/* What a word says of centres. */
struct status {
    bool is_defined;
    bool is_before; /* its form says that what it describes follows: "offene", "definiertes" */
};

static bool status_at(const struct claims_search *search, size_t at, struct status *ret_status)
{
    static const struct {
        const char *words;
        struct status status;
    } rows[] = {
        {"definiert defined", {true, false}},
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

/* --- what follows: "offene Kehle", "defined: Sacral, Root", "definiert sind Kopf und Ajna" -----
 */

/* "… ist bei dir offen" begins there. */
static bool is_subject(const struct claims_search *search, size_t at)
{
    struct status status;
    bool is_verb = claims_is_word(search, at, "ist bleibt sind bleiben is remains are remain");
    for (size_t word = at + 1; is_verb && word < at + SUBJECT_REACH; word++) {
        if (status_at(search, word, &status)) {
            return true;
        }
    }
    return false;
}

/* A list of centres from that token on; where it ends. Items stand on lines of their own, too. */
static size_t judge_list(struct claims_search *search, size_t at, size_t from, bool is_defined)
{
    enum chart_center center;
    size_t end = at;
    while (claims_is_sign(search, at, '\n') || claims_is_sign(search, at, '-') ||
           is_article(search, at)) {
        at++;
    }
    for (;;) {
        size_t len = center_listed_at(search, at, &center);
        if (len == 0) {
            return end;
        }
        judge(search, center, is_defined, end == at || end < from ? from : at, at + len);
        end = at + len;
        from = end;
        at = end;
        struct status ignored;
        while (claims_is_between(search, at) || claims_is_sign(search, at, '\n') ||
               claims_is_sign(search, at, '-') || is_article(search, at)) {
            at++;
        }
        if (at == end || status_at(search, at, &ignored)) {
            return end;
        }
        /* "…, Milz ist definiert": the next is no item but what another word is said of. */
        size_t next = center_listed_at(search, at, &center);
        if (next > 0 && is_subject(search, at + next)) {
            return end;
        }
    }
}

/* Where the one centre ends that is named there. */
static size_t list_end(const struct claims_search *search, size_t at)
{
    enum chart_center center;
    return at + center_listed_at(search, at, &center);
}

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

/* "zwei offene Zentren", "two of your centres are open": told before at, the claim ends with to. */
static void judge_count(struct claims_search *search, size_t at, size_t to, bool is_defined)
{
    size_t from = at;
    unsigned count = count_before(search, at, &from);
    unsigned there = 0;
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        there += (search->chart->mechanics.centers >> center & 1) == (is_defined ? 1u : 0u);
    }
    if (count >= 1 && count <= CHART_CENTERS && count != there) {
        claims_add(search, CLAIM_CENTER, from, to + 1);
    }
}

/* Where what a status word describes begins behind it; 0 when nothing does. */
static size_t described_at(const struct claims_search *search, size_t at,
                           const struct status *status)
{
    enum chart_center center;
    size_t next = at + 1;
    size_t words_max = status->is_before ? ADJECTIVES_MAX : 0;
    for (size_t words = 0; words <= words_max; words++, next++) {
        while (words > 0 &&
               (claims_is_sign(search, next, ',') || claims_is_word(search, next, "und and"))) {
            next++;
        }
        if (center_listed_at(search, next, &center) > 0 ||
            claims_is_word(search, next, centers_nouns)) {
            return next;
        }
        if (claims_at(search, next)->kind != TOKEN_WORD) {
            return 0;
        }
    }
    return 0;
}

static bool judge_behind(struct claims_search *search, size_t at, const struct status *status)
{
    size_t next = described_at(search, at, status);
    bool is_plural = next > 0 && claims_is_word(search, next, centers_nouns);
    if (next > 0 && !is_plural) {
        bool is_denied = claims_is_denied(search, at, list_end(search, next));
        return judge_list(search, next, at, status->is_defined != is_denied) > next;
    }
    if (is_plural) {
        judge_count(search, at, next, status->is_defined);
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
                          "shows itself as als gilt wird being has been");
}

/* The list of centres that ends before that token, from its last item back. */
static void judge_before(struct claims_search *search, size_t at, bool is_defined)
{
    size_t end = at;
    for (unsigned fillers = 0; end > 0 && is_filler(search, end - 1); end--) {
        if (++fillers > FILLERS_MAX) {
            return;
        }
    }
    if (end > 1 && claims_is_word(search, end - 1, centers_nouns)) {
        judge_count(search, end - 1, at, is_defined);
        return;
    }
    while (end > 0) {
        enum chart_center center;
        size_t from = end;
        for (size_t len = 1; len <= 4 && len <= end; len++) {
            if (center_listed_at(search, end - len, &center) == len) {
                from = end - len; /* the longest name: "Solar Plexus center" */
            }
        }
        if (from == end) {
            return;
        }
        (void)center_listed_at(search, from, &center);
        judge(search, center, is_defined, from, at + 1);
        end = from;
        while (end > 0 && (claims_is_between(search, end - 1) || is_article(search, end - 1))) {
            end--;
        }
        struct status other;
        if (end == from || (end > 0 && status_at(search, end - 1, &other))) {
            return;
        }
    }
}

void claims_centers(struct claims_search *search)
{
    struct status status;
    for (size_t at = 0; at < search->text.count; at++) {
        if (!status_at(search, at, &status) || judge_behind(search, at, &status)) {
            continue;
        }
        if (!status.is_before) {
            judge_before(search, at, status.is_defined);
        }
    }
}
