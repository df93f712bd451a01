/* A text as tokens: folded words, numbers, and the signs that matter; and small steps over them. */
#include <string.h>

#include "chart/claims-private.h"
#include "core/arena.h"
#include "core/fold.h"

#define TOKENS_FIRST 1024

struct reader {
    struct arena *arena;
    struct span source;
    struct claims_token *tokens;
    size_t count, capacity;
    char *letters; /* of all words */
    size_t letters_len;
    struct claims_token open; /* the word or number being read */
    bool is_open, is_digits;
    bool is_glued; /* nothing since the last token */
    bool is_full;  /* the arena */
};

static void reader_push(struct reader *reader, const struct claims_token *token)
{
    if (reader->count == reader->capacity) {
        size_t capacity = reader->capacity > 0 ? reader->capacity * 2 : TOKENS_FIRST;
        struct claims_token *tokens = arena_alloc(reader->arena, capacity * sizeof(*tokens));
        if (tokens == NULL) {
            reader->is_full = true;
            return;
        }
        if (reader->count > 0) {
            memcpy(tokens, reader->tokens, reader->count * sizeof(*tokens));
        }
        reader->tokens = tokens;
        reader->capacity = capacity;
    }
    reader->tokens[reader->count++] = *token;
}

/* --- reading --------------------------------------------------------------------------------- */

static void reader_close(struct reader *reader)
{
    if (!reader->is_open) {
        return;
    }
    struct claims_token *token = &reader->open;
    reader->is_open = false;
    if (token->kind == TOKEN_WORD) {
        token->number = claims_number_of_word(token->word, &token->is_ordinal);
    }
    reader_push(reader, token);
    reader->is_glued = true;
}

static void reader_letter(struct reader *reader, const struct fold_char *folded, uint32_t begin,
                          uint32_t end)
{
    bool is_digit = folded->code >= '0' && folded->code <= '9';
    if (reader->is_open && is_digit != reader->is_digits) {
        reader_close(reader); /* "34th" */
    }
    if (!reader->is_open) {
        reader->open = (struct claims_token){
            .kind = is_digit ? TOKEN_NUMBER : TOKEN_WORD,
            .is_glued = reader->is_glued,
            .word = {reader->letters + reader->letters_len, 0},
            .begin = begin,
        };
        reader->is_open = true;
        reader->is_digits = is_digit;
    }
    struct claims_token *token = &reader->open;
    token->end = end;
    if (is_digit) {
        unsigned digit = folded->code - '0';
        token->number = token->number < 100000 ? token->number * 10 + digit : token->number;
    } else {
        memcpy(reader->letters + reader->letters_len, folded->letters, folded->len);
        reader->letters_len += folded->len;
        token->word.len += folded->len;
    }
}

static char sign_of(uint32_t code)
{
    switch (code) {
    case 0x2010: /* hyphens and dashes */
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return '-';
    case 0x2026:
        return '.';
    case 0x2028:
    case 0x2029:
        return '\n';
    default:
        return code < 0x80 && code != 0 && strchr("-/.,:;()!?%\n", (int)code) != NULL ? (char)code
                                                                                      : '\0';
    }
}

/* A line that goes on in the next one is wrapped, not ended. */
static bool is_wrapped(struct span rest)
{
    while (rest.len > 0 && (rest.data[0] == ' ' || rest.data[0] == '\t')) {
        rest.data++;
        rest.len--;
    }
    return rest.len > 0 && rest.data[0] >= 'a' && rest.data[0] <= 'z';
}

static void reader_sign(struct reader *reader, char sign, uint32_t begin, uint32_t end)
{
    struct claims_token token = {
        .kind = TOKEN_SIGN, .is_glued = reader->is_glued, .sign = sign, .begin = begin, .end = end};
    reader_push(reader, &token);
    reader->is_glued = true;
}

static void reader_next(struct reader *reader, struct span *rest)
{
    uint32_t begin = (uint32_t)(rest->data - reader->source.data);
    struct fold_char folded;
    fold_next(rest, &folded);
    uint32_t end = (uint32_t)(rest->data - reader->source.data);
    if (folded.kind == FOLD_LETTER) {
        reader_letter(reader, &folded, begin, end);
        return;
    }
    if (folded.kind == FOLD_DROPPED) {
        if (folded.code == FOLD_DIAERESIS && reader->is_open && !reader->is_digits) {
            struct fold_char e = {.letters = {'e'}, .len = 1};
            reader_letter(reader, &e, begin, end);
        }
        return;
    }
    reader_close(reader);
    char sign = sign_of(folded.code);
    if (sign == '\0' || (sign == '\n' && is_wrapped(*rest))) {
        reader->is_glued = false;
    } else {
        reader_sign(reader, sign, begin, end);
    }
}

bool claims_text_read(struct span source, struct arena *arena, struct claims_text *ret_text)
{
    struct reader reader = {
        .arena = arena, .source = source, .letters = arena_alloc(arena, source.len + 1)};
    if (reader.letters == NULL || source.len > UINT32_MAX) {
        return false;
    }
    for (struct span rest = source; rest.len > 0 && !reader.is_full;) {
        reader_next(&reader, &rest);
    }
    reader_close(&reader);
    *ret_text = (struct claims_text){source, reader.tokens, reader.count};
    return !reader.is_full;
}

/* --- steps ----------------------------------------------------------------------------------- */

const struct claims_token *claims_at(const struct claims_search *search, size_t at)
{
    static const struct claims_token outside = {.kind = TOKEN_SIGN};
    return at < search->text.count ? &search->text.tokens[at] : &outside;
}

bool claims_is_sign(const struct claims_search *search, size_t at, char sign)
{
    const struct claims_token *token = claims_at(search, at);
    return token->kind == TOKEN_SIGN && token->sign == sign;
}

/* One word of a list, at its start: does it take this one? Leaves *list behind it. */
static bool list_takes(const char **list, struct span word)
{
    const char *start = *list;
    size_t len = strcspn(start, " ");
    *list = start + len + (start[len] == ' ');
    if (len > 0 && start[len - 1] == '*') {
        return word.len >= len - 1 && memcmp(word.data, start, len - 1) == 0;
    }
    return word.len == len && memcmp(word.data, start, len) == 0;
}

bool claims_is_word(const struct claims_search *search, size_t at, const char *words)
{
    const struct claims_token *token = claims_at(search, at);
    if (token->kind != TOKEN_WORD) {
        return false;
    }
    while (*words != '\0') {
        if (list_takes(&words, token->word)) {
            return true;
        }
    }
    return false;
}

bool claims_is_end(const struct claims_search *search, size_t at)
{
    const struct claims_token *token = claims_at(search, at);
    return token->kind == TOKEN_SIGN && strchr(".!?;\n", token->sign) != NULL; /* its NUL too */
}

bool claims_is_between(const struct claims_search *search, size_t at)
{
    return claims_is_sign(search, at, ',') || claims_is_sign(search, at, '/') ||
           claims_is_word(search, at, "und and sowie or oder noch nor");
}
