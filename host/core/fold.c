/* Folds characters. */
#include "core/fold.h"

#include <stdbool.h>
#include <string.h>

/* Base letters of U+00C0 … U+00FF; a capital one becomes two: ae, oe, ue, ss. */
static const char latin1[] = "aaaaAaaceeeeiiiidnooooO ouuuUytS"
                             "aaaaAaaceeeeiiiidnooooO ouuuUyty";

static enum fold_kind fold_ascii_kind(uint32_t code)
{
    if ((code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
        (code >= '0' && code <= '9')) {
        return FOLD_LETTER;
    }
    if (code == '\'' || code == '`') {
        return FOLD_DROPPED;
    }
    return code == '.' || code == '!' || code == '?' || code == ';' || code == ':' || code == '\n'
               ? FOLD_END
               : FOLD_SPACE;
}

static enum fold_kind fold_kind_of(uint32_t code)
{
    if (code < 0x80) {
        return fold_ascii_kind(code);
    }
    bool is_invisible = code == 0xad || (code >= 0x200b && code <= 0x200f) || code == 0xfeff;
    bool is_apostrophe = code == 0xb4 || code == 0x2018 || code == 0x2019;
    bool is_combining = code >= 0x300 && code <= 0x36f;
    if (is_invisible || is_apostrophe || is_combining) {
        return FOLD_DROPPED;
    }
    if (code == 0x2026 || code == 0x2028 || code == 0x2029) {
        return FOLD_END;
    }
    bool is_sign = code < 0xc0 || code == 0xd7 || code == 0xf7 ||
                   (code >= 0x2000 && code <= 0x2bff) || (code >= 0x3000 && code <= 0x303f) ||
                   code >= 0x1f000;
    return is_sign ? FOLD_SPACE : FOLD_LETTER;
}

static void fold_put(struct fold_char *folded, char letter)
{
    folded->letters[folded->len++] = letter;
}

static void fold_latin1(struct fold_char *folded)
{
    char base = latin1[folded->code - 0xc0];
    if (base >= 'A' && base <= 'Z') {
        fold_put(folded, (char)(base + ('a' - 'A')));
        fold_put(folded, base == 'S' ? 's' : 'e');
    } else {
        fold_put(folded, base);
    }
}

void fold_next(struct span *rest, struct fold_char *ret_char)
{
    const char *start = rest->data;
    uint32_t code = span_next_char(rest);
    *ret_char = (struct fold_char){.kind = fold_kind_of(code), .code = code};
    if (ret_char->kind != FOLD_LETTER) {
        return;
    }
    if (code < 0x80) {
        fold_put(ret_char, (char)(code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code));
    } else if (code >= 0xc0 && code <= 0xff) {
        fold_latin1(ret_char);
    } else {
        ret_char->len = (uint8_t)(rest->data - start);
        memcpy(ret_char->letters, start, ret_char->len);
    }
}
