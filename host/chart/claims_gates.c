/* Claims of gates and of the lines they are active in. */
#include "chart/claims-private.h"

#define BIT(gate) (UINT64_C(1) << ((gate)-1))
#define LABEL_WORDS_MAX 4
#define CHANNEL_REACH 12 /* tokens from two gates to "keinen Kanal" */
#define LINE_REACH 7     /* tokens from a gate's number to the word "Linie" */

static bool gate_is_there(const struct claims_search *search, unsigned gate)
{
    return gate >= 1 && gate <= CHART_GATES && (search->chart->gates & BIT(gate)) != 0;
}

static bool line_is_there(const struct claims_search *search, unsigned gate, unsigned line)
{
    uint64_t known = 0;
    for (size_t i = 0; i < CLAIMS_LINES; i++) {
        known |= search->chart->lines[i];
    }
    return known == 0 ||
           (line >= 1 && line <= CLAIMS_LINES && (search->chart->lines[line - 1] & BIT(gate)) != 0);
}

/* ".2" behind a gate's number; the tokens it takes. */
static size_t line_dotted(const struct claims_search *search, size_t at, unsigned *ret_line)
{
    const struct claims_token *line = claims_at(search, at + 1);
    if (!claims_is_sign(search, at, '.') || !claims_at(search, at)->is_glued || !line->is_glued ||
        line->kind != TOKEN_NUMBER) {
        return 0;
    }
    *ret_line = line->number;
    return 2;
}

/* "… steht bei dir in Linie 2": the place of the number, 0 when no line is told of in this clause.
 */
static size_t line_word_at(const struct claims_search *search, size_t at)
{
    for (size_t word = at; word < at + LINE_REACH; word++) {
        bool is_ordinal = claims_at(search, word)->is_ordinal &&
                          claims_is_word(search, word + 1, "linie line") && word > at + 1 &&
                          claims_is_word(search, word - 2, "in");
        if (is_ordinal) {
            return word; /* "… steht in der fünften Linie" */
        }
        if (claims_is_end(search, word) || claims_is_word(search, word, CLAIMS_GATE_WORDS) ||
            claims_is_word(search, word, "und and") || claims_at(search, word)->number > 0) {
            return 0;
        }
        if (claims_is_word(search, word, "linie line")) {
            return word + 1;
        }
    }
    return 0;
}

/* ", sechste Linie", " in der dritten Linie", "in the third line"; the number's place, 0 = none. */
static size_t line_ordinal_at(const struct claims_search *search, size_t at)
{
    unsigned line;
    size_t word = at + (claims_is_sign(search, at, ',') ? 1 : 0);
    word += claims_is_word(search, word, "in") ? 1 : 0;
    word += claims_is_word(search, word, "der the") ? 1 : 0;
    size_t len = word > at ? claims_number(search, word, &line) : 0;
    bool has_noun = len == 1 && claims_at(search, word)->is_ordinal &&
                    claims_is_word(search, word + 1, "linie line");
    return has_noun ? word : 0;
}

/* The same, or told further on; only the former takes tokens. */
static size_t line_at(const struct claims_search *search, size_t at, unsigned *ret_line)
{
    size_t len = line_dotted(search, at, ret_line);
    size_t word = len == 0 ? line_ordinal_at(search, at) : 0;
    word = word > 0 || len > 0 ? word : line_word_at(search, at);
    if (word > 0) {
        (void)claims_number(search, word, ret_line);
    }
    return len;
}

/* One gate, its line perhaps with it; where it ends, or at. */
static size_t gate_at(struct claims_search *search, size_t at, size_t from, bool is_denied)
{
    unsigned gate = 0, line = 0;
    size_t len = claims_number(search, at, &gate);
    if (len == 0) {
        return at;
    }
    size_t line_len = line_at(search, at + len, &line);
    size_t end = at + len + line_len;
    bool is_there = gate_is_there(search, gate) && (line == 0 || line_is_there(search, gate, line));
    if (is_there == is_denied) {
        claims_add(search, CLAIM_GATE, from, end);
    }
    return end;
}

/* The last token of "20, 34 und 57". */
static size_t list_end(const struct claims_search *search, size_t at)
{
    unsigned number;
    for (;;) {
        size_t len = claims_number(search, at, &number);
        if (len == 0) {
            return at;
        }
        at += len;
        at += line_at(search, at, &number);
        size_t next = at;
        while (claims_is_between(search, next) || claims_is_word(search, next, CLAIMS_GATE_WORDS)) {
            next++;
        }
        if (next == at || claims_number(search, next, &number) == 0) {
            return at;
        }
        at = next;
    }
}

/* "Tor 20, 34.2 und 57"; a number more may belong to what follows: "Tor 20 und 3 Zentren". */
static size_t gates_listed(struct claims_search *search, size_t at, size_t first)
{
    bool is_denied = claims_is_denied(search, at, list_end(search, first));
    size_t end = gate_at(search, first, at, is_denied);
    for (;;) {
        size_t next = end;
        while (claims_is_between(search, next) || claims_is_word(search, next, CLAIMS_GATE_WORDS)) {
            next++;
        }
        unsigned number;
        size_t len = claims_number(search, next, &number);
        if (next == end || len == 0 || claims_counts_else(search, next + len) ||
            claims_is_word(search, next + len,
                           "zentren centers centres kanaele channels offene* definierte* open "
                           "defined tore gates linie line linien lines")) {
            return end;
        }
        size_t from = next - (claims_is_word(search, next - 1, CLAIMS_GATE_WORDS) ? 1 : 0);
        end = gate_at(search, next, from, is_denied);
    }
}

