/* Claims of channels, by their gates or by their names. */
#include <string.h>

#include "chart/claims-private.h"
#include "chart/names.h"
#include "core/fold.h"

#define NAME_BYTES_MAX 64

/* "20-34", or behind the word "20/34"; the tokens it takes. */
static size_t pair_at(const struct claims_search *search, size_t at, bool has_word,
                      unsigned ret_gates[2])
{
    const struct claims_token *a = claims_at(search, at), *b = claims_at(search, at + 2);
    bool is_pair =
        claims_is_sign(search, at + 1, '-') || (has_word && claims_is_sign(search, at + 1, '/'));
    if (!is_pair || a->kind != TOKEN_NUMBER || b->kind != TOKEN_NUMBER) {
        return 0;
    }
    ret_gates[0] = a->number;
    ret_gates[1] = b->number;
    return 3;
}

/* "zwischen Tor 20 und Tor 34", "from 20 to 34"; the tokens it takes. */
static size_t span_at(const struct claims_search *search, size_t at, unsigned ret_gates[2])
{
    size_t start = at;
    at += claims_is_word(search, at, "zwischen von between from aus of") ? 1 : 0;
    at += claims_is_word(search, at, "den the") ? 1 : 0;
    at += claims_is_word(search, at, CLAIMS_GATE_WORDS) ? 1 : 0;
    size_t len = claims_number(search, at, &ret_gates[0]);
    at += len;
    if (len == 0 || !claims_is_word(search, at, "und and zu zum nach bis to with mit")) {
        return 0;
    }
    at++;
    at += claims_is_word(search, at, CLAIMS_GATE_WORDS) ? 1 : 0;
    len = claims_number(search, at, &ret_gates[1]);
    return len > 0 ? at + len - start : 0;
}

static void judge_pair(struct claims_search *search, const unsigned gates[2], size_t from,
                       size_t to, bool is_denied)
{
    bool are_gates =
        gates[0] >= 1 && gates[0] <= CHART_GATES && gates[1] >= 1 && gates[1] <= CHART_GATES;
    int index = are_gates ? chart_channel_find(gates[0], gates[1]) : -1;
    bool is_there = index >= 0 && (search->chart->channels >> index & 1) != 0;
    bool is_lacking = from > 0 && claims_is_word(search, from - 1, "zum"); /* "zum Kanal fehlt" */
    if (is_there == is_denied && !is_lacking) {
        claims_add(search, CLAIM_CHANNEL, from, to);
    }
}

/* The words of a name from that token on: the tokens they take, 0 when they are others. */
static size_t name_at(const struct claims_search *search, size_t at, const char *name)
{
    struct span rest = span_of(name);
    size_t start = at;
    while (rest.len > 0) {
        char word[NAME_BYTES_MAX];
        size_t len = 0;
        struct fold_char folded = {.kind = FOLD_LETTER};
        while (rest.len > 0 && folded.kind != FOLD_SPACE && len + 4 < sizeof(word)) {
            fold_next(&rest, &folded);
            memcpy(word + len, folded.letters, folded.len);
            len += folded.len;
        }
        bool is_article =
            at == start &&
            (span_is((struct span){word, len}, "the") || span_is((struct span){word, len}, "der") ||
             span_is((struct span){word, len}, "die") || span_is((struct span){word, len}, "das"));
        if (is_article) {
            continue; /* "Kanal des Pulsschlags", "channel of the Beat" */
        }
        const struct claims_token *token = claims_at(search, at);
        bool is_same = token->kind == TOKEN_WORD && token->word.len >= len &&
                       token->word.len <= len + 2 && memcmp(token->word.data, word, len) == 0;
        if (!is_same) {
            return 0;
        }
        at++;
    }
    return at - start;
}

/* "Kanal des Charismas": index of the channel, −1 for none. */
static int named_at(const struct claims_search *search, size_t at, size_t *ret_len)
{
    size_t start = at;
    if (!claims_is_word(search, at, "der des von vom of")) {
        return -1;
    }
    at++;
    at += claims_is_word(search, at, "the der des dem") ? 1 : 0;
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        size_t len = name_at(search, at, chart_channel_name(i));
        len = len > 0 ? len : name_at(search, at, chart_channel_name_de(i));
        if (len > 0) {
            *ret_len = at + len - start;
            return (int)i;
        }
    }
    return -1;
}

