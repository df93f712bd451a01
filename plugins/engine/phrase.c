/* Reads phrase patterns and finds them in folded text. */
#include "engine/phrase.h"

#include "core/arena.h"
#include "engine/text.h"

#define GAP_WORDS_DEFAULT 3

struct phrase_step {
    bool is_gap;
    bool is_optional;
    uint8_t gap_max;
    size_t count; /* alternatives */
    struct phrase_word {
        struct span text;
        bool is_prefix;
        bool is_number;
    } * words;
};

/* --- reading ---------------------------------------------------------------- */

static bool parse_gap(struct span token, struct phrase_step *step, struct err *err)
{
    unsigned words = token.len == 2 ? GAP_WORDS_DEFAULT : 0;
    for (size_t i = 2; i < token.len; i++) {
        char c = token.data[i];
        words = c >= '0' && c <= '9' && words <= PHRASE_GAP_MAX ? words * 10 + (unsigned)(c - '0')
                                                                : PHRASE_GAP_MAX + 1;
    }
    if (words == 0 || words > PHRASE_GAP_MAX) {
        return err_set(err, ERR_INVALID, "'%.*s' must be .. or ..1 to ..%d", (int)token.len,
                       token.data, PHRASE_GAP_MAX);
    }
    step->is_gap = true;
    step->gap_max = (uint8_t)words;
    return true;
}

/* One alternative: it must fold to exactly one word. */
static bool parse_word(struct arena *arena, struct span token, struct phrase_word *word,
                       struct err *err)
{
    struct folded folded;
    word->is_number = span_is(token, "#");
    if (word->is_number) {
        return true;
    }
    word->is_prefix = token.len > 1 && token.data[token.len - 1] == '*';
    if (!fold_text(arena, token, &folded)) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    if (folded.count != 1 || span_is(folded.words[0], FOLD_BREAK)) {
        return err_set(err, ERR_INVALID, "'%.*s' is not one word", (int)token.len, token.data);
    }
    word->text = folded.words[0];
    return true;
}

static bool parse_words(struct arena *arena, struct span token, struct phrase_step *step,
                        struct err *err)
{
    if (token.len > 1 && token.data[token.len - 1] == '?') {
        step->is_optional = true;
        token.len--;
    }
    size_t count = 1;
    for (size_t i = 0; i < token.len; i++) {
        count += token.data[i] == '|';
    }
    step->words = arena_alloc(arena, count * sizeof(*step->words));
    if (step->words == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    while (step->count < count) {
        const char *bar = memchr(token.data, '|', token.len);
        size_t len = bar != NULL ? (size_t)(bar - token.data) : token.len;
        struct span word = {token.data, len};
        if (!parse_word(arena, word, &step->words[step->count++], err)) {
            return false;
        }
        size_t used = bar != NULL ? len + 1 : len;
        token = (struct span){token.data + used, token.len - used};
    }
    return true;
}

static struct span next_token(struct span *rest)
{
    *rest = text_trim(*rest);
    size_t len = 0;
    while (len < rest->len && rest->data[len] != ' ' && rest->data[len] != '\t') {
        len++;
    }
    struct span token = {rest->data, len};
    *rest = (struct span){rest->data + len, rest->len - len};
    return token;
}

bool phrase_parse(struct arena *arena, struct span line, struct phrase *ret_pattern,
                  struct err *err)
{
    struct phrase_step steps[PHRASE_STEPS_MAX] = {{.is_gap = false}};
    size_t count = 0;
    for (struct span token = next_token(&line); token.len > 0; token = next_token(&line)) {
        if (count == PHRASE_STEPS_MAX) {
            return err_set(err, ERR_LIMIT, "more than %d words", PHRASE_STEPS_MAX);
        }
        bool is_gap = token.len >= 2 && memcmp(token.data, "..", 2) == 0;
        if (is_gap ? !parse_gap(token, &steps[count], err)
                   : !parse_words(arena, token, &steps[count], err)) {
            return false;
        }
        count++;
    }
    bool has_ends =
        count > 0 && !steps[0].is_gap && !steps[0].is_optional && !steps[count - 1].is_gap;
    if (!has_ends) {
        return err_set(err, ERR_INVALID, "a pattern begins and ends with a word");
    }
    struct phrase_step *kept = arena_alloc(arena, count * sizeof(*kept));
    if (kept == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    memcpy(kept, steps, count * sizeof(*kept));
    *ret_pattern = (struct phrase){kept, count};
    return true;
}

/* --- finding ---------------------------------------------------------------- */

static bool is_number(struct span word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] < '0' || word.data[i] > '9') {
            return false;
        }
    }
    return word.len > 0;
}

static bool step_takes(const struct phrase_step *step, struct span word)
{
    for (size_t i = 0; i < step->count; i++) {
        const struct phrase_word *known = &step->words[i];
        bool is_same = known->is_number ? is_number(word)
                       : known->is_prefix
                           ? word.len >= known->text.len &&
                                 memcmp(word.data, known->text.data, known->text.len) == 0
                           : span_equals(word, known->text);
        if (is_same) {
            return true;
        }
    }
    return false;
}

static bool is_past_comma(const struct phrase_text *text, size_t at)
{
    return text->is_clause_bound && text->folded.follows_comma[at];
}

static bool may_skip(const struct phrase_text *text, size_t at)
{
    struct span word = text->folded.words[at];
    return !span_is(word, FOLD_BREAK) && !is_past_comma(text, at) &&
           (text->negation == NULL || !step_takes(&text->negation->steps[0], word));
}

/* Matches the steps from step on at word at. The depth is that of PHRASE_STEPS_MAX. */
static bool match_from(const struct phrase *pattern, size_t step, const struct phrase_text *text,
                       size_t at, struct phrase_match *match)
{
    if (step == pattern->count) {
        return true;
    }
    const struct phrase_step *now = &pattern->steps[step];
    if (now->is_gap) {
        for (size_t skipped = 0; skipped <= now->gap_max; skipped++) {
            if (match_from(pattern, step + 1, text, at + skipped, match)) {
                return true;
            }
            if (at + skipped >= text->folded.count || !may_skip(text, at + skipped)) {
                return false;
            }
        }
        return false;
    }
    bool is_free = at < text->folded.count && (text->is_taken == NULL || !text->is_taken[at]) &&
                   (match->count == 0 || !is_past_comma(text, at));
    if (is_free && step_takes(now, text->folded.words[at])) {
        match->words[match->count++] = at;
        if (match_from(pattern, step + 1, text, at + 1, match)) {
            return true;
        }
        match->count--;
    }
    return now->is_optional && match_from(pattern, step + 1, text, at, match);
}

bool phrase_find(const struct phrase *pattern, const struct phrase_text *text, size_t start,
                 struct phrase_match *ret_match)
{
    for (size_t at = start; at < text->folded.count; at++) {
        struct phrase_match match = {.count = 0};
        if (match_from(pattern, 0, text, at, &match)) {
            *ret_match = match;
            return true;
        }
    }
    return false;
}