/* "34.2" alone. */
static size_t gate_with_line(struct claims_search *search, size_t at)
{
    unsigned line = 0;
    const struct claims_token *gate = claims_at(search, at);
    bool is_part = at > 0 &&
                   (claims_is_sign(search, at - 1, '.') || claims_is_sign(search, at - 1, ',') ||
                    claims_is_sign(search, at - 1, '-') || claims_is_sign(search, at - 1, '/')) &&
                   gate->is_glued;
    size_t len = gate->kind == TOKEN_NUMBER ? line_dotted(search, at + 1, &line) : 0;
    size_t end = at + 1 + len;
    bool goes_on = claims_is_sign(search, end, '.') &&
                   claims_at(search, end + 1)->kind == TOKEN_NUMBER &&
                   claims_at(search, end + 1)->is_glued; /* a date, a version */
    if (len == 0 || is_part || goes_on || line < 1 || line > CLAIMS_LINES ||
        gate->number > CHART_GATES || claims_counts_else(search, end) ||
        claims_counts_else_before(search, at) ||
        (at > 0 &&
         claims_is_word(search, at - 1,
                        "version kapitel chapter punkt abschnitt am vom zum seit bis on"))) {
        return at;
    }
    return gate_at(search, at, at, claims_is_denied(search, at, end));
}

/* Behind "in the Throat:" of "Gates in the Throat: 8, 20". */
static size_t label_end(const struct claims_search *search, size_t at)
{
    size_t end = at;
    while (end < at + LABEL_WORDS_MAX && claims_at(search, end)->kind == TOKEN_WORD) {
        end++;
    }
    return claims_is_sign(search, end, ':') ? end + 1 : at;
}

/* "die Tore 3 und 60 bilden keinen Kanal": a denial of the channel they make. */
static void judge_no_channel(struct claims_search *search, size_t at, size_t first)
{
    unsigned a = 0, b = 0;
    size_t next = first + claims_number(search, first, &a);
    bool is_two = claims_is_word(search, next, "und and");
    size_t end = is_two ? next + 1 + claims_number(search, next + 1, &b) : next;
    bool are_gates = a >= 1 && a <= CHART_GATES && b >= 1 && b <= CHART_GATES;
    int index = are_gates ? chart_channel_find(a, b) : -1;
    if (index < 0 || (search->chart->channels >> index & 1) == 0) {
        return;
    }
    for (size_t word = end; word < end + CHANNEL_REACH && !claims_is_end(search, word); word++) {
        if (claims_is_word(search, word, "keinen no") &&
            claims_is_word(search, word + 1, CLAIMS_CHANNEL_WORDS)) {
            claims_add(search, CLAIM_CHANNEL, at, word + 2);
            return;
        }
    }
}

/* "26 und 44, diese beiden Tore": the numbers come first. */
static size_t gates_before_word(struct claims_search *search, size_t at)
{
    if (claims_at(search, at)->kind != TOKEN_NUMBER || !claims_is_word(search, at + 1, "und and") ||
        claims_at(search, at + 2)->kind != TOKEN_NUMBER) {
        return at;
    }
    size_t end = at + 3;
    size_t word = end + (claims_is_sign(search, end, ',') ? 1 : 0);
    size_t first = word;
    while (word < first + 2 &&
           claims_is_word(search, word, "diese these those zwei two beide beiden both")) {
        word++;
    }
    if (word == first || !claims_is_word(search, word, "tore toren gates")) {
        return at;
    }
    bool is_denied = claims_is_denied(search, at, word + 1);
    (void)gate_at(search, at, at, is_denied);
    (void)gate_at(search, at + 2, at + 2, is_denied);
    return word + 1;
}

size_t claims_gates(struct claims_search *search, size_t at)
{
    unsigned number;
    if (claims_is_word(search, at, CLAIMS_GATE_WORDS)) {
        size_t first = at + 1;
        while (claims_is_sign(search, first, ':') || claims_is_sign(search, first, '-') ||
               claims_is_sign(search, first, '(') ||
               claims_is_word(search, first, "nummer number nr no sind are die the wie")) {
            first++;
        }
        first = claims_number(search, first, &number) > 0 ? first : label_end(search, first);
        if (claims_number(search, first, &number) == 0) {
            return at;
        }
        judge_no_channel(search, at, first);
        return gates_listed(search, at, first);
    }
    size_t words =
        claims_at(search, at)->kind == TOKEN_WORD ? claims_number(search, at, &number) : 0;
    if (words > 0 && claims_at(search, at + words - 1)->is_ordinal &&
        claims_is_word(search, at + words, "tor gate")) {
        (void)gate_at(search, at, at, claims_is_denied(search, at, at + words + 1));
        return at + words + 1;
    }
    if (claims_at(search, at)->kind != TOKEN_NUMBER) {
        return at;
    }
    bool is_ordinal =
        claims_is_sign(search, at + 1, '.') || claims_is_word(search, at + 1, "st nd rd th");
    if (is_ordinal && claims_at(search, at + 1)->is_glued &&
        claims_is_word(search, at + 2, "tor gate")) {
        bool is_denied = claims_is_denied(search, at, at + 3);
        (void)gate_at(search, at, at, is_denied);
        return at + 3;
    }
    size_t next = gates_before_word(search, at);
    return next > at ? next : gate_with_line(search, at);
}