static size_t channel_named(struct claims_search *search, size_t at)
{
    size_t len = 0;
    int index = named_at(search, at + 1, &len);
    if (index < 0) {
        return at;
    }
    size_t end = at + 1 + len;
    bool is_there = (search->chart->channels >> index & 1) != 0;
    if (is_there == claims_is_denied(search, at, end)) {
        claims_add(search, CLAIM_CHANNEL, at, end);
    }
    return end;
}

/* "Kanäle 3-60 und 20-34" */
static size_t channels_listed(struct claims_search *search, size_t at, size_t first)
{
    unsigned gates[2];
    size_t end = first;
    while (pair_at(search, end, true, gates) > 0) {
        end += 3;
        size_t next = end;
        while (claims_is_between(search, next) ||
               claims_is_word(search, next, CLAIMS_CHANNEL_WORDS) ||
               claims_is_word(search, next, "der den the")) {
            next++;
        }
        if (pair_at(search, next, true, gates) == 0) {
            break;
        }
        end = next;
    }
    bool is_denied = claims_is_denied(search, at, end);
    for (size_t pair = first; pair < end; pair++) {
        if (pair_at(search, pair, true, gates) > 0) {
            judge_pair(search, gates, pair == first ? at : pair, pair + 3, is_denied);
            pair += 2;
        }
    }
    return end;
}

/* Two gates that make a channel are one without the word, but not "20-34 years". */
static size_t channel_bare(struct claims_search *search, size_t at)
{
    unsigned gates[2];
    size_t len = pair_at(search, at, false, gates);
    bool is_part = at > 0 && claims_at(search, at)->is_glued &&
                   claims_at(search, at - 1)->kind != TOKEN_WORD &&
                   !claims_is_sign(search, at - 1, '(') && !claims_is_sign(search, at - 1, ',') &&
                   !claims_is_sign(search, at - 1, ':');
    size_t word = at + len + (claims_is_sign(search, at + len, '-') ? 1 : 0);
    bool has_word = claims_is_word(search, word, CLAIMS_CHANNEL_WORDS);
    bool are_gates = len > 0 && gates[0] >= 1 && gates[0] <= CHART_GATES && gates[1] >= 1 &&
                     gates[1] <= CHART_GATES;
    bool goes_on = claims_is_sign(search, at + len, '-') &&
                   claims_at(search, at + len + 1)->kind == TOKEN_NUMBER;
    if (len == 0 || is_part || goes_on || claims_counts_else(search, at + len) ||
        claims_counts_else_before(search, at) ||
        (!has_word && (!are_gates || chart_channel_find(gates[0], gates[1]) < 0))) {
        return at;
    }
    size_t end = has_word ? word + 1 : at + len;
    judge_pair(search, gates, at, end, claims_is_denied(search, at, end));
    return end;
}

size_t claims_channels(struct claims_search *search, size_t at)
{
    unsigned gates[2];
    if (!claims_is_word(search, at, CLAIMS_CHANNEL_WORDS)) {
        return claims_at(search, at)->kind == TOKEN_NUMBER ? channel_bare(search, at) : at;
    }
    size_t named = channel_named(search, at);
    if (named > at) {
        return named;
    }
    size_t first = at + 1;
    while (claims_is_sign(search, first, ':') || claims_is_sign(search, first, '(') ||
           claims_is_sign(search, first, ',') ||
           claims_is_word(search, first, "sind are die der den the wie")) {
        first++;
    }
    if (pair_at(search, first, true, gates) > 0) {
        return channels_listed(search, at, first);
    }
    size_t len = span_at(search, first, gates);
    if (len > 0) {
        judge_pair(search, gates, at, first + len, claims_is_denied(search, at, first + len));
        return first + len;
    }
    return at;
}
