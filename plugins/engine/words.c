/* Looks up the engine's own texts. */
#include "engine/words.h"

#include <stdio.h>

#define WORD_KEY_BYTES 80

const struct word *words_of(struct span language)
{
    bool is_german = language.len >= 2 && memcmp(language.data, "de", 2) == 0 &&
                     (language.len == 2 || language.data[2] == '-');
    return is_german ? WORDS_DE : WORDS_EN;
}

struct span words_get(const struct word *words, const char *group, const char *key)
{
    char name[WORD_KEY_BYTES];
    (void)snprintf(name, sizeof(name), "%s.%s", group, key);
    for (; words->key != NULL; words++) {
        if (strcmp(words->key, name) == 0) {
            return span_of(words->text);
        }
    }
    return span_of(key);
}
