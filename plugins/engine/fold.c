/* Folds text into plain words. */
#include "engine/fold.h"

#include "core/arena.h"
#include "core/fold.h"

struct folder {
    struct span *words;
    bool *follows_comma;
    bool has_comma; /* since the last word */
    size_t count;
    char *out; /* the letters of all words, one after the other */
    size_t len;
    size_t word_start;
};

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

static void put(struct folder *folder, const char *letters, size_t len)
{
    memcpy(folder->out + folder->len, letters, len);
    folder->len += len;
}

/* An umlaut may come as the letter and a combining diaeresis. */
static void put_diaeresis(struct folder *folder)
{
    char last = folder->len > folder->word_start ? folder->out[folder->len - 1] : ' ';
    if (last == 'a' || last == 'o' || last == 'u') {
        put(folder, "e", 1);
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
        struct fold_char folded;
        fold_next(&text, &folded);
        if (folded.kind == FOLD_LETTER) {
            put(&folder, folded.letters, folded.len);
        } else if (folded.kind == FOLD_SPACE) {
            end_word(&folder);
            folder.has_comma |= folded.code == ',';
        } else if (folded.kind == FOLD_END) {
            end_sentence(&folder);
        } else if (folded.code == FOLD_DIAERESIS) {
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
