/* A corpus of statements on charts, and how the check does on it. */
#ifndef CLAIMS_CORPUS_H
#define CLAIMS_CORPUS_H

#include <stdbool.h>
#include <stddef.h>

#include "chart/claims.h"

struct claims_tally {
    unsigned true_count, true_refused;
    unsigned false_count, false_found;
};

struct claims_score {
    struct claims_tally german, english;
    /* By the kind of the first claim found: what is missed has no kind. */
    unsigned false_found[CLAIM_KINDS], true_refused[CLAIM_KINDS];
};

/* The chart of NAME.json in the first of the folders that has one; ends the program with a word on
 * stderr when none has, or it is no chart. folders ends with NULL. */
void claims_corpus_chart(const char *const *folders, const char *name,
                         struct claims_chart *ret_chart);

/* Judges each "chart TAB true|false TAB statement" of the file at path and adds to score; a
 * backslash and n in a statement stand for a line break. Prints the rows judged wrongly when asked
 * to. A bad row ends the program with file and line on stderr. */
void claims_corpus_judge(const char *path, const char *const *folders, bool prints_rows,
                         struct claims_score *score);

struct claims_tally claims_corpus_sum(const struct claims_score *score);

#endif
