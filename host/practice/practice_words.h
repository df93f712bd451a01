/* What the facts of a chart are called in each language, and sentences to put them into. */
#ifndef PRACTICE_PRACTICE_WORDS_H
#define PRACTICE_PRACTICE_WORDS_H

#include <stddef.h>

#define PRACTICE_FACTS 9
#define PRACTICE_PARTS 5
#define PRACTICE_LANGUAGES 2

/* The name of a fact in the sentences, in the order of the labels. */
extern const char *const practice_fact_names[PRACTICE_FACTS];

struct practice_language {
    const char *labels[PRACTICE_FACTS]; /* as the prompt calls them; the first begins the facts */
    const char *focus;                  /* label and text for %s */
    const char *parts[PRACTICE_PARTS];  /* {name} stands for a fact, {focus}, {context} */
    const char *plain;                  /* under each heading of a prompt without facts */
};

extern const struct practice_language practice_languages[PRACTICE_LANGUAGES]; /* de, en */

#endif
