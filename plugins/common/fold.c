/* Folds text into plain words. */
#include "common/fold.h"

#include "common/text.h"
#include "core/arena.h"

enum fold_kind { KIND_LETTER, KIND_DROPPED, KIND_SPACE, KIND_BREAK };

struct folder {
    struct span *words;
    bool *follows_comma;
    bool has_comma; /* since the last word */
    size_t count;
    char *out; /* the letters of all words, one after the other */
    size_t len;
    size_t word_start;
};

/* Base letters of U+00C0 … U+00FF; a capital one becomes two: ae, oe, ue, ss. */
static const char latin1[] = "aaaaAaaceeeeiiiidnooooO ouuuUytS"
                             "aaaaAaaceeeeiiiidnooooO ouuuUyty";

static void put(struct folder *folder, char c)
{
    folder->out[folder->len++] = c;
}

static void end_word(struct folder *folder)
{
    if (folder->len > folder->word_start) {
        folder->follows_comma[folder->count] = folder->has_comma;
        folder->words[folder->count++] =
            (struct span){folder->out + folder->word_start, folder->len - folder->word_start};
        folder->word_start = folder->len;
        folder->has_comma = false;
    }
}

static void end_sentence(struct folder *folder)
{
    end_word(folder);
    if (folder->count > 0 && !span_is(folder->words[folder->count - 1], FOLD_BREAK)) {
        folder->words[folder->count++] = SPAN_LITERAL(FOLD_BREAK);
    }
}

static enum fold_kind ascii_kind(uint32_t code)
{
    if ((code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
        (code >= '0' && code <= '9')) {
        return KIND_LETTER;
    }
    if (code == '\'' || code == '`') {
        return KIND_DROPPED;
    }
    return code == '.' || code == '!' || code == '?' || code == ';' || code == ':' || code == '\n'
               ? KIND_BREAK
               : KIND_SPACE;
}

static enum fold_kind kind_of(uint32_t code)
{
    if (code < 0x80) {
        return ascii_kind(code);
    }
    bool is_invisible = code == 0xad || (code >= 0x200b && code <= 0x200f) || code == 0xfeff;
    bool is_apostrophe = code == 0xb4 || code == 0x2018 || code == 0x2019;
    bool is_combining = code >= 0x300 && code <= 0x36f;
    if (is_invisible || is_apostrophe || is_combining) {
        return KIND_DROPPED;
    }
    if (code == 0x2026 || code == 0x2028 || code == 0x2029) {
        return KIND_BREAK;
    }
    bool is_sign = code < 0xc0 || code == 0xd7 || code == 0xf7 ||
                   (code >= 0x2000 && code <= 0x2bff) || (code >= 0x3000 && code <= 0x303f) ||
                   code >= 0x1f000;
    return is_sign ? KIND_SPACE : KIND_LETTER;
}

static void put_latin1(struct folder *folder, uint32_t code)
{
    char base = latin1[code - 0xc0];
    if (base >= 'A' && base <= 'Z') {
        put(folder, (char)(base + ('a' - 'A')));
        put(folder, base == 'S' ? 's' : 'e');
    } else {
        put(folder, base);
    }
}

static void put_letter(struct folder *folder, uint32_t code, struct span bytes)
{
    if (code < 0x80) {
        put(folder, (char)(code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code));
    } else if (code >= 0xc0 && code <= 0xff) {
        put_latin1(folder, code);
    } else {
        memcpy(folder->out + folder->len, bytes.data, bytes.len);
        folder->len += bytes.len;
    }
}

/* An umlaut may come as the letter and a combining diaeresis. */
static void put_diaeresis(struct folder *folder)
{
    char last = folder->len > folder->word_start ? folder->out[folder->len - 1] : ' ';
    if (last == 'a' || last == 'o' || last == 'u') {
        put(folder, 'e');
    }
}

bool fold_text(struct arena *arena, struct span text, struct folded *ret_folded)
{
    /* No character becomes longer, and between two words stands at least one. */
    struct folder folder = {
        .words = arena_alloc(arena, (text.len + 1) * sizeof(*folder.words)),
        .follows_comma = arena_alloc(arena, text.len + 1),
        .out = arena_alloc(arena, text.len + 1),
    };
    if (folder.words == NULL || folder.follows_comma == NULL || folder.out == NULL) {
        return false;
    }
    while (text.len > 0) {
        const char *start = text.data;
        uint32_t code = text_next_char(&text);
        enum fold_kind kind = kind_of(code);
        if (kind == KIND_LETTER) {
            put_letter(&folder, code, (struct span){start, (size_t)(text.data - start)});
        } else if (kind == KIND_SPACE) {
            end_word(&folder);
            folder.has_comma |= code == ',';
        } else if (kind == KIND_BREAK) {
            end_sentence(&folder);
        } else if (code == 0x308) {
            put_diaeresis(&folder);
        }
    }
    end_word(&folder);
    *ret_folded = (struct folded){folder.words, folder.follows_comma, folder.count};
    return true;
}

bool fold_is_same(struct arena *arena, struct span a, struct span b)
{
    struct folded words_a, words_b;
    if (!fold_text(arena, a, &words_a) || !fold_text(arena, b, &words_b) ||
        words_a.count != words_b.count) {
        return false;
    }
    for (size_t i = 0; i < words_a.count; i++) {
        if (!span_equals(words_a.words[i], words_b.words[i])) {
            return false;
        }
    }
    return true;
}
