/* Numbers, in digits and in words, and what they count. */
#include <string.h>

#include "chart/claims-private.h"
#include "core/attr.h"

static const char *const units_de[] = {
    "null",     "eins",      "zwei",     "drei",     "vier",     "fuenf",    "sechs",
    "sieben",   "acht",      "neun",     "zehn",     "elf",      "zwoelf",   "dreizehn",
    "vierzehn", "fuenfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn",
};
static const char *const units_en[] = {
    "zero",     "one",     "two",     "three",     "four",     "five",     "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};
static const char *const tens_de[] = {"zwanzig", "dreissig", "vierzig", "fuenfzig", "sechzig"};
static const char *const tens_en[] = {"twenty", "thirty", "forty", "fifty", "sixty"};

static unsigned number_in(struct span word, const char *const *list, size_t count, unsigned first,
                          unsigned step)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is(word, list[i])) {
            return first + (unsigned)i * step;
        }
    }
    return 0;
}

static const char *const ordinals_en[] = {
    "first",     "second",    "third",       "fourth",     "fifth",      "sixth",      "seventh",
    "eighth",    "ninth",     "tenth",       "eleventh",   "twelfth",    "thirteenth", "fourteenth",
    "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
};
static const char *const tens_ordinals_en[] = {"twentieth", "thirtieth", "fortieth", "fiftieth",
                                               "sixtieth"};

/* "vierunddreissig" */
static unsigned number_compound_de(struct span word)
{
    for (size_t i = 1; i + 3 < word.len; i++) {
        if (memcmp(word.data + i, "und", 3) != 0) {
            continue;
        }
        struct span front = {word.data, i}, back = {word.data + i + 3, word.len - i - 3};
        unsigned unit =
            span_is(front, "ein") ? 1 : number_in(front, units_de, ARRAY_LEN(units_de), 0, 1);
        unsigned tens = number_in(back, tens_de, ARRAY_LEN(tens_de), 20, 10);
        if (unit >= 1 && unit <= 9 && tens > 0) {
            return tens + unit;
        }
    }
    return 0;
}

static unsigned number_cardinal(struct span word)
{
    unsigned number = number_in(word, units_de, ARRAY_LEN(units_de), 0, 1);
    number = number > 0 ? number : number_in(word, units_en, ARRAY_LEN(units_en), 0, 1);
    number = number > 0 ? number : number_in(word, tens_de, ARRAY_LEN(tens_de), 20, 10);
    number = number > 0 ? number : number_in(word, tens_en, ARRAY_LEN(tens_en), 20, 10);
    return number > 0 ? number : number_compound_de(word);
}

/* "vierunddreissigste", "thirtieth" */
static unsigned number_ordinal(struct span word)
{
    static const char *const endings[] = {"sten", "ster", "stes", "ste", "ten", "ter", "tes", "te"};
    unsigned number = number_in(word, ordinals_en, ARRAY_LEN(ordinals_en), 1, 1);
    number = number > 0 ? number
                        : number_in(word, tens_ordinals_en, ARRAY_LEN(tens_ordinals_en), 20, 10);
    for (size_t i = 0; number == 0 && i < ARRAY_LEN(endings); i++) {
        size_t len = strlen(endings[i]);
        if (word.len > len && memcmp(word.data + word.len - len, endings[i], len) == 0) {
            number = number_cardinal((struct span){word.data, word.len - len});
        }
    }
    return number;
}

unsigned claims_number_of_word(struct span word, bool *ret_is_ordinal)
{
    unsigned cardinal = number_cardinal(word);
    unsigned ordinal = cardinal == 0 ? number_ordinal(word) : 0;
    *ret_is_ordinal = ordinal > 0;
    return cardinal + ordinal;
}

size_t claims_number(const struct claims_search *search, size_t at, unsigned *ret_number)
{
    const struct claims_token *token = claims_at(search, at);
    if (token->number == 0) {
        return 0;
    }
    *ret_number = token->number;
    if (token->kind != TOKEN_WORD || token->number < 20 || token->number % 10 != 0) {
        return 1;
    }
    size_t hyphen = claims_is_sign(search, at + 1, '-') ? 1 : 0; /* "thirty-four" */
    const struct claims_token *unit = claims_at(search, at + 1 + hyphen);
    if (unit->kind == TOKEN_WORD && unit->number >= 1 && unit->number <= 9) {
        *ret_number += unit->number;
        return 2 + hyphen;
    }
    return 1;
}

bool claims_counts_else(const struct claims_search *search, size_t at)
{
    return claims_is_sign(search, at, '%') ||
           claims_is_word(search, at,
                          "uhr jahr* stunde* minute* sekunde* tag* woche* monat* prozent euro "
                          "dollar kilo* meter* grad mal millionen takt* year* hour* minute* "
                          "second* guest* gaeste* people day* week* month* percent euros dollars "
                          "times million time "
                          "degree*");
}

bool claims_counts_else_before(const struct claims_search *search, size_t at)
{
    return at > 0 &&
           claims_is_word(search, at - 1, "aged ages alter seite seiten page pages nummer");
}
