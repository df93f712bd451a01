/* What the files that look for claims share: a text as tokens, and steps over them. */
#ifndef CHART_CLAIMS_PRIVATE_H
#define CHART_CLAIMS_PRIVATE_H

#include "chart/claims.h"

enum claims_token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_SIGN };

struct claims_token {
    enum claims_token_kind kind;
    bool is_glued;       /* nothing stands between it and the token before */
    bool is_ordinal;     /* "second": of words only */
    char sign;           /* - / . , : ; ( ) ! ? % or a line's end */
    unsigned number;     /* of digits, or of a word such as "zwölf"; 0 = none */
    struct span word;    /* folded; empty but for words */
    uint32_t begin, end; /* in the text */
};

struct claims_text {
    struct span source;
    const struct claims_token *tokens;
    size_t count;
};

struct claims_search {
    const struct claims_chart *chart;
    struct claims_text text;
    struct claim *claims;
    size_t count, max;
};

#define CLAIMS_GATE_WORDS "tor tore toren tores tors gate gates"
#define CLAIMS_CHANNEL_WORDS "kanal kanals kanaele kanaelen channel channels"

/* What a word says of centres. */
struct claims_status {
    bool is_defined;
    bool is_before; /* its form says that what it describes follows: "offene", "definiertes" */
};

/* False when arena is full. */
bool claims_text_read(struct span source, struct arena *arena,
                      struct claims_text *ret_text) ATTR_MUST_CHECK;

/* Steps over tokens. Any position is legal: beyond the end stands a sign that is none. */
const struct claims_token *claims_at(const struct claims_search *search, size_t at);
bool claims_is_sign(const struct claims_search *search, size_t at, char sign);
/* words: parted by spaces, each to be met whole, or to its '*'. */
bool claims_is_word(const struct claims_search *search, size_t at, const char *words);
/* The end of a sentence, a line, or the text. */
bool claims_is_end(const struct claims_search *search, size_t at);
/* Between two items of a list: a comma, "und", "and", … */
bool claims_is_between(const struct claims_search *search, size_t at);

/* A number at that place, of digits or words: how many tokens it takes, 0 = none. */
size_t claims_number(const struct claims_search *search, size_t at, unsigned *ret_number);

/* The number a folded word is, 0 = none. */
unsigned claims_number_of_word(struct span word, bool *ret_is_ordinal);

/* True when what stands at that token says that the number before it counts something else
 * ("20-34 Jahre"); or when what stands before that token says so ("page 20"). */
bool claims_counts_else(const struct claims_search *search, size_t at);
bool claims_counts_else_before(const struct claims_search *search, size_t at);

/* "nicht", "not", "never", "isn't" */
bool claims_is_denying(const struct claims_search *search, size_t at);

/* True when the text says of what stands at [from, to) that it is not there. */
bool claims_is_denied(const struct claims_search *search, size_t from, size_t to);

/* True when [from, to) is only thought of: "hättest du Tor 20", "a Reflector would". */
bool claims_is_supposed(const struct claims_search *search, size_t from, size_t to);

/* Notes a claim made by the tokens [from, to), unless it is only supposed. */
void claims_add(struct claims_search *search, enum claim_kind kind, size_t from, size_t to);

/* A centre named at that token: how many tokens name it, 0 = none. In a list "G" is enough. */
size_t claims_center_listed_at(const struct claims_search *search, size_t at,
                               enum chart_center *ret_center);
/* Judges "the Throat, in the Ajna or in the Head" from that token on, quoted from from. */
void claims_centers_without(struct claims_search *search, size_t at, size_t from);
/* "zwei offene Zentren", "two of your centres are open": told before at, the claim ends with to.
 * is_said_of_all: "alle" before it means all nine, not all that are open. */
void claims_centers_count(struct claims_search *search, size_t at, size_t to, bool is_defined,
                          bool is_said_of_all);
/* True when the token says of centres that they are defined, or open. */
bool claims_status_at(const struct claims_search *search, size_t at,
                      struct claims_status *ret_status);

/* Each looks at what begins at that token and gives the place to go on from, or at itself. */
size_t claims_gates(struct claims_search *search, size_t at);
size_t claims_channels(struct claims_search *search, size_t at);
size_t claims_profile(struct claims_search *search, size_t at);
void claims_centers(struct claims_search *search);
void claims_type(struct claims_search *search, size_t at);
void claims_authority(struct claims_search *search, size_t at);
void claims_definition(struct claims_search *search, size_t at);
/* What a German name of a cross is in English: one or more words that the English name may hold,
 * parted by spaces; NULL for an unknown name. */
const char *claims_cross_theme_de(const struct claims_search *search, size_t at);
void claims_cross(struct claims_search *search, size_t at);

#endif
